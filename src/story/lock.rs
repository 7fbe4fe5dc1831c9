//! The lock: the proved contract of every block in a file under version control. A run with it
//! fails if a contract has changed, and says what changed.
//!
//! A block is known by its crate, its target, the function that contains it, and its number among
//! the function's blocks: it may move, and its operands may get other names. A block that is not
//! found this way, but whose contract is in the lock word for word, was renamed.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use super::model::{Clause, Story};
use crate::{
    error::{Error, Result},
    status::Status,
    terminal,
};

/// The first line of a lock.
const HEADER: &str = "# What was proved about each block of inline assembly. Version 1.\n\
                      # Written by `cargo asm-lint story --lock FILE --update`.\n";

/// A block's key: unique in a lock.
type Key = String;

/// What is proved, by what it is about.
type Contract = BTreeMap<String, String>;

/// Writes the lock, or compares the stories with it.
pub fn run(path: &Path, stories: &[Story], update: bool) -> Result<Status> {
    let now = keyed(stories);
    let file = path.display();
    if update || !path.exists() {
        fs::write(path, text(&now))
            .map_err(|error| Error::while_doing(format!("write {file}"), error))?;
        terminal::status("Locked", format_args!("{} blocks, written to {file}", now.len()));
        return Ok(Status::Clean);
    }
    let old = fs::read_to_string(path)
        .map_err(|error| Error::while_doing(format!("read {file}"), error))?;
    let old = parse(&old).ok_or_else(|| {
        Error::new(format!("{file} is not a lock of version 1"))
            .with_remedy("run with `--lock FILE --update` to write it anew")
    })?;
    let changes = changes(&old, &now, stories);
    if changes.is_empty() {
        terminal::status("Unchanged", format_args!("{} blocks are as in {file}", now.len()));
        return Ok(Status::Clean);
    }
    terminal::print(&changes)?;
    terminal::error(
        &Error::new(format!("the proved contract of a block differs from {file}"))
            .with_remedy("run with `--lock FILE --update` to accept the changes"),
    );
    Ok(Status::Failed)
}

/// The key of each story's block, in the order of the stories.
fn keys(stories: &[Story]) -> Vec<Key> {
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut key = |story: &Story| {
        let function = format!("{} {}", story.path(), story.target);
        let number = numbers.entry(function.clone()).or_default();
        *number += 1;
        format!("{function} #{number}")
    };
    stories.iter().map(&mut key).collect()
}

fn keyed(stories: &[Story]) -> BTreeMap<Key, Contract> {
    let contract = |story: &Story| {
        let clauses = story.contract.iter();
        clauses
            .map(|Clause { about, proved }| (about.clone(), proved.replace('\n', " ")))
            .chain([("verdict".to_owned(), story.verdict.clone())])
            .collect()
    };
    keys(stories).into_iter().zip(stories.iter().map(contract)).collect()
}

/// A lock: for each block its key, and below it the lines of its contract.
fn text(blocks: &BTreeMap<Key, Contract>) -> String {
    let mut text = HEADER.to_owned();
    for (key, contract) in blocks {
        let _ = writeln!(text, "\n{key}");
        for (about, proved) in contract {
            let _ = writeln!(text, "  {about}: {proved}");
        }
    }
    text
}

fn parse(text: &str) -> Option<BTreeMap<Key, Contract>> {
    let body = text.strip_prefix(HEADER)?;
    let mut blocks: BTreeMap<Key, Contract> = BTreeMap::new();
    let mut key = None;
    for line in body.lines().filter(|line| !line.is_empty()) {
        match line.strip_prefix("  ") {
            Some(clause) => {
                let (about, proved) = clause.split_once(": ")?;
                let contract = blocks.get_mut(key.as_ref()?)?;
                contract.insert(about.to_owned(), proved.to_owned());
            }
            None => {
                key = Some(line.to_owned());
                blocks.insert(line.to_owned(), Contract::new());
            }
        }
    }
    Some(blocks)
}

/// What changed, in words; empty where nothing did.
fn changes(
    old: &BTreeMap<Key, Contract>,
    now: &BTreeMap<Key, Contract>,
    stories: &[Story],
) -> String {
    let places = places(stories);
    let mut text = String::new();
    let mut gone: Vec<(&Key, &Contract)> =
        old.iter().filter(|(key, _)| !now.contains_key(*key)).collect();
    for (key, contract) in now {
        let place = places.get(key).map_or("", String::as_str);
        match old.get(key) {
            Some(before) if before == contract => {}
            Some(before) => {
                let _ = writeln!(text, "{key} {place}");
                differences(&mut text, before, contract);
            }
            None => match gone.iter().position(|(_, before)| *before == contract) {
                Some(position) => {
                    gone.remove(position);
                }
                None => {
                    let _ = writeln!(text, "{key} {place}\n  a new block");
                }
            },
        }
    }
    for (key, _) in gone {
        let _ = writeln!(text, "{key}\n  the block is gone");
    }
    text
}

fn differences(text: &mut String, before: &Contract, now: &Contract) {
    let abouts: std::collections::BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    for about in abouts {
        let (old, new) = (before.get(about), now.get(about));
        if old != new {
            let word = |value: Option<&String>| value.map_or("no", String::as_str).to_owned();
            let _ = writeln!(text, "  {about}: {} → {}", word(old), word(new));
        }
    }
}

/// Where each block is, with the names of its operands.
fn places(stories: &[Story]) -> BTreeMap<Key, String> {
    let place = |story: &Story| {
        let names = story.operands.iter().enumerate();
        let names: Vec<String> =
            names.map(|(number, name)| format!("{{{number}}} = {name}")).collect();
        let names = match names.is_empty() {
            true => String::new(),
            false => format!(" ({})", names.join(", ")),
        };
        format!("at {}:{}{names}", story.file, story.line)
    };
    keys(stories).into_iter().zip(stories.iter().map(place)).collect()
}

#[cfg(test)]
mod tests;
