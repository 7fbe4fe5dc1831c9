//! Functions of which no more is known than their name: their numbers, and the few that are looked into.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use super::Machine;
use crate::effects::PREDICATE_LENGTHS;
use crate::values::{Kind, Operation, Word};

/// Tells the function "copies of one bit" from those of instructions.
pub const SPREAD: u32 = u32::MAX - 64;

/// The number of the function that a name stands for: the same in every interpretation.
pub fn number(name: &str) -> u32 {
    let mut hasher = FxHasher::default();
    name.hash(&mut hasher);
    // The numbers at the top are taken for images and segments.
    (hasher.finish() >> 17) as u32 & (u32::MAX >> 1)
}

impl Machine<'_> {
    /// How many predicate lengths a word is.
    pub fn predicate_lengths(&self, word: &Word) -> Option<u64> {
        let (value, 0) = word.as_slice()? else { return None };
        match &self.values.get(value).kind {
            Kind::Computed { operation: Operation::Function(function), inputs }
                if *function == number(PREDICATE_LENGTHS) =>
            {
                inputs.first()?.as_constant()
            }
            _ => None,
        }
    }

    /// A word as another one and a number of predicate lengths that is added to it.
    pub fn split_predicate_lengths(&self, word: &Word) -> Option<(Word, u64)> {
        let (value, 0) = word.as_slice()? else { return None };
        let Kind::Computed { operation: Operation::Add, inputs } = &self.values.get(value).kind
        else {
            return None;
        };
        let [one, other] = &**inputs else { return None };
        match (self.predicate_lengths(one), self.predicate_lengths(other)) {
            (_, Some(count)) => Some((one.clone(), count)),
            (Some(count), _) => Some((other.clone(), count)),
            _ => None,
        }
    }
}
