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

/// A promise that a suggestion removes, and one that a person has to think about.
const BLOCKS: &str = "\
pub fn f() { unsafe { core::arch::asm!(\"push rax\", \"pop rax\", options(nostack)) } }
pub fn g(p: *const u64) -> u64 {
    let x;
    unsafe { core::arch::asm!(\"mov {}, [{}]\", out(reg) x, in(reg) p, options(nomem, nostack)) };
    x
}
";

#[test]
fn the_right_command_and_what_is_left_are_shown() {
    let project = Project::library(BLOCKS);
    project
        .lint("--lib --keep-going")
        .expect_status(101)
        .expect_stderr("run `cargo asm-lint --fix --lib --keep-going` to apply 1 suggestion");
    project
        .lint("--fix --allow-no-vcs --keep-going")
        .expect_status(0)
        .expect_stderr("Left 1 finding");
    let text = fs::read_to_string(project.root().join("src/lib.rs")).expect("it is there");
    assert!(!text.contains("options(nostack)"), "{text}");
    project.lint("").expect_status(101).expect_no_stderr("--fix");
}
