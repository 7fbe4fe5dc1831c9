//! The front end's own output: status goes to stderr, because stdout belongs to cargo's messages and
//! to requested output.

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use crate::error::{Error, Result};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const NOTE: Style = AnsiColor::Green.on_default().bold();
/// The style of headings in text for reading.
pub const HEADING: Style = Style::new().bold();

/// Prints why the tool could not run.
pub fn error(error: &Error) {
    anstream::eprintln!("{ERROR}error{ERROR:#}: {error}");
}

/// Prints advice by itself.
pub fn help(what: impl std::fmt::Display) {
    anstream::eprintln!("{HEADING}help{HEADING:#}: {what}");
}

/// Prints the status, in the form of cargo's own status lines.
pub fn status(verb: &str, what: impl std::fmt::Display) {
    anstream::eprintln!("{NOTE}{verb:>12}{NOTE:#} {what}");
}

/// Prints a line that belongs to the status line before it.
pub fn detail(what: impl std::fmt::Display) {
    anstream::eprintln!("{:>12} {what}", "");
}

/// Prints requested output on stdout, its colors removed where they are not wanted.
pub fn print(text: &str) -> Result<()> {
    written(anstream::stdout().write_all(text.as_bytes()))
}

/// Prints requested output without colors on stdout: nobody has to look for them in megabytes.
pub fn print_plain(text: &str) -> Result<()> {
    written(io::stdout().write_all(text.as_bytes()))
}

/// A reader that goes away has read enough.
fn written(outcome: io::Result<()>) -> Result<()> {
    match outcome {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::while_doing("write to stdout", error))
        }
        _ => Ok(()),
    }
}

/// Whether cargo may be drawing a progress bar on the same terminal.
pub fn shows_progress() -> bool {
    io::stderr().is_terminal()
}

/// Clears the line that a progress bar may be on, so that the following output starts on an empty one. Cargo
/// draws the bar again by itself.
pub fn clear_line() {
    let _ = io::stderr().write_all(b"\r\x1b[K");
}

/// Whether there is a person who sees questions and can answer them.
pub fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question to be answered with yes or no; just the return key means yes.
pub fn confirm(question: &str) -> bool {
    anstream::eprint!("{question} [Y/n] ");
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    // The end of the input is not an answer.
    read.is_ok_and(|length| length > 0)
        && matches!(answer.trim().to_ascii_lowercase().as_str(), "" | "y" | "yes")
}
