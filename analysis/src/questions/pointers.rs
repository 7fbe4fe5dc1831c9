//! Which operand a memory access goes through, and how far from what it points at.

use crate::block::{Block, Operand, Pointee};
use crate::facts::{Access, Facts, PlaceOfAccess, Summands};
use crate::substitute::operand_of_symbol;
use crate::values::{Cell, Kind, Operation, Segment, Source, ValueId, Word, arithmetic::signed};

/// The pointer that an access goes by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Through {
    /// The input operand, or the `sym` of a static.
    pub operand: usize,
    /// The distance in bytes from where it points, if it is a known number.
    pub offset: Option<i64>,
}

/// The pointer that an access outside the stack goes by, with what is known about its target:
/// `None` where it is not an operand, or more than one operand that points.
pub fn through<'block>(
    block: &'block Block,
    facts: &Facts,
    access: &Access,
) -> Option<(Through, &'block Pointee)> {
    if access.place != PlaceOfAccess::Outside || access.segment.is_some() {
        return None;
    }
    let (base, addend) = facts.values.split_offset(&access.address);
    let through = match pointer(block, facts, &base) {
        _ if let Some((operand, offset)) = static_operand(facts, &access.address) => {
            Through { operand, offset: Some(offset) }
        }
        Some(operand) => Through { operand, offset: Some(signed(addend, base.bits())) },
        None => {
            let summands = facts.answers.summands.get_or_init(|| summands_of_values(block, facts));
            let Summands::One(operand) = summands_of(summands, &base) else { return None };
            Through { operand, offset: None }
        }
    };
    Some((through, pointee(block, through.operand)?))
}

fn pointee(block: &Block, operand: usize) -> Option<&Pointee> {
    match block.operands.get(operand)? {
        Operand::Register(operand) => operand.input.as_ref()?.pointee.as_ref(),
        Operand::Symbol(symbol) => symbol.target.as_ref(),
        _ => None,
    }
}

/// The `sym` operand whose symbol the address is, and the distance from it.
fn static_operand(facts: &Facts, address: &Word) -> Option<(usize, i64)> {
    let (value, 0) = address.as_slice()? else { return None };
    let Kind::Symbol { symbol, addend } = facts.values.get(value).kind else { return None };
    let name = facts.symbols.get(usize::try_from(symbol).ok()?)?;
    Some((operand_of_symbol(name)?, addend))
}

/// The largest power of two that certainly divides an address by the way it was made in the
/// block: by masks, shifts and steps from there. 1 where nothing is certain.
pub fn certain_alignment(facts: &Facts, address: &Word) -> u64 {
    let known = facts.answers.certain_zeros.get_or_init(|| certain_zeros_of_values(facts));
    1 << certain_zeros(known, address).min(63)
}

/// Not known yet: it only comes back to values that are asked about themselves.
const UNKNOWN: u16 = u16::MAX;

/// How many low bits of each value, by index, are certainly 0. For all at once, as long chains of
/// values would else be followed from each of their ends.
fn certain_zeros_of_values(facts: &Facts) -> Vec<u16> {
    let mut known = vec![UNKNOWN; facts.values.len()];
    settle(&mut known, facts, |known, value| match &facts.values.get(value).kind {
        Kind::Offset { base, addend } => {
            let of_addend = u16::try_from(addend.trailing_zeros()).unwrap_or(0);
            // Past a value that comes back to itself, the step alone counts.
            certain_zeros(known, base).min(of_addend)
        }
        Kind::Computed { operation: Operation::Add | Operation::Subtract, inputs } => {
            least(known, inputs)
        }
        Kind::Joined { .. } => least(known, facts.values.alternatives(value)),
        _ => 0,
    });
    known.iter_mut().filter(|zeros| **zeros == UNKNOWN).for_each(|zeros| *zeros = 0);
    known
}

/// How many low bits of a word are certainly 0.
fn certain_zeros(known: &[u16], word: &Word) -> u16 {
    let bits = word.bits();
    let (start, segment) = word
        .runs()
        .find(|(_, segment)| segment.source != Source::Zeros)
        .unwrap_or((bits, Segment { bits: 0, source: Source::Zeros }));
    let of_segment = match segment.source {
        Source::Constant(value) => u16::try_from(value.get().trailing_zeros()).unwrap_or(0),
        Source::Slice { value, low: 0 } => match known[value.index()] {
            UNKNOWN => return UNKNOWN,
            zeros => zeros,
        },
        _ => 0,
    };
    start + of_segment.min(segment.bits)
}

fn least(known: &[u16], words: &[Word]) -> u16 {
    words.iter().map(|word| certain_zeros(known, word)).min().unwrap_or(UNKNOWN)
}

/// Asks about every value, from the answers so far, until no answer changes any more. Values depend on
/// earlier ones, but for those that are joined in loops, so that few rounds are needed.
fn settle<T: Copy + PartialEq>(
    known: &mut [T],
    facts: &Facts,
    answer: impl Fn(&[T], ValueId) -> T,
) {
    loop {
        let mut is_settled = true;
        for value in facts.values.ids() {
            let now = answer(known, value);
            is_settled &= now == known[value.index()];
            known[value.index()] = now;
        }
        if is_settled {
            return;
        }
    }
}

/// The operand that points, if the word is just its input.
fn pointer(block: &Block, facts: &Facts, word: &Word) -> Option<usize> {
    let (value, 0) = word.as_slice()? else { return None };
    pointer_value(block, facts, value)
}

fn pointer_value(block: &Block, facts: &Facts, value: ValueId) -> Option<usize> {
    let Kind::Entry(cell) = facts.values.get(value).kind else { return None };
    facts.registers.iter().enumerate().find_map(|(operand, part)| {
        let here = part.is_some_and(|part| Cell::Register(part.register) == cell);
        (here && pointee(block, operand).is_some()).then_some(operand)
    })
}

/// The operands that point among what each value, by index, is the sum of.
fn summands_of_values(block: &Block, facts: &Facts) -> Vec<Summands> {
    let mut known = vec![Summands::None; facts.values.len()];
    settle(&mut known, facts, |known, value| match &facts.values.get(value).kind {
        Kind::Entry(_) => pointer_value(block, facts, value).map_or(Summands::None, Summands::One),
        Kind::Offset { base, .. } => summands_of(known, base),
        Kind::Computed { operation: Operation::Add, inputs } => summands_of_all(known, inputs),
        Kind::Computed { operation: Operation::Subtract, inputs } => {
            summands_of_all(known, inputs.get(..1).unwrap_or_default())
        }
        Kind::Joined { .. } => summands_of_all(known, facts.values.alternatives(value)),
        // A pointer that was loaded, or made in some other way, is another one.
        _ => Summands::Other,
    });
    known
}

fn summands_of(known: &[Summands], word: &Word) -> Summands {
    word.values().fold(Summands::None, |all, value| all.and(known[value.index()]))
}

fn summands_of_all(known: &[Summands], words: &[Word]) -> Summands {
    words.iter().fold(Summands::None, |all, word| all.and(summands_of(known, word)))
}

impl Summands {
    /// What is among these or among others.
    fn and(self, other: Summands) -> Summands {
        match (self, other) {
            (Summands::None, only) | (only, Summands::None) => only,
            (one, same) if one == same => one,
            _ => Summands::Other,
        }
    }
}
