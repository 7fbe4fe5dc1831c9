//! What each instruction does, as [`Effects`].
//!
//! A file for each kind of instruction, each with one `match` over mnemonics. What none of them
//! knows goes by the general rule over operands ([`general`]).

mod arithmetic;
mod atomics;
mod bitfields;
mod branches;
mod floating;
mod general;
mod memory;
mod pointers;
mod selects;
mod structures;
mod system;
mod vectors;

use super::Instruction;
use super::operands::{Here, Lifter, is_scalable};
use crate::effects::Effects;
use exarmo_aarch64::{Offset, Operand};

/// What an instruction does at its place.
pub fn lift(code: &Instruction, here: &Here) -> Effects {
    let mut lifter = Lifter::new(code, here);
    if code.operands.iter().any(names_scalable) {
        general::scalable(&mut lifter);
    } else {
        let known = arithmetic::lift(&mut lifter)
            .or_else(|| bitfields::lift(&mut lifter))
            .or_else(|| selects::lift(&mut lifter))
            .or_else(|| branches::lift(&mut lifter))
            .or_else(|| memory::lift(&mut lifter))
            .or_else(|| atomics::lift(&mut lifter))
            .or_else(|| structures::lift(&mut lifter))
            .or_else(|| system::lift(&mut lifter))
            .or_else(|| pointers::lift(&mut lifter))
            .or_else(|| vectors::lift(&mut lifter));
        if known.is_none() {
            general::lift(&mut lifter);
        }
    }
    floating::lift(&mut lifter);
    lifter.effects
}

/// Whether an operand is of the scalable extensions.
fn names_scalable(operand: &Operand) -> bool {
    match operand {
        Operand::Reg(register) => is_scalable(register.reg),
        Operand::List(list) => list.regs().iter().any(|reg| is_scalable(*reg)),
        Operand::ZaSlice(_) | Operand::TileMask(_) => true,
        Operand::Mem(memory) => {
            is_scalable(memory.base) || matches!(memory.offset, Offset::Vector { .. })
        }
        _ => false,
    }
}
