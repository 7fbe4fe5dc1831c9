//! `cargo asm-lint --help`, rendered from the tables in `flags.rs`.

use std::fmt::Write as _;

use crate::{
    error::Result,
    flags::{Flag, LINT_FLAGS, SUBCOMMANDS, Subcommand},
    status::Status,
    terminal::{self, HEADING},
};

/// What each exit status means.
pub const EXIT_STATUS: [(&str, &str); 3] = [
    ("0", "no findings, or only warnings"),
    ("101", "a denied lint fired, or the code does not compile"),
    ("2", "the tool could not run"),
];

/// How wide the text may be.
const WIDTH: usize = 100;
/// Where the second column starts.
const COLUMN: usize = 24;

/// Prints the help text, the whole or that of one subcommand.
pub fn run(subcommand: Option<&str>) -> Result<Status> {
    let subcommand = SUBCOMMANDS.iter().find(|known| Some(known.name) == subcommand);
    terminal::print(&subcommand.map_or_else(text, text_of))?;
    Ok(Status::Clean)
}

fn text() -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "Checks what inline assembly promises against what its machine code does.\n"
    );
    let _ = writeln!(
        text,
        "{HEADING}Usage:{HEADING:#} cargo asm-lint [FLAGS] [CARGO CHECK FLAGS] [-- LINT FLAGS]"
    );
    for subcommand in SUBCOMMANDS {
        let _ = writeln!(text, "       {}", usage(subcommand));
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
        "warn about, allow, deny, forbid a lint or a group of lints (`asm_lint::all`, \
         `asm_lint::contract`, …), as for rustc",
    );

    let _ = writeln!(text, "\n{HEADING}Exit status:{HEADING:#}");
    for (status, meaning) in EXIT_STATUS {
        row(&mut text, status, meaning);
    }
    text
}

fn text_of(subcommand: &Subcommand) -> String {
    let mut text = String::new();
    let mut letters = subcommand.help.chars();
    let capital = letters.next().map(|letter| letter.to_ascii_uppercase()).into_iter();
    let _ = writeln!(text, "{}.\n", capital.chain(letters).collect::<String>());
    let _ = writeln!(text, "{HEADING}Usage:{HEADING:#} {}\n", usage(subcommand));
    let _ = writeln!(text, "{HEADING}Flags:{HEADING:#}");
    for flag in subcommand.flags {
        row(&mut text, &spelling(flag), flag.help);
    }
    text
}

fn usage(subcommand: &Subcommand) -> String {
    let flags: Vec<_> = subcommand
        .flags
        .iter()
        .filter(|flag| flag.name != "help")
        .map(|flag| format!(" [{}]", spelling(flag)))
        .collect();
    format!("cargo asm-lint {}{}", subcommand.name, flags.concat())
}

fn spelling(flag: &Flag) -> String {
    let short = flag.short.map(|letter| format!("-{letter}, ")).unwrap_or_default();
    let value = flag.value.map(|value| format!(" {value}")).unwrap_or_default();
    format!("{short}--{}{value}", flag.name)
}

/// A name and its description, on as many lines as needed.
fn row(text: &mut String, name: &str, help: &str) {
    let mut line = format!("  {name:<width$}", width = COLUMN - 2);
    for word in help.split(' ') {
        if line.chars().count() + word.chars().count() > WIDTH {
            let _ = writeln!(text, "{}", line.trim_end());
            line = " ".repeat(COLUMN);
        }
        line.push_str(word);
        line.push(' ');
    }
    let _ = writeln!(text, "{}", line.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_too_long() {
        let texts = SUBCOMMANDS.iter().map(text_of).chain([text()]);
        for line in texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()) {
            let visible = anstream::adapter::strip_str(&line).to_string();
            assert!(visible.chars().count() <= WIDTH, "{line}");
        }
    }
}
