//! `cargo asm-lint --help`, rendered from the tables in `flags.rs`.

use std::fmt::Write as _;

use crate::{
    error::Result,
    flags::{Flag, LINT_FLAGS, SUBCOMMANDS},
    status::Status,
    terminal::{self, HEADING},
};

/// Prints the help text.
pub fn run() -> Result<Status> {
    terminal::print(&text())?;
    Ok(Status::Clean)
}

fn text() -> String {
    let mut text = String::new();
    let _ = writeln!(text, "Checks the promises of inline assembly against the machine code.\n");
    let _ = writeln!(
        text,
        "{HEADING}Usage:{HEADING:#} cargo asm-lint [FLAGS] [FLAGS OF cargo check] [-- LINT FLAGS]"
    );
    for subcommand in SUBCOMMANDS {
        let flags: Vec<_> = subcommand
            .flags
            .iter()
            .filter(|flag| flag.name != "help")
            .map(|flag| format!(" [{}]", spelling(flag)))
            .collect();
        let _ = writeln!(text, "       cargo asm-lint {}{}", subcommand.name, flags.concat());
    }

    let _ = writeln!(text, "\n{HEADING}Subcommands:{HEADING:#}");
    for subcommand in SUBCOMMANDS {
        row(&mut text, subcommand.name, subcommand.help);
        for flag in subcommand.flags.iter().filter(|flag| flag.name != "help") {
            row(&mut text, &format!("  {}", spelling(flag)), flag.help);
        }
    }
    let _ = writeln!(text, "\n{HEADING}Flags:{HEADING:#}");
    for flag in LINT_FLAGS {
        row(&mut text, &spelling(flag), flag.help);
    }

    let _ = writeln!(text, "\n{HEADING}Lint flags:{HEADING:#}");
    row(
        &mut text,
        "-W, -A, -D, -F LINT",
        "warn about, allow, deny, forbid a lint or a group of lints",
    );
    row(&mut text, "", "(`asm_lint::all`, `asm_lint::contract`, …), as for rustc");

    let _ = writeln!(text, "\n{HEADING}Exit status:{HEADING:#}");
    row(&mut text, "0", "nothing found, or warnings only");
    row(&mut text, "101", "a denied lint spoke, or the code does not compile");
    row(&mut text, "2", "the tool could not run");
    text
}

fn spelling(flag: &Flag) -> String {
    let short = flag.short.map(|letter| format!("-{letter}, ")).unwrap_or_default();
    let value = flag.value.map(|value| format!(" {value}")).unwrap_or_default();
    format!("{short}--{}{value}", flag.name)
}

fn row(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "  {name:<21} {help}");
}
