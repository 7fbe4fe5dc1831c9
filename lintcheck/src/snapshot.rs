//! [`compare`]: the findings against those of the last blessed run.
//!
//! Two committed files contain rows of tab-separated words, under a line that names the columns:
//! `snapshot.tsv` has a row for each finding, `blocks.tsv` the counts of blocks. They contain places
//! and counts, but no source code.

use std::cmp::Ordering;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::lint::Checked;
use crate::list::{self, Listed, own_file};

const FINDINGS: File =
    File { name: "snapshot.tsv", columns: &["crate", "version", "file", "line", "lint", "level"] };
const BLOCKS: File = File { name: "blocks.tsv", columns: &["crate", "version", "blocks", "count"] };

/// One of the committed files.
struct File {
    name: &'static str,
    columns: &'static [&'static str],
}

/// A row of one; the crate and its version come first.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Row(Vec<String>);

impl Ord for Row {
    /// By words; numbers by value.
    fn cmp(&self, other: &Row) -> Ordering {
        let key = |row: &Row| -> Vec<(Option<usize>, String)> {
            row.0.iter().map(|word| (word.parse().ok(), word.clone())).collect()
        };
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Row {
    fn partial_cmp(&self, other: &Row) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Row {
    fn new(words: impl IntoIterator<Item = impl ToString>) -> Row {
        Row(words.into_iter().map(|word| word.to_string()).collect())
    }

    fn is_about(&self, crates: &[(String, String)]) -> bool {
        crates
            .iter()
            .any(|(name, version)| self.0.first() == Some(name) && self.0.get(1) == Some(version))
    }

    fn line(&self) -> String {
        self.0.join("\t")
    }
}

/// Prints the differences, and stores them if they are blessed; returns whether none remain. Rows of
/// crates that were not linted are kept, unless the list no longer has them.
pub fn compare(checked: &[Checked], is_complete: bool, bless: bool) -> Result<bool> {
    let linted: Vec<_> = checked.iter().map(|each| identity(&each.listed)).collect();
    let listed: Vec<_> = list::read(&list::Wanted::default())?.iter().map(identity).collect();
    let mut is_same = true;
    for (file, rows) in [
        (FINDINGS, checked.iter().flat_map(finding_rows).collect::<Vec<_>>()),
        (BLOCKS, checked.iter().flat_map(block_rows).collect()),
    ] {
        let committed = file.read()?;
        let (mut before, kept): (Vec<_>, Vec<_>) = committed
            .into_iter()
            .partition(|row| row.is_about(&linted) || is_complete && !row.is_about(&listed));
        let mut after = rows;
        before.sort();
        after.sort();
        for (sign, row) in differences(&before, &after) {
            println!("{sign} {}", row.line());
            is_same = false;
        }
        if bless {
            file.write(kept.into_iter().chain(after).collect())?;
        }
    }
    if !is_same && !bless {
        println!("the findings differ from the snapshot; `--bless` updates the snapshot");
    }
    Ok(is_same || bless)
}

/// What a row starts with. A crate that is linted for several targets counts as several.
fn identity(listed: &Listed) -> (String, String) {
    let features = listed.target_features.iter().map(|feature| format!("+{feature}"));
    let place: Vec<String> = listed.target.iter().cloned().chain(features).collect();
    let name = match place.is_empty() {
        true => listed.name.clone(),
        false => format!("{} ({})", listed.name, place.join(" ")),
    };
    (name, listed.version.clone())
}

fn finding_rows(checked: &Checked) -> Vec<Row> {
    let (name, version) = identity(&checked.listed);
    let row = |finding: &crate::lint::Finding| {
        let place = finding.places.first();
        let (file, line) = place.map_or(("-", 0), |place| (&place.file, place.line));
        Row::new([&name, &version, file, &line.to_string(), &finding.lint, finding.level])
    };
    checked.findings.iter().map(row).collect()
}

fn block_rows(checked: &Checked) -> Vec<Row> {
    let (name, version) = identity(&checked.listed);
    let row = |what: &str, count: usize| Row::new([&name, &version, what, &count.to_string()]);
    let mut rows = vec![row("seen", checked.blocks.len()), row("judged", checked.judged())];
    let doubts = checked.doubts();
    rows.extend(doubts.iter().map(|(reason, &count)| row(&format!("not judged: {reason}"), count)));
    let undecided = checked.undecided();
    rows.extend(undecided.iter().map(|(rule, &count)| row(&format!("undecided: {rule}"), count)));
    rows
}

/// What only one of two sorted lists has: `-` for the first, `+` for the second.
fn differences<'a>(before: &'a [Row], after: &'a [Row]) -> Vec<(char, &'a Row)> {
    let (mut before, mut after) = (before.iter().peekable(), after.iter().peekable());
    let mut differences = Vec::new();
    loop {
        match (before.peek(), after.peek()) {
            (Some(old), Some(new)) if old == new => {
                before.next();
                after.next();
            }
            (Some(old), Some(new)) if old > new => {
                differences.push(('+', *new));
                after.next();
            }
            (Some(old), _) => {
                differences.push(('-', *old));
                before.next();
            }
            (None, Some(new)) => {
                differences.push(('+', *new));
                after.next();
            }
            (None, None) => return differences,
        }
    }
}

impl File {
    fn path(&self) -> PathBuf {
        own_file(self.name)
    }

    /// The rows; none, if there is no file yet.
    fn read(&self) -> Result<Vec<Row>> {
        let path = self.path();
        if !path.exists() {
            return Ok(Vec::new());
        }
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(text.lines().skip(1).map(|line| Row::new(line.split('\t'))).collect())
    }

    fn write(&self, mut rows: Vec<Row>) -> Result<()> {
        rows.sort();
        let mut text = self.columns.join("\t") + "\n";
        for row in rows {
            text += &(row.line() + "\n");
        }
        fs::write(self.path(), text)
            .with_context(|| format!("cannot write {}", self.path().display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &[&str]) -> Vec<Row> {
        let mut rows: Vec<_> = lines.iter().map(|line| Row::new(line.split(' '))).collect();
        rows.sort();
        rows
    }

    #[test]
    fn lines_are_sorted_as_numbers() {
        let rows = rows(&["a 1.0.0 lib.rs 100", "a 1.0.0 lib.rs 20", "a 1.0.0 lib.rs 3"]);
        let lines: Vec<_> = rows.iter().map(|row| row.0[3].as_str()).collect();
        assert_eq!(lines, ["3", "20", "100"]);
    }

    #[test]
    fn equal_rows_are_counted() {
        let before = rows(&["a 1 x", "a 1 y", "a 1 y"]);
        let after = rows(&["a 1 w", "a 1 y", "a 1 z"]);
        let found: Vec<_> = differences(&before, &after)
            .iter()
            .map(|(sign, row)| format!("{sign}{}", row.0[2]))
            .collect();
        assert_eq!(found, ["+w", "-x", "-y", "+z"]);
    }
}
