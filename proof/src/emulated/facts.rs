//! What the abstract interpreter says about the code of a trial, compared with what it did: the same
//! questions as `interpreted.rs` asks on x86.
//!
//! For the exit that fits best, every bit that the interpreter claims to know must be so; whatever
//! it calls kept must be kept; every byte that changed must be covered by a recorded write. And bits
//! on entry that nothing seen from outside depends on may be changed without any effect.

use std::rc::Rc;

use asm_analysis::facts::{Access, AccessKind, Exit, Facts, PlaceOfAccess, Use, UseKind};
use asm_analysis::questions::exits::Kept;
use asm_analysis::values::{Cause, Cell, Kind};

use super::Guest;
use super::emulator::Ended;
use super::machine::Layout;
use super::protocol::{MEMORY, memory_pattern};
use super::trial::Trial;
use crate::entered::Entered;
use crate::evaluate::{Entry, Evaluator, Known};

/// The interpreter for an architecture.
pub struct Interpreter {
    entered: Entered,
    layout: Rc<Layout>,
    code_bits: u64,
    compared: fn(Cell) -> u16,
    departs: fn(&[u8]) -> bool,
}

/// How a trial is entered, as the interpreter's words see it.
struct Start<'a> {
    words: &'a [u64],
    layout: &'a Layout,
    /// Bits of a code address that code holds otherwise than the effects have it.
    code_bits: u64,
}

/// What can be changed on entry without any effect but on itself.
pub struct Unread {
    /// Bits of the words of state.
    pub bits: Vec<u64>,
    /// Memory that must be left alone: first byte, byte after the last.
    pub memory: Vec<(u64, u64)>,
    /// Cells that may be anything afterwards.
    pub anything: Vec<Cell>,
}

impl Entry for Start<'_> {
    fn cell(&self, cell: Cell) -> Known {
        let mut known = Known::default();
        for span in self.layout.of(cell) {
            known.put(span.low, span.bits, self.words[span.word] >> span.shift);
        }
        known
    }

    fn address(&self, offset: u64) -> Known {
        let mut known = Known::number(self.words[0].wrapping_add(offset));
        known.mask[0] &= !self.code_bits;
        known
    }
}

impl Interpreter {
    /// For an architecture.
    pub fn new(guest: &Guest, layout: Rc<Layout>) -> Interpreter {
        let entered = Entered::new(&(guest.target)());
        Interpreter {
            entered,
            layout,
            code_bits: guest.code_bits,
            compared: guest.compared,
            departs: guest.departs,
        }
    }

    /// Interprets the code. `None`: the interpreter itself could not follow it, or its answer is not
    /// comparable.
    pub fn interpret(&self, code: &[u8], words: &[u64]) -> Option<Facts> {
        if (self.departs)(code) {
            return None;
        }
        let facts = self.entered.interpret(code, self.entry_stack(&self.start(words)))?;
        // What the harness calls the end is outside for the interpreter: a jump or a return.
        facts.departures.is_empty().then_some(facts)
    }

    fn start<'a>(&'a self, words: &'a [u64]) -> Start<'a> {
        Start { words, layout: &self.layout, code_bits: self.code_bits }
    }

    /// What contradicts the facts in a run.
    pub fn contradictions(&self, facts: &Facts, words: &[u64], ended: &Ended) -> Vec<String> {
        let start = self.start(words);
        let mut evaluator = Evaluator::new(&facts.values, &start);
        let fitting = facts
            .exits
            .iter()
            .map(|exit| self.compare_exit(exit, &start, ended, &mut evaluator))
            .min_by_key(Vec::len);
        let Some(mut found) = fitting else {
            return vec!["reaches the end, which the interpreter says it can't".to_owned()];
        };
        for cell in self.layout.cells() {
            let changed = self.layout.of(cell).iter().any(|span| {
                let is_compared = span.low < (self.compared)(cell);
                is_compared && (words[span.word] ^ ended.state[span.word]) & span.mask() != 0
            });
            let bits = cell.bits().min((self.compared)(cell));
            if changed && facts.kept(cell, 0, bits) == Kept::Yes {
                found.push(format!("changes {cell:?}, which the interpreter calls kept"));
            }
        }
        found.extend(self.unrecorded_write(facts, &start, ended));
        found
    }

    fn compare_exit(
        &self,
        exit: &Exit,
        start: &Start<'_>,
        ended: &Ended,
        evaluator: &mut Evaluator<'_>,
    ) -> Vec<String> {
        let mut found = Vec::new();
        for cell in self.layout.cells() {
            let known = match exit.state.changed(cell) {
                None => start.cell(cell),
                Some(word) => evaluator.word(&word),
            };
            for span in self.layout.of(cell) {
                if span.low >= (self.compared)(cell) {
                    continue;
                }
                let (mask, value) = known.get(span.low, span.bits);
                let real = ended.state[span.word] >> span.shift;
                let wrong = (value ^ real) & mask;
                if wrong != 0 {
                    found.push(format!(
                        "{cell:?} bits {wrong:#x} from {} are not what the interpreter says",
                        span.low
                    ));
                }
            }
        }
        found
    }

    /// A byte that changed where the interpreter records no write.
    fn unrecorded_write(&self, facts: &Facts, start: &Start<'_>, ended: &Ended) -> Option<String> {
        // What the block pushes onto a stack of its own choice is not recorded as a write.
        if facts.exits.iter().any(|exit| !exit.state.stacks.is_empty()) {
            return None;
        }
        let mut writes = self.ranges(facts, start, AccessKind::writes)?;
        if !facts.stack_uses.is_empty() {
            writes.push((MEMORY, self.entry_stack(start)));
        }
        let mut changed = ended
            .memory
            .iter()
            .filter(|(at, value)| memory_pattern(*at as usize) != *value)
            .map(|(at, _)| MEMORY + u64::from(*at));
        let is_covered = |at: u64| writes.iter().any(|(start, end)| (*start..*end).contains(&at));
        let address = changed.find(|at| !is_covered(*at))?;
        Some(format!("writes {address:#x}, where the interpreter records no write"))
    }

    /// The stack pointer.
    pub fn stack_pointer(&self) -> Cell {
        Cell::Register(self.entered.target().architecture.stack_pointer())
    }

    fn entry_stack(&self, start: &Start<'_>) -> u64 {
        start.cell(self.stack_pointer()).value[0]
    }

    /// The memory that accesses of a kind cover; `None` if an address or a size is not known.
    fn ranges(
        &self,
        facts: &Facts,
        start: &Start<'_>,
        wanted: impl Fn(AccessKind) -> bool,
    ) -> Option<Vec<(u64, u64)>> {
        let mut evaluator = Evaluator::new(&facts.values, start);
        let bits = self.entered.target().architecture.word_bits();
        let range = |access: &Access| {
            let address = evaluator.word(&access.address).as_number(bits)?;
            Some((address, address.checked_add(access.bytes?)?))
        };
        facts.accesses.iter().filter(|access| wanted(access.kind)).map(range).collect()
    }

    /// What can be changed on entry without any effect but on itself. `None` where an address, a branch
    /// or what is stored depends on something that is new at every run.
    pub fn unread(&self, facts: &Facts, words: &[u64]) -> Option<Unread> {
        // Where in the stack something is stored or read, and so whether it is seen, must be known;
        // where paths were merged it is not.
        let astray = facts.accesses.iter().any(|access| access.place == PlaceOfAccess::Stack)
            || facts.exits.iter().any(|exit| !exit.exact || !exit.state.stacks.is_empty());
        if astray {
            return None;
        }
        let start = self.start(words);
        let mut memory = self.ranges(facts, &start, AccessKind::reads)?;
        memory.push((MEMORY, self.entry_stack(&start)));
        let mut uses: Vec<Use> = facts.uses.clone();
        for access in &facts.accesses {
            let word = access.address.clone();
            uses.push(Use { site: None, trace: access.trace, kind: UseKind::Address, word });
        }
        if hangs_on_new(facts, &uses) {
            return None;
        }
        let mut anything = Vec::new();
        for exit in &facts.exits {
            for (cell, word) in exit.state.changes() {
                let kind = UseKind::Output(0);
                let used = Use { site: exit.site, trace: exit.trace, kind, word: word.clone() };
                if hangs_on_new(facts, std::slice::from_ref(&used)) {
                    anything.push(cell);
                } else {
                    uses.push(used);
                }
            }
        }
        let mut bits = vec![u64::MAX; words.len()];
        for (cell, origin) in facts.demand(&uses).entries(&facts.values) {
            for span in self.layout.of(cell) {
                bits[span.word] &= !demanded(cell, origin.bits, span.low, span.bits, span.shift);
            }
        }
        // The stack is used without a record of what is left there.
        for span in self.layout.of(self.stack_pointer()) {
            bits[span.word] &= !span.mask();
        }
        Some(Unread { bits, memory, anything })
    }

    /// What comes out otherwise although only what nothing depends on was changed.
    pub fn hanging(
        &self,
        facts: &Facts,
        unread: &Unread,
        trial: &Trial,
        runs: [&Ended; 2],
    ) -> Vec<String> {
        let mut found = Vec::new();
        for cell in self.layout.cells() {
            if unread.anything.contains(&cell) {
                continue;
            }
            let is_written = facts.exits.iter().any(|exit| exit.state.changed(cell).is_some());
            for span in self.layout.of(cell) {
                let moved = runs[0].state[span.word] ^ runs[1].state[span.word];
                let flipped = trial.flips[span.word];
                // A cell that some path leaves alone shows there what was flipped.
                let wrong = if is_written { moved & !flipped } else { moved ^ flipped };
                if wrong & span.mask() != 0 {
                    found
                        .push(format!("{cell:?} hangs on what the interpreter says is never read"));
                }
            }
        }
        // What is left on the own stack is seen by nobody.
        let stack = self.entry_stack(&self.start(&trial.words));
        let flipped = |at: u32| {
            MEMORY + u64::from(at) < stack
                || trial.memory_flips.iter().any(|(place, _)| *place == at)
        };
        for (one, other) in [(runs[0], runs[1]), (runs[1], runs[0])] {
            let other = |at: u32| {
                let found = other.memory.iter().find(|(place, _)| *place == at);
                found.map_or_else(|| memory_pattern(at as usize), |(_, value)| *value)
            };
            let differs = |(at, value): &&(u32, u8)| !flipped(*at) && other(*at) != *value;
            if let Some((at, _)) = one.memory.iter().find(differs) {
                let what = "hangs on what the interpreter says is never read";
                found.push(format!("memory at {at:#x} {what}"));
                break;
            }
        }
        found
    }
}

/// The bits of a span that are demanded: of a cell of more than 64 bits, byte by byte.
fn demanded(cell: Cell, bits: u64, low: u16, count: u16, shift: u16) -> u64 {
    let wanted = |bit: u16| {
        let unit = if cell.bits() > 64 { bit / 8 } else { bit };
        unit < 64 && bits >> unit & 1 == 1
    };
    (0..count).filter(|at| wanted(low + at)).map(|at| 1 << (shift + at)).sum()
}

/// Whether the uses see anything that an instruction makes anew at every run.
fn hangs_on_new(facts: &Facts, uses: &[Use]) -> bool {
    facts.demand(uses).origins().iter().any(|origin| {
        let kind = &facts.values.get(origin.value).kind;
        matches!(
            kind,
            Kind::Fresh { cause: Cause::Instruction | Cause::Callee | Cause::Opaque, .. }
        )
    })
}
