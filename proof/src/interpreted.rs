//! What the abstract interpreter says about a piece of code, compared with what the processor did.
//!
//! For the exit that fits best, every bit that the interpreter claims to know must be so; whatever
//! it calls kept must be kept; every byte that changed must be covered by a recorded write. And
//! bits on entry that nothing seen from outside depends on may be changed without any effect: see
//! [`Unread`].

use asm_analysis::facts::{
    AccessKind, Exit, Facts, PlaceOfAccess, ReachedInstruction, Use, UseKind,
};
use asm_analysis::isa::Meanings;
use asm_analysis::machine::state::X87;
use asm_analysis::questions::exits::Kept;
use asm_analysis::registers::Register;
use asm_analysis::testing::target_x86_64;
use asm_analysis::values::{Cause, Cell, Flag, Kind};
use iced_x86::{Instruction, Mnemonic, OpKind};

use crate::entered::Entered;
use crate::evaluate::{Evaluator, Known, OTHER_FLAGS, cell_value};
use crate::model::{Range, Unread};
use crate::native::STACK;
use crate::state::{State, word};

/// The interpreter for 64-bit code.
pub struct Interpreter {
    entered: Entered,
}

/// What the interpreter says about one piece of code.
pub struct Interpretation {
    facts: Facts,
}

/// Every cell that the harness can see.
fn cells() -> impl Iterator<Item = Cell> {
    let registers = (0..16)
        .map(Register::General)
        .chain((0..32).map(Register::Vector))
        .chain((0..8).map(Register::Mask));
    registers
        .map(Cell::Register)
        // User mode can't change IF, whatever it loads.
        .chain(Flag::ALL.into_iter().filter(|flag| *flag != Flag::Interrupt).map(Cell::Flag))
        .chain([Cell::OtherFlags, Cell::Mxcsr, Cell::X87Control])
}

impl Interpreter {
    /// An interpreter for 64-bit code.
    pub fn new() -> Interpreter {
        Interpreter { entered: Entered::new(&target_x86_64()) }
    }

    /// Interprets machine code that is entered with this `rsp`. `None` if the interpreter itself
    /// could not follow it.
    pub fn interpret(&self, bytes: &[u8], rsp: u64) -> Option<Interpretation> {
        Some(Interpretation { facts: self.entered.interpret(bytes, rsp)? })
    }
}

impl Interpretation {
    /// Whether bits of a cell are kept.
    pub fn kept(&self, cell: Cell, low: u16, bits: u16) -> Kept {
        self.facts.kept(cell, low, bits)
    }

    /// Accesses and exits, for reading.
    pub fn account(&self, before: &State) -> String {
        let mut evaluator = Evaluator::new(&self.facts.values, before);
        let mut text = String::new();
        for access in &self.facts.accesses {
            let address = evaluator.word(&access.address).as_address();
            text += &format!(
                "{:?} {:?} {:?} bytes at {address:x?}\n",
                access.kind, access.place, access.bytes
            );
        }
        for exit in &self.facts.exits {
            text += &format!("exit {:?}\n", exit.kind);
            for (cell, word) in exit.state.changes() {
                let known = evaluator.word(&word);
                text += &format!(
                    "  {cell:?} = {word:?}, known {:x?} of {:x?}\n",
                    known.value, known.mask
                );
            }
        }
        text
    }

    /// What contradicts the facts in a run from `before` to `after`; `written` are the addresses
    /// of bytes that changed.
    pub fn contradictions(&self, before: &State, after: &State, written: &[u64]) -> Vec<String> {
        if !self.facts.departures.is_empty() {
            // What the harness calls the end is outside for the interpreter: a jump or a return.
            return Vec::new();
        }
        let mut evaluator = Evaluator::new(&self.facts.values, before);
        let fitting = self
            .facts
            .exits
            .iter()
            .map(|exit| self.compare_exit(exit, before, after, &mut evaluator))
            .min_by_key(Vec::len);
        let Some(mut found) = fitting else {
            return vec!["reaches the end, which the interpreter says it can't".to_owned()];
        };
        for cell in cells() {
            let same = cell_value(before, cell, 0) == cell_value(after, cell, 0);
            if !same && self.facts.kept(cell, 0, cell.bits()) == Kept::Yes {
                found.push(format!("changes {cell:?}, which the interpreter calls kept"));
            }
        }
        // What the block pushes onto a stack of its own choice is not recorded as a write.
        let switched = self.facts.exits.iter().any(|exit| !exit.state.stacks.is_empty());
        if !switched
            && let Some(mut writes) = self.ranges(before, |kind| kind.writes())
            && let Some(address) = {
                if !self.facts.stack_uses.is_empty() {
                    let end = before[word::GENERAL + 4];
                    writes.push(Range { start: STACK, end });
                }
                written
                    .iter()
                    .find(|at| !writes.iter().any(|range| (range.start..range.end).contains(at)))
            }
        {
            found.push(format!("writes {address:#x}, where the interpreter records no write"));
        }
        found
    }

    fn compare_exit(
        &self,
        exit: &Exit,
        before: &State,
        after: &State,
        evaluator: &mut Evaluator<'_>,
    ) -> Vec<String> {
        let mut found = Vec::new();
        let top = before.x87_top();
        let mut compare = |cell: Cell, evaluator: &mut Evaluator<'_>| {
            let (Some(entry), Some(real)) =
                (cell_value(before, cell, top), cell_value(after, cell, top))
            else {
                return;
            };
            let known = match exit.state.changed(cell) {
                None => Known { mask: [u64::MAX; 8], value: entry },
                Some(word) => evaluator.word(&word),
            };
            for place in 0..8 {
                let wrong = (known.value[place] ^ real[place]) & known.mask[place];
                if wrong != 0 {
                    found.push(format!(
                        "{cell:?} bits {wrong:#x} from {} are not what the interpreter says",
                        64 * place
                    ));
                }
            }
        };
        for cell in cells() {
            compare(cell, evaluator);
        }
        // The x87 registers are the MMX registers: if both views changed, neither word shows the
        // content.
        // After a stack fault, where an empty register was read, content means nothing.
        let faulted = after[word::X87_STATUS] & 0x40 != 0;
        // `emms` sets the top of stack, which the interpreter counts from what it was at entry.
        let emptied = self.facts.instructions.iter().any(|reached| {
            let instruction = reached.instruction.as_x86();
            instruction.is_some_and(|instruction| {
                matches!(instruction.mnemonic(), Mnemonic::Emms | Mnemonic::Femms)
            })
        });
        let faulted = faulted || emptied;
        for number in (0..8u8).filter(|_| !faulted && !exit.x87.mmx && !exit.x87.mmx_written) {
            let x87 = Cell::Register(Register::X87(number));
            let alias = Register::Mmx(((top + usize::from(number)) & 7) as u8);
            match (exit.state.changed(x87), exit.state.changed(Cell::Register(alias))) {
                (_, None) => compare(x87, evaluator),
                (None, _) => compare(Cell::Register(alias), evaluator),
                _ => {}
            }
        }
        // The interpreter follows the top of stack apart from the status word.
        if exit.state.changed(Cell::X87Status).is_none() {
            compare(Cell::X87Status, evaluator);
        }
        found
    }

    /// The memory that accesses of a kind cover; `None` if an address or a size is not known.
    pub fn ranges(
        &self,
        before: &State,
        wanted: impl Fn(AccessKind) -> bool,
    ) -> Option<Vec<Range>> {
        let mut evaluator = Evaluator::new(&self.facts.values, before);
        self.facts
            .accesses
            .iter()
            .filter(|access| wanted(access.kind))
            .map(|access| {
                let address = evaluator.word(&access.address).as_address()?;
                let bytes = access.bytes?;
                // A string instruction with DF set goes down from its first element.
                Some(Range { start: address.wrapping_sub(bytes), end: address.wrapping_add(bytes) })
            })
            .collect()
    }

    /// What can be changed at entry without any effect but on itself. `None` where an address, a
    /// branch or what is stored depends on something that is new at every run.
    pub fn unread(&self, before: &State) -> Option<Unread> {
        let facts = &self.facts;
        // Where in the stack something is stored or read, and so whether it is seen, must be known;
        // where paths were merged it is not.
        let astray = facts.accesses.iter().any(|access| access.place == PlaceOfAccess::Stack)
            || facts.exits.iter().any(|exit| !exit.exact || !exit.state.stacks.is_empty());
        let flags = |reached: &ReachedInstruction| {
            reached.instruction.as_x86().is_some_and(perhaps_keeps_flags)
        };
        if astray || facts.instructions.iter().any(flags) {
            return None;
        }
        let top = before.x87_top();
        let mut unread = Unread {
            bits: State::zero(),
            anything: State::zero(),
            memory: self.ranges(before, |kind| kind.reads())?,
            hidden: 0,
        };
        let mut uses: Vec<Use> = facts.uses.clone();
        for access in &facts.accesses {
            let word = access.address.clone();
            uses.push(Use { site: None, trace: access.trace, kind: UseKind::Address, word });
        }
        if self.hangs_on_new(&uses) || !facts.departures.is_empty() {
            return None;
        }
        for exit in &facts.exits {
            for (cell, word) in exit.state.changes() {
                let kind = UseKind::Output(0);
                let used = Use { site: exit.site, trace: exit.trace, kind, word: word.clone() };
                // Exception flags are only followed as "changed".
                if matches!(cell, Cell::Mxcsr | Cell::X87Status)
                    || self.hangs_on_new(std::slice::from_ref(&used))
                {
                    for (place, mask) in places(cell, u64::MAX, top) {
                        unread.anything[place] |= mask;
                    }
                } else {
                    uses.push(used);
                }
            }
        }
        unread.bits.words_mut().fill(u64::MAX);
        for (cell, origin) in facts.demand(&uses).entries(&facts.values) {
            for (place, mask) in places(cell, origin.bits, top) {
                unread.bits[place] &= !mask;
            }
        }
        // Rounding control, masks and tags are read by nearly everything that has to do with them.
        for place in [word::MXCSR, word::X87_CONTROL, word::X87_STATUS, word::X87_TAGS] {
            unread.bits[place] = 0;
        }
        // The stack is used without a record of what is left there.
        unread.bits[word::GENERAL + 4] = 0;
        if facts.exits.iter().any(|exit| exit.x87 != X87::entry(false)) {
            unread.bits.words_mut()[word::X87..word::VECTOR].fill(0);
        }
        Some(unread)
    }

    /// Whether the uses see anything that an instruction makes anew at every run.
    fn hangs_on_new(&self, uses: &[Use]) -> bool {
        self.facts.demand(uses).origins().iter().any(|origin| {
            matches!(
                self.facts.values.get(origin.value).kind,
                Kind::Fresh { cause: Cause::Instruction | Cause::Callee, .. }
            )
        })
    }
}

/// Whether a flag may be what it was before, although the interpreter calls it computed: where it
/// is undefined, and where a count of 0, which only the run tells, changes nothing.
fn perhaps_keeps_flags(instruction: &Instruction) -> bool {
    let counted = instruction.op_count() > 0
        && instruction.op_kind(instruction.op_count() - 1) == OpKind::Register
        && instruction.op_register(instruction.op_count() - 1) == iced_x86::Register::CL;
    let repeated = instruction.has_rep_prefix() || instruction.has_repne_prefix();
    instruction.rflags_undefined() != 0
        || Meanings::standard().x86().of(instruction).undefined_flags != 0
        || instruction.rflags_modified() != 0 && (counted || repeated)
}

/// Where bits of a cell are among the words of state: bits of a vector register are its bytes.
fn places(cell: Cell, bits: u64, top: usize) -> Vec<(usize, u64)> {
    match cell {
        Cell::Register(Register::General(number)) => {
            vec![(word::GENERAL + usize::from(number), bits)]
        }
        Cell::Register(Register::Mask(number)) => vec![(word::MASK + usize::from(number), bits)],
        Cell::Register(Register::Mmx(number)) => {
            vec![(word::X87 + 2 * usize::from(number), bits)]
        }
        Cell::Register(Register::X87(number)) => {
            let first = word::X87 + 2 * ((top + usize::from(number)) & 7);
            vec![(first, u64::MAX), (first + 1, u64::MAX)]
        }
        Cell::Register(Register::Vector(number)) => (0..8)
            .map(|part| {
                let bytes = (0..8).filter(|byte| bits >> (8 * part + byte) & 1 == 1);
                let mask = bytes.map(|byte| 0xFF << (8 * byte)).sum();
                (word::VECTOR + 8 * usize::from(number) + part, mask)
            })
            .collect(),
        Cell::Flag(flag) => {
            vec![(word::FLAGS, bits.checked_shl(u32::from(flag.bit())).unwrap_or(0))]
        }
        Cell::OtherFlags => vec![(word::FLAGS, bits & OTHER_FLAGS)],
        Cell::Mxcsr => vec![(word::MXCSR, bits)],
        Cell::X87Control => vec![(word::X87_CONTROL, bits)],
        Cell::X87Status => vec![(word::X87_STATUS, bits)],
        _ => Vec::new(),
    }
}
