//! Three exit statuses: 0, 101 and 2.

use crate::support::Project;

#[test]
fn clean_code_and_warnings_give_0() {
    let project = Project::library("pub fn f() { let unused = 1; }\n");
    project.lint("").expect_status(0).expect_no_stderr("unused");
    project.lint("--rustc-lints").expect_status(0).expect_stderr("unused variable");
}

#[test]
fn a_denied_lint_gives_101() {
    let project = Project::library("pub fn f() { let unused = 1; }\n");
    project
        .lint("--rustc-lints -- -D unused_variables")
        .expect_status(101)
        .expect_stderr("error: unused variable");
}

#[test]
fn code_that_does_not_compile_gives_101_and_the_compilers_words() {
    let project = Project::library("pub fn f() -> u8 { \"text\" }\n");
    project
        .lint("")
        .expect_status(101)
        .expect_stderr("error[E0308]")
        .expect_no_stderr("asm_lint::");
}

#[test]
fn what_cannot_run_gives_2() {
    let project = Project::library("");
    project.lint("--no-such-flag").expect_status(2).expect_stderr("--no-such-flag");
    project.lint("--manifest-path absent/Cargo.toml").expect_status(2).expect_stderr("absent");
    project.write("Cargo.toml", "[package\n");
    project.lint("").expect_status(2).expect_stderr("Cargo.toml");
    let nowhere = Project::empty("nothing");
    nowhere.lint("").expect_status(2).expect_stderr("could not find `Cargo.toml`");
}

#[test]
fn reports_and_fixes_do_not_mix() {
    let project = Project::library("");
    project.lint("--fix --github").expect_status(2).expect_stderr("`--fix`");
}
