//! String instructions: `movs`, `stos`, `lods`, `scas`, `cmps`, `ins`, `outs`, with and without a
//! repeat prefix (SDM vol. 1, 7.3.9).

use iced_x86::{Mnemonic, OpKind, Register as Iced};

use super::flags::KnownFlags;
use crate::isa::x86::comparison::function_number;
use crate::isa::x86::decode::Decoded;
use crate::isa::x86::operands::segment_with_base;
use crate::machine::record::{AccessKind, UseKind};
use crate::machine::state::State;
use crate::machine::{Address, Machine, Step};
use crate::registers::Register;
use crate::values::arithmetic::shift_left;
use crate::values::{Cause, Flag, Operation, Word};

/// What a string instruction does with memory.
struct Shape {
    source: bool,
    destination: Option<AccessKind>,
    /// The accumulator is stored or compared.
    reads_accumulator: bool,
    /// The accumulator is loaded.
    writes_accumulator: bool,
    /// `rep` may end early.
    compares: bool,
    port: bool,
}

fn shape(mnemonic: Mnemonic) -> Option<(Shape, u16)> {
    let base = Shape {
        source: false,
        destination: None,
        reads_accumulator: false,
        writes_accumulator: false,
        compares: false,
        port: false,
    };
    let write = Some(AccessKind::Write);
    let read = Some(AccessKind::Read);
    Some(match mnemonic {
        Mnemonic::Movsb => (Shape { source: true, destination: write, ..base }, 1),
        Mnemonic::Movsw => (Shape { source: true, destination: write, ..base }, 2),
        Mnemonic::Movsd => (Shape { source: true, destination: write, ..base }, 4),
        Mnemonic::Movsq => (Shape { source: true, destination: write, ..base }, 8),
        Mnemonic::Stosb => (Shape { destination: write, reads_accumulator: true, ..base }, 1),
        Mnemonic::Stosw => (Shape { destination: write, reads_accumulator: true, ..base }, 2),
        Mnemonic::Stosd => (Shape { destination: write, reads_accumulator: true, ..base }, 4),
        Mnemonic::Stosq => (Shape { destination: write, reads_accumulator: true, ..base }, 8),
        Mnemonic::Lodsb => (Shape { source: true, writes_accumulator: true, ..base }, 1),
        Mnemonic::Lodsw => (Shape { source: true, writes_accumulator: true, ..base }, 2),
        Mnemonic::Lodsd => (Shape { source: true, writes_accumulator: true, ..base }, 4),
        Mnemonic::Lodsq => (Shape { source: true, writes_accumulator: true, ..base }, 8),
        Mnemonic::Scasb => {
            (Shape { destination: read, reads_accumulator: true, compares: true, ..base }, 1)
        }
        Mnemonic::Scasw => {
            (Shape { destination: read, reads_accumulator: true, compares: true, ..base }, 2)
        }
        Mnemonic::Scasd => {
            (Shape { destination: read, reads_accumulator: true, compares: true, ..base }, 4)
        }
        Mnemonic::Scasq => {
            (Shape { destination: read, reads_accumulator: true, compares: true, ..base }, 8)
        }
        Mnemonic::Cmpsb => (Shape { source: true, destination: read, compares: true, ..base }, 1),
        Mnemonic::Cmpsw => (Shape { source: true, destination: read, compares: true, ..base }, 2),
        Mnemonic::Cmpsd => (Shape { source: true, destination: read, compares: true, ..base }, 4),
        Mnemonic::Cmpsq => (Shape { source: true, destination: read, compares: true, ..base }, 8),
        Mnemonic::Insb => (Shape { destination: write, port: true, ..base }, 1),
        Mnemonic::Insw => (Shape { destination: write, port: true, ..base }, 2),
        Mnemonic::Insd => (Shape { destination: write, port: true, ..base }, 4),
        Mnemonic::Outsb => (Shape { source: true, port: true, ..base }, 1),
        Mnemonic::Outsw => (Shape { source: true, port: true, ..base }, 2),
        Mnemonic::Outsd => (Shape { source: true, port: true, ..base }, 4),
        _ => return None,
    })
}

/// The width of the addresses and the counter, by the kind of the memory operands.
fn address_bits(decoded: &Decoded) -> Option<u16> {
    decoded.instruction.op_kinds().find_map(|kind| match kind {
        OpKind::MemorySegSI | OpKind::MemorySegDI | OpKind::MemoryESDI => Some(16),
        OpKind::MemorySegESI | OpKind::MemorySegEDI | OpKind::MemoryESEDI => Some(32),
        OpKind::MemorySegRSI | OpKind::MemorySegRDI | OpKind::MemoryESRDI => Some(64),
        _ => None,
    })
}

impl Machine<'_> {
    /// Executes a string instruction. Returns whether it was one.
    pub fn strings(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        // The vector instruction `movsd` shares a mnemonic with the string one.
        let Some(bits) = address_bits(decoded) else { return false };
        let Some((shape, bytes)) = shape(decoded.instruction.mnemonic()) else { return false };
        let instruction = &decoded.instruction;
        let repeats = instruction.has_rep_prefix() || instruction.has_repne_prefix();
        let counter = self.counter(state, bits);
        let given = || counter.as_constant().or_else(|| self.input_constant(&counter));
        let count = if repeats { given() } else { Some(1) };
        if repeats {
            self.used(step, UseKind::Count, &counter);
        }
        if count == Some(0) {
            return true;
        }
        // The flag is clear on entry (rules.x86-df).
        let backwards = match state.changed(crate::values::Cell::Flag(Flag::Direction)) {
            None => Some(false),
            Some(word) => word.as_constant().map(|bit| bit == 1),
        };
        let bytes_total = count.and_then(|count| count.checked_mul(u64::from(bytes)));
        let known_bytes =
            bytes_total.filter(|_| backwards == Some(false) && !(shape.compares && repeats));
        let conditional = repeats && count.is_none();
        let accumulator = match bytes {
            1 => Iced::AL,
            2 => Iced::AX,
            4 => Iced::EAX,
            _ => Iced::RAX,
        };
        let mut compared = Vec::new();
        if shape.port {
            let port = self.read_register(state, Iced::DX);
            self.used(step, UseKind::Port, &port);
        }
        if shape.source {
            let address = self.string_address(
                state,
                Register::RSI,
                bits,
                segment_with_base(instruction.memory_segment()),
            );
            self.access(state, step, AccessKind::Read, &address, known_bytes, conditional);
            let word = self.peek(state, step, &address, bytes * 8);
            if shape.writes_accumulator {
                if conditional {
                    // Perhaps nothing is loaded, and then the upper half stays too.
                    let word =
                        self.fresh(state, step, Cause::Load, self.word_bits().max(bytes * 8));
                    let kept = self.general(state, Register::RAX);
                    let low = if bytes < 4 { bytes * 8 } else { self.word_bits() };
                    let whole = kept.with(0, &word.slice(0, low));
                    self.set_general(state, Register::RAX, &whole);
                } else {
                    let word = if repeats {
                        self.fresh(state, step, Cause::Load, bytes * 8)
                    } else {
                        word
                    };
                    self.write_register(state, accumulator, word, false);
                }
            } else if !repeats {
                compared.push(word);
            }
        }
        if let Some(kind) = shape.destination {
            let address = self.string_address(state, Register::RDI, bits, None);
            let place = self.access(state, step, kind, &address, known_bytes, conditional);
            let accumulator = self.read_register(state, accumulator);
            match kind {
                AccessKind::Read => {
                    compared.push(self.peek(state, step, &address, bytes * 8));
                    if shape.reads_accumulator {
                        compared.push(accumulator);
                    }
                }
                _ => {
                    let word = match (&compared[..], shape.reads_accumulator) {
                        (_, true) => accumulator,
                        ([word], _) => word.clone(),
                        _ => self.fresh(state, step, Cause::Load, bytes * 8),
                    };
                    if repeats || backwards != Some(false) {
                        self.poke(state, step, &address, place, word, true);
                        let (base, _) = self.base_and_offset(&address.word);
                        state.memory.retain(|known| *known != base);
                    } else {
                        self.poke(state, step, &address, place, word, false);
                    }
                }
            }
        }
        if shape.compares {
            if repeats {
                compared.push(counter.clone());
            }
            self.write_flags(state, step, decoded, &compared, &KnownFlags::default());
        }
        self.step_pointers(
            state,
            step,
            decoded,
            &shape,
            Stride { bits, bytes, repeats, backwards, counter },
        );
        true
    }

    fn string_address(
        &mut self,
        state: &State,
        register: Register,
        bits: u16,
        segment: Option<u8>,
    ) -> Address {
        let word = self.general(state, register).slice(0, bits).zero_extend(self.word_bits());
        Address { word, segment }
    }

    fn step_pointers(
        &mut self,
        state: &mut State,
        step: Step,
        decoded: &Decoded,
        shape: &Shape,
        stride: Stride,
    ) {
        let Stride { bits, bytes, repeats, backwards, ref counter } = stride;
        let distance = if repeats {
            let shift = u16::try_from(bytes.trailing_zeros()).unwrap_or(0);
            shift_left(counter, shift)
        } else {
            Word::constant(u64::from(bytes), bits)
        };
        let mut pointers = Vec::new();
        if shape.source {
            pointers.push(Register::RSI);
        }
        if shape.destination.is_some() {
            pointers.push(Register::RDI);
        }
        let number = function_number(decoded.instruction.mnemonic(), 0);
        for (slot, register) in (1u32..).zip(pointers) {
            let pointer = self.general(state, register).slice(0, bits);
            let after = match backwards {
                _ if repeats && shape.compares => None,
                Some(false) => Some(self.values.add(&pointer, &distance, step.site)),
                Some(true) => Some(self.values.subtract(&pointer, &distance, step.site)),
                None => None,
            };
            let after = after.unwrap_or_else(|| {
                let direction = state.flag(Flag::Direction, &mut self.values);
                let inputs = vec![pointer, distance.clone(), direction];
                self.values.computed(Operation::Function(number + slot), inputs, bits, step.site)
            });
            self.set_pointer(state, register, &after, bits);
        }
        if repeats {
            let after = if shape.compares {
                let inputs = vec![counter.clone()];
                self.values.computed(Operation::Function(number + 3), inputs, bits, step.site)
            } else {
                Word::zeros(bits)
            };
            self.set_pointer(state, Register::RCX, &after, bits);
        }
    }

    /// Sets a pointer or counter of the given width, as a write to a register of that width does.
    fn set_pointer(&mut self, state: &mut State, register: Register, word: &Word, bits: u16) {
        let word = if bits == 32 { word.zero_extend(self.word_bits()) } else { word.clone() };
        self.set_general(state, register, &word);
    }
}

/// The direction of a string instruction.
struct Stride {
    bits: u16,
    bytes: u16,
    repeats: bool,
    backwards: Option<bool>,
    counter: Word,
}
