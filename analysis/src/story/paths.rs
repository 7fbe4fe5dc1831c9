//! The paths of a block without loops, as the branches that tell them apart.

use super::Material;
use super::formula::{Formula, Reader};
use super::question::{Question, of_condition};
use crate::facts::{Ending, Exit, ExitKind, MOST_ENDINGS};
use crate::machine::trace::TraceId;
use crate::values::Site;

/// One path from the entry to the end of the block.
pub(super) struct Path<'a> {
    /// Where it ends.
    pub(super) exit: &'a Exit,
    /// What its branches ask, in order, and whether the answer is yes.
    pub(super) decided: Vec<(Question, bool)>,
    /// Its stretches, in order, each with the number of branches before it.
    stretches: Vec<(TraceId, usize)>,
    /// The instructions that it executes, in order.
    sites: Vec<Site>,
}

impl Path<'_> {
    /// How many branches come before a stretch; `None` where it is not of this path.
    pub(super) fn segment(&self, trace: TraceId) -> Option<usize> {
        self.stretches.iter().find(|(own, _)| *own == trace).map(|(_, segment)| *segment)
    }

    /// When the path executes an instruction.
    pub(super) fn position(&self, site: Site) -> Option<usize> {
        self.sites.iter().position(|executed| *executed == site)
    }
}

/// Every path of a block; `None` where some loop, merge or end otherwise than at the end of the block.
pub(super) fn paths<'a>(material: &'a Material<'_>) -> Option<Vec<Path<'a>>> {
    let facts = material.facts;
    let is_plain = facts.departures.is_empty()
        && facts.endings.len() < MOST_ENDINGS
        && facts.exits.iter().all(|exit| exit.kind == ExitKind::End);
    is_plain.then(|| facts.endings.iter().map(|ending| path(material, ending)).collect())?
}

fn path<'a>(material: &'a Material<'_>, ending: &Ending) -> Option<Path<'a>> {
    let facts = material.facts;
    let exit = facts.exits.get(ending.exit)?;
    let mut way = facts.traces.one_way_to(ending.trace);
    if !ending.exact || way.len() != facts.traces.leading_to(ending.trace).len() {
        return None;
    }
    way.reverse();
    let mut branches = 0;
    let mut stretches = Vec::new();
    for trace in way {
        branches += usize::from(facts.traces.decision(trace).is_some());
        stretches.push((trace, branches));
    }
    if branches != ending.decided.len() {
        return None;
    }
    let executed =
        facts.executions.iter().filter(|(_, trace)| stretches.iter().any(|(own, _)| own == trace));
    let sites: Vec<Site> = executed.map(|(site, _)| *site).collect();
    let mut once = sites.clone();
    once.sort();
    once.dedup();
    if once.len() != sites.len() {
        return None;
    }
    let reader = material.reader();
    let decided = ending.decided.iter().map(|(condition, answer)| {
        let mut question = of_condition(&reader, condition)?;
        let answer = *answer != std::mem::take(&mut question.negated);
        Some((question, answer))
    });
    Some(Path { exit, decided: decided.collect::<Option<_>>()?, stretches, sites })
}

/// The paths that give one answer and those that give the other to the question that all of them come to
/// after `level` others; `None` where they ask different questions, or one answer is missing.
pub(super) fn part<'p, 'a>(
    paths: &[&'p Path<'a>],
    level: usize,
) -> Option<(Question, [Vec<&'p Path<'a>>; 2])> {
    let (question, _) = paths.first()?.decided.get(level)?;
    let mut sides = [Vec::new(), Vec::new()];
    for path in paths {
        let (same, answer) = path.decided.get(level)?;
        if same != question {
            return None;
        }
        sides[usize::from(!answer)].push(*path);
    }
    sides.iter().all(|side| !side.is_empty()).then(|| (question.clone(), sides))
}

/// The most paths whose values are put together to one expression: more can't be read.
const MOST_JOINED: usize = 4;

/// What all paths together make of a value that each of them has a formula for.
pub(super) fn joined(
    material: &Material<'_>,
    of: &impl Fn(&Path<'_>, &Reader<'_>) -> Option<Formula>,
) -> Option<Formula> {
    let paths = paths(material).filter(|paths| paths.len() <= MOST_JOINED)?;
    let reader = material.reader();
    join(&paths.iter().collect::<Vec<_>>(), 0, &|path| of(path, &reader))
}

fn join(
    paths: &[&Path<'_>],
    level: usize,
    of: &impl Fn(&Path<'_>) -> Option<Formula>,
) -> Option<Formula> {
    if let [only] = paths
        && only.decided.len() == level
    {
        return of(only).filter(Formula::is_known);
    }
    let (question, [yes, no]) = part(paths, level)?;
    let (yes, no) = (join(&yes, level + 1, of)?, join(&no, level + 1, of)?);
    Some(super::formula::choice(question, yes, no))
}
