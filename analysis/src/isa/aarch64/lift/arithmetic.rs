//! Moves, sums, products, logic and the flags that they set (DDI 0487, C4.1 "Data Processing").

use exarmo_aarch64::{Mnemonic, Operand, Reg};

use super::super::operands::Lifter;
use crate::effects::{Expression, Operation, Part};
use crate::values::Flag;

/// Lifts an instruction of this kind; `None` for any other, and for vectors.
pub fn lift(lifter: &mut Lifter<'_>) -> Option<()> {
    let first = lifter.register(0)?;
    if !is_general(first.reg) {
        return None;
    }
    let bits = lifter.width(0)?;
    let binary = |lifter: &Lifter<'_>, operation: Operation| -> Option<Expression> {
        let inputs = vec![lifter.value(1, bits)?, lifter.value(2, bits)?];
        Some(Expression::computed(operation, inputs, bits))
    };
    let inverted = |lifter: &Lifter<'_>, operation: Operation| -> Option<Expression> {
        let inputs = vec![lifter.value(1, bits)?, not(lifter.value(2, bits)?, bits)];
        Some(Expression::computed(operation, inputs, bits))
    };
    match lifter.mnemonic() {
        Mnemonic::Mov if lifter.register(1).is_none_or(|from| is_general(from.reg)) => {
            let value = lifter.value(1, bits)?;
            lifter.set(value);
        }
        Mnemonic::Movz => {
            let value = lifter.value(1, bits)?;
            lifter.set(value);
        }
        Mnemonic::Movn => {
            let value = not(lifter.value(1, bits)?, bits);
            lifter.set(value);
        }
        Mnemonic::Movk => movk(lifter, bits)?,
        Mnemonic::Mvn => {
            let value = not(lifter.value(1, bits)?, bits);
            lifter.set(value);
        }
        Mnemonic::Adr => {
            let place = Expression::Place(lifter.label()?);
            lifter.set(place);
        }
        Mnemonic::Adrp => {
            let page = match lifter.field() {
                Some(field) => field,
                // Where the page of the block's own code is, only the linker knows.
                None => {
                    let place = Expression::Place(lifter.label()?);
                    Expression::computed(Operation::Function("page".into()), vec![place], 64)
                }
            };
            lifter.set(page);
        }
        Mnemonic::Add => sum(lifter, bits, [1, 2], Sum::plain(false, true))?,
        Mnemonic::Adds => sum(lifter, bits, [1, 2], Sum::setting(false, true))?,
        Mnemonic::Sub => sum(lifter, bits, [1, 2], Sum::plain(true, true))?,
        Mnemonic::Subs => sum(lifter, bits, [1, 2], Sum::setting(true, true))?,
        Mnemonic::Cmn => sum(lifter, bits, [0, 1], Sum::setting(false, false))?,
        Mnemonic::Cmp => sum(lifter, bits, [0, 1], Sum::setting(true, false))?,
        Mnemonic::Neg => sum(lifter, bits, [NOTHING, 1], Sum::plain(true, true))?,
        Mnemonic::Negs => sum(lifter, bits, [NOTHING, 1], Sum::setting(true, true))?,
        Mnemonic::Adc => sum(lifter, bits, [1, 2], Sum::carried(false, false))?,
        Mnemonic::Adcs => sum(lifter, bits, [1, 2], Sum::carried(false, true))?,
        Mnemonic::Sbc => sum(lifter, bits, [1, 2], Sum::carried(true, false))?,
        Mnemonic::Sbcs => sum(lifter, bits, [1, 2], Sum::carried(true, true))?,
        Mnemonic::Ngc => sum(lifter, bits, [NOTHING, 1], Sum::carried(true, false))?,
        Mnemonic::Ngcs => sum(lifter, bits, [NOTHING, 1], Sum::carried(true, true))?,
        Mnemonic::And => set(lifter, binary(lifter, Operation::And)?),
        Mnemonic::Orr => set(lifter, binary(lifter, Operation::Or)?),
        Mnemonic::Eor => set(lifter, binary(lifter, Operation::Xor)?),
        Mnemonic::Bic => set(lifter, inverted(lifter, Operation::And)?),
        Mnemonic::Orn => set(lifter, inverted(lifter, Operation::Or)?),
        Mnemonic::Eon => set(lifter, inverted(lifter, Operation::Xor)?),
        Mnemonic::Ands => {
            let value = binary(lifter, Operation::And)?;
            logic_flags(lifter, &value, bits);
            set(lifter, value);
        }
        Mnemonic::Bics => {
            let value = inverted(lifter, Operation::And)?;
            logic_flags(lifter, &value, bits);
            set(lifter, value);
        }
        Mnemonic::Tst => {
            let inputs = vec![lifter.value(0, bits)?, lifter.value(1, bits)?];
            logic_flags(lifter, &Expression::computed(Operation::And, inputs, bits), bits);
        }
        Mnemonic::Mul => set(lifter, binary(lifter, Operation::Multiply)?),
        Mnemonic::Mneg => {
            let product = binary(lifter, Operation::Multiply)?;
            set(lifter, difference(Expression::zeros(bits), product, bits));
        }
        Mnemonic::Madd => {
            let product = binary(lifter, Operation::Multiply)?;
            let inputs = vec![lifter.value(3, bits)?, product];
            set(lifter, Expression::computed(Operation::Add, inputs, bits));
        }
        Mnemonic::Msub => {
            let product = binary(lifter, Operation::Multiply)?;
            set(lifter, difference(lifter.value(3, bits)?, product, bits));
        }
        Mnemonic::Smull | Mnemonic::Smnegl | Mnemonic::Smaddl | Mnemonic::Smsubl => {
            long_product(lifter, true)?;
        }
        Mnemonic::Umull | Mnemonic::Umnegl | Mnemonic::Umaddl | Mnemonic::Umsubl => {
            long_product(lifter, false)?;
        }
        Mnemonic::Umulh => set(lifter, binary(lifter, Operation::MultiplyHigh)?),
        Mnemonic::Smulh => set(lifter, binary(lifter, Operation::MultiplyHighSigned)?),
        Mnemonic::Crc32b | Mnemonic::Crc32cb => checksum(lifter, 8)?,
        Mnemonic::Crc32h | Mnemonic::Crc32ch => checksum(lifter, 16)?,
        Mnemonic::Crc32w | Mnemonic::Crc32cw => checksum(lifter, 32)?,
        Mnemonic::Crc32x | Mnemonic::Crc32cx => checksum(lifter, 64)?,
        Mnemonic::Umax | Mnemonic::Umin | Mnemonic::Smax | Mnemonic::Smin => extreme(lifter, bits)?,
        _ => return None,
    }
    Some(())
}

/// A checksum continued by so many bits of the second source (DDI 0487 C6.2 CRC32B).
fn checksum(lifter: &mut Lifter<'_>, bits: u16) -> Option<()> {
    let inputs = vec![lifter.value(1, 32)?, lifter.value(2, bits.max(32))?.slice(0, bits)];
    let function = Operation::Function(lifter.mnemonic().name().into());
    lifter.set(Expression::computed(function, inputs, 32));
    Some(())
}

/// Stands for an operand that is 0.
const NOTHING: usize = usize::MAX;

/// What kind of sum it is.
#[derive(Clone, Copy)]
struct Sum {
    subtracts: bool,
    carries: bool,
    sets_flags: bool,
    writes: bool,
}

impl Sum {
    fn plain(subtracts: bool, writes: bool) -> Sum {
        Sum { subtracts, carries: false, sets_flags: false, writes }
    }

    fn setting(subtracts: bool, writes: bool) -> Sum {
        Sum { subtracts, carries: false, sets_flags: true, writes }
    }

    fn carried(subtracts: bool, sets_flags: bool) -> Sum {
        Sum { subtracts, carries: true, sets_flags, writes: true }
    }
}

pub(super) fn is_general(reg: Reg) -> bool {
    matches!(
        reg,
        Reg::W(_) | Reg::X(_) | Reg::WSp(_) | Reg::XSp(_) | Reg::WX(_) | Reg::WXSp(_) | Reg::Gp(_)
    )
}

fn set(lifter: &mut Lifter<'_>, value: Expression) {
    lifter.set(value);
}

pub(super) fn not(value: Expression, bits: u16) -> Expression {
    value.complement(bits)
}

fn difference(from: Expression, what: Expression, bits: u16) -> Expression {
    Expression::computed(Operation::Subtract, vec![from, what], bits)
}

fn sum(lifter: &mut Lifter<'_>, bits: u16, inputs: [usize; 2], kind: Sum) -> Option<()> {
    let input = |index: usize| match index {
        NOTHING => Some(Expression::zeros(bits)),
        _ => lifter.value(index, bits),
    };
    let (one, other) = (input(inputs[0])?, input(inputs[1])?);
    let second = if kind.subtracts { not(other.clone(), bits) } else { other.clone() };
    let carry = match (kind.carries, kind.subtracts) {
        (true, _) => lifter.flag(Flag::Carry),
        (false, subtracts) => Expression::constant(u64::from(subtracts), 1),
    };
    let result = if kind.carries {
        let inputs = vec![one.clone(), second.clone(), carry.clone().zero_extend(bits)];
        Expression::computed(Operation::Add, inputs, bits)
    } else if kind.subtracts {
        difference(one.clone(), other, bits)
    } else {
        Expression::computed(Operation::Add, vec![one.clone(), other], bits)
    };
    if kind.sets_flags {
        sum_flags(lifter, &result, one, second, carry, bits);
    }
    if kind.writes {
        lifter.set(result);
    }
    Some(())
}

/// The flags of a sum with a carry (DDI 0487, `AddWithCarry`).
pub(super) fn sum_flags(
    lifter: &mut Lifter<'_>,
    result: &Expression,
    one: Expression,
    other: Expression,
    carry: Expression,
    bits: u16,
) {
    for (flag, value) in flags_of_sum(result, one, other, carry, bits) {
        lifter.set_flag(flag, value);
    }
}

/// The four flags of a sum.
pub(super) fn flags_of_sum(
    result: &Expression,
    one: Expression,
    other: Expression,
    carry: Expression,
    bits: u16,
) -> [(Flag, Expression); 4] {
    let inputs = vec![one, other, carry];
    [
        (Flag::Sign, result.clone().slice(bits - 1, 1)),
        (Flag::Zero, is_zero(result.clone(), bits)),
        (Flag::Carry, Expression::computed(Operation::CarryOfSum, inputs.clone(), 1)),
        (Flag::Overflow, Expression::computed(Operation::OverflowOfSum, inputs, 1)),
    ]
}

/// One bit: whether a value is 0.
pub(super) fn is_zero(value: Expression, bits: u16) -> Expression {
    Expression::computed(Operation::Equal, vec![value, Expression::zeros(bits)], 1)
}

fn logic_flags(lifter: &mut Lifter<'_>, result: &Expression, bits: u16) {
    lifter.set_flag(Flag::Sign, result.clone().slice(bits - 1, 1));
    lifter.set_flag(Flag::Zero, is_zero(result.clone(), bits));
    lifter.set_flag(Flag::Carry, Expression::zeros(1));
    lifter.set_flag(Flag::Overflow, Expression::zeros(1));
}

/// Sixteen bits are replaced; a `w` form clears the upper half nevertheless.
fn movk(lifter: &mut Lifter<'_>, bits: u16) -> Option<()> {
    let Operand::Imm { value, modifier } = lifter.operand(1)? else { return None };
    let low = modifier.and_then(|modifier| modifier.amount).unwrap_or(0) as u16;
    let old = lifter.read(lifter.register(0)?.reg);
    let new = match lifter.field() {
        Some(field) => field.slice(low, 16),
        None => Expression::constant(value as u64, 16),
    };
    if bits == 64 {
        // The rest stays, which a partial write says best.
        let (_, part) = super::super::operands::part(lifter.register(0)?.reg);
        let part = Part { low, bits: 16, ..part? };
        lifter.effects.list.push(crate::effects::Effect::Set(part, new));
        return Some(());
    }
    let mut parts = Vec::new();
    if low > 0 {
        parts.push(old.clone().slice(0, low));
    }
    parts.push(new);
    if low + 16 < bits {
        parts.push(old.slice(low + 16, bits - low - 16));
    }
    lifter.set(Expression::Join(parts));
    Some(())
}

/// Products of two halves, added to, subtracted from, or negated.
fn long_product(lifter: &mut Lifter<'_>, signed: bool) -> Option<()> {
    let wide = |index: usize| -> Option<Expression> {
        let value = lifter.value(index, 32)?;
        Some(if signed { value.sign_extend(64) } else { value.zero_extend(64) })
    };
    let product = Expression::computed(Operation::Multiply, vec![wide(1)?, wide(2)?], 64);
    let value = match lifter.mnemonic() {
        Mnemonic::Smaddl | Mnemonic::Umaddl => {
            Expression::computed(Operation::Add, vec![lifter.value(3, 64)?, product], 64)
        }
        Mnemonic::Smsubl | Mnemonic::Umsubl => difference(lifter.value(3, 64)?, product, 64),
        Mnemonic::Smnegl | Mnemonic::Umnegl => difference(Expression::zeros(64), product, 64),
        _ => product,
    };
    lifter.set(value);
    Some(())
}

/// The greater or the smaller of two (FEAT_CSSC).
fn extreme(lifter: &mut Lifter<'_>, bits: u16) -> Option<()> {
    use crate::effects::{Condition, Test};
    let (one, other) = (lifter.value(1, bits)?, lifter.value(2, bits)?);
    let test = match lifter.mnemonic() {
        Mnemonic::Smax | Mnemonic::Smin => Test::LessSigned(one.clone(), other.clone()),
        _ => Test::Less(one.clone(), other.clone()),
    };
    let greater = matches!(lifter.mnemonic(), Mnemonic::Smax | Mnemonic::Umax);
    let (less, more) = (Box::new(one), Box::new(other));
    let (taken, rest) = if greater { (more, less) } else { (less, more) };
    lifter.set(Expression::Choose(Box::new(Condition::holds(test)), taken, rest));
    Some(())
}
