//! The list of all lints, as the driver tells it: the lints live there, and only there.
//!
//! Read by `--list`, `--explain` and the SARIF report.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::{
    driver::Driver,
    error::{Error, Result},
    similar,
    toolchain::Toolchain,
};

/// One lint.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Lint {
    /// Its name without the tool.
    pub name: String,
    /// Its group, which fixes its level.
    pub group: String,
    /// Its level where nothing else is said: `allow`, `warn` or `deny`.
    pub level: String,
    /// One sentence.
    pub summary: String,
    /// All there is to say, in Markdown.
    pub documentation: String,
}

/// All lints, sorted by name.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// The lints.
    pub lints: Vec<Lint>,
}

impl Catalogue {
    /// Asks the driver.
    pub fn read(driver: &Driver, toolchain: &Toolchain) -> Result<Self> {
        let text = driver.output(toolchain, &["--list-lints"])?;
        let lints = serde_json::from_str(&text)
            .map_err(|error| Error::while_doing("read the driver's list of lints", error))?;
        Ok(Self { lints })
    }

    /// The lint of that name, with or without its tool, in the spelling of source or of flags.
    pub fn find(&self, name: &str) -> Option<&Lint> {
        let tools = ["asm_lint::", "asm-lint::"];
        let name = tools.iter().find_map(|tool| name.strip_prefix(tool)).unwrap_or(name);
        let name = name.replace('-', "_").to_ascii_lowercase();
        self.lints.iter().find(|lint| lint.name == name)
    }

    /// The lint whose name is most like `name`, if any is like it at all. The words of a name are
    /// easily mixed up or left out, so shared words count first, then letters.
    pub fn nearest(&self, name: &str) -> Option<&Lint> {
        let words: Vec<_> = name.split(['_', '-', ':']).filter(|word| word.len() > 2).collect();
        let shared = |lint: &Lint| lint.name.split('_').filter(|word| words.contains(word)).count();
        let likeness = |lint: &&Lint| (shared(lint), Reverse(similar::distance(name, &lint.name)));
        let nearest = self.lints.iter().max_by_key(likeness)?;
        let spelt = || similar::nearest(name, [&*nearest.name]).is_some();
        (shared(nearest) > 0 || spelt()).then_some(nearest)
    }

    /// Whether it is the name of a group.
    pub fn has_group(&self, name: &str) -> bool {
        self.lints.iter().any(|lint| lint.group == name)
    }
}
