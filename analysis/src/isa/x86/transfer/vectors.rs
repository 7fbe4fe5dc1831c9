//! Vector moves and logic, which carry values through vector registers unchanged, and scalar
//! arithmetic, which leaves the rest of the register alone.

use iced_x86::{Mnemonic, OpKind, Register as Iced};

use super::flags::KnownFlags;
use super::names::traits;
use super::shapes::{Shape, is_complex};
use crate::isa::x86::comparison::function_number;
use crate::isa::x86::decode::Decoded;
use crate::isa::x86::operands::zeroes_upper;
use crate::machine::state::State;
use crate::machine::{Machine, Step};
use crate::registers::Register;
use crate::values::{Cell, Operation, Word};

impl Machine<'_> {
    /// Executes a vector instruction that is followed exactly. Returns whether it was one.
    pub fn vectors(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let instruction = &decoded.instruction;
        self.note_sse_flags(state, step, decoded);
        if instruction.op_mask() != Iced::None {
            return false;
        }
        match instruction.mnemonic() {
            Mnemonic::Vzeroupper => self.zero_vectors(state, step, 128),
            Mnemonic::Vzeroall => self.zero_vectors(state, step, 0),
            mnemonic if is_whole_move(mnemonic) => self.whole_move(state, step, decoded),
            Mnemonic::Movd | Mnemonic::Movq | Mnemonic::Vmovd | Mnemonic::Vmovq => {
                self.low_move(state, step, decoded);
            }
            Mnemonic::Movss | Mnemonic::Movsd | Mnemonic::Vmovss | Mnemonic::Vmovsd => {
                return self.scalar_move(state, step, decoded);
            }
            Mnemonic::Vpternlogd | Mnemonic::Vpternlogq => {
                return self.ternary_constant(state, step, decoded);
            }
            _ => {
                return self.part_move(state, step, decoded)
                    || self.shuffle(state, step, decoded)
                    || self.shift_by_register(state, step, decoded)
                    || self.vector_logic(state, step, decoded)
                    || self.same_operand_idiom(state, step, decoded)
                    || self.scalar_arithmetic(state, step, decoded);
            }
        }
        true
    }

    /// An SSE or AVX instruction that may raise an exception flag changes MXCSR's low bits.
    fn note_sse_flags(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        if !decoded.known.meaning.raises_sse_flags() {
            return;
        }
        let before = state.get(Cell::Mxcsr, &mut self.values);
        let number = function_number(decoded.instruction.mnemonic(), 13);
        let inputs = vec![before.slice(0, 6)];
        let after = self.values.computed(Operation::Function(number), inputs, 6, step.site);
        let after = before.with(0, &after);
        self.set_control(state, step, Cell::Mxcsr, after);
    }

    fn zero_vectors(&mut self, state: &mut State, step: Step, keep: u16) {
        // Only the first sixteen registers, also where there are more (SDM vol. 2, VZEROUPPER).
        let count = if self.word_bits() == 64 { 16 } else { 8 };
        for number in 0..count {
            let cell = Cell::Register(Register::Vector(number));
            let word = state.part(cell, 0, keep, &mut self.values).zero_extend(512);
            state.set(cell, word, &mut self.values);
            self.wrote(state, step, cell);
        }
    }

    fn whole_move(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let bits = mask_bits(decoded.instruction.mnemonic())
            .unwrap_or_else(|| self.operand_bits(&decoded.instruction, 0));
        let word = self.read_operand(state, step, decoded, 1, bits);
        self.write_operand(state, step, decoded, 0, word);
    }

    /// `movd`, `movq`: the low element, the rest of a vector register cleared.
    fn low_move(&mut self, state: &mut State, step: Step, decoded: &Decoded) {
        let instruction = &decoded.instruction;
        let wide = matches!(instruction.mnemonic(), Mnemonic::Movq | Mnemonic::Vmovq);
        let bits = if wide { 64 } else { 32 };
        let word = self.read_operand(state, step, decoded, 1, bits);
        let vector =
            instruction.op_kind(0) == OpKind::Register && !instruction.op_register(0).is_gpr();
        let word = if vector { word.zero_extend(self.operand_bits(instruction, 0)) } else { word };
        self.write_operand(state, step, decoded, 0, word);
    }

    /// `movss`, `movsd`: between registers only the low element moves.
    fn scalar_move(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let instruction = &decoded.instruction;
        let bits = match instruction.mnemonic() {
            Mnemonic::Movss | Mnemonic::Vmovss => 32,
            _ => 64,
        };
        let registers =
            instruction.op_kinds().take(3).filter(|kind| *kind == OpKind::Register).count();
        let word = match (instruction.op_count(), registers) {
            (2, 2) => {
                let low = self.read_operand(state, step, decoded, 1, bits);
                self.read_operand(state, step, decoded, 0, 128).with(0, &low)
            }
            (3, 3) => {
                let low = self.read_operand(state, step, decoded, 2, bits);
                self.read_operand(state, step, decoded, 1, 128).with(0, &low)
            }
            (2, 1) if instruction.op_kind(0) == OpKind::Register => {
                self.read_operand(state, step, decoded, 1, bits).zero_extend(128)
            }
            (2, 1) => self.read_operand(state, step, decoded, 1, bits),
            _ => return false,
        };
        self.write_operand(state, step, decoded, 0, word);
        true
    }

    /// The two sources of a vector instruction: of a two-operand form the destination is one.
    fn sources(
        &mut self,
        state: &mut State,
        step: Step,
        decoded: &Decoded,
    ) -> Option<(Word, Word)> {
        let instruction = &decoded.instruction;
        let bits =
            mask_bits(instruction.mnemonic()).unwrap_or_else(|| self.operand_bits(instruction, 0));
        let first = match instruction.op_count() {
            2 => 0,
            3 => 1,
            _ => return None,
        };
        let left = self.read_operand(state, step, decoded, first, bits);
        let right = self.read_operand(state, step, decoded, first + 1, bits);
        Some((left, right))
    }

    fn vector_logic(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let (operation, invert) = match decoded.instruction.mnemonic() {
            Mnemonic::Pxor
            | Mnemonic::Xorps
            | Mnemonic::Xorpd
            | Mnemonic::Vpxor
            | Mnemonic::Vxorps
            | Mnemonic::Vxorpd
            | Mnemonic::Vpxord
            | Mnemonic::Vpxorq
            | Mnemonic::Kxorw
            | Mnemonic::Kxorq
            | Mnemonic::Kxord
            | Mnemonic::Kxorb => (Operation::Xor, false),
            Mnemonic::Pand
            | Mnemonic::Andps
            | Mnemonic::Andpd
            | Mnemonic::Vpand
            | Mnemonic::Vandps
            | Mnemonic::Vandpd
            | Mnemonic::Vpandd
            | Mnemonic::Vpandq => (Operation::And, false),
            Mnemonic::Por
            | Mnemonic::Orps
            | Mnemonic::Orpd
            | Mnemonic::Vpor
            | Mnemonic::Vorps
            | Mnemonic::Vorpd
            | Mnemonic::Vpord
            | Mnemonic::Vporq => (Operation::Or, false),
            Mnemonic::Pandn
            | Mnemonic::Andnps
            | Mnemonic::Andnpd
            | Mnemonic::Vpandn
            | Mnemonic::Vandnps
            | Mnemonic::Vandnpd
            | Mnemonic::Vpandnd
            | Mnemonic::Vpandnq => (Operation::And, true),
            _ => return false,
        };
        let Some((left, right)) = self.sources(state, step, decoded) else { return false };
        let bits = left.bits();
        let result = if invert && left == right {
            Word::zeros(bits)
        } else {
            let left = if invert { self.values.not(&left, step.site) } else { left };
            self.values.bitwise(operation, &left, &right, step.site)
        };
        self.write_operand(state, step, decoded, 0, result);
        true
    }

    /// Instructions whose result is all zeros or all ones when both sources are one register.
    fn same_operand_idiom(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let instruction = &decoded.instruction;
        let Some(idiom) = traits(instruction.mnemonic()).idiom else { return false };
        let last = instruction.op_count().wrapping_sub(1);
        let first = if instruction.op_count() == 2 { 0 } else { 1 };
        let same = instruction.op_count() <= 3
            && instruction.op_kind(first) == OpKind::Register
            && instruction.op_kind(last) == OpKind::Register
            && instruction.op_register(first) == instruction.op_register(last);
        if !same || instruction.op_register(0).is_k() && !idiom.of_masks {
            return false;
        }
        let bits =
            mask_bits(instruction.mnemonic()).unwrap_or_else(|| self.operand_bits(instruction, 0));
        let word = if idiom.ones { Word::ones(bits) } else { Word::zeros(bits) };
        self.write_operand(state, step, decoded, 0, word);
        true
    }

    /// Shifts of all elements by one count, which is the low quadword of its register.
    fn shift_by_register(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let instruction = &decoded.instruction;
        let traits = traits(instruction.mnemonic());
        let Shape::Lanes(lane) = traits.shape else { return false };
        if !traits.shifts_by_one_count {
            return false;
        }
        let last = instruction.op_count().wrapping_sub(1);
        let of_vector = |operand: u32| {
            instruction.op_kind(operand) == OpKind::Register
                && instruction.op_register(operand).is_vector_register()
        };
        if !(0..=last).all(of_vector) {
            return false;
        }
        let bits = self.operand_bits(instruction, 0);
        let word = self.read_operand(state, step, decoded, last - 1, bits);
        let count = self.read_operand(state, step, decoded, last, 64);
        // Every element depends on the count: it is next to each.
        let counts = (0..bits / 64).fold(Word::default(), |counts, _| counts.then(&count));
        let operation = Operation::Lanes(lane, function_number(instruction.mnemonic(), 0));
        let result = self.values.computed(operation, vec![word, counts], bits, step.site);
        self.write_operand(state, step, decoded, 0, result);
        true
    }

    fn ternary_constant(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let bits = self.operand_bits(&decoded.instruction, 0);
        let word = match decoded.instruction.try_immediate(3) {
            Ok(0) => Word::zeros(bits),
            Ok(0xff) => Word::ones(bits),
            _ => return false,
        };
        self.write_operand(state, step, decoded, 0, word);
        true
    }

    /// Scalar arithmetic: only the lowest elements count, the rest of the destination stays (or
    /// comes from the first source, in the three-operand forms).
    fn scalar_arithmetic(&mut self, state: &mut State, step: Step, decoded: &Decoded) -> bool {
        let instruction = &decoded.instruction;
        let traits = traits(instruction.mnemonic());
        let Shape::Scalar(lane) = traits.shape else { return false };
        let is_vector = (0..instruction.op_count()).any(|operand| {
            instruction.op_kind(operand) == OpKind::Register
                && instruction.op_register(operand).is_vector_register()
        });
        if !is_vector {
            // `clflush` only ends as the half-precision instructions do.
            return false;
        }
        let mut inputs = Vec::new();
        let count = instruction.op_count();
        let places = instruction
            .op_kinds()
            .filter(|kind| matches!(kind, OpKind::Register | OpKind::Memory))
            .count();
        let first = match (places > 2, traits.reads_only_its_source) {
            // The first source only gives the upper part.
            (true, true) => 2,
            (false, false) => 0,
            _ => 1,
        };
        for operand in first..count {
            match instruction.op_kind(operand) {
                OpKind::Register if instruction.op_register(operand).is_vector_register() => {
                    inputs.push(self.read_operand(state, step, decoded, operand, lane));
                }
                OpKind::Register | OpKind::Memory => {
                    let bits = self.operand_bits(instruction, operand).min(128);
                    inputs.push(self.read_operand(state, step, decoded, operand, bits));
                }
                _ => {
                    inputs.push(Word::constant(instruction.try_immediate(operand).unwrap_or(0), 64))
                }
            }
        }
        if count > 2 && traits.is_fused {
            inputs.push(self.read_operand(state, step, decoded, 0, lane));
        }
        let vector = instruction.op_kind(0) == OpKind::Register
            && instruction.op_register(0).is_vector_register();
        self.write_flags(state, step, decoded, &inputs, &KnownFlags::default());
        if traits.only_compares {
            return true;
        }
        let number = function_number(instruction.mnemonic(), 0);
        let bits = if vector {
            traits.converted_bits.unwrap_or(lane)
        } else {
            self.operand_bits(instruction, 0)
        };
        let result = self.values.computed(Operation::Function(number), inputs, bits, step.site);
        let word = if vector {
            // Of complex numbers also the fused ones take it from there.
            let takes = !traits.is_fused || is_complex(instruction.mnemonic());
            let kept = u32::from(zeroes_upper(instruction) && count > 2 && takes);
            let old = match instruction.op_kind(kept) {
                OpKind::Register => self.read_operand(state, step, decoded, kept, 128),
                _ => Word::zeros(128),
            };
            old.with(0, &result)
        } else {
            result
        };
        self.write_operand(state, step, decoded, 0, word);
        true
    }
}

/// How many bits an instruction of mask registers works on; it clears those above.
fn mask_bits(mnemonic: Mnemonic) -> Option<u16> {
    match mnemonic {
        Mnemonic::Kmovb | Mnemonic::Kxorb | Mnemonic::Kxnorb => Some(8),
        Mnemonic::Kmovw | Mnemonic::Kxorw | Mnemonic::Kxnorw => Some(16),
        Mnemonic::Kmovd | Mnemonic::Kxord | Mnemonic::Kxnord => Some(32),
        Mnemonic::Kmovq | Mnemonic::Kxorq | Mnemonic::Kxnorq => Some(64),
        _ => None,
    }
}

fn is_whole_move(mnemonic: Mnemonic) -> bool {
    matches!(
        mnemonic,
        Mnemonic::Movaps
            | Mnemonic::Movups
            | Mnemonic::Movapd
            | Mnemonic::Movupd
            | Mnemonic::Movdqa
            | Mnemonic::Movdqu
            | Mnemonic::Lddqu
            | Mnemonic::Movntdq
            | Mnemonic::Movntps
            | Mnemonic::Movntpd
            | Mnemonic::Movntdqa
            | Mnemonic::Movntq
            | Mnemonic::Vmovaps
            | Mnemonic::Vmovups
            | Mnemonic::Vmovapd
            | Mnemonic::Vmovupd
            | Mnemonic::Vmovdqa
            | Mnemonic::Vmovdqu
            | Mnemonic::Vlddqu
            | Mnemonic::Vmovntdq
            | Mnemonic::Vmovntps
            | Mnemonic::Vmovntpd
            | Mnemonic::Vmovntdqa
            | Mnemonic::Vmovdqa32
            | Mnemonic::Vmovdqa64
            | Mnemonic::Vmovdqu8
            | Mnemonic::Vmovdqu16
            | Mnemonic::Vmovdqu32
            | Mnemonic::Vmovdqu64
            | Mnemonic::Kmovb
            | Mnemonic::Kmovw
            | Mnemonic::Kmovd
            | Mnemonic::Kmovq
    )
}
