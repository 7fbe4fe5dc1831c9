//! `cargo asm-lint --help`, rendered from the tables in `flags.rs`.

use anstream::println;

use crate::{
    error::Result,
    flags::{Flag, LINT_FLAGS, SUBCOMMANDS},
    status::Status,
    terminal::HEADING,
};

/// Prints the help text.
pub fn run() -> Result<Status> {
    println!("Checks the promises of inline assembly against the machine code.\n");
    println!(
        "{HEADING}Usage:{HEADING:#} cargo asm-lint [FLAGS] [FLAGS OF cargo check] [-- LINT FLAGS]"
    );
    for subcommand in SUBCOMMANDS {
        let flags: Vec<_> = subcommand
            .flags
            .iter()
            .filter(|flag| flag.name != "help")
            .map(|flag| format!(" [{}]", spelling(flag)))
            .collect();
        println!("       cargo asm-lint {}{}", subcommand.name, flags.concat());
    }

    println!("\n{HEADING}Subcommands:{HEADING:#}");
    for subcommand in SUBCOMMANDS {
        row(subcommand.name, subcommand.help);
        for flag in subcommand.flags.iter().filter(|flag| flag.name != "help") {
            row(&format!("  {}", spelling(flag)), flag.help);
        }
    }
    println!("\n{HEADING}Flags:{HEADING:#}");
    for flag in LINT_FLAGS {
        row(&spelling(flag), flag.help);
    }

    println!("\n{HEADING}Lint flags:{HEADING:#}");
    row("-W, -A, -D, -F LINT", "warn about, allow, deny, forbid a lint or a group of lints");
    row("", "(`asm_lint::all`, `asm_lint::contract`, …), as for rustc");

    println!("\n{HEADING}Exit status:{HEADING:#}");
    row("0", "nothing found, or warnings only");
    row("101", "a denied lint spoke, or the code does not compile");
    row("2", "the tool could not run");
    Ok(Status::Clean)
}

fn spelling(flag: &Flag) -> String {
    let short = flag.short.map(|letter| format!("-{letter}, ")).unwrap_or_default();
    let value = flag.value.map(|value| format!(" {value}")).unwrap_or_default();
    format!("{short}--{}{value}", flag.name)
}

fn row(name: &str, help: &str) {
    println!("  {name:<21} {help}");
}
