//! [`Reading`]: a block with all its parameters filled in, and what it does then.
//!
//! Made by [`analyse`](crate::analyse); some questions interpret the block once more.

use crate::assemble::MachineCode;
use crate::block::{Block, Operand};
use crate::facts::Facts;
use crate::flow::budget::WORK;
use crate::flow::{Manner, Renaming, interpret};
use crate::isa::Meanings;
use crate::registers::Register;
use crate::substitute::Substitution;

/// A block with all its parameters filled in.
#[derive(Debug)]
pub struct Reading {
    /// The text and the registers.
    pub substitution: Substitution,
    /// The machine code.
    pub code: MachineCode,
    /// What it does.
    pub facts: Facts,
    /// How much work, in executed instructions, each question may be that interprets the block once
    /// more.
    pub further_work: usize,
}

impl Reading {
    /// Whether a question is too much that interprets the block again so many times.
    pub fn is_too_much(&self, times: usize) -> bool {
        self.facts.cost.saturating_mul(times) > self.further_work
    }

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
        let manner = Manner { renaming, ..self.manner() };
        interpret(block, &self.substitution.registers, &self.code, meanings, manner)
    }

    /// What the block does if an output of it is a late one.
    pub fn with_late_output(&self, block: &Block, meanings: &Meanings, operand: usize) -> Facts {
        let mut changed = block.clone();
        if let Some(Operand::Register(operand)) = changed.operands.get_mut(operand) {
            operand.late = true;
        }
        interpret(&changed, &self.substitution.registers, &self.code, meanings, self.manner())
    }

    /// How the block is interpreted once more.
    fn manner(&self) -> Manner {
        // Another choice may take a little more, but not another block's worth.
        let work = (2 * self.facts.cost + 1_000).min(WORK);
        Manner { shared_registers: self.substitution.shared, renaming: None, work }
    }
}
