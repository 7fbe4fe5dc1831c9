//! The status flags that an instruction leaves.

use iced_x86::{Instruction, Mnemonic, RflagsBits};
use smallvec::SmallVec;

use crate::isa::x86::comparison::function_number;
use crate::isa::x86::decode::Decoded;
use crate::machine::state::State;
use crate::machine::{Machine, Step};
use crate::values::{Flag, Operation, Word, low_mask};

/// The decoder's bit for each flag.
pub const DECODER_BITS: [(Flag, u32); 9] = [
    (Flag::Overflow, RflagsBits::OF),
    (Flag::Sign, RflagsBits::SF),
    (Flag::Zero, RflagsBits::ZF),
    (Flag::Adjust, RflagsBits::AF),
    (Flag::Carry, RflagsBits::CF),
    (Flag::Parity, RflagsBits::PF),
    (Flag::Direction, RflagsBits::DF),
    (Flag::Interrupt, RflagsBits::IF),
    (Flag::AlignmentCheck, RflagsBits::AC),
];

/// The number that tells an instruction's flags from its other results.
const FLAGS_SLOT: u32 = 15;

/// Flags that are known in spite of what the decoder can say.
#[derive(Clone, Default, Debug)]
pub struct KnownFlags(SmallVec<[(Flag, Word); 2]>);

impl KnownFlags {
    /// Adds a flag that is known to be the bit.
    pub fn with(mut self, flag: Flag, bit: Word) -> KnownFlags {
        self.0.push((flag, bit));
        self
    }

    fn bit(&mut self, flag: Flag, set: bool) {
        self.0.push((flag, Word::constant(u64::from(set), 1)));
    }

    /// Zero, sign and parity of a known result (SDM vol. 1, 3.4.3.1).
    pub fn of_result(result: &Word) -> KnownFlags {
        let mut known = KnownFlags::default();
        let bits = result.bits();
        if let Some(value) = result.as_constant().filter(|_| bits <= 64) {
            known.bit(Flag::Zero, value == 0);
            known.bit(Flag::Sign, value >> (bits - 1) & 1 == 1);
            known.bit(Flag::Parity, (value as u8).count_ones().is_multiple_of(2));
        }
        known
    }

    /// All six flags of `left + right` or `left - right`, where they are known.
    pub fn of_sum(left: &Word, right: &Word, subtract: bool, result: &Word) -> KnownFlags {
        let mut known = KnownFlags::of_result(result);
        let bits = left.bits();
        if bits > 64 {
            return known;
        }
        if subtract && left == right {
            for flag in [Flag::Carry, Flag::Overflow, Flag::Adjust] {
                known.bit(flag, false);
            }
        } else if let (Some(one), Some(two)) = (left.as_constant(), right.as_constant()) {
            let sign = 1 << (bits - 1);
            let sum = if subtract { one.wrapping_sub(two) } else { one.wrapping_add(two) }
                & low_mask(bits);
            let carry = if subtract { one < two } else { sum < one };
            let differ = if subtract { one ^ two } else { !(one ^ two) };
            known.bit(Flag::Carry, carry);
            known.bit(Flag::Overflow, differ & (one ^ sum) & sign != 0);
            known.bit(Flag::Adjust, (one ^ two ^ sum) & 0x10 != 0);
        } else if let (true, Some(step)) = (is_bit(left), right.as_constant()) {
            // Adding to a value of 0 or 1 moves that bit into a flag: the usual way to bring back
            // an overflow flag saved by `seto`, or a carry saved by `setc`.
            let bit = left.slice(0, 1);
            if !subtract && step == low_mask(bits) >> 1 {
                known.0.push((Flag::Overflow, bit));
            } else if !subtract && step == low_mask(bits) {
                known.0.push((Flag::Carry, bit));
            }
        } else if subtract && left.as_constant() == Some(0) && is_bit(right) {
            known.0.push((Flag::Carry, right.slice(0, 1)));
        }
        known
    }
}

impl IntoIterator for KnownFlags {
    type Item = (Flag, Word);
    type IntoIter = smallvec::IntoIter<[(Flag, Word); 2]>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Whether the word can only be 0 or 1.
pub fn is_bit(word: &Word) -> bool {
    let (mask, ones) = word.known();
    let rest = low_mask(word.bits()) & !1;
    word.bits() <= 64 && mask & rest == rest && ones & rest == 0
}

impl Machine<'_> {
    /// Sets the flags that the decoder says the instruction changes: as known, where they are, or
    /// as a function of the inputs.
    pub fn write_flags(
        &mut self,
        state: &mut State,
        step: Step,
        decoded: &Decoded,
        inputs: &[Word],
        known: &KnownFlags,
    ) {
        let (instruction, meaning) = (&decoded.instruction, &decoded.known.meaning);
        let modified = instruction.rflags_modified() | meaning.undefined_flags;
        if modified == 0 || meaning.flags_kept {
            return;
        }
        let (cleared, set) = (instruction.rflags_cleared(), instruction.rflags_set());
        let mut computed = None;
        let written = DECODER_BITS.iter().filter(|(_, bit)| modified & bit != 0);
        let written = written.fold(0, |written, (flag, _)| written | 1 << flag.bit());
        self.note_flag_writes(step.site, written);
        for (flag, bit) in DECODER_BITS {
            if modified & bit == 0 {
                continue;
            }
            let word = if let Some((_, word)) = known.0.iter().find(|(known, _)| *known == flag) {
                word.clone()
            } else if cleared & bit != 0 {
                Word::zeros(1)
            } else if set & bit != 0 {
                Word::ones(1)
            } else {
                let all = computed.get_or_insert_with(|| {
                    let number = function_number(instruction.mnemonic(), FLAGS_SLOT);
                    self.values.computed(
                        Operation::Function(number),
                        inputs.to_vec(),
                        64,
                        step.site,
                    )
                });
                all.slice(flag.bit(), 1)
            };
            self.put_flag(state, flag, word);
        }
    }

    /// The flags that the decoder says the instruction reads.
    pub fn flags_read(&mut self, state: &State, instruction: &Instruction) -> Vec<Word> {
        let read = instruction.rflags_read();
        DECODER_BITS
            .iter()
            .filter(|(_, bit)| read & bit != 0)
            .map(|(flag, _)| state.flag(*flag, &mut self.values))
            .collect()
    }

    /// The instructions that set, clear or flip single flags. Returns whether it was one.
    pub fn flag_instruction(
        &mut self,
        state: &mut State,
        step: Step,
        instruction: &Instruction,
    ) -> bool {
        let (flag, bit) = match instruction.mnemonic() {
            Mnemonic::Clc => (Flag::Carry, Word::zeros(1)),
            Mnemonic::Stc => (Flag::Carry, Word::ones(1)),
            Mnemonic::Cmc => {
                let carry = state.flag(Flag::Carry, &mut self.values);
                (Flag::Carry, self.values.not(&carry, step.site))
            }
            Mnemonic::Cld => (Flag::Direction, Word::zeros(1)),
            Mnemonic::Std => (Flag::Direction, Word::ones(1)),
            Mnemonic::Cli => (Flag::Interrupt, Word::zeros(1)),
            Mnemonic::Sti => (Flag::Interrupt, Word::ones(1)),
            Mnemonic::Clac => (Flag::AlignmentCheck, Word::zeros(1)),
            Mnemonic::Stac => (Flag::AlignmentCheck, Word::ones(1)),
            _ => return false,
        };
        self.set_flag(state, step, flag, bit);
        true
    }
}
