//! Conditional selects and compares, and instructions about the flags alone.

use exarmo_aarch64::Mnemonic;

use super::super::operands::Lifter;
use super::arithmetic::{flags_of_sum, is_zero, not};
use crate::effects::{Condition, Expression, Operation};
use crate::values::Flag;

/// Lifts an instruction of this kind; `None` for any other.
pub fn lift(lifter: &mut Lifter<'_>) -> Option<()> {
    match lifter.mnemonic() {
        Mnemonic::Csel | Mnemonic::Csinc | Mnemonic::Csinv | Mnemonic::Csneg | Mnemonic::Fcsel => {
            let bits = lifter.width(0)?;
            let (one, other) = (lifter.value(1, bits)?, lifter.value(2, bits)?);
            let other = changed(lifter.mnemonic(), other, bits);
            select(lifter, one, other)
        }
        Mnemonic::Cset => {
            let bits = lifter.width(0)?;
            select(lifter, Expression::constant(1, bits), Expression::zeros(bits))
        }
        Mnemonic::Csetm => {
            let bits = lifter.width(0)?;
            let ones = not(Expression::zeros(bits), bits);
            select(lifter, ones, Expression::zeros(bits))
        }
        Mnemonic::Cinc | Mnemonic::Cinv | Mnemonic::Cneg => {
            let bits = lifter.width(0)?;
            let value = lifter.value(1, bits)?;
            let other = changed(lifter.mnemonic(), value.clone(), bits);
            select(lifter, other, value)
        }
        Mnemonic::Ccmp | Mnemonic::Ccmn => compare(lifter),
        Mnemonic::Cfinv => {
            let carry = not(lifter.flag(Flag::Carry), 1);
            lifter.set_flag(Flag::Carry, carry);
            Some(())
        }
        Mnemonic::Rmif => {
            let (shift, mask) = (lifter.immediate(1)? as u64, lifter.immediate(2)? as u64);
            let amount = Expression::constant(shift, 16);
            let inputs = vec![lifter.value(0, 64)?, amount];
            let turned = Expression::computed(Operation::RotateRight, inputs, 64);
            let flags = [Flag::Overflow, Flag::Carry, Flag::Zero, Flag::Sign];
            for (bit, flag) in (0u16..).zip(flags).filter(|(bit, _)| mask >> bit & 1 == 1) {
                lifter.set_flag(flag, turned.clone().slice(bit, 1));
            }
            Some(())
        }
        Mnemonic::Setf8 | Mnemonic::Setf16 => {
            let bits = if lifter.mnemonic() == Mnemonic::Setf8 { 8 } else { 16 };
            let value = lifter.value(0, 32)?;
            lifter.set_flag(Flag::Sign, value.clone().slice(bits - 1, 1));
            lifter.set_flag(Flag::Zero, is_zero(value.clone().slice(0, bits), bits));
            let inputs = vec![value.clone().slice(bits, 1), value.slice(bits - 1, 1)];
            lifter.set_flag(Flag::Overflow, Expression::computed(Operation::Xor, inputs, 1));
            Some(())
        }
        Mnemonic::Axflag => {
            // N and V are cleared; Z gathers "unordered", C loses it.
            let (zero, carry) = (lifter.flag(Flag::Zero), lifter.flag(Flag::Carry));
            let overflow = lifter.flag(Flag::Overflow);
            let either = Expression::computed(Operation::Or, vec![zero, overflow.clone()], 1);
            let both = vec![carry, not(overflow, 1)];
            lifter.set_flag(Flag::Sign, Expression::zeros(1));
            lifter.set_flag(Flag::Zero, either);
            lifter.set_flag(Flag::Carry, Expression::computed(Operation::And, both, 1));
            lifter.set_flag(Flag::Overflow, Expression::zeros(1));
            Some(())
        }
        Mnemonic::Xaflag => {
            let (zero, carry) = (lifter.flag(Flag::Zero), lifter.flag(Flag::Carry));
            let pair = |operation, one: Expression, other: Expression| {
                Expression::computed(operation, vec![one, other], 1)
            };
            let (no_zero, no_carry) = (not(zero.clone(), 1), not(carry.clone(), 1));
            lifter.set_flag(Flag::Sign, pair(Operation::And, no_carry.clone(), no_zero));
            lifter.set_flag(Flag::Zero, pair(Operation::And, zero.clone(), carry.clone()));
            lifter.set_flag(Flag::Carry, pair(Operation::Or, carry, zero.clone()));
            lifter.set_flag(Flag::Overflow, pair(Operation::And, no_carry, zero));
            Some(())
        }
        _ => None,
    }
}

/// What the second choice of a select, or the first of its alias, is made to.
fn changed(mnemonic: Mnemonic, value: Expression, bits: u16) -> Expression {
    let one = || Expression::constant(1, bits);
    match mnemonic {
        Mnemonic::Csinc | Mnemonic::Cinc => {
            Expression::computed(Operation::Add, vec![value, one()], bits)
        }
        Mnemonic::Csinv | Mnemonic::Cinv => not(value, bits),
        Mnemonic::Csneg | Mnemonic::Cneg => {
            Expression::computed(Operation::Subtract, vec![Expression::zeros(bits), value], bits)
        }
        _ => value,
    }
}

fn choose(condition: Option<Condition>, one: Expression, other: Expression) -> Expression {
    match condition {
        Some(condition) => Expression::Choose(Box::new(condition), Box::new(one), Box::new(other)),
        None => one,
    }
}

fn select(lifter: &mut Lifter<'_>, one: Expression, other: Expression) -> Option<()> {
    let condition = lifter.condition()?;
    lifter.set(choose(condition, one, other));
    Some(())
}

/// `ccmp` and `ccmn`: the flags of a comparison, or four given ones.
fn compare(lifter: &mut Lifter<'_>) -> Option<()> {
    let bits = lifter.width(0)?;
    let given = lifter.immediate(2)? as u64;
    let condition = lifter.condition()?;
    let (one, other) = (lifter.value(0, bits)?, lifter.value(1, bits)?);
    let subtracts = lifter.mnemonic() == Mnemonic::Ccmp;
    let operation = if subtracts { Operation::Subtract } else { Operation::Add };
    let result = Expression::computed(operation, vec![one.clone(), other.clone()], bits);
    let second = if subtracts { not(other, bits) } else { other };
    let carry = Expression::constant(u64::from(subtracts), 1);
    let flags = flags_of_sum(&result, one, second, carry, bits);
    for (bit, (flag, value)) in [3, 2, 1, 0].into_iter().zip(flags) {
        let given = Expression::constant(given >> bit & 1, 1);
        lifter.set_flag(flag, choose(condition.clone(), value, given));
    }
    Some(())
}
