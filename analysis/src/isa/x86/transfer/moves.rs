//! Instructions that carry values from one place to another.

use iced_x86::{Mnemonic, OpKind, Register as Iced};

use super::names::{Conditional, traits};
use crate::isa::x86::comparison::function_number;
use crate::isa::x86::decode::Decoded;
use crate::machine::record::UseKind;
use crate::machine::state::State;
use crate::machine::{Machine, Step};
use crate::registers::Register;
use crate::values::{Cell, Flag, Operation, Word};

impl Machine<'_> {
    /// Executes a move. Returns whether it was one.
    pub fn moves(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let instruction = &decoded.instruction;
        match instruction.mnemonic() {
            Mnemonic::Mov => return self.mov(state, step, decoded),
            Mnemonic::Movzx => self.widen(state, step, decoded, false),
            Mnemonic::Movsx | Mnemonic::Movsxd => self.widen(state, step, decoded, true),
            Mnemonic::Movnti => self.copy(state, step, decoded),
            Mnemonic::Movbe => self.copy_reversed(state, step, decoded),
            Mnemonic::Lea => {
                let bits = self.operand_bits(instruction, 0);
                let address = self.memory_operand(state, decoded);
                self.write_operand(state, step, decoded, 0, address.word.zero_extend(bits));
            }
            Mnemonic::Xchg => self.exchange(state, step, decoded),
            // Of a 16-bit register the result is undefined (SDM vol. 2, BSWAP).
            Mnemonic::Bswap if self.operand_bits(instruction, 0) == 16 => return false,
            Mnemonic::Bswap => {
                let bits = self.operand_bits(instruction, 0);
                let word = self.read_operand(state, step, decoded, 0, bits);
                self.write_operand(state, step, decoded, 0, word.reverse_bytes());
            }
            Mnemonic::Cbw => self.widen_accumulator(state, step, 8),
            Mnemonic::Cwde => self.widen_accumulator(state, step, 16),
            Mnemonic::Cdqe => self.widen_accumulator(state, step, 32),
            Mnemonic::Cwd => self.spread_sign(state, step, [Iced::AX, Iced::DX]),
            Mnemonic::Cdq => self.spread_sign(state, step, [Iced::EAX, Iced::EDX]),
            Mnemonic::Cqo => self.spread_sign(state, step, [Iced::RAX, Iced::RDX]),
            Mnemonic::Lahf => self.load_flags(state),
            Mnemonic::Sahf => self.store_flags(state, step),
            _ if instruction.condition_code() != iced_x86::ConditionCode::None => {
                return self.conditional(state, step, decoded);
            }
            _ => return false,
        }
        true
    }

    fn mov(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let instruction = &decoded.instruction;
        let system = (0..2).any(|operand| {
            instruction.op_kind(operand) == OpKind::Register && {
                let register = instruction.op_register(operand);
                register.is_cr() || register.is_dr() || register.is_tr()
            }
        });
        if system {
            return false;
        }
        let to_segment = instruction.op_kind(0) == OpKind::Register
            && instruction.op_register(0).is_segment_register();
        if to_segment {
            let word = self.read_operand(state, step, decoded, 1, 16);
            self.used(step, UseKind::System, &word);
            self.write_operand(state, step, decoded, 0, word);
            return true;
        }
        self.copy(state, step, decoded);
        true
    }

    fn copy(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let bits = self.operand_bits(&decoded.instruction, 0);
        let word = self.read_operand(state, step, decoded, 1, bits);
        self.write_operand(state, step, decoded, 0, word);
    }

    fn copy_reversed(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let bits = self.operand_bits(&decoded.instruction, 0);
        let word = self.read_operand(state, step, decoded, 1, bits);
        self.write_operand(state, step, decoded, 0, word.reverse_bytes());
    }

    fn widen(&mut self, state: &mut State, step: Step, decoded: &Decoded, signed: bool) {
        let instruction = &decoded.instruction;
        let (to, from) = (self.operand_bits(instruction, 0), self.operand_bits(instruction, 1));
        let word = self.read_operand(state, step, decoded, 1, from.min(to));
        let wide =
            if signed { self.sign_extend(&word, to, step.site) } else { word.zero_extend(to) };
        self.write_operand(state, step, decoded, 0, wide);
    }

    fn exchange(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let bits = self.operand_bits(&decoded.instruction, 0);
        let one = self.read_operand(state, step, decoded, 0, bits);
        let other = self.read_operand(state, step, decoded, 1, bits);
        self.write_operand(state, step, decoded, 0, other);
        self.write_operand(state, step, decoded, 1, one);
    }

    fn widen_accumulator(&mut self, state: &mut State, step: Step, from: u16) {
        let (source, target) = match from {
            8 => (Iced::AL, Iced::AX),
            16 => (Iced::AX, Iced::EAX),
            _ => (Iced::EAX, Iced::RAX),
        };
        let word = self.read_register(state, source);
        let word = self.sign_extend(&word, from * 2, step.site);
        self.write_register(state, target, word, false);
    }

    fn spread_sign(&mut self, state: &mut State, step: Step, [low, high]: [Iced; 2]) {
        let word = self.read_register(state, low);
        let bits = word.bits();
        let sign = self.spread(&word.slice(bits - 1, 1), bits, step.site);
        self.write_register(state, high, sign, false);
    }

    /// `lahf`: SF, ZF, AF, PF and CF in their places, bit 1 set (SDM vol. 2, LAHF).
    fn load_flags(&mut self, state: &mut State) {
        let image = self.flags_image(state).slice(0, 8);
        self.write_register(state, Iced::AH, image, false);
    }

    fn store_flags(&mut self, state: &mut State, step: Step) {
        let image = self.read_register(state, Iced::AH);
        for flag in [Flag::Carry, Flag::Parity, Flag::Adjust, Flag::Zero, Flag::Sign] {
            self.set_flag(state, step, flag, image.slice(flag.bit(), 1));
        }
    }

    /// `cmovcc` and `setcc`. Returns `false` for anything else with a condition.
    fn conditional(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let instruction = &decoded.instruction;
        let Some(what) = traits(instruction.mnemonic()).conditional else { return false };
        let Some(question) = self.flags_question(state, instruction) else { return false };
        let bits = self.operand_bits(instruction, 0);
        if what == Conditional::Sets {
            let bit = match (question.known, &question.condition.words[..]) {
                (Some(known), _) => Word::constant(u64::from(known), 1),
                (None, [flag]) if question.negated => self.values.not(flag, step.site),
                (None, [flag]) => flag.clone(),
                (None, flags) => {
                    let number = function_number(instruction.mnemonic(), 0);
                    self.values.computed(Operation::Function(number), flags.to_vec(), 1, step.site)
                }
            };
            self.write_operand(state, step, decoded, 0, bit.zero_extend(bits));
            return true;
        }
        let old = self.read_operand(state, step, decoded, 0, bits);
        // The source is read whether it is moved or not (SDM vol. 2, CMOVcc).
        let new = self.read_operand(state, step, decoded, 1, bits);
        let word = match question.known {
            Some(true) => new,
            Some(false) => old,
            None if old == new => old,
            None => {
                let flags = question
                    .condition
                    .words
                    .iter()
                    .fold(Word::default(), |all, flag| all.then(flag));
                let flags =
                    if question.negated { self.values.not(&flags, step.site) } else { flags };
                let inputs = vec![flags, new, old];
                self.values.computed(Operation::Choose, inputs, bits, step.site)
            }
        };
        self.write_operand(state, step, decoded, 0, word);
        true
    }

    /// The flags as `pushf` and `lahf` see them, 64 bits wide.
    pub fn flags_image(&mut self, state: &State) -> Word {
        let rest = state.get(Cell::OtherFlags, &mut self.values);
        let followed = Flag::AlignmentCheck.bit() + 1;
        let mut image = Word::with_room(usize::from(followed) + 1);
        for bit in 0..followed {
            // Bit 1 always reads as 1, bits 3 and 5 as 0 (SDM vol. 1, 3.4.3).
            let word = match Flag::ALL.into_iter().find(|flag| flag.bit() == bit) {
                Some(flag) => state.flag(flag, &mut self.values),
                None if bit == 1 => Word::ones(1),
                None if bit == 3 || bit == 5 => Word::zeros(1),
                // VM and RF are never in an image that `pushf` makes (SDM vol. 2, PUSHF).
                None if bit == 16 || bit == 17 => Word::zeros(1),
                None => rest.slice(bit, 1),
            };
            image.append(&word);
        }
        image.append(&rest.slice(followed, 64 - followed));
        image
    }

    /// The value of a general register that holds a count, at the given width.
    pub fn counter(&mut self, state: &State, bits: u16) -> Word {
        self.general(state, Register::RCX).slice(0, bits)
    }
}
