//! `--deps`: what the lints say about every crate of the dependency tree, grouped by crate.
//!
//! Cargo silences the crates that come from a registry or from git. In very verbose mode it passes on
//! their warnings, among much other output; this file requests that mode and filters the output.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fmt::Write as _,
    io::{BufRead, BufReader, Read},
    thread::{self, JoinHandle},
};

use cargo_metadata::Package;

use super::{counted, finding::Finding, notes::Count, stream::Outcome};
use crate::terminal::HEADING;

/// What makes cargo pass on the warnings of capped crates.
pub const VERBOSE: &str = "-vv";

/// Cargo's status lines that show progress; the others of a very verbose run are commands and
/// the output of build scripts.
const PROGRESS: &[&str] = &[
    "Updating",
    "Locking",
    "Downloading",
    "Downloaded",
    "Compiling",
    "Checking",
    "Blocking",
    "Finished",
];

/// Shows cargo's progress from its very verbose stderr. Returns what was held back, to be shown if
/// cargo fails.
pub fn show_progress(stderr: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut held_back = Vec::new();
        for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
            let text = String::from_utf8_lossy(&line);
            let verb = text.split_whitespace().next().unwrap_or_default();
            if text.starts_with("  ") && PROGRESS.contains(&verb) {
                anstream::eprintln!("{text}");
            } else if !text.trim_start().starts_with("Running ") {
                held_back.extend_from_slice(&line);
                held_back.push(b'\n');
            }
        }
        held_back
    })
}

/// The findings under a heading for each crate, and a table of the packages at the end.
pub fn grouped(findings: &[Finding], packages: &[Package], outcome: &Outcome) -> String {
    let mut crates: BTreeMap<(String, String), Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        let package = packages.iter().find(|package| package.id == finding.package);
        let key = match package {
            Some(package) => (package.name.to_string(), package.version.to_string()),
            None => (finding.package.repr.clone(), String::new()),
        };
        crates.entry(key).or_default().push(finding);
    }

    let mut text = String::new();
    for ((name, version), findings) in &crates {
        let _ = writeln!(text, "{HEADING}== {name} {version}{HEADING:#}\n");
        findings.iter().for_each(|finding| text.push_str(&finding.rendered));
    }
    let _ = writeln!(
        text,
        "{HEADING}{} in {} of {}{HEADING:#}",
        counted(findings.len(), "finding"),
        crates.len(),
        counted(outcome.packages.len(), "package"),
    );
    text.push_str(&table(&crates, packages, outcome));
    text
}

/// A row for each package that has inline assembly, and the names of those that have none.
fn table(
    crates: &BTreeMap<(String, String), Vec<&Finding>>,
    packages: &[Package],
    outcome: &Outcome,
) -> String {
    let mut rows = BTreeMap::new();
    let mut without = BTreeSet::new();
    for package in packages.iter().filter(|package| outcome.packages.contains(&package.id)) {
        let key = (package.name.to_string(), package.version.to_string());
        let count = outcome.notes.count_in(&package.id);
        if count.blocks == 0 && !crates.contains_key(&key) {
            without.insert(format!("{} {}", key.0, key.1));
        } else {
            rows.insert(key, count);
        }
    }
    let mut text = String::new();
    if !rows.is_empty() {
        let _ = writeln!(
            text,
            "{:>8} {:>7} {:>7} {:>8}  package",
            "blocks", "in full", "in part", "findings"
        );
    }
    for ((name, version), Count { blocks, in_full }) in &rows {
        let findings = crates.get(&(name.clone(), version.clone()));
        let findings = findings.map(Vec::as_slice).unwrap_or_default();
        let mut lints: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in findings {
            *lints.entry(&finding.lint).or_default() += 1;
        }
        let lints: Vec<_> = lints.iter().map(|(lint, count)| format!("{lint} ({count})")).collect();
        let lints =
            if lints.is_empty() { String::new() } else { format!(": {}", lints.join(", ")) };
        let _ = writeln!(
            text,
            "{blocks:>8} {in_full:>7} {:>7} {:>8}  {name} {version}{lints}",
            blocks - in_full,
            findings.len(),
        );
    }
    if !without.is_empty() {
        let names: Vec<_> = without.into_iter().collect();
        let _ = writeln!(
            text,
            "no `asm!` in {}: {}",
            counted(names.len(), "package"),
            names.join(", ")
        );
    }
    let _ = writeln!(text, "Only inline assembly is read: `.s` and `.S` files are not.");
    text
}

/// Adds the request for verbosity, unless it is there.
pub fn make_verbose(arguments: &mut Vec<OsString>) {
    // Cargo counts flags: the user's `-v` and ours add up. `-q` contradicts them.
    arguments.retain(|argument| argument != "-q" && argument != "--quiet");
    arguments.insert(0, VERBOSE.into());
}
