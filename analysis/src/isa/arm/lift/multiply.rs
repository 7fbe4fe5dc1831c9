//! Multiplication and division.

use std::borrow::Cow;

use exarmo_aarch32::Mnemonic;

use crate::effects::{Expression, Operation};

use super::super::registers;
use super::{Lift, add, computed, not};

/// What a multiplication does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// `mul`, `mla`, `mls`, with flags or without.
    Low { accumulate: Accumulate, sets_flags: bool },
    /// Two halves of a product of 64 bits.
    Long { signed: bool, accumulate: LongAccumulate, sets_flags: bool },
    /// Products of half-words: `smulbb`, `smlabt` …
    Halves { first_top: bool, second_top: bool, accumulate: bool },
    /// The same added to 64 bits.
    HalvesLong { first_top: bool, second_top: bool },
    /// A word by a half-word, the upper 32 of 48 bits: `smulwb` …
    WordByHalf { second_top: bool, accumulate: bool },
    /// Two products of half-words, added or subtracted: `smlad`, `smusdx` …
    Dual { exchanged: bool, subtracts: bool, accumulate: bool },
    /// The same added to 64 bits.
    DualLong { exchanged: bool, subtracts: bool },
    /// The upper word of a signed product: `smmul`, `smmlar` …
    High { accumulate: Accumulate, rounds: bool },
    /// A function of two values that is not followed: `sdiv`, `crc32w`.
    Function,
}

/// What the product is added to or taken from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each name says it")]
pub(super) enum Accumulate {
    None,
    Add,
    Subtract,
}

/// What a long product is added to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LongAccumulate {
    /// Nothing.
    None,
    /// The 64 bits of both destinations.
    Whole,
    /// Each destination as a word of its own: `umaal`.
    Words,
}

/// The shape of a multiplication's mnemonic.
pub(super) fn shape(mnemonic: Mnemonic) -> Option<Shape> {
    use Accumulate as A;
    use LongAccumulate as L;
    use Mnemonic as M;
    let low = |accumulate, sets_flags| Shape::Low { accumulate, sets_flags };
    let long = |signed, accumulate, sets_flags| Shape::Long { signed, accumulate, sets_flags };
    let high = |accumulate, rounds| Shape::High { accumulate, rounds };
    let dual = |exchanged, subtracts, accumulate| Shape::Dual { exchanged, subtracts, accumulate };
    let dual_long = |exchanged, subtracts| Shape::DualLong { exchanged, subtracts };
    let halves =
        |first_top, second_top, accumulate| Shape::Halves { first_top, second_top, accumulate };
    let halves_long = |first_top, second_top| Shape::HalvesLong { first_top, second_top };
    let by_half = |second_top, accumulate| Shape::WordByHalf { second_top, accumulate };
    Some(match mnemonic {
        M::Mul => low(A::None, false),
        M::Muls => low(A::None, true),
        M::Mla => low(A::Add, false),
        M::Mlas => low(A::Add, true),
        M::Mls => low(A::Subtract, false),
        M::Umull => long(false, L::None, false),
        M::Umulls => long(false, L::None, true),
        M::Smull => long(true, L::None, false),
        M::Smulls => long(true, L::None, true),
        M::Umlal => long(false, L::Whole, false),
        M::Umlals => long(false, L::Whole, true),
        M::Smlal => long(true, L::Whole, false),
        M::Smlals => long(true, L::Whole, true),
        M::Umaal => long(false, L::Words, false),
        M::Smulbb => halves(false, false, false),
        M::Smulbt => halves(false, true, false),
        M::Smultb => halves(true, false, false),
        M::Smultt => halves(true, true, false),
        M::Smlabb => halves(false, false, true),
        M::Smlabt => halves(false, true, true),
        M::Smlatb => halves(true, false, true),
        M::Smlatt => halves(true, true, true),
        M::Smlalbb => halves_long(false, false),
        M::Smlalbt => halves_long(false, true),
        M::Smlaltb => halves_long(true, false),
        M::Smlaltt => halves_long(true, true),
        M::Smulwb => by_half(false, false),
        M::Smulwt => by_half(true, false),
        M::Smlawb => by_half(false, true),
        M::Smlawt => by_half(true, true),
        M::Smuad => dual(false, false, false),
        M::Smuadx => dual(true, false, false),
        M::Smusd => dual(false, true, false),
        M::Smusdx => dual(true, true, false),
        M::Smlad => dual(false, false, true),
        M::Smladx => dual(true, false, true),
        M::Smlsd => dual(false, true, true),
        M::Smlsdx => dual(true, true, true),
        M::Smlald => dual_long(false, false),
        M::Smlaldx => dual_long(true, false),
        M::Smlsld => dual_long(false, true),
        M::Smlsldx => dual_long(true, true),
        M::Smmul => high(A::None, false),
        M::Smmulr => high(A::None, true),
        M::Smmla => high(A::Add, false),
        M::Smmlar => high(A::Add, true),
        M::Smmls => high(A::Subtract, false),
        M::Smmlsr => high(A::Subtract, true),
        M::Sdiv | M::Udiv => Shape::Function,
        M::Crc32b | M::Crc32h | M::Crc32w | M::Crc32cb | M::Crc32ch | M::Crc32cw => Shape::Function,
        _ => return None,
    })
}

fn sum(one: Expression, other: Expression, bits: u16) -> Expression {
    computed(Operation::Add, vec![one, other], bits)
}

fn difference(one: Expression, other: Expression, bits: u16) -> Expression {
    computed(Operation::Subtract, vec![one, other], bits)
}

fn product(one: Expression, other: Expression, bits: u16) -> Expression {
    computed(Operation::Multiply, vec![one, other], bits)
}

/// A half of a word, widened with its sign.
fn half(value: &Expression, top: bool, bits: u16) -> Expression {
    value.clone().slice(if top { 16 } else { 0 }, 16).sign_extend(bits)
}

impl Lift<'_> {
    pub(super) fn multiply(&mut self, shape: Shape) -> Option<()> {
        match shape {
            Shape::Low { accumulate, sets_flags } => self.multiply_low(accumulate, sets_flags),
            Shape::Long { signed, accumulate, sets_flags } => {
                self.multiply_long(signed, accumulate, sets_flags)
            }
            Shape::HalvesLong { first_top, second_top } => {
                let (first, second) = (self.general_value(2)?, self.general_value(3)?);
                let term = product(half(&first, first_top, 64), half(&second, second_top, 64), 64);
                self.add_to_pair(term)
            }
            Shape::DualLong { exchanged, subtracts } => {
                let (first, second) = (self.general_value(2)?, self.general_value(3)?);
                let term = dual(&first, &second, exchanged, subtracts);
                self.add_to_pair(term)
            }
            Shape::Function => {
                let (destination, first, second) =
                    (self.general(0)?, self.general_value(1)?, self.general_value(2)?);
                let name = Operation::Function(Cow::Borrowed(self.decoded.mnemonic()));
                self.set_general(destination, computed(name, vec![first, second], 32));
                Some(())
            }
            _ => self.multiply_halves(shape),
        }
    }

    fn multiply_low(&mut self, accumulate: Accumulate, sets_flags: bool) -> Option<()> {
        let destination = self.general(0)?;
        // `muls r0, r1` multiplies r0 itself.
        let (first, second) = match self.operands.len() {
            2 => (self.general_value(0)?, self.general_value(1)?),
            _ => (self.general_value(1)?, self.general_value(2)?),
        };
        let product = product(first, second, 32);
        let result = match accumulate {
            Accumulate::None => product,
            Accumulate::Add => add(product, self.general_value(3)?),
            Accumulate::Subtract => difference(self.general_value(3)?, product, 32),
        };
        if sets_flags {
            // C and V stay, since Armv5.
            self.set_sign_and_zero(&result);
        }
        self.set_general(destination, result);
        Some(())
    }

    fn multiply_long(
        &mut self,
        signed: bool,
        accumulate: LongAccumulate,
        sets_flags: bool,
    ) -> Option<()> {
        let (low, high) = (self.general(0)?, self.general(1)?);
        let widen = |value: Expression| {
            if signed { value.sign_extend(64) } else { value.zero_extend(64) }
        };
        let product = product(widen(self.general_value(2)?), widen(self.general_value(3)?), 64);
        let result = match accumulate {
            LongAccumulate::None => product,
            LongAccumulate::Whole => sum(product, self.accumulator(low, high), 64),
            LongAccumulate::Words => {
                let words = sum(
                    super::register(low).zero_extend(64),
                    super::register(high).zero_extend(64),
                    64,
                );
                sum(product, words, 64)
            }
        };
        if sets_flags {
            self.set_flag(crate::values::Flag::Sign, result.clone().slice(63, 1));
            self.set_flag(crate::values::Flag::Zero, super::is_zero(&result, 64));
        }
        self.set(registers::general(low), result.clone().slice(0, 32));
        self.set(registers::general(high), result.slice(32, 32));
        Some(())
    }

    /// The 64 bits of two registers.
    fn accumulator(&self, low: u8, high: u8) -> Expression {
        Expression::Join(vec![super::register(low), super::register(high)])
    }

    fn add_to_pair(&mut self, term: Expression) -> Option<()> {
        let (low, high) = (self.general(0)?, self.general(1)?);
        let result = sum(self.accumulator(low, high), term, 64);
        self.set(registers::general(low), result.clone().slice(0, 32));
        self.set(registers::general(high), result.slice(32, 32));
        Some(())
    }

    fn multiply_halves(&mut self, shape: Shape) -> Option<()> {
        let destination = self.general(0)?;
        let (first, second) = (self.general_value(1)?, self.general_value(2)?);
        match shape {
            Shape::Halves { first_top, second_top, accumulate } => {
                let term = product(half(&first, first_top, 64), half(&second, second_top, 64), 64);
                self.set_sum(destination, term, accumulate)
            }
            Shape::WordByHalf { second_top, accumulate } => {
                let product = product(first.sign_extend(64), half(&second, second_top, 64), 64);
                let term = product.slice(16, 32).sign_extend(64);
                self.set_sum(destination, term, accumulate)
            }
            Shape::Dual { exchanged, subtracts, accumulate } => {
                let term = dual(&first, &second, exchanged, subtracts);
                if !accumulate && subtracts {
                    // A difference of two such products always fits.
                    self.set_general(destination, term.slice(0, 32));
                    return Some(());
                }
                self.set_sum(destination, term, accumulate)
            }
            Shape::High { accumulate, rounds } => {
                let product = product(first.sign_extend(64), second.sign_extend(64), 64);
                let mut wide = match accumulate {
                    Accumulate::None => product,
                    _ => {
                        let upper =
                            Expression::Join(vec![Expression::zeros(32), self.general_value(3)?]);
                        match accumulate {
                            Accumulate::Add => sum(upper, product, 64),
                            _ => difference(upper, product, 64),
                        }
                    }
                };
                if rounds {
                    wide = sum(wide, Expression::constant(0x8000_0000, 64), 64);
                }
                self.set_general(destination, wide.slice(32, 32));
                Some(())
            }
            _ => None,
        }
    }

    /// Sets a register to a term of 64 bits, perhaps with the accumulator added. Q is set where
    /// the sum does not fit.
    fn set_sum(&mut self, destination: u8, term: Expression, accumulate: bool) -> Option<()> {
        let wide = if accumulate {
            sum(term.clone(), self.general_value(3)?.sign_extend(64), 64)
        } else {
            term
        };
        let result = wide.clone().slice(0, 32);
        let can_overflow = accumulate || matches!(self.decoded.mnemonic(), "smuad" | "smuadx");
        if can_overflow {
            let back = result.clone().sign_extend(64);
            let fits = computed(Operation::Equal, vec![wide, back], 1);
            self.set_saturated(not(fits, 1));
        }
        self.set_general(destination, result);
        Some(())
    }
}

/// The sum or difference of the products of both halves, 64 bits.
fn dual(first: &Expression, second: &Expression, exchanged: bool, subtracts: bool) -> Expression {
    let low = product(half(first, false, 64), half(second, exchanged, 64), 64);
    let high = product(half(first, true, 64), half(second, !exchanged, 64), 64);
    if subtracts { difference(low, high, 64) } else { sum(low, high, 64) }
}
