//! What AArch64 answers to the questions of [`isa`](crate::isa).
//!
//! Instructions are not decoded yet, so that blocks are not judged.

use std::borrow::Cow;

use crate::effects::Effects;
use crate::isa::{Fetch, FieldReference};
use crate::meaning::{Meaning, Table};
use crate::registers::{Register, RegisterPart};
use crate::values::Cell;

/// The text tables of [`meaning`], by name.
pub const TABLES: &[(&str, &str)] = &[];

/// A decoded instruction.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// The mnemonic.
    mnemonic: String,
}

/// Decodes the instruction at an address; `None` where there is none that is known.
pub fn decode(_fetch: &Fetch<'_>) -> Option<Instruction> {
    None
}

/// What the instruction does.
pub fn lift(_: &Instruction, _: &Fetch<'_>, _: &[FieldReference]) -> Effects {
    Effects::default()
}

/// What the instruction means to the contract.
pub fn meaning(instruction: &Instruction, table: &Table) -> Meaning {
    table.of(&[instruction.mnemonic.as_str()])
}

/// Whether there is an instruction of that mnemonic, in lower case.
pub fn is_mnemonic(_name: &str) -> bool {
    false
}

/// The length in bytes.
pub fn length(_: &Instruction) -> u64 {
    4
}

/// The mnemonic in lower case, without operands.
pub fn mnemonic(instruction: &Instruction) -> Cow<'_, str> {
    instruction.mnemonic.as_str().into()
}

/// The instruction as it would be written in a template; `name` is asked for each register and may
/// answer with something else to be written in its place.
pub fn text(instruction: &Instruction, _name: &dyn Fn(RegisterPart) -> Option<String>) -> String {
    instruction.mnemonic.clone()
}

/// The cells that the operands name.
pub fn named(_: &Instruction) -> Vec<Cell> {
    Vec::new()
}

/// The instruction with one register in another one's place in every operand that names it.
pub fn renamed(instruction: &Instruction, _from: Register, _to: Register) -> Instruction {
    instruction.clone()
}

/// The name of a cell that is not a register, as a message has it.
pub fn cell_name(cell: Cell) -> &'static str {
    match cell {
        Cell::Flag(_) => "a status flag",
        Cell::FloatStatus => "the floating-point status",
        Cell::FloatControl => "the floating-point control register",
        Cell::Vector(_) => "the vector configuration",
        _ => "a system register",
    }
}

/// See [`isa::registers::modifier`](crate::isa::registers::modifier).
pub fn modifier(_class: &str, _part: RegisterPart) -> &'static str {
    ""
}
