//! [`Machine`]: the abstract machine's operands: registers and their parts, flags, memory.
//!
//! The transfer functions in [`isa`](crate::isa) say what an instruction does in these terms; all
//! that a rule needs is recorded here, in one place for each kind of record.

pub mod accesses;
pub mod alignment;
pub mod callees;
pub mod calls;
mod cells;
pub mod code;
pub mod condition;
pub mod demand;
pub mod functions;
pub mod jumps;
pub mod memory;
pub mod next;
pub mod notes;
pub mod reach;
pub mod record;
pub mod state;
pub mod trace;

use self::alignment::EntryAlignment;
use self::cells::FLAGS;
use self::code::{BlockCode, CodeAddress, Reference};
use self::functions::SPREAD;
use self::record::{Doubt, DoubtKind, Record, Use, UseKind};
use self::state::State;
use self::trace::{TraceId, Traces};
use crate::block::{Block, Operand, Output, RegisterOperand};
use crate::registers::{Register, RegisterPart, RegisterSet};
use crate::values::{Cause, Cell, Flag, Kind, Operation, Origin, Site, Values, Word};

/// The instruction that is being executed, and where.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The instruction.
    pub site: Site,
    /// The path.
    pub trace: TraceId,
}

/// An address of a memory operand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    /// The linear address as far as it is known: without the base of `fs` and `gs`.
    pub word: Word,
    /// `fs` or `gs`, by encoding.
    pub segment: Option<u8>,
}

/// The abstract machine.
pub struct Machine<'block> {
    /// All values.
    pub values: Values,
    /// The code.
    pub code: BlockCode<'block>,
    /// The block.
    pub block: &'block Block,
    /// The register of each operand.
    pub registers: &'block [Option<RegisterPart>],
    /// The registers that inputs come in.
    pub input_registers: RegisterSet,
    /// The registers of operands that only come in.
    mere_inputs: RegisterSet,
    /// The registers of late outputs.
    pub late_registers: RegisterSet,
    /// The stack pointer's register.
    pub stack_pointer: Register,
    /// The places of the calls whose callees keep a convention of their own.
    pub own_conventions: Vec<CodeAddress>,
    /// What is known about the stack pointer on entry.
    pub entry_alignment: Option<EntryAlignment>,
    /// The paths.
    pub traces: Traces,
    /// What is recorded.
    pub record: Record,
    /// The instruction that is being executed.
    pub current: Site,
    /// Where it is.
    pub address: CodeAddress,
    /// The alignment that its access demands.
    pub alignment: Option<u32>,
    /// The alignment that what it writes demands, where that is another.
    pub alignment_of_writes: Option<u32>,
    visited: Vec<bool>,
    first_visit: bool,
    /// The flags that each instruction was seen to write, in the bits that they have in `rflags`.
    written_flags: Vec<u32>,
}

impl<'block> Machine<'block> {
    /// A machine before its first instruction.
    pub fn new(
        block: &'block Block,
        registers: &'block [Option<RegisterPart>],
        code: BlockCode<'block>,
    ) -> Machine<'block> {
        let of_operands = |wanted: fn(&RegisterOperand) -> bool| {
            let operands = block.operands.iter().zip(registers);
            let parts = operands.filter_map(|(operand, part)| match operand {
                Operand::Register(operand) if wanted(operand) => *part,
                _ => None,
            });
            parts.map(|part| part.register).collect()
        };
        let address = code.start();
        Machine {
            values: Values::default(),
            code,
            block,
            registers,
            input_registers: of_operands(|operand| operand.input.is_some()),
            mere_inputs: of_operands(|operand| {
                operand.input.is_some() && operand.output == Output::None
            }),
            late_registers: of_operands(|operand| operand.late),
            stack_pointer: block.target.architecture.stack_pointer(),
            own_conventions: Vec::new(),
            entry_alignment: None,
            traces: Traces::default(),
            record: Record::with_room(),
            current: Site(0),
            address,
            alignment: None,
            alignment_of_writes: None,
            visited: Vec::new(),
            first_visit: false,
            written_flags: Vec::new(),
        }
    }

    /// Begins an instruction. Returns whether it is executed for the first time.
    pub fn begin(&mut self, site: Site) -> bool {
        let index = site.0 as usize;
        if self.visited.len() <= index {
            self.visited.resize(index + 1, false);
        }
        self.first_visit = !std::mem::replace(&mut self.visited[index], true);
        self.first_visit
    }

    /// Whether the instruction that is being executed is so for the first time.
    pub fn is_first_visit(&self) -> bool {
        self.first_visit
    }

    /// About how many bytes all values and records take.
    pub fn bytes(&self) -> usize {
        self.values.bytes() + self.record.bytes() + self.traces.bytes()
    }

    /// The width of a general register and of a stack slot, in bits.
    pub fn word_bits(&self) -> u16 {
        self.block.target.architecture.word_bits()
    }

    /// A name for a new value of this execution.
    pub fn origin(&self, state: &mut State, step: Step, slot: u16) -> Origin {
        state.serial = state.serial.wrapping_add(1);
        Origin { site: step.site, slot, serial: state.serial }
    }

    /// Something new that the instruction makes.
    pub fn fresh(&mut self, state: &mut State, step: Step, cause: Cause, bits: u16) -> Word {
        let origin = self.origin(state, step, 0);
        self.values.fresh(origin, cause, Vec::new(), bits)
    }

    /// What was there, unless the instruction changed it.
    pub fn perhaps_kept(&mut self, state: &mut State, step: Step, held: Word) -> Word {
        let bits = held.bits();
        let origin = self.origin(state, step, 0);
        self.values.fresh(origin, Cause::Opaque, vec![held], bits)
    }

    /// Whether a call pushes the address to return to.
    pub fn pushes_return_address(&self) -> bool {
        self.block.target.architecture.link_register().is_none()
    }

    // Registers

    /// The whole of a general register, at the machine's width.
    pub fn general(&mut self, state: &State, register: Register) -> Word {
        state.part(Cell::Register(register), 0, self.word_bits(), &mut self.values)
    }

    /// Sets the whole of a general register, at the machine's width.
    pub fn set_general(&mut self, state: &mut State, register: Register, word: &Word) {
        let cell = Cell::Register(register);
        let whole = state.with(cell, 0, word.clone(), &mut self.values);
        state.set(cell, whole, &mut self.values);
    }

    /// An address that a field refers to.
    pub fn reference(&mut self, reference: &Reference, site: Site) -> Word {
        let bits = self.word_bits();
        let kind = match *reference {
            Reference::Address(address) => {
                Kind::Address { section: address.section, offset: address.offset }
            }
            Reference::Symbol(symbol, addend) => Kind::Symbol { symbol, addend },
            Reference::Slot(symbol) => {
                let name = format!("{}{}", self.code.symbol(symbol), Reference::SLOT);
                Kind::Symbol { symbol: self.code.symbol_number(&name), addend: 0 }
            }
        };
        let id = self.values.intern(kind, 64, Some(site));
        Word::slice_of(id, 0, bits)
    }

    // Flags and other status

    /// Lets a cell of status hold a word, and notes that it is written.
    pub fn set_status(&mut self, state: &mut State, step: Step, cell: Cell, word: Word) {
        match cell {
            Cell::Flag(flag) => self.set_flag(state, step, flag, word),
            _ => {
                state.set(cell, word, &mut self.values);
                self.wrote(state, step, cell);
            }
        }
    }

    /// The constant that a flag is, if it is one.
    pub fn known_flag(&mut self, state: &State, flag: Flag) -> Option<bool> {
        state.flag(flag, &mut self.values).as_constant().map(|bit| bit == 1)
    }

    /// Sets one flag.
    pub fn set_flag(&mut self, state: &mut State, step: Step, flag: Flag, bit: Word) {
        self.note_flag_writes(step.site, 1 << flag.bit());
        self.put_flag(state, flag, bit);
    }

    /// Lets a flag hold a bit; that it is written is [noted](Self::note_flag_writes) apart.
    pub fn put_flag(&mut self, state: &mut State, flag: Flag, bit: Word) {
        // The direction flag is clear on entry (rules.x86-df), so clearing it restores it.
        let restored = flag == Flag::Direction && bit.as_constant() == Some(0);
        let bit = if restored { self.values.entry(Cell::Flag(flag)) } else { bit };
        state.set(Cell::Flag(flag), bit, &mut self.values);
    }

    // Words

    /// `bits` copies of one bit.
    pub fn spread(&mut self, bit: &Word, bits: u16, site: Site) -> Word {
        match bit.as_constant() {
            _ if bits <= 1 => bit.slice(0, bits),
            Some(0) => Word::zeros(bits),
            Some(_) => Word::ones(bits),
            None => {
                self.values.computed(Operation::Function(SPREAD), vec![bit.clone()], bits, site)
            }
        }
    }

    /// The word widened with copies of its highest bit.
    pub fn sign_extend(&mut self, word: &Word, bits: u16, site: Site) -> Word {
        let from = word.bits();
        let sign = word.slice(from - 1, 1);
        let above = self.spread(&sign, bits - from, site);
        word.clone().then(&above)
    }

    // Records

    /// Records that an instruction writes flags, in the bits that they have in `rflags`. Not only at
    /// its first visit: a shift by nothing writes none.
    pub fn note_flag_writes(&mut self, site: Site, flags: u32) {
        let index = site.0 as usize;
        if self.written_flags.len() <= index {
            self.written_flags.resize(index + 1, 0);
        }
        let new = flags & !self.written_flags[index];
        if new == 0 {
            return;
        }
        self.written_flags[index] |= new;
        for flag in FLAGS {
            if new & 1 << flag.bit() != 0 {
                self.record.writes.push((site, Cell::Flag(flag)));
            }
        }
    }

    /// Records a use of a word, unless it is a constant.
    pub fn used(&mut self, step: Step, kind: UseKind, word: &Word) {
        if word.values().next().is_some() {
            let word = word.clone();
            self.record.uses.push(Use { site: Some(step.site), trace: step.trace, kind, word });
        }
    }

    /// Records what the general registers hold where code outside of the block may read them.
    pub fn hand_over(&mut self, state: &State, site: Site) {
        let registers = self.block.target.architecture.general_registers();
        self.record.handed_over.reserve(registers.size_hint().0);
        for register in registers {
            let word = self.general(state, register);
            self.record.handed_over.push((site, register, word));
        }
    }

    /// Records that something cannot be determined.
    pub fn doubt(&mut self, kind: DoubtKind, site: Option<Site>) {
        let doubt = Doubt { kind, site };
        if !self.record.doubts.contains(&doubt) {
            self.record.doubts.push(doubt);
        }
    }
}
