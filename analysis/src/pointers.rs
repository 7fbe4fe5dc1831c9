//! Which operand a memory access goes through, and how far from what it points at.

use crate::block::{Block, Operand, Pointee, RegisterOperand};
use crate::facts::{Access, Facts, PlaceOfAccess};
use crate::values::{Cell, Kind, Operation, ValueId, Word, arithmetic::signed};

/// The pointer that an access goes by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Through {
    /// The input operand.
    pub operand: usize,
    /// The distance in bytes from where it points, if it is a known number.
    pub offset: Option<i64>,
}

/// The pointer that an access outside the stack goes by, with what is known of its target:
/// `None` where it is no operand, or more than one operand that points.
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
    let Operand::Register(RegisterOperand { input, .. }) = block.operands.get(operand)? else {
        return None;
    };
    input.as_ref()?.pointee.as_ref()
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
