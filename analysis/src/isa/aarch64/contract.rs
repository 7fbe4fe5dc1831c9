//! What AArch64 answers to the questions of [`isa`](crate::isa).

use super::{Here, Reference};
use crate::effects::Effects;
use crate::isa::{Fetch, FieldReference};
use crate::meaning::{Meaning, Table};

pub use super::registers::{cell_name, modifier};
pub use super::{Instruction, TABLES, is_mnemonic, length, mnemonic, named, renamed, text};

/// Decodes the instruction at an address; `None` where there is none that is known, or where LLVM
/// sees another one.
pub fn decode(fetch: &Fetch<'_>) -> Option<Instruction> {
    let word = u32::from_le_bytes(*fetch.bytes.first_chunk()?);
    super::decode_word(word).filter(super::witness::agrees)
}

/// What the instruction does.
pub fn lift(
    instruction: &Instruction,
    fetch: &Fetch<'_>,
    references: &[FieldReference],
) -> Effects {
    let reference = references.first().map(|reference| Reference {
        place: reference.place.clone(),
        low: u16::from(reference.bits.low),
        count: u16::from(reference.bits.count),
    });
    let here = Here { section: fetch.address.section, offset: fetch.address.offset, reference };
    super::effects(instruction, &here)
}

/// What the instruction means to the contract.
pub fn meaning(instruction: &Instruction, table: &Table) -> Meaning {
    let keys = super::keys(instruction);
    let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
    table.of(&keys)
}

/// Whether code ends in `movprfx` (DDI 0487, C6.2 MOVPRFX: what comes next must be the instruction
/// that overwrites its destination).
pub fn ends_in_prefix(bytes: &[u8]) -> bool {
    let last = bytes.last_chunk().map(|word| u32::from_le_bytes(*word));
    let instruction = last.and_then(super::decode_word);
    instruction.is_some_and(|last| last.mnemonic == exarmo_aarch64::Mnemonic::Movprfx)
}
