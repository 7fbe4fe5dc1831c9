//! `cargo asm-lint --list`: all lints, with their groups and levels.

use std::collections::BTreeMap;

use anstream::println;

use super::setup;
use crate::{
    arguments::Request,
    catalogue::{Catalogue, Lint},
    error::{Error, Result},
    status::Status,
    terminal::HEADING,
};

/// The groups in the order in which they matter; one that is not named here comes last.
const GROUPS: &[&str] = &["contract", "hazard", "style", "promise", "audit"];

/// Prints the list, as text or as a JSON array.
pub fn run(request: &Request) -> Result<Status> {
    let (driver, toolchain) = setup::ready(request)?;
    let catalogue = Catalogue::read(&driver, &toolchain)?;
    if request.json {
        let text = serde_json::to_string_pretty(&catalogue.lints)
            .map_err(|error| Error::while_doing("write the list of lints", error))?;
        println!("{text}");
        return Ok(Status::Clean);
    }

    let width = catalogue.lints.iter().map(|lint| lint.name.len()).max().unwrap_or(0);
    let mut groups: BTreeMap<_, Vec<&Lint>> = BTreeMap::new();
    for lint in &catalogue.lints {
        let rank = GROUPS.iter().position(|group| *group == lint.group).unwrap_or(GROUPS.len());
        groups.entry((rank, &lint.group)).or_default().push(lint);
    }
    for ((_, group), lints) in groups {
        let level = lints.first().map(|lint| &*lint.level).unwrap_or_default();
        println!("{HEADING}{group}{HEADING:#} ({level})");
        for lint in lints {
            println!("  {:<width$}  {}", lint.name, lint.summary);
        }
    }
    Ok(Status::Clean)
}
