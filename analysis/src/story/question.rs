//! [`Question`]: what a conditional move, a `setcc` or a branch asks, in terms of the values that
//! were compared instead of the flags that the comparison left.

use super::formula::{Formula, Operator, Reader, Shape};
use crate::isa::x86::comparison::Comparison as Flags;
use crate::machine::condition::IS_ZERO;
use crate::machine::state::Condition;
use crate::questions::comparison::{Comparison, comparison_of, condition_of};
use crate::values::{Flag, Kind, Operation, Source, ValueId, Word};

/// A yes-or-no question about values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// What is asked.
    pub test: Test,
    /// Whether the answer is turned round.
    pub negated: bool,
}

/// What a [`Question`] asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Test {
    /// Whether two values are equal.
    Equal(Formula, Formula),
    /// Whether the first is less, both unsigned.
    Less(Formula, Formula),
    /// Whether the first is less, both signed.
    LessSigned(Formula, Formula),
    /// Whether the first is less or equal, both unsigned.
    AtMost(Formula, Formula),
    /// Whether the first is less or equal, both signed.
    AtMostSigned(Formula, Formula),
    /// Whether a sum or a difference leaves its width.
    Leaves(Box<Sum>),
    /// Whether a value of one bit is 1.
    Bit(Formula),
}

/// A sum or a difference of two values and a carry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sum {
    /// Whether the second value and the carry are subtracted.
    pub subtracts: bool,
    /// Whether all are signed numbers.
    pub is_signed: bool,
    /// The two values.
    pub values: [Formula; 2],
    /// The carry: a value of one bit.
    pub carry: Option<Formula>,
}

impl Sum {
    /// The question whether unsigned numbers leave their width.
    fn unsigned(subtracts: bool, one: Formula, other: Formula, carry: Option<Formula>) -> Test {
        Sum::test(subtracts, false, one, other, carry)
    }

    /// The question whether signed numbers leave their width.
    fn signed(subtracts: bool, one: Formula, other: Formula, carry: Option<Formula>) -> Test {
        Sum::test(subtracts, true, one, other, carry)
    }

    fn test(
        subtracts: bool,
        is_signed: bool,
        one: Formula,
        other: Formula,
        carry: Option<Formula>,
    ) -> Test {
        let carry = carry.filter(|carry| carry.shape != Shape::Number(0));
        Test::Leaves(Box::new(Sum { subtracts, is_signed, values: [one, other], carry }))
    }
}

impl Question {
    fn new(test: Test) -> Question {
        Question { test, negated: false }
    }

    /// Calls `visit` with every formula that the question is made of.
    pub fn visit(&self, visit: &mut impl FnMut(&Formula)) {
        match &self.test {
            Test::Bit(only) => only.visit(visit),
            Test::Leaves(sum) => {
                sum.values.iter().chain(&sum.carry).for_each(|part| part.visit(visit));
            }
            Test::Equal(one, other)
            | Test::Less(one, other)
            | Test::LessSigned(one, other)
            | Test::AtMost(one, other)
            | Test::AtMostSigned(one, other) => {
                one.visit(visit);
                other.visit(visit);
            }
        }
    }

    fn is_known(&self) -> bool {
        let mut known = true;
        self.visit(&mut |formula| known &= formula.is_known());
        known
    }
}

/// The question that the bits of a word decide: one bit, or the flags of a condition in a row,
/// perhaps all inverted.
pub(super) fn of_word(reader: &Reader<'_>, word: &Word, depth: usize) -> Option<Question> {
    if word.bits() == 1 {
        let bit = reader.word(word, depth + 1);
        return match bit.shape {
            Shape::Unknown => None,
            Shape::Answer(question) => Some(*question),
            _ => Some(Question::new(Test::Bit(bit))),
        };
    }
    let (bits, inverted) = match inverted(reader, word) {
        Some(inner) => (inner, true),
        None => (word.clone(), false),
    };
    let mut flags = Vec::new();
    for segment in bits.segments() {
        match segment.source {
            Source::Slice { value, low } => {
                flags.extend((low..low + segment.bits).map(|bit| (value, bit)));
            }
            // A flag that is clear adds nothing to "or" and "is different from".
            _ if Word::from_segment(*segment).as_constant() == Some(0) && !inverted => {}
            _ => return None,
        }
    }
    let mut question = question_of_flags(reader, &flags, depth)?;
    question.negated ^= inverted;
    Some(question)
}

/// What a branch asks.
pub(super) fn of_condition(reader: &Reader<'_>, condition: &Condition) -> Option<Question> {
    if condition.question == IS_ZERO {
        let value = reader.formula(condition.words.first()?);
        let zero = Formula { bits: value.bits, shape: Shape::Number(0) };
        let question = Question::new(Test::Equal(value, zero));
        return question.is_known().then_some(question);
    }
    reader.start();
    let word = condition.words.iter().fold(Word::default(), |all, flag| all.then(flag));
    of_word(reader, &word, 0)
}

/// What a word is the bitwise complement of.
fn inverted(reader: &Reader<'_>, word: &Word) -> Option<Word> {
    let mut inner = Word::default();
    for segment in word.segments() {
        let Source::Slice { value, low } = segment.source else { return None };
        let Kind::Computed { operation: Operation::Not, inputs } =
            &reader.facts.values.get(value).kind
        else {
            return None;
        };
        inner.append(&inputs.first()?.slice(low, segment.bits));
    }
    Some(inner)
}

/// The question that flags answer: bits of the value that an instruction's flags are.
pub(super) fn question_of_flags(
    reader: &Reader<'_>,
    flags: &[(ValueId, u16)],
    depth: usize,
) -> Option<Question> {
    let (value, _) = *flags.first()?;
    if flags.iter().any(|(other, _)| *other != value) {
        return None;
    }
    let Kind::Computed { operation: Operation::Function(number), inputs } =
        &reader.facts.values.get(value).kind
    else {
        return None;
    };
    let comparison = comparison_of(reader.block.target.architecture, *number)?;
    let bits: Vec<u16> = flags.iter().map(|(_, bit)| *bit).collect();
    let mut operands = inputs.iter().map(|input| reader.word(input, depth + 1));
    let (left, right) = (operands.next()?, operands.next());
    let question = ask(comparison, &bits, left, right, operands.next())?;
    question.is_known().then_some(question)
}

/// The question that a value of one bit answers, which an instruction made from flags (`setg`).
pub(super) fn of_function(
    reader: &Reader<'_>,
    value: ValueId,
    bits: u16,
    depth: usize,
) -> Option<Question> {
    let Kind::Computed { operation: Operation::Function(number), inputs } =
        &reader.facts.values.get(value).kind
    else {
        return None;
    };
    if bits != 1 {
        return None;
    }
    let negated = condition_of(reader.block.target.architecture, *number)?;
    let word = inputs.iter().fold(Word::default(), |all, flag| all.then(flag));
    let mut question = of_word(reader, &word, depth)?;
    question.negated ^= negated;
    Some(question)
}

/// Whether two values are equal. A difference is 0 if its two values are.
fn equal(one: Formula, other: Formula) -> Test {
    match (one.shape, &other.shape) {
        (Shape::Binary(Operator::Subtract, left, right), Shape::Number(0)) => {
            Test::Equal(*left, *right)
        }
        (shape, _) => Test::Equal(Formula { shape, ..one }, other),
    }
}

/// What flags of a comparison ask of the values that were compared.
fn ask(
    comparison: Comparison,
    flags: &[u16],
    left: Formula,
    right: Option<Formula>,
    carry: Option<Formula>,
) -> Option<Question> {
    const CARRY: u16 = Flag::Carry as u16;
    const ZERO: u16 = Flag::Zero as u16;
    const SIGN: u16 = Flag::Sign as u16;
    const OVERFLOW: u16 = Flag::Overflow as u16;
    let number = |like: &Formula, number| Formula { bits: like.bits, shape: Shape::Number(number) };
    let apply = |operator, one: Formula, other: Formula| Formula {
        bits: one.bits,
        shape: Shape::Binary(operator, Box::new(one), Box::new(other)),
    };
    // What the flags say of a result alone.
    let of_result = |value: Formula| {
        let none = number(&value, 0);
        Some(match flags {
            [ZERO] => Test::Equal(value, none),
            [SIGN] => Test::LessSigned(value, none),
            _ => return None,
        })
    };
    // A value of one bit, widened or not.
    let bit = |carry: Formula| carry.part(0, 1);
    let test = match comparison {
        Comparison::IsZero | Comparison::Equal | Comparison::Less | Comparison::LessSigned => {
            let [0] = flags else { return None };
            let other = right.unwrap_or_else(|| number(&left, 0));
            match comparison {
                Comparison::Less => Test::Less(left, other),
                Comparison::LessSigned => Test::LessSigned(left, other),
                _ => equal(left, other),
            }
        }
        Comparison::Carry | Comparison::Overflow => {
            let [0] = flags else { return None };
            let carry = Some(bit(carry?));
            match comparison {
                Comparison::Carry => Sum::unsigned(false, left, right?, carry),
                _ => Sum::signed(false, left, right?, carry),
            }
        }
        Comparison::Flags(Flags::Difference) => {
            let right = right?;
            match flags {
                [CARRY] => Test::Less(left, right),
                [ZERO] => Test::Equal(left, right),
                [CARRY, ZERO] => Test::AtMost(left, right),
                [SIGN, OVERFLOW] => Test::LessSigned(left, right),
                [ZERO, SIGN, OVERFLOW] => Test::AtMostSigned(left, right),
                [OVERFLOW] => Sum::signed(true, left, right, None),
                _ => of_result(apply(Operator::Subtract, left, right))?,
            }
        }
        Comparison::Flags(Flags::Sum) => {
            let right = right?;
            match flags {
                [CARRY] => Sum::unsigned(false, left, right, None),
                [OVERFLOW] => Sum::signed(false, left, right, None),
                _ => of_result(apply(Operator::Add, left, right))?,
            }
        }
        Comparison::Flags(Flags::SumWithCarry)
        | Comparison::Flags(Flags::SumWithOverflowAsCarry)
        | Comparison::Flags(Flags::DifferenceWithBorrow) => {
            let (right, carry) = (right?, bit(carry?));
            let subtracts = comparison == Comparison::Flags(Flags::DifferenceWithBorrow);
            let by_overflow = comparison == Comparison::Flags(Flags::SumWithOverflowAsCarry);
            match flags {
                [CARRY] if !by_overflow => Sum::unsigned(subtracts, left, right, Some(carry)),
                [OVERFLOW] if by_overflow => Sum::unsigned(subtracts, left, right, Some(carry)),
                [OVERFLOW] => Sum::signed(subtracts, left, right, Some(carry)),
                _ => {
                    let operator = if subtracts { Operator::Subtract } else { Operator::Add };
                    let bits = left.bits;
                    of_result(apply(operator, apply(operator, left, right), carry.part(0, bits)))?
                }
            }
        }
        Comparison::Flags(Flags::Negation) => {
            let none = number(&left, 0);
            match flags {
                [CARRY] => {
                    return Some(Question { test: Test::Equal(left, none), negated: true });
                }
                [ZERO] => Test::Equal(left, none),
                [OVERFLOW] => Sum::signed(true, none, left, None),
                _ => of_result(apply(Operator::Subtract, none, left))?,
            }
        }
        Comparison::Flags(Flags::Increment) | Comparison::Flags(Flags::Decrement) => {
            let (one, subtracts) =
                (number(&left, 1), comparison == Comparison::Flags(Flags::Decrement));
            let operator = if subtracts { Operator::Subtract } else { Operator::Add };
            match flags {
                [OVERFLOW] => Sum::signed(subtracts, left, one, None),
                _ => of_result(apply(operator, left, one))?,
            }
        }
        Comparison::Flags(Flags::Product) => {
            // CF and OF are set where the high half is not 0.
            let ([CARRY] | [OVERFLOW]) = flags else { return None };
            let none = number(&left, 0);
            let (one, other) = (Box::new(left), Box::new(right?));
            let high = Shape::High { is_signed: false, one, other };
            let high = Formula { bits: none.bits, shape: high };
            return Some(Question { test: Test::Equal(high, none), negated: true });
        }
        Comparison::Flags(logic @ (Flags::And | Flags::Or | Flags::Xor)) => {
            let operator = match logic {
                Flags::Or => Operator::Or,
                Flags::Xor => Operator::Xor,
                _ => Operator::And,
            };
            let value = match right {
                Some(right) if right != left || operator == Operator::Xor => {
                    apply(operator, left, right)
                }
                _ => left,
            };
            match flags {
                [ZERO, SIGN] => {
                    let none = number(&value, 0);
                    Test::AtMostSigned(value, none)
                }
                _ => of_result(value)?,
            }
        }
    };
    Some(Question::new(test))
}
