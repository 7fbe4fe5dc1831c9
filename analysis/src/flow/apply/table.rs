//! Jumps through a table in the block's own code: `tbb`, `tbh`, a load into the program counter.
//!
//! Such a jump goes to one of several places where the path bounds the index: by a mask, or by an
//! earlier comparison. Without a bound it stays a jump to an address computed at run time.

use smallvec::smallvec;

use super::{Loaded, expression};
use crate::effects::{self, Effect, Effects, Target};
use crate::machine::code::{CodeAddress, Literal};
use crate::machine::functions::number;
use crate::machine::state::State;
use crate::machine::{Machine, Step};
use crate::values::{Kind, Operation, Source, ValueId, Word, low_mask};

/// A table with more entries is not followed: an index of one byte reaches so far.
const ENTRIES: u64 = 256;

/// How deep a condition is taken apart for what it says about the index.
const DEPTH: usize = 8;

/// An address in a table: where it starts, and the value that selects the entry.
struct Indexed {
    table: CodeAddress,
    index: ValueId,
    /// How many low bits of the value select.
    bits: u16,
    /// By how many bits it is shifted left.
    shift: u16,
}

/// One of the numbers that the low bits of a value may be.
#[derive(Clone, Copy)]
struct Entry {
    value: ValueId,
    /// How many low bits of the value are known.
    bits: u16,
    /// What they are.
    number: u64,
}

/// Something that is known of the low bits of a value.
#[derive(Clone, Copy)]
struct Bound {
    /// They are less than this.
    below: u64,
    /// How many they are.
    bits: u16,
}

impl Machine<'_> {
    /// Where a jump by a table of the block may go, and the word of the entry's address; `None` where the
    /// instruction is none, the table is not in the block, or the index is not bounded.
    pub(super) fn table_targets(
        &mut self,
        state: &mut State,
        step: Step,
        effects: &Effects,
    ) -> Option<(Vec<CodeAddress>, Word)> {
        let effects::Next::Jump(Target::Computed(target)) = &effects.next else { return None };
        let mut loads = effects.list.iter().filter_map(|effect| match effect {
            Effect::Load(access) => Some(access),
            _ => None,
        });
        let (Some(access), None) = (loads.next(), loads.next()) else { return None };
        let bytes = access.bytes?;
        let address = self.value(state, step, &Loaded::default(), &access.address);
        let Indexed { table, index, bits, shift } = self.indexed(&address)?;
        let mut targets = Vec::new();
        for entry in self.entries(state, index, bits)? {
            let offset = table.offset.checked_add(entry << shift)?;
            let literal = self.code.literal(CodeAddress { offset, ..table }, bytes)?;
            let width = u16::try_from(bytes * 8).ok()?;
            let words = smallvec![match literal {
                Literal::Number(number) => expression::constant(number, width),
                Literal::Place(place) => self.place_word(step.site, &place).zero_extend(width),
            }];
            let loaded = Loaded { words, ..Loaded::default() };
            let word = self.value(state, step, &loaded, target);
            let (base, distance) = self.values.split_offset(&word);
            let CodeAddress { section, offset } = self.code_address(&base)?;
            // The lowest bit distinguishes instruction sets.
            let offset = offset.wrapping_add(distance) & low_mask(word.bits()) & !1;
            targets.push(CodeAddress { section, offset });
        }
        targets.sort_unstable();
        targets.dedup();
        Some((targets, address))
    }

    /// A place in the block's own code plus a value, if the address is that.
    fn indexed(&self, address: &Word) -> Option<Indexed> {
        let (sum, distance) = self.values.split_offset(address);
        let (sum, 0) = sum.as_slice()? else { return None };
        let Kind::Computed { operation: Operation::Add, inputs } = &self.values.get(sum).kind
        else {
            return None;
        };
        let [one, other] = &**inputs else { return None };
        let (table, selects) = match (self.code_address(one), self.code_address(other)) {
            (Some(table), None) => (table, other),
            (None, Some(table)) => (table, one),
            _ => return None,
        };
        let (mut found, mut at) = (None, 0);
        for segment in selects.segments() {
            match segment.source {
                Source::Zeros => {}
                Source::Slice { value, low: 0 } if found.is_none() => {
                    found = Some((value, segment.bits, at));
                }
                _ => return None,
            }
            at += segment.bits;
        }
        let (index, bits, shift) = found?;
        let offset = table.offset.wrapping_add(distance) & low_mask(address.bits());
        let table = CodeAddress { offset, ..table };
        Some(Indexed { table, index, bits, shift })
    }

    /// What the low bits of a value may be on this path, as an index.
    fn entries(&self, state: &State, index: ValueId, bits: u16) -> Option<Vec<u64>> {
        let of_width = if bits < 64 { 1 << bits } else { u64::MAX };
        let bounds = state.assumptions.iter().filter_map(|(condition, answer)| {
            let [bit] = &condition.words[..] else { return None };
            let bound = self.bound(bit, *answer, index)?;
            // Of more bits than select, where the others are 0 then.
            (bound.bits >= bits && bound.below <= of_width).then_some(bound)
        });
        let of_index = Bound { below: of_width, bits };
        let bound = bounds.min_by_key(|bound| bound.below).unwrap_or(of_index);
        if bound.below > ENTRIES {
            return None;
        }
        let is_possible = |number: &u64| {
            let entry = Entry { value: index, bits: bound.bits, number: *number };
            state.assumptions.iter().all(|(condition, answer)| {
                let [bit] = &condition.words[..] else { return true };
                let found = self.number_of(bit, entry, DEPTH);
                found.is_none_or(|found| (found & 1 == 1) == *answer)
            })
        };
        Some((0..bound.below).filter(is_possible).collect())
    }

    /// What a bit says about a value where it is as said: it is below a number, or neither above nor
    /// equal to it.
    fn bound(&self, bit: &Word, answer: bool, index: ValueId) -> Option<Bound> {
        let (value, 0) = bit.as_slice()? else { return None };
        let Kind::Computed { operation, inputs } = &self.values.get(value).kind else {
            return None;
        };
        match (operation, &**inputs, answer) {
            (Operation::Not, [inner], _) => self.bound(inner, !answer, index),
            (Operation::Function(function), [left, right], true)
                if *function == number("less") && left.as_slice() == Some((index, 0)) =>
            {
                Some(Bound { below: right.as_constant()?, bits: left.bits() })
            }
            // What is not above and unequal is less or equal.
            (Operation::And, [one, other], false) => {
                [(one, other), (other, one)].into_iter().find_map(|(above, unequal)| {
                    let Bound { below, bits } = self.bound(above, false, index)?;
                    let equal = Entry { value: index, bits, number: below };
                    let below = below.checked_add(1)?;
                    self.is_unequal(unequal, equal).then_some(Bound { below, bits })
                })
            }
            _ => None,
        }
    }

    /// Whether a bit says that a value is not an entry's: that their difference is not 0.
    fn is_unequal(&self, bit: &Word, entry: Entry) -> bool {
        let computed = |word: &Word| match word.as_slice() {
            Some((value, 0)) => Some(&self.values.get(value).kind),
            _ => None,
        };
        let Some(Kind::Computed { operation: Operation::Not, inputs }) = computed(bit) else {
            return false;
        };
        let [is_zero] = &**inputs else { return false };
        let Some(Kind::Computed { operation: Operation::Function(function), inputs }) =
            computed(is_zero)
        else {
            return false;
        };
        let [difference] = &**inputs else { return false };
        let (base, distance) = self.values.split_offset(difference);
        *function == number("is zero")
            && base.as_slice() == Some((entry.value, 0))
            && base.bits() == entry.bits
            && entry.number.wrapping_add(distance) & low_mask(entry.bits) == 0
    }

    /// What a word is for an entry, as far as that decides it.
    fn number_of(&self, word: &Word, entry: Entry, depth: usize) -> Option<u64> {
        if word.bits() > 64 {
            return None;
        }
        let (mut result, mut at) = (0, 0);
        for segment in word.segments() {
            let mask = low_mask(segment.bits);
            let bits = match segment.source {
                Source::Zeros => 0,
                Source::Ones => mask,
                Source::Constant(constant) => constant.get() & mask,
                Source::Slice { value, low } if value == entry.value => {
                    let is_known = low + segment.bits <= entry.bits;
                    is_known.then(|| entry.number.checked_shr(low.into()))?? & mask
                }
                Source::Slice { value, low } => {
                    self.value_number(value, entry, depth)?.checked_shr(low.into())? & mask
                }
            };
            result |= bits << at;
            at += segment.bits;
        }
        Some(result)
    }

    fn value_number(&self, value: ValueId, entry: Entry, depth: usize) -> Option<u64> {
        let depth = depth.checked_sub(1)?;
        let input = |word: &Word| self.number_of(word, entry, depth);
        match &self.values.get(value).kind {
            Kind::Offset { base, addend } => {
                Some(input(base)?.wrapping_add(*addend) & low_mask(base.bits()))
            }
            Kind::Computed { operation, inputs } => match (operation, &**inputs) {
                (Operation::Not, [word]) => Some(!input(word)? & low_mask(word.bits())),
                (Operation::And, [one, other]) => Some(input(one)? & input(other)?),
                (Operation::Or, [one, other]) => Some(input(one)? | input(other)?),
                (Operation::Function(function), [word]) if *function == number("is zero") => {
                    Some(u64::from(input(word)? == 0))
                }
                (Operation::Function(function), [one, other]) if *function == number("less") => {
                    Some(u64::from(input(one)? < input(other)?))
                }
                _ => None,
            },
            _ => None,
        }
    }
}
