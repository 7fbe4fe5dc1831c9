//! Which operand a memory access goes through, and how far from what it points at.

use crate::block::{Block, Operand, Pointee};
use crate::facts::{Access, Facts, PlaceOfAccess};
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
            let mut operands = Vec::new();
            summands(block, facts, &base, &mut operands, &mut Vec::new());
            let [operand] = operands[..] else { return None };
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
    1 << certain_zeros(facts, address, &mut Vec::new()).unwrap_or(0).min(63)
}

/// How many low bits of a word are certainly 0; `None` where it only comes back to a value that
/// is being asked about already.
fn certain_zeros(facts: &Facts, word: &Word, seen: &mut Vec<ValueId>) -> Option<u16> {
    let bits = word.bits();
    let (start, segment) = word
        .runs()
        .find(|(_, segment)| segment.source != Source::Zeros)
        .unwrap_or((bits, Segment { bits: 0, source: Source::Zeros }));
    let of_segment = match segment.source {
        Source::Constant(value) => u16::try_from(value.get().trailing_zeros()).unwrap_or(0),
        Source::Slice { value, low: 0 } => zeros_of_value(facts, value, seen)?,
        _ => 0,
    };
    Some(start + of_segment.min(segment.bits))
}

fn zeros_of_value(facts: &Facts, value: ValueId, seen: &mut Vec<ValueId>) -> Option<u16> {
    match &facts.values.get(value).kind {
        Kind::Offset { base, addend } => {
            let of_addend = u16::try_from(addend.trailing_zeros()).unwrap_or(0);
            // Past a value that comes back to itself, the step alone counts.
            Some(certain_zeros(facts, base, seen).map_or(of_addend, |zeros| zeros.min(of_addend)))
        }
        Kind::Computed { operation: Operation::Add | Operation::Subtract, inputs } => {
            least(facts, inputs, seen)
        }
        Kind::Joined { .. } => {
            if seen.contains(&value) {
                return None;
            }
            seen.push(value);
            let zeros = least(facts, facts.values.alternatives(value), seen);
            seen.pop();
            zeros
        }
        _ => Some(0),
    }
}

fn least(facts: &Facts, words: &[Word], seen: &mut Vec<ValueId>) -> Option<u16> {
    words.iter().filter_map(|word| certain_zeros(facts, word, seen)).min()
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

/// Collects the operands that point among what a word is the sum of.
fn summands(
    block: &Block,
    facts: &Facts,
    word: &Word,
    operands: &mut Vec<usize>,
    seen: &mut Vec<ValueId>,
) {
    for value in word.values() {
        if seen.contains(&value) {
            continue;
        }
        seen.push(value);
        match &facts.values.get(value).kind {
            Kind::Entry(_) => {
                if let Some(operand) = pointer_value(block, facts, value)
                    && !operands.contains(&operand)
                {
                    operands.push(operand);
                }
            }
            Kind::Offset { base, .. } => summands(block, facts, base, operands, seen),
            Kind::Computed { operation: Operation::Add, inputs } => {
                inputs.iter().for_each(|input| summands(block, facts, input, operands, seen));
            }
            Kind::Computed { operation: Operation::Subtract, inputs } => {
                inputs
                    .iter()
                    .take(1)
                    .for_each(|input| summands(block, facts, input, operands, seen));
            }
            Kind::Joined { .. } => {
                let alternatives = facts.values.alternatives(value);
                alternatives.iter().for_each(|word| summands(block, facts, word, operands, seen));
            }
            // A pointer that was loaded, or made in some other way, is another one.
            _ => operands.push(usize::MAX),
        }
    }
}
