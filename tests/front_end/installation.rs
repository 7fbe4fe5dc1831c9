//! The messages if something is missing; nothing is ever downloaded.
#![cfg(unix)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::support::{
    FRONT_END, Project, Run, copy_executable, driver, front_end, script, search_path,
};

/// A machine without driver and toolchain: a lone executable, an empty data folder, and a
/// rustup that knows nothing and records its arguments.
struct BareMachine {
    project: Project,
    executable: PathBuf,
}

impl BareMachine {
    fn new() -> Self {
        let project = Project::library("");
        let executable = project.outside().join("bin/cargo-asm-lint");
        let log = project.outside().join("rustup.log");
        script(
            &project.outside().join("bin/rustup"),
            &format!("echo \"$@\" >> '{}'; echo 'error: not installed' >&2; exit 1", log.display()),
        );
        copy_executable(Path::new(FRONT_END), &executable);
        Self { project, executable }
    }

    fn run(&self, arguments: &str) -> Run {
        self.run_with(arguments, &[])
    }

    fn run_with(&self, arguments: &str, variables: &[(&str, &Path)]) -> Run {
        let mut command = front_end(&self.executable);
        let outside = self.project.outside();
        command
            .args(arguments.split_whitespace())
            .current_dir(self.project.root())
            .env("PATH", search_path(&outside.join("bin")))
            .env("HOME", outside)
            .env_remove("RUSTUP_HOME")
            .env("XDG_DATA_HOME", outside.join("data"));
        variables.iter().for_each(|(name, value)| {
            command.env(name, value);
        });
        Run::of(&mut command)
    }

    fn asked_rustup(&self) -> String {
        fs::read_to_string(self.project.outside().join("rustup.log")).unwrap_or_default()
    }
}

#[test]
fn without_a_terminal_nothing_is_downloaded() {
    let machine = BareMachine::new();
    for arguments in ["", "setup", "--message-format=json", "--print-config"] {
        machine
            .run(arguments)
            .expect_status(2)
            .expect_stderr("is not set up")
            .expect_stderr("`cargo asm-lint setup --yes`")
            .expect_empty_stdout();
    }
    assert!(!machine.asked_rustup().contains("install"), "{}", machine.asked_rustup());
    assert!(!machine.project.outside().join("data").exists());
}

#[test]
fn a_missing_toolchain_names_the_command() {
    let machine = BareMachine::new();
    let run = machine.run_with("", &[("ASM_LINT_DRIVER", driver())]).expect_status(2);
    assert_eq!(
        run.stderr,
        "error: the toolchain nightly-2026-10-01 is not installed\n\
         help: run `rustup toolchain install nightly-2026-10-01 --profile minimal \
         --no-self-update --component rustc-dev`\n"
    );
}

#[test]
fn a_missing_rustup_is_named() {
    let machine = BareMachine::new();
    let empty = machine.project.outside();
    machine
        .run_with("", &[("ASM_LINT_DRIVER", driver()), ("PATH", empty)])
        .expect_status(2)
        .expect_stderr("could not run rustup")
        .expect_stderr("ASM_LINT_SYSROOT");
}

#[test]
fn variables_that_name_nothing_are_told() {
    let machine = BareMachine::new();
    let nothing = machine.project.outside().join("nothing");
    machine
        .run_with("", &[("ASM_LINT_DRIVER", &nothing)])
        .expect_status(2)
        .expect_stderr("ASM_LINT_DRIVER names");
    machine
        .run_with("", &[("ASM_LINT_DRIVER", driver()), ("ASM_LINT_SYSROOT", &nothing)])
        .expect_status(2)
        .expect_stderr("ASM_LINT_SYSROOT names");
}

#[test]
fn a_driver_that_does_not_run_is_no_finding() {
    let project = Project::library("");
    let broken = project.outside().join("broken");
    script(&broken, "exit 3");
    let run = || Run::of(project.asm_lint().env("ASM_LINT_DRIVER", &broken));
    run().expect_status(2).expect_stderr("could not run the driver").expect_stderr("doctor");
    // The failure is not cached either, if the driver is repaired without a trace.
    let repaired = project.outside().join("repaired");
    script(&repaired, &format!("exec '{}' \"$@\"", driver().display()));
    let times = ["-r", "broken", "repaired"];
    let touched =
        std::process::Command::new("touch").args(times).current_dir(project.outside()).status();
    assert!(touched.is_ok_and(|status| status.success()));
    fs::rename(&repaired, &broken).expect("they are ours");
    run().expect_status(0);
}

#[test]
fn doctor_tells_what_is_missing_and_what_is_there() {
    let machine = BareMachine::new();
    let run = machine.run("doctor").expect_status(2);
    assert!(run.stdout.contains("problem: the toolchain nightly-"), "{run}");
    assert!(run.stdout.contains("problem: the driver is not built"), "{run}");

    let run = Project::library("").lint("doctor").expect_status(0);
    let project = Project::library("");
    let sysroot = project.outside().join("sysroot");
    script(&sysroot.join("bin/rustc"), "echo rustc 1.85.0");
    let other = Run::of(project.asm_lint().arg("doctor").env("ASM_LINT_SYSROOT", &sysroot));
    let other = other.expect_status(2);
    assert!(other.stdout.contains("but the toolchain is `rustc 1.85.0`"), "{other}");
    let project = Project::library("");
    let sysroot = project.outside().join("sysroot");
    script(&sysroot.join("bin/rustc"), "echo rustc 1.85.0");
    let other = Run::of(project.asm_lint().arg("doctor").env("ASM_LINT_SYSROOT", &sysroot));
    let other = other.expect_status(2);
    assert!(other.stdout.contains("but the toolchain is `rustc 1.85.0`"), "{other}");
    for text in ["asm-lint-driver ", "rustc ", "LLVM ", "iced-x86 ", "next to this executable"] {
        assert!(run.stdout.contains(text), "no `{text}` in {run}");
    }
}

#[test]
fn clean_of_nothing_is_no_error() {
    let machine = BareMachine::new();
    machine.run("clean").expect_status(0).expect_empty_stdout();
}
