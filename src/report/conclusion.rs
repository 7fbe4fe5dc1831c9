//! The lines at the end of a run: what was checked, what can be fixed, what is left.

use super::{
    counted,
    finding::Finding,
    notes::{Count, Notes},
};
use crate::{request::Request, terminal};

/// The command that shows why a block was checked in part only.
pub const WHY: &str = "cargo asm-lint -- -W asm_lint::not_judged";

/// Prints the lines. `packages` is how many packages were compiled, `failed` whether cargo failed.
pub fn print(
    request: &Request,
    findings: &[Finding],
    notes: &Notes,
    packages: usize,
    failed: bool,
) {
    if request.cargo_arguments.iter().any(|argument| argument == "-q" || argument == "--quiet") {
        return;
    }
    let fixable = findings.iter().filter(|finding| finding.can_be_fixed()).count();
    if request.fix {
        terminal::status("Left", left(findings.len(), fixable));
    } else if fixable > 0 && !request.deps {
        // Cargo's own advice, `cargo fix`, would run without this tool.
        let command = fix_command(request);
        terminal::help(format_args!(
            "run `{command}` to apply {}, not `cargo fix`",
            counted(fixable, "suggestion")
        ));
    }
    // No block is checked if the code does not compile; the errors say enough.
    if !(failed && notes.count().blocks == 0) {
        terminal::status("Checked", checked(notes.count(), notes.crates(), packages));
    }
}

/// What `--fix` left.
fn left(findings: usize, fixable: usize) -> String {
    match (findings, fixable) {
        (0, _) => "no finding".to_owned(),
        (_, 0) => counted(findings, "finding"),
        _ => format!("{}, {fixable} with a suggestion", counted(findings, "finding")),
    }
}

/// What was checked, and how completely.
fn checked(count: Count, crates: usize, packages: usize) -> String {
    let Count { blocks, in_full } = count;
    if blocks == 0 {
        return format!("{}: no inline assembly", counted(packages, "package"));
    }
    let what = format!("{} in {}", counted(blocks, "block"), counted(crates, "crate"));
    if blocks == in_full {
        return format!("{what}, all in full");
    }
    format!("{what}: {in_full} in full, {} in part (`{WHY}` shows why)", blocks - in_full)
}

/// The command line of this run, to apply its suggestions.
fn fix_command(request: &Request) -> String {
    let words = request.cargo_arguments.iter().map(|argument| argument.to_string_lossy());
    let mut command = "cargo asm-lint --fix".to_owned();
    for word in words {
        let plain = !word.is_empty()
            && word.chars().all(|letter| letter.is_alphanumeric() || "-_=,./:+@".contains(letter));
        command.push(' ');
        command.push_str(&if plain { word.into_owned() } else { format!("'{word}'") });
    }
    command
}
