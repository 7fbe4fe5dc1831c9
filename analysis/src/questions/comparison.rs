//! Which values of an interpretation answer a question about two words: flags of x86, and the bits
//! that the effects of the other architectures compare.

use crate::block::Architecture;
use crate::isa::x86::comparison::{self as x86, Comparison as Flags, Ordered};
use crate::machine::functions::number as function_number;

/// What bits of a value say about the words that it was made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// The flags of x86.
    Flags(Flags),
    /// One bit: whether a sum of two words and a bit carries.
    Carry,
    /// One bit: whether a sum of two words and a bit overflows, all signed.
    Overflow,
    /// One bit: whether the only word is 0.
    IsZero,
    /// One bit: whether the words are equal.
    Equal,
    /// One bit: whether the first word is less, unsigned.
    Less,
    /// One bit: whether the first word is less, signed.
    LessSigned,
}

/// The comparison that a function of this number makes.
pub fn comparison_of(architecture: Architecture, number: u32) -> Option<Comparison> {
    if architecture.is_x86() {
        return x86::comparison_of(number).map(Comparison::Flags);
    }
    let named = [
        ("is zero", Comparison::IsZero),
        ("equal", Comparison::Equal),
        ("less", Comparison::Less),
        ("less signed", Comparison::LessSigned),
        ("carry", Comparison::Carry),
        ("overflow", Comparison::Overflow),
    ];
    named.into_iter().find(|(name, _)| function_number(name) == number).map(|(_, what)| what)
}

/// What a function of this number makes of two words, whose order counts.
pub fn ordered(architecture: Architecture, number: u32) -> Option<Ordered> {
    if architecture.is_x86() {
        return x86::ordered(number);
    }
    let named = [
        ("multiply high", Ordered::ProductHigh),
        ("MultiplyHighSigned", Ordered::ProductHighSigned),
        ("ShiftLeft", Ordered::ShiftLeft),
        ("ShiftRight", Ordered::ShiftRight),
        ("ShiftRightSigned", Ordered::ShiftRightSigned),
        ("RotateRight", Ordered::RotateRight),
    ];
    named.into_iter().find(|(name, _)| function_number(name) == number).map(|(_, what)| what)
}

/// Whether a function of this number asks for the opposite of the flags that go into it. `None`
/// for every other function.
pub fn condition_of(architecture: Architecture, number: u32) -> Option<bool> {
    architecture.is_x86().then(|| x86::condition_of(number)).flatten()
}
