//! What a branch asks, and whether the path already knows.

use std::rc::Rc;

use super::Machine;
use super::state::{Condition, State};
use crate::values::Word;

/// A question with its answer on the path, as far as known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// What is asked.
    pub condition: Rc<Condition>,
    /// Whether the instruction acts when the answer is no (`jne` asks what `je` asks).
    pub negated: bool,
    /// Whether the instruction acts, if that is known.
    pub known: Option<bool>,
    /// Whether it is known only because an earlier branch asked the same.
    pub correlated: bool,
}

/// The number of the question whether a bit is set. Those of x86's condition codes, which ask one
/// bit or several, are below [`IS_ZERO`].
pub const BIT: u8 = 0;

/// The number of the question whether a word is 0.
pub const IS_ZERO: u8 = 8;

impl Machine<'_> {
    /// Whether a word is zero.
    pub fn zero_question(&mut self, state: &State, word: &Word, negated: bool) -> Question {
        let (mask, ones) = word.known();
        let known = match word.as_constant() {
            Some(value) => Some(value == 0),
            None => (mask & ones != 0).then_some(false),
        };
        let condition = Condition { question: IS_ZERO, words: vec![word.clone()] };
        Self::answer(state, condition, negated, known, known)
    }

    /// Puts what is known about a condition into a question.
    pub fn answer(
        state: &State,
        condition: Condition,
        negated: bool,
        known: Option<bool>,
        assumed: Option<bool>,
    ) -> Question {
        let earlier = state.assumptions.iter().find(|(known, _)| **known == condition);
        let assumed = assumed.or(earlier.map(|(_, answer)| *answer));
        Question {
            condition: Rc::new(condition),
            negated,
            known: assumed.map(|answer| answer != negated),
            correlated: known.is_none() && assumed.is_some(),
        }
    }
}

/// What earlier branches on this one bit say.
pub fn assumed_bit(state: &State, bit: &Word) -> Option<bool> {
    state.assumptions.iter().find_map(|(condition, answer)| {
        let single = condition.question < IS_ZERO && condition.words.len() == 1;
        (single && condition.words[0] == *bit).then_some(*answer)
    })
}
