//! Data processing: arithmetic, logic, moves, compares, shifts.

use exarmo_aarch32::{Mnemonic, ModifierKind};

use crate::effects::{Effect, Expression, Next, Operation, UsedAs};
use crate::values::Flag;

use super::super::registers::{self, LINK, PROGRAM_COUNTER};
use super::operands::{Amount, Shifted, rotate_with_carry, shifted};
use super::{Lift, bit, computed, flag, is_zero, not};

/// What a data-processing instruction computes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the mnemonics' own names")]
pub(super) enum DataOperation {
    Add,
    AddWithCarry,
    Subtract,
    SubtractWithCarry,
    ReverseSubtract,
    ReverseSubtractWithCarry,
    And,
    BitClear,
    ExclusiveOr,
    Or,
    OrNot,
    Move,
    MoveNot,
    Compare,
    CompareNegative,
    Test,
    TestEquivalence,
}

use DataOperation as D;

/// What a mnemonic computes, and whether it sets the flags.
pub(super) fn operation(mnemonic: Mnemonic) -> Option<(DataOperation, bool)> {
    use Mnemonic as M;
    Some(match mnemonic {
        M::Add | M::Addw => (D::Add, false),
        M::Adds => (D::Add, true),
        M::Adc => (D::AddWithCarry, false),
        M::Adcs => (D::AddWithCarry, true),
        M::Sub | M::Subw => (D::Subtract, false),
        M::Subs => (D::Subtract, true),
        M::Sbc => (D::SubtractWithCarry, false),
        M::Sbcs => (D::SubtractWithCarry, true),
        M::Rsb => (D::ReverseSubtract, false),
        M::Rsbs => (D::ReverseSubtract, true),
        M::Rsc => (D::ReverseSubtractWithCarry, false),
        M::Rscs => (D::ReverseSubtractWithCarry, true),
        M::And => (D::And, false),
        M::Ands => (D::And, true),
        M::Bic => (D::BitClear, false),
        M::Bics => (D::BitClear, true),
        M::Eor => (D::ExclusiveOr, false),
        M::Eors => (D::ExclusiveOr, true),
        M::Orr => (D::Or, false),
        M::Orrs => (D::Or, true),
        M::Orn => (D::OrNot, false),
        M::Orns => (D::OrNot, true),
        M::Mov | M::Movw => (D::Move, false),
        M::Movs => (D::Move, true),
        M::Mvn => (D::MoveNot, false),
        M::Mvns => (D::MoveNot, true),
        M::Cmp => (D::Compare, true),
        M::Cmn => (D::CompareNegative, true),
        M::Tst => (D::Test, true),
        M::Teq => (D::TestEquivalence, true),
        _ => return None,
    })
}

/// The shift that a mnemonic is, and whether it sets the flags.
pub(super) fn shift(mnemonic: Mnemonic) -> Option<(ModifierKind, bool)> {
    use Mnemonic as M;
    Some(match mnemonic {
        M::Lsl => (ModifierKind::Lsl, false),
        M::Lsls => (ModifierKind::Lsl, true),
        M::Lsr => (ModifierKind::Lsr, false),
        M::Lsrs => (ModifierKind::Lsr, true),
        M::Asr => (ModifierKind::Asr, false),
        M::Asrs => (ModifierKind::Asr, true),
        M::Ror => (ModifierKind::Ror, false),
        M::Rors => (ModifierKind::Ror, true),
        M::Rrx => (ModifierKind::Rrx, false),
        M::Rrxs => (ModifierKind::Rrx, true),
        _ => return None,
    })
}

impl DataOperation {
    fn compares(self) -> bool {
        matches!(self, D::Compare | D::CompareNegative | D::Test | D::TestEquivalence)
    }

    fn has_one_input(self) -> bool {
        matches!(self, D::Move | D::MoveNot)
    }
}

impl Lift<'_> {
    pub(super) fn data_processing(
        &mut self,
        operation: DataOperation,
        sets_flags: bool,
    ) -> Option<()> {
        // `add r8, r9` names its destination once.
        let count = self.operands.len();
        let (destination, first, second) = match (operation, count) {
            (operation, 2) if operation.compares() => (None, Some(0), 1),
            (operation, 2) if operation.has_one_input() => (Some(0), None, 1),
            (_, 2) => (Some(0), Some(0), 1),
            (_, 3) => (Some(0), Some(1), 2),
            _ => return None,
        };
        let destination = match destination {
            Some(index) => Some(self.general(index)?),
            None => None,
        };
        if operation == D::Move && self.is_relocated_half() {
            return self.move_reference(destination?, 0);
        }
        let first = match first {
            Some(index) => self.general_value(index)?,
            None => Expression::zeros(32),
        };
        let second = self.second_operand(second)?;
        if destination == Some(PROGRAM_COUNTER) && sets_flags {
            // `subs pc, lr, #4`: the saved status becomes the status (DDI 0406 B9.3.20).
            self.list.push(Effect::Use(UsedAs::System, second.value));
            self.next = Next::Leave;
            return Some(());
        }
        let result = match operation {
            D::Move => second.value.clone(),
            D::MoveNot => not(second.value.clone(), 32),
            D::And | D::Test => bitwise(Operation::And, &first, &second.value),
            D::BitClear => bitwise(Operation::And, &first, &not(second.value.clone(), 32)),
            D::ExclusiveOr | D::TestEquivalence => bitwise(Operation::Xor, &first, &second.value),
            D::Or => bitwise(Operation::Or, &first, &second.value),
            D::OrNot => bitwise(Operation::Or, &first, &not(second.value.clone(), 32)),
            _ => return self.arithmetic(operation, sets_flags, destination, first, second.value),
        };
        if sets_flags {
            self.set_sign_and_zero(&result);
            if let Some(carry) = second.carry {
                self.set_flag(Flag::Carry, carry);
            }
        }
        let returns = operation == D::Move
            && destination == Some(PROGRAM_COUNTER)
            && second.value == super::register(LINK);
        if returns {
            self.next = Next::Return(result);
        } else if let Some(destination) = destination {
            self.set_general(destination, result);
        }
        Some(())
    }

    fn arithmetic(
        &mut self,
        operation: DataOperation,
        sets_flags: bool,
        destination: Option<u8>,
        first: Expression,
        second: Expression,
    ) -> Option<()> {
        let carry = flag(Flag::Carry);
        // A difference is a sum with the inverted subtrahend and a carry in (DDI 0406 A2.2.1).
        let (minuend, subtrahend) = match operation {
            D::ReverseSubtract | D::ReverseSubtractWithCarry => (second.clone(), first.clone()),
            _ => (first.clone(), second.clone()),
        };
        let (result, terms) = match operation {
            D::Add | D::CompareNegative => (
                computed(Operation::Add, vec![first.clone(), second.clone()], 32),
                [first, second, bit(false)],
            ),
            D::AddWithCarry => (
                computed(
                    Operation::Add,
                    vec![first.clone(), second.clone(), carry.clone().zero_extend(32)],
                    32,
                ),
                [first, second, carry],
            ),
            D::Subtract | D::Compare | D::ReverseSubtract => (
                computed(Operation::Subtract, vec![minuend.clone(), subtrahend.clone()], 32),
                [minuend, not(subtrahend, 32), bit(true)],
            ),
            D::SubtractWithCarry | D::ReverseSubtractWithCarry => {
                let borrow = not(carry.clone(), 1).zero_extend(32);
                let difference =
                    computed(Operation::Subtract, vec![minuend.clone(), subtrahend.clone()], 32);
                (
                    computed(Operation::Subtract, vec![difference, borrow], 32),
                    [minuend, not(subtrahend, 32), carry],
                )
            }
            _ => return None,
        };
        if sets_flags {
            self.set_sign_and_zero(&result);
            let terms = terms.to_vec();
            self.set_flag(Flag::Carry, computed(Operation::CarryOfSum, terms.clone(), 1));
            self.set_flag(Flag::Overflow, computed(Operation::OverflowOfSum, terms, 1));
        }
        if let Some(destination) = destination {
            self.set_general(destination, result);
        }
        Some(())
    }

    /// N and Z of a result of 32 bits.
    pub(super) fn set_sign_and_zero(&mut self, result: &Expression) {
        self.set_flag(Flag::Sign, result.clone().slice(31, 1));
        self.set_flag(Flag::Zero, is_zero(result, 32));
    }

    pub(super) fn shift(&mut self, kind: ModifierKind, sets_flags: bool) -> Option<()> {
        let destination = self.general(0)?;
        let Shifted { value, carry } = if kind == ModifierKind::Rrx {
            rotate_with_carry(&self.general_value(1)?)
        } else {
            // `lsls r0, r1` shifts r0 itself.
            let source = if self.operands.len() == 2 { 0 } else { 1 };
            let amount = match self.immediate(source + 1) {
                Some(amount) => Amount::Constant(u16::try_from(amount).ok()?),
                None => Amount::Register(self.general(source + 1)?),
            };
            shifted(kind, self.general_value(source)?, amount)
        };
        if sets_flags {
            if destination == PROGRAM_COUNTER {
                self.next = Next::Leave;
                return Some(());
            }
            self.set_sign_and_zero(&value);
            if let Some(carry) = carry {
                self.set_flag(Flag::Carry, carry);
            }
        }
        self.set_general(destination, value);
        Some(())
    }

    /// Whether it is a `movw` whose constant is the lower half of a symbol's address.
    fn is_relocated_half(&self) -> bool {
        self.surroundings.reference.is_some() && self.decoded.mnemonic() == "movw"
    }

    /// 16 bits of the address that the relocation names, from bit `low` on.
    fn reference_half(&mut self, low: u16) -> Option<Expression> {
        let reference = self.surroundings.reference.clone()?;
        self.reference_used = true;
        let place = super::address(reference.place);
        let address = match reference.relative_to {
            Some(from) => computed(Operation::Subtract, vec![place, super::address(from)], 32),
            None => place,
        };
        Some(address.slice(low, 16))
    }

    fn move_reference(&mut self, destination: u8, low: u16) -> Option<()> {
        let half = self.reference_half(low)?;
        self.set_general(destination, half.zero_extend(32));
        Some(())
    }

    /// `movt`: the upper half, the lower one stays.
    pub(super) fn move_top(&mut self) -> Option<()> {
        let destination = self.general(0)?;
        let mut part = registers::general(destination);
        (part.low, part.bits) = (16, 16);
        let value = if self.surroundings.reference.is_some() {
            self.reference_half(16)?
        } else {
            Expression::constant(self.immediate(1)?.cast_unsigned() & 0xffff, 16)
        };
        self.set(part, value);
        Some(())
    }

    /// `adr`.
    pub(super) fn address_of_label(&mut self) -> Option<()> {
        let destination = self.general(0)?;
        let place = self.label(1)?;
        self.set_general(destination, super::address(place));
        Some(())
    }
}

fn bitwise(operation: Operation, one: &Expression, other: &Expression) -> Expression {
    computed(operation, vec![one.clone(), other.clone()], 32)
}
