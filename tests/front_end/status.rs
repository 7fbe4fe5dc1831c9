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
fn what_cargo_refuses_before_it_begins_gives_2() {
    let project = Project::library("pub fn f() { let unused = 1; }\n");
    let git = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        let run = crate::support::Run::of(command.args(arguments).current_dir(project.root()));
        assert_eq!(run.status, Some(0), "{run}");
    };
    git(&["init", "--quiet"]);
    // There are changes that are not committed.
    project.lint("--fix").expect_status(2).expect_stderr("--allow-dirty");
    let missing = "[dependencies]\nnowhere-to-be-found = { path = \"nowhere\" }\n";
    project.write("Cargo.toml", &crate::support::manifest("subject", missing));
    project.lint("").expect_status(2).expect_stderr("nowhere");
}

#[test]
fn a_newer_rust_version_does_not_stop_the_run() {
    let manifest = crate::support::manifest("subject", "");
    let manifest = manifest.replace("[package]\n", "[package]\nrust-version = \"1.999\"\n");
    let project = Project::library("pub fn f() { unsafe { std::arch::asm!(\"npo\") } }\n");
    project.write("Cargo.toml", &manifest);
    // Without a lock file and with one.
    project.lint("").expect_status(101).expect_stderr("the assembler rejects");
    project.lint("").expect_status(101).expect_stderr("the assembler rejects");
    project.lint("--fix --allow-no-vcs").expect_stderr("the assembler rejects");
}

#[test]
fn reports_and_fixes_do_not_mix() {
    let project = Project::library("");
    project.lint("--fix --github").expect_status(2).expect_stderr("`--fix`");
}
