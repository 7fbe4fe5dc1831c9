//! Cargo's flags reach cargo, whatever they are and wherever they are.

use std::process::Command;

use crate::support::{Project, Run, manifest, search_path};

/// A compile error that only the driver sees, which defines `asm_lint`; so each part of a project
/// shows whether it was linted.
fn seen(what: &str) -> String {
    format!("#[cfg(asm_lint)] compile_error!(\"driver saw {what}\");\n")
}

fn workspace() -> Project {
    Project::empty("project")
        .file("Cargo.toml", "[workspace]\nmembers = [\"one\", \"two\"]\nresolver = \"3\"\n")
        .file("one/Cargo.toml", &manifest("one", ""))
        .file("one/src/lib.rs", &seen("one"))
        .file("two/Cargo.toml", &manifest("two", ""))
        .file("two/src/lib.rs", &seen("two"))
}

#[test]
fn packages_are_chosen_by_cargo() {
    let project = workspace();
    project
        .lint("-p one")
        .expect_status(101)
        .expect_stderr("driver saw one")
        .expect_no_stderr("driver saw two");
    project
        .lint("--keep-going --workspace")
        .expect_status(101)
        .expect_stderr("driver saw one")
        .expect_stderr("driver saw two");
    project
        .lint("--workspace --exclude one")
        .expect_stderr("driver saw two")
        .expect_no_stderr("driver saw one");
}

#[test]
fn targets_of_a_package_are_chosen_by_cargo() {
    let project = Project::library("").file("tests/it.rs", &seen("the test"));
    project.lint("").expect_status(0);
    project.lint("--all-targets").expect_status(101).expect_stderr("driver saw the test");
    project.lint("--test it").expect_status(101).expect_stderr("driver saw the test");
}

#[test]
fn features_in_either_form_after_our_own_flag() {
    let source = "#[cfg(feature = \"fancy\")] compile_error!(\"fancy\");";
    let project = Project::library(source).package("subject", "[features]\nfancy = []\n");
    project.lint("").expect_status(0);
    for arguments in
        ["--features fancy", "--rustc-lints --features=fancy", "-F fancy --rustc-lints"]
    {
        project.lint(arguments).expect_status(101).expect_stderr("error: fancy");
    }
}

#[test]
fn messages_are_cargos_own_lines() {
    let project = Project::library(&seen("the library"));
    let run = project.lint("--message-format=json").expect_status(101);
    assert!(run.stdout.lines().all(|line| line.starts_with('{')), "{run}");
    assert!(run.stdout.contains("\"reason\":\"compiler-message\""), "{run}");
    assert!(run.stdout.contains("\"reason\":\"build-finished\",\"success\":false"), "{run}");
    project
        .lint("--message-format short")
        .expect_stderr("src/lib.rs:1:18: error")
        .expect_empty_stdout();
}

#[test]
fn the_manifest_may_be_elsewhere() {
    let project = Project::library(&seen("the library"));
    let mut command = project.asm_lint();
    command.current_dir(project.outside()).args(["--manifest-path", "project/Cargo.toml"]);
    Run::of(&mut command).expect_status(101).expect_stderr("driver saw the library");
    assert!(project.root().join("target/asm-lint").is_dir());
}

#[test]
fn a_target_without_standard_library_names_the_command() {
    let project = Project::library("");
    let advice = "rustup target add --toolchain nightly-";
    project
        .lint("--target sparcv9-sun-solaris")
        .expect_status(2)
        .expect_stderr("lacks the standard library for sparcv9-sun-solaris")
        .expect_stderr(advice)
        .expect_stderr("asm-lint --target sparcv9-sun-solaris -Zbuild-std=core");
    project.write(".cargo/config.toml", "[build]\ntarget = \"sparcv9-sun-solaris\"\n");
    project.lint("").expect_status(2).expect_stderr(advice);
}

#[test]
fn the_hosts_own_target_can_be_named() {
    let version = Run::of(Command::new("rustc").arg("-vV"));
    let host = version.stdout.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.expect("rustc prints its host");
    let project = Project::library(&seen("the library"));
    project
        .lint(&format!("--target {host}"))
        .expect_status(101)
        .expect_stderr("driver saw the library");
    assert!(project.root().join("target/asm-lint").join(host).is_dir());
}

#[test]
fn cargo_finds_the_subcommand_in_the_path() {
    let project = Project::library(&seen("the library"));
    // Builds the driver, if necessary.
    project.asm_lint();
    let folder = std::path::Path::new(crate::support::FRONT_END).parent().expect("in a folder");
    let mut command = Command::new("cargo");
    command.env("PATH", search_path(folder)).env_remove("CARGO_TARGET_DIR");
    command.args(["asm-lint", "-q"]).current_dir(project.root());
    Run::of(&mut command).expect_status(101).expect_stderr("driver saw the library");
}

#[test]
fn help_and_version_need_nothing() {
    let project = Project::empty("nothing");
    for (line, usage) in [
        ("--help", "cargo asm-lint [FLAGS]"),
        ("-h", "cargo asm-lint [FLAGS]"),
        ("help", "cargo asm-lint [FLAGS]"),
        ("help doctor", "Usage: cargo asm-lint doctor [--json]\n"),
        ("setup --help", "Usage: cargo asm-lint setup [-y, --yes]"),
    ] {
        let run = project.lint(line).expect_status(0);
        assert!(run.stdout.contains(usage), "{run}");
    }
    let run = project.lint("--version").expect_status(0);
    assert!(run.stdout.starts_with("cargo-asm-lint "), "{run}");
    project.lint("setup --wrong").expect_status(2).expect_stderr("`cargo asm-lint setup --help`");
}

#[test]
fn what_is_misspelt_may_be_meant() {
    let project = Project::library("");
    project.lint("doctr").expect_status(2).expect_stderr("did you mean `cargo asm-lint doctor`?");
    // Cargo reports the flag that it does not know; we report ours.
    project
        .lint("--githb")
        .expect_status(2)
        .expect_stderr("unexpected argument '--githb'")
        .expect_stderr("`cargo asm-lint` has a flag `--github`");
    project.lint("--no-such-flag").expect_status(2).expect_no_stderr("has a flag");
    for (line, meant) in [
        ("--gihtub", "`cargo asm-lint` has a flag `--github`"),
        ("explain nomem_memory_access", "`cargo asm-lint --explain nomem_memory_access`?"),
        ("list", "`cargo asm-lint --list`?"),
        ("check", "did you mean `cargo asm-lint`?"),
        ("docotr", "`cargo asm-lint doctor`?"),
        ("-W asm_lint::all", "run `cargo asm-lint -- -W asm_lint::all …`"),
        ("--lib -Dasm_lint::hazard", "run `cargo asm-lint -- -Dasm_lint::hazard …`"),
        ("--deny asm_lint::hazard", "run `cargo asm-lint -- --deny asm_lint::hazard …`"),
        ("--format json", "`--format` is for `--list`"),
        ("--prune", "`--prune` needs `--baseline FILE`"),
    ] {
        project.lint(line).expect_status(2).expect_stderr(meant);
    }
}

#[test]
fn lints_can_be_read_about_before_setup() {
    // Neither driver nor toolchain can be found.
    let project = Project::empty("nothing");
    for line in ["--list", "--list --format json", "--explain nomem_memory_access"] {
        let mut command = project.asm_lint();
        command.args(line.split(' ')).env("ASM_LINT_DRIVER", "nowhere");
        Run::of(&mut command).expect_status(0);
    }
}
