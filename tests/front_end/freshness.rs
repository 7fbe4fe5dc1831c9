//! Cargo's cache is used, and never returns the verdict of other flags, another configuration or
//! another driver.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use crate::support::{Project, Run, copy_executable, driver};

const SOURCE: &str = "pub fn f() { let unused = 1; }\n";

/// What cargo says when it calls the compiler.
const CHECKING: &str = "Checking subject";

#[test]
fn nothing_changed_nothing_done() {
    let project = Project::library(SOURCE);
    project.lint("--rustc-lints").expect_stderr(CHECKING).expect_stderr("unused variable");
    // The warning is repeated from the cache.
    project.lint("--rustc-lints").expect_no_stderr(CHECKING).expect_stderr("unused variable");
}

#[test]
fn other_lint_flags_give_other_verdicts() {
    let project = Project::library(SOURCE);
    project.lint("--rustc-lints").expect_status(0).expect_stderr("warning: unused");
    project.lint("--rustc-lints -- -Dunused").expect_status(101).expect_stderr("error: unused");
    project.lint("--rustc-lints -- -Aunused").expect_status(0).expect_no_stderr("unused variable");
    project.lint("--rustc-lints").expect_status(0).expect_stderr("warning: unused");
    project.lint("").expect_status(0).expect_no_stderr("unused");
}

#[test]
fn a_configuration_that_appears_or_changes_is_read() {
    let project = Project::library(SOURCE);
    project.lint("").expect_stderr(CHECKING);
    project.lint("").expect_no_stderr(CHECKING);
    project.write("asm-lint.toml", "");
    project.lint("").expect_stderr(CHECKING);
    project.lint("").expect_no_stderr(CHECKING);
    project.write("asm-lint.toml", "# changed\n");
    project.lint("").expect_stderr(CHECKING);
    fs::remove_file(project.root().join("asm-lint.toml")).expect("it is ours");
    project.lint("").expect_stderr(CHECKING);
}

#[cfg(unix)]
#[test]
fn a_driver_replaced_in_place_judges_anew() {
    let project = Project::library(SOURCE);
    let copy = project.outside().join("driver");
    copy_executable(driver(), &copy);
    // Incremental whatever the machine's own configuration says.
    let lint = || {
        let mut command = project.asm_lint();
        Run::of(command.env("ASM_LINT_DRIVER", &copy).env("CARGO_INCREMENTAL", "1"))
    };
    lint().expect_status(0).expect_stderr(CHECKING);
    lint().expect_status(0).expect_no_stderr(CHECKING);
    let later = SystemTime::now() + Duration::from_secs(5);
    let file = fs::File::open(&copy);
    file.and_then(|file| file.set_modified(later)).expect("the file is ours");
    lint().expect_status(0).expect_stderr(CHECKING);
    // Nor does one driver read what the other left for the next incremental compilation: with
    // another list of lints the compiler would panic.
    let left = fs::read_dir(project.root().join("target/asm-lint/debug/incremental"));
    assert_eq!(left.map(Iterator::count).ok(), Some(2));
}

#[test]
fn lint_runs_and_builds_leave_each_other_alone() {
    let project = Project::library(SOURCE);
    let build = || {
        let mut command = std::process::Command::new("cargo");
        command.args(["check", "--offline"]).env_remove("CARGO_TARGET_DIR");
        Run::of(command.current_dir(project.root()))
    };
    build().expect_stderr(CHECKING);
    project.lint("").expect_stderr(CHECKING);
    build().expect_no_stderr(CHECKING);
    project.lint("").expect_no_stderr(CHECKING);
}

/// A block that does not assemble, a warning of the compiler's, and a promise that is not made.
const FINDINGS: &str = "pub fn f() { let unused = 1; unsafe { std::arch::asm!(\"npo\") } }\n";

#[test]
fn no_flag_or_variable_of_one_run_decides_the_next() {
    let project = Project::library(FINDINGS);
    let plain = || {
        project
            .lint("")
            .expect_status(101)
            .expect_stderr("the assembler rejects")
            .expect_no_stderr("unused variable")
    };
    plain();
    for arguments in [
        "-- --cap-lints allow",
        "-- --cap-lints=warn",
        "-- -A asm_lint::all",
        "-- -A asm_lint::invalid_assembly",
        "-- -W asm_lint::contract",
        "--rustc-lints -- --cap-lints allow",
        "--rustc-lints -- -A asm_lint::contract",
        "--message-format json -- --cap-lints allow",
        "--fix --allow-no-vcs -- --cap-lints allow",
        "--baseline accepted.toml",
        "--deps",
    ] {
        project.lint(arguments).expect_status(0);
        plain();
    }
    project.write("settings/asm-lint.toml", "levels = { contract = \"allow\" }\n");
    let settings = project.root().join("settings");
    Run::of(project.asm_lint().env("ASM_LINT_CONF_DIR", settings)).expect_status(0);
    plain();
    Run::of(project.asm_lint().env("RUSTFLAGS", "--cap-lints=allow")).expect_status(0);
    plain();
}

#[cfg(unix)]
#[test]
fn cargo_is_asked_about_a_workspace_that_has_changed_and_no_other() {
    let project = Project::library("");
    let log = project.outside().join("cargo.log");
    let cargo = project.outside().join("cargo");
    crate::support::script(
        &cargo,
        &format!("echo \"$1\" >> '{}'; exec cargo \"$@\"", log.display()),
    );
    let asked = || {
        let _ = fs::remove_file(&log);
        Run::of(project.asm_lint().env("CARGO", &cargo)).expect_status(0);
        fs::read_to_string(&log).expect("cargo was run").lines().any(|line| line == "metadata")
    };
    assert!(asked(), "nothing is known at first");
    asked();
    assert!(!asked(), "nothing has changed");
    // A file in a place where one counts, and one that was there.
    project.write(".cargo/config.toml", "[term]\nverbose = false\n");
    assert!(asked(), "a configuration appeared");
    assert!(!asked());
    project.write("Cargo.toml", &crate::support::manifest("other", ""));
    assert!(asked(), "the manifest changed");
    project.write(".cargo/config.toml", "[build]\ntarget-dir = \"elsewhere\"\n");
    assert!(asked());
    assert!(project.root().join("elsewhere/asm-lint").is_dir());
    fs::remove_dir_all(project.root().join(".cargo")).expect("it is ours");
    assert!(asked());
    assert!(!asked());
    let above = project.outside().join("Cargo.toml");
    fs::write(above, "[workspace]\nmembers = [\"project\"]\n").expect("it is ours");
    assert!(asked(), "a workspace appeared above");
}
