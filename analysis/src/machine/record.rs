//! [`Record`]: what the machine notes while it executes, and the kinds of notes.
//!
//! Every note names the instruction ([`Site`]) and the path ([`TraceId`]) that it was seen on.

use std::rc::Rc;

use super::state::{Assumptions, Condition, State, X87};
use super::trace::TraceId;
use crate::registers::Register;
use crate::values::{Cell, Site, Word};

/// What an interpretation has recorded so far.
#[derive(Default, Debug)]
pub struct Record {
    /// See [`Facts::accesses`](crate::facts::Facts::accesses); the others likewise.
    pub accesses: Vec<Access>,
    /// Uses.
    pub uses: Vec<Use>,
    /// Ways out.
    pub exits: Vec<Exit>,
    /// Paths that end in them.
    pub endings: Vec<Ending>,
    /// Calls.
    pub calls: Vec<Call>,
    /// What others may read.
    pub handed_over: Vec<(Site, Register, Word)>,
    /// Ends without exit.
    pub departures: Vec<Departure>,
    /// Stack uses.
    pub stack_uses: Vec<StackUse>,
    /// See [`Facts::reserved_stack`](crate::facts::Facts).
    pub reserved_stack: u64,
    /// Order hazards.
    pub order: Vec<OrderHazard>,
    /// Questions that part paths.
    pub asked: Vec<Asked>,
    /// Every execution.
    pub executions: Vec<(Site, TraceId)>,
    /// Cells read.
    pub reads: Vec<(Site, Cell)>,
    /// Cells written.
    pub writes: Vec<(Site, Cell)>,
    /// Registers written, with the path.
    pub writes_on_paths: Vec<(TraceId, Site, Cell)>,
    /// Accesses through a misaligned stack pointer.
    pub stack_faults: Vec<(Site, u8)>,
    /// Doubts.
    pub doubts: Vec<Doubt>,
    /// A prefix at the end.
    pub trailing_prefix: Option<(u32, u64)>,
    /// Whether a branch was decided by an earlier one.
    pub correlated: bool,
    /// See [`Facts::callers_are_merged`](crate::facts::Facts::callers_are_merged).
    pub callers_are_merged: bool,
    /// Whether a naked function takes its return address off the stack as data.
    pub takes_return_address: bool,
    /// See [`Facts::is_entered_by_jump`](crate::facts::Facts::is_entered_by_jump).
    pub is_entered_by_jump: bool,
}

/// So much room the lists have from the start that nearly every block writes to.
const FEW: usize = 32;

impl Record {
    /// Nothing noted, and room for what nearly every block notes.
    pub fn with_room() -> Record {
        Record {
            executions: Vec::with_capacity(FEW),
            reads: Vec::with_capacity(FEW),
            writes: Vec::with_capacity(FEW),
            writes_on_paths: Vec::with_capacity(FEW),
            accesses: Vec::with_capacity(FEW / 4),
            uses: Vec::with_capacity(FEW / 2),
            ..Record::default()
        }
    }

    /// About how many bytes the lists take that grow with each execution.
    pub fn bytes(&self) -> usize {
        self.accesses.len() * size_of::<Access>()
            + self.uses.len() * size_of::<Use>()
            + self.handed_over.len() * size_of::<(Site, Register, Word)>()
            + self.stack_uses.len() * size_of::<StackUse>()
            + self.executions.len() * size_of::<(Site, TraceId)>()
            + (self.reads.len() + self.writes.len()) * size_of::<(Site, Cell)>()
            + self.writes_on_paths.len() * size_of::<(TraceId, Site, Cell)>()
    }
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
    pub decided: Assumptions,
}

/// A question that parts a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// The branch, or the instruction with a condition.
    pub site: Site,
    /// The path up to there.
    pub trace: TraceId,
    /// What is asked.
    pub condition: Rc<Condition>,
    /// Whether the branch is taken where the answer is no.
    pub negated: bool,
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

impl Doubt {
    /// Whether it is only about the direction flag.
    pub fn is_about_direction(&self) -> bool {
        self.kind == DoubtKind::UnknownFlagsLoaded
    }
}
