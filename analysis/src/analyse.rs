//! [`analyse`]: the whole road, for all blocks of a crate at once.
//!
//! Called by the driver with everything it has collected, and by tests and benchmarks.

use std::collections::BTreeSet;

use iced_x86::{InstructionInfoFactory, OpKind};

use crate::assemble::{MachineCode, Rejection, Unit, assemble};
use crate::block::{Block, BlockKind, Operand, Place, Target};
use crate::facts::Facts;
use crate::flow::machine::cell_of;
use crate::flow::{Renaming, interpret};
use crate::meaning::Meanings;
use crate::registers::Register;
use crate::substitute::{Choices, Preference, Reason, Substitution, substitute_with};
use crate::values::Cell;

/// The values that stand for a constant of unknown value, one after the other: a rule that hangs
/// on the constant is broken only if each of them breaks it.
const UNKNOWN_CONSTANTS: [i64; 3] = [1, 0, 64];

/// What became of a block.
#[derive(Debug)]
pub enum Outcome {
    /// It was interpreted.
    Analysed(Box<Analysis>),
    /// The assembler rejects it.
    Rejected(Rejection),
    /// It can't be rendered as text.
    NotRendered(Reason),
}

/// A block that was interpreted.
#[derive(Debug)]
pub struct Analysis {
    /// What it does. More than one where a constant of unknown value stands in the template: each
    /// for another value.
    pub readings: Vec<Reading>,
}

/// A block with all its parameters filled in.
#[derive(Debug)]
pub struct Reading {
    /// The text and the registers.
    pub substitution: Substitution,
    /// The machine code.
    pub code: MachineCode,
    /// What it does.
    pub facts: Facts,
}

impl Reading {
    /// What the block does if the compiler gives an operand another register than the one that
    /// was chosen here.
    pub fn with_operand_in(
        &self,
        block: &Block,
        meanings: &Meanings,
        operand: usize,
        register: Register,
    ) -> Facts {
        let renaming = Some(Renaming { operand, register });
        let Substitution { registers, shared, .. } = &self.substitution;
        interpret(block, registers, &self.code, meanings, *shared, renaming)
    }
}

/// A block on its way.
struct Job {
    block: usize,
    choices: OwnedChoices,
}

#[derive(Clone)]
struct OwnedChoices {
    avoid: Vec<Register>,
    preference: Preference,
    unknown_constant: i64,
}

/// Analyses blocks: one answer for each, in order. They are assembled together, as far as
/// possible in one run.
pub fn analyse(target: &Target, blocks: &[Block], meanings: &Meanings) -> Vec<Outcome> {
    let first = OwnedChoices {
        avoid: Vec::new(),
        preference: Preference::Quiet,
        unknown_constant: UNKNOWN_CONSTANTS[0],
    };
    let jobs = (0..blocks.len()).map(|block| Job { block, choices: first.clone() }).collect();
    let mut outcomes: Vec<Option<Outcome>> = blocks.iter().map(|_| None).collect();
    for (job, answer) in read(target, blocks, meanings, jobs) {
        outcomes[job.block] = Some(answer.into());
    }
    // A block may be rejected only because of our choice of registers: `ah` next to `r8`.
    let again = retries(blocks, &outcomes, |block, outcome| {
        let class = block.operands.iter().any(has_class);
        (class && matches!(outcome, Outcome::Rejected(_)))
            .then(|| OwnedChoices { preference: Preference::Legacy, ..first.clone() })
    });
    for (job, answer) in read(target, blocks, meanings, again) {
        if let Ok(reading) = answer {
            outcomes[job.block] = Some(Outcome::from(Ok(reading)));
        }
    }
    // An instruction may use a register by implication that was chosen for an operand.
    let again = retries(blocks, &outcomes, |block, outcome| {
        let Outcome::Analysed(analysis) = outcome else { return None };
        let avoid = implied_choices(block, &analysis.readings[0].facts);
        (!avoid.is_empty()).then(|| OwnedChoices { avoid, ..first.clone() })
    });
    for (job, answer) in read(target, blocks, meanings, again) {
        if let Ok(reading) = answer {
            outcomes[job.block] = Some(Outcome::from(Ok(reading)));
        }
    }
    for unknown_constant in &UNKNOWN_CONSTANTS[1..] {
        let again = retries(blocks, &outcomes, |_, outcome| {
            let Outcome::Analysed(analysis) = outcome else { return None };
            let unknown = !analysis.readings[0].substitution.unknown_constants.is_empty();
            unknown.then(|| OwnedChoices { unknown_constant: *unknown_constant, ..first.clone() })
        });
        for (job, answer) in read(target, blocks, meanings, again) {
            if let (Ok(reading), Some(Outcome::Analysed(analysis))) =
                (answer, &mut outcomes[job.block])
            {
                analysis.readings.push(reading);
            }
        }
    }
    outcomes.into_iter().flatten().collect()
}

fn retries(
    blocks: &[Block],
    outcomes: &[Option<Outcome>],
    mut choose: impl FnMut(&Block, &Outcome) -> Option<OwnedChoices>,
) -> Vec<Job> {
    let known = blocks.iter().zip(outcomes).enumerate();
    known
        .filter_map(|(index, (block, outcome))| {
            Some(Job { block: index, choices: choose(block, outcome.as_ref()?)? })
        })
        .collect()
}

/// Why there is no reading.
enum Failure {
    Reason(Reason),
    Rejection(Rejection),
}

impl From<Result<Reading, Failure>> for Outcome {
    fn from(answer: Result<Reading, Failure>) -> Outcome {
        match answer {
            Ok(reading) => Outcome::Analysed(Box::new(Analysis { readings: vec![reading] })),
            Err(Failure::Reason(reason)) => Outcome::NotRendered(reason),
            Err(Failure::Rejection(rejection)) => Outcome::Rejected(rejection),
        }
    }
}

/// Renders, assembles and interprets.
fn read(
    target: &Target,
    blocks: &[Block],
    meanings: &Meanings,
    jobs: Vec<Job>,
) -> Vec<(Job, Result<Reading, Failure>)> {
    if jobs.is_empty() {
        return Vec::new();
    }
    let mut rendered = Vec::new();
    for job in &jobs {
        let OwnedChoices { avoid, preference, unknown_constant } = &job.choices;
        let choices =
            |constant: i64| Choices { avoid, preference: *preference, unknown_constant: constant };
        let block = &blocks[job.block];
        rendered.push(substitute_with(block, choices(*unknown_constant)).map(|substitution| {
            let variant = (!substitution.unknown_constants.is_empty())
                .then(|| substitute_with(block, choices(unknown_constant + 1)).ok())
                .flatten();
            (substitution, variant)
        }));
    }
    let units: Vec<Unit<'_>> = jobs
        .iter()
        .zip(&rendered)
        .filter_map(|(job, rendered)| {
            let block = &blocks[job.block];
            let (substitution, variant) = rendered.as_ref().ok()?;
            Some(Unit {
                text: &substitution.text,
                variant: variant.as_ref().map(|variant| variant.text.as_str()),
                syntax: block.syntax,
                context: (&block.kind).into(),
            })
        })
        .collect();
    let mut assembled = assemble(target, &units).into_iter();
    jobs.into_iter()
        .zip(rendered)
        .map(|(job, rendered)| {
            let reading = match rendered {
                Err(reason) => Err(Failure::Reason(reason)),
                Ok((substitution, _)) => match assembled.next() {
                    Some(Ok(code)) => Ok(reading(&blocks[job.block], meanings, substitution, code)),
                    Some(Err(rejection)) => Err(Failure::Rejection(rejection)),
                    None => Err(Failure::Rejection(Rejection {
                        line: None,
                        column: None,
                        message: "the assembler gave no answer".to_owned(),
                    })),
                },
            };
            (job, reading)
        })
        .collect()
}

fn reading(
    block: &Block,
    meanings: &Meanings,
    substitution: Substitution,
    code: MachineCode,
) -> Reading {
    let facts =
        interpret(block, &substitution.registers, &code, meanings, substitution.shared, None);
    Reading { substitution, code, facts }
}

fn has_class(operand: &Operand) -> bool {
    matches!(operand, Operand::Register(operand) if matches!(operand.place, Place::Class(_)))
}

/// The registers that were chosen for an operand of a class although an instruction uses them
/// without naming them.
fn implied_choices(block: &Block, facts: &Facts) -> Vec<Register> {
    if block.kind != BlockKind::Inline {
        return Vec::new();
    }
    let chosen: BTreeSet<Register> = block
        .operands
        .iter()
        .zip(&facts.registers)
        .filter(|(operand, _)| has_class(operand))
        .filter_map(|(_, part)| part.map(|part| part.register))
        .collect();
    if chosen.is_empty() {
        return Vec::new();
    }
    let mut factory = InstructionInfoFactory::new();
    let mut implied = BTreeSet::new();
    for reached in &facts.instructions {
        let instruction = &reached.instruction;
        let named: Vec<_> = (0..instruction.op_count())
            .filter(|operand| instruction.op_kind(*operand) == OpKind::Register)
            .map(|operand| instruction.op_register(operand))
            .chain([instruction.memory_base(), instruction.memory_index()])
            .map(|register| register.full_register())
            .collect();
        for used in factory.info(instruction).used_registers() {
            if let Some((Cell::Register(register), ..)) = cell_of(used.register())
                && chosen.contains(&register)
                && !named.contains(&used.register().full_register())
            {
                implied.insert(register);
            }
        }
    }
    implied.into_iter().collect()
}

#[cfg(test)]
mod tests;
