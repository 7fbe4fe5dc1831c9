//! Abstract interpretation of a block: machine code in, [`Facts`] out.
//!
//! The [`explorer`] follows the paths; what an instruction does to the
//! [state](crate::machine::state) of one is in the folder of its instruction set
//! ([`isa`](crate::isa)), in terms of the abstract [machine](crate::machine).

pub mod apply;
pub mod budget;
pub mod context;
pub mod convention;
mod exits;
mod explorer;
mod meetings;
pub mod program;

use convention::{is_entered_by_call, own_conventions};
use explorer::Explorer;
use program::Program;

use crate::assemble::MachineCode;
use crate::block::{Block, Operand};
use crate::facts::Facts;
use crate::isa::Meanings;
use crate::machine::Machine;
use crate::machine::alignment::EntryAlignment;
use crate::machine::code::BlockCode;
use crate::registers::{Register, RegisterPart};
use crate::values::Cell;

/// An operand's register that stands for another in a second interpretation.
#[derive(Clone, Copy, Debug)]
pub struct Renaming {
    /// The operand.
    pub operand: usize,
    /// The register that it is thought to have.
    pub register: Register,
}

/// How a block is interpreted.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// Whether operands share a register; see [`Facts::shared_registers`].
    pub shared_registers: bool,
    /// The operand that is thought to have another register.
    pub renaming: Option<Renaming>,
    /// How much work it may be, in executed instructions.
    pub work: usize,
}

impl Default for Manner {
    fn default() -> Manner {
        Manner { shared_registers: false, renaming: None, work: budget::WORK }
    }
}

/// Interprets a block.
pub fn interpret(
    block: &Block,
    registers: &[Option<RegisterPart>],
    code: &MachineCode,
    meanings: &Meanings,
    manner: Manner,
) -> Facts {
    let Manner { shared_registers, renaming, work } = manner;
    let renamed = renaming.map(|renaming| rename(registers, renaming));
    let places = renamed.as_deref().unwrap_or(registers);
    let interpret = |own_conventions, alignment, work| {
        let program = Program::new(&block.target, meanings, registers, renaming);
        let mut machine = Box::new(Machine::new(block, places, BlockCode::new(code)));
        machine.own_conventions = own_conventions;
        machine.entry_alignment = alignment;
        if let Some(Renaming { operand, register }) = renaming
            && let Some(Some(plain)) = registers.get(operand)
        {
            let (from, to) = (Cell::Register(register), Cell::Register(plain.register));
            // Where no value goes in, the register holds nothing of the operand's on entry.
            let has_input = matches!(block.operands.get(operand), Some(Operand::Register(operand))
                if operand.input.is_some());
            machine.values.rename(from, to, has_input);
        }
        Explorer::new(machine, program, work).run(places, shared_registers, code)
    };
    let alignment = EntryAlignment::of(block);
    let facts = interpret(Vec::new(), alignment, work);
    // Who calls, and who is called, shows only now.
    let own_conventions = own_conventions(block, &facts);
    let known = alignment.filter(|_| is_entered_by_call(block, &facts));
    if facts.is_too_much() || own_conventions.is_empty() && known == alignment {
        return facts;
    }
    let again = interpret(own_conventions, known, work);
    Facts { cost: facts.cost + again.cost, ..again }
}

fn rename(registers: &[Option<RegisterPart>], renaming: Renaming) -> Vec<Option<RegisterPart>> {
    let mut renamed = registers.to_vec();
    if let Some(Some(part)) = renamed.get_mut(renaming.operand) {
        part.register = renaming.register;
    }
    renamed
}
