//! One trial: an instruction with a state in which it can run, what it did, and whether the model
//! allows that.

use fastrand::Rng;
use iced_x86::{Code, ConstantOffsets, Decoder, Instruction, Mnemonic, OpKind, Register};

use asm_analysis::isa::x86::meaning::{
    HiddenAccess, Meaning, OperandAccess, SystemEffect, meaning,
};

use crate::encodings::options;
use crate::native::{CODE, DATA, DATA_BYTES, STACK, STACK_BYTES};
use crate::random::{random_memory, random_state};
use crate::state::{ImageLayout, Snapshot, State, word};

/// What a trial starts from.
pub struct Trial {
    /// The instruction, with the addresses that it has where it runs.
    pub instruction: Instruction,
    /// What the tables say about it.
    pub meaning: Meaning,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The registers before it.
    pub state: State,
    /// The data before it.
    pub data: Vec<u8>,
    /// The stack before it.
    pub stack: Vec<u8>,
}

/// Whether running `code` could leave the process in a state that the harness can't clean up, or
/// would ask the kernel for something.
pub fn is_denied(code: Code, meaning: &Meaning) -> bool {
    let waits = matches!(
        code.mnemonic(),
        Mnemonic::Mwait | Mnemonic::Mwaitx | Mnemonic::Umwait | Mnemonic::Tpause
    );
    // With 16-bit addresses there is no way back.
    let far = matches!(
        code,
        Code::Retfw
            | Code::Retfw_imm16
            | Code::Iretw
            | Code::Call_m1616
            | Code::Jmp_m1616
            | Code::Uiret
    );
    // The base of `fs` is where this process keeps its thread.
    let address_space = match meaning.system {
        Some(SystemEffect::ProtectionKey) => true,
        Some(SystemEffect::SegmentBase) => code.mnemonic() != Mnemonic::Wrgsbase,
        Some(SystemEffect::Segment) => {
            matches!(code.mnemonic(), Mnemonic::Lfs)
                || matches!(code, Code::Popw_FS | Code::Popq_FS)
        }
        _ => false,
    };
    let leaves =
        meaning.ends && !matches!(code.mnemonic(), Mnemonic::Ud0 | Mnemonic::Ud1 | Mnemonic::Ud2);
    waits || far || address_space || leaves || meaning.opaque || meaning.kernel.is_some()
}

impl Trial {
    /// A random state for a random encoding, in which the instruction reaches only memory that is
    /// there. `None` where that can't be arranged.
    pub fn prepare(
        instruction: Instruction,
        bytes: Vec<u8>,
        layout: &ImageLayout,
        rng: &mut Rng,
    ) -> Option<Trial> {
        let mut trial = Trial {
            meaning: meaning(&instruction),
            instruction,
            bytes,
            state: random_state(layout, rng),
            data: random_memory(DATA_BYTES, rng),
            stack: random_memory(STACK_BYTES, rng),
        };
        trial.place_constants(rng)?;
        trial.place_stack(rng);
        trial.place_operands(rng)?;
        trial.place_particulars(layout, rng)?;
        Some(trial)
    }

    /// Sets immediates and displacements that must not be random: branch distances, stack frames,
    /// addresses without a base.
    fn place_constants(&mut self, rng: &mut Rng) -> Option<()> {
        let mut decoder = Decoder::with_ip(64, &self.bytes, CODE, options());
        let instruction = decoder.decode();
        let offsets: ConstantOffsets = decoder.get_constant_offsets(&instruction);
        let branch = matches!(
            instruction.op0_kind(),
            OpKind::NearBranch16 | OpKind::NearBranch32 | OpKind::NearBranch64
        );
        if branch && offsets.has_immediate() {
            // To the next instruction, which is the exit.
            let at = offsets.immediate_offset();
            self.bytes.get_mut(at..at + offsets.immediate_size())?.fill(0);
        }
        if instruction.mnemonic() == Mnemonic::Enter {
            let at = offsets.immediate_offset();
            self.bytes.get_mut(at..at + 2)?.copy_from_slice(&rng.u16(..0x200).to_le_bytes());
            *self.bytes.get_mut(at + 2)? = rng.u8(..4);
        }
        if offsets.has_displacement() && offsets.displacement_size() >= 4 {
            let base = instruction.memory_base();
            let displacement = if instruction.is_ip_rel_memory_operand() {
                (self.target(rng) as i64 - instruction.next_ip() as i64) as i32
            } else if base == Register::None {
                self.target(rng) as i32
            } else {
                rng.i32(-64..64)
            };
            let at = offsets.displacement_offset();
            let bytes = i64::from(displacement).to_le_bytes();
            let size = offsets.displacement_size();
            self.bytes.get_mut(at..at + size)?.copy_from_slice(bytes.get(..size)?);
        } else if instruction.memory_base() == Register::None
            && (0..instruction.op_count()).any(|op| instruction.op_kind(op) == OpKind::Memory)
        {
            return None;
        }
        let (instruction, length) = crate::encodings::decode(&self.bytes)?;
        (instruction.code() == self.instruction.code() && length == self.bytes.len())
            .then_some(())?;
        self.instruction = instruction;
        self.meaning = meaning(&instruction);
        Some(())
    }

    /// An address in the middle of the data, aligned as the operand demands (nearly always).
    pub fn target(&self, rng: &mut Rng) -> u64 {
        let address = DATA + rng.u64(0x800..0x1000);
        let alignment = self.meaning.alignment.or(self.meaning.target_alignment).unwrap_or(1);
        if rng.u8(..) < 4 { address } else { address & !(u64::from(alignment.max(1)) - 1) }
    }

    fn place_stack(&mut self, rng: &mut Rng) {
        let middle = STACK + STACK_BYTES as u64 / 2;
        self.state[word::GENERAL + 4] = middle + rng.u64(..16) * 8;
        if matches!(self.instruction.mnemonic(), Mnemonic::Enter | Mnemonic::Leave) {
            self.state[word::GENERAL + 5] = middle + rng.u64(16..32) * 8;
        }
    }

    /// Makes every memory operand point into the data.
    fn place_operands(&mut self, rng: &mut Rng) -> Option<()> {
        for operand in 0..self.instruction.op_count() {
            match self.instruction.op_kind(operand) {
                OpKind::Memory => self.place_memory_operand(rng)?,
                OpKind::MemorySegSI | OpKind::MemorySegESI | OpKind::MemorySegRSI => {
                    self.reject_thread_segments()?;
                    self.state[word::GENERAL + 6] = self.target(rng);
                }
                OpKind::MemorySegDI | OpKind::MemorySegEDI | OpKind::MemorySegRDI => {
                    self.reject_thread_segments()?;
                    self.state[word::GENERAL + 7] = self.target(rng);
                }
                OpKind::MemoryESDI | OpKind::MemoryESEDI | OpKind::MemoryESRDI => {
                    self.state[word::GENERAL + 7] = self.target(rng);
                }
                _ => {}
            }
        }
        if self.instruction.is_string_instruction() {
            self.state[word::GENERAL + 1] = rng.u64(..6);
        }
        if self.meaning.hidden_access.is_some() {
            self.state[word::GENERAL] = self.target(rng);
        }
        if self.meaning.target_alignment.is_some() {
            let register = self.instruction.op0_register();
            self.state[word::GENERAL + register.full_register().number()] = self.target(rng);
        }
        Some(())
    }

    fn reject_thread_segments(&self) -> Option<()> {
        let segment = self.instruction.memory_segment();
        (!matches!(segment, Register::FS | Register::GS)).then_some(())
    }

    fn place_memory_operand(&mut self, rng: &mut Rng) -> Option<()> {
        self.reject_thread_segments()?;
        let (base, index) = (self.instruction.memory_base(), self.instruction.memory_index());
        if index.is_vector_register() {
            self.place_vector_index(index, rng);
        } else if index.is_gpr() && index != Register::AL {
            self.state[word::GENERAL + index.full_register().number()] = rng.u64(..32);
        }
        let target = self.target(rng);
        let scale = u64::from(self.instruction.memory_index_scale());
        let displacement = self.instruction.memory_displacement64();
        if base.is_gpr() && !matches!(base, Register::RSP | Register::ESP) {
            let number = word::GENERAL + base.full_register().number();
            if base == index {
                self.state[number] = target.wrapping_sub(displacement) / (1 + scale);
            } else {
                let index_value = match index {
                    Register::AL => self.state[word::GENERAL] & 0xFF,
                    _ if index.is_gpr() => {
                        self.state[word::GENERAL + index.full_register().number()]
                    }
                    _ => 0,
                };
                let base_value =
                    target.wrapping_sub(displacement).wrapping_sub(index_value * scale);
                self.state[number] = base_value;
            }
        }
        if self.meaning.operand_access == OperandAccess::BitString {
            let register = self.instruction.op1_register().full_register();
            if register == base.full_register() || register == index.full_register() {
                return None;
            }
            self.state[word::GENERAL + register.number()] = rng.i64(-0x1000..0x1000) as u64;
            if register == Register::RSP {
                return None;
            }
        }
        Some(())
    }

    fn place_vector_index(&mut self, index: Register, rng: &mut Rng) {
        let wide = self.instruction.vsib() == Some(true);
        let first = word::VECTOR + 8 * index.number();
        for part in 0..index.size() / 8 {
            let high = if wide { 0 } else { rng.u64(..32) << 32 };
            self.state[first + part] = high | rng.u64(..32);
        }
    }

    /// The address of the memory operand, as far as it is not in the stack.
    pub fn operand_address(&self) -> Option<u64> {
        let operand = (0..self.instruction.op_count())
            .find(|operand| self.instruction.op_kind(*operand) == OpKind::Memory)?;
        self.instruction
            .virtual_address(operand, 0, |register, _, _| register_value(&self.state, register))
    }

    /// The address after the instruction, from where a jump leads to the exit.
    pub fn end(&self) -> u64 {
        CODE + self.bytes.len() as u64
    }

    /// Puts a value on top of the stack, where the instruction finds it.
    pub fn push(&mut self, value: u64) {
        self.push_all(&[value], 8);
    }

    /// Puts values onto the stack, the first on top, of so many bytes each.
    pub fn push_all(&mut self, values: &[u64], bytes: usize) {
        let mut address = self.state[word::GENERAL + 4];
        for value in values {
            self.store(address, value.to_le_bytes().get(..bytes).unwrap_or_default());
            address += bytes as u64;
        }
    }

    /// Writes bytes into the data or the stack.
    pub fn store(&mut self, address: u64, bytes: &[u8]) {
        let place = if let Some(at) = address.checked_sub(STACK) {
            self.stack.get_mut(at as usize..at as usize + bytes.len())
        } else {
            let at = address.wrapping_sub(DATA) as usize;
            self.data.get_mut(at..at.saturating_add(bytes.len()))
        };
        if let Some(place) = place {
            place.copy_from_slice(bytes);
        }
    }

    /// All that it starts from.
    pub fn start(&self) -> Snapshot {
        Snapshot { state: self.state.clone(), data: self.data.clone(), stack: self.stack.clone() }
    }

    /// The hidden access as an address and a number of bytes, and whether it writes.
    pub fn hidden_access(&self) -> Option<(u64, u64, bool)> {
        let (bytes, write) = match self.meaning.hidden_access? {
            HiddenAccess::ReadAtAccumulator(bytes) => (u64::from(bytes), false),
            HiddenAccess::WriteAtAccumulator(bytes) => (u64::from(bytes), true),
            HiddenAccess::Unknown => return None,
        };
        Some((self.state[word::GENERAL] & !(bytes - 1), bytes, write))
    }
}

/// The value of a register as an address part; segments have base 0.
pub fn register_value(state: &State, register: Register) -> Option<u64> {
    if register.is_segment_register() {
        return Some(0);
    }
    if register == Register::RIP || register == Register::EIP {
        return None;
    }
    let value = *state.words().get(word::GENERAL + register.full_register().number())?;
    match register.size() {
        _ if !register.is_gpr() => None,
        8 => Some(value),
        4 => Some(value & 0xFFFF_FFFF),
        2 => Some(value & 0xFFFF),
        1 if matches!(register, Register::AH | Register::CH | Register::DH | Register::BH) => {
            Some(value >> 8 & 0xFF)
        }
        _ => Some(value & 0xFF),
    }
}
