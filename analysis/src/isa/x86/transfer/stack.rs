//! Pushes, pops and frames.

use iced_x86::{Code, Mnemonic, Register as Iced};

use crate::isa::x86::decode::Decoded;
use crate::machine::record::DoubtKind;
use crate::machine::state::State;
use crate::machine::{Machine, Step};
use crate::registers::Register;
use crate::values::{Cell, Flag, Word};

/// The flags that `popf` always loads and that are not followed one by one: TF, NT and ID.
const LOADED_FLAGS: [u16; 3] = [8, 14, 21];

/// The first bit of IOPL.
const PRIVILEGE_LEVEL: u16 = 12;

impl Machine<'_> {
    /// Executes a stack instruction. Returns whether it was one.
    pub fn stack(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let instruction = &decoded.instruction;
        match instruction.mnemonic() {
            Mnemonic::Push => {
                let bits = self.slot_bits(decoded);
                let from = self.operand_bits(instruction, 0).min(bits);
                let word = self.read_operand(state, step, decoded, 0, from);
                let word =
                    if from < bits { self.sign_extend(&word, bits, step.site) } else { word };
                self.push(state, step, word);
            }
            Mnemonic::Pop => {
                let bits = self.slot_bits(decoded);
                self.note_return_address(state);
                let word = self.pop(state, step, bits);
                let to = self.operand_bits(instruction, 0).min(bits);
                self.write_operand(state, step, decoded, 0, word.slice(0, to));
            }
            Mnemonic::Pushf | Mnemonic::Pushfd | Mnemonic::Pushfq => {
                let bits = self.slot_bits(decoded);
                let image = self.flags_image(state).slice(0, bits);
                self.push(state, step, image);
            }
            Mnemonic::Popf | Mnemonic::Popfd | Mnemonic::Popfq => {
                let bits = self.slot_bits(decoded);
                let image = self.pop(state, step, bits);
                self.load_flags_image(state, step, &image);
            }
            Mnemonic::Pusha | Mnemonic::Pushad => self.push_all(state, step, decoded),
            Mnemonic::Popa | Mnemonic::Popad => self.pop_all(state, step, decoded),
            Mnemonic::Enter => return self.enter(state, step, decoded),
            Mnemonic::Leave => {
                let frame = self.general(state, Register::RBP);
                self.set_general(state, Register::RSP, &frame);
                let bits = match instruction.code() {
                    Code::Leavew => 16,
                    _ => self.word_bits(),
                };
                let word = self.pop(state, step, bits);
                let whole = self.general(state, Register::RBP).with(0, &word);
                self.set_general(state, Register::RBP, &whole);
            }
            _ => return false,
        }
        true
    }

    /// Notes that a pop takes a naked function's return address, if that is where `rsp` points.
    fn note_return_address(&mut self, state: &State) {
        let stack = self.general(state, Register::RSP);
        let entry = self.values.entry(Cell::Register(Register::RSP)).slice(0, stack.bits());
        self.record.takes_return_address |= self.is_naked() && stack == entry;
    }

    /// The width of what the instruction pushes or pops.
    fn slot_bits(&self, decoded: &Decoded) -> u16 {
        let bytes = decoded.instruction.stack_pointer_increment().unsigned_abs();
        u16::try_from(bytes * 8).ok().filter(|bits| *bits > 0).unwrap_or(self.word_bits())
    }

    /// `popf`: every flag from the image; IF and IOPL only where the privilege level allows it
    /// (SDM vol. 2, POPF).
    pub fn load_flags_image(&mut self, state: &mut State, step: Step, image: &Word) {
        for flag in Flag::ALL {
            if flag.bit() >= image.bits() {
                continue;
            }
            let bit = image.slice(flag.bit(), 1);
            let is_known = bit.as_constant().is_some() || self.is_entry_flag(&bit, flag);
            if flag == Flag::Direction && !is_known {
                self.doubt(DoubtKind::UnknownFlagsLoaded, Some(step.site));
            }
            let bit = match flag {
                Flag::Interrupt => {
                    let before = state.flag(flag, &mut self.values);
                    self.perhaps_loaded(state, step, before, bit)
                }
                _ => bit,
            };
            self.set_flag(state, step, flag, bit);
        }
        let mut rest = state.get(Cell::OtherFlags, &mut self.values);
        for bit in LOADED_FLAGS.into_iter().filter(|bit| *bit < image.bits()) {
            rest = rest.with(bit, &image.slice(bit, 1));
        }
        let before = rest.slice(PRIVILEGE_LEVEL, 2);
        let level = image.slice(PRIVILEGE_LEVEL, 2);
        let level = self.perhaps_loaded(state, step, before, level);
        rest = rest.with(PRIVILEGE_LEVEL, &level);
        state.set(Cell::OtherFlags, rest, &mut self.values);
    }

    /// What is there where an image may be loaded, and may be left.
    fn perhaps_loaded(&mut self, state: &mut State, step: Step, before: Word, image: Word) -> Word {
        if image == before {
            return before;
        }
        self.perhaps_kept(state, step, before)
    }

    fn is_entry_flag(&mut self, bit: &Word, flag: Flag) -> bool {
        *bit == self.values.entry(Cell::Flag(flag))
    }

    /// The general registers in `pusha`'s order (SDM vol. 2, PUSHA), at the operand size.
    fn all_registers(decoded: &Decoded) -> ([Iced; 8], u16) {
        use Iced::{AX, BP, BX, CX, DI, DX, EAX, EBP, EBX, ECX, EDI, EDX, ESI, ESP, SI, SP};
        match decoded.instruction.mnemonic() {
            Mnemonic::Pusha | Mnemonic::Popa => ([AX, CX, DX, BX, SP, BP, SI, DI], 16),
            _ => ([EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI], 32),
        }
    }

    fn push_all(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let (registers, _) = Self::all_registers(decoded);
        let words = registers.map(|register| self.read_register(state, register));
        for word in words {
            self.push(state, step, word);
        }
    }

    fn pop_all(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let (registers, bits) = Self::all_registers(decoded);
        for register in registers.into_iter().rev() {
            let word = self.pop(state, step, bits);
            if !matches!(register, Iced::SP | Iced::ESP) {
                self.write_register(state, register, word, false);
            }
        }
    }

    /// `enter n, 0` exactly; of nested frames, where `rsp` ends.
    fn enter(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let instruction = &decoded.instruction;
        let (Ok(bytes), Ok(0), true) = (
            instruction.try_immediate(0),
            instruction.try_immediate(1),
            instruction.code() != Code::Enterw_imm16_imm8,
        ) else {
            let stack = self.general(state, Register::RSP);
            self.generic(state, step, decoded);
            let distance = instruction.stack_pointer_increment() as u64;
            let below = self.values.add_constant(&stack, distance, step.site);
            self.set_general(state, Register::RSP, &below);
            return true;
        };
        let frame = self.general(state, Register::RBP);
        self.push(state, step, frame);
        let stack = self.general(state, Register::RSP);
        self.set_general(state, Register::RBP, &stack);
        let below = self.values.add_constant(&stack, bytes.wrapping_neg(), step.site);
        self.set_general(state, Register::RSP, &below);
        true
    }
}
