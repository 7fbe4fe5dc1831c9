//! Configuration files as cargo projects have them: found from every package, printed, and for an
//! audit taken from the workspace.

use crate::support::{Project, Run, manifest};

const REJECTED: &str = "pub fn f() { unsafe { std::arch::asm!(\"npo\") } }\n";

#[test]
fn a_file_above_and_tables_in_manifests_count() {
    let workspace = "[workspace]\nmembers = [\"inner\"]\n";
    let project = Project::empty("project")
        .package("subject", workspace)
        .file("src/lib.rs", "")
        .file("inner/Cargo.toml", &manifest("inner", ""))
        .file("inner/src/lib.rs", REJECTED);
    project.lint("-p inner").expect_status(101);
    project.write("asm-lint.toml", "levels = { contract = \"warn\" }\n");
    project.lint("-p inner").expect_status(0).expect_stderr("the assembler rejects");
    let metadata = "[workspace.metadata.asm-lint]\nlevels = { contract = \"allow\" }\n";
    project.write("Cargo.toml", &manifest("subject", &format!("{workspace}{metadata}")));
    project.lint("-p inner").expect_status(0).expect_no_stderr("the assembler rejects");
    let metadata = "[package.metadata.asm-lint]\nlevels = { contract = \"deny\" }\n";
    project.write("inner/Cargo.toml", &manifest("inner", metadata));
    project.lint("-p inner").expect_status(101).expect_stderr("the assembler rejects");
    let flags = "-p inner -- -A asm_lint::contract";
    project.lint(flags).expect_status(0).expect_no_stderr("the assembler rejects");
}

#[test]
fn mistakes_fail_the_run_and_the_print() {
    let project = Project::library("").file("asm-lint.toml", "kernl = \"linux\"\n");
    for arguments in ["", "--print-config", "", "--message-format json"] {
        let run = project.lint(arguments).expect_status(2).expect_no_stderr("could not run");
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(said.contains("did you mean `kernel`?"), "{run}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_named_and_fails_the_run() {
    let project = Project::library("");
    let path = project.root().join("asm-lint.toml");
    let expect = |reason: &str| {
        for arguments in ["", "--print-config"] {
            let run = project.lint(arguments).expect_status(2);
            run.expect_stderr("asm-lint.toml").expect_stderr(reason);
        }
        let metadata = path.symlink_metadata().expect("it is there");
        let removed = if metadata.is_dir() {
            std::fs::remove_dir(&path)
        } else {
            std::fs::remove_file(&path)
        };
        removed.expect("it is ours");
    };
    std::fs::write(&path, b"kernel = \"\xff\"\n").expect("it is ours");
    expect("not UTF-8");
    std::fs::write(&path, format!("exclude = {}", "[".repeat(100_000))).expect("it is ours");
    expect("error");
    std::os::unix::fs::symlink("nowhere", &path).expect("it is ours");
    expect("the link leads nowhere");
    std::os::unix::fs::symlink("asm-lint.toml", &path).expect("it is ours");
    expect("asm-lint.toml");
    std::fs::create_dir(&path).expect("it is ours");
    expect("a folder");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.is_ok_and(|status| status.success()));
    expect("not a regular file");
    project.lint("").expect_status(0);
}

#[test]
fn configuration_is_printed_from_below() {
    let project = Project::library("").file("asm-lint.toml", "kernel = \"unknown\"\n");
    let mut command = project.asm_lint();
    let run = Run::of(command.arg("--print-config").current_dir(project.root().join("src")));
    let run = run.expect_status(0);
    assert!(run.stdout.ends_with("kernel = \"unknown\"\n"), "{run}");
    let manifest = project.root().join("Cargo.toml");
    let mut command = project.asm_lint();
    command.arg("--print-config").arg("--manifest-path").arg(manifest);
    let run = Run::of(command.current_dir(project.outside())).expect_status(0);
    assert!(run.stdout.ends_with("kernel = \"unknown\"\n"), "{run}");
}

#[test]
fn a_variable_names_the_folder_to_begin_in() {
    let project = Project::library(REJECTED).file("asm-lint.toml", "");
    let settings = project.outside().join("settings");
    project.write("../settings/asm-lint.toml", "levels = { contract = \"allow\" }\n");
    project.lint("").expect_status(101);
    let mut command = project.asm_lint();
    Run::of(command.env("ASM_LINT_CONF_DIR", settings)).expect_status(0);
    project.lint("").expect_status(101);
}

#[test]
fn excluded_paths_are_left_alone() {
    let project = Project::library("pub mod copied;").file("src/copied.rs", REJECTED);
    project.lint("").expect_status(101);
    project.write("asm-lint.toml", "exclude = [\"src/copied.rs\"]\n");
    project.lint("").expect_status(0).expect_no_stderr("the assembler rejects");
}

#[test]
fn an_audit_is_not_configured_by_what_it_audits() {
    let silence = "[package.metadata.asm-lint]\nlevels = { all = \"allow\" }\n\n[workspace]\n";
    let project = Project::empty("project")
        .package("subject", "[dependencies]\nsilent = { path = \"../silent\" }\n")
        .file("src/lib.rs", "")
        .file("../silent/Cargo.toml", &manifest("silent", silence))
        .file("../silent/src/lib.rs", REJECTED);
    project.lint("--deps").expect_status(0).expect_stderr("the assembler rejects");
}
