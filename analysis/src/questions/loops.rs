//! Counted loops: how often a loop comes round, where that follows from what was there before it.
//!
//! A loop is one that the interpretation merged (`crate::flow`): its first rounds were followed one
//! by one, and one state stands for all the others. Counted is what certainly is: each pass executes
//! the same instructions, and a branch leaves when a word that changes by the same number in each
//! pass is 0. That the word does so is seen in the rounds that were followed, and in the merged state
//! proved for all the others: there a cell holds what it held a pass ago, and a number.
//!
//! A story asks it for the memory that such a loop accesses.

use std::collections::HashMap;

use super::comparison::{Comparison, comparison_of};
use super::linear::Sum;
use super::pointers::certain_alignment;
use crate::facts::{Access, Asked, Facts};
use crate::isa::x86::comparison::Comparison as Flags;
use crate::machine::condition::IS_ZERO;
use crate::machine::trace::TraceId;
use crate::values::{Flag, Kind, Operation, Site, ValueId, Word, arithmetic::signed};

/// A loop whose passes are counted.
#[derive(Clone, Debug)]
pub struct Counted {
    passes: Passes,
    /// The path on which the first pass begins.
    pub entry: TraceId,
    /// The branch that leaves when the count is reached, as a position in [`sites`](Self::sites).
    pub branch: usize,
    /// How often the branch is executed if nothing else leaves the loop.
    pub times: Times,
    /// Whether nothing else leaves it.
    pub is_exact: bool,
    /// What the count must be, so that it is the number of passes.
    pub demands: Demands,
    /// Where the loop is passed by if the count is 0, and only then.
    pub passed_by: Vec<TraceId>,
}

/// A number: a sum divided by a number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Times {
    /// What is divided.
    pub of: Sum,
    /// By what.
    pub by: u64,
}

/// What must hold of what a loop counts.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Demands {
    /// It must not be 0: the loop would then wrap round, or be executed nevertheless.
    pub not_zero: bool,
    /// It must be a multiple of what is taken of it in each pass, or it is never 0.
    pub multiple: bool,
    /// Where it must not be 0: whether the loop would then be executed once, and not wrap round.
    pub runs_once: bool,
}

/// An access that changes by the same number of bytes in each pass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stepping<'f> {
    /// The access of the first pass.
    pub first: &'f Access,
    /// The lowest address that is accessed.
    pub lowest: Sum,
    /// How far apart the addresses of two passes are.
    pub stride: u64,
    /// How often it happens.
    pub times: Times,
}

/// The loops of a block that are counted.
pub fn counted_loops(facts: &Facts) -> Vec<Counted> {
    // What is not followed, or followed with callers mixed, is not counted.
    if !facts.is_complete() || facts.callers_are_merged {
        return Vec::new();
    }
    let heads = facts.traces.loops();
    if heads.is_empty() {
        return Vec::new();
    }
    let mut executions: HashMap<TraceId, Vec<Site>> = HashMap::new();
    let mut executed: HashMap<Site, Vec<usize>> = HashMap::new();
    for (number, (site, trace)) in facts.executions.iter().enumerate() {
        executions.entry(*trace).or_default().push(*site);
        executed.entry(*site).or_default().push(number);
    }
    let mut asked: HashMap<Site, Vec<&Asked>> = HashMap::new();
    for question in &facts.asked {
        asked.entry(question.site).or_default().push(question);
    }
    let search = Search { facts, executions, executed, asked };
    heads.into_iter().filter_map(|head| search.counted(head)).collect()
}

struct Search<'f> {
    facts: &'f Facts,
    /// What is executed on each path.
    executions: HashMap<TraceId, Vec<Site>>,
    /// The executions of each instruction, as positions in [`Facts::executions`].
    executed: HashMap<Site, Vec<usize>>,
    /// What each branch asks.
    asked: HashMap<Site, Vec<&'f Asked>>,
}

impl Search<'_> {
    /// The loop that comes round at the beginning of a path, if it is one way round and counted.
    fn counted(&self, head: TraceId) -> Option<Counted> {
        let traces = &self.facts.traces;
        let (ahead, rounds): (Vec<TraceId>, Vec<TraceId>) =
            traces.parents(head).iter().partition(|parent| **parent < head);
        let [before] = ahead[..] else { return None };
        // The ways round: of each the last path leads back to the head alone.
        let mut inside = vec![head];
        for round in rounds {
            let mut at = round;
            while at != head {
                let [parent] = traces.parents(at) else { return None };
                inside.push(at);
                at = *parent;
            }
        }
        let executed = |trace: &TraceId| self.executions.get(trace).map_or(&[][..], Vec::as_slice);
        let mut sites: Vec<Site> = inside.iter().flat_map(executed).copied().collect();
        sites.sort();
        sites.dedup();
        let mut executions: Vec<usize> =
            sites.iter().filter_map(|site| self.executed.get(site)).flatten().copied().collect();
        executions.sort_unstable();
        let all = || executions.iter().filter_map(|number| self.facts.executions.get(*number));
        // The rounds that were followed one by one.
        let entry = all().map(|(_, trace)| *trace).min()?;
        let mut at = before;
        while at >= entry {
            inside.push(at);
            match traces.parents(at) {
                [parent] => at = *parent,
                _ => break,
            }
        }
        inside.sort_unstable();
        if !all().all(|(_, trace)| inside.binary_search(trace).is_ok()) {
            return None;
        }
        let executed: Vec<Site> = all().map(|(site, _)| *site).collect();
        let passes = Passes::of_executions(&sites, &executed)?;
        let mut counted: Vec<(usize, Times, Demands)> = Vec::new();
        let mut exits = 0;
        for (position, site) in passes.sites.iter().enumerate() {
            let decided = inside.iter().filter(|trace| **trace > entry);
            let decisions = decided.filter_map(|trace| traces.decision(*trace));
            let mut taken = decisions.filter(|decision| decision.site == *site);
            let Some(stays) = taken.next() else { continue };
            exits += 1;
            let asked: Vec<&Asked> = self.asked(*site).collect();
            if taken.any(|decision| decision.taken != stays.taken)
                || asked.len() != passes.of(position)
            {
                continue;
            }
            if let Some((times, demands)) = self.counts(&asked, stays.taken) {
                counted.push((position, times, demands));
            }
        }
        let [(branch, times, demands)] = &counted[..] else { return None };
        let mut counted = Counted {
            passes,
            entry,
            branch: *branch,
            times: times.clone(),
            is_exact: exits == 1,
            demands: *demands,
            passed_by: Vec::new(),
        };
        self.guard(&mut counted);
        Some(counted)
    }

    /// What a branch asked, each time.
    fn asked(&self, site: Site) -> impl Iterator<Item = &Asked> {
        self.asked.get(&site).into_iter().flatten().copied()
    }

    /// How often a branch is executed that asked this in the passes that were followed.
    fn counts(&self, asked: &[&Asked], taken: bool) -> Option<(Times, Demands)> {
        let differences: Option<Vec<Sum>> = asked
            .iter()
            .map(|asked| {
                let (sum, answer) = is_zero(self.facts, asked)?;
                // It stays while the difference is not 0.
                (answer != (taken != asked.negated)).then_some(sum)
            })
            .collect();
        let Some(differences) = differences else { return self.counts_up(asked, taken) };
        let step = step(self.facts, &differences)?;
        let first = differences.first()?;
        let by = step.unsigned_abs();
        // After k passes the difference is first + k × step, and the first k for which that is 0 is
        // -first / step. The branch is executed once more.
        let of = match step < 0 {
            true => first.plus(&Sum::number(by, first.bits), 1),
            false => Sum::number(by, first.bits).minus(first),
        };
        let [(_, word), rest @ ..] = &of.terms[..] else { return None };
        let is_multiple = rest.is_empty()
            && by.is_power_of_two()
            && of.number.is_multiple_of(by)
            && certain_alignment(self.facts, word).is_multiple_of(by);
        // With a number above 0 added, what wraps round is no count that anybody means.
        let demands = Demands {
            not_zero: of.signed_number() <= 0,
            multiple: by > 1 && !is_multiple,
            runs_once: false,
        };
        (by != 0).then_some((Times { of, by }, demands))
    }

    /// The same for a branch that stays while a count from 0 is below a number: in steps of 1 it does not
    /// miss it.
    fn counts_up(&self, asked: &[&Asked], taken: bool) -> Option<(Times, Demands)> {
        let (mut counts, mut limits) = (Vec::new(), Vec::new());
        for asked in asked {
            let (count, limit, answer) = is_below(self.facts, asked)?;
            if answer != (taken != asked.negated) {
                return None;
            }
            counts.push(count);
            limits.push(limit);
        }
        let (first, limit) = (counts.first()?.constant()?, limits.first()?);
        // What is compared with the limit for the first time is what the count begins with, or 1 more.
        if first > 1
            || step(self.facts, &counts)? != 1
            || step(self.facts, &limits)? != 0
            || limit.terms.is_empty()
        {
            return None;
        }
        let of = limit.plus(&Sum::number(1, limit.bits), 1);
        let of = of.minus(&Sum::number(first, limit.bits));
        let begins_in_any_case = first == 1;
        let demands = Demands {
            not_zero: begins_in_any_case,
            multiple: false,
            runs_once: begins_in_any_case,
        };
        Some((Times { of, by: 1 }, demands))
    }

    /// What a branch before the loop excludes.
    fn guard(&self, counted: &mut Counted) {
        let traces = &self.facts.traces;
        let mut at = counted.entry;
        loop {
            let [parent] = traces.parents(at) else { return };
            if let Some(decision) = traces.decision(at)
                && let Some(asked) = self.asked(decision.site).find(|asked| asked.trace == *parent)
                && let Some((sum, answer)) = is_zero(self.facts, asked)
                && answer != (decision.taken != asked.negated)
                && sum.bits == counted.times.of.bits
            {
                let of = &counted.times.of;
                if sum == *of || sum.times(u64::MAX) == *of {
                    counted.demands.not_zero = false;
                    let others = traces.children(*parent).filter(|child| *child != at);
                    counted.passed_by.extend(others);
                    return;
                }
            }
            at = *parent;
        }
    }
}

/// The passes that were followed.
#[derive(Clone, Debug)]
struct Passes {
    /// The instructions of each.
    sites: Vec<Site>,
    /// How many instructions were executed in all of them.
    executed: usize,
}

impl Passes {
    /// The executions of a loop's instructions as passes, if they come round in the same order each time.
    fn of_executions(sites: &[Site], executed: &[Site]) -> Option<Passes> {
        let (first, _) = executed.split_at_checked(sites.len())?;
        // Where the first pass begins in the middle of the code, the last one ends there.
        let alike = executed.chunks(sites.len()).all(|pass| first.starts_with(pass));
        let mut each = first.to_vec();
        each.sort();
        (alike && each == sites && executed.len() > sites.len())
            .then(|| Passes { sites: first.to_vec(), executed: executed.len() })
    }

    /// How often the instruction at a position was executed.
    fn of(&self, position: usize) -> usize {
        let each = self.sites.len();
        self.executed / each + usize::from(position < self.executed % each)
    }
}

impl Counted {
    /// The instructions of a pass, in order; the first pass begins with the first one.
    pub fn sites(&self) -> &[Site] {
        &self.passes.sites
    }

    /// How often the instruction at a position of a pass is executed.
    pub fn times(&self, position: usize) -> Times {
        let Times { of, by } = self.times.clone();
        match position > self.branch {
            true => Times { of: of.minus(&Sum::number(by, of.bits)), by },
            false => Times { of, by },
        }
    }

    /// The accesses of an instruction of the loop that move on by the same number in each pass.
    /// `accesses` are all that it makes, in the order in which they were found. `None` where one of
    /// them does not.
    pub fn stepping<'f>(
        &self,
        facts: &Facts,
        position: usize,
        accesses: &[&'f Access],
    ) -> Option<Vec<Stepping<'f>>> {
        let passes = self.passes.of(position);
        let each = accesses.len() / passes;
        if accesses.len() != each * passes {
            return None;
        }
        let times = self.times(position);
        let stepping = |number: usize| {
            let of_access: Vec<&&Access> = accesses.iter().skip(number).step_by(each).collect();
            let first = *of_access.first()?;
            let addresses: Option<Vec<Sum>> =
                of_access.iter().map(|access| Sum::of(&facts.values, &access.address)).collect();
            let addresses = addresses?;
            let step = step(facts, &addresses)?;
            let lowest = addresses.first()?;
            let lowest = match step < 0 {
                false => lowest.clone(),
                // Where it begins is the highest: the last one is a pass less than `times` below it.
                true if step.unsigned_abs().is_multiple_of(times.by)
                    && times.of.bits == lowest.bits =>
                {
                    let last = times.of.minus(&Sum::number(times.by, lowest.bits));
                    lowest.minus(&last.times(step.unsigned_abs() / times.by))
                }
                true => return None,
            };
            let stride = step.unsigned_abs();
            Some(Stepping { first, lowest, stride, times: times.clone() })
        };
        (0..each).map(stepping).collect()
    }
}

/// The number by which a word changes from each pass to the next. The first ones are known one by one;
/// the last one is in terms of what any later pass begins with.
fn step(facts: &Facts, passes: &[Sum]) -> Option<i64> {
    let [first, second, ..] = passes else { return None };
    let last = passes.last()?;
    let step = second.minus(first).signed_constant()?;
    let is_before = |word: &Word| first.terms.iter().any(|(_, known)| known == word);
    let mut steps_of_later = 0i64;
    for (factor, word) in &last.terms {
        if !is_before(word) {
            let step = step_of_joined(facts, word, &is_before)?;
            let of_factor = signed(*factor, word.bits());
            steps_of_later = steps_of_later.checked_add(step.checked_mul(of_factor)?)?;
        }
    }
    // What does not change in the loop is the same as before it.
    let known: Vec<&Sum> = passes
        .iter()
        .take_while(|pass| pass.terms.iter().all(|(_, word)| is_before(word)))
        .collect();
    let alike = known
        .iter()
        .zip(known.iter().skip(1))
        .all(|(one, other)| other.minus(one).signed_constant() == Some(step));
    let is_later = last.terms.iter().any(|(_, word)| !is_before(word));
    let expected = if is_later { steps_of_later } else { 0 };
    // In words narrower than 64 bits numbers are equal modulo the width.
    let same = Sum::number(expected.cast_unsigned(), first.bits).signed_constant() == Some(step);
    (alike && same && known.len() >= 2).then_some(step)
}

/// The number by which a word changes in a pass that is what the cell held in one of the passes before:
/// itself a pass ago and this number, or what came of the rounds that were followed one by one.
fn step_of_joined(facts: &Facts, word: &Word, is_before: &impl Fn(&Word) -> bool) -> Option<i64> {
    let joined = |word: &Word| {
        let (value, 0) = word.as_slice()? else { return None };
        matches!(facts.values.get(value).kind, Kind::Joined { .. }).then_some(value)
    };
    let bits = word.bits();
    let mut step = None;
    let mut others: Option<Sum> = None;
    // There may be several places in a pass where paths meet.
    let mut found = vec![(joined(word)?, Sum::number(0, bits))];
    let mut next = 0;
    while let Some((value, distance)) = found.get(next).cloned() {
        next += 1;
        for alternative in facts.values.alternatives(value) {
            let alternative = Sum::of(&facts.values, &alternative.slice(0, bits))?;
            let total = alternative.plus(&distance, 1);
            let inner = match &alternative.terms[..] {
                [(1, inner)] if !is_before(inner) => joined(inner).map(|value| (value, inner)),
                _ => None,
            };
            match inner {
                Some((_, inner)) if inner == word => {
                    let own = signed(total.number, bits);
                    if step.replace(own).is_some_and(|known| known != own) {
                        return None;
                    }
                }
                Some((value, _)) => {
                    let distance = Sum::number(total.number, bits);
                    // It would come round without the word itself.
                    if found.iter().any(|(known, _)| *known == value) {
                        return None;
                    }
                    found.push((value, distance));
                }
                None if let Some(other) = &others => {
                    // What came of the rounds before differs by numbers.
                    total.minus(other).constant()?;
                }
                None => others = Some(total),
            }
        }
    }
    step
}

/// What a branch compares, both unsigned, and whether it asks if the first is less, or if it is not.
fn is_below(facts: &Facts, asked: &Asked) -> Option<(Sum, Sum, bool)> {
    let (value, low, answer) = asked_bit(facts, asked)?;
    let Kind::Computed { operation: Operation::Function(number), inputs } =
        &facts.values.get(value).kind
    else {
        return None;
    };
    let comparison = comparison_of(facts.architecture, *number)?;
    let sum = |word: &Word| Sum::of(&facts.values, word);
    let (left, right) = (inputs.first()?, inputs.get(1)?);
    match comparison {
        Comparison::Flags(Flags::Difference) if low == Flag::Carry as u16 => {
            Some((sum(left)?, sum(right)?, answer))
        }
        Comparison::Less if low == 0 => Some((sum(left)?, sum(right)?, answer)),
        // A difference carries where nothing is borrowed: it is the sum with the complement and 1.
        Comparison::Carry if low == 0 && inputs.get(2)?.as_constant() == Some(1) => {
            let (inverted, 0) = right.as_slice()? else { return None };
            let Kind::Computed { operation: Operation::Not, inputs } =
                &facts.values.get(inverted).kind
            else {
                return None;
            };
            Some((sum(left)?, sum(&inputs.first()?.slice(0, right.bits()))?, !answer))
        }
        _ => None,
    }
}

/// The one bit that a branch asks, as the bit of a value, and whether it asks if that is set.
fn asked_bit(facts: &Facts, asked: &Asked) -> Option<(ValueId, u16, bool)> {
    let words = asked.condition.words.iter();
    let mut bit = words.fold(Word::default(), |all, flag| all.then(flag));
    let mut answer = true;
    while let Some((value, low)) = bit.as_slice()
        && bit.bits() == 1
        && let Kind::Computed { operation: Operation::Not, inputs } = &facts.values.get(value).kind
    {
        bit = inputs.first()?.slice(low, 1);
        answer = !answer;
    }
    let (value, low) = bit.as_slice()?;
    (asked.condition.question != IS_ZERO && bit.bits() == 1).then_some((value, low, answer))
}

/// What a branch compares with 0, and whether it asks if that is 0, or if it is not.
fn is_zero(facts: &Facts, asked: &Asked) -> Option<(Sum, bool)> {
    let condition = &asked.condition;
    if condition.question == IS_ZERO {
        return Some((Sum::of(&facts.values, condition.words.first()?)?, true));
    }
    let (value, low, answer) = asked_bit(facts, asked)?;
    let Kind::Computed { operation: Operation::Function(number), inputs } =
        &facts.values.get(value).kind
    else {
        return None;
    };
    let comparison = comparison_of(facts.architecture, *number)?;
    let zero = match comparison {
        Comparison::Flags(_) => low == Flag::Zero as u16,
        _ => low == 0,
    };
    if !zero {
        return None;
    }
    let left = inputs.first()?;
    let sum = |word: &Word| Sum::of(&facts.values, word);
    let one = Sum::number(1, left.bits());
    let difference = match comparison {
        Comparison::Flags(Flags::Difference) | Comparison::Equal => {
            sum(left)?.minus(&sum(inputs.get(1)?)?)
        }
        Comparison::Flags(Flags::Sum) => sum(left)?.plus(&sum(inputs.get(1)?)?, 1),
        Comparison::Flags(Flags::Increment) => sum(left)?.plus(&one, 1),
        Comparison::Flags(Flags::Decrement) => sum(left)?.minus(&one),
        Comparison::Flags(Flags::And | Flags::Or)
            if inputs.get(1).is_none_or(|other| other == left) =>
        {
            sum(left)?
        }
        Comparison::IsZero => sum(left)?,
        _ => return None,
    };
    Some((difference, answer))
}
