//! [`Machine`]: the abstract machine's operands: registers and their parts, flags, memory.
//!
//! The transfer functions in [`isa`](crate::isa) say what an instruction does in these terms; all
//! that a rule wants to know of it is recorded here, in one place for each kind of record.

use std::rc::Rc;

use iced_x86::{Instruction, InstructionInfoFactory, OpKind, Register as Iced};

use super::program::{CodeAddress, Decoded, Program, Reference};
use super::state::State;
use super::trace::{TraceId, Traces};
use crate::block::Block;
use crate::facts::{
    Access, Call, Departure, Doubt, DoubtKind, Exit, OrderHazard, StackUse, Use, UseKind,
};
use crate::isa::x86::meaning::Meanings;
use crate::registers::{Register, RegisterPart};
use crate::values::{Cause, Cell, Flag, Kind, Origin, Site, Values, Word, arithmetic};

/// What an interpretation has recorded so far.
#[derive(Default, Debug)]
pub struct Record {
    /// See [`Facts::accesses`](crate::facts::Facts::accesses); the others likewise.
    pub accesses: Vec<Access>,
    /// Uses.
    pub uses: Vec<Use>,
    /// Ways out.
    pub exits: Vec<Exit>,
    /// Calls.
    pub calls: Vec<Call>,
    /// What others may read.
    pub handed_over: Vec<(Site, Register, Word)>,
    /// Ends without exit.
    pub departures: Vec<Departure>,
    /// Stack uses.
    pub stack_uses: Vec<StackUse>,
    /// Order hazards.
    pub order: Vec<OrderHazard>,
    /// Every execution.
    pub executions: Vec<(Site, TraceId)>,
    /// Cells read.
    pub reads: Vec<(Site, Cell)>,
    /// Cells written.
    pub writes: Vec<(Site, Cell)>,
    /// Registers written, with the path.
    pub writes_on_paths: Vec<(TraceId, Site, Cell)>,
    /// Doubts.
    pub doubts: Vec<Doubt>,
    /// A prefix at the end.
    pub trailing_prefix: Option<(u32, u64)>,
    /// Whether a branch was decided by an earlier one.
    pub correlated: bool,
}

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
    pub program: Program<'block>,
    /// The block.
    pub block: &'block Block,
    /// The register of each operand.
    pub registers: &'block [Option<RegisterPart>],
    /// What instructions mean beyond what the decoder says.
    pub meanings: &'block Meanings,
    /// The places of the calls whose callees keep a convention of their own.
    pub own_conventions: Vec<CodeAddress>,
    /// The paths.
    pub traces: Traces,
    /// What is recorded.
    pub record: Record,
    /// The decoder's instruction information.
    pub information: InstructionInfoFactory,
    visited: Vec<bool>,
    first_visit: bool,
    /// The flags that each instruction was seen to write, in the bits that they have in `rflags`.
    written_flags: Vec<u32>,
}

/// Where a decoder's register lives: cell, first bit, width. `None` for `rip` and the like.
pub fn cell_of(register: Iced) -> Option<(Cell, u16, u16)> {
    let bits = u16::try_from(register.size() * 8).unwrap_or(0);
    let number = u8::try_from(register.number()).unwrap_or(0);
    if register.is_gpr() {
        let low = if matches!(register, Iced::AH | Iced::CH | Iced::DH | Iced::BH) { 8 } else { 0 };
        let number = u8::try_from(register.full_register().number()).unwrap_or(0);
        return Some((Cell::Register(Register::General(number)), low, bits));
    }
    let cell = if register.is_vector_register() {
        Cell::Register(Register::Vector(number))
    } else if register.is_k() {
        Cell::Register(Register::Mask(number))
    } else if register.is_mm() {
        Cell::Register(Register::Mmx(number))
    } else if register.is_tmm() {
        return Some((Cell::Register(Register::Tile(number)), 0, 64));
    } else if register.is_segment_register() {
        return Some((Cell::Segment(number), 0, 16));
    } else {
        return None;
    };
    Some((cell, 0, bits))
}

impl<'block> Machine<'block> {
    /// A machine before its first instruction.
    pub fn new(
        block: &'block Block,
        registers: &'block [Option<RegisterPart>],
        program: Program<'block>,
        meanings: &'block Meanings,
    ) -> Machine<'block> {
        Machine {
            values: Values::default(),
            program,
            block,
            registers,
            meanings,
            own_conventions: Vec::new(),
            traces: Traces::default(),
            record: Record::default(),
            information: InstructionInfoFactory::new(),
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

    /// The width of a general register and of a stack slot, in bits.
    pub fn word_bits(&self) -> u16 {
        self.block.target.architecture.word_bits()
    }

    /// The decoded instruction of a site.
    pub fn decoded(&self, site: Site) -> Rc<Decoded> {
        Rc::clone(self.program.get(site))
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

    // Registers

    /// What a register holds, at its own width.
    pub fn read_register(&mut self, state: &State, register: Iced) -> Word {
        if register.is_st() {
            let position = u8::try_from(register.number()).unwrap_or(0);
            let cell = Cell::Register(Register::X87(state.x87.physical(position)));
            return state.get(cell, &mut self.values);
        }
        match cell_of(register) {
            Some((cell, low, bits)) => state.get(cell, &mut self.values).slice(low, bits),
            None => Word::zeros(u16::try_from(register.size() * 8).unwrap_or(64)),
        }
    }

    /// Lets a register hold a word of its own width. A 32-bit general register takes the upper
    /// half with it in 64-bit mode (SDM vol. 1, 3.4.1.1); `zero_upper` says whether a vector
    /// register's upper part is cleared, as VEX and EVEX forms do.
    pub fn write_register(
        &mut self,
        state: &mut State,
        register: Iced,
        word: Word,
        zero_upper: bool,
    ) {
        if register.is_st() {
            let position = u8::try_from(register.number()).unwrap_or(0);
            let cell = Cell::Register(Register::X87(state.x87.physical(position)));
            state.set(cell, word, &mut self.values);
            return;
        }
        let Some((cell, low, bits)) = cell_of(register) else { return };
        let whole = match cell {
            Cell::Register(Register::General(_)) if bits == 32 && self.word_bits() == 64 => {
                word.zero_extend(64)
            }
            Cell::Register(Register::Vector(_)) if zero_upper => word.zero_extend(512),
            Cell::Register(Register::Mask(_)) => word.zero_extend(64),
            _ => state.get(cell, &mut self.values).with(low, &word),
        };
        state.set(cell, whole, &mut self.values);
    }

    /// The whole of a general register, at the machine's width.
    pub fn general(&mut self, state: &State, register: Register) -> Word {
        state.get(Cell::Register(register), &mut self.values).slice(0, self.word_bits())
    }

    /// Sets the whole of a general register, at the machine's width.
    pub fn set_general(&mut self, state: &mut State, register: Register, word: &Word) {
        let cell = Cell::Register(register);
        let whole = state.get(cell, &mut self.values).with(0, word);
        state.set(cell, whole, &mut self.values);
    }

    // Operands

    /// The width of an explicit operand in bits.
    pub fn operand_bits(&self, instruction: &Instruction, operand: u32) -> u16 {
        let bytes = match instruction.op_kind(operand) {
            OpKind::Register => instruction.op_register(operand).size(),
            OpKind::Memory => instruction.memory_size().size(),
            OpKind::Immediate8 | OpKind::Immediate8_2nd => 1,
            OpKind::Immediate16 | OpKind::Immediate8to16 => 2,
            OpKind::Immediate32 | OpKind::Immediate8to32 => 4,
            _ => 8,
        };
        u16::try_from(bytes * 8).unwrap_or(64)
    }

    /// What an explicit operand holds, at `bits` bits. Reading memory is recorded.
    pub fn read_operand(
        &mut self,
        state: &mut State,
        step: Step,
        decoded: &Decoded,
        operand: u32,
        bits: u16,
    ) -> Word {
        let instruction = &decoded.instruction;
        match instruction.op_kind(operand) {
            OpKind::Register => {
                self.read_register(state, instruction.op_register(operand)).slice(0, bits)
            }
            OpKind::Memory => {
                let address = self.memory_operand(state, decoded);
                let word = self.load(state, step, &address, bits, false);
                match decoded.displacement {
                    // The linker filled the slot, and nobody writes it.
                    Some(Reference::Slot(symbol)) if bits == self.word_bits() => {
                        self.reference(&Reference::Symbol(symbol, 0), step.site)
                    }
                    _ => word,
                }
            }
            OpKind::NearBranch16 | OpKind::NearBranch32 | OpKind::NearBranch64 => Word::zeros(bits),
            _ => match &decoded.immediate {
                Some(reference) => self.reference(&reference.clone(), step.site).slice(0, bits),
                None => Word::constant(instruction.try_immediate(operand).unwrap_or(0), bits),
            },
        }
    }

    /// Lets an explicit operand hold a word. Writing memory is recorded.
    pub fn write_operand(
        &mut self,
        state: &mut State,
        step: Step,
        decoded: &Decoded,
        operand: u32,
        word: Word,
    ) {
        let instruction = &decoded.instruction;
        match instruction.op_kind(operand) {
            OpKind::Register => {
                let zero_upper = zeroes_upper(instruction);
                self.write_register(state, instruction.op_register(operand), word, zero_upper);
            }
            OpKind::Memory => {
                let address = self.memory_operand(state, decoded);
                self.store(state, step, &address, word, false);
            }
            _ => {}
        }
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
                let name = format!("{}@GOT", self.program.symbol(symbol));
                Kind::Symbol { symbol: self.program.symbol_number(&name), addend: 0 }
            }
        };
        let id = self.values.intern(kind, 64, Some(site));
        Word::slice_of(id, 0, bits)
    }

    /// The address of the instruction's memory operand.
    pub fn memory_operand(&mut self, state: &State, decoded: &Decoded) -> Address {
        let instruction = &decoded.instruction;
        let segment = segment_with_base(instruction.memory_segment());
        let word = self.effective_address(
            state,
            decoded,
            [instruction.memory_base(), instruction.memory_index()],
            instruction.memory_index_scale(),
            instruction.memory_displacement64(),
        );
        Address { word, segment }
    }

    /// `base + index * scale + displacement`.
    pub fn effective_address(
        &mut self,
        state: &State,
        decoded: &Decoded,
        [base, index]: [Iced; 2],
        scale: u32,
        displacement: u64,
    ) -> Word {
        let (site, bits) = (self.site_of(decoded), self.word_bits());
        if matches!(base, Iced::RIP | Iced::EIP) {
            let reference = decoded.displacement.clone().unwrap_or_else(|| {
                let section = decoded.address.section;
                Reference::Address(super::program::CodeAddress { section, offset: displacement })
            });
            return self.reference(&reference, site);
        }
        let mut word = match &decoded.displacement {
            Some(reference) => {
                let reference = reference.clone();
                self.reference(&reference, site).slice(0, bits)
            }
            None => Word::zeros(bits),
        };
        for (register, scale) in [(base, 1), (index, scale)] {
            if register == Iced::None || register.is_vector_register() {
                continue;
            }
            let mut part = self.read_register(state, register).slice(0, bits);
            if scale > 1 {
                let count = u16::try_from(scale.trailing_zeros()).unwrap_or(0);
                part = arithmetic::shift_left(&part, count);
            }
            word = self.values.add(&part, &word, site);
        }
        let displacement = if decoded.displacement.is_some() { 0 } else { displacement };
        let sum = self.values.add_constant(&word, displacement, site);
        let narrow = [base, index].iter().any(|register| register.size() == 4);
        if bits == 64 && narrow { sum.slice(0, 32).zero_extend(64) } else { sum }
    }

    /// The site of a decoded instruction.
    fn site_of(&mut self, decoded: &Decoded) -> Site {
        self.program.at(decoded.address).unwrap_or(Site(0))
    }

    // Flags

    /// The constant that a flag is, if it is one.
    pub fn known_flag(&mut self, state: &State, flag: Flag) -> Option<bool> {
        state.flag(flag, &mut self.values).as_constant().map(|bit| bit == 1)
    }

    /// Sets one flag.
    pub fn set_flag(&mut self, state: &mut State, step: Step, flag: Flag, bit: Word) {
        self.note_flag_write(step.site, flag);
        // The direction flag is clear on entry (rules.x86-df), so clearing it puts it back.
        let restored = flag == Flag::Direction && bit.as_constant() == Some(0);
        let bit = if restored { self.values.entry(Cell::Flag(flag)) } else { bit };
        state.set(Cell::Flag(flag), bit, &mut self.values);
    }

    // Records

    /// Records that an instruction writes a flag. Not only at its first visit: a shift by nothing
    /// writes none.
    fn note_flag_write(&mut self, site: Site, flag: Flag) {
        let index = site.0 as usize;
        if self.written_flags.len() <= index {
            self.written_flags.resize(index + 1, 0);
        }
        let bit = 1 << flag.bit();
        if self.written_flags[index] & bit == 0 {
            self.written_flags[index] |= bit;
            self.record.writes.push((site, Cell::Flag(flag)));
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
        let count = if self.word_bits() == 64 { 16 } else { 8 };
        for register in (0..count).map(Register::General) {
            if register != Register::RSP {
                let word = self.general(state, register);
                self.record.handed_over.push((site, register, word));
            }
        }
    }

    /// Records that something can't be told.
    pub fn doubt(&mut self, kind: DoubtKind, site: Option<Site>) {
        let doubt = Doubt { kind, site };
        if !self.record.doubts.contains(&doubt) {
            self.record.doubts.push(doubt);
        }
    }
}

/// `fs` and `gs` have a base of their own that no operand shows; the others are flat.
pub fn segment_with_base(segment: Iced) -> Option<u8> {
    match segment {
        Iced::FS => Some(4),
        Iced::GS => Some(5),
        _ => None,
    }
}

/// Whether the instruction's encoding clears the upper part of the vector registers it writes
/// (VEX, EVEX and XOP forms do, legacy SSE keeps it: SDM vol. 2, 2.3.10).
pub fn zeroes_upper(instruction: &Instruction) -> bool {
    instruction.encoding() != iced_x86::EncodingKind::Legacy
}
