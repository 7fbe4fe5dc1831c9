//! [`analyse`]: all steps, for all blocks of a crate at once.
//!
//! Called by the driver with everything it has collected, and by tests and benchmarks.

use std::collections::BTreeSet;

use crate::assemble::{AssembledBlock, Failure, Request, assemble_blocks, defines_for_others};
use crate::block::{Block, BlockKind, Operand, Place};
use crate::facts::{Doubt, DoubtKind, Facts};
use crate::flow::budget::{WORK, WORK_OF_BLOCK};
use crate::flow::{Manner, interpret};
use crate::isa::{Meanings, is_interpreted};
use crate::reading::Reading;
use crate::registers::{Register, RegisterSet};
use crate::substitute::{FURTHER_READINGS, StandIns};

/// What happened to a block.
#[derive(Debug)]
pub enum Outcome {
    /// It was interpreted.
    Analysed(Box<Analysis>),
    /// It assembles, and nothing more is known: its instruction set is not supported here.
    Assembled(Box<AssembledBlock>),
    /// There is no machine code for it.
    Failed(Failure),
}

impl Outcome {
    /// What the block does, for each value of its unknown constants; empty where it failed.
    pub fn readings(&self) -> &[Reading] {
        match self {
            Outcome::Analysed(analysis) => &analysis.readings,
            Outcome::Assembled(_) | Outcome::Failed(_) => &[],
        }
    }
}

/// A block that was interpreted.
#[derive(Debug)]
pub struct Analysis {
    /// What it does. More than one where a constant of unknown value is in the template: each for
    /// another value. A rule that depends on the constant is broken only if each of them breaks it.
    pub readings: Vec<Reading>,
    /// Whether it assembles for just one of the values that were tried for its unknown constants, so
    /// that what it does with another one cannot be known.
    pub has_single_value: bool,
}

/// How much work there is for each question that interprets a block once more, at most.
const FURTHER_WORK: usize = 400_000;

/// How many blocks are interpreted before they are returned where one of them has to be assembled once
/// more, and of how many bytes of code: to start LLVM for each would take longer than to interpret it.
/// What is known about a block is a hundred times as large as its text, so it is not kept for a whole
/// crate, and where nothing is to be assembled no block waits for another.
const AT_ONCE: usize = 32;
const BYTES_AT_ONCE: u64 = 16 << 10;

/// How many bytes of templates a part has at least before another one begins; see [`parts`]. To
/// assemble and to interpret as much takes tens of milliseconds, beside which it is nothing to start
/// LLVM once more.
const BYTES_OF_PART: usize = 32 << 10;

/// Whether blocks can only be [analysed](analyse) together: some of them may use what another one, next
/// to functions, defines.
pub fn is_whole(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| block.kind == BlockKind::Global && defines_for_others(block))
}

/// Parts of the blocks of a crate, as indices, that can be [analysed](analyse) in any order, or at once
/// by several threads, with the same result as all blocks together. A crate with little assembly is
/// one part.
pub fn parts(blocks: &[Block]) -> Vec<Vec<usize>> {
    let mut parts: Vec<Vec<usize>> = Vec::new();
    let mut bytes = 0;
    // What is next to functions is assembled as one text.
    let (mut first, others): (Vec<usize>, Vec<usize>) =
        (0..blocks.len()).partition(|&index| blocks[index].kind == BlockKind::Global);
    if is_whole(blocks) {
        first.extend(others);
        first.sort_unstable();
        return vec![first];
    }
    if !first.is_empty() {
        bytes = BYTES_OF_PART;
        parts.push(first);
    }
    for index in others {
        match parts.last_mut() {
            Some(part) if bytes < BYTES_OF_PART => part.push(index),
            _ => {
                bytes = 0;
                parts.push(vec![index]);
            }
        }
        bytes += blocks[index].template_bytes();
    }
    parts
}

/// Analyses blocks of one target: one answer for each, in order. They are assembled together, as
/// far as possible in one run, and interpreted when their turn comes.
pub fn analyse<'a>(
    blocks: &'a [&'a Block],
    meanings: &'a Meanings,
) -> impl Iterator<Item = Outcome> + 'a {
    let requests: Vec<Request<'_>> = blocks.iter().map(|&block| Request::from(block)).collect();
    let mut answers = assemble_blocks(&requests).into_iter();
    let mut left = blocks;
    let some = std::iter::from_fn(move || {
        let mut group = Group::default();
        let mut bytes = 0;
        while group.outcomes.len() < AT_ONCE && bytes < BYTES_AT_ONCE {
            let Some((answer, block)) = answers.next().zip(left.get(group.outcomes.len())) else {
                break;
            };
            bytes += answer.as_ref().map_or(0, |assembled| assembled.code.end_offset);
            group.add(block, answer, meanings);
            if !group.is_read_again {
                break;
            }
        }
        let (now, later) = left.split_at(group.outcomes.len());
        left = later;
        (!now.is_empty()).then(|| group.finish(now, meanings))
    });
    some.flatten()
}

/// Blocks that are interpreted before they are returned.
#[derive(Default)]
struct Group {
    outcomes: Vec<Outcome>,
    /// The work that is left of each.
    work: Vec<usize>,
    /// The blocks, by index, in which instructions use registers by implication that were chosen for
    /// operands, with those registers.
    avoid: Vec<(usize, Vec<Register>)>,
    /// Whether one of them has to be assembled once more.
    is_read_again: bool,
}

impl Group {
    /// Interprets a block.
    fn add(&mut self, block: &Block, answer: Result<AssembledBlock, Failure>, meanings: &Meanings) {
        let mut work = WORK_OF_BLOCK;
        let outcome = match answer {
            Ok(assembled) if !is_interpreted(block.target.architecture) => {
                Outcome::Assembled(Box::new(assembled))
            }
            Ok(assembled) => {
                let reading = read(block, meanings, assembled, &mut work);
                let implied = implied_choices(block, meanings, &reading.facts);
                self.is_read_again |= !implied.is_empty()
                    || reading.substitution.cases > 1
                    || StandIns::further(block, 0).is_some();
                if !implied.is_empty() {
                    self.avoid.push((self.outcomes.len(), implied));
                }
                let readings = vec![reading];
                Outcome::Analysed(Box::new(Analysis { readings, has_single_value: false }))
            }
            Err(failure) => Outcome::Failed(failure),
        };
        self.outcomes.push(outcome);
        self.work.push(work);
    }

    /// Interprets some of the blocks several times: with other registers, with other constants.
    fn finish(self, blocks: &[&Block], meanings: &Meanings) -> Vec<Outcome> {
        let Group { mut outcomes, mut work, avoid, is_read_again } = self;
        if is_read_again {
            read_differently(blocks, &mut outcomes, &avoid, meanings, &mut work);
        }
        for (outcome, work) in outcomes.iter_mut().zip(work) {
            let Outcome::Analysed(analysis) = outcome else { continue };
            // Two lints ask such questions.
            let each = work / (2 * analysis.readings.len().max(1));
            for reading in &mut analysis.readings {
                reading.further_work = each.min(FURTHER_WORK);
            }
            let [only] = &analysis.readings[..] else { continue };
            analysis.has_single_value = !only.substitution.unknown_constants.is_empty();
        }
        outcomes
    }
}

/// Reads blocks with other registers and with other constants, where that matters.
fn read_differently(
    blocks: &[&Block],
    outcomes: &mut [Outcome],
    avoid: &[(usize, Vec<Register>)],
    meanings: &Meanings,
    work: &mut [usize],
) {
    let again = avoid
        .iter()
        .map(|(index, avoid)| (*index, Request { avoid, ..Request::from(blocks[*index]) }));
    for (index, reading) in read_again(again.collect(), meanings, work) {
        if let Outcome::Analysed(analysis) = &mut outcomes[index] {
            analysis.readings = vec![reading];
        }
    }
    read_with_other_constants(blocks, outcomes, meanings, work);
    // Where an operand has to take a register that the template names, each way to do it counts.
    let mut again = Vec::new();
    for (index, outcome) in outcomes.iter().enumerate() {
        if let Outcome::Analysed(analysis) = outcome
            && let [only] = &analysis.readings[..]
        {
            let others = 1..only.substitution.cases;
            again.extend(
                others.map(|case| (index, Request { case, ..Request::from(blocks[index]) })),
            );
        }
    }
    for (index, reading) in read_again(again, meanings, work) {
        if let Outcome::Analysed(analysis) = &mut outcomes[index] {
            analysis.readings.push(reading);
        }
    }
}

/// Reads the blocks that have constants of unknown value with some other values. Those with which a
/// block does not assemble are left out: the compiler rejects a program that has them.
fn read_with_other_constants(
    blocks: &[&Block],
    outcomes: &mut [Outcome],
    meanings: &Meanings,
    work: &mut [usize],
) {
    for attempt in 0.. {
        let mut is_last = true;
        let mut again = Vec::new();
        for (index, outcome) in outcomes.iter().enumerate() {
            let Outcome::Analysed(analysis) = outcome else { continue };
            if analysis.readings.len() > FURTHER_READINGS {
                continue;
            }
            let Some(stand_ins) = StandIns::further(blocks[index], attempt) else { continue };
            is_last = false;
            let is_known = |reading: &Reading| reading.substitution.stand_ins == stand_ins;
            if !analysis.readings.iter().any(is_known) {
                let stand_ins = Some(stand_ins);
                again.push((index, Request { stand_ins, ..Request::from(blocks[index]) }));
            }
        }
        if is_last {
            break;
        }
        for (index, reading) in read_again(again, meanings, work) {
            let is_code = |doubt: &Doubt| doubt.kind != DoubtKind::InvalidInstruction;
            if let Outcome::Analysed(analysis) = &mut outcomes[index]
                // The assembler makes something of it that the target does not have.
                && reading.facts.doubts.iter().all(is_code)
            {
                analysis.readings.push(reading);
            }
        }
    }
}

/// Assembles and interprets some blocks in another way; those that this fails for are left out. What
/// it takes is taken from the `work` that is left of each block.
fn read_again(
    again: Vec<(usize, Request<'_>)>,
    meanings: &Meanings,
    work: &mut [usize],
) -> Vec<(usize, Reading)> {
    let (indices, requests): (Vec<usize>, Vec<Request<'_>>) = again.into_iter().unzip();
    let answers = assemble_blocks(&requests);
    indices
        .into_iter()
        .zip(&requests)
        .zip(answers)
        .filter_map(|((index, request), answer)| {
            Some((index, read(request.block, meanings, answer.ok()?, &mut work[index])))
        })
        .collect()
}

/// Interprets a block, and takes what that costs from the work that is left of it.
fn read(
    block: &Block,
    meanings: &Meanings,
    assembled: AssembledBlock,
    work: &mut usize,
) -> Reading {
    let AssembledBlock { substitution, code } = assembled;
    let manner =
        Manner { shared_registers: substitution.shared, renaming: None, work: WORK.min(*work) };
    let facts = interpret(block, &substitution.registers, &code, meanings, manner);
    *work = work.saturating_sub(facts.cost);
    Reading { substitution, code, facts, further_work: 0 }
}

fn has_class(operand: &Operand) -> bool {
    matches!(operand, Operand::Register(operand) if matches!(operand.place, Place::Class(_)))
}

/// The registers that were chosen for an operand of a class although an instruction uses them
/// without naming them.
fn implied_choices(block: &Block, meanings: &Meanings, facts: &Facts) -> Vec<Register> {
    if block.kind != BlockKind::Inline {
        return Vec::new();
    }
    let chosen: RegisterSet = block
        .operands
        .iter()
        .zip(&facts.registers)
        .filter(|(operand, _)| has_class(operand))
        .filter_map(|(_, part)| part.map(|part| part.register))
        .collect();
    if chosen.is_empty() {
        return Vec::new();
    }
    let mut implied = BTreeSet::new();
    for reached in &facts.instructions {
        reached.instruction.implied_registers(meanings, |register| {
            if chosen.contains(register) {
                implied.insert(register);
            }
        });
    }
    implied.into_iter().collect()
}

#[cfg(test)]
mod tests;
