//! What the driver reports to the front end besides findings: which blocks it checked, and whether it
//! could use the configuration.
//!
//! The driver sends notes in the stream of diagnostics, so that cargo caches them with a
//! compilation and repeats them when there is nothing to compile. `lints/src/tally.rs`
//! describes the format.

use std::collections::{BTreeMap, HashMap, HashSet};

use cargo_metadata::{CompilerMessage, PackageId, diagnostic::DiagnosticLevel};
use serde::Deserialize;

/// Makes the driver send notes.
pub const VARIABLE: &str = "ASM_LINT_NOTES";
/// What the text of a note starts with.
const PREFIX: &str = "asm-lint-note: ";

/// How many blocks were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// All of them.
    pub blocks: usize,
    /// Those for which every rule was decided.
    pub in_full: usize,
}

/// Everything that notes said in a run.
#[derive(Debug, Default)]
pub struct Notes {
    /// For each block, by its package and its place, whether every rule was decided. A file that is
    /// part of a library and of its tests is compiled twice; its blocks are counted once.
    blocks: HashMap<(PackageId, String, usize, usize), bool>,
    crates: HashSet<(PackageId, String)>,
    /// Whether the configuration has mistakes.
    pub has_configuration_mistakes: bool,
}

#[derive(Deserialize)]
struct Note {
    #[serde(rename = "crate", default)]
    name: String,
    #[serde(default)]
    blocks: BTreeMap<String, Vec<(usize, usize, bool)>>,
    #[serde(default)]
    configuration_mistakes: usize,
}

impl Notes {
    /// Reads a message if it is a note; says whether it was.
    pub fn take(&mut self, message: &CompilerMessage) -> bool {
        let diagnostic = &message.message;
        let text = diagnostic.message.strip_prefix(PREFIX);
        let Some(text) = text.filter(|_| diagnostic.level == DiagnosticLevel::Note) else {
            return false;
        };
        if let Ok(note) = serde_json::from_str::<Note>(text) {
            let package = &message.package_id;
            self.has_configuration_mistakes |= note.configuration_mistakes > 0;
            if !note.blocks.is_empty() {
                self.crates.insert((package.clone(), note.name));
            }
            for (file, blocks) in note.blocks {
                for (line, column, in_full) in blocks {
                    let place = (package.clone(), file.clone(), line, column);
                    *self.blocks.entry(place).or_insert(true) &= in_full;
                }
            }
        }
        true
    }

    /// The blocks of all packages.
    pub fn count(&self) -> Count {
        let in_full = self.blocks.values().filter(|in_full| **in_full).count();
        Count { blocks: self.blocks.len(), in_full }
    }

    /// The blocks of one package.
    pub fn count_in(&self, package: &PackageId) -> Count {
        let mut count = Count::default();
        for (_, in_full) in self.blocks.iter().filter(|((of, ..), _)| of == package) {
            count.blocks += 1;
            count.in_full += usize::from(*in_full);
        }
        count
    }

    /// In how many crates there are blocks.
    pub fn crates(&self) -> usize {
        self.crates.len()
    }
}
