//! Shifts, bit fields, extensions and reversals.

use exarmo_aarch64::Mnemonic;

use super::super::operands::Lifter;
use super::arithmetic::is_general;
use crate::effects::{Condition, Effect, Expression, Operation, Part, Test};

/// Lifts an instruction of this kind; `None` for any other.
pub fn lift(lifter: &mut Lifter<'_>) -> Option<()> {
    if !is_general(lifter.register(0)?.reg) {
        return None;
    }
    let bits = lifter.width(0)?;
    let value = match lifter.mnemonic() {
        Mnemonic::Lsl | Mnemonic::Lslv => shifted(lifter, Operation::ShiftLeft, bits)?,
        Mnemonic::Lsr | Mnemonic::Lsrv => shifted(lifter, Operation::ShiftRight, bits)?,
        Mnemonic::Asr | Mnemonic::Asrv => shifted(lifter, Operation::ShiftRightSigned, bits)?,
        Mnemonic::Ror | Mnemonic::Rorv => shifted(lifter, Operation::RotateRight, bits)?,
        Mnemonic::Extr => {
            let low = lifter.immediate(3)? as u16;
            let row = Expression::Join(vec![lifter.value(2, bits)?, lifter.value(1, bits)?]);
            row.slice(low, bits)
        }
        Mnemonic::Ubfx => field(lifter)?.zero_extend(bits),
        Mnemonic::Sbfx => field(lifter)?.sign_extend(bits),
        Mnemonic::Ubfiz => inserted(lifter, bits)?.zero_extend(bits),
        Mnemonic::Sbfiz => inserted(lifter, bits)?.sign_extend(bits),
        Mnemonic::Bfi | Mnemonic::Bfxil | Mnemonic::Bfc => return replace(lifter, bits),
        Mnemonic::Uxtb => lifter.value(1, 32)?.slice(0, 8).zero_extend(bits),
        Mnemonic::Uxth => lifter.value(1, 32)?.slice(0, 16).zero_extend(bits),
        Mnemonic::Uxtw => lifter.value(1, 32)?.slice(0, 32).zero_extend(bits),
        Mnemonic::Sxtb => lifter.value(1, 32)?.slice(0, 8).sign_extend(bits),
        Mnemonic::Sxth => lifter.value(1, 32)?.slice(0, 16).sign_extend(bits),
        Mnemonic::Sxtw => lifter.value(1, 32)?.slice(0, 32).sign_extend(bits),
        Mnemonic::Rbit => reversed(lifter, Operation::ReverseBits, bits, bits)?,
        Mnemonic::Rev | Mnemonic::Rev64 => reversed(lifter, Operation::ReverseBytes, bits, bits)?,
        Mnemonic::Rev32 => reversed(lifter, Operation::ReverseBytes, 32, bits)?,
        Mnemonic::Rev16 => reversed(lifter, Operation::ReverseBytes, 16, bits)?,
        Mnemonic::Clz => {
            Expression::computed(Operation::CountLeadingZeros, vec![lifter.value(1, bits)?], bits)
        }
        Mnemonic::Ctz => {
            let reversed = reversed(lifter, Operation::ReverseBits, bits, bits)?;
            Expression::computed(Operation::CountLeadingZeros, vec![reversed], bits)
        }
        Mnemonic::Abs => {
            let value = lifter.value(1, bits)?;
            let inputs = vec![Expression::zeros(bits), value.clone()];
            let negative = Expression::computed(Operation::Subtract, inputs, bits);
            let is_negative = Condition::holds(Test::IsSet(value.clone().slice(bits - 1, 1)));
            Expression::Choose(Box::new(is_negative), Box::new(negative), Box::new(value))
        }
        _ => return None,
    };
    lifter.set(value);
    Some(())
}

/// A shift by an immediate, or by the low bits of a register.
fn shifted(lifter: &Lifter<'_>, operation: Operation, bits: u16) -> Option<Expression> {
    let value = lifter.value(1, bits)?;
    let amount = match lifter.immediate(2) {
        Some(amount) => Expression::constant(amount as u64, 16),
        None => {
            let used = if bits == 64 { 6 } else { 5 };
            lifter.value(2, bits)?.slice(0, used).zero_extend(16)
        }
    };
    Some(Expression::computed(operation, vec![value, amount], bits))
}

/// The bits that an extraction takes.
fn field(lifter: &Lifter<'_>) -> Option<Expression> {
    let (low, count) = (lifter.immediate(2)? as u16, lifter.immediate(3)? as u16);
    Some(lifter.value(1, lifter.width(1)?)?.slice(low, count))
}

/// The low bits of a register, moved up over zeros.
fn inserted(lifter: &Lifter<'_>, bits: u16) -> Option<Expression> {
    let (low, count) = (lifter.immediate(2)? as u16, lifter.immediate(3)? as u16);
    let value = lifter.value(1, bits)?.slice(0, count);
    Some(match low {
        0 => value,
        _ => Expression::Join(vec![Expression::zeros(low), value]),
    })
}

/// A field of the destination is replaced; a `w` form clears the upper half nevertheless.
fn replace(lifter: &mut Lifter<'_>, bits: u16) -> Option<()> {
    let clears = lifter.mnemonic() == Mnemonic::Bfc;
    let first = if clears { 1 } else { 2 };
    let (low, count) = (lifter.immediate(first)? as u16, lifter.immediate(first + 1)? as u16);
    let (at, new) = match lifter.mnemonic() {
        Mnemonic::Bfxil => (0, lifter.value(1, bits)?.slice(low, count)),
        Mnemonic::Bfc => (low, Expression::zeros(count)),
        _ => (low, lifter.value(1, bits)?.slice(0, count)),
    };
    let reg = lifter.register(0)?.reg;
    let (_, part) = super::super::operands::part(reg);
    let Some(part) = part else { return Some(()) };
    lifter.effects.list.push(Effect::Set(Part { low: at, bits: count, ..part }, new));
    if bits == 32 {
        let upper = Part { low: 32, bits: 32, ..part };
        lifter.effects.list.push(Effect::Set(upper, Expression::zeros(32)));
    }
    Some(())
}

/// Each unit of so many bits reversed.
fn reversed(lifter: &Lifter<'_>, operation: Operation, unit: u16, bits: u16) -> Option<Expression> {
    let value = lifter.value(1, bits)?;
    if unit == bits {
        return Some(Expression::computed(operation, vec![value], bits));
    }
    let part = |number: u16| {
        let slice = value.clone().slice(number * unit, unit);
        Expression::computed(operation.clone(), vec![slice], unit)
    };
    Some(Expression::Join((0..bits / unit).map(part).collect()))
}
