//! The operands of x86 instructions on the abstract machine: registers and their parts, memory
//! operands, pushes and pops.

use iced_x86::{Instruction, OpKind, Register as Iced};

use super::decode::Decoded;
use crate::machine::code::{CodeAddress, Reference};
use crate::machine::record::{AccessKind, PlaceOfAccess, StackUseKind};
use crate::machine::state::State;
use crate::machine::{Address, Machine, Step};
use crate::registers::Register;
use crate::values::{Cause, Cell, Word, arithmetic};

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

impl Machine<'_> {
    /// What a register holds, at its own width.
    pub fn read_register(&mut self, state: &State, register: Iced) -> Word {
        if register.is_st() {
            let position = u8::try_from(register.number()).unwrap_or(0);
            let cell = Cell::Register(Register::X87(state.x87.physical(position)));
            return state.get(cell, &mut self.values);
        }
        match cell_of(register) {
            Some((cell, low, bits)) => state.part(cell, low, bits, &mut self.values),
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
            _ => state.with(cell, low, word, &mut self.values),
        };
        state.set(cell, whole, &mut self.values);
    }

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
        let (site, bits) = (self.current, self.word_bits());
        if matches!(base, Iced::RIP | Iced::EIP) {
            let reference = decoded.displacement.clone().unwrap_or_else(|| {
                let section = decoded.address.section;
                Reference::Address(CodeAddress { section, offset: displacement })
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

    /// Pushes a word.
    pub fn push(&mut self, state: &mut State, step: Step, word: Word) {
        let bytes = u64::from(word.bits() / 8);
        let stack = self.general(state, Register::RSP);
        let below = self.values.add_constant(&stack, bytes.wrapping_neg(), step.site);
        let address = Address { word: below.clone(), segment: None };
        let place = self.place(state, &address, Some(bytes));
        self.stack_use(state, step, &below, StackUseKind::Push);
        if place != PlaceOfAccess::OwnStack || self.stack_range(&below).is_none() {
            // Above the entry `rsp`, on a stack that the block switched to, or that cannot be
            // determined.
            self.access(state, step, AccessKind::Write, &address, Some(bytes), false);
        }
        self.poke(state, step, &address, place, word, false);
        self.set_general(state, Register::RSP, &below);
    }

    /// Pops a word of so many bits.
    pub fn pop(&mut self, state: &mut State, step: Step, bits: u16) -> Word {
        let bytes = u64::from(bits / 8);
        let stack = self.general(state, Register::RSP);
        let address = Address { word: stack.clone(), segment: None };
        let place = self.place(state, &address, Some(bytes));
        if place != PlaceOfAccess::OwnStack || self.stack_range(&stack).is_none() {
            self.access(state, step, AccessKind::Read, &address, Some(bytes), false);
        }
        let word = match self.is_unknown(&stack) {
            true => self.fresh(state, step, Cause::Opaque, bits),
            false => self.peek(state, step, &address, bits),
        };
        let above = self.values.add_constant(&stack, bytes, step.site);
        self.set_general(state, Register::RSP, &above);
        word
    }
}
