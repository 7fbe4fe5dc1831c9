//! The rule for every instruction that needs no exact treatment: what is written is a function of
//! what is read, as the decoder lists it. Also the lists of reads and writes themselves.

use iced_x86::{Instruction, Mnemonic, OpAccess, OpKind, Register as Iced};

use super::flags::KnownFlags;
use super::shapes::{Shape, shape};
use crate::isa::x86::comparison::function_number;
use crate::isa::x86::decode::Decoded;
use crate::isa::x86::known::UsedRegister;
use crate::isa::x86::meaning::{HiddenAccess, OperandAccess};
use crate::isa::x86::operands::{cell_of, segment_with_base, zeroes_upper};
use crate::machine::record::AccessKind;
use crate::machine::state::State;
use crate::machine::{Address, Machine, Step};
use crate::registers::Register;
use crate::values::{Cause, Cell, Operation, Word};

/// A memory access as listed: kind, address, bytes if known, whether it may not happen.
pub type Listed = (AccessKind, Address, Option<u64>, bool);

pub fn reads(access: OpAccess) -> bool {
    matches!(
        access,
        OpAccess::Read | OpAccess::CondRead | OpAccess::ReadWrite | OpAccess::ReadCondWrite
    )
}

/// Whether the decoder lists the access as one that writes, perhaps.
pub fn writes(access: OpAccess) -> bool {
    matches!(
        access,
        OpAccess::Write | OpAccess::CondWrite | OpAccess::ReadWrite | OpAccess::ReadCondWrite
    )
}

fn conditional(access: OpAccess) -> bool {
    matches!(access, OpAccess::CondRead | OpAccess::CondWrite | OpAccess::ReadCondWrite)
}

impl Machine<'_> {
    /// The memory accesses that the decoder lists, corrected by the tables of meanings.
    pub fn memory_list(&mut self, state: &State, decoded: &Decoded) -> Vec<Listed> {
        let instruction = &decoded.instruction;
        let meaning = &decoded.known.meaning;
        let mut accesses = Vec::new();
        for used in &*decoded.known.memory {
            if meaning.leaves_operand_alone() || used.access() == OpAccess::NoMemAccess {
                continue;
            }
            let kind = match (reads(used.access()), writes(used.access())) {
                _ if meaning.operand_access == OperandAccess::ReadWrite => AccessKind::ReadWrite,
                (true, false) => AccessKind::Read,
                (false, true) => AccessKind::Write,
                _ => AccessKind::ReadWrite,
            };
            let explicit = used.base() == Iced::None && used.index() == Iced::None;
            let word = if explicit
                && (decoded.displacement.is_some() || instruction.is_ip_rel_memory_operand())
            {
                self.memory_operand(state, decoded).word
            } else {
                self.effective_address(
                    state,
                    decoded,
                    [used.base(), used.index()],
                    used.scale(),
                    used.displacement(),
                )
            };
            let address = Address { word, segment: segment_with_base(used.segment()) };
            let spread = used.index().is_vector_register()
                || matches!(
                    meaning.operand_access,
                    OperandAccess::BitString | OperandAccess::Strided
                );
            let size = (used.memory_size().size() as u64)
                .max(u64::from(meaning.minimum_bytes.unwrap_or(0)));
            let bytes = (size > 0 && !spread).then_some(size);
            // What a mask leaves out is not accessed (SDM vol. 2, 2.7.4: memory faults are
            // suppressed there).
            let is_certain = meaning.operand_access == OperandAccess::ReadWrite;
            let masked = conditional(used.access()) && !is_certain
                || instruction.op_mask() != Iced::None
                || meaning.operand_access == OperandAccess::Conditional;
            accesses.push((kind, address, bytes, masked));
        }
        if let Some(hidden) = meaning.hidden_access {
            let word = self.general(state, Register::RAX);
            let address = Address { word, segment: None };
            accesses.push(match hidden {
                HiddenAccess::ReadAtAccumulator(bytes) => {
                    (AccessKind::Read, address, Some(u64::from(bytes)), false)
                }
                HiddenAccess::WriteAtAccumulator(bytes) => {
                    (AccessKind::Write, address, Some(u64::from(bytes)), false)
                }
                HiddenAccess::Unknown => (AccessKind::ReadWrite, address, None, true),
            });
        }
        accesses
    }

    /// Everything the instruction reads, as words: registers, flags, memory. Accesses are
    /// recorded.
    pub fn all_inputs(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> Vec<Word> {
        let instruction = &decoded.instruction;
        let mut inputs = Vec::new();
        for &UsedRegister { register, access, cell } in &*decoded.known.registers {
            if !reads(access) && access != OpAccess::CondWrite {
                continue;
            }
            if cell.is_none() && !register.is_st() || matches!(cell, Some(Cell::Segment(_))) {
                continue;
            }
            if is_address_register(instruction, register)
                && !self.is_explicit(instruction, register)
            {
                // It is used as an address, which the access records.
                continue;
            }
            let word = self.read_register(state, register);
            let counted = counted_bits(instruction, register).map(|bits| word.slice(0, bits));
            inputs.push(counted.unwrap_or(word));
        }
        for (kind, address, bytes, masked) in self.memory_list(state, decoded) {
            self.access(state, step, kind, &address, bytes, masked);
            if kind.reads() {
                let bits = bytes.map_or(64, |bytes| bytes.min(64) * 8);
                inputs.push(self.peek(state, step, &address, u16::try_from(bits).unwrap_or(64)));
            }
        }
        inputs.extend(self.flags_read(state, instruction));
        if let Some(immediate) =
            (0..instruction.op_count()).find_map(|operand| instruction.try_immediate(operand).ok())
        {
            inputs.push(Word::constant(immediate, 64));
        }
        inputs
    }

    fn is_explicit(&self, instruction: &Instruction, register: Iced) -> bool {
        (0..instruction.op_count()).any(|operand| {
            instruction.op_kind(operand) == OpKind::Register
                && instruction.op_register(operand).full_register() == register.full_register()
        })
    }

    /// Executes any instruction by the general rule.
    pub fn generic(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let inputs = self.all_inputs(state, step, decoded);
        self.generic_from(state, step, decoded, &inputs);
    }

    /// [`generic`](Self::generic), once the inputs are read.
    pub fn generic_from(
        &mut self,
        state: &mut State,
        step: Step,
        decoded: &Decoded,
        inputs: &[Word],
    ) {
        // The addresses are those before any register is written.
        let written: Vec<Listed> = self
            .memory_list(state, decoded)
            .into_iter()
            .filter(|(kind, ..)| kind.writes())
            .collect();
        self.generic_results(state, step, decoded, inputs);
        for (_, address, bytes, masked) in written {
            let bits = u16::try_from(bytes.unwrap_or(8).min(64) * 8).unwrap_or(64);
            let place = self.place(state, &address, bytes);
            let word = self.result(state, step, decoded, inputs, 14, bits);
            // What is written may be what was there.
            let is_perhaps = masked
                || bytes.is_none()
                || decoded.known.meaning.operand_access == OperandAccess::ReadWrite;
            self.poke(state, step, &address, place, word, is_perhaps);
        }
    }

    /// Lets every register and flag that the decoder lists as written hold a function of the
    /// inputs.
    pub fn generic_results(
        &mut self,
        state: &mut State,
        step: Step,
        decoded: &Decoded,
        inputs: &[Word],
    ) {
        let instruction = &decoded.instruction;
        for (slot, &UsedRegister { register, access, .. }) in
            (0u32..).zip(&*decoded.known.registers)
        {
            if !writes(access)
                || register.full_register() == Iced::RSP && instruction.is_stack_instruction()
            {
                continue;
            }
            let (register, bits) = written_width(decoded, register, access);
            if bits == 0 {
                continue;
            }
            let word = self.result(state, step, decoded, inputs, slot % 14, bits);
            self.write_register(state, register, word, zeroes_upper(instruction));
        }
        let known = KnownFlags::default();
        if decoded.known.meaning.nondeterministic.is_some() && instruction.rflags_modified() != 0 {
            let source = self.fresh(state, step, Cause::Instruction, 64);
            self.write_flags(state, step, decoded, &[source], &known);
        } else {
            self.write_flags(state, step, decoded, inputs, &known);
        }
    }

    /// One result of an instruction.
    pub fn result(
        &mut self,
        state: &mut State,
        step: Step,
        decoded: &Decoded,
        inputs: &[Word],
        slot: u32,
        bits: u16,
    ) -> Word {
        let (instruction, meaning) = (&decoded.instruction, &decoded.known.meaning);
        if meaning.nondeterministic.is_some() || meaning.opaque {
            let origin = self.origin(state, step, u16::try_from(slot).unwrap_or(0));
            return self.values.fresh(origin, Cause::Instruction, Vec::new(), bits);
        }
        let number = function_number(instruction.mnemonic(), slot);
        let vector = (0..instruction.op_count()).any(|operand| {
            instruction.op_kind(operand) == OpKind::Register
                && (instruction.op_register(operand).is_vector_register()
                    || instruction.op_register(operand).is_mm()
                    || instruction.op_register(operand).is_k())
        });
        // A comparison into a mask puts one bit where an element was.
        let into_mask =
            instruction.op_kind(0) == OpKind::Register && instruction.op_register(0).is_k();
        let operation = match shape(instruction.mnemonic()) {
            _ if !vector => Operation::Function(number),
            _ if into_mask => Operation::Mixed(number),
            Shape::Lanes(lane) if inputs.iter().all(|input| input.bits() >= bits) => {
                Operation::Lanes(lane, number)
            }
            _ => Operation::Mixed(number),
        };
        self.values.computed(operation, inputs.to_vec(), bits, step.site)
    }

    /// Notes which registers the instruction reads and writes, and what that means for inputs
    /// and late outputs that may share a register.
    pub fn note_registers(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let first_time = self.begin(step.site);
        for used in &*decoded.known.registers {
            let Some(cell @ Cell::Register(_)) = used.cell else { continue };
            if reads(used.access) {
                if first_time {
                    self.record.reads.push((step.site, cell));
                }
                self.note_input_read(state, step, cell);
            }
        }
        for used in &*decoded.known.registers {
            let Some(cell @ Cell::Register(_)) = used.cell else { continue };
            if writes(used.access) {
                self.wrote(state, step, cell);
            }
        }
    }
}

/// The register that is really written, and its width: the decoder shows the whole register for a
/// write that clears what it does not compute.
fn written_width(decoded: &Decoded, register: Iced, access: OpAccess) -> (Iced, u16) {
    let instruction = &decoded.instruction;
    // What is perhaps not written keeps its upper half too.
    let perhaps =
        register.is_gpr() && (conditional(access) || decoded.known.meaning.perhaps_nothing);
    let narrow = (0..instruction.op_count())
        .zip(decoded.known.operands)
        .filter(|(operand, _)| instruction.op_kind(*operand) == OpKind::Register)
        .filter(|(_, access)| !perhaps && writes(*access))
        .map(|(operand, _)| instruction.op_register(operand))
        .find(|explicit| {
            explicit.full_register() == register.full_register()
                && explicit.size() < register.size()
        });
    let register = narrow.unwrap_or(register);
    let bits = if register.is_st() { 80 } else { cell_of(register).map_or(0, |(_, _, bits)| bits) };
    (register, bits)
}

/// Whether the register is the base or index of the instruction's memory operand.
fn is_address_register(instruction: &Instruction, register: Iced) -> bool {
    [instruction.memory_base(), instruction.memory_index()]
        .iter()
        .any(|part| *part != Iced::None && part.full_register() == register.full_register())
        && !register.is_vector_register()
}

/// How many low bits of a register an instruction looks at, where it is listed as a wider one.
fn counted_bits(instruction: &Instruction, register: Iced) -> Option<u16> {
    match instruction.mnemonic() {
        // What is perhaps written is listed whole, for the half that is perhaps cleared (SDM
        // vol. 2, CMPXCHG8B).
        Mnemonic::Cmpxchg8b if register.is_gpr() => Some(32),
        _ => None,
    }
}
