//! Saturating arithmetic on words and half-words, and Q.

use exarmo_aarch32::Mnemonic;

use crate::effects::{Condition, Expression, Operation, Test};
use crate::values::Flag;

use super::super::registers;
use super::{Lift, choose, computed, not};

/// A value that is confined to a range, and one bit that says whether it had to be.
pub(super) struct Confined {
    /// The value, as wide as the range.
    pub(super) value: Expression,
    /// Whether the wide value was outside of the range.
    pub(super) saturated: Expression,
}

/// `wide`, signed and `wide_bits` wide, confined to what `bits` bits hold, signed or unsigned.
pub(super) fn confined(wide: &Expression, wide_bits: u16, bits: u16, signed: bool) -> Confined {
    let (least, most): (i64, i64) = if signed {
        (-(1_i64 << (bits - 1)), (1_i64 << (bits - 1)) - 1)
    } else {
        (0, (1_i64 << bits) - 1)
    };
    let number = |value: i64, width: u16| {
        let mask = if width >= 64 { u64::MAX } else { (1 << width) - 1 };
        Expression::constant(value.cast_unsigned() & mask, width)
    };
    let too_large = Condition::holds(Test::LessSigned(number(most, wide_bits), wide.clone()));
    let too_small = Condition::holds(Test::LessSigned(wide.clone(), number(least, wide_bits)));
    let value = choose(
        too_large,
        number(most, bits),
        choose(too_small, number(least, bits), wide.clone().slice(0, bits)),
    );
    let back = if signed {
        wide.clone().slice(0, bits).sign_extend(wide_bits)
    } else {
        wide.clone().slice(0, bits).zero_extend(wide_bits)
    };
    let same = computed(Operation::Equal, vec![wide.clone(), back], 1);
    Confined { value, saturated: not(same, 1) }
}

impl Lift<'_> {
    pub(super) fn saturating(&mut self, mnemonic: Mnemonic) -> Option<()> {
        use Mnemonic as M;
        let destination = self.general(0)?;
        let wide = |value: Expression| value.sign_extend(35);
        match mnemonic {
            M::Ssat | M::Usat => {
                let bits = u16::try_from(self.immediate(1)?).ok()?;
                let value = wide(self.second_operand(2)?.value);
                let confined = confine_to(&value, 35, bits, mnemonic == M::Ssat);
                self.set_saturated(confined.saturated);
                self.set_general(destination, confined.value);
            }
            M::Ssat16 | M::Usat16 => {
                let bits = u16::try_from(self.immediate(1)?).ok()?;
                let source = self.general_value(2)?;
                let halves = [0, 16].map(|low| {
                    let half = source.clone().slice(low, 16).sign_extend(18);
                    confine_to_half(&half, 18, bits, mnemonic == M::Ssat16)
                });
                let [low, high] = halves;
                let either = computed(Operation::Or, vec![low.saturated, high.saturated], 1);
                self.set_saturated(either);
                self.set_general(destination, Expression::Join(vec![low.value, high.value]));
            }
            _ => {
                let (first, mut second) =
                    (wide(self.general_value(1)?), wide(self.general_value(2)?));
                if matches!(mnemonic, M::Qdadd | M::Qdsub) {
                    let doubled =
                        computed(Operation::Add, vec![second.clone(), second.clone()], 35);
                    let doubled = confined(&doubled, 35, 32, true);
                    self.set_saturated(doubled.saturated);
                    second = wide(doubled.value);
                }
                let operation = match mnemonic {
                    M::Qadd | M::Qdadd => Operation::Add,
                    _ => Operation::Subtract,
                };
                let sum = computed(operation, vec![first, second], 35);
                let sum = confined(&sum, 35, 32, true);
                self.set_saturated(sum.saturated);
                self.set_general(destination, sum.value);
            }
        }
        Some(())
    }

    /// Lets Q be set where `bit` is. Called twice, both count.
    pub(super) fn set_saturated(&mut self, bit: Expression) {
        let part = registers::flag(Flag::Saturation);
        let earlier = self.list.iter().rev().find_map(|effect| match effect {
            crate::effects::Effect::Set(known, value) if *known == part => Some(value.clone()),
            _ => None,
        });
        let before = earlier.unwrap_or(Expression::Cell(part));
        self.set(part, computed(Operation::Or, vec![before, bit], 1));
    }
}

/// Confined to `bits` bits and widened again to 32.
fn confine_to(wide: &Expression, wide_bits: u16, bits: u16, signed: bool) -> Confined {
    widened(wide, wide_bits, bits, signed, 32)
}

fn confine_to_half(wide: &Expression, wide_bits: u16, bits: u16, signed: bool) -> Confined {
    widened(wide, wide_bits, bits, signed, 16)
}

fn widened(wide: &Expression, wide_bits: u16, bits: u16, signed: bool, to: u16) -> Confined {
    if bits == 0 {
        // `usat rd, #0, rn`: only 0 fits.
        let zero = computed(Operation::Equal, vec![wide.clone(), Expression::zeros(wide_bits)], 1);
        return Confined { value: Expression::zeros(to), saturated: not(zero, 1) };
    }
    let confined = confined(wide, wide_bits, bits, signed);
    let value = if signed && bits < to {
        confined.value.sign_extend(to)
    } else {
        confined.value.zero_extend(to)
    };
    Confined { value, saturated: confined.saturated }
}
