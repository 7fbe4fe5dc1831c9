//! [`Fetch`]: what each folder is given to decode an instruction.

use crate::assemble::{AddressBits, Section};
use crate::block::Target;
use crate::effects::Place;
use crate::machine::code::CodeAddress;

/// Where an instruction is decoded, and what is known there.
#[derive(Clone, Copy, Debug)]
pub struct Fetch<'a> {
    /// What the compiler assembles for.
    pub target: &'a Target,
    /// The section, with its symbols.
    pub section: &'a Section,
    /// The address of the instruction.
    pub address: CodeAddress,
    /// The bytes from there to the end of what the block itself put there.
    pub bytes: &'a [u8],
}

/// A field of an instruction whose value the linker decides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldReference {
    /// The first byte of the field, from the beginning of the instruction.
    pub at: u8,
    /// What the field refers to. For a relative field, the place itself, not the distance.
    pub place: Place,
    /// Whether the field holds a distance from itself instead of an address.
    pub relative: bool,
    /// Which bits of the address go into the field.
    pub bits: AddressBits,
}
