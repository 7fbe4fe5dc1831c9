//! [`Walks`]: what counted loops access, as runs of memory relative to operands.
//!
//! Made from [`crate::questions::loops`] once for a block, asked by its needs and by its lines.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Names;
use super::formula::{Formula, Operator, Reader, Shape};
use super::text;
use crate::facts::{Access, PlaceOfAccess};
use crate::questions::linear::Sum;
use crate::questions::loops::{Counted, Stepping, Times, counted_loops};
use crate::values::{Site, arithmetic::signed};

/// The counted loops of a block, and what they access.
#[derive(Clone, Default, Debug)]
pub(super) struct Walks {
    pub(super) loops: Vec<Counted>,
    pub(super) runs: Vec<Run>,
    /// Of each instruction that moves on from pass to pass the accesses of the first pass, each with
    /// that of the second one, as numbers among all accesses.
    steps: FxHashMap<Site, Vec<(usize, usize)>>,
    /// The instructions whose accesses are all in `runs`.
    told: FxHashSet<Site>,
}

/// What a counted loop accesses relative to an operand.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// The loop, by number.
    pub(super) of_loop: usize,
    /// The operand.
    pub(super) operand: usize,
    /// Whether memory is read, and whether it is written.
    pub(super) kind: (bool, bool),
    /// The distance of the lowest byte from where the operand points.
    pub(super) offset: i64,
    /// How many bytes in a row are accessed in each pass.
    pub(super) bytes: u64,
    /// How far apart those of two passes are.
    pub(super) stride: u64,
    /// How often.
    pub(super) times: Times,
    /// The first accesses, by number.
    pub(super) accesses: Vec<usize>,
}

impl Walks {
    /// Those of a block. `accesses` are the numbers of the accesses of each instruction.
    pub(super) fn of(reader: &Reader<'_>, accesses: &[Vec<usize>]) -> Walks {
        let facts = reader.facts;
        let mut walks = Walks { loops: counted_loops(facts), ..Walks::default() };
        for number in 0..walks.loops.len() {
            let counted = walks.loops[number].clone();
            let mut found: Vec<Run> = Vec::new();
            for (position, site) in counted.sites().iter().enumerate() {
                let numbers = &accesses[site.0 as usize];
                let of_site: Vec<&Access> =
                    numbers.iter().map(|number| &facts.accesses[*number]).collect();
                let Some(stepping) = counted.stepping(facts, position, &of_site) else { continue };
                let second = numbers.iter().skip(stepping.len());
                let pairs = numbers.iter().zip(second).take(stepping.len());
                let steps = walks.steps.entry(*site).or_default();
                steps.extend(pairs.map(|(first, second)| (*first, *second)));
                let runs = stepping.iter().zip(numbers).map(|(step, access)| {
                    let run = run(reader, step)?;
                    Some(Run { of_loop: number, accesses: vec![*access], ..run })
                });
                let Some(runs) = runs.collect::<Option<Vec<Run>>>() else { continue };
                if !runs.is_empty() {
                    walks.told.insert(*site);
                    found.extend(runs);
                }
            }
            walks.runs.extend(joined(found));
        }
        walks
    }

    /// Whether all accesses of an instruction are part of runs.
    pub(super) fn tells(&self, site: Site) -> bool {
        self.told.contains(&site)
    }

    /// Of the accesses of an instruction that moves on from pass to pass, those of the first pass, each
    /// with that of the second one; as numbers. Empty for every other instruction.
    pub(super) fn steps(&self, site: Site) -> impl Iterator<Item = (usize, usize)> {
        self.steps.get(&site).into_iter().flatten().copied()
    }
}

impl Run {
    /// How many bytes an element has, and how many elements there are.
    pub(super) fn elements(&self, reader: &Reader<'_>, names: &Names) -> (u64, String) {
        let Times { of, by } = &self.times;
        match self.bytes == self.stride && self.bytes.is_multiple_of(*by) {
            true => (self.bytes / by, sum(reader, names, of)),
            false if *by == 1 => (self.bytes, sum(reader, names, of)),
            false => (self.bytes, format!("({} / {by})", sum(reader, names, of))),
        }
    }
}

/// What an access of a loop is relative to an operand.
fn run(reader: &Reader<'_>, step: &Stepping<'_>) -> Option<Run> {
    let Stepping { first, lowest, stride, times } = step;
    let is_plain = first.place == PlaceOfAccess::Outside && first.segment.is_none();
    let [(1, base)] = &lowest.terms[..] else { return None };
    let Shape::Input(operand) = reader.formula(base).shape else { return None };
    let are_known = times.of.terms.iter().all(|(_, word)| reader.formula(word).is_known());
    (is_plain && *stride > 0 && !first.conditional && are_known).then_some(())?;
    Some(Run {
        of_loop: 0,
        operand,
        kind: (first.kind.reads(), first.kind.writes()),
        offset: lowest.signed_number(),
        bytes: first.bytes?,
        stride: *stride,
        times: times.clone(),
        accesses: Vec::new(),
    })
}

/// Runs next to each other as one.
fn joined(mut runs: Vec<Run>) -> Vec<Run> {
    runs.sort_by_key(|run| (run.operand, run.kind, run.stride, run.offset, run.bytes));
    let mut joined: Vec<Run> = Vec::new();
    for run in runs {
        let end = |run: &Run| run.offset.saturating_add_unsigned(run.bytes);
        match joined.last_mut() {
            Some(last)
                if (last.operand, last.kind, last.stride, &last.times)
                    == (run.operand, run.kind, run.stride, &run.times)
                    && run.offset <= end(last) =>
            {
                last.bytes = end(last).max(end(&run)).abs_diff(last.offset);
                last.accesses.extend(run.accesses);
            }
            _ => joined.push(run),
        }
    }
    joined
}

/// A sum of inputs as a text that can be a factor.
pub(super) fn sum(reader: &Reader<'_>, names: &Names, sum: &Sum) -> String {
    let number = |number: u64| Formula { bits: sum.bits, shape: Shape::Number(number.into()) };
    let apply = |operator, one: Formula, other: Formula| Formula {
        bits: sum.bits,
        shape: Shape::Binary(operator, Box::new(one), Box::new(other)),
    };
    // What is subtracted comes after what it is subtracted from.
    let mut terms: Vec<(i64, Formula)> = sum
        .terms
        .iter()
        .map(|(factor, word)| (signed(*factor, sum.bits), reader.formula(word)))
        .collect();
    if sum.number != 0 {
        terms.push((
            if sum.signed_number() < 0 { -1 } else { 1 },
            number(sum.signed_number().unsigned_abs()),
        ));
    }
    terms.sort_by_key(|(factor, _)| *factor < 0);
    let written = terms.into_iter().fold(None, |written: Option<Formula>, (factor, term)| {
        let term = match factor.unsigned_abs() {
            1 => term,
            times => apply(Operator::Multiply, number(times), term),
        };
        Some(match written {
            None if factor > 0 => term,
            written => {
                let operator = if factor < 0 { Operator::Subtract } else { Operator::Add };
                apply(operator, written.unwrap_or_else(|| number(0)), term)
            }
        })
    });
    text::factor(&written.unwrap_or_else(|| number(0)), names)
}
