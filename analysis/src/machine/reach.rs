//! How far from the entry stack pointer an address may lie that several paths lead to.
//!
//! [`Machine::stack_range`] answers that for one path. Where paths with different stack pointers were
//! merged, the address is any of several, in a loop of any number of them: then only a bound on
//! one side may be left. Used when memory is written, to find what else may have changed.

use std::ops::Range;

use super::state::State;
use super::{Machine, Step};
use crate::values::Word;

/// After so many wider ranges a base is taken to be without bound on the side that grows.
const PATIENCE: u8 = 4;

/// More bases than that are not followed.
const BASES: usize = 64;

/// A range of distances from the entry stack pointer; `i64::MIN` and `i64::MAX` stand for no bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reach {
    /// The lowest.
    pub lowest: i64,
    /// The highest.
    pub highest: i64,
}

impl Reach {
    const NOTHING: Reach = Reach { lowest: i64::MAX, highest: i64::MIN };

    /// The range moved by so many bytes; what has no bound keeps none.
    pub fn moved(self, down: i64, up: i64) -> Reach {
        let step = |bound: i64, by: i64| {
            if matches!(bound, i64::MIN | i64::MAX) { bound } else { bound.saturating_add(by) }
        };
        Reach { lowest: step(self.lowest, down), highest: step(self.highest, up) }
    }

    fn with(self, other: Reach) -> Reach {
        Reach { lowest: self.lowest.min(other.lowest), highest: self.highest.max(other.highest) }
    }

    /// Whether `bytes` bytes somewhere in this range may be among `others` bytes in another.
    fn meets(self, bytes: i64, other: Reach, others: i64) -> bool {
        self.lowest < other.highest.saturating_add(others)
            && other.lowest < self.highest.saturating_add(bytes)
    }
}

impl Machine<'_> {
    /// The range in which the address lies, if every value that it may be comes from the entry
    /// the stack pointer by known steps and alignments.
    pub fn stack_reach(&mut self, word: &Word) -> Option<Reach> {
        let (base, offset) = self.base_and_offset(word);
        let start = Reach { lowest: offset, highest: offset };
        let mut bases = vec![(base, start, 0)];
        let mut work = vec![0];
        let mut reach = Reach::NOTHING;
        while let Some(number) = work.pop() {
            let (base, from, _) = bases.get(number)?.clone();
            if let Some((lowest, highest)) = self.stack_range(&base) {
                reach = reach.with(from.moved(lowest, highest));
                continue;
            }
            let alternatives = match base.as_slice() {
                Some((value, 0)) => self.values.alternatives(value).to_vec(),
                _ => Vec::new(),
            };
            if alternatives.is_empty() {
                return None;
            }
            for alternative in alternatives {
                let (base, offset) = self.base_and_offset(&alternative.slice(0, word.bits()));
                let here = from.moved(offset, offset);
                let Some(at) = bases.iter().position(|(known, ..)| *known == base) else {
                    if bases.len() == BASES {
                        return None;
                    }
                    work.push(bases.len());
                    bases.push((base, here, 0));
                    continue;
                };
                let (_, known, widened) = &mut bases[at];
                let mut wider = known.with(here);
                if wider == *known {
                    continue;
                }
                *widened += 1;
                if *widened > PATIENCE {
                    let unbound = |grown: bool, bound, none| if grown { none } else { bound };
                    wider = Reach {
                        lowest: unbound(wider.lowest < known.lowest, wider.lowest, i64::MIN),
                        highest: unbound(wider.highest > known.highest, wider.highest, i64::MAX),
                    };
                }
                *known = wider;
                work.push(at);
            }
        }
        Some(reach)
    }

    /// Lets go of what memory at other bases is known to hold, where a write of so many bytes at
    /// `base + offset` may have changed it: bases that are bound to the entry stack pointer, by steps
    /// that are known or not. For all others see [`memory`](super::memory).
    pub fn forget_aliases(
        &mut self,
        state: &mut State,
        step: Step,
        base: &Word,
        offset: i64,
        bytes: i64,
    ) {
        if !state.memory.has_other_bases(base) || self.is_surely_elsewhere(base) {
            return;
        }
        let written = self.stack_reach(base).map(|reach| reach.moved(offset, offset));
        if written.is_none() && !self.comes_from_stack(base) {
            return;
        }
        for other in state.memory.other_bases(base) {
            let reach = self.stack_reach(&other);
            let (Some(written), Some(reach)) = (written, reach) else {
                if reach.is_some() || self.comes_from_stack(&other) {
                    state.memory.overlay_at(&other);
                }
                continue;
            };
            let known = state.memory.known_at(&other);
            let met = known.filter(|(at, held)| {
                let length = i64::from(held.bits() / 8);
                reach.moved(*at, *at).meets(length, written, bytes)
            });
            let met: Vec<(i64, Word)> = met.map(|(at, held)| (at, held.clone())).collect();
            self.perhaps_changed(state, step, &other, met);
        }
    }

    /// Lets memory at a base hold what it is known to hold somewhere in a range only perhaps.
    pub fn forget_perhaps(
        &mut self,
        state: &mut State,
        step: Step,
        base: &Word,
        range: Range<i64>,
    ) {
        let known = state.memory.known_at(base);
        let met = known
            .filter(|(at, held)| *at < range.end && range.start < at + i64::from(held.bits() / 8));
        let met = met.map(|(at, held)| (at, held.clone())).collect();
        self.perhaps_changed(state, step, base, met);
    }

    fn perhaps_changed(
        &mut self,
        state: &mut State,
        step: Step,
        base: &Word,
        words: Vec<(i64, Word)>,
    ) {
        for (at, held) in words {
            let word = self.perhaps_kept(state, step, held);
            state.memory.replace(base, at, word);
        }
    }
}
