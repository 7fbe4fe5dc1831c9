//! [`Judged`]: everything that is known about a block when the lints look at it.
//!
//! Made by [`check`](crate::check) from what the analysis answers, read by [`lints`](crate::lints).

use asm_analysis::analyse::Outcome;
use asm_analysis::assemble::{Failure, MachineCode, Rejection};
use asm_analysis::block::{Block, BlockKind, Callee, Operand, RegisterOperand};
use asm_analysis::facts::{Call, CallTarget, ExitKind, Facts};
use asm_analysis::isa::Meanings;
use asm_analysis::isa::RegisterStack;
use asm_analysis::meaning::Meaning;
use asm_analysis::reading::Reading;
use asm_analysis::registers::RegisterPart;
use asm_analysis::show;
use asm_analysis::substitute::Reason;
use asm_analysis::values::Site;

use crate::collect::Uncollected;
use crate::diagnostics::Place;

/// A block and what the analysis made of it.
#[derive(Clone, Copy)]
pub(crate) enum Judged<'a> {
    /// There is no block to work on.
    Uncollected(Uncollected),
    /// The block could not be rendered as text.
    NotRendered(&'a Reason),
    /// The assembler rejects it; and whether it does so whatever its constants of unknown value are,
    /// as far as that was tried.
    Rejected(&'a Block, &'a Rejection, bool),
    /// It assembles, but its instruction set is not understood.
    Assembled(&'a Block, &'a MachineCode),
    /// It was interpreted.
    Read(Read<'a>),
}

/// An interpreted block.
#[derive(Clone, Copy)]
pub(crate) struct Read<'a> {
    /// The block as its author wrote it.
    pub(crate) block: &'a Block,
    /// The block with all its parameters filled in, and what it does.
    pub(crate) reading: &'a Reading,
    /// That and all others.
    pub(crate) readings: &'a [Reading],
    /// Whether it assembles for just one of the values that were tried for its unknown constants.
    pub(crate) has_single_value: bool,
    /// What instructions mean to the contract.
    pub(crate) meanings: &'a Meanings,
}

impl<'a> Judged<'a> {
    /// Everything that a block was judged as: more than once, if it has constants of unknown
    /// value; a rule is broken only if it is broken for each of them.
    pub(crate) fn all(
        block: &'a Block,
        outcome: &'a Outcome,
        meanings: &'a Meanings,
    ) -> Vec<Judged<'a>> {
        match outcome {
            Outcome::Failed(Failure::Unplaceable(reason)) => vec![Judged::NotRendered(reason)],
            Outcome::Failed(Failure::Rejected { rejection, whatever_constants, .. }) => {
                vec![Judged::Rejected(block, rejection, *whatever_constants)]
            }
            Outcome::Assembled(assembled) => vec![Judged::Assembled(block, &assembled.code)],
            Outcome::Analysed(analysis) => analysis
                .readings
                .iter()
                .map(|reading| {
                    let has_single_value = analysis.has_single_value;
                    let readings = &analysis.readings;
                    Judged::Read(Read { block, reading, readings, has_single_value, meanings })
                })
                .collect(),
        }
    }

    /// What rules about behavior work on, if there is any.
    pub(crate) fn read(&self) -> Option<Read<'a>> {
        match self {
            Judged::Read(read) => Some(*read),
            _ => None,
        }
    }

    /// The block and what it does; `None` for what was not interpreted.
    pub(crate) fn analysed(&self) -> Option<(&'a Block, &'a Facts)> {
        self.read().map(|read| (read.block, read.facts()))
    }

    /// The block and its machine code, whether it was interpreted or not.
    pub(crate) fn assembled(&self) -> Option<(&'a Block, &'a MachineCode)> {
        match *self {
            Judged::Assembled(block, code) => Some((block, code)),
            Judged::Read(read) => Some((read.block, &read.reading.code)),
            _ => None,
        }
    }

    /// [`analysed`](Self::analysed), for `asm!` only.
    pub(crate) fn inline(&self) -> Option<(&'a Block, &'a Facts)> {
        self.analysed().filter(|(block, _)| block.kind == BlockKind::Inline)
    }

    /// [`analysed`](Self::analysed), for `asm!` and `naked_asm!`.
    pub(crate) fn code(&self) -> Option<(&'a Block, &'a Facts)> {
        self.analysed().filter(|(block, _)| block.kind != BlockKind::Global)
    }

    /// Whether control must not reach the end of the block, because `noreturn` is promised or the
    /// function is naked, and a path leads there. Then no other rule about exits applies.
    pub(crate) fn returns_against_promise(&self) -> bool {
        self.code().is_some_and(|(block, facts)| {
            let never = match block.kind {
                BlockKind::Inline => block.options.noreturn,
                BlockKind::Naked(_) => true,
                BlockKind::Global => false,
            };
            never && facts.exits.iter().any(|exit| exit.kind == ExitKind::End)
        })
    }

    /// What an instruction means beyond registers, flags and memory.
    pub(crate) fn meaning(&self, facts: &Facts, site: Site) -> Meaning {
        self.meanings().of(&facts.instruction(site).instruction)
    }

    /// What instructions mean, as the configuration has it.
    pub(crate) fn meanings(&self) -> &'a Meanings {
        self.read().map_or(Meanings::standard(), |read| read.meanings)
    }

    /// What an instruction does to a stack of registers, if there is one and it touches it.
    pub(crate) fn register_stack(&self, facts: &Facts, site: Site) -> Option<RegisterStack> {
        facts.instruction(site).instruction.register_stack(self.meanings())
    }

    /// What the type of a called function says, if the operand has one.
    pub(crate) fn callee(&self, call: &Call) -> Option<&'a Callee> {
        let CallTarget::Operand(operand) = call.target else { return None };
        let (block, _) = self.analysed()?;
        match block.operands.get(operand)? {
            Operand::Symbol(symbol) => symbol.callee.as_ref(),
            Operand::Register(register) => register.input.as_ref()?.callee.as_ref(),
            _ => None,
        }
    }

    /// The operand with its register, if it is in one.
    pub(crate) fn register_operand(
        &self,
        operand: usize,
    ) -> Option<(&'a RegisterOperand, RegisterPart)> {
        let (block, facts) = self.analysed()?;
        match (block.operands.get(operand)?, facts.registers.get(operand)?) {
            (Operand::Register(register), Some(part)) => Some((register, *part)),
            _ => None,
        }
    }

    /// Where an instruction is written; the whole block if there is none.
    pub(crate) fn place(&self, site: Option<Site>) -> Place {
        self.read().zip(site).map_or(Place::Block, |(read, site)| read.place(site))
    }

    /// An instruction as it was decoded, in the template's syntax; see [`show::instruction`] for
    /// the operands in it.
    pub(crate) fn shown(&self, site: Site) -> String {
        self.analysed()
            .map_or_else(String::new, |(block, facts)| show::instruction(block, facts, site))
    }
}

impl<'a> Read<'a> {
    /// What the block does.
    pub(crate) fn facts(&self) -> &'a Facts {
        &self.reading.facts
    }

    /// Where an instruction is written.
    pub(crate) fn place(&self, site: Site) -> Place {
        let facts = self.facts();
        let reached = facts.instruction(site);
        let Some(line) = reached.line else { return Place::Block };
        let neighbours = facts.instructions.iter().filter(|other| other.line == Some(line));
        let (before, others): (Vec<_>, Vec<_>) =
            neighbours.partition(|other| other.address < reached.address);
        let count = before.len() + others.len();
        Place::Statement { line, number: before.len(), count }
    }
}
