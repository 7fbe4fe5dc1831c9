//! `cargo asm-lint man`: the man page, made from the tables in `flags.rs`.

use std::fmt::Write as _;

use crate::{
    error::Result,
    flags::{Flag, LINT_FLAGS, SUBCOMMANDS},
    status::Status,
    terminal,
};

/// Prints the page in the language of `man`.
pub fn run() -> Result<Status> {
    terminal::print(&page())?;
    Ok(Status::Clean)
}

fn page() -> String {
    let mut text = format!(
        ".TH CARGO-ASM-LINT 1 \"\" \"asm-lint {}\"\n.SH NAME\n\
         cargo\\-asm\\-lint \\- check the promises of Rust inline assembly against the machine code\n\
         .SH SYNOPSIS\n.B cargo asm\\-lint\n[FLAGS] [FLAGS OF cargo check] [\\-\\- LINT FLAGS]\n",
        env!("CARGO_PKG_VERSION")
    );
    text.push_str(".SH FLAGS\n");
    LINT_FLAGS.iter().for_each(|flag| entry(&mut text, flag));
    text.push_str(".SH SUBCOMMANDS\n");
    for subcommand in SUBCOMMANDS {
        let _ = writeln!(text, ".SS {}", escaped(subcommand.name));
        let _ = writeln!(text, "{}.", escaped(subcommand.help));
        subcommand.flags.iter().for_each(|flag| entry(&mut text, flag));
    }
    text.push_str(".SH LINT FLAGS\n");
    text.push_str(
        "After \\-\\-, \\-W, \\-A, \\-D and \\-F with the name of a lint or a group set its level, as \
         for rustc.\n",
    );
    text.push_str(".SH EXIT STATUS\n");
    for (status, meaning) in super::help::EXIT_STATUS {
        let _ = writeln!(text, ".TP\n.B {status}\n{}.", escaped(meaning));
    }
    let _ =
        writeln!(text, ".SH SEE ALSO\n.BR cargo\\-check (1),\n{}", env!("CARGO_PKG_REPOSITORY"));
    text
}

fn entry(text: &mut String, flag: &Flag) {
    let short = flag.short.map(|letter| format!("\\-{letter}, ")).unwrap_or_default();
    let value = flag.value.map(|value| format!(" \\fI{value}\\fR")).unwrap_or_default();
    let name = escaped(flag.name);
    let _ = writeln!(text, ".TP\n.B {short}\\-\\-{name}{value}\n{}.", escaped(flag.help));
}

/// Text in which nothing is taken for a request or an escape.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}
