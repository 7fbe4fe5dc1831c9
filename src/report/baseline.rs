//! `--baseline FILE`: the findings of today are accepted, new ones fail.
//!
//! The file is TOML for people to read and to review: what was found, in which file, on which line
//! of source, how often. Positions are left out, so that it outlives edits elsewhere in a file.

use std::{collections::BTreeMap, fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::finding::{Finding, Identity};
use crate::error::{Error, Result};

const HEADER: &str = "\
# Findings that `cargo asm-lint --baseline` accepts. Delete the file to accept today's anew.

";

/// The accepted findings, and what a run made of them.
#[derive(Debug, Default)]
pub struct Baseline {
    /// How many more findings of each identity are accepted.
    accepted: BTreeMap<Identity, usize>,
    is_new: bool,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "finding")]
    findings: Vec<Entry>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    lint: String,
    file: String,
    message: String,
    source: String,
    count: usize,
}

impl Baseline {
    /// Reads the file; one that does not exist is a new baseline, which accepts everything.
    pub fn read(path: &Path) -> Result<Self> {
        let reading = || format!("read the baseline {}", path.display());
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { is_new: true, ..Self::default() });
            }
            Err(error) => return Err(Error::while_doing(reading(), error)),
        };
        let file: File =
            toml::from_str(&text).map_err(|error| Error::while_doing(reading(), error))?;
        let mut baseline = Self::default();
        for Entry { lint, file, message, source, count } in file.findings {
            let identity = Identity { lint, file, message, text: source };
            *baseline.accepted.entry(identity).or_default() += count;
        }
        Ok(baseline)
    }

    /// The baseline that accepts exactly `findings`.
    pub fn of(findings: &[Finding]) -> Self {
        let mut baseline = Self::default();
        for finding in findings {
            *baseline.accepted.entry(finding.identity()).or_default() += 1;
        }
        baseline
    }

    /// The text of the file.
    pub fn to_text(&self) -> Result<String> {
        let entries = self.accepted.iter().map(|(identity, count)| Entry {
            lint: identity.lint.clone(),
            file: identity.file.clone(),
            message: identity.message.clone(),
            source: identity.text.clone(),
            count: *count,
        });
        let file = File { findings: entries.collect() };
        let body = toml::to_string_pretty(&file)
            .map_err(|error| Error::while_doing("write the baseline", error))?;
        Ok(format!("{HEADER}{body}"))
    }

    /// Whether the finding is accepted; each entry accepts as many as it counts.
    pub fn accepts(&mut self, finding: &Finding) -> bool {
        if self.is_new {
            return true;
        }
        match self.accepted.get_mut(&finding.identity()) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }

    /// Whether there was no file.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// How many accepted findings were not met.
    pub fn unused(&self) -> usize {
        self.accepted.values().sum()
    }
}
