//! Whether the stack pointer at an exit is something that the block alone cannot determine.
//!
//! Used by the rule for the stack pointer itself, and for what is popped through it.

use asm_analysis::facts::{Exit, Facts, Use, UseKind};
use asm_analysis::values::arithmetic::signed;
use asm_analysis::values::{Cause, Kind, Operation, ValueId, Word};

/// Whether the stack pointer was loaded from memory, or depends on a number that is known only at
/// run time: it may well be the right one.
pub(crate) fn is_computed_at_run_time(facts: &Facts, exit: &Exit) -> bool {
    let Some(word) = facts.at_exit(exit, facts.stack_pointer()) else { return false };
    if moves_back_by_variable(facts, &word) || moves_back_by_rounds(facts, &word) {
        return true;
    }
    let kind = UseKind::StackPointer;
    let used = Use { site: exit.site, trace: exit.trace, kind, word: word.clone() };
    facts.demand([&used]).origins().iter().any(|origin| {
        match &facts.values.get(origin.value).kind {
            Kind::Fresh { cause: Cause::Load, inputs, .. } => {
                !inputs.first().is_some_and(|address| holds_nothing(facts, address))
            }
            // What was called may have left it there for this.
            Kind::Fresh { cause: Cause::Callee | Cause::Opaque, .. } => true,
            _ => false,
        }
    })
}

/// Whether a load comes from a slot below the stack pointer on entry, where nothing was put: what the
/// block stores there, the analysis knows, so that it would not be a load. Somebody whom the block
/// calls or asks may have written there.
fn holds_nothing(facts: &Facts, address: &Word) -> bool {
    let (base, distance) = facts.values.split_offset(address);
    let is_entry = base.as_slice().is_some_and(|(value, _)| {
        facts.values.get(value).kind == Kind::Entry(facts.stack_pointer())
    });
    is_entry
        && signed(distance, address.bits()) < 0
        && facts.handed_over.is_empty()
        && facts.is_complete()
}

/// Whether a constant was taken from the stack pointer and something variable added: it may be the same.
fn moves_back_by_variable(facts: &Facts, word: &Word) -> bool {
    let (base, addend) = facts.values.split_offset(word);
    let Some((value, 0)) = base.as_slice() else { return false };
    let Kind::Computed { operation: Operation::Add, inputs } = &facts.values.get(value).kind else {
        return false;
    };
    let is_moved = |input: &Word| {
        let (base, addend) = facts.values.split_offset(input);
        let joined = base
            .as_slice()
            .is_some_and(|(value, _)| matches!(facts.values.get(value).kind, Kind::Joined { .. }));
        joined || addend != 0
    };
    (addend != 0 || inputs.iter().any(is_moved))
        && inputs.iter().all(|input| input.as_constant().is_none())
}

/// Whether it was moved in a loop, and is right after some number of rounds.
fn moves_back_by_rounds(facts: &Facts, word: &Word) -> bool {
    let bits = word.bits();
    let mut work = vec![(word.clone(), 0i64)];
    // Places where paths meet, with how far it is at the exit from what it was there.
    let mut met: Vec<(ValueId, i64)> = Vec::new();
    let (mut ends, mut strides) = (Vec::new(), Vec::new());
    while let Some((word, distance)) = work.pop() {
        let (base, addend) = facts.values.split_offset(&word);
        let distance = distance.wrapping_add(signed(addend, bits));
        let Some((value, 0)) = base.as_slice() else { return false };
        match &facts.values.get(value).kind {
            Kind::Entry(cell) if *cell == facts.stack_pointer() => ends.push(distance),
            Kind::Joined { .. } => match met.iter().find(|(known, _)| *known == value) {
                Some((_, before)) => strides.push(distance.wrapping_sub(*before)),
                None => {
                    met.push((value, distance));
                    let ways = facts.values.alternatives(value);
                    work.extend(ways.iter().map(|way| (way.slice(0, bits), distance)));
                }
            },
            _ => return false,
        }
    }
    ends.iter().any(|end| {
        strides.iter().any(|&stride| stride != 0 && end % stride == 0 && -end / stride > 0)
    })
}
