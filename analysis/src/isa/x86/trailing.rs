//! Bytes that are prefixes of an instruction and nothing more.

use iced_x86::{Decoder, DecoderOptions, Mnemonic};

/// A byte that completes any chain of prefixes to an instruction.
const NOP: u8 = 0x90;

/// No instruction is longer (Intel SDM vol. 2, 2.3.11).
const LONGEST_INSTRUCTION: usize = 15;

/// Whether bytes of instructions end in a prefix that no instruction follows.
pub fn ends_in_prefix(bytes: &[u8], bitness: u32) -> bool {
    let mut decoder = Decoder::new(bitness, bytes, DecoderOptions::NONE);
    while decoder.can_decode() {
        let start = decoder.position();
        if decoder.decode().is_invalid() {
            return bytes.get(start..).is_some_and(|rest| is_only_prefix(rest, bitness));
        }
    }
    false
}

/// Whether a `nop` after the bytes makes them a whole instruction, that is, they are only prefixes.
pub(crate) fn is_only_prefix(bytes: &[u8], bitness: u32) -> bool {
    if bytes.is_empty() || bytes.len() >= LONGEST_INSTRUCTION {
        return false;
    }
    let mut completed = bytes.to_vec();
    completed.push(NOP);
    let mut decoder = Decoder::new(bitness, &completed, DecoderOptions::NO_INVALID_CHECK);
    let instruction = decoder.decode();
    !instruction.is_invalid()
        && instruction.len() == completed.len()
        && matches!(instruction.mnemonic(), Mnemonic::Nop | Mnemonic::Pause | Mnemonic::Xchg)
}
