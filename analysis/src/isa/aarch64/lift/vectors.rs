//! Advanced SIMD where it moves lanes without computing: moves, immediates, permutations, logic,
//! widening and narrowing.

use exarmo_aarch64::{Mnemonic, ModifierKind, Operand, Reg, RegOperand};

use super::super::operands::{Lifter, arranged};
use super::arithmetic::{is_general, not};
use crate::effects::{Expression, Operation};

/// Lifts an instruction of this kind; `None` for any other.
pub fn lift(lifter: &mut Lifter<'_>) -> Option<()> {
    use Mnemonic::*;
    let first = lifter.register(0)?;
    match lifter.mnemonic() {
        Mov | Ins | Umov | Fmov => {
            let bits = width(first);
            let value = lifter.value(1, bits)?;
            let value = match lifter.operand(1)? {
                Operand::FpImm { width: 0, .. } => return None,
                Operand::FpImm { .. } if first.arrangement.is_some() => {
                    repeated(value, lanes(first)?)
                }
                // A `w` register goes into a narrower lane by its low bits.
                Operand::Reg(_) => value.zero_extend(bits),
                _ => value,
            };
            lifter.set(value);
        }
        Smov => {
            let value = lifter.value(1, 64)?.sign_extend(width(first));
            lifter.set(value);
        }
        Dup => {
            let element = first.arrangement.map_or(width(first), |it| it.element_width().bits());
            let value = lifter.value(1, 64)?.slice(0, element);
            let count = first.arrangement.map_or(1, |it| arranged(it) / element);
            lifter.set(repeated(value, count));
        }
        Movi | Mvni => immediate(lifter, first)?,
        Zip1 | Zip2 | Uzp1 | Uzp2 | Trn1 | Trn2 => permute(lifter, first)?,
        Ext => {
            let bits = width(first);
            let low = 8 * lifter.immediate(3)? as u16;
            let row = Expression::Join(vec![lifter.value(1, bits)?, lifter.value(2, bits)?]);
            lifter.set(row.slice(low, bits));
        }
        Rev16 | Rev32 | Rev64 => reverse(lifter, first)?,
        And | Orr | Eor | Bic | Orn | Not | Mvn | Bsl | Bit | Bif | Eor3 | Bcax => {
            logic(lifter, first)?;
        }
        Sxtl | Sxtl2 | Uxtl | Uxtl2 => widen(lifter, first)?,
        Sshll | Sshll2 | Ushll | Ushll2 | Shll | Shll2 => widen(lifter, first)?,
        Xtn | Xtn2 => narrow(lifter, first)?,
        Shl | Ushr | Sshr | Sli | Sri => shift(lifter, first)?,
        Sub | Cmeq | Cmge | Cmhs | Cmgt | Cmhi => of_itself(lifter, first)?,
        _ => return None,
    }
    Some(())
}

/// The width of an operand: of an element, of all lanes, or of the register.
fn width(register: RegOperand) -> u16 {
    match (register.reg, register.arrangement, register.index) {
        (Reg::V(_), Some(arrangement), Some(_)) => arrangement.element_width().bits(),
        (Reg::V(_), Some(arrangement), None) => arranged(arrangement),
        (reg, ..) => super::super::operands::part(reg).0,
    }
}

/// How many lanes an operand has; one for a scalar.
fn lanes(register: RegOperand) -> Option<u16> {
    register
        .arrangement
        .map(|arrangement| arranged(arrangement) / arrangement.element_width().bits())
}

/// The width of a lane; of a scalar its own.
fn element(register: RegOperand) -> u16 {
    match register.arrangement {
        Some(arrangement) => arrangement.element_width().bits(),
        None => width(register),
    }
}

fn repeated(value: Expression, count: u16) -> Expression {
    match count {
        0 | 1 => value,
        _ => Expression::Join(vec![value; usize::from(count)]),
    }
}

/// `movi` and `mvni`: a number in each lane (DDI 0487, `AdvSIMDExpandImm`).
fn immediate(lifter: &mut Lifter<'_>, first: RegOperand) -> Option<()> {
    let Operand::Imm { value, modifier } = lifter.operand(1)? else { return None };
    let amount = modifier.and_then(|modifier| modifier.amount).unwrap_or(0).min(63);
    let mut lane = (value as u64) << amount;
    if modifier.is_some_and(|modifier| modifier.kind == ModifierKind::Msl) {
        lane |= (1 << amount) - 1;
    }
    let element = element(first);
    let mut lane = Expression::constant(lane, 64).slice(0, element);
    if lifter.mnemonic() == Mnemonic::Mvni {
        lane = not(lane, element);
    }
    lifter.set(repeated(lane, lanes(first).unwrap_or(1)));
    Some(())
}

/// Lanes of two registers in another order.
fn permute(lifter: &mut Lifter<'_>, first: RegOperand) -> Option<()> {
    use Mnemonic::*;
    let (bits, element) = (width(first), element(first));
    let count = bits / element;
    let (one, other) = (lifter.value(1, bits)?, lifter.value(2, bits)?);
    let lane = |number: u16| {
        let from = if number < count { &one } else { &other };
        from.clone().slice(number % count * element, element)
    };
    let second = matches!(lifter.mnemonic(), Zip2 | Uzp2 | Trn2);
    let part = u16::from(second);
    let number = |at: u16| match lifter.mnemonic() {
        Zip1 | Zip2 => at % 2 * count + at / 2 + part * count / 2,
        Uzp1 | Uzp2 => 2 * at + part,
        _ => at % 2 * count + at / 2 * 2 + part,
    };
    let row = (0..count).map(|at| lane(number(at))).collect();
    lifter.set(Expression::Join(row));
    Some(())
}

/// Lanes in reverse order within units of 16, 32 or 64 bits.
fn reverse(lifter: &mut Lifter<'_>, first: RegOperand) -> Option<()> {
    let unit = match lifter.mnemonic() {
        Mnemonic::Rev16 => 16,
        Mnemonic::Rev32 => 32,
        _ => 64,
    };
    let (bits, element) = (width(first), element(first));
    let value = lifter.value(1, bits)?;
    let per_unit = unit / element;
    let lane = |at: u16| {
        let from = at / per_unit * per_unit + per_unit - 1 - at % per_unit;
        value.clone().slice(from * element, element)
    };
    lifter.set(Expression::Join((0..bits / element).map(lane).collect()));
    Some(())
}

/// Bitwise operations.
fn logic(lifter: &mut Lifter<'_>, first: RegOperand) -> Option<()> {
    use Mnemonic::*;
    if is_general(first.reg) {
        return None;
    }
    let bits = width(first);
    let two = |operation, one, other| Expression::computed(operation, vec![one, other], bits);
    let old = lifter.value_of(first, bits);
    let value = match lifter.mnemonic() {
        Not | Mvn => not(lifter.value(1, bits)?, bits),
        // With an immediate, the destination is the other input.
        Orr | Bic if lifter.immediate(1).is_some() => {
            let Operand::Imm { value, modifier } = lifter.operand(1)? else { return None };
            let amount = modifier.and_then(|modifier| modifier.amount).unwrap_or(0).min(63);
            let lane = Expression::constant((value as u64) << amount, element(first));
            let mask = repeated(lane, lanes(first)?);
            match lifter.mnemonic() {
                Orr => two(Operation::Or, old, mask),
                _ => two(Operation::And, old, not(mask, bits)),
            }
        }
        And => two(Operation::And, lifter.value(1, bits)?, lifter.value(2, bits)?),
        Orr => two(Operation::Or, lifter.value(1, bits)?, lifter.value(2, bits)?),
        Eor => two(Operation::Xor, lifter.value(1, bits)?, lifter.value(2, bits)?),
        Bic => two(Operation::And, lifter.value(1, bits)?, not(lifter.value(2, bits)?, bits)),
        Orn => two(Operation::Or, lifter.value(1, bits)?, not(lifter.value(2, bits)?, bits)),
        Eor3 => {
            let pair = two(Operation::Xor, lifter.value(1, bits)?, lifter.value(2, bits)?);
            two(Operation::Xor, pair, lifter.value(3, bits)?)
        }
        Bcax => {
            let kept = not(lifter.value(3, bits)?, bits);
            let part = two(Operation::And, lifter.value(2, bits)?, kept);
            two(Operation::Xor, lifter.value(1, bits)?, part)
        }
        mnemonic => {
            let (one, other) = (lifter.value(1, bits)?, lifter.value(2, bits)?);
            let (mask, yes, no) = match mnemonic {
                Bsl => (old, one, other),
                Bit => (other, one, old),
                _ => (other, old, one),
            };
            let chosen = two(Operation::And, mask.clone(), yes);
            two(Operation::Or, chosen, two(Operation::And, not(mask, bits), no))
        }
    };
    lifter.set(value);
    Some(())
}

/// Each lane of a half widened, and shifted left.
fn widen(lifter: &mut Lifter<'_>, first: RegOperand) -> Option<()> {
    let name = lifter.mnemonic().name();
    let from = lifter.register(1)?;
    let (wide, narrow) = (element(first), element(from));
    let count = 128 / wide;
    let start = if name.ends_with('2') { 64 } else { 0 };
    let source = lifter.read(from.reg);
    let amount = match lifter.operand(2) {
        Some(Operand::Imm { value, .. }) => value as u16,
        _ => 0,
    };
    let lane = |at: u16| {
        let value = source.clone().slice(start + at * narrow, narrow);
        let value = if name.starts_with('s') && !name.starts_with("shll") {
            value.sign_extend(wide)
        } else {
            value.zero_extend(wide)
        };
        match amount {
            0 => value,
            _ => {
                let amount = Expression::constant(u64::from(amount), 16);
                Expression::computed(Operation::ShiftLeft, vec![value, amount], wide)
            }
        }
    };
    lifter.set(Expression::Join((0..count).map(lane).collect()));
    Some(())
}

/// The low half of each lane; into the upper half of the destination by the `2` form.
fn narrow(lifter: &mut Lifter<'_>, first: RegOperand) -> Option<()> {
    let from = lifter.register(1)?;
    let (wide, narrow) = (element(from), element(first));
    let source = lifter.read(from.reg);
    let lane = |at: u16| source.clone().slice(at * wide, narrow);
    let half = Expression::Join((0..128 / wide).map(lane).collect());
    if lifter.mnemonic() == Mnemonic::Xtn2 {
        lifter.write_bits(first.reg, 64, 64, half);
    } else {
        lifter.set(half);
    }
    Some(())
}

/// Each lane shifted by a number; `sli` and `sri` keep the bits that nothing is shifted into.
fn shift(lifter: &mut Lifter<'_>, first: RegOperand) -> Option<()> {
    use Mnemonic::*;
    let (bits, element) = (width(first), element(first));
    let amount = lifter.immediate(2)? as u16;
    let (source, old) = (lifter.value(1, bits)?, lifter.value_of(first, bits));
    let by = Expression::constant(u64::from(amount), 16);
    let lane = |at: u16| {
        let value = source.clone().slice(at * element, element);
        let old = old.clone().slice(at * element, element);
        let shifted =
            |operation| Expression::computed(operation, vec![value.clone(), by.clone()], element);
        match lifter.mnemonic() {
            Shl => shifted(Operation::ShiftLeft),
            Ushr => shifted(Operation::ShiftRight),
            Sshr => shifted(Operation::ShiftRightSigned),
            Sli if amount == 0 => value,
            Sli => Expression::Join(vec![old.slice(0, amount), value.slice(0, element - amount)]),
            // `sri` by the whole width keeps all.
            _ if amount >= element => old,
            _ => Expression::Join(vec![
                value.slice(amount, element - amount),
                old.slice(element - amount, amount),
            ]),
        }
    };
    let row = Expression::Join((0..bits / element).map(lane).collect());
    lifter.set(row);
    Some(())
}

/// Operations whose result on twice the same register does not depend on it.
fn of_itself(lifter: &mut Lifter<'_>, first: RegOperand) -> Option<()> {
    let (one, other) = (lifter.register(1)?, lifter.register(2)?);
    if is_general(first.reg) || one != other {
        return None;
    }
    let bits = width(first);
    let value = match lifter.mnemonic() {
        Mnemonic::Cmeq | Mnemonic::Cmge | Mnemonic::Cmhs => not(Expression::zeros(bits), bits),
        _ => Expression::zeros(bits),
    };
    lifter.set(value);
    Some(())
}
