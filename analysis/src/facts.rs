//! [`Facts`]: what a block does, as far as the rules need it.
//!
//! Made by [`flow`](crate::flow) from machine code, read by the lints. Every record names the
//! instruction ([`Site`]) and the path ([`TraceId`]) that it was seen on.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::block::Architecture;
use crate::flow::state::{Condition, State, X87};
use crate::flow::trace::{TraceId, Traces};
use crate::isa::Instruction;
use crate::questions::demand::Demand;
use crate::registers::{Register, RegisterPart};
use crate::values::{Cell, Site, Values, Word};

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

/// Which memory an access means.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PlaceOfAccess {
    /// The block's own stack.
    OwnStack,
    /// At or above the entry stack pointer: what the compiler keeps in its frame.
    Frame,
    /// Stack, but on which side of the entry stack pointer cannot be determined.
    Stack,
    /// What only the linker writes, read: a slot of the global offset table. It is not the program's
    /// memory.
    Private,
    /// Any other memory.
    Outside,
}

/// How memory is accessed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs, reason = "each name says it")]
pub enum AccessKind {
    Read,
    Write,
    ReadWrite,
}

impl AccessKind {
    /// Whether memory is read.
    pub fn reads(self) -> bool {
        self != AccessKind::Write
    }

    /// Whether memory is written.
    pub fn writes(self) -> bool {
        self != AccessKind::Read
    }
}

/// A memory access.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Access {
    /// The instruction.
    pub site: Site,
    /// The path.
    pub trace: TraceId,
    /// Read, write or both.
    pub kind: AccessKind,
    /// Which memory.
    pub place: PlaceOfAccess,
    /// The address of the first byte. For string instructions, of the first element.
    pub address: Word,
    /// The segment override that has a base of its own (`fs`, `gs`), by encoding.
    pub segment: Option<u8>,
    /// How many bytes; `None` where it cannot be determined (a `rep` of unknown count).
    pub bytes: Option<u64>,
    /// Whether it may also not happen (masked, or a count of zero).
    pub conditional: bool,
    /// The alignment in bytes that the instruction demands, if any.
    pub alignment: Option<u32>,
    /// What is written, as far as it is followed.
    pub stored: Option<Word>,
}

/// How a word is seen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum UseKind {
    /// As the address of a memory access.
    Address,
    /// As what is stored outside the own stack.
    Stored,
    /// As what decides a branch.
    Branch,
    /// As where control goes.
    Target,
    /// As a number of repetitions.
    Count,
    /// As a port, or as what is written to one.
    Port,
    /// As what goes into, or selects, a model-specific, control, debug, segment or similar
    /// register, or into a system instruction.
    System,
    /// As a new stack pointer.
    StackPointer,
    /// As an output, by operand.
    Output(usize),
    /// As a naked function's result.
    Result,
}

/// A use of a word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Use {
    /// The instruction; for an output the last one before the exit, if there is one.
    pub site: Option<Site>,
    /// The path.
    pub trace: TraceId,
    /// How it is used.
    pub kind: UseKind,
    /// What is used.
    pub word: Word,
}

/// Which way out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ExitKind {
    /// Past the end of the block.
    End,
    /// To a `label` operand.
    Label(usize),
    /// A naked function's return to its caller.
    Return {
        /// The bytes that `ret n` pops.
        pops: u16,
    },
    /// A naked function's jump to another function.
    TailJump,
}

/// A way out.
#[derive(Clone, Debug)]
pub struct Exit {
    /// Which.
    pub kind: ExitKind,
    /// The last instruction; `None` for a block without instructions.
    pub site: Option<Site>,
    /// The path.
    pub trace: TraceId,
    /// The machine's state there.
    pub state: State,
    /// The x87 stack there.
    pub x87: X87,
    /// Whether the state stands for one path, not for several that were merged.
    pub exact: bool,
}

/// How many [`Ending`]s are kept: blocks with more paths are not shown path by path.
pub const MOST_ENDINGS: usize = 32;

/// A path that ends in an exit. Several may end in the same one, with the same state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ending {
    /// The exit, as an index of [`Facts::exits`].
    pub exit: usize,
    /// The path.
    pub trace: TraceId,
    /// Whether it is one path, not several that were merged.
    pub exact: bool,
    /// What its branches asked, in order, and whether the answer was yes. The first ones are left
    /// out where there are many.
    pub decided: Vec<(Rc<Condition>, bool)>,
}

/// Who is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CallTarget {
    /// A `sym` operand, or a function pointer in an operand.
    Operand(usize),
    /// A symbol that the template names.
    Named(String),
    /// Not known.
    Unknown,
}

/// A call that leaves the block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// The instruction.
    pub site: Site,
    /// The path.
    pub trace: TraceId,
    /// Who is called.
    pub target: CallTarget,
    /// The ABI's name in [`Target::abis`](crate::block::Target::abis).
    pub abi: String,
    /// Whether the callee keeps a convention that only the author knows; the ABI is then no more
    /// than a guess.
    pub has_own_convention: bool,
    /// Whether the ABI is taken to be the target's C ABI because nothing says which one it is.
    pub is_assumed: bool,
    /// The stack pointer before the call.
    pub stack_pointer: Word,
    /// The stack pointer modulo 64 before the call, if known; the entry stack pointer counts as
    /// aligned, in a naked function as aligned before the return address was pushed.
    pub misalignment: Option<u8>,
    /// The bytes between the stack pointer before the call and the compiler's frame, if known.
    pub room: Option<i64>,
}

/// Why control leaves without an exit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DepartureKind {
    /// `jmp` to somewhere outside.
    Jump,
    /// `ret`, `iret`, `sysret`, `sysexit`, `rsm` out.
    Return,
    /// A return of an `asm!` block to an address that the compiler holds: on x86 one that is in its
    /// frame, elsewhere what the link register held on entry.
    FrameReturn,
    /// An instruction that always traps: `ud2`.
    Trap,
    /// A call to a function that returns `!`.
    DivergingCall,
    /// Endless loops have no departure; this one is where interpretation stopped because the code could
    /// not be followed.
    Unknown,
}

/// A place where control leaves for good without an exit.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Departure {
    /// The instruction.
    pub site: Site,
    /// The path.
    pub trace: TraceId,
    /// Why.
    pub kind: DepartureKind,
}

/// How the stack is used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs, reason = "each name says it")]
pub enum StackUseKind {
    Push,
    Call,
    Write,
}

/// A use of stack below the entry stack pointer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StackUse {
    /// The instruction.
    pub site: Site,
    /// The path.
    pub trace: TraceId,
    /// How.
    pub kind: StackUseKind,
    /// How far below the entry stack pointer, in bytes, if that is known.
    pub depth: Option<u64>,
}

/// An input is read after something happened to a register that it may share.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OrderHazard {
    /// What happened.
    pub kind: OrderKind,
    /// The operand whose register was written.
    pub written: usize,
    /// The input operand that is read.
    pub read: usize,
    /// The instruction that wrote, if known.
    pub write_site: Option<Site>,
    /// The instruction that reads.
    pub read_site: Site,
}

/// What happened before an input is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum OrderKind {
    /// A late output was written.
    LateOutputWritten,
    /// Another input is changed at the moment.
    InputChanged,
}

/// Why something cannot be determined.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DoubtKind {
    /// Bytes that are no instruction.
    InvalidInstruction,
    /// A jump to an address that is computed at run time.
    ComputedJump,
    /// Control leaves with an address of the block's code at hand, through which it may return.
    MayComeBack,
    /// Control runs into bytes that the block does not show.
    OutsideCode,
    /// Control runs into thousands of zero bytes.
    Padding,
    /// An instruction whose effects are not known.
    OpaqueInstruction,
    /// A call of code that keeps a convention which only its author knows.
    OwnConvention,
    /// A kernel, firmware, hypervisor or enclave that may leave registers or flags changed.
    ForeignAnswer,
    /// A loaded flags image that may set the direction flag.
    UnknownFlagsLoaded,
    /// A subroutine of the block has more callers than are followed one by one.
    TooManyCallers,
    /// More work, or more to remember, than the analysis spends on one block.
    TooMuchWork,
}

/// Something that cannot be determined.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Doubt {
    /// Why.
    pub kind: DoubtKind,
    /// The instruction, or the last one before.
    pub site: Option<Site>,
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
