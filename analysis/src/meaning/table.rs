//! [`Table`]: the text tables of an architecture, asked by the words that describe an instruction.
//!
//! A row is `keys | facts | source`; a line that starts with a space continues the line before; `#`
//! starts a comment. A key is a mnemonic in lower case, or a more particular word that the
//! architecture makes of an instruction, such as `msr:daif`. What the rows of the general key say
//! comes first, what the particular ones say is added.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::{
    Idle, KernelEntry, Meaning, Nondeterminism, RowError, RowErrorKind, SideEffect, SystemEffect,
};

/// The tables of one architecture.
#[derive(Clone, Default, Debug)]
pub struct Table {
    facts: FxHashMap<Cow<'static, str>, Vec<Cow<'static, str>>>,
}

/// One row of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row<'text> {
    /// The keys, separated by spaces.
    pub keys: &'text str,
    /// The facts, separated by spaces.
    pub facts: &'text str,
    /// Where the manuals say so.
    pub source: &'text str,
}

/// The rows of a text whose lines are [joined](join_lines).
pub fn rows(joined: &str) -> impl Iterator<Item = Row<'_>> {
    joined.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).filter_map(|line| {
        let mut columns = line.splitn(3, '|').map(str::trim);
        Some(Row { keys: columns.next()?, facts: columns.next()?, source: columns.next()? })
    })
}

/// Joins each line that starts with a space to the line before.
pub fn join_lines(text: &str) -> String {
    text.replace("\n ", " ")
}

impl Table {
    /// Reads texts, each with its name. A row that says nothing is left out: a test of the tables
    /// finds it, not a user.
    pub fn read(texts: &[(&str, &str)]) -> Table {
        let mut table = Table::default();
        for (_, text) in texts {
            for row in rows(&join_lines(text)) {
                for key in row.keys.split_whitespace() {
                    let of_key = table.facts.entry(Cow::Owned(key.to_owned())).or_default();
                    of_key.extend(row.facts.split_whitespace().map(|fact| fact.to_owned().into()));
                }
            }
        }
        table
    }

    /// What is wrong in the texts: the name of each, and the row.
    pub fn mistakes(texts: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut mistakes = Vec::new();
        for (name, text) in texts {
            let joined = join_lines(text);
            let lines = joined.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
            for line in lines {
                let row = rows(line).next();
                let is_right = row.is_some_and(|row| {
                    let mut facts = row.facts.split_whitespace().peekable();
                    !row.keys.is_empty()
                        && !row.source.is_empty()
                        && facts.peek().is_some()
                        && facts.all(|fact| match fact.strip_prefix('-') {
                            Some(name) => Meaning::default().retract(name),
                            None => Meaning::default().apply(fact),
                        })
                });
                if !is_right {
                    mistakes.push(((*name).to_owned(), line.to_owned()));
                }
            }
        }
        mistakes
    }

    /// The keys of all rows, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.facts.keys().map(|key| &**key)
    }

    /// Whether some row has the key.
    pub fn has(&self, key: &str) -> bool {
        self.facts.contains_key(key)
    }

    /// What an instruction means that the keys describe, the most general first.
    pub fn of(&self, keys: &[&str]) -> Meaning {
        let mut meaning = Meaning::default();
        for fact in keys.iter().filter_map(|key| self.facts.get(*key)).flatten() {
            match fact.strip_prefix('-') {
                Some(name) => meaning.retract(name),
                None => meaning.apply(fact),
            };
        }
        meaning
    }

    /// Adds facts to what a key says; a word with a `-` in front retracts all facts of its kind.
    ///
    /// # Errors
    /// The first word that is not a fact; then nothing changes.
    pub fn change(&mut self, key: &str, facts: &str) -> Result<(), RowError> {
        for word in facts.split_whitespace() {
            let mut meaning = Meaning::default();
            let known = match word.strip_prefix('-') {
                Some(name) => meaning.retract(name),
                None => meaning.apply(word),
            };
            if !known {
                return Err(RowError { word: word.to_owned(), kind: RowErrorKind::UnknownFact });
            }
        }
        let of_key = self.facts.entry(Cow::Owned(key.to_owned())).or_default();
        of_key.extend(facts.split_whitespace().map(|fact| Cow::Owned(fact.to_owned())));
        Ok(())
    }
}

impl Meaning {
    /// Puts one fact of a row, such as `effect:port`, into place; false if it is none.
    pub fn apply(&mut self, fact: &str) -> bool {
        let (name, value) = fact.split_once(':').unwrap_or((fact, ""));
        match (name, value) {
            ("synchronizes", "") => self.synchronizes = true,
            ("acquires", "") => self.acquires = true,
            ("opaque", "") => self.opaque = true,
            ("ends", "") => self.ends = true,
            ("comes", "back") => self.comes_back = true,
            ("perhaps", "nothing") => self.perhaps_nothing = true,
            ("hints", "") => self.hints = true,
            ("operand", "address") => self.acts_on_address = true,
            ("traps", "") => self.sets_trap_table = true,
            ("requests", "") => self.requests = true,
            ("idles", word) => match Idle::from_word(word) {
                Some(idle) => self.idles = Some(idle),
                None => return false,
            },
            ("raises" | "saturates", "") => self.raises_float_status = true,
            ("kernel", "system") => self.kernel = Some(KernelEntry::SystemCall),
            ("kernel", "hypervisor") => self.kernel = Some(KernelEntry::HypervisorCall),
            ("kernel", "monitor") => self.kernel = Some(KernelEntry::MonitorCall),
            ("effect", word) => match SideEffect::from_word(word) {
                Some(effect) => self.side_effect = Some(effect),
                None => return false,
            },
            ("varies", word) => match Nondeterminism::from_word(word) {
                Some(source) => self.nondeterministic = Some(source),
                None => return false,
            },
            ("promise", word) => match SystemEffect::from_word(word) {
                Some(effect) => self.system = Some(effect),
                None => return false,
            },
            _ => return false,
        }
        true
    }

    /// Takes back all that facts of the kind `name` (`effect`, `promise` …) said; false if there
    /// is no such kind.
    pub fn retract(&mut self, name: &str) -> bool {
        match name {
            "synchronizes" => self.synchronizes = false,
            "acquires" => self.acquires = false,
            "opaque" => self.opaque = false,
            "ends" => self.ends = false,
            "comes" => self.comes_back = false,
            "perhaps" => self.perhaps_nothing = false,
            "hints" => self.hints = false,
            "operand" => self.acts_on_address = false,
            "traps" => self.sets_trap_table = false,
            "requests" => self.requests = false,
            "idles" => self.idles = None,
            "raises" | "saturates" => self.raises_float_status = false,
            "kernel" => self.kernel = None,
            "effect" => self.side_effect = None,
            "varies" => self.nondeterministic = None,
            "promise" => self.system = None,
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# A comment.\nmsr | effect:state |\n  Manual 1\n\
        msr:daif | -effect promise:interrupts | Manual 2\n";

    #[test]
    fn particular_rows_add_to_general_ones() {
        let table = Table::read(&[("text", TEXT)]);
        let general = table.of(&["msr"]);
        assert_eq!(general.side_effect, Some(SideEffect::MachineState));
        let particular = table.of(&["msr", "msr:daif"]);
        assert_eq!(particular.side_effect, None);
        assert_eq!(particular.system, Some(SystemEffect::Interrupts));
        assert_eq!(table.of(&["mrs"]), Meaning::default());
    }

    #[test]
    fn mistakes_are_found_and_change_nothing() {
        let mut table = Table::read(&[("text", TEXT)]);
        let error = table.change("msr", "opaque effect:nonsense");
        let kind = RowErrorKind::UnknownFact;
        assert_eq!(error, Err(RowError { word: "effect:nonsense".to_owned(), kind }));
        assert!(!table.of(&["msr"]).opaque);
        assert_eq!(table.change("msr", "-effect opaque"), Ok(()));
        assert_eq!(table.of(&["msr"]), Meaning { opaque: true, ..Meaning::default() });
        assert_eq!(Table::mistakes(&[("text", "a | nonsense | Manual\nb | ends |")]).len(), 2);
        assert_eq!(Table::mistakes(&[("text", "a | -effect ends | Manual")]), []);
    }
}
