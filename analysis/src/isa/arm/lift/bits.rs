//! Bit fields, counts, reversals, extensions, halves.

use exarmo_aarch32::{Mnemonic, ModifierKind};

use crate::effects::{Expression, Operation, Part};

use super::super::registers;
use super::{Lift, add, computed, register};

impl Lift<'_> {
    pub(super) fn bit_field(&mut self, mnemonic: Mnemonic) -> Option<()> {
        use Mnemonic as M;
        let destination = self.general(0)?;
        let narrow = |value: Option<i64>| u16::try_from(value?).ok();
        let value = match mnemonic {
            M::Bfc | M::Bfi => {
                let (low, bits) = if mnemonic == M::Bfc {
                    (narrow(self.immediate(1))?, narrow(self.immediate(2))?)
                } else {
                    (narrow(self.immediate(2))?, narrow(self.immediate(3))?)
                };
                let value = match mnemonic {
                    M::Bfc => Expression::zeros(bits),
                    _ => self.general_value(1)?.slice(0, bits),
                };
                let whole = registers::general(destination);
                self.set(Part { low, bits, ..whole }, value);
                return Some(());
            }
            M::Ubfx | M::Sbfx => {
                let (low, bits) = (narrow(self.immediate(2))?, narrow(self.immediate(3))?);
                let field = self.general_value(1)?.slice(low, bits);
                if mnemonic == M::Ubfx { field.zero_extend(32) } else { field.sign_extend(32) }
            }
            M::Clz => computed(Operation::CountLeadingZeros, vec![self.general_value(1)?], 32),
            M::Rbit => computed(Operation::ReverseBits, vec![self.general_value(1)?], 32),
            M::Rev => computed(Operation::ReverseBytes, vec![self.general_value(1)?], 32),
            M::Rev16 | M::Revsh => {
                let source = self.general_value(1)?;
                let byte = |number: u16| source.clone().slice(8 * number, 8);
                if mnemonic == M::Rev16 {
                    Expression::Join(vec![byte(1), byte(0), byte(3), byte(2)])
                } else {
                    Expression::Join(vec![byte(1), byte(0)]).sign_extend(32)
                }
            }
            M::Pkhbt | M::Pkhtb => {
                let first = self.general_value(1)?;
                let second = self.second_operand(2)?.value;
                if mnemonic == M::Pkhbt {
                    Expression::Join(vec![first.slice(0, 16), second.slice(16, 16)])
                } else {
                    Expression::Join(vec![second.slice(0, 16), first.slice(16, 16)])
                }
            }
            _ => return None,
        };
        self.set_general(destination, value);
        Some(())
    }

    /// `uxtb` and its family: a rotated value is widened, and perhaps added to another.
    pub(super) fn extend(&mut self, mnemonic: Mnemonic) -> Option<()> {
        use Mnemonic as M;
        let destination = self.general(0)?;
        let source = self.operands.len() - 1;
        let addend = match source {
            1 => None,
            2 => Some(self.general_value(1)?),
            _ => return None,
        };
        let operand = self.register_operand(source)?;
        let rotation = operand
            .modifier
            .filter(|modifier| modifier.kind == ModifierKind::Ror)
            .and_then(|modifier| modifier.amount)
            .unwrap_or(0);
        let rotation = u16::try_from(rotation).ok()?;
        let value = register(self.general(source)?);
        let rotated = Expression::Join(vec![
            value.clone().slice(rotation, 32 - rotation),
            value.slice(0, rotation),
        ]);
        let is_signed = self.decoded.mnemonic().starts_with('s');
        let widen = |value: Expression, bits| {
            if is_signed { value.sign_extend(bits) } else { value.zero_extend(bits) }
        };
        let value = match mnemonic {
            M::Uxtb | M::Sxtb | M::Uxtab | M::Sxtab => widen(rotated.slice(0, 8), 32),
            M::Uxth | M::Sxth | M::Uxtah | M::Sxtah => widen(rotated.slice(0, 16), 32),
            _ => {
                let halves: Vec<Expression> = [0_u16, 16]
                    .into_iter()
                    .map(|low| {
                        let byte = widen(rotated.clone().slice(low, 8), 16);
                        match &addend {
                            Some(addend) => {
                                let half = addend.clone().slice(low, 16);
                                computed(Operation::Add, vec![half, byte], 16)
                            }
                            None => byte,
                        }
                    })
                    .collect();
                self.set_general(destination, Expression::Join(halves));
                return Some(());
            }
        };
        let value = match addend {
            Some(addend) => add(addend, value),
            None => value,
        };
        self.set_general(destination, value);
        Some(())
    }
}
