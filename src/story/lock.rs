//! The lock: the proved contract of every block in a file under version control. A run with it
//! fails if a contract has changed, and says what changed.
//!
//! A block is known by its crate, its target, the function that contains it, and its number among
//! the function's blocks: it may move, and its operands may get other names. Blocks of one function
//! that only got other numbers, because one was added or removed, are recognized by their contracts. A block
//! that is not found this way, but whose contract is in the lock word for word, was renamed.
//!
//! A run that looks at a part of the crates ([`Scope`]) neither misses the other blocks nor removes them
//! from the lock.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use super::model::{Clause, Story};
use crate::{
    error::{Error, Result},
    status::Status,
    terminal,
};

/// The version of the format.
const VERSION: u32 = 1;

/// How a lock begins, before its version.
const TITLE: &str = "# What was proved about each block of inline assembly. Version ";

/// How the second line of a lock begins, before the version of the tool.
const WRITER: &str = "# Written by `cargo asm-lint story --lock FILE --update` of version ";

/// A block's key: unique in a lock.
type Key = String;

/// What is proved, by what it is about.
type Contract = BTreeMap<String, String>;

/// All blocks of a lock.
type Blocks = BTreeMap<Key, Contract>;

/// What a run looked at. Blocks of the lock that are not part of it are left alone.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The word that selects blocks.
    pub filter: Option<String>,
    /// The selected crates; `None`: all.
    pub crates: Option<BTreeSet<String>>,
    /// Crates that were compiled, but not looked at: dependencies, without `--deps`.
    pub unseen: BTreeSet<String>,
    /// The targets.
    pub targets: BTreeSet<String>,
}

impl Scope {
    /// Whether the run would have seen the block.
    fn includes(&self, key: &str) -> bool {
        let mut words = key.rsplitn(3, ' ');
        let (_, target, path) = (words.next(), words.next(), words.next());
        let path = path.unwrap_or(key);
        let krate = path.split("::").next().unwrap_or(path);
        self.filter.as_ref().is_none_or(|filter| path.contains(filter.as_str()))
            && !self.unseen.contains(krate)
            && self.crates.as_ref().is_none_or(|crates| crates.contains(krate))
            && target.is_none_or(|target| self.targets.contains(target))
    }
}

/// Writes the lock, or compares the stories with it.
pub fn run(path: &Path, stories: &[Story], scope: &Scope, update: bool) -> Result<Status> {
    let now = keyed(stories);
    let file = path.display();
    let exists = path.exists();
    let lock = match exists {
        true => {
            let text = fs::read_to_string(path)
                .map_err(|error| Error::while_doing(format!("read {file}"), error))?;
            // What can't be read is written anew, if that is what the user wants.
            parse(&text).or_else(|problem| match update {
                true => Ok(Lock::default()),
                false => Err(Error::new(format!("{file} {problem}"))
                    .with_remedy("run with `--lock FILE --update` to write it anew")),
            })?
        }
        false => Lock::default(),
    };
    let (seen, rest): (Blocks, Blocks) =
        lock.blocks.into_iter().partition(|(key, _)| now.contains_key(key) || scope.includes(key));
    if update || !exists {
        let mut all = rest;
        all.extend(now.clone());
        fs::write(path, text(&all))
            .map_err(|error| Error::while_doing(format!("write {file}"), error))?;
        let kept = match all.len() - now.len() {
            0 => String::new(),
            kept => format!("; {kept} that this run did not look at are kept"),
        };
        terminal::status("Locked", format_args!("{}, written to {file}{kept}", blocks(now.len())));
        return Ok(Status::Clean);
    }
    let changes = changes(&seen, &now, stories);
    if changes.is_empty() {
        terminal::status("Unchanged", format_args!("{}, as in {file}", blocks(now.len())));
        return Ok(Status::Clean);
    }
    terminal::print(&changes)?;
    let problem = format!("the proved contract of a block differs from {file}");
    let accept = "run with `--lock FILE --update` to accept the changes";
    let remedy = match &lock.writer {
        Some(writer) if writer != env!("CARGO_PKG_VERSION") => format!(
            "version {writer} of asm-lint wrote that file, and may have proved less or worded it otherwise; {accept}"
        ),
        _ => accept.to_owned(),
    };
    terminal::error(&Error::new(problem).with_remedy(remedy));
    Ok(Status::Failed)
}

fn blocks(count: usize) -> String {
    if count == 1 { "1 block".to_owned() } else { format!("{count} blocks") }
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

fn keyed(stories: &[Story]) -> Blocks {
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
fn text(blocks: &Blocks) -> String {
    let mut text = format!("{TITLE}{VERSION}.\n{WRITER}{}.\n", env!("CARGO_PKG_VERSION"));
    for (key, contract) in blocks {
        let _ = writeln!(text, "\n{key}");
        for (about, proved) in contract {
            let _ = writeln!(text, "  {about}: {proved}");
        }
    }
    text
}

/// What a file contains.
#[derive(Debug, Default, PartialEq, Eq)]
struct Lock {
    blocks: Blocks,
    /// The version of the tool that wrote it.
    writer: Option<String>,
}

/// The content of a lock, or why it can't be read: `is not a lock`.
fn parse(text: &str) -> std::result::Result<Lock, String> {
    // A checkout may have changed the ends of lines.
    let mut lines = text.lines().enumerate();
    let title = lines.next().and_then(|(_, line)| line.strip_prefix(TITLE));
    match title.and_then(|rest| rest.strip_suffix('.')) {
        Some(version) if version == VERSION.to_string() => {}
        Some(version) => {
            return Err(format!(
                "is a lock of version {version}, and this version of asm-lint knows version {VERSION}"
            ));
        }
        None => return Err("is not a lock".to_owned()),
    }
    let mut writer = None;
    let mut blocks = Blocks::new();
    let mut key = None;
    for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
        if let Some(version) = line.strip_prefix(WRITER) {
            writer = Some(version.trim_end_matches('.').to_owned());
        }
        if line.starts_with('#') {
            continue;
        }
        let is_conflict = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
        if is_conflict.iter().any(|mark| line.starts_with(mark)) {
            return Err(format!("has an unresolved merge conflict in line {}", number + 1));
        }
        match line.strip_prefix("  ") {
            Some(clause) => {
                let clause = clause.split_once(": ").zip(key.as_ref());
                let ((about, proved), key) =
                    clause.ok_or_else(|| format!("has a mistake in line {}", number + 1))?;
                let contract: &mut Contract = blocks.entry(String::clone(key)).or_default();
                contract.insert(about.to_owned(), proved.to_owned());
            }
            None => {
                key = Some(line.to_owned());
                blocks.insert(line.to_owned(), Contract::new());
            }
        }
    }
    Ok(Lock { blocks, writer })
}

/// A block's function with its target, without the number.
fn function(key: &str) -> &str {
    key.rsplit_once(' ').map_or(key, |(function, _)| function)
}

/// What changed, in words; empty where nothing did.
fn changes(old: &Blocks, now: &Blocks, stories: &[Story]) -> String {
    let places = places(stories);
    let mut gone: Vec<(&Key, &Contract)> = old.iter().collect();
    let mut new: Vec<(&Key, &Contract)> = now.iter().collect();
    // What is the same leaves the lists: first under its key, then in its function, then anywhere.
    type Known = fn(&str, &str) -> bool;
    let stages: [Known; 3] =
        [|one, other| one == other, |one, other| function(one) == function(other), |_, _| true];
    for is_known in stages {
        new.retain(|(key, contract)| {
            let same = |(old, before): &(&Key, &Contract)| before == contract && is_known(old, key);
            match gone.iter().position(same) {
                Some(position) => {
                    gone.remove(position);
                    false
                }
                None => true,
            }
        });
    }
    let mut text = String::new();
    for (key, contract) in new {
        let place = places.get(key);
        let at = place.map_or("", |place| place.at.as_str());
        // Under its own key, or one of those that are left of its function.
        let before = gone
            .iter()
            .position(|(old, _)| *old == key)
            .or_else(|| gone.iter().position(|(old, _)| function(old) == function(key)));
        let _ = writeln!(text, "{key} {at}");
        match before {
            Some(before) => {
                let (_, before) = gone.remove(before);
                let names = place.map_or(&[][..], |place| place.names);
                differences(&mut text, before, contract, names);
            }
            None => text.push_str("  a new block\n"),
        }
    }
    for (key, _) in gone {
        let _ = writeln!(text, "{key}\n  the block is gone");
    }
    text
}

/// What is proved otherwise, a line each, with the operands by the names that they have now.
fn differences(text: &mut String, before: &Contract, now: &Contract, names: &[String]) {
    let named = |text: &str| {
        names.iter().enumerate().fold(text.to_owned(), |text, (number, name)| {
            // The name of an operand without one is its number.
            text.replace(&format!("{{{number}}}"), name)
        })
    };
    let abouts: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    for about in abouts {
        let (old, new) = (before.get(about), now.get(about));
        if old != new {
            let word = |value: Option<&String>| value.map_or("no".to_owned(), |value| named(value));
            let _ = writeln!(text, "  {}: {} → {}", named(about), word(old), word(new));
        }
    }
}

/// Where a block is, and what its operands are called.
struct Place<'a> {
    at: String,
    names: &'a [String],
}

fn places(stories: &[Story]) -> BTreeMap<Key, Place<'_>> {
    let places = stories.iter().map(|Story { file, line, operands, .. }| Place {
        at: format!("at {file}:{line}"),
        names: operands,
    });
    keys(stories).into_iter().zip(places).collect()
}

#[cfg(test)]
mod tests;
