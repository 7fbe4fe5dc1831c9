//! The two assemblers, as a person chooses between them.

use std::process::Command;

use crate::support::{Project, Run, script};

/// A dependency with a block that a test's `llc` crashes on, between two that are right and wrong.
const BLOCKS: &str = "#![no_std]\nuse core::arch::asm;\n\
    pub fn right() { unsafe { asm!(\"nop\", options(nomem, nostack, preserves_flags)) } }\n\
    pub fn crashes() { unsafe { asm!(\".set crash_on_this, 1\", \"nop\") } }\n\
    pub fn wrong() { unsafe { asm!(\"push rax\", \"pop rax\", options(nostack)) } }\n";

/// `llc` of the pinned toolchain, if its component is installed.
fn llc() -> Option<String> {
    let mut command = Command::new("rustc");
    command.args(["--print", "target-libdir"]);
    let folder = Run::of(&mut command).stdout;
    let path = std::path::Path::new(folder.trim()).with_file_name("bin").join("llc");
    path.is_file().then(|| path.display().to_string())
}

#[test]
fn an_unknown_choice_stops_the_run() {
    let project = Project::library("");
    for arguments in [&[][..], &["--deps"]] {
        let mut command = project.asm_lint();
        Run::of(command.args(arguments).env("ASM_LINT_ASSEMBLER", "proces"))
            .expect_status(2)
            .expect_stderr("ASM_LINT_ASSEMBLER is `process` or `library`, not `proces`");
    }
}

#[test]
fn both_say_the_same() {
    if llc().is_none() {
        println!("skipped: the component llvm-tools is not installed");
        return;
    }
    let project = Project::library(BLOCKS);
    let of = |assembler: &str| {
        let mut command = project.asm_lint();
        let run = Run::of(command.env("ASM_LINT_ASSEMBLER", assembler)).expect_status(101);
        run.expect_stderr("nostack").stderr
    };
    let without_time = |text: String| {
        let lines = text.lines().filter(|line| !line.contains("Blocking")).map(str::to_owned);
        lines.collect::<Vec<_>>()
    };
    assert_eq!(without_time(of("library")), without_time(of("process")));
}

#[test]
fn an_audit_survives_a_crash_of_the_assembler() {
    let Some(llc) = llc() else {
        println!("skipped: the component llvm-tools is not installed");
        return;
    };
    let project = Project::empty("project")
        .package("subject", "[dependencies]\ndependency = { path = \"dependency\" }")
        .file("src/lib.rs", "")
        .file("dependency/Cargo.toml", &crate::support::manifest("dependency", ""))
        .file("dependency/src/lib.rs", BLOCKS);
    let fragile = project.outside().join("llc");
    script(
        &fragile,
        &format!(
            "input=$(mktemp)\ncat > $input\n\
             if grep -q crash_on_this $input; then rm $input; kill -SEGV $$; fi\n\
             {llc} \"$@\" < $input\nstatus=$?\nrm $input\nexit $status"
        ),
    );
    let mut command = project.asm_lint();
    command.args(["--deps", "--", "-W", "asm_lint::not_judged"]).env("ASM_LINT_LLC", &fragile);
    Run::of(&mut command)
        .expect_status(0)
        .expect_stderr("LLVM crashes on this block")
        .expect_stderr("but the block promises `nostack`");
}
