//! `cargo asm-lint --list`: all lints, with their groups and levels.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    catalogue::{LINTS, Lint},
    error::{Error, Result},
    request::Request,
    status::Status,
    terminal::{self, HEADING},
};

/// The groups by importance; one that is not named here comes last.
const GROUPS: &[&str] = &["contract", "hazard", "style", "promise", "audit"];

/// Prints the list, as text or as a JSON array.
pub fn run(request: &Request) -> Result<Status> {
    if request.json {
        let text = serde_json::to_string_pretty(LINTS)
            .map_err(|error| Error::while_doing("write the list of lints", error))?;
        terminal::print(&(text + "\n"))?;
        return Ok(Status::Clean);
    }

    let width = LINTS.iter().map(|lint| lint.name.len()).max().unwrap_or(0);
    let mut groups: BTreeMap<_, Vec<&Lint>> = BTreeMap::new();
    for lint in LINTS {
        let rank = GROUPS.iter().position(|group| **group == *lint.group).unwrap_or(GROUPS.len());
        groups.entry((rank, lint.group)).or_default().push(lint);
    }
    let mut text = String::new();
    for ((_, group), lints) in groups {
        let level = lints.first().map(|lint| lint.level).unwrap_or_default();
        let _ = writeln!(text, "{HEADING}{group}{HEADING:#} ({level})");
        for lint in lints {
            let _ = writeln!(text, "  {:<width$}  {}", lint.name, lint.summary);
        }
    }
    terminal::print(&text)?;
    Ok(Status::Clean)
}
