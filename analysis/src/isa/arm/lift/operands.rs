//! Reading operands: registers, shifted registers with the carry that the shifter gives,
//! immediates, addresses.

use exarmo_aarch32::{
    Modifier, ModifierKind, Offset, Operand, Reg, RegList, RegOperand, Writeback,
};

use crate::effects::{Condition, Expression, Operation, Test};
use crate::values::Flag;

use super::super::decode::State;
use super::super::registers::{self, PROGRAM_COUNTER};
use super::address as place_value;
use super::{Lift, add, choose, computed, flag, register, word};

/// A second operand: its value, and the carry out of the shifter where that is not simply the
/// carry flag as it was.
pub(super) struct Shifted {
    /// The value, 32 bits.
    pub(super) value: Expression,
    /// The carry, where the shifter gives one.
    pub(super) carry: Option<Expression>,
}

/// How far a shift goes.
pub(super) enum Amount {
    /// By a constant.
    Constant(u16),
    /// By the low byte of a register.
    Register(u8),
}

/// Where a memory operand leads.
pub(super) struct Address {
    /// The address of the access.
    pub(super) address: Expression,
    /// The base register with its new value, where it is written back.
    pub(super) writeback: Option<(u8, Expression)>,
    /// The base register, for a label the program counter.
    pub(super) base: u8,
}

impl Lift<'_> {
    pub(super) fn operand(&self, index: usize) -> Option<Operand> {
        self.operands.get(index).copied()
    }

    /// A register operand.
    pub(super) fn register_operand(&self, index: usize) -> Option<RegOperand> {
        match self.operand(index)? {
            Operand::Reg(operand) => Some(operand),
            _ => None,
        }
    }

    /// The number of a general register that stands plainly as an operand.
    pub(super) fn general(&self, index: usize) -> Option<u8> {
        core(self.register_operand(index)?.reg)
    }

    /// What a general register operand holds, without the shift that may be written on it.
    pub(super) fn general_value(&self, index: usize) -> Option<Expression> {
        Some(self.read(self.general(index)?))
    }

    pub(super) fn immediate(&self, index: usize) -> Option<i64> {
        match self.operand(index)? {
            Operand::Imm { value, .. } => Some(value),
            _ => None,
        }
    }

    pub(super) fn register_list(&self, index: usize) -> Option<RegList> {
        match self.operand(index)? {
            Operand::List(list) => Some(list),
            _ => None,
        }
    }

    /// What a general register holds; the program counter is a place.
    pub(super) fn read(&self, number: u8) -> Expression {
        if number == PROGRAM_COUNTER {
            place_value(self.program_counter(false))
        } else {
            register(number)
        }
    }

    /// The flexible second operand.
    pub(super) fn second_operand(&mut self, index: usize) -> Option<Shifted> {
        match self.operand(index)? {
            Operand::Imm { value, .. } => {
                if self.surroundings.reference.is_some() {
                    return None;
                }
                let value = u32::try_from(value & 0xffff_ffff).ok()?;
                let carry = self
                    .immediate_is_rotated()
                    .then(|| Expression::constant(u64::from(value >> 31), 1));
                Some(Shifted { value: word(value), carry })
            }
            Operand::Reg(operand) => {
                let value = self.read(core(operand.reg)?);
                match operand.modifier {
                    Some(modifier) => shift_by(value, &modifier),
                    None => Some(Shifted { value, carry: None }),
                }
            }
            _ => None,
        }
    }

    /// Whether the constant of a data-processing instruction was rotated into place, which puts
    /// its top bit into the carry (DDI 0406 A5.2.4, A6.3.2).
    fn immediate_is_rotated(&self) -> bool {
        let bits = self.decoded.bits;
        match (self.decoded.state, self.decoded.length) {
            (State::Arm, _) => bits >> 8 & 0xf != 0,
            (State::Thumb, 2) => false,
            (State::Thumb, _) => bits >> 26 & 1 != 0 || bits >> 14 & 1 != 0,
        }
    }

    /// A memory operand. A modifier that is after the bracket belongs to the offset.
    pub(super) fn address(&mut self, index: usize) -> Option<Address> {
        let memory = match self.operand(index)? {
            Operand::Mem(memory) => memory,
            Operand::Label { .. } => {
                let address = place_value(self.label(index)?);
                return Some(Address { address, writeback: None, base: PROGRAM_COUNTER });
            }
            _ => return None,
        };
        let base = core(memory.base)?;
        let base_value = if base == PROGRAM_COUNTER {
            if let (Some(_), Offset::Imm { .. }) = (&self.surroundings.reference, memory.offset) {
                let address = place_value(self.label(index)?);
                return Some(Address { address, writeback: None, base });
            }
            place_value(self.program_counter(true))
        } else {
            register(base)
        };
        let moved = match memory.offset {
            Offset::None | Offset::Imm { value: 0, .. } => base_value.clone(),
            Offset::Imm { value, .. } => add(
                base_value.clone(),
                Expression::constant(value.cast_unsigned() & 0xffff_ffff, 32),
            ),
            Offset::Reg { reg, subtract, modifier } => {
                let after = match self.operand(index + 1) {
                    Some(Operand::Modifier(modifier)) => Some(modifier),
                    _ => None,
                };
                let value = self.read(core(reg)?);
                let value = match modifier.or(after) {
                    Some(modifier) => shift_by(value, &modifier)?.value,
                    None => value,
                };
                let operation = if subtract { Operation::Subtract } else { Operation::Add };
                computed(operation, vec![base_value.clone(), value], 32)
            }
        };
        let (address, writeback) = match memory.writeback {
            Writeback::None => (moved, None),
            Writeback::Pre => (moved.clone(), Some((base, moved))),
            Writeback::Post => (base_value, Some((base, moved))),
        };
        if writeback.is_some() && base == PROGRAM_COUNTER {
            return None;
        }
        Some(Address { address, writeback, base })
    }

    pub(super) fn write_back(&mut self, address: &Address) {
        if let Some((base, value)) = &address.writeback {
            self.set(registers::general(*base), value.clone());
        }
    }
}

/// The number of a general register.
pub(super) fn core(register: Reg) -> Option<u8> {
    match register {
        Reg::Core(register) => Some(register.num()),
        _ => None,
    }
}

/// A value with the shift that is written on its register.
fn shift_by(value: Expression, modifier: &Modifier) -> Option<Shifted> {
    if modifier.kind == ModifierKind::Rrx {
        return Some(rotate_with_carry(&value));
    }
    let amount = match (modifier.by, modifier.amount) {
        (Some(by), _) => Amount::Register(by.num()),
        (None, amount) => Amount::Constant(u16::try_from(amount.unwrap_or(0)).ok()?),
    };
    Some(shifted(modifier.kind, value, amount))
}

/// `rrx`: the carry comes in at the top, the lowest bit goes out into it.
pub(super) fn rotate_with_carry(value: &Expression) -> Shifted {
    let rotated = Expression::Join(vec![value.clone().slice(1, 31), flag(Flag::Carry)]);
    Shifted { value: rotated, carry: Some(value.clone().slice(0, 1)) }
}

/// A shifted value and the last bit that was shifted out (DDI 0406 A2.2.1, A8.4.3).
pub(super) fn shifted(kind: ModifierKind, value: Expression, amount: Amount) -> Shifted {
    match amount {
        Amount::Constant(0) => Shifted { value, carry: None },
        Amount::Constant(amount) => shifted_by_constant(kind, value, amount),
        Amount::Register(by) => shifted_by_register(kind, &value, by),
    }
}

fn shifted_by_constant(kind: ModifierKind, value: Expression, amount: u16) -> Shifted {
    let operation = match kind {
        ModifierKind::Lsl => Operation::ShiftLeft,
        ModifierKind::Lsr => Operation::ShiftRight,
        ModifierKind::Asr => Operation::ShiftRightSigned,
        ModifierKind::Ror | ModifierKind::Rrx => Operation::RotateRight,
    };
    let carry = match kind {
        ModifierKind::Lsl => value.clone().slice(32_u16.saturating_sub(amount), 1),
        _ => value.clone().slice((amount - 1) % 32, 1),
    };
    let by = Expression::constant(u64::from(amount), 8);
    Shifted { value: computed(operation, vec![value, by], 32), carry: Some(carry) }
}

fn shifted_by_register(kind: ModifierKind, value: &Expression, by: u8) -> Shifted {
    let by = register(by).slice(0, 8);
    // With one bit more than the value has, the last bit that leaves it is still there.
    let low_room = Expression::Join(vec![Expression::zeros(1), value.clone()]);
    let high_room = value.clone().zero_extend(33);
    let shift = |operation, wide: &Expression, bits| {
        computed(operation, vec![wide.clone(), by.clone()], bits)
    };
    let (result, carry) = match kind {
        ModifierKind::Lsl => (
            shift(Operation::ShiftLeft, value, 32),
            shift(Operation::ShiftLeft, &high_room, 33).slice(32, 1),
        ),
        ModifierKind::Lsr => (
            shift(Operation::ShiftRight, value, 32),
            shift(Operation::ShiftRight, &low_room, 33).slice(0, 1),
        ),
        ModifierKind::Asr => (
            shift(Operation::ShiftRightSigned, value, 32),
            shift(Operation::ShiftRightSigned, &low_room, 33).slice(0, 1),
        ),
        ModifierKind::Ror | ModifierKind::Rrx => {
            let rotated = shift(Operation::RotateRight, value, 32);
            let carry = rotated.clone().slice(31, 1);
            (rotated, carry)
        }
    };
    let unmoved = Condition::holds(Test::IsZero(by));
    let carry = choose(unmoved, flag(Flag::Carry), carry);
    Shifted { value: result, carry: Some(carry) }
}
