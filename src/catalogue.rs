//! The list of all lints with their pages: compiled in, so that `--list` and `--explain` work before
//! anything is set up.
//!
//! The lints are in the driver, and only there. A test runs the driver and compares `docs/lints/` and
//! the table in [`table`] with its answer; `BLESS=1` writes both. Read by `--list`, `--explain`
//! and the SARIF report.

mod table;

use std::cmp::Reverse;

use serde::{Serialize, Serializer, ser::SerializeStruct};

pub use self::table::LINTS;
use crate::similar;

/// What separates the documentation on a page from the links below it.
const END: &str = "\n\n---\n\n";

/// One lint.
#[derive(Clone, Copy, Debug)]
pub struct Lint {
    /// Its name without the tool.
    pub name: &'static str,
    /// Its group, which fixes its level.
    pub group: &'static str,
    /// Its default level: `allow`, `warn` or `deny`.
    pub level: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Its page of the docs.
    page: &'static str,
}

impl Lint {
    /// Its documentation, in Markdown.
    pub fn documentation(&self) -> &'static str {
        self.page.split_once(END).map_or(self.page, |(documentation, _)| documentation)
    }
}

impl Serialize for Lint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut lint = serializer.serialize_struct("Lint", 5)?;
        lint.serialize_field("name", self.name)?;
        lint.serialize_field("group", self.group)?;
        lint.serialize_field("level", self.level)?;
        lint.serialize_field("summary", self.summary)?;
        lint.serialize_field("documentation", self.documentation())?;
        lint.end()
    }
}

/// The lint of that name, with or without its tool, in the spelling of source or of flags.
pub fn find(name: &str) -> Option<&'static Lint> {
    let tools = ["asm_lint::", "asm-lint::"];
    let name = tools.iter().find_map(|tool| name.strip_prefix(tool)).unwrap_or(name);
    let name = name.replace('-', "_").to_ascii_lowercase();
    LINTS.iter().find(|lint| lint.name == name)
}

/// The lint whose name is most like `name`, if any is like it at all. The words of a name are
/// easily mixed up or left out, so shared words are compared first, then letters.
pub fn nearest(name: &str) -> Option<&'static Lint> {
    let words: Vec<_> = name.split(['_', '-', ':']).filter(|word| word.len() > 2).collect();
    let shared = |lint: &Lint| lint.name.split('_').filter(|word| words.contains(word)).count();
    let likeness = |lint: &&Lint| (shared(lint), Reverse(similar::distance(name, lint.name)));
    let nearest = LINTS.iter().max_by_key(likeness)?;
    let spelt = || similar::nearest(name, [nearest.name]).is_some();
    (shared(nearest) > 0 || spelt()).then_some(nearest)
}

/// Whether it is the name of a group.
pub fn has_group(name: &str) -> bool {
    LINTS.iter().any(|lint| lint.group == name)
}
