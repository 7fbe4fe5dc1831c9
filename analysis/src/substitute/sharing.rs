//! Which operands the compiler may give one register: a late output that of an input, and two
//! inputs of one value each other's (rules operand-type `lateout`, `inlateout` and `in`).
//!
//! Asked by the interpreter where it notes the order of reads and writes, and by the lint
//! `out_could_be_lateout`.

use crate::block::{Block, Operand, Output, Place, RegisterOperand};
use crate::registers::{Register, RegisterTable};

/// Whether the compiler may put a late output where an input still is.
pub fn late_output_may_share(
    block: &Block,
    late: &RegisterOperand,
    input: &RegisterOperand,
) -> bool {
    // An input that is an output too keeps its register to the end, and no two outputs share.
    if input.input.is_none() || input.output != Output::None {
        return false;
    }
    let table = &block.target.registers;
    match (&late.place, &input.place) {
        (Place::Explicit(_), Place::Explicit(_)) => false,
        (Place::Explicit(part), Place::Class(class)) => table.may_hold(class, part.register),
        // An input of its own keeps an `inlateout` away from another's explicit register.
        (Place::Class(class), Place::Explicit(part)) => {
            late.input.is_none()
                && table.may_hold(class, part.register)
                && !is_output(block, part.register)
        }
        (Place::Class(one), Place::Class(other)) => overlap(table, one, other),
    }
}

/// Whether two plain inputs may share a register because they hold the same value.
pub fn inputs_may_share(block: &Block, one: &RegisterOperand, other: &RegisterOperand) -> bool {
    let plain =
        |operand: &RegisterOperand| operand.input.is_some() && operand.output == Output::None;
    if !plain(one) || !plain(other) {
        return false;
    }
    let table = &block.target.registers;
    match (&one.place, &other.place) {
        (Place::Explicit(part), Place::Class(class)) => table.may_hold(class, part.register),
        (Place::Class(one), Place::Class(other)) => overlap(table, one, other),
        (_, Place::Explicit(_)) => false,
    }
}

/// Whether some operand's output is in a register by name.
fn is_output(block: &Block, register: Register) -> bool {
    block.operands.iter().any(|operand| match operand {
        Operand::Register(operand) => {
            operand.output != Output::None
                && matches!(operand.place, Place::Explicit(part) if part.register == register)
        }
        _ => false,
    })
}

fn overlap(table: &RegisterTable, one: &str, other: &str) -> bool {
    one == other
        || table
            .classes
            .get(one)
            .is_some_and(|parts| parts.iter().any(|part| table.may_hold(other, part.register)))
}
