//! Parallel addition and subtraction on bytes and half-words, GE, `sel`, `usad8`.

use std::borrow::Cow;

use exarmo_aarch32::Mnemonic;

use crate::effects::{Condition, Expression, Operation, Test};

use super::super::registers::{self, GREATER_OR_EQUAL};
use super::saturate::confined;
use super::{Lift, add, choose, computed, not};

/// What is done with a sum or difference of a lane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Treatment {
    /// It wraps, and GE says whether it is not negative, or carried.
    Flags,
    /// It is confined to the lane's range.
    Saturate,
    /// It is halved.
    Halve,
}

/// Which lanes are added and which subtracted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Pattern {
    Add8,
    Add16,
    Subtract8,
    Subtract16,
    /// Low: difference with the other's high half; high: sum with the other's low half.
    AddSubtractExchanged,
    /// The reverse.
    SubtractAddExchanged,
}

/// A parallel instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// Lanes.
    Lanes(LaneShape),
    /// `sel`.
    Select,
    /// `usad8`, `usada8`.
    AbsoluteDifferences,
}

/// An operation on lanes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct LaneShape {
    signed: bool,
    treatment: Treatment,
    pattern: Pattern,
}

/// The shape of a parallel mnemonic.
pub(super) fn shape(mnemonic: Mnemonic) -> Option<Shape> {
    match mnemonic {
        Mnemonic::Sel => return Some(Shape::Select),
        Mnemonic::Usad8 | Mnemonic::Usada8 => return Some(Shape::AbsoluteDifferences),
        _ => {}
    }
    // Prefix and suffix are the whole grammar of the family (DDI 0406 A4.4.7).
    let name = mnemonic.name();
    let (prefix, pattern) = [
        ("add8", Pattern::Add8),
        ("add16", Pattern::Add16),
        ("sub8", Pattern::Subtract8),
        ("sub16", Pattern::Subtract16),
        ("asx", Pattern::AddSubtractExchanged),
        ("sax", Pattern::SubtractAddExchanged),
    ]
    .into_iter()
    .find_map(|(suffix, pattern)| Some((name.strip_suffix(suffix)?, pattern)))?;
    let (signed, treatment) = match prefix {
        "s" => (true, Treatment::Flags),
        "u" => (false, Treatment::Flags),
        "q" => (true, Treatment::Saturate),
        "uq" => (false, Treatment::Saturate),
        "sh" => (true, Treatment::Halve),
        "uh" => (false, Treatment::Halve),
        _ => return None,
    };
    Some(Shape::Lanes(LaneShape { signed, treatment, pattern }))
}

/// One lane: where it is in the first operand and the result, where in the second, and whether the
/// two are subtracted.
struct Lane {
    low: u16,
    other: u16,
    subtracts: bool,
}

fn lanes(pattern: Pattern) -> (u16, Vec<Lane>) {
    let lane = |low, other, subtracts| Lane { low, other, subtracts };
    match pattern {
        Pattern::Add8 => (8, [0, 8, 16, 24].map(|low| lane(low, low, false)).into()),
        Pattern::Subtract8 => (8, [0, 8, 16, 24].map(|low| lane(low, low, true)).into()),
        Pattern::Add16 => (16, [0, 16].map(|low| lane(low, low, false)).into()),
        Pattern::Subtract16 => (16, [0, 16].map(|low| lane(low, low, true)).into()),
        Pattern::AddSubtractExchanged => (16, vec![lane(0, 16, true), lane(16, 0, false)]),
        Pattern::SubtractAddExchanged => (16, vec![lane(0, 16, false), lane(16, 0, true)]),
    }
}

impl Lift<'_> {
    pub(super) fn parallel(&mut self, shape: Shape) -> Option<()> {
        let destination = self.general(0)?;
        let (first, second) = (self.general_value(1)?, self.general_value(2)?);
        match shape {
            Shape::Lanes(shape) => self.lanes(shape, destination, &first, &second),
            Shape::Select => {
                let bytes = (0_u16..4).zip(GREATER_OR_EQUAL).map(|(number, flag)| {
                    let byte = |of: &Expression| of.clone().slice(8 * number, 8);
                    let chosen = Condition::holds(Test::IsSet(super::flag(flag)));
                    choose(chosen, byte(&first), byte(&second))
                });
                let bytes = bytes.collect();
                self.set_general(destination, Expression::Join(bytes));
            }
            Shape::AbsoluteDifferences => {
                let name = Operation::Function(Cow::Borrowed("usad8"));
                let sum = computed(name, vec![first, second], 10).zero_extend(32);
                let value = match self.operands.len() {
                    4 => add(sum, self.general_value(3)?),
                    _ => sum,
                };
                self.set_general(destination, value);
            }
        }
        Some(())
    }

    fn lanes(
        &mut self,
        shape: LaneShape,
        destination: u8,
        first: &Expression,
        second: &Expression,
    ) {
        let (bits, lanes) = lanes(shape.pattern);
        let wide_bits = bits + 2;
        let mut results = Vec::new();
        let mut flags = Vec::new();
        for Lane { low, other, subtracts } in lanes {
            let widen = |value: Expression| {
                if shape.signed {
                    value.sign_extend(wide_bits)
                } else {
                    value.zero_extend(wide_bits)
                }
            };
            let one = widen(first.clone().slice(low, bits));
            let other = widen(second.clone().slice(other, bits));
            let operation = if subtracts { Operation::Subtract } else { Operation::Add };
            let wide = computed(operation, vec![one, other], wide_bits);
            results.push(match shape.treatment {
                Treatment::Flags => wide.clone().slice(0, bits),
                Treatment::Halve => wide.clone().slice(1, bits),
                Treatment::Saturate => confined(&wide, wide_bits, bits, shape.signed).value,
            });
            // GE: not negative, or for an unsigned sum the carry.
            flags.push(if shape.signed || subtracts {
                not(wide.slice(wide_bits - 1, 1), 1)
            } else {
                wide.slice(bits, 1)
            });
        }
        if shape.treatment == Treatment::Flags {
            for (index, flag) in GREATER_OR_EQUAL.into_iter().enumerate() {
                let lane = index * flags.len() / GREATER_OR_EQUAL.len();
                if let Some(value) = flags.get(lane) {
                    self.set(registers::flag(flag), value.clone());
                }
            }
        }
        self.set_general(destination, Expression::Join(results));
    }
}
