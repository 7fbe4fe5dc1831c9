//! [`Facts`]: what a block does, as far as the rules need it.
//!
//! Made by [`flow`](crate::flow) from machine code, read by the lints. Every record names the
//! instruction ([`Site`]) and the path ([`TraceId`]) that it was seen on.

use std::cell::OnceCell;

use crate::block::Architecture;
use crate::isa::Instruction;
use crate::machine::demand::Demand;
use crate::machine::trace::{TraceId, Traces};
use crate::registers::{Register, RegisterPart};
use crate::values::{Cell, Site, Values, Word};

pub use crate::machine::record::{
    Access, AccessKind, Asked, Call, CallTarget, Departure, DepartureKind, Doubt, DoubtKind,
    Ending, Exit, ExitKind, MOST_ENDINGS, OrderHazard, OrderKind, PlaceOfAccess, StackUse,
    StackUseKind, Use, UseKind,
};

/// What a block does.
#[derive(Debug)]
pub struct Facts {
    /// The instruction set.
    pub architecture: Architecture,
    /// Every instruction that can be reached, by [`Site`].
    pub instructions: Vec<ReachedInstruction>,
    /// The register that stands for each operand; `None` for `const`, `sym` and `label`.
    pub registers: Vec<Option<RegisterPart>>,
    /// The values that all words refer to.
    pub values: Values,
    /// The symbols that values refer to by number, as [`crate::substitute`] names them.
    pub symbols: Vec<String>,
    /// The paths.
    pub traces: Traces,
    /// Every memory access.
    pub accesses: Vec<Access>,
    /// Every use of a word that is seen outside of registers and the own stack.
    pub uses: Vec<Use>,
    /// Every way out.
    pub exits: Vec<Exit>,
    /// Every path that ends in one of them, up to [`MOST_ENDINGS`].
    pub endings: Vec<Ending>,
    /// Every call that leaves the block and comes back.
    pub calls: Vec<Call>,
    /// What general registers hold where code outside of the block may read them: at calls, system
    /// calls and jumps out.
    pub handed_over: Vec<(Site, Register, Word)>,
    /// Every place where control leaves for good without an exit.
    pub departures: Vec<Departure>,
    /// Every use of stack below the entry stack pointer.
    pub stack_uses: Vec<StackUse>,
    /// How far below its value on entry the stack pointer is moved by computing it, in bytes.
    pub reserved_stack: u64,
    /// Reads of an input at a moment when a register that it may share is already changed.
    pub order: Vec<OrderHazard>,
    /// What every branch asked whose answer was not known, in the order of execution.
    pub asked: Vec<Asked>,
    /// Every execution of an instruction, with the path; one path may have several.
    pub executions: Vec<(Site, TraceId)>,
    /// Cells that some instruction reads, by instruction, as the processor's manual lists them.
    pub reads: Vec<(Site, Cell)>,
    /// Cells that some instruction writes.
    pub writes: Vec<(Site, Cell)>,
    /// Every write to a register, in the order of execution, with the path.
    pub writes_on_paths: Vec<(TraceId, Site, Cell)>,
    /// Every access through the stack pointer that faults, because the stack pointer is not aligned as
    /// the architecture demands: the instruction, and by how many bytes.
    pub stack_faults: Vec<(Site, u8)>,
    /// What could not be determined.
    pub doubts: Vec<Doubt>,
    /// Where bytes start that control reaches and that are only a prefix of an instruction: the
    /// section and the offset in it.
    pub trailing_prefix: Option<(u32, u64)>,
    /// Whether several late outputs had to share a register with an input, because the block has
    /// more operands than there are registers: questions of order can't be answered then.
    pub shared_registers: bool,
    /// Whether some branch was found to be decided by an earlier one. Where paths were merged
    /// nevertheless, an alternative of a joined value is then no proof.
    pub correlated: bool,
    /// Whether the callers of a subroutine of the block were too many to be distinguished. What depends
    /// on merged values is then not known.
    pub callers_are_merged: bool,
    /// Whether a naked function takes what is above its return address, so that it is not called but
    /// jumped to, by a convention that only its author knows.
    pub is_entered_by_jump: bool,
    /// What it took to find this out, in executed instructions; work on states counts, too.
    pub cost: usize,
    /// Answers to questions that several lints ask.
    pub answers: Answers,
}

/// Answers that are worked out when they are first asked for.
#[derive(Default, Debug)]
pub struct Answers {
    demand: OnceCell<Demand>,
    pub(crate) undefined_reads: OnceCell<Vec<UndefinedRead>>,
    /// How many low bits of each value, by index, are certainly 0.
    pub(crate) certain_zeros: OnceCell<Vec<u16>>,
    /// The pointers that each value, by index, is the sum of.
    pub(crate) summands: OnceCell<Vec<Summands>>,
}

/// The operands that point among what a value is the sum of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Summands {
    /// None.
    None,
    /// This one.
    One(usize),
    /// Several, or something that may point without being one.
    Other,
}

/// A read of undefined bits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UndefinedRead {
    /// Where the bits were on entry.
    pub cell: Cell,
    /// Of a register: the part from the lowest bit that is read to the highest.
    pub part: Option<RegisterPart>,
    /// The operand whose register it is, if it is one's.
    pub operand: Option<usize>,
    /// For bits above an input's type: the width of the type in bits.
    pub given_bits: Option<u16>,
    /// The instruction that takes the bits in.
    pub read: Option<Site>,
    /// How they are seen.
    pub kind: UseKind,
    /// The instruction where they are seen; for an output, the last one.
    pub seen: Option<Site>,
}

/// An instruction that can be reached.
#[derive(Clone, Debug)]
pub struct ReachedInstruction {
    /// As decoded.
    pub instruction: Instruction,
    /// The line of the template that it came from, from 0.
    pub line: Option<u32>,
    /// The section and the offset in it.
    pub address: (u32, u64),
    /// The symbols that the instruction's fields refer to, as [`crate::substitute`] names them.
    pub symbols: Vec<String>,
}

impl Facts {
    /// Those of a block of which nothing is known.
    pub fn unknown(
        architecture: Architecture,
        registers: &[Option<RegisterPart>],
        doubt: Doubt,
        cost: usize,
    ) -> Facts {
        Facts {
            architecture,
            instructions: Vec::new(),
            registers: registers.to_vec(),
            symbols: Vec::new(),
            values: Values::default(),
            traces: Traces::default(),
            accesses: Vec::new(),
            uses: Vec::new(),
            exits: Vec::new(),
            endings: Vec::new(),
            calls: Vec::new(),
            handed_over: Vec::new(),
            departures: Vec::new(),
            stack_uses: Vec::new(),
            reserved_stack: 0,
            order: Vec::new(),
            asked: Vec::new(),
            executions: Vec::new(),
            reads: Vec::new(),
            writes: Vec::new(),
            writes_on_paths: Vec::new(),
            doubts: vec![doubt],
            stack_faults: Vec::new(),
            trailing_prefix: None,
            shared_registers: false,
            correlated: false,
            callers_are_merged: false,
            is_entered_by_jump: false,
            cost,
            answers: Answers::default(),
        }
    }

    /// The stack pointer.
    pub fn stack_pointer(&self) -> Cell {
        Cell::Register(self.architecture.stack_pointer())
    }

    /// The instruction at a site.
    pub fn instruction(&self, site: Site) -> &ReachedInstruction {
        &self.instructions[site.0 as usize]
    }

    /// Every instruction that can be reached, in the order in which they were.
    pub fn sites(&self) -> impl Iterator<Item = Site> + use<> {
        (0..u32::try_from(self.instructions.len()).unwrap_or(u32::MAX)).map(Site)
    }

    /// Whether the interpretation saw all that the block can do.
    pub fn is_complete(&self) -> bool {
        let is_partial =
            |kind| matches!(kind, DoubtKind::UnknownFlagsLoaded | DoubtKind::ForeignAnswer);
        self.doubts.iter().all(|doubt| is_partial(doubt.kind))
    }

    /// Whether the block was too much to be interpreted, so that nothing is known of it.
    pub fn is_too_much(&self) -> bool {
        self.doubts.iter().any(|doubt| doubt.kind == DoubtKind::TooMuchWork)
    }

    /// Whether control can come from the instruction to an exit.
    pub fn reaches_exit(&self, site: Site) -> bool {
        self.traces_of(site).any(|trace| self.traces.reaches_exit(trace))
    }

    /// The paths on which an instruction is executed.
    pub fn traces_of(&self, site: Site) -> impl Iterator<Item = TraceId> {
        let executions = self.executions.iter();
        executions.filter(move |(executed, _)| *executed == site).map(|(_, trace)| *trace)
    }

    /// Where the bits of all uses come from.
    pub fn demand_of_all(&self) -> &Demand {
        self.answers.demand.get_or_init(|| self.demand(&self.uses))
    }

    /// Follows words back to where their bits come from.
    pub fn demand<'a>(&self, uses: impl IntoIterator<Item = &'a Use>) -> Demand {
        Demand::of(&self.values, uses)
    }
}
