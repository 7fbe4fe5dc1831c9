//! Where paths meet: which of them are followed apart, and which are merged.
//!
//! Used by the [`explorer`](super::explorer) alone.

use std::collections::BTreeMap;

use super::context::Context;
use super::explorer::{Explorer, PATIENCE, Path};
use crate::facts::{DepartureKind, ExitKind};
use crate::machine::code::CodeAddress;
use crate::machine::next::Destination;
use crate::machine::state::State;
use crate::machine::trace::{Decision, TraceId};
use crate::values::Site;

/// How many different states are followed apart at one place.
const EXACT_STATES: usize = 8;

/// The same where a loop comes round: the first rounds show what a loop does, the merged state
/// stands for all others.
const EXACT_ROUNDS: usize = 3;

/// The same if the path there depends only on known values: a loop that counts from one constant to
/// another is followed to its end, if that is not far.
const EXACT_COUNTED: usize = 64;

/// How many instructions such a loop may cost. Those that matter push, pop or step a pointer; a loop
/// that computes takes long, and three iterations show what it does.
const COUNTED_PATIENCE: usize = 4_096;

/// What came to one place so far.
#[derive(Default)]
pub(super) struct Arrivals {
    exact: Vec<(State, TraceId)>,
    /// In a box, since most places have none and there may be a hundred thousand of them.
    merged: Option<Box<Merged>>,
    /// How many instructions had been executed when the first path came.
    since: Option<usize>,
}

/// The state that stands for all that came to a place beyond the exact ones.
pub(super) struct Merged {
    state: State,
    trace: TraceId,
    last: Option<Site>,
    /// Whether it waits to be followed on.
    waiting: bool,
}

/// The paths that wait, by address: what comes first in the code goes first, so that all ways to a
/// place have come together there before the way continues.
#[derive(Default)]
pub(super) struct Work {
    pub(super) waiting: BTreeMap<(CodeAddress, usize), Waiting>,
    count: usize,
}

pub(super) enum Waiting {
    Exact(Box<Path>),
    Merged(Meeting),
}

/// Where paths meet: the place in the code, and the calls that they are in.
pub(super) type Meeting = (CodeAddress, Context);

impl Work {
    fn add(&mut self, address: CodeAddress, waiting: Waiting) {
        self.count += 1;
        self.waiting.insert((address, self.count), waiting);
    }
}

impl Explorer<'_> {
    /// The path that continues next.
    pub(super) fn resume(&mut self) -> Option<Box<Path>> {
        let (_, waiting) = self.work.waiting.pop_first()?;
        match waiting {
            Waiting::Exact(path) => Some(path),
            Waiting::Merged((address, context)) => {
                let merged = self.arrivals.get_mut(&(address, context))?.merged.as_mut()?;
                merged.waiting = false;
                let Merged { state, trace, last, .. } = &**merged;
                self.budget.spend(state.size());
                Some(Box::new(Path {
                    address,
                    context,
                    state: state.clone(),
                    trace: *trace,
                    last: *last,
                    exact: false,
                    counted: false,
                }))
            }
        }
    }

    /// Takes a path to where it jumps.
    pub(super) fn arrive(
        &mut self,
        mut path: Box<Path>,
        destination: Destination,
        decision: Option<Decision>,
    ) {
        if decision.is_some() {
            path.trace = self.machine.traces.open(path.trace, decision);
        }
        let address = match destination {
            Destination::Code(address) => address,
            Destination::Label(operand) => return self.exit(path, ExitKind::Label(operand)),
            Destination::Outside => {
                if let Some(site) = path.last {
                    self.machine.hand_over(&path.state, site);
                    self.leave(site, &path, DepartureKind::Jump);
                }
                return;
            }
        };
        path.address = address;
        let meeting = (address, path.context);
        let patient = self.executed < PATIENCE;
        let round = path.last.is_some_and(|last| self.program.get(last).address >= address);
        let arrivals = self.arrivals.entry(meeting).or_default();
        let since = *arrivals.since.get_or_insert(self.executed);
        let counted = path.counted && self.executed - since < COUNTED_PATIENCE;
        let exact = match (counted, round) {
            (true, _) => EXACT_COUNTED,
            (false, true) => EXACT_ROUNDS,
            (false, false) => EXACT_STATES,
        };
        let size = path.state.size();
        self.budget.spend(size * (1 + arrivals.exact.len()));
        if let Some((_, trace)) =
            arrivals.exact.iter().find(|(known, _)| known.is_same(&path.state))
        {
            return self.machine.traces.link(path.trace, *trace);
        }
        if path.exact && patient && arrivals.exact.len() < exact {
            path.trace = self.machine.traces.open(path.trace, None);
            // At most places one path arrives; a vector that grows by itself has room for four.
            if arrivals.exact.is_empty() {
                arrivals.exact.reserve_exact(1);
            }
            arrivals.exact.push((path.state.clone(), path.trace));
            self.budget.keep(&path.state);
            return self.work.add(address, Waiting::Exact(path));
        }
        let node = merge_number(meeting);
        let merged = match &mut arrivals.merged {
            Some(merged) => {
                self.machine.traces.link(path.trace, merged.trace);
                self.budget.spend(2 * size);
                if !merged.state.join(&path.state, node, &mut self.machine.values) {
                    return;
                }
                merged
            }
            none => {
                path.state.serial = State::merged_serial(node);
                let trace = self.machine.traces.open(path.trace, None);
                self.budget.keep(&path.state);
                none.insert(Box::new(Merged {
                    state: path.state,
                    trace,
                    last: path.last,
                    waiting: false,
                }))
            }
        };
        if !std::mem::replace(&mut merged.waiting, true) {
            self.work.add(address, Waiting::Merged(meeting));
        }
    }
}

/// A number for the place where paths are merged.
fn merge_number((address, context): Meeting) -> u32 {
    (address.offset as u32)
        .wrapping_add(address.section.wrapping_mul(0x9e37_79b1))
        .wrapping_add(context.number().wrapping_mul(0x85eb_ca6b))
}
