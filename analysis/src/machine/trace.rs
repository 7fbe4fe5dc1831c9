//! [`Traces`]: which paths were followed, how they are connected, and which of them reach an exit.

use rustc_hash::FxHashSet;
use smallvec::{SmallVec, smallvec};

use crate::values::Site;

/// A stretch of a path between two places where paths part or meet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TraceId(pub u32);

/// A decision at a branch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Decision {
    /// The branch.
    pub site: Site,
    /// Whether it is taken.
    pub taken: bool,
}

#[derive(Clone, Debug)]
struct Trace {
    /// Nearly all have one, and where paths meet two.
    parents: SmallVec<[TraceId; 2]>,
    decision: Option<Decision>,
    exits: bool,
}

/// All followed paths.
#[derive(Clone, Debug)]
pub struct Traces {
    traces: Vec<Trace>,
    /// The links that [`link`](Self::link) made, so that a place where many paths meet is not
    /// searched for each of them.
    links: FxHashSet<(TraceId, TraceId)>,
}

/// So many traces most blocks have at most.
const FEW: usize = 12;

impl Default for Traces {
    fn default() -> Traces {
        let entry = Trace { parents: SmallVec::new(), decision: None, exits: false };
        let mut traces = Vec::with_capacity(FEW);
        traces.push(entry);
        Traces { traces, links: FxHashSet::default() }
    }
}

impl Traces {
    /// The trace at the block's entry.
    pub const ENTRY: TraceId = TraceId(0);

    /// Opens a trace that continues another.
    pub fn open(&mut self, parent: TraceId, decision: Option<Decision>) -> TraceId {
        let id = TraceId(u32::try_from(self.traces.len()).unwrap_or(u32::MAX));
        self.traces.push(Trace { parents: smallvec![parent], decision, exits: false });
        id
    }

    /// About how many bytes they take.
    pub fn bytes(&self) -> usize {
        self.traces.len() * (size_of::<Trace>() + size_of::<TraceId>())
            + self.links.len() * 2 * size_of::<(TraceId, TraceId)>()
    }

    /// Notes that a path continues as another.
    pub fn link(&mut self, from: TraceId, to: TraceId) {
        let parents = &mut self.traces[to.0 as usize].parents;
        if from != to && parents.first() != Some(&from) && self.links.insert((from, to)) {
            parents.push(from);
        }
    }

    /// Notes that the trace ends in an exit.
    pub fn mark_exit(&mut self, trace: TraceId) {
        self.traces[trace.0 as usize].exits = true;
    }

    /// Spreads [`mark_exit`](Self::mark_exit) backwards; called once all paths are followed.
    pub fn settle(&mut self) {
        let mut work: Vec<TraceId> = (0u32..)
            .zip(&self.traces)
            .filter_map(|(index, trace)| trace.exits.then_some(TraceId(index)))
            .collect();
        while let Some(id) = work.pop() {
            let mut next = 0;
            while let Some(&parent) = self.traces[id.0 as usize].parents.get(next) {
                next += 1;
                let trace = &mut self.traces[parent.0 as usize];
                if !trace.exits {
                    trace.exits = true;
                    work.push(parent);
                }
            }
        }
    }

    /// Whether an exit can be reached from the trace.
    pub fn reaches_exit(&self, trace: TraceId) -> bool {
        self.traces[trace.0 as usize].exits
    }

    /// Whether a path leads to the trace through none of some others; they may contain it.
    pub fn is_reached_without(&self, trace: TraceId, avoided: &[TraceId]) -> bool {
        let mut seen = vec![false; self.traces.len()];
        let avoided: FxHashSet<TraceId> = avoided.iter().copied().collect();
        let mut work = vec![trace];
        while let Some(id) = work.pop() {
            if avoided.contains(&id) || std::mem::replace(&mut seen[id.0 as usize], true) {
                continue;
            }
            if id == Traces::ENTRY {
                return true;
            }
            work.extend(&self.traces[id.0 as usize].parents);
        }
        false
    }

    /// The trace and all that lead to it, the nearest first.
    pub fn leading_to(&self, trace: TraceId) -> Vec<TraceId> {
        let mut seen = vec![false; self.traces.len()];
        let mut found = vec![trace];
        seen[trace.0 as usize] = true;
        let mut next = 0;
        while let Some(&id) = found.get(next) {
            for &parent in &self.traces[id.0 as usize].parents {
                if !std::mem::replace(&mut seen[parent.0 as usize], true) {
                    found.push(parent);
                }
            }
            next += 1;
        }
        found
    }

    /// The traces of one way from the entry to the end of the trace, the last first.
    pub fn one_way_to(&self, trace: TraceId) -> Vec<TraceId> {
        let mut seen = vec![false; self.traces.len()];
        let mut way = Vec::new();
        let mut next = Some(trace);
        while let Some(id) = next
            && !std::mem::replace(&mut seen[id.0 as usize], true)
        {
            way.push(id);
            next = self.traces[id.0 as usize].parents.first().copied();
        }
        way
    }

    /// The traces that the trace continues.
    pub fn parents(&self, trace: TraceId) -> &[TraceId] {
        &self.traces[trace.0 as usize].parents
    }

    /// The traces that continue the trace and no other one.
    pub fn children(&self, trace: TraceId) -> impl Iterator<Item = TraceId> {
        let all = (0u32..).map(TraceId).zip(&self.traces);
        all.filter(move |(_, child)| *child.parents == [trace]).map(|(id, _)| id)
    }

    /// The traces at which a path comes round to where it was.
    pub fn loops(&self) -> Vec<TraceId> {
        let all = (0u32..).map(TraceId).zip(&self.traces);
        let comes_round = all.filter(|(id, trace)| trace.parents.iter().any(|parent| parent > id));
        comes_round.map(|(id, _)| id).collect()
    }

    /// The decision with which the trace begins, if it does with one.
    pub fn decision(&self, trace: TraceId) -> Option<Decision> {
        self.traces[trace.0 as usize].decision
    }

    /// The decisions that lead to the trace, first one first, along one path.
    pub fn decisions(&self, trace: TraceId) -> Vec<Decision> {
        let mut decisions = Vec::new();
        let mut at = Some(trace);
        let mut left = self.traces.len();
        while let Some(id) = at
            && left > 0
        {
            let trace = &self.traces[id.0 as usize];
            decisions.extend(trace.decision);
            at = trace.parents.first().copied();
            left -= 1;
        }
        decisions.reverse();
        decisions
    }
}
