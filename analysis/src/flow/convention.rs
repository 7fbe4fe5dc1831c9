//! Calls of code that keeps a convention of its own.
//!
//! A callee of unknown type is treated as a function of the target's C ABI, unless the block passes it
//! a value in a register in which that ABI passes nothing: only the author knows what such code leaves
//! changed. Whether a value is meant for the callee is known only when everything has been
//! interpreted, so [`interpret`](super::interpret) checks it then, and starts again if it is.

use crate::block::{Architecture, Block, BlockKind, Operand, Place, RegisterOperand};
use crate::facts::{Call, CallTarget, DepartureKind, Facts};
use crate::machine::callees::{argument_registers, callee_of};
use crate::machine::code::CodeAddress;
use crate::registers::{Register, RegisterPart};
use crate::values::{Cell, Kind, Word};

/// Whether the callee's type is more than the shortest that a foreign address can have.
fn is_told(block: &Block, target: &CallTarget) -> bool {
    match target {
        CallTarget::Operand(_) => {
            callee_of(block, target).is_some_and(|callee| !callee.may_be_placeholder())
        }
        CallTarget::Named(name) => block.target.callees.contains_key(name),
        CallTarget::Unknown => false,
    }
}

/// The places of the calls whose callees get values where the C ABI passes none.
pub fn own_conventions(block: &Block, facts: &Facts) -> Vec<CodeAddress> {
    let mut places: Vec<CodeAddress> = facts
        .calls
        .iter()
        .filter(|call| !call.has_own_convention && !is_told(block, &call.target))
        .filter(|call| gets_foreign_argument(block, facts, call))
        .map(|call| {
            let (section, offset) = facts.instruction(call.site).address;
            CodeAddress { section, offset }
        })
        .collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// Whether an input that no instruction of the block reads is in a register that is none of the
/// ABI's for arguments, and still there at the call.
fn gets_foreign_argument(block: &Block, facts: &Facts, call: &Call) -> bool {
    let mut inputs =
        block.operands.iter().zip(&facts.registers).filter_map(|(operand, part)| match operand {
            Operand::Register(RegisterOperand {
                place: Place::Explicit(_),
                input: Some(_),
                ..
            }) => *part,
            _ => None,
        });
    inputs.any(|RegisterPart { register, .. }| {
        let cell = Cell::Register(register);
        matches!(register, Register::General(_))
            && !passes_argument(facts.architecture, &call.abi, register)
            && !facts.reads.iter().any(|(_, read)| *read == cell)
            && facts.handed_over.iter().any(|(site, handed, word)| {
                *site == call.site && *handed == register && is_entry(facts, word, cell)
            })
    })
}

/// Whether a C function may look at the register on its entry. `al` counts the vectors of a
/// variadic call (System V ABI for AMD64, section 3.2.3).
fn passes_argument(architecture: Architecture, abi: &str, register: Register) -> bool {
    if !architecture.is_x86() {
        let numbers = architecture.argument_registers();
        return matches!(register, Register::General(number) if numbers.contains(&number));
    }
    argument_registers(abi).contains(&register) || (abi == "sysv64" && register == Register::RAX)
}

fn is_entry(facts: &Facts, word: &Word, cell: Cell) -> bool {
    word.as_slice()
        .is_some_and(|(value, low)| low == 0 && facts.values.get(value).kind == Kind::Entry(cell))
}

/// Whether what [`EntryAlignment::of`](crate::machine::alignment::EntryAlignment::of) says about a naked
/// function holds. A handler that returns with `iret` is entered by the processor, whatever ABI its
/// author wrote down; a function that takes nothing and never returns may be where a program or a
/// thread begins.
pub fn is_entered_by_call(block: &Block, facts: &Facts) -> bool {
    match &block.kind {
        BlockKind::Naked(abi) => {
            let begins_something =
                facts.exits.is_empty() && abi.arguments.as_ref().is_some_and(Vec::is_empty);
            block.target.abis.contains_key(&abi.name)
                && !begins_something
                && !facts.is_entered_by_jump
                && facts.departures.iter().all(|departure| departure.kind != DepartureKind::Return)
        }
        _ => true,
    }
}
