//! Which values of an interpretation answer a question about two words: flags of x86, and the bits
//! that the effects of the other architectures compare.

use super::formula::Operator;
use crate::block::Architecture;
use crate::flow::function_number;
use crate::isa::x86::comparison::{self as x86, Comparison as Flags, Ordered};

/// What bits of a value say about the words that it was made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Comparison {
    /// The flags of a difference.
    Difference,
    /// The flags of a sum.
    Sum,
    /// The flags of a sum of two words and a carry.
    SumWithCarry,
    /// The same, of which the signed overflow is the carry.
    SumWithOverflowAsCarry,
    /// The flags of a difference from which a borrow is taken.
    DifferenceWithBorrow,
    /// The flags of 0 minus the only word.
    Negation,
    /// The flags of the only word plus 1.
    Increment,
    /// The flags of the only word minus 1.
    Decrement,
    /// The flags of a product of unsigned words.
    Product,
    /// One bit: whether a sum of two words and a bit carries.
    Carry,
    /// One bit: whether a sum of two words and a bit overflows, all signed.
    Overflow,
    /// The flags of a bitwise operation.
    Logic(Operator),
    /// One bit: whether the only word is 0.
    IsZero,
    /// One bit: whether the words are equal.
    Equal,
    /// One bit: whether the first word is less, unsigned.
    Less,
    /// One bit: whether the first word is less, signed.
    LessSigned,
}

fn is_x86(architecture: Architecture) -> bool {
    matches!(architecture, Architecture::X86 | Architecture::X86_64)
}

/// The comparison that a function of this number makes.
pub(super) fn comparison_of(architecture: Architecture, number: u32) -> Option<Comparison> {
    if is_x86(architecture) {
        return Some(match x86::comparison_of(number)? {
            Flags::Difference => Comparison::Difference,
            Flags::Sum => Comparison::Sum,
            Flags::SumWithCarry => Comparison::SumWithCarry,
            Flags::SumWithOverflowAsCarry => Comparison::SumWithOverflowAsCarry,
            Flags::DifferenceWithBorrow => Comparison::DifferenceWithBorrow,
            Flags::Negation => Comparison::Negation,
            Flags::Increment => Comparison::Increment,
            Flags::Decrement => Comparison::Decrement,
            Flags::Product => Comparison::Product,
            Flags::And => Comparison::Logic(Operator::And),
            Flags::Or => Comparison::Logic(Operator::Or),
            Flags::Xor => Comparison::Logic(Operator::Xor),
        });
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
pub(super) fn ordered(architecture: Architecture, number: u32) -> Option<Ordered> {
    if is_x86(architecture) {
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
pub(super) fn condition_of(architecture: Architecture, number: u32) -> Option<bool> {
    is_x86(architecture).then(|| x86::condition_of(number)).flatten()
}
