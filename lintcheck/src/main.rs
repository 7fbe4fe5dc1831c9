//! `lintcheck`: lints published crates, prints the findings, and compares them with a snapshot.
//!
//! Input: the list of crates in `crates.toml`, the snapshot files next to it, and the tool as
//! `cargo build --release --workspace` built it, next to this program. Run by hand before a change of
//! the lints or of the analysis lands. `README.md` describes the commands.
//!
//! ```text
//! list      crates.toml               → which crates
//! sources   a registry, through cargo → a copy of each that cargo does not treat as a dependency
//! lint      the tool on a copy        → findings and blocks
//! table     findings and blocks       → text
//! snapshot  findings and blocks       → differences from the committed files
//! known     findings and verdicts     → what was missed and what was reported wrongly
//! stories   the tool on a copy        → stories; doubles, run against the blocks
//! ```

mod known;
mod lint;
mod list;
mod snapshot;
mod sources;
mod stories;
mod table;
mod tool;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::lint::Checked;
use crate::list::{Listed, Wanted};
use crate::tool::Tool;

const HELP: &str = "\
Lints published crates and compares the findings with the snapshot.

Usage: lintcheck [--bless] [--target T] [CRATE…]   lint, print the table and the differences
       lintcheck show [--target T] [CRATE…]        print every diagnostic as the compiler shows it
       lintcheck known FILE [--target T] [CRATE…]  compare the findings with verdicts made by hand
       lintcheck stories [--target T] [CRATE…]     print the story of every block, one line of JSON each
       lintcheck doubles [CRATE…]                  run the Rust doubles of the host's blocks against them

CRATE is a name, or a name and a version (`x86@0.52.0`); all of crates.toml, if there is none.
T is a target, or how its name starts (`aarch64`).

Exit status: 0 as expected, 1 something differs, 2 a crate could not be linted.
";

/// What to do.
enum Command {
    Lint(Report),
    Stories,
    Doubles,
    Help,
}

/// What becomes of the findings.
enum Report {
    Compare { bless: bool },
    Show,
    Known(PathBuf),
}

fn main() -> ExitCode {
    match arguments().and_then(|(command, wanted)| run(command, &wanted)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn arguments() -> Result<(Command, Wanted)> {
    let mut command = None;
    let mut bless = false;
    let mut wanted = Wanted::default();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Short('h') | lexopt::Arg::Long("help") => {
                return Ok((Command::Help, Wanted::default()));
            }
            lexopt::Arg::Long("bless") => bless = true,
            lexopt::Arg::Long("target") => wanted.target = Some(utf8(parser.value()?)?),
            lexopt::Arg::Value(word) if command.is_none() && wanted.words.is_empty() => {
                match utf8(word)?.as_str() {
                    "show" => command = Some(Command::Lint(Report::Show)),
                    "stories" => command = Some(Command::Stories),
                    "doubles" => command = Some(Command::Doubles),
                    "known" => {
                        command = Some(Command::Lint(Report::Known(parser.value()?.into())));
                    }
                    name => wanted.words.push(name.to_owned()),
                }
            }
            lexopt::Arg::Value(word) => wanted.words.push(utf8(word)?),
            other => return Err(other.unexpected().into()),
        }
    }
    if bless && command.is_some() {
        bail!("`--bless` can only be used with the comparison with the snapshot");
    }
    Ok((command.unwrap_or(Command::Lint(Report::Compare { bless })), wanted))
}

fn utf8(word: OsString) -> Result<String> {
    word.into_string().map_err(|word| anyhow::anyhow!("`{}` is not UTF-8", word.display()))
}

/// Runs the command; returns whether everything is as expected.
fn run(command: Command, wanted: &Wanted) -> Result<bool> {
    match command {
        Command::Help => {
            print!("{HELP}");
            Ok(true)
        }
        Command::Stories => stories::print(&Tool::find()?, &list::read(wanted)?).map(|()| true),
        Command::Doubles => stories::run_doubles(&Tool::find()?, &list::read(wanted)?),
        Command::Lint(report) => lint_all(&Tool::find()?, report, wanted),
    }
}

/// Lints the crates and reports; returns whether everything is as expected.
fn lint_all(tool: &Tool, report: Report, wanted: &Wanted) -> Result<bool> {
    let mut checked = Vec::new();
    let mut failures = Vec::new();
    let verdicts = match &report {
        Report::Known(path) => Some(known::Verdicts::read(path)?),
        _ => None,
    };
    for listed in list::read(wanted)? {
        if verdicts.as_ref().is_some_and(|verdicts| !verdicts.are_about(&listed)) {
            continue;
        }
        eprintln!("  Checking {listed}");
        match check(tool, &listed) {
            Ok(found) => checked.push(found),
            Err(error) => failures.push(format!("{listed}: {error:#}")),
        }
    }
    let as_expected = match report {
        Report::Compare { bless } => {
            print!("{}", table::table(&checked));
            snapshot::compare(&checked, wanted.is_all(), bless)?
        }
        Report::Show => {
            for finding in checked.iter().flat_map(|checked| &checked.findings) {
                print!("{}", finding.rendered);
            }
            print!("{}", table::table(&checked));
            true
        }
        Report::Known(_) => {
            let verdicts = verdicts.unwrap_or_default();
            verdicts.compare(&checked, &tool.lints()?)
        }
    };
    if !failures.is_empty() {
        bail!("these crates could not be linted:\n  {}", failures.join("\n  "));
    }
    Ok(as_expected)
}

fn check(tool: &Tool, listed: &Listed) -> Result<Checked> {
    let manifest = sources::prepare(&tool.work, listed)?;
    lint::lint(tool, listed, &manifest)
}
