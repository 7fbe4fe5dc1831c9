//! [`Explorer`]: follows a block's paths, from entry to exits.
//!
//! Paths are followed one by one as long as they are few: each keeps what its branches say, so
//! that a branch which an earlier one has decided is not taken both ways. Where more than
//! a few different states come to one place ([`super::meetings`]), the later ones are merged into one
//! state that stands for them all, up to a fixpoint. So loops end, and long chains of branches stay
//! linear. What is too much nevertheless ends by the [`super::budget`]. States are only merged with others of the same callers ([`super::context`]), so that a
//! subroutine of the block returns to where it was called from.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::budget::{Budget, Exceeded};
use super::context::{Context, Contexts};
use super::meetings::{Arrivals, Meeting, Work};
use super::program::{Form, Program};
use crate::assemble::MachineCode;
use crate::facts::{Answers, Asked, Departure, DepartureKind, Doubt, DoubtKind, ExitKind, Facts};
use crate::machine::code::{CodeAddress, NoInstruction};
use crate::machine::condition::Question;
use crate::machine::next::{Destination, Next};
use crate::machine::state::State;
use crate::machine::trace::{Decision, TraceId, Traces};
use crate::machine::{Machine, Step};
use crate::registers::RegisterPart;
use crate::values::Site;

/// How many instructions are executed before further callers of a subroutine are merged, and every
/// further state at a place at once. Far more than any block of straight code needs.
pub(super) const PATIENCE: usize = 200_000;

/// How many decisions of earlier branches a path remembers.
const REMEMBERED: usize = 16;

/// A path to be followed.
#[derive(Clone)]
pub(super) struct Path {
    pub(super) address: CodeAddress,
    /// The calls of the block's own code that it is in.
    pub(super) context: Context,
    pub(super) state: State,
    pub(super) trace: TraceId,
    pub(super) last: Option<Site>,
    pub(super) exact: bool,
    /// Whether the last branch had only one way to go.
    pub(super) counted: bool,
}

/// Goes along the paths.
pub struct Explorer<'block> {
    // In a box, since it is large and changes hands.
    pub(super) machine: Box<Machine<'block>>,
    pub(super) program: Program<'block>,
    contexts: Contexts,
    pub(super) arrivals: FxHashMap<Meeting, Arrivals>,
    pub(super) work: Work,
    /// The exits so far, by kind and last instruction, as positions in the record.
    pub(super) exits: FxHashMap<(ExitKind, Option<Site>), SmallVec<[usize; 2]>>,
    departures: FxHashSet<Departure>,
    /// How many instructions were executed.
    pub(super) executed: usize,
    pub(super) budget: Budget,
}

impl<'block> Explorer<'block> {
    /// At the block's entry, with so much work to spend.
    pub fn new(
        machine: Box<Machine<'block>>,
        program: Program<'block>,
        work: usize,
    ) -> Explorer<'block> {
        Explorer {
            machine,
            program,
            contexts: Contexts::default(),
            arrivals: FxHashMap::default(),
            work: Work::default(),
            exits: FxHashMap::default(),
            departures: FxHashSet::default(),
            executed: 0,
            budget: Budget::new(work),
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
        let address = self.machine.code.start();
        let (context, trace) = (Context::ENTRY, Traces::ENTRY);
        let entry =
            Path { address, context, state, trace, last: None, exact: true, counted: false };
        let mut next = Some(Box::new(entry));
        while let Some(path) = next {
            if let Err(exceeded) = self.follow(path) {
                return self.give_up(exceeded, registers);
            }
            next = self.resume();
        }
        self.facts(registers, shared_registers)
    }

    /// All that was found.
    fn facts(self, registers: &[Option<RegisterPart>], shared_registers: bool) -> Facts {
        let cost = self.budget.spent();
        let architecture = self.machine.block.target.architecture;
        let Machine { values, code, mut traces, record, .. } = *self.machine;
        traces.settle();
        Facts {
            architecture,
            instructions: self.program.reached(&code),
            registers: registers.to_vec(),
            symbols: code.symbols().to_vec(),
            values,
            traces,
            accesses: record.accesses,
            uses: record.uses,
            exits: record.exits,
            endings: record.endings,
            calls: record.calls,
            handed_over: record.handed_over,
            departures: record.departures,
            stack_uses: record.stack_uses,
            reserved_stack: record.reserved_stack,
            order: record.order,
            asked: record.asked,
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
            cost,
            answers: Answers::default(),
        }
    }

    /// What is left of a block that is too much: the reason. What was found until then would be of
    /// some paths only, and the lists of it are what takes the memory.
    fn give_up(self, exceeded: Exceeded, registers: &[Option<RegisterPart>]) -> Facts {
        let doubt = Doubt { kind: exceeded.into(), site: None };
        let cost = self.budget.spent();
        Facts::unknown(self.machine.block.target.architecture, registers, doubt, cost)
    }

    /// Follows a path until it ends, parts, or comes to a place where others come.
    ///
    /// # Errors
    /// Where the block is too much.
    fn follow(&mut self, mut path: Box<Path>) -> Result<(), Exceeded> {
        let mut fell_here = false;
        loop {
            if fell_here && self.arrivals.contains_key(&(path.address, path.context)) {
                let destination = Destination::Code(path.address);
                self.arrive(path, destination, None);
                return Ok(());
            }
            fell_here = true;
            let site = match self.program.at(&mut self.machine.code, path.address) {
                Ok(site) => site,
                Err(why) => {
                    self.no_instruction(path, why);
                    return Ok(());
                }
            };
            self.executed += 1;
            self.budget.execute(|| self.machine.bytes() + self.program.bytes())?;
            self.machine.record.executions.push((site, path.trace));
            let decoded = Rc::clone(self.program.get(site));
            self.machine.current = site;
            self.machine.address = path.address;
            let step = Step { site, trace: path.trace };
            let next = match &decoded.form {
                Form::X86(instruction) => {
                    self.machine.execute_x86(&mut path.state, step, instruction)
                }
                Form::Lifted(lifted, _) => {
                    let acts = self.machine.acts_if(&mut path.state, step, lifted);
                    if let Some(question) = acts
                        && !self.goes_into(&mut path, site, question)
                    {
                        continue;
                    }
                    let step = Step { site, trace: path.trace };
                    self.machine.apply(&mut path.state, step, decoded.behind(), lifted)
                }
            };
            path.last = Some(site);
            path.address = decoded.behind();
            match self.go_on(path, site, next) {
                Some(same) => path = same,
                None => return Ok(()),
            }
        }
    }

    /// Takes a path where control goes after an instruction. Returns it where it continues at the next
    /// instruction.
    fn go_on(&mut self, mut path: Box<Path>, site: Site, next: Next) -> Option<Box<Path>> {
        match next {
            Next::Fall => return Some(path),
            Next::Goto(destination) => {
                if let Destination::Code(address) = destination {
                    path.context = self.contexts.go(path.context, address);
                }
                self.arrive(path, destination, None);
            }
            Next::Call(address) => {
                // The path is already past the call.
                let may_add = self.executed < PATIENCE;
                match self.contexts.enter(path.context, path.address, may_add) {
                    Some(entered) => path.context = entered,
                    None => {
                        // Callers that are merged may have come with different states, so that
                        // what a merged value may be is not proof that it is.
                        self.machine.doubt(DoubtKind::TooManyCallers, path.last);
                        self.machine.record.callers_are_merged = true;
                        self.machine.record.correlated = true;
                    }
                }
                self.arrive(path, Destination::Code(address), None);
            }
            Next::Several(addresses) => {
                for address in addresses {
                    let mut path = self.copy(&path);
                    path.context = self.contexts.go(path.context, address);
                    self.arrive(path, Destination::Code(address), None);
                }
            }
            Next::Leave(kind) => {
                self.machine.hand_over(&path.state, site);
                self.leave(site, &path, kind);
            }
            Next::Exit(kind) => self.exit(path, kind),
            Next::Unknown(kind) => {
                self.machine.doubt(kind, Some(site));
                self.depart(site, path.trace, DepartureKind::Unknown);
            }
            Next::Either(other, destination) => {
                path.counted = false;
                let mut elsewhere = self.copy(&path);
                elsewhere.state = *other;
                self.arrive(elsewhere, destination, Some(Decision { site, taken: true }));
                let decision = Decision { site, taken: false };
                path.trace = self.machine.traces.open(path.trace, Some(decision));
                return Some(path);
            }
            Next::Branch(question, destination) => {
                self.machine.record.correlated |= question.correlated;
                path.counted = question.known.is_some();
                match question.known {
                    Some(true) => self.arrive(path, destination, None),
                    Some(false) => return Some(path),
                    None => {
                        self.note_question(site, &path, &question);
                        forget_old_decisions(&mut path.state);
                        let mut taken = self.copy(&path);
                        let assumption = |taken: bool| {
                            (Rc::clone(&question.condition), taken != question.negated)
                        };
                        taken.state.assumptions.push(assumption(true));
                        path.state.assumptions.push(assumption(false));
                        self.arrive(taken, destination, Some(Decision { site, taken: true }));
                        let decision = Decision { site, taken: false };
                        path.trace = self.machine.traces.open(path.trace, Some(decision));
                        return Some(path);
                    }
                }
            }
        }
        None
    }

    /// Records a question that parts a path.
    fn note_question(&mut self, site: Site, path: &Path, question: &Question) {
        self.machine.record.asked.push(Asked {
            site,
            trace: path.trace,
            condition: Rc::clone(&question.condition),
            negated: question.negated,
        });
    }

    /// A copy of a path that parts here.
    fn copy(&mut self, path: &Path) -> Box<Path> {
        self.budget.spend(path.state.size());
        Box::new(path.clone())
    }

    /// Parts a path at an instruction with a condition: one passes it by, if it may, and the other
    /// executes it. Returns whether this one does.
    fn goes_into(&mut self, path: &mut Path, site: Site, question: Question) -> bool {
        let behind = self.program.get(site).behind();
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
                self.note_question(site, path, &question);
                forget_old_decisions(&mut path.state);
                let assumption =
                    |acts: bool| (Rc::clone(&question.condition), acts != question.negated);
                let mut passing = self.copy(path);
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
    pub(super) fn leave(&mut self, site: Site, path: &Path, kind: DepartureKind) {
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
        if self.departures.insert(departure.clone()) {
            self.machine.record.departures.push(departure);
        }
    }

    fn no_instruction(&mut self, path: Box<Path>, why: NoInstruction) {
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
            NoInstruction::Padding => DoubtKind::Padding,
        };
        self.machine.doubt(doubt, path.last);
        if let Some(site) = path.last {
            self.depart(site, path.trace, DepartureKind::Unknown);
        }
    }
}

/// Keeps the list of decisions short: an old one that is forgotten costs at most a path that is
/// followed in vain.
fn forget_old_decisions(state: &mut State) {
    let excess = state.assumptions.len().saturating_sub(REMEMBERED);
    state.assumptions.drain(..excess);
}
