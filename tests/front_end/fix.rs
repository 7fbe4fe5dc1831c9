//! `--fix` is cargo's own `fix`, with the driver's suggestions.

use std::fs;

use crate::support::Project;

/// The compiler's own lint represents any lint whose suggestion can't break a program.
const SOURCE: &str = "pub fn f() -> u8 { let mut x = 1; x }\n";

#[test]
fn safe_suggestions_are_applied() {
    let project = Project::library(SOURCE);
    project.lint("--fix --rustc-lints --allow-no-vcs").expect_status(0).expect_stderr("Fixed");
    let text = fs::read_to_string(project.root().join("src/lib.rs")).expect("it is there");
    assert_eq!(text, "pub fn f() -> u8 { let x = 1; x }\n");
}

#[test]
fn cargos_precautions_hold() {
    let project = Project::library(SOURCE);
    project.lint("--fix --rustc-lints").expect_stderr("--allow-no-vcs");
    let text = fs::read_to_string(project.root().join("src/lib.rs")).expect("it is there");
    assert_eq!(text, SOURCE);
}
