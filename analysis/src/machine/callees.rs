//! What a block and an ABI say about a function that is called.

use super::record::CallTarget;
use crate::block::{Block, Callee, Operand};
use crate::registers::Register;

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
