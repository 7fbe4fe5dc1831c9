//! `--baseline FILE`: existing findings are accepted, new ones fail.
//!
//! The file is TOML for people to read and to review: which lint, in which file, on which line of
//! source, how often. Positions and messages are left out, so that it survives edits elsewhere in a
//! file and better wording.

use std::{collections::BTreeMap, fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::finding::{Finding, Identity};
use crate::error::{Error, Result};

const HEADER: &str = "\
# Findings that `cargo asm-lint --baseline` accepts. `--prune` removes those that no longer occur.

";

/// The accepted findings, and which of them occurred in a run.
#[derive(Debug, Default)]
pub struct Baseline {
    /// What the file accepts.
    accepted: BTreeMap<Identity, Quota>,
    is_new: bool,
}

/// How many findings of one identity are accepted.
#[derive(Clone, Copy, Debug, Default)]
struct Quota {
    /// By the file.
    all: usize,
    /// Of those, how many did not occur yet.
    left: usize,
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
    source: String,
    count: usize,
    /// Written by earlier versions; the message does not matter.
    #[serde(default, skip_serializing)]
    #[expect(dead_code, reason = "read so that an older file is not refused")]
    message: Option<String>,
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
        for Entry { lint, file, source, count, .. } in file.findings {
            baseline.accept(Identity { lint, file, text: source }, count);
        }
        Ok(baseline)
    }

    /// The baseline that accepts exactly `findings`.
    pub fn of(findings: &[Finding]) -> Self {
        let mut baseline = Self::default();
        for finding in findings {
            baseline.accept(finding.identity(), 1);
        }
        baseline
    }

    fn accept(&mut self, identity: Identity, count: usize) {
        let quota = self.accepted.entry(identity).or_default();
        quota.all += count;
        quota.left += count;
    }

    /// The text of the file.
    pub fn to_text(&self) -> Result<String> {
        let entries = self.accepted.iter().map(|(identity, quota)| Entry {
            lint: identity.lint.clone(),
            file: identity.file.clone(),
            source: identity.text.clone(),
            count: quota.all,
            message: None,
        });
        let file = File { findings: entries.collect() };
        let body = toml::to_string_pretty(&file)
            .map_err(|error| Error::while_doing("write the baseline", error))?;
        Ok(format!("{HEADER}{body}"))
    }

    /// Whether the finding is accepted; each entry accepts as many as its count.
    pub fn accepts(&mut self, finding: &Finding) -> bool {
        if self.is_new {
            return true;
        }
        match self.accepted.get_mut(&finding.identity()) {
            Some(quota) if quota.left > 0 => {
                quota.left -= 1;
                true
            }
            _ => false,
        }
    }

    /// Whether there was no file.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// The accepted findings that did not occur, and how often each is missing.
    pub fn gone(&self) -> Vec<(Identity, usize)> {
        let unmet = self.accepted.iter().filter(|(_, quota)| quota.left > 0);
        unmet.map(|(identity, quota)| (identity.clone(), quota.left)).collect()
    }

    /// Removes what did not occur, and nothing else.
    pub fn prune(&mut self) {
        for quota in self.accepted.values_mut() {
            quota.all -= quota.left;
            quota.left = 0;
        }
        self.accepted.retain(|_, quota| quota.all > 0);
    }
}
