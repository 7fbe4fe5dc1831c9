//! Expressions of effects as words.

use smallvec::SmallVec;

use super::Loaded;
use crate::effects::{Expression, Operation as Effective, PREDICATE_LENGTHS};
use crate::machine::functions::number;
use crate::machine::state::State;
use crate::machine::{Machine, Step};
use crate::values::arithmetic::{rotate_left, shift_left, shift_right, signed};
use crate::values::{Kind, Operation, Word, low_mask};

/// A number as a word.
pub(super) fn constant(value: u128, bits: u16) -> Word {
    if bits <= 64 {
        return Word::constant(value as u64 & low_mask(bits), bits);
    }
    let high = Word::constant((value >> 64) as u64, (bits - 64).min(64));
    Word::constant(value as u64, 64).then(&high).zero_extend(bits)
}

/// The inputs of an operation, few as a rule.
type Inputs = SmallVec<[Word; 3]>;

fn bit(value: bool) -> Word {
    Word::constant(u64::from(value), 1)
}

/// Whether at most one of the two words has a bit that may be set at each place.
fn is_disjoint(one: &Word, other: &Word) -> bool {
    let bits = one.bits();
    let zeros = |word: &Word| {
        let (mask, ones) = word.known();
        mask & !ones
    };
    bits <= 64 && zeros(one) | zeros(other) | !low_mask(bits) == u64::MAX
}

impl Machine<'_> {
    /// The word that an expression stands for.
    pub(super) fn value(
        &mut self,
        state: &mut State,
        step: Step,
        loaded: &Loaded<'_>,
        expression: &Expression,
    ) -> Word {
        match expression {
            Expression::Constant(value, bits) => constant(*value, *bits),
            Expression::Cell(part) => state.part(part.cell, part.low, part.bits, &mut self.values),
            Expression::Loaded(number) => {
                loaded.words.get(*number).cloned().unwrap_or_else(|| Word::zeros(64))
            }
            Expression::Place(place) => self.place_word(step.site, place),
            Expression::Slice { of, low, bits } => {
                let word = self.value(state, step, loaded, of);
                word.slice((*low).min(word.bits()), *bits)
            }
            Expression::Join(parts) => parts.iter().fold(Word::default(), |word, part| {
                let part = self.value(state, step, loaded, part);
                word.then(&part)
            }),
            Expression::Computed { operation, inputs, bits } => {
                if let Some(word) = loaded.repeated(expression) {
                    return word;
                }
                let mut value = |input| self.value(state, step, loaded, input);
                // Without a list for what nearly all are.
                match inputs.as_slice() {
                    [one] => {
                        let one = value(one);
                        self.compute(step, operation, &[one], *bits)
                    }
                    [one, other] => {
                        let both = [value(one), value(other)];
                        self.compute(step, operation, &both, *bits)
                    }
                    several => {
                        let inputs: Inputs = several.iter().map(value).collect();
                        self.compute(step, operation, &inputs, *bits)
                    }
                }
            }
            Expression::Choose(condition, one, other) => {
                let bit = self.condition_bit(state, step, loaded, condition);
                let one = self.value(state, step, loaded, one);
                let other = self.value(state, step, loaded, other);
                self.choose_word(step, &bit, one, other)
            }
        }
    }

    /// One of two words, as a bit says.
    fn choose_word(&mut self, step: Step, bit: &Word, yes: Word, no: Word) -> Word {
        match bit.as_constant() {
            _ if yes == no => yes,
            Some(0) => no,
            Some(_) => yes,
            None => {
                let bits = yes.bits();
                if bits == 1 && yes.as_constant() == Some(1) && no.as_constant() == Some(0) {
                    return bit.clone();
                }
                // What both have in common is not chosen: `cset` leaves 63 bits zero.
                let mut word = Word::default();
                let mut chosen = None;
                for (start, length) in common_runs(&yes, &no) {
                    let (one, other) = (yes.slice(start, length), no.slice(start, length));
                    if one == other {
                        word.append(&one);
                    } else if length == 1
                        && (one.as_constant(), other.as_constant()) == (Some(1), Some(0))
                    {
                        word.append(bit);
                    } else {
                        let inputs = || vec![bit.clone(), yes.clone(), no.clone()];
                        let whole = chosen.get_or_insert_with(|| {
                            self.values.computed(Operation::Choose, inputs(), bits, step.site)
                        });
                        word.append(&whole.slice(start, length));
                    }
                }
                word
            }
        }
    }

    /// Whether a word is 0, as one bit.
    pub(super) fn is_zero(&mut self, step: Step, word: &Word) -> Word {
        let (mask, ones) = word.known();
        if word.bits() == 1 {
            return self.values.not(word, step.site);
        }
        match word.as_constant() {
            Some(value) => bit(value == 0),
            None if mask & ones != 0 => bit(false),
            // All but one bit are known to be 0: it is that bit's complement.
            None if word.bits() <= 64 && (mask | 1) == low_mask(word.bits()) && ones == 0 => {
                self.values.not(&word.slice(0, 1), step.site)
            }
            None => self.function(step, "is zero", vec![word.clone()], 1),
        }
    }

    /// The result of a comparison, as one bit.
    pub(super) fn compare(&mut self, step: Step, how: &Effective, words: [Word; 2]) -> Word {
        let [one, other] = &words;
        let bits = one.bits();
        if let (Some(left), Some(right)) = (one.as_constant(), other.as_constant()) {
            return bit(match how {
                Effective::Less => left < right,
                Effective::LessSigned => signed(left, bits) < signed(right, bits),
                _ => left == right,
            });
        }
        if one == other {
            return bit(*how == Effective::Equal);
        }
        match how {
            Effective::Equal => {
                let difference = self.values.subtract(one, other, step.site);
                if bits <= 64 {
                    return self.is_zero(step, &difference);
                }
                self.function(step, "equal", words.into(), 1)
            }
            // Unsigned less than 1: it is 0; and less than 0 is nothing.
            Effective::Less if other.as_constant() == Some(1) => self.is_zero(step, one),
            Effective::Less if other.as_constant() == Some(0) => bit(false),
            Effective::Less if one.as_constant() == Some(0) => {
                let zero = self.is_zero(step, other);
                self.values.not(&zero, step.site)
            }
            // Signed less than 0: the sign.
            Effective::LessSigned if other.as_constant() == Some(0) => one.slice(bits - 1, 1),
            Effective::Less => self.function(step, "less", words.into(), 1),
            _ => self.function(step, "less signed", words.into(), 1),
        }
    }

    /// A function of words that is not followed further.
    fn function(&mut self, step: Step, name: &str, inputs: Vec<Word>, bits: u16) -> Word {
        self.values.computed(Operation::Function(number(name)), inputs, bits, step.site)
    }

    fn compute(&mut self, step: Step, operation: &Effective, inputs: &[Word], bits: u16) -> Word {
        let site = step.site;
        let is_wide = bits > 64;
        match (operation, inputs) {
            (Effective::Add, [one, other]) if let Some(count) = self.predicate_lengths(other) => {
                self.add_predicate_lengths(step, one, count)
            }
            (Effective::Add, [one, other]) if is_disjoint(one, other) => {
                let (one, other) = (one.at_width(bits), other.at_width(bits));
                self.values.bitwise(Operation::Or, &one, &other, site)
            }
            (Effective::Add, [first, rest @ ..]) if !is_wide => {
                rest.iter().fold(first.zero_extend(bits), |sum, input| {
                    self.values.add(&sum, &input.at_width(bits), site)
                })
            }
            (Effective::Subtract, [one, other]) if !is_wide => {
                self.values.subtract(&one.at_width(bits), &other.at_width(bits), site)
            }
            (Effective::Multiply, [first, rest @ ..]) if !is_wide => {
                rest.iter().fold(first.zero_extend(bits), |product, input| {
                    self.product(step, &product, &input.at_width(bits))
                })
            }
            (Effective::And, [first, rest @ ..]) => {
                self.bit_by_bit(step, Operation::And, first, rest, bits)
            }
            (Effective::Or, [first, rest @ ..]) => {
                self.bit_by_bit(step, Operation::Or, first, rest, bits)
            }
            (Effective::Xor, [first, rest @ ..]) => {
                self.bit_by_bit(step, Operation::Xor, first, rest, bits)
            }
            (Effective::Not, [word]) => self.values.not(&word.at_width(bits), site),
            (
                Effective::ShiftLeft
                | Effective::ShiftRight
                | Effective::ShiftRightSigned
                | Effective::RotateRight,
                [word, amount],
            ) => self.shifted(step, operation, &word.at_width(bits), amount),
            (Effective::SignExtend, [word]) if word.bits() > 0 && word.bits() <= bits => {
                self.sign_extend(word, bits, site)
            }
            (Effective::Equal | Effective::Less | Effective::LessSigned, [one, other]) => {
                let words = [one.clone(), other.clone()];
                self.compare(step, operation, words)
            }
            (Effective::CarryOfSum | Effective::OverflowOfSum, [one, other, carry]) => {
                let inputs = [one.clone(), other.clone(), carry.clone()];
                self.carry(step, operation, inputs)
            }
            (Effective::ReverseBytes, [word]) if word.bits() % 8 == 0 => word.reverse_bytes(),
            (Effective::ReverseBits, [word]) if word.bits() <= 64 => (0..word.bits())
                .rev()
                .fold(Word::default(), |reversed, at| reversed.then(&word.slice(at, 1))),
            (Effective::CountLeadingZeros, [word]) if word.as_constant().is_some() && !is_wide => {
                let unused = 64 - u32::from(word.bits().min(64));
                let zeros = word.as_constant().unwrap_or(0).leading_zeros() - unused;
                Word::constant(u64::from(zeros), bits)
            }
            (Effective::MultiplyHigh, [one, other]) => {
                match (one.as_constant(), other.as_constant()) {
                    (Some(0 | 1), _) | (_, Some(0 | 1)) => Word::zeros(bits),
                    (Some(one), Some(other)) if !is_wide => {
                        let product = u128::from(one) * u128::from(other);
                        constant(product >> bits, bits)
                    }
                    _ => self.function(step, "multiply high", inputs.to_vec(), bits),
                }
            }
            (Effective::Lanes(lane, name), _) => {
                let is_followed = inputs.iter().all(|input| input.bits() >= bits);
                let name = number(name);
                let operation = if is_followed {
                    Operation::Lanes(*lane, name)
                } else {
                    Operation::Mixed(name)
                };
                self.values.computed(operation, inputs.to_vec(), bits, site)
            }
            (Effective::Function(name), _) => self.function(step, name, inputs.to_vec(), bits),
            (Effective::Undo(name), [result, rest @ ..]) => {
                match self.undone(result, number(name), rest) {
                    Some(word) => word,
                    None => self.function(step, &format!("undo {name}"), inputs.to_vec(), bits),
                }
            }
            (Effective::Mixed(name), _) => {
                self.values.computed(Operation::Mixed(number(name)), inputs.to_vec(), bits, site)
            }
            _ => self.function(step, &format!("{operation:?}"), inputs.to_vec(), bits),
        }
    }

    /// A word plus so many predicate lengths: in one form, so that what is taken and given back cancels.
    fn add_predicate_lengths(&mut self, step: Step, word: &Word, count: u64) -> Word {
        let (base, offset) = self.values.split_offset(word);
        let (base, before) = self.split_predicate_lengths(&base).unwrap_or((base, 0));
        let total = before.wrapping_add(count);
        let sum = match total {
            0 => base,
            _ => {
                let inputs = vec![Word::constant(total, 64)];
                let lengths = self.function(step, PREDICATE_LENGTHS, inputs, 64);
                self.values.add(&base, &lengths, step.site)
            }
        };
        self.values.add_constant(&sum, offset, step.site)
    }

    /// The first input of a function whose result a word is, where the further ones are the same.
    fn undone(&self, result: &Word, function: u32, rest: &[Word]) -> Option<Word> {
        let (value, 0) = result.as_slice()? else { return None };
        let value = self.values.get(value);
        match &value.kind {
            Kind::Computed { operation: Operation::Function(known), inputs }
                if *known == function && value.bits == result.bits() =>
            {
                let (first, further) = inputs.split_first()?;
                (further == rest).then(|| first.clone())
            }
            _ => None,
        }
    }

    fn bit_by_bit(
        &mut self,
        step: Step,
        operation: Operation,
        first: &Word,
        rest: &[Word],
        bits: u16,
    ) -> Word {
        rest.iter().fold(first.zero_extend(bits), |word, input| {
            self.values.bitwise(operation, &word, &input.at_width(bits), step.site)
        })
    }

    /// The low half of a product.
    fn product(&mut self, step: Step, one: &Word, other: &Word) -> Word {
        let bits = one.bits();
        match (one.as_constant(), other.as_constant()) {
            (Some(left), Some(right)) => {
                Word::constant(left.wrapping_mul(right) & low_mask(bits), bits)
            }
            (Some(0), _) | (_, Some(0)) => Word::zeros(bits),
            (Some(1), _) => other.clone(),
            (_, Some(1)) => one.clone(),
            (Some(power), _) if power.is_power_of_two() => {
                shift_left(other, u16::try_from(power.trailing_zeros()).unwrap_or(0))
            }
            (_, Some(power)) if power.is_power_of_two() => {
                shift_left(one, u16::try_from(power.trailing_zeros()).unwrap_or(0))
            }
            _ => {
                let mut inputs = vec![one.clone(), other.clone()];
                inputs.sort_by_key(|input| self.values.digest(input));
                self.values.computed(Operation::Multiply, inputs, bits, step.site)
            }
        }
    }

    fn shifted(&mut self, step: Step, how: &Effective, word: &Word, amount: &Word) -> Word {
        let bits = word.bits();
        let Some(amount) = amount.as_constant() else {
            if word.as_constant() == Some(0) {
                return word.clone();
            }
            let inputs = vec![word.clone(), amount.clone()];
            return self.function(step, &format!("{how:?}"), inputs, bits);
        };
        let inside = u16::try_from(amount).ok().filter(|amount| *amount < bits);
        match (how, inside) {
            (Effective::RotateRight, _) => {
                let amount = u16::try_from(amount % u64::from(bits)).unwrap_or(0);
                rotate_left(word, (bits - amount) % bits)
            }
            (Effective::ShiftLeft, Some(amount)) => shift_left(word, amount),
            (Effective::ShiftRight, Some(amount)) => shift_right(word, amount),
            (Effective::ShiftRightSigned, amount) => {
                let amount = amount.unwrap_or(bits - 1);
                let sign = word.slice(bits - 1, 1);
                let above = self.spread(&sign, amount, step.site);
                word.slice(amount, bits - amount).then(&above)
            }
            _ => Word::zeros(bits),
        }
    }

    /// The carry or the signed overflow of a sum of two words and a bit. A difference comes as the
    /// sum of one word, the other's complement, and 1.
    fn carry(&mut self, step: Step, how: &Effective, inputs: [Word; 3]) -> Word {
        let [one, other, carry] = &inputs;
        let bits = one.bits();
        let is_carry = *how == Effective::CarryOfSum;
        let (left, right) = (one.as_constant(), other.as_constant());
        if bits <= 64
            && let (Some(left), Some(right), Some(carry)) = (left, right, carry.as_constant())
        {
            let sum = u128::from(left) + u128::from(right) + u128::from(carry);
            let result = sum as u64 & low_mask(bits);
            let overflow = (left ^ result) & (right ^ result);
            return bit(if is_carry {
                sum >> bits & 1 == 1
            } else {
                overflow >> (bits - 1) & 1 == 1
            });
        }
        let subtracts = carry.as_constant() == Some(1);
        if subtracts {
            let subtrahend = self.values.not(other, step.site);
            // Nothing is borrowed from equal words, nor where nothing is taken.
            if subtrahend == *one || subtrahend.as_constant() == Some(0) {
                return bit(is_carry);
            }
            if is_carry {
                // There is a carry where nothing is borrowed.
                let less = self.compare(step, &Effective::Less, [one.clone(), subtrahend]);
                return self.values.not(&less, step.site);
            }
        }
        if carry.as_constant() == Some(0) && (left == Some(0) || right == Some(0)) {
            return bit(false);
        }
        // A value of 0 or 1 plus all ones carries exactly where it is 1: the usual way to bring a
        // carry back that was saved as a number.
        if is_carry && carry.as_constant() == Some(0) {
            for (word, step) in [(one, right), (other, left)] {
                let (mask, ones) = word.known();
                let is_bit = bits <= 64 && (mask | 1) == low_mask(bits) && ones == 0;
                if is_bit && step == Some(low_mask(bits)) {
                    return word.slice(0, 1);
                }
            }
        }
        let name = if is_carry { "carry" } else { "overflow" };
        self.function(step, name, inputs.into(), 1)
    }
}

/// The runs between the borders of two words of one width: first bit and length.
fn common_runs(one: &Word, other: &Word) -> Vec<(u16, u16)> {
    let mut borders: Vec<u16> = [one, other]
        .into_iter()
        .flat_map(|word| word.runs().map(|(start, _)| start))
        .chain([one.bits()])
        .collect();
    // Constants are taken apart where 0 and 1 differ in the lowest bit alone.
    if one.bits() > 1 {
        borders.push(1);
    }
    borders.sort_unstable();
    borders.dedup();
    borders.windows(2).map(|pair| (pair[0], pair[1] - pair[0])).collect()
}
