//! A search through everything that went into a word.

use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use super::{Kind, ValueId, Values, Word};

/// What a search does at a value.
pub enum Visit {
    /// The value is what is looked for.
    Found,
    /// The search continues with what the value was made of.
    Through,
    /// Nothing that the value was made of counts.
    Stop,
}

/// The values that a search has come to: few, as a rule.
#[derive(Default)]
struct Seen {
    few: SmallVec<[ValueId; 8]>,
    /// All of them, once they are more.
    many: FxHashSet<ValueId>,
}

impl Seen {
    /// Adds a value. Returns whether it is new.
    fn insert(&mut self, value: ValueId) -> bool {
        if self.many.is_empty() {
            if self.few.contains(&value) {
                return false;
            }
            if self.few.len() < self.few.inline_size() {
                self.few.push(value);
                return true;
            }
            self.many.extend(self.few.drain(..));
        }
        self.many.insert(value)
    }
}

impl Values {
    /// Whether a value that is looked for went into the word. Each value is visited once.
    pub fn reaches(&self, word: &Word, visit: impl Fn(&Kind) -> Visit) -> bool {
        let mut work: SmallVec<[ValueId; 8]> = word.values().collect();
        let mut seen = Seen::default();
        while let Some(value) = work.pop() {
            if !seen.insert(value) {
                continue;
            }
            let kind = &self.get(value).kind;
            match (visit(kind), kind) {
                (Visit::Found, _) => return true,
                (Visit::Stop, _) => {}
                (Visit::Through, Kind::Offset { base, .. }) => work.extend(base.values()),
                (Visit::Through, Kind::Computed { inputs, .. } | Kind::Fresh { inputs, .. }) => {
                    work.extend(inputs.iter().flat_map(Word::values));
                }
                (Visit::Through, Kind::Joined { .. }) => {
                    work.extend(self.alternatives(value).iter().flat_map(Word::values));
                }
                (Visit::Through, _) => {}
            }
        }
        false
    }
}
