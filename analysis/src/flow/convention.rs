//! Calls of code that keeps a convention of its own.
//!
//! A callee of unknown type is treated as a function of the target's C ABI, unless the block passes it
//! a value in a register in which that ABI passes nothing: only the author knows what such code leaves
//! changed. Whether a value is meant for the callee is known only when everything has been
//! interpreted, so [`interpret`](super::interpret) checks it then, and starts again if it is.

use super::program::CodeAddress;
use crate::block::{Architecture, Block, Callee, Operand, Place, RegisterOperand};
use crate::facts::{Call, CallTarget, Facts};
use crate::registers::{Register, RegisterPart};
use crate::values::{Cell, Kind, Word};

/// The general registers in which an ABI passes arguments, in its order.
pub fn argument_registers(abi: &str) -> &'static [Register] {
    const R8: Register = Register::General(8);
    const R9: Register = Register::General(9);
    match abi {
        // System V ABI for AMD64, section 3.2.3 "Parameter passing".
        "sysv64" => &[Register::RDI, Register::RSI, Register::RDX, Register::RCX, R8, R9],
        // Microsoft's x64 calling convention, "Parameter passing".
        "win64" => &[Register::RCX, Register::RDX, R8, R9],
        // Microsoft's `__fastcall`, `__vectorcall` and `__thiscall`.
        "fastcall" | "vectorcall" => &[Register::RCX, Register::RDX],
        "thiscall" => &[Register::RCX],
        _ => &[],
    }
}

/// What the block says about a callee in an operand.
pub fn callee_of<'a>(block: &'a Block, target: &CallTarget) -> Option<&'a Callee> {
    let CallTarget::Operand(operand) = target else { return None };
    match block.operands.get(*operand)? {
        Operand::Symbol(symbol) => symbol.callee.as_ref(),
        Operand::Register(operand) => operand.input.as_ref()?.callee.as_ref(),
        _ => None,
    }
}

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
