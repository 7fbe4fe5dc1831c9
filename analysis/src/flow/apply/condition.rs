//! Conditions: each is one bit, so that equal questions are equal words.

use std::rc::Rc;

use super::Loaded;
use crate::effects::{Condition, FlagTest, Operation as Effective, Test};
use crate::machine::condition::{BIT, Question, assumed_bit};
use crate::machine::state::{self, State};
use crate::machine::{Machine, Step};
use crate::values::{Flag, Kind, Operation, Word};

/// How deep a bit is taken apart in search of what earlier branches said.
const DEPTH: usize = 8;

impl Machine<'_> {
    /// What a condition asks, with the answer as far as the path knows it.
    pub(super) fn question(
        &mut self,
        state: &mut State,
        step: Step,
        loaded: &Loaded<'_>,
        condition: &Condition,
    ) -> Question {
        let mut bit = self.truth(state, step, loaded, &condition.test);
        let mut negated = condition.negated;
        while let Some(inner) = self.negated(&bit) {
            bit = inner;
            negated = !negated;
        }
        let answer = self.decided(state, &bit, DEPTH);
        let is_constant = bit.as_constant().is_some();
        Question {
            condition: Rc::new(state::Condition { question: BIT, words: vec![bit] }),
            negated,
            known: answer.map(|answer| answer != negated),
            correlated: answer.is_some() && !is_constant,
        }
    }

    /// The result of a condition as a word of one bit, a known one where the path tells.
    pub(super) fn condition_bit(
        &mut self,
        state: &mut State,
        step: Step,
        loaded: &Loaded<'_>,
        condition: &Condition,
    ) -> Word {
        let bit = self.truth(state, step, loaded, &condition.test);
        let bit = if condition.negated { self.values.not(&bit, step.site) } else { bit };
        match self.decided(state, &bit, DEPTH) {
            Some(answer) => Word::constant(u64::from(answer), 1),
            None => bit,
        }
    }

    /// The word that this one is the complement of.
    fn negated(&self, bit: &Word) -> Option<Word> {
        let (value, 0) = bit.as_slice()? else { return None };
        match &self.values.get(value).kind {
            Kind::Computed { operation: Operation::Not, inputs } => inputs.first().cloned(),
            _ => None,
        }
    }

    /// What the path says about a bit.
    fn decided(&self, state: &State, bit: &Word, depth: usize) -> Option<bool> {
        if let Some(constant) = bit.as_constant() {
            return Some(constant & 1 == 1);
        }
        if let Some(answer) = assumed_bit(state, bit) {
            return Some(answer);
        }
        let (value, 0) = bit.as_slice()? else { return None };
        let value = self.values.get(value);
        let Kind::Computed { operation, inputs } = &value.kind else { return None };
        if value.bits != 1 || depth == 0 {
            return None;
        }
        let mut answers = inputs.iter().map(|input| self.decided(state, input, depth - 1));
        match operation {
            Operation::Not => answers.next()?.map(|answer| !answer),
            Operation::And => match (answers.next()?, answers.next()?) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Operation::Or => match (answers.next()?, answers.next()?) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Operation::Xor => Some(answers.next()?? != answers.next()??),
            _ => None,
        }
    }

    /// The answer to a question as one bit.
    fn truth(&mut self, state: &mut State, step: Step, loaded: &Loaded<'_>, test: &Test) -> Word {
        match test {
            Test::IsZero(value) => {
                let word = self.value(state, step, loaded, value);
                self.is_zero(step, &word)
            }
            Test::IsSet(value) => self.value(state, step, loaded, value).slice(0, 1),
            Test::Equal(one, other) => {
                let words = [one, other].map(|value| self.value(state, step, loaded, value));
                self.compare(step, &Effective::Equal, words)
            }
            Test::Less(one, other) => {
                let words = [one, other].map(|value| self.value(state, step, loaded, value));
                self.compare(step, &Effective::Less, words)
            }
            Test::LessSigned(one, other) => {
                let words = [one, other].map(|value| self.value(state, step, loaded, value));
                self.compare(step, &Effective::LessSigned, words)
            }
            Test::Flags(test) => self.flags_bit(state, step, *test),
        }
    }

    fn flags_bit(&mut self, state: &State, step: Step, test: FlagTest) -> Word {
        let mut flag = |flag| self.flag_word(state, flag);
        match test {
            FlagTest::Set(one) => flag(one),
            FlagTest::Higher => {
                let (carry, zero) = (flag(Flag::Carry), flag(Flag::Zero));
                let other = self.values.not(&zero, step.site);
                self.values.bitwise(Operation::And, &carry, &other, step.site)
            }
            FlagTest::GreaterOrEqual | FlagTest::Greater => {
                let (sign, overflow) = (flag(Flag::Sign), flag(Flag::Overflow));
                let zero = flag(Flag::Zero);
                let differ = self.values.bitwise(Operation::Xor, &sign, &overflow, step.site);
                let less = match test {
                    FlagTest::Greater => {
                        self.values.bitwise(Operation::Or, &differ, &zero, step.site)
                    }
                    _ => differ,
                };
                self.values.not(&less, step.site)
            }
        }
    }
}
