//! What branches, conditional moves and `setcc` ask, and whether the path already knows.

use iced_x86::{ConditionCode, Instruction};

use crate::machine::Machine;
use crate::machine::condition::{Question, assumed_bit};
use crate::machine::state::{Condition, State};
use crate::values::{Flag, Word};

/// The flags that each question is about, in the order of the condition codes (SDM vol. 1,
/// appendix B): o, b, e, be, s, p, l, le.
const FLAGS: [&[Flag]; 8] = [
    &[Flag::Overflow],
    &[Flag::Carry],
    &[Flag::Zero],
    &[Flag::Carry, Flag::Zero],
    &[Flag::Sign],
    &[Flag::Parity],
    &[Flag::Sign, Flag::Overflow],
    &[Flag::Zero, Flag::Sign, Flag::Overflow],
];

impl Machine<'_> {
    /// What the instruction's condition code asks of the flags; `None` without a condition code.
    pub fn flags_question(&mut self, state: &State, instruction: &Instruction) -> Option<Question> {
        let code = instruction.condition_code();
        if code == ConditionCode::None {
            return None;
        }
        let index = code as u8 - ConditionCode::o as u8;
        let (question, negated) = (index / 2, index % 2 == 1);
        let flags = FLAGS.get(usize::from(question))?;
        let words: Vec<Word> =
            flags.iter().map(|&flag| state.flag(flag, &mut self.values)).collect();
        let known: Vec<Option<bool>> = words.iter().map(constant_bit).collect();
        let assumed: Vec<Option<bool>> = words
            .iter()
            .zip(&known)
            .map(|(word, known)| known.or_else(|| assumed_bit(state, word)))
            .collect();
        let condition = Condition { question, words };
        Some(Self::answer(
            state,
            condition,
            negated,
            decide(question, &known),
            decide(question, &assumed),
        ))
    }
}

fn constant_bit(word: &Word) -> Option<bool> {
    word.as_constant().map(|bit| bit & 1 == 1)
}

fn decide(question: u8, bits: &[Option<bool>]) -> Option<bool> {
    let or = |one: Option<bool>, other: Option<bool>| match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    };
    let differ = |one: Option<bool>, other: Option<bool>| Some(one? != other?);
    match (question, bits) {
        (3, &[carry, zero]) => or(carry, zero),
        (6, &[sign, overflow]) => differ(sign, overflow),
        (7, &[zero, sign, overflow]) => or(zero, differ(sign, overflow)),
        (_, &[bit]) => bit,
        _ => None,
    }
}
