//! The base integer instructions but for memory and control, multiplication and division
//! (Unpriv "RV32I", "RV64I", "M"), and conditional zeroing (Unpriv "Zicond").

use super::build::{Builder, add, and, binary, choose, or, subtract, xor};
use crate::effects::{Expression, Operation, Test};
use crate::isa::riscv::symbols::Field;

pub fn lift(builder: &mut Builder<'_>) -> bool {
    immediate(builder) || register(builder) || on_words(builder) || multiply(builder)
}

fn immediate(builder: &mut Builder<'_>) -> bool {
    let immediate = builder.number(builder.word.i_immediate());
    let amount = amount(builder, builder.bits());
    let rs1 = builder.rs1();
    let value = match builder.name {
        "lui" => match builder.field {
            Some(Field::High(place)) => builder.address_of(place),
            Some(Field::HighOfThread(place)) => {
                builder.function(vec![builder.address_of(place)], builder.bits())
            }
            _ => builder.number(builder.word.u_immediate()),
        },
        "auipc" => match builder.field {
            Some(Field::High(place) | Field::Target(place)) => builder.address_of(place),
            Some(Field::HighOfThread(place)) => {
                builder.function(vec![builder.address_of(place)], builder.bits())
            }
            _ => builder.address_of(&builder.place_at(builder.word.u_immediate())),
        },
        "addi" => builder.base_plus(builder.word.i_immediate()),
        "slti" => as_register(builder, binary_bit(Operation::LessSigned, rs1, immediate)),
        "sltiu" => as_register(builder, binary_bit(Operation::Less, rs1, immediate)),
        "xori" => xor(rs1, immediate),
        "ori" => or(rs1, immediate),
        "andi" => and(rs1, immediate),
        "slli" => binary(Operation::ShiftLeft, rs1, amount),
        "srli" => binary(Operation::ShiftRight, rs1, amount),
        "srai" => binary(Operation::ShiftRightSigned, rs1, amount),
        _ => return false,
    };
    builder.set_rd(value);
    true
}

fn register(builder: &mut Builder<'_>) -> bool {
    let (rs1, rs2) = (builder.rs1(), builder.rs2());
    // The low five or six bits of the register count (Unpriv "Integer Register-Register").
    let amount = rs2.clone().slice(0, if builder.bits() == 64 { 6 } else { 5 });
    let zero = builder.number(0);
    let value = match builder.name {
        "add" => add(rs1, rs2),
        "sub" => subtract(rs1, rs2),
        "xor" => xor(rs1, rs2),
        "or" => or(rs1, rs2),
        "and" => and(rs1, rs2),
        "slt" => as_register(builder, binary_bit(Operation::LessSigned, rs1, rs2)),
        "sltu" => as_register(builder, binary_bit(Operation::Less, rs1, rs2)),
        "sll" => binary(Operation::ShiftLeft, rs1, amount),
        "srl" => binary(Operation::ShiftRight, rs1, amount),
        "sra" => binary(Operation::ShiftRightSigned, rs1, amount),
        "czero.eqz" => choose(Test::IsZero(rs2), zero, rs1),
        "czero.nez" => choose(Test::IsZero(rs2), rs1, zero),
        _ => return false,
    };
    builder.set_rd(value);
    true
}

/// The 32-bit operations of RV64, whose results are sign-extended.
fn on_words(builder: &mut Builder<'_>) -> bool {
    let (rs1, rs2) = (builder.rs1_word(), builder.rs2_word());
    let by_register = builder.rs2().slice(0, 5);
    let by_immediate = amount(builder, 32);
    let value = match builder.name {
        "addiw" => builder.base_plus(builder.word.i_immediate()).slice(0, 32),
        "addw" => add(rs1, rs2),
        "subw" => subtract(rs1, rs2),
        "slliw" => binary(Operation::ShiftLeft, rs1, by_immediate),
        "srliw" => binary(Operation::ShiftRight, rs1, by_immediate),
        "sraiw" => binary(Operation::ShiftRightSigned, rs1, by_immediate),
        "sllw" => binary(Operation::ShiftLeft, rs1, by_register),
        "srlw" => binary(Operation::ShiftRight, rs1, by_register),
        "sraw" => binary(Operation::ShiftRightSigned, rs1, by_register),
        "mulw" => binary(Operation::Multiply, rs1, rs2),
        "divw" | "divuw" | "remw" | "remuw" => builder.function(vec![rs1, rs2], 32),
        _ => return false,
    };
    builder.set_rd_word(value);
    true
}

fn multiply(builder: &mut Builder<'_>) -> bool {
    let (rs1, rs2) = (builder.rs1(), builder.rs2());
    let bits = builder.bits();
    let value = match builder.name {
        "mul" => binary(Operation::Multiply, rs1, rs2),
        "mulh" => binary(Operation::MultiplyHighSigned, rs1, rs2),
        "mulhu" => binary(Operation::MultiplyHigh, rs1, rs2),
        // As if the first factor were unsigned; where it is negative, 2^XLEN too much of it was
        // multiplied with the second one.
        "mulhsu" => {
            let sign = rs1.clone().slice(bits - 1, 1);
            let excess = choose(Test::IsSet(sign), rs2.clone(), builder.number(0));
            subtract(binary(Operation::MultiplyHigh, rs1, rs2), excess)
        }
        "div" | "divu" | "rem" | "remu" => builder.function(vec![rs1, rs2], bits),
        _ => return false,
    };
    builder.set_rd(value);
    true
}

/// The immediate shift amount of an operation on so many bits.
pub fn amount(builder: &Builder<'_>, bits: u16) -> Expression {
    let amount = builder.word.shift_amount() & (u32::from(bits) - 1);
    Expression::constant(u64::from(amount), 8)
}

/// One bit: what a comparison of two values says.
pub fn binary_bit(operation: Operation, one: Expression, other: Expression) -> Expression {
    Expression::computed(operation, vec![one, other], 1)
}

/// A bit as a register's value, 0 or 1.
pub fn as_register(builder: &Builder<'_>, bit: Expression) -> Expression {
    bit.zero_extend(builder.bits())
}
