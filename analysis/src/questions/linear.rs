//! [`Sum`]: a word as a sum of multiples of values and a number, modulo the word's width.
//!
//! Two words that are made in different ways and are equal for that reason have equal sums, and what
//! is between two words is the difference of their sums. Asked by [`super::loops`].

use crate::values::{Kind, Operation, Source, Values, Word, arithmetic::signed, low_mask};

/// How deep a word is taken apart. What is left is a term of its own.
const DEPTH: usize = 16;

/// The most terms that a sum has; a longer one is not taken apart further.
const MOST_TERMS: usize = 8;

/// A sum of multiples of words and a number, modulo `2^bits`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sum {
    /// The width in bits, at most 64.
    pub bits: u16,
    /// The terms: a factor that is not 0, and a word that is not a sum itself. No word is there twice.
    pub terms: Vec<(u64, Word)>,
    /// The number that is added.
    pub number: u64,
}

impl Sum {
    /// A number.
    pub fn number(number: u64, bits: u16) -> Sum {
        Sum { bits, terms: Vec::new(), number: number & low_mask(bits) }
    }

    /// The word as a sum. `None` where it has more than 64 bits.
    pub fn of(values: &Values, word: &Word) -> Option<Sum> {
        (1..=64).contains(&word.bits()).then(|| Sum::of_word(values, word, DEPTH))
    }

    fn of_word(values: &Values, word: &Word, depth: usize) -> Sum {
        let bits = word.bits();
        if let Some(number) = word.as_constant() {
            return Sum::number(number, bits);
        }
        let itself = || Sum { bits, terms: vec![(1, word.clone())], number: 0 };
        if depth == 0 {
            return itself();
        }
        // A multiple by a power of two: zeros, and a value's bits from its lowest on above them.
        let (shift, segment) = match word.segments() {
            [only] => (0, *only),
            [zeros, shifted] if zeros.source == Source::Zeros => (zeros.bits, *shifted),
            _ => return itself(),
        };
        let Source::Slice { value: id, low: 0 } = segment.source else { return itself() };
        let value = values.get(id);
        if shift > 0 {
            // The bits that the shift drops change nothing modulo the width.
            return match value.bits >= bits {
                true => {
                    Sum::of_word(values, &Word::slice_of(id, 0, bits), depth - 1).times(1 << shift)
                }
                false => itself(),
            };
        }
        let parts = |words: &[Word]| -> Option<Vec<Sum>> {
            let are_wide = words.iter().all(|word| word.bits() >= bits);
            let sum = |word: &Word| Sum::of_word(values, &word.slice(0, bits), depth - 1);
            are_wide.then(|| words.iter().map(sum).collect())
        };
        let sum = match &value.kind {
            Kind::Offset { base, addend } => parts(std::slice::from_ref(base))
                .and_then(|parts| parts.into_iter().next())
                .map(|base| base.plus(&Sum::number(*addend, bits), 1)),
            Kind::Computed { operation, inputs } => match (operation, parts(inputs).as_deref()) {
                (Operation::Add, Some([one, other])) => Some(one.plus(other, 1)),
                (Operation::Subtract, Some([one, other])) => Some(one.minus(other)),
                (Operation::Multiply, Some([one, other])) => {
                    match (one.constant(), other.constant()) {
                        (Some(factor), _) => Some(other.times(factor)),
                        (_, Some(factor)) => Some(one.times(factor)),
                        _ => None,
                    }
                }
                _ => None,
            },
            _ => None,
        };
        sum.filter(|sum| sum.terms.len() <= MOST_TERMS).unwrap_or_else(itself)
    }

    /// This sum and a multiple of another one of the same width.
    pub fn plus(&self, other: &Sum, factor: u64) -> Sum {
        let mut sum = self.clone();
        let mask = low_mask(self.bits);
        sum.number = sum.number.wrapping_add(other.number.wrapping_mul(factor)) & mask;
        for (times, word) in &other.terms {
            let times = times.wrapping_mul(factor) & mask;
            match sum.terms.iter_mut().find(|(_, known)| known == word) {
                Some((known, _)) => *known = known.wrapping_add(times) & mask,
                None => sum.terms.push((times, word.clone())),
            }
        }
        sum.terms.retain(|(times, _)| *times != 0);
        sum
    }

    /// This sum less another one of the same width.
    pub fn minus(&self, other: &Sum) -> Sum {
        self.plus(other, u64::MAX)
    }

    /// A multiple of this sum.
    pub fn times(&self, factor: u64) -> Sum {
        Sum::number(0, self.bits).plus(self, factor)
    }

    /// The number that it is, if it is one.
    pub fn constant(&self) -> Option<u64> {
        self.terms.is_empty().then_some(self.number)
    }

    /// The number that it is, as a signed one.
    pub fn signed_constant(&self) -> Option<i64> {
        self.constant().map(|number| signed(number, self.bits))
    }

    /// The number that is added to the terms, as a signed one.
    pub fn signed_number(&self) -> i64 {
        signed(self.number, self.bits)
    }
}
