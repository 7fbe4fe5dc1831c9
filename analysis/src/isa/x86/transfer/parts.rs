//! Vector moves of a part: halves, single elements in and out, 128-bit lanes. What is moved is
//! followed bit by bit, and what is not moved stays.

use iced_x86::{Mnemonic, OpKind};

use crate::isa::x86::decode::Decoded;
use crate::machine::state::State;
use crate::machine::{Machine, Step};
use crate::values::Word;

/// Which part goes where: a move between two operands, the rest of the result as in the one that
/// is the destination in the legacy form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct PartMove {
    /// The first bit of the part in the source, if that is a register.
    from: u16,
    /// The first bit of the part in the result, if that is a register.
    to: u16,
    /// How many bits.
    bits: u16,
}

/// The halves (SDM vol. 2, MOVLPS, MOVHPS, MOVHLPS).
fn half(mnemonic: Mnemonic) -> Option<PartMove> {
    let (from, to) = match mnemonic {
        Mnemonic::Movlps | Mnemonic::Movlpd | Mnemonic::Vmovlps | Mnemonic::Vmovlpd => (0, 0),
        Mnemonic::Movhps | Mnemonic::Movhpd | Mnemonic::Vmovhps | Mnemonic::Vmovhpd => (64, 64),
        Mnemonic::Movhlps | Mnemonic::Vmovhlps => (64, 0),
        _ => return None,
    };
    Some(PartMove { from, to, bits: 64 })
}

/// The width of the element that goes in (SDM vol. 2, PINSRB, PINSRW, VINSERTI128).
fn inserted(mnemonic: Mnemonic) -> Option<u16> {
    Some(match mnemonic {
        Mnemonic::Pinsrb | Mnemonic::Vpinsrb => 8,
        Mnemonic::Pinsrw | Mnemonic::Vpinsrw => 16,
        Mnemonic::Pinsrd | Mnemonic::Vpinsrd => 32,
        Mnemonic::Pinsrq | Mnemonic::Vpinsrq => 64,
        Mnemonic::Vinserti128 | Mnemonic::Vinsertf128 => 128,
        _ => return None,
    })
}

/// The width of the element that comes out (SDM vol. 2, PEXTRB, PEXTRW, EXTRACTPS, VEXTRACTI128).
fn extracted(mnemonic: Mnemonic) -> Option<u16> {
    Some(match mnemonic {
        Mnemonic::Pextrb | Mnemonic::Vpextrb => 8,
        Mnemonic::Pextrw | Mnemonic::Vpextrw => 16,
        Mnemonic::Pextrd | Mnemonic::Vpextrd | Mnemonic::Extractps | Mnemonic::Vextractps => 32,
        Mnemonic::Pextrq | Mnemonic::Vpextrq => 64,
        Mnemonic::Vextracti128 | Mnemonic::Vextractf128 => 128,
        _ => return None,
    })
}

impl Machine<'_> {
    /// Executes a move of a part of a vector. Returns whether it was one.
    pub fn part_move(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let mnemonic = decoded.instruction.mnemonic();
        if let Some(part) = half(mnemonic) {
            return self.move_half(state, step, decoded, part);
        }
        if let Some(bits) = inserted(mnemonic) {
            return self.insert(state, step, decoded, bits);
        }
        if let Some(bits) = extracted(mnemonic) {
            return self.extract(state, step, decoded, bits);
        }
        false
    }

    fn move_half(
        &mut self,
        state: &mut State,
        step: Step,
        decoded: &Decoded,
        PartMove { from, to, bits }: PartMove,
    ) -> bool {
        let instruction = &decoded.instruction;
        if instruction.op_kind(0) == OpKind::Memory {
            let word = self.read_operand(state, step, decoded, 1, 128).slice(from, bits);
            self.write_operand(state, step, decoded, 0, word);
            return true;
        }
        let source = instruction.op_count() - 1;
        let part = match instruction.op_kind(source) {
            OpKind::Memory => self.read_operand(state, step, decoded, source, bits),
            _ => self.read_operand(state, step, decoded, source, 128).slice(from, bits),
        };
        let word = self.read_operand(state, step, decoded, source - 1, 128).with(to, &part);
        self.write_operand(state, step, decoded, 0, word);
        true
    }

    fn insert(&mut self, state: &mut State, step: Step, decoded: &Decoded, bits: u16) -> bool {
        let instruction = &decoded.instruction;
        let whole = self.operand_bits(instruction, 0);
        let last = instruction.op_count() - 1;
        // The vector that the element goes into; `pinsrw` has a form for MMX registers.
        let into = if last == 3 { 1 } else { 0 };
        let Ok(number) = instruction.try_immediate(last) else { return false };
        let to = (number as u16 & (whole / bits - 1)) * bits;
        let part = self.read_operand(state, step, decoded, last - 1, bits);
        let word = self.read_operand(state, step, decoded, into, whole).with(to, &part);
        self.write_operand(state, step, decoded, 0, word);
        true
    }

    fn extract(&mut self, state: &mut State, step: Step, decoded: &Decoded, bits: u16) -> bool {
        let instruction = &decoded.instruction;
        let whole = self.operand_bits(instruction, 1);
        let Ok(number) = instruction.try_immediate(2) else { return false };
        let from = (number as u16 & (whole / bits - 1)) * bits;
        let part: Word = self.read_operand(state, step, decoded, 1, whole).slice(from, bits);
        let wide = match instruction.op_kind(0) {
            OpKind::Register => part.zero_extend(self.operand_bits(instruction, 0)),
            _ => part,
        };
        self.write_operand(state, step, decoded, 0, wide);
        true
    }
}
