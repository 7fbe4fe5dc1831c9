//! From blocks to machine code: substitution and assembling, with second tries.
//!
//! The compiler chooses registers by rules that we do not repeat, and a generic constant has any
//! value. So a rejection counts only if no choice of ours avoids it.

use std::fmt;

use super::size::{Extent, extent};
use super::{Backend, Context, MachineCode, Rejection, Unit, assemble, assemble_by};
use crate::block::{Block, Operand, Place, RegisterOperand};
use crate::registers::Register;
use crate::substitute::{Choices, Preference, Reason, StandIns, Substitution, substitute_with};

/// A block that is to be assembled.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The block. All blocks of a call must have the same target.
    pub block: &'a Block,
    /// Registers that no operand of a class may get.
    pub avoid: &'a [Register],
    /// What to try for constants of unknown value, and nothing else; `None` to find numbers that
    /// assemble.
    pub stand_ins: Option<StandIns>,
    /// Which of the ways to give registers to the operands; see [`Substitution::cases`].
    pub case: usize,
}

impl<'a> From<&'a Block> for Request<'a> {
    fn from(block: &'a Block) -> Self {
        Request { block, avoid: &[], stand_ins: None, case: 0 }
    }
}

/// A block with its text and its machine code.
#[derive(Clone, Debug)]
pub struct AssembledBlock {
    /// What is where in the text.
    pub substitution: Substitution,
    /// What the text assembles to.
    pub code: MachineCode,
}

/// Why there is no machine code for a block.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The assembler rejects it, whatever the registers and the unknown constants are.
    Rejected {
        /// What LLVM says.
        rejection: Rejection,
        /// The text that it says it about.
        substitution: Box<Substitution>,
        /// Whether every value that was tried for constants of unknown value is rejected, and with
        /// the same words.
        whatever_constants: bool,
    },
    /// It can't be given registers.
    Unplaceable(Reason),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Rejected { rejection, .. } => f.write_str(&rejection.message),
            Failure::Unplaceable(reason) => reason.fmt(f),
        }
    }
}

/// Assembles blocks: one answer for each, in order.
pub fn assemble_blocks(requests: &[Request<'_>]) -> Vec<Result<AssembledBlock, Failure>> {
    let mut answers: Vec<Option<Result<AssembledBlock, Failure>>> =
        requests.iter().map(|_| None).collect();
    let mut pending: Vec<usize> = (0..requests.len()).collect();
    let mut attempt = 0;
    while !pending.is_empty() {
        let mut texts = Vec::new();
        for &index in &pending {
            let request = &requests[index];
            let Some(choices) = choices(request, attempt) else { continue };
            match substitute_with(request.block, choices) {
                Ok(substitution) if is_too_large(request.block, &substitution.text) => {
                    answers[index] = Some(Err(Failure::Unplaceable(Reason::TooLarge)));
                }
                Ok(substitution) => {
                    let variant = variant(request.block, choices, &substitution);
                    texts.push((index, substitution, variant));
                }
                Err(reason) => {
                    answers[index].get_or_insert(Err(Failure::Unplaceable(reason)));
                }
            }
        }
        pending.clear();
        let units: Vec<Unit<'_>> = texts
            .iter()
            .map(|(index, substitution, variant)| {
                unit(requests[*index].block, &substitution.text, variant.as_deref())
            })
            .collect();
        let Some((first, ..)) = texts.first() else { break };
        let codes = assemble(&requests[*first].block.target, &units);
        for ((index, substitution, _), code) in texts.into_iter().zip(codes) {
            match code {
                Ok(code) => answers[index] = Some(Ok(AssembledBlock { substitution, code })),
                Err(crash) if crash.is_crash() => {
                    answers[index] = Some(Err(Failure::Unplaceable(Reason::Crash)));
                }
                Err(again) => {
                    match &mut answers[index] {
                        // The first words are kept, and compared with all that follow.
                        Some(Err(Failure::Rejected { rejection, whatever_constants, .. })) => {
                            *whatever_constants &=
                                rejection.message == again.message && rejection.line == again.line;
                        }
                        Some(_) => {}
                        none => {
                            *none = Some(Err(Failure::Rejected {
                                whatever_constants: !substitution.unknown_constants.is_empty()
                                    && requests[index].stand_ins.is_none(),
                                rejection: again,
                                substitution: Box::new(substitution),
                            }));
                        }
                    }
                    pending.push(index);
                }
            }
        }
        attempt += 1;
    }
    let unanswered = || Err(Failure::Unplaceable(Reason::UnknownOperand(0)));
    answers.into_iter().map(|answer| answer.unwrap_or_else(unanswered)).collect()
}

/// Whether a block makes more than is assembled. Where its text does not tell, a trial does.
fn is_too_large(block: &Block, text: &str) -> bool {
    match extent(text) {
        Extent::Fine => false,
        Extent::TooMuch => true,
        Extent::Unknown => {
            let answers = assemble_by(Backend::Trial, &block.target, &[unit(block, text, None)]);
            answers.iter().any(|answer| matches!(answer, Err(trouble) if trouble.is_crash()))
        }
    }
}

/// What is assembled of a block.
fn unit<'a>(block: &'a Block, text: &'a str, variant: Option<&'a str>) -> Unit<'a> {
    Unit {
        text,
        variant,
        syntax: block.syntax,
        context: Context::from(&block.kind),
        features: &block.features.llvm,
        is_thumb: block.is_thumb(),
    }
}

/// The choices of an attempt; `None` when there is nothing else to try.
fn choices<'a>(request: &Request<'a>, attempt: usize) -> Option<Choices<'a>> {
    let block = request.block;
    let preferences: &[Preference] = if block.operands.iter().any(is_of_class) {
        &[Preference::Quiet, Preference::Legacy]
    } else {
        &[Preference::Quiet]
    };
    let number = attempt / preferences.len();
    let stand_ins = match request.stand_ins {
        Some(only) => (number == 0).then_some(only),
        None => StandIns::first(block, number),
    };
    Some(Choices {
        avoid: request.avoid,
        preference: preferences[attempt % preferences.len()],
        stand_ins: stand_ins?,
        case: request.case,
    })
}

fn is_of_class(operand: &Operand) -> bool {
    matches!(operand, Operand::Register(RegisterOperand { place: Place::Class(_), .. }))
}

/// The same text with another value for the constants of unknown value.
fn variant(block: &Block, choices: Choices<'_>, substitution: &Substitution) -> Option<String> {
    if substitution.unknown_constants.is_empty() {
        return None;
    }
    let mut others = (0..).map_while(|attempt| StandIns::first(block, attempt));
    let stand_ins = others.find(|other| *other != choices.stand_ins)?;
    let choices = Choices { stand_ins, ..choices };
    substitute_with(block, choices).ok().map(|substitution| substitution.text)
}
