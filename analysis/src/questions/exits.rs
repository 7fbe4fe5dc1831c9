//! What is kept and what is changed at the exits: three answers, never a guess.

use std::ops::Range;

use crate::facts::{Exit, Facts};
use crate::machine::trace::TraceId;
use crate::registers::RegisterPart;
use crate::values::{Cause, Cell, Kind, Site, Source, ValueId, Word};

/// Whether a part of the machine's state is the same at every exit as on entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kept {
    /// At every exit.
    Yes,
    /// Not at this one.
    No(Change),
    /// That cannot be determined.
    Unknown,
}

/// A change that reaches an exit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    /// The instruction that made what is there at the exit.
    pub site: Option<Site>,
    /// The path on which the exit is reached.
    pub trace: TraceId,
    /// The exit, by number.
    pub exit: usize,
}

/// What a word is, compared with what it should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Comparison {
    Same,
    Different(Option<ValueId>),
    Unknown,
}

impl Facts {
    /// Whether bits of a cell are the same at every exit as on entry.
    pub fn kept(&self, cell: Cell, low: u16, bits: u16) -> Kept {
        self.kept_at(|_| true, cell, low, bits)
    }

    /// [`kept`](Self::kept), for a part of a register.
    pub fn register_kept(&self, part: RegisterPart) -> Kept {
        self.kept(Cell::Register(part.register), part.low_bit, part.bits)
    }

    /// [`kept`](Self::kept), at some exits only.
    pub fn kept_at(
        &self,
        mut which: impl FnMut(&Exit) -> bool,
        cell: Cell,
        low: u16,
        bits: u16,
    ) -> Kept {
        let mut answer = Kept::Yes;
        for (number, exit) in self.exits.iter().enumerate() {
            if !which(exit) {
                continue;
            }
            let Some(word) = exit.state.changed(cell) else { continue };
            match self.compare_with_entry(&word.slice(low, bits), cell, low, &mut Vec::new()) {
                Comparison::Same => {}
                Comparison::Unknown => answer = Kept::Unknown,
                Comparison::Different(value) => {
                    // What was loaded or popped was made elsewhere; the rule asks who put it here.
                    let made = value
                        .and_then(|value| self.values.get(value).site)
                        .filter(|&site| self.writes.contains(&(site, cell)));
                    let (low, bits) = self.first_difference(&word.slice(low, bits), cell, low);
                    let last = || self.last_write_before(exit.trace, cell, low, bits);
                    // The stack pointer has each of its values many times: pushes and pops come in
                    // pairs, arithmetic tells what was meant.
                    let moved =
                        (cell == self.stack_pointer()).then(last).flatten().filter(|&site| {
                            self.instruction(site).instruction.pushed_bytes().is_none()
                        });
                    let site = moved.or(made).or_else(last);
                    return Kept::No(Change { site, trace: exit.trace, exit: number });
                }
            }
        }
        answer
    }

    /// The first of a word's runs that differ from the cell's bits at entry, from bit `low` on: its
    /// lowest bit and its width.
    fn first_difference(&self, word: &Word, cell: Cell, low: u16) -> (u16, u16) {
        let differs = |start: u16, bits: u16| {
            let run = word.slice(start, bits);
            let compared = self.compare_with_entry(&run, cell, low + start, &mut Vec::new());
            matches!(compared, Comparison::Different(_))
        };
        let mut runs = word.runs().map(|(start, segment)| (start, segment.bits));
        let found = runs.find(|&(start, bits)| differs(start, bits));
        found.map_or((low, word.bits()), |(start, bits)| (low + start, bits))
    }

    /// What a cell holds at an exit, as far as it was changed; `None` for the entry value.
    pub fn at_exit(&self, exit: &Exit, cell: Cell) -> Option<Word> {
        exit.state.changed(cell)
    }

    /// The bits of a word that are still those of a cell at entry, from bit `low` on, on some
    /// path: bit n of the answer is bit n of the word. Words of more than 64 bits answer for
    /// bytes.
    pub fn untouched_bits(&self, word: &Word, cell: Cell, low: u16) -> u64 {
        let mut runs = Vec::new();
        self.untouched_runs(word, cell, low, &mut Vec::new(), &mut runs);
        let unit = if word.bits() > 64 { 8 } else { 1 };
        let mut untouched = 0;
        for at in runs.into_iter().flatten() {
            untouched |= 1u64.checked_shl(u32::from((at - low) / unit)).unwrap_or(0);
        }
        untouched
    }

    /// [`untouched_bits`](Self::untouched_bits) as ranges of the cell's bits.
    fn untouched_runs(
        &self,
        word: &Word,
        cell: Cell,
        low: u16,
        seen: &mut Vec<(ValueId, u16, u16)>,
        runs: &mut Vec<Range<u16>>,
    ) {
        for (start, segment) in word.runs() {
            let Source::Slice { value, low: from } = segment.source else { continue };
            let at = low + start;
            match &self.values.get(value).kind {
                Kind::Entry(known) if *known == cell && from == at => {
                    runs.push(at..at + segment.bits);
                }
                Kind::Joined { .. } if !self.correlated && !seen.contains(&(value, from, at)) => {
                    seen.push((value, from, at));
                    for alternative in self.values.alternatives(value) {
                        let part = alternative.slice(from, segment.bits);
                        self.untouched_runs(&part, cell, at, seen, runs);
                    }
                }
                _ => {}
            }
        }
    }

    fn compare_with_entry(
        &self,
        word: &Word,
        cell: Cell,
        low: u16,
        seen: &mut Vec<(ValueId, u16)>,
    ) -> Comparison {
        let mut answer = Comparison::Same;
        for (start, segment) in word.runs() {
            let part = match segment.source {
                Source::Slice { value, low: from } => {
                    self.compare_value(value, from, segment.bits, cell, low + start, seen)
                }
                _ => Comparison::Different(None),
            };
            match part {
                Comparison::Same => {}
                Comparison::Unknown => answer = Comparison::Unknown,
                Comparison::Different(_) => return part,
            }
        }
        answer
    }

    fn compare_value(
        &self,
        value: ValueId,
        from: u16,
        bits: u16,
        cell: Cell,
        low: u16,
        seen: &mut Vec<(ValueId, u16)>,
    ) -> Comparison {
        match &self.values.get(value).kind {
            Kind::Entry(known) if *known == cell && from == low => Comparison::Same,
            Kind::Joined { .. } => {
                if seen.contains(&(value, from)) {
                    return Comparison::Same;
                }
                seen.push((value, from));
                let mut answer = Comparison::Same;
                for word in self.values.alternatives(value) {
                    match self.compare_with_entry(&word.slice(from, bits), cell, low, seen) {
                        Comparison::Same => {}
                        Comparison::Unknown => answer = Comparison::Unknown,
                        // Where branches depend on each other, an alternative may belong to a path
                        // that cannot be taken.
                        Comparison::Different(_) if self.correlated => answer = Comparison::Unknown,
                        different => return different,
                    }
                }
                answer
            }
            Kind::Fresh { cause: Cause::Opaque, inputs, .. } => match inputs.first() {
                // It may have been left alone, so it depends on what was there before.
                Some(before) => {
                    match self.compare_with_entry(&before.slice(from, bits), cell, low, seen) {
                        Comparison::Same => Comparison::Unknown,
                        other => other,
                    }
                }
                None => Comparison::Unknown,
            },
            // What cannot be determined is not determined by its distance either.
            Kind::Offset { base, .. }
                if base.values().any(|value| {
                    let is_merged = || !self.values.alternatives(value).is_empty();
                    self.values.is_opaque(value) || self.callers_are_merged && is_merged()
                }) =>
            {
                Comparison::Unknown
            }
            _ => Comparison::Different(Some(value)),
        }
    }

    /// Whether a word is the constant on some path.
    pub fn may_be_constant(&self, word: &Word, constant: u64) -> bool {
        self.may_be_constant_beyond(word, constant, &mut Vec::new())
    }

    fn may_be_constant_beyond(&self, word: &Word, constant: u64, seen: &mut Vec<ValueId>) -> bool {
        if word.as_constant() == Some(constant) {
            return true;
        }
        let Some((value, low)) = word.as_slice() else { return false };
        if self.correlated || seen.contains(&value) {
            return false;
        }
        seen.push(value);
        self.values.alternatives(value).iter().any(|alternative| {
            self.may_be_constant_beyond(&alternative.slice(low, word.bits()), constant, seen)
        })
    }

    /// The last instruction, in the order in which they were first executed, that writes a cell.
    pub fn last_write(&self, cell: Cell) -> Option<Site> {
        self.writes.iter().rev().find(|(_, written)| *written == cell).map(|(site, _)| *site)
    }

    /// The last instruction that writes any of `bits` bits of a cell, from bit `low` on, on the way
    /// to the end of a path; of several ways, on the shortest. For what is not a register,
    /// [`last_write`](Self::last_write).
    pub fn last_write_before(
        &self,
        trace: TraceId,
        cell: Cell,
        low: u16,
        bits: u16,
    ) -> Option<Site> {
        let on_the_way = self.traces.leading_to(trace).into_iter().find_map(|trace| {
            let mut writes = self.writes_on_paths.iter().rev();
            writes.find(|&&(on, site, written)| {
                (on, written) == (trace, cell) && self.writes_part(site, cell, low, bits)
            })
        });
        on_the_way.map(|(_, site, _)| *site).or_else(|| self.last_write(cell))
    }

    /// Whether an instruction that writes a cell may write some bits of it.
    fn writes_part(&self, site: Site, cell: Cell, low: u16, bits: u16) -> bool {
        let written = self.instruction(site).instruction.written_parts();
        let mut parts = written.iter().filter(|part| part.cell == cell).peekable();
        // What a callee or the kernel writes is on no list.
        parts.peek().is_none()
            || parts.any(|part| part.low < low + bits && low < part.low + part.bits)
    }

    /// Every instruction that writes a cell.
    pub fn write_sites(&self, cell: Cell) -> Vec<Site> {
        let mut sites: Vec<Site> = self
            .writes
            .iter()
            .filter(|(_, written)| *written == cell)
            .map(|(site, _)| *site)
            .collect();
        sites.sort();
        sites.dedup();
        sites
    }
}
