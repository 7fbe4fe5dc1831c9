//! What is known about the low bits of the stack pointer on entry.
//!
//! An `asm!` block without `nostack` finds the stack aligned as its target's ABI demands at a call
//! (Reference, `asm.options.supported-options.nostack`); a function is entered with the stack so
//! aligned before its caller pushed the return address, where calls push one. So forcing an
//! alignment that is there already does nothing, and the block that relies on it to move the stack
//! pointer, or not to, is one or the other for certain.

use super::Machine;
use crate::block::{Block, BlockKind};
use crate::values::{Cell, Kind, Site, Source, Word};

/// The stack pointer on entry, modulo a power of 2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EntryAlignment {
    /// The alignment in bytes.
    pub modulus: u64,
    /// How far the stack pointer is above a multiple of it.
    pub residue: u64,
}

impl EntryAlignment {
    /// What a block may count on, if anything.
    pub fn of(block: &Block) -> Option<EntryAlignment> {
        let target = &block.target;
        let (abi, pushed) = match &block.kind {
            BlockKind::Inline if block.options.nostack => return None,
            BlockKind::Inline => (target.abis.get(&target.c_abi)?, 0),
            BlockKind::Naked(abi) => (target.abis.get(&abi.name)?, pushed_by_call(block)),
            BlockKind::Global => return None,
        };
        let modulus = u64::from(abi.stack_alignment);
        modulus
            .is_power_of_two()
            .then(|| EntryAlignment { modulus, residue: (modulus - pushed.min(modulus)) % modulus })
    }

    /// How many low bits are known.
    fn bits(self) -> u16 {
        u16::try_from(self.modulus.trailing_zeros()).unwrap_or(0)
    }
}

/// How many bytes a call of the architecture pushes.
fn pushed_by_call(block: &Block) -> u64 {
    let architecture = block.target.architecture;
    match architecture.link_register() {
        Some(_) => 0,
        None => u64::from(architecture.word_bytes()),
    }
}

impl Machine<'_> {
    /// How far a word is from the stack pointer on entry, modulo its width, if it is at a constant
    /// distance from it.
    fn distance_from_entry(&mut self, word: &Word) -> Option<u64> {
        let (base, distance) = self.values.split_offset(word);
        let entry = self.values.entry(Cell::Register(self.stack_pointer)).slice(0, word.bits());
        (base == entry).then_some(distance)
    }

    /// The word with the low bits that it is known to have where it is a stack pointer; any other
    /// word as it is.
    pub fn with_known_alignment(&mut self, word: &Word) -> Word {
        let Some(alignment) = self.entry_alignment.filter(|_| word.bits() >= 32) else {
            return word.clone();
        };
        match self.distance_from_entry(word) {
            Some(distance) => {
                let low = alignment.residue.wrapping_add(distance) & (alignment.modulus - 1);
                word.with(0, &Word::constant(low, alignment.bits()))
            }
            None => word.clone(),
        }
    }

    /// A stack pointer whose known low bits were taken apart, as a distance from the one on entry;
    /// any other word as it is.
    pub fn joined_alignment(&mut self, word: Word, site: Site) -> Word {
        let (Some(alignment), [low, high]) = (self.entry_alignment, word.segments()) else {
            return word;
        };
        let Source::Slice { value, low: from } = high.source else { return word };
        let known = low.bits;
        if from != known || known > alignment.bits() || word.bits() < 32 {
            return word;
        }
        let whole = Word::slice_of(value, 0, word.bits());
        let is_as_wide = match &self.values.get(value).kind {
            Kind::Entry(_) => true,
            _ => self.values.get(value).bits == word.bits(),
        };
        let bits = Word::from_segment(*low).as_constant();
        let (true, Some(bits)) = (is_as_wide, bits) else { return word };
        let Some(distance) = self.distance_from_entry(&whole) else { return word };
        let was = alignment.residue.wrapping_add(distance) & ((1 << known) - 1);
        self.values.add_constant(&whole, bits.wrapping_sub(was), site)
    }
}
