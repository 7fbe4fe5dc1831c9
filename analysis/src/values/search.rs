//! A search through everything that went into a word.

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

impl Values {
    /// Whether a value that is looked for went into the word. Each value is visited once.
    pub fn reaches(&self, word: &Word, visit: impl Fn(&Kind) -> Visit) -> bool {
        let mut work: SmallVec<[ValueId; 8]> = word.values().collect();
        let mut seen: SmallVec<[ValueId; 8]> = SmallVec::new();
        while let Some(value) = work.pop() {
            if seen.contains(&value) {
                continue;
            }
            seen.push(value);
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
