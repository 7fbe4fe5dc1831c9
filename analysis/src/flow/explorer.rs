//! [`Explorer`]: follows a block's paths, from entry to exits.
//!
//! Paths are followed one by one as long as they are few: each keeps what its branches say, so
//! that a branch which an earlier one has decided is not taken both ways. Where more than
//! [`EXACT_STATES`] different states come to one place, the later ones are merged into one state
//! that stands for them all, up to a fixpoint. So loops end, and long chains of branches stay
//! linear. States are only merged with others of the same callers ([`super::context`]), so that a
//! subroutine of the block returns to where it was called from.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::condition::Question;
use super::context::{Context, Contexts};
use super::diverges;
use super::machine::{Machine, Step};
use super::next::{Destination, Next};
use super::program::{CodeAddress, NoInstruction};
use super::state::State;
use super::trace::{Decision, TraceId, Traces};
use crate::assemble::MachineCode;
use crate::block::{BlockKind, Operand, Output, ValueType};
use crate::facts::{Departure, DepartureKind, DoubtKind, Exit, ExitKind, Facts, Use, UseKind};
use crate::registers::RegisterPart;
use crate::values::{Cell, Site, Word};

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

/// How many instructions are executed before every further state at a place is merged at once.
/// Far more than any block of straight code needs.
const PATIENCE: usize = 200_000;

/// How many instructions are executed at most.
const LIMIT: usize = 4_000_000;

/// How many decisions of earlier branches a path remembers.
const REMEMBERED: usize = 16;

/// What came to one place so far.
#[derive(Default)]
struct Arrivals {
    exact: Vec<(State, TraceId)>,
    merged: Option<Merged>,
    /// How many instructions had been executed when the first path came.
    since: Option<usize>,
}

/// The state that stands for all that came to a place beyond the exact ones.
struct Merged {
    state: State,
    trace: TraceId,
    last: Option<Site>,
    /// Whether it waits to be followed on.
    waiting: bool,
}

/// A path to be followed.
#[derive(Clone)]
struct Path {
    address: CodeAddress,
    /// The calls of the block's own code that it is in.
    context: Context,
    state: State,
    trace: TraceId,
    last: Option<Site>,
    exact: bool,
    /// Whether the last branch had only one way to go.
    counted: bool,
}

/// The paths that wait, by address: what comes first in the code goes first, so that all ways to a
/// place have come together there before the way continues.
#[derive(Default)]
struct Work {
    waiting: BTreeMap<(CodeAddress, usize), Waiting>,
    count: usize,
}

enum Waiting {
    Exact(Box<Path>),
    Merged(Meeting),
}

/// Where paths meet: the place in the code, and the calls that they are in.
type Meeting = (CodeAddress, Context);

impl Work {
    fn add(&mut self, address: CodeAddress, waiting: Waiting) {
        self.count += 1;
        self.waiting.insert((address, self.count), waiting);
    }
}

/// Goes along the paths.
pub struct Explorer<'block> {
    machine: Machine<'block>,
    contexts: Contexts,
    arrivals: FxHashMap<Meeting, Arrivals>,
    work: Work,
    executed: usize,
}

impl<'block> Explorer<'block> {
    /// At the block's entry.
    pub fn new(machine: Machine<'block>) -> Explorer<'block> {
        Explorer {
            machine,
            contexts: Contexts::default(),
            arrivals: FxHashMap::default(),
            work: Work::default(),
            executed: 0,
        }
    }

    /// Follows all paths to their ends.
    pub fn run(
        mut self,
        registers: &[Option<RegisterPart>],
        shared_registers: bool,
        code: &MachineCode,
    ) -> Facts {
        let state = State::entry(self.machine.block.clobbers_x87());
        if code.changes_code_width {
            self.machine.doubt(DoubtKind::InvalidInstruction, None);
        }
        let address = self.machine.program.start();
        let (context, trace) = (Context::ENTRY, Traces::ENTRY);
        self.follow(Path {
            address,
            context,
            state,
            trace,
            last: None,
            exact: true,
            counted: false,
        });
        while let Some((_, waiting)) = self.work.waiting.pop_first() {
            if let Some(path) = self.resume(waiting) {
                self.follow(path);
            }
        }
        let architecture = self.machine.block.target.architecture;
        let Machine { values, program, mut traces, record, .. } = self.machine;
        traces.settle();
        Facts {
            architecture,
            instructions: program.reached(),
            registers: registers.to_vec(),
            symbols: program.symbols().to_vec(),
            values,
            traces,
            accesses: record.accesses,
            uses: record.uses,
            exits: record.exits,
            calls: record.calls,
            handed_over: record.handed_over,
            departures: record.departures,
            stack_uses: record.stack_uses,
            order: record.order,
            executions: record.executions,
            reads: record.reads,
            writes: record.writes,
            writes_on_paths: record.writes_on_paths,
            doubts: record.doubts,
            stack_faults: record.stack_faults,
            trailing_prefix: record.trailing_prefix,
            shared_registers,
            correlated: record.correlated,
            callers_are_merged: record.callers_are_merged,
            is_entered_by_jump: record.is_entered_by_jump,
        }
    }

    fn resume(&mut self, waiting: Waiting) -> Option<Path> {
        match waiting {
            Waiting::Exact(path) => Some(*path),
            Waiting::Merged((address, context)) => {
                let merged = self.arrivals.get_mut(&(address, context))?.merged.as_mut()?;
                merged.waiting = false;
                let Merged { state, trace, last, .. } = merged;
                Some(Path {
                    address,
                    context,
                    state: state.clone(),
                    trace: *trace,
                    last: *last,
                    exact: false,
                    counted: false,
                })
            }
        }
    }

    /// Follows a path until it ends, parts, or comes to a place where others come.
    fn follow(&mut self, mut path: Path) {
        let mut fell_here = false;
        loop {
            if fell_here && self.arrivals.contains_key(&(path.address, path.context)) {
                let destination = Destination::Code(path.address);
                return self.arrive(path, destination, None);
            }
            fell_here = true;
            let site = match self.machine.program.at(path.address) {
                Ok(site) => site,
                Err(why) => return self.no_instruction(path, why),
            };
            self.executed += 1;
            if self.executed > LIMIT {
                return self.machine.doubt(DoubtKind::TooManyPaths, Some(site));
            }
            self.machine.record.executions.push((site, path.trace));
            let acts = self.machine.acts_if(&mut path.state, Step { site, trace: path.trace });
            if let Some(question) = acts
                && !self.goes_into(&mut path, site, question)
            {
                continue;
            }
            let step = Step { site, trace: path.trace };
            let next = self.machine.execute(&mut path.state, step);
            path.last = Some(site);
            path.address = self.machine.program.get(site).behind();
            match next {
                Next::Fall => {}
                Next::Goto(destination) => {
                    if let Destination::Code(address) = destination {
                        path.context = self.contexts.go(path.context, address);
                    }
                    return self.arrive(path, destination, None);
                }
                Next::Call(address) => {
                    // The path is already past the call.
                    match self.contexts.enter(path.context, path.address) {
                        Some(entered) => path.context = entered,
                        None => {
                            // Callers that are merged may have come with different states, so that
                            // what a merged value may be is not proof that it is.
                            self.machine.doubt(DoubtKind::TooManyPaths, path.last);
                            self.machine.record.callers_are_merged = true;
                            self.machine.record.correlated = true;
                        }
                    }
                    return self.arrive(path, Destination::Code(address), None);
                }
                Next::Several(addresses) => {
                    for address in addresses {
                        let mut path = path.clone();
                        path.context = self.contexts.go(path.context, address);
                        self.arrive(path, Destination::Code(address), None);
                    }
                    return;
                }
                Next::Leave(kind) => {
                    self.machine.hand_over(&path.state, site);
                    return self.leave(site, &path, kind);
                }
                Next::Exit(kind) => return self.exit(path, kind),
                Next::Unknown(kind) => {
                    self.machine.doubt(kind, Some(site));
                    return self.depart(site, path.trace, DepartureKind::Unknown);
                }
                Next::Either(other, destination) => {
                    path.counted = false;
                    let mut elsewhere = path.clone();
                    elsewhere.state = *other;
                    self.arrive(elsewhere, destination, Some(Decision { site, taken: true }));
                    let decision = Decision { site, taken: false };
                    path.trace = self.machine.traces.open(path.trace, Some(decision));
                }
                Next::Branch(question, destination) => {
                    self.machine.record.correlated |= question.correlated;
                    path.counted = question.known.is_some();
                    match question.known {
                        Some(true) => return self.arrive(path, destination, None),
                        Some(false) => {}
                        None => {
                            forget_old_decisions(&mut path.state);
                            let mut taken = path.clone();
                            let assumption = |taken: bool| {
                                (question.condition.clone(), taken != question.negated)
                            };
                            taken.state.assumptions.push(assumption(true));
                            path.state.assumptions.push(assumption(false));
                            self.arrive(taken, destination, Some(Decision { site, taken: true }));
                            let decision = Decision { site, taken: false };
                            path.trace = self.machine.traces.open(path.trace, Some(decision));
                        }
                    }
                }
            }
        }
    }

    /// Parts a path at an instruction with a condition: one passes it by, if it may, and the other
    /// executes it. Returns whether this one does.
    fn goes_into(&mut self, path: &mut Path, site: Site, question: Question) -> bool {
        let behind = self.machine.program.get(site).behind();
        self.machine.record.correlated |= question.correlated;
        match question.known {
            Some(true) => true,
            Some(false) => {
                path.last = Some(site);
                path.address = behind;
                false
            }
            None => {
                path.counted = false;
                forget_old_decisions(&mut path.state);
                let assumption =
                    |acts: bool| (question.condition.clone(), acts != question.negated);
                let mut passing = path.clone();
                passing.last = Some(site);
                passing.state.assumptions.push(assumption(false));
                path.state.assumptions.push(assumption(true));
                let decision = Decision { site, taken: false };
                self.arrive(passing, Destination::Code(behind), Some(decision));
                let decision = Decision { site, taken: true };
                path.trace = self.machine.traces.open(path.trace, Some(decision));
                true
            }
        }
    }

    /// Leaves the block, for good as far as is known: code that receives an address of the block's code
    /// may return to it, in an unknown state.
    fn leave(&mut self, site: Site, path: &Path, kind: DepartureKind) {
        let by_address = matches!(
            kind,
            DepartureKind::Jump | DepartureKind::Return | DepartureKind::FrameReturn
        );
        let promised = self.machine.block.options.noreturn;
        if by_address && !promised && self.machine.leaves_own_address(&path.state) {
            self.machine.doubt(DoubtKind::MayComeBack, Some(site));
            return self.depart(site, path.trace, DepartureKind::Unknown);
        }
        self.depart(site, path.trace, kind);
    }

    fn depart(&mut self, site: Site, trace: TraceId, kind: DepartureKind) {
        let departure = Departure { site, trace, kind };
        if !self.machine.record.departures.contains(&departure) {
            self.machine.record.departures.push(departure);
        }
    }

    fn no_instruction(&mut self, path: Path, why: NoInstruction) {
        let doubt = match why {
            NoInstruction::End => return self.exit(path, ExitKind::End),
            NoInstruction::TrailingPrefix => {
                let CodeAddress { section, offset } = path.address;
                self.machine.record.trailing_prefix = Some((section, offset));
                // The prefix itself changes nothing here: it affects what is after the block.
                return self.exit(path, ExitKind::End);
            }
            NoInstruction::Invalid => DoubtKind::InvalidInstruction,
            NoInstruction::Outside => DoubtKind::OutsideCode,
        };
        self.machine.doubt(doubt, path.last);
        if let Some(site) = path.last {
            self.depart(site, path.trace, DepartureKind::Unknown);
        }
    }

    /// Takes a path to where it jumps.
    fn arrive(&mut self, mut path: Path, destination: Destination, decision: Option<Decision>) {
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
        let round = path.last.is_some_and(|last| self.machine.program.get(last).address >= address);
        let arrivals = self.arrivals.entry(meeting).or_default();
        let since = *arrivals.since.get_or_insert(self.executed);
        let counted = path.counted && self.executed - since < COUNTED_PATIENCE;
        let exact = match (counted, round) {
            (true, _) => EXACT_COUNTED,
            (false, true) => EXACT_ROUNDS,
            (false, false) => EXACT_STATES,
        };
        if let Some((_, trace)) =
            arrivals.exact.iter().find(|(known, _)| known.is_same(&path.state))
        {
            return self.machine.traces.link(path.trace, *trace);
        }
        if path.exact && patient && arrivals.exact.len() < exact {
            path.trace = self.machine.traces.open(path.trace, None);
            arrivals.exact.push((path.state.clone(), path.trace));
            return self.work.add(address, Waiting::Exact(Box::new(path)));
        }
        let node = merge_number(meeting);
        let merged = match &mut arrivals.merged {
            Some(merged) => {
                self.machine.traces.link(path.trace, merged.trace);
                if !merged.state.join(&path.state, node, &mut self.machine.values) {
                    return;
                }
                merged
            }
            none => {
                path.state.serial = State::merged_serial(node);
                let trace = self.machine.traces.open(path.trace, None);
                none.insert(Merged { state: path.state, trace, last: path.last, waiting: false })
            }
        };
        if !std::mem::replace(&mut merged.waiting, true) {
            self.work.add(address, Waiting::Merged(meeting));
        }
    }

    /// Records an exit, and what is seen there.
    fn exit(&mut self, path: Path, kind: ExitKind) {
        let Path { mut state, trace, last, exact, .. } = path;
        self.machine.traces.mark_exit(trace);
        state.assumptions.clear();
        let known = self
            .machine
            .record
            .exits
            .iter()
            .any(|exit| exit.kind == kind && exit.site == last && exit.state == state);
        if known {
            return;
        }
        for (kind, word) in self.results(&state, kind) {
            if word.values().next().is_some() {
                self.machine.record.uses.push(Use { site: last, trace, kind, word });
            }
        }
        let x87 = state.x87;
        self.machine.record.exits.push(Exit { kind, site: last, trace, state, x87, exact });
    }

    /// The words that Rust code sees after an exit.
    fn results(&mut self, state: &State, kind: ExitKind) -> Vec<(UseKind, Word)> {
        let block = self.machine.block;
        let mut words = Vec::new();
        let values = &mut self.machine.values;
        match (&block.kind, kind) {
            (BlockKind::Inline, ExitKind::Label(label)) if diverges(block, label) => {}
            (BlockKind::Inline, _) => {
                for (index, (operand, part)) in
                    block.operands.iter().zip(self.machine.registers).enumerate()
                {
                    let (Operand::Register(operand), Some(part)) = (operand, part) else {
                        continue;
                    };
                    let Output::Used(ValueType { bits, .. }) = operand.output else { continue };
                    let word = state.get(Cell::Register(part.register), values);
                    words.push((UseKind::Output(index), word.slice(part.low_bit, bits.min(512))));
                }
            }
            (BlockKind::Naked(abi), ExitKind::Return { .. }) => {
                for part in abi.results.iter().flatten() {
                    let word = state.get(Cell::Register(part.register), values);
                    words.push((UseKind::Result, word.slice(part.low_bit, part.bits)));
                }
            }
            _ => {}
        }
        words
    }
}

/// Keeps the list of decisions short: an old one that is forgotten costs at most a path that is
/// followed in vain.
fn forget_old_decisions(state: &mut State) {
    let excess = state.assumptions.len().saturating_sub(REMEMBERED);
    state.assumptions.drain(..excess);
}

/// A number for the place where paths are merged.
fn merge_number((address, context): Meeting) -> u32 {
    (address.offset as u32)
        .wrapping_add(address.section.wrapping_mul(0x9e37_79b1))
        .wrapping_add(context.number().wrapping_mul(0x85eb_ca6b))
}
