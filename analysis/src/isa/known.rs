//! What instructions were found to do and mean, by their bytes: lifted once for all blocks that a thread
//! analyses, since real code repeats itself.
//!
//! Only where bytes alone decide: in A64, and there not for what names a place by its distance, nor for
//! what the linker fills in. x86 has [its own](super::x86::known).

use std::cell::RefCell;
use std::rc::Rc;

use super::aarch64;
use super::fetch::Fetch;
use super::lifted::{Code, Lifted};
use super::meanings::Meanings;
use super::remembered::Remembered;
use crate::block::Architecture;

thread_local! {
    static MEMORY: RefCell<Remembered<u32, Rc<Lifted>>> = RefCell::default();
}

/// The bytes as a word, where that is all that decides.
fn word(fetch: &Fetch<'_>) -> Option<u32> {
    match fetch.target.architecture {
        Architecture::AArch64 | Architecture::Arm64Ec => {
            fetch.bytes.first_chunk().map(|word| u32::from_le_bytes(*word))
        }
        _ => None,
    }
}

/// The instruction of an address, if the same bytes were lifted before. Nothing of it may be left to the
/// linker.
pub fn recall(fetch: &Fetch<'_>, meanings: &Meanings) -> Option<Rc<Lifted>> {
    let word = word(fetch)?;
    MEMORY.with_borrow_mut(|memory| memory.get(meanings.version(), &word))
}

/// Remembers what the bytes of an address are, which were not [recalled](recall), unless that depends on
/// the address.
pub fn remember(fetch: &Fetch<'_>, lifted: &Rc<Lifted>) {
    let (Some(word), Code::AArch64(instruction)) = (word(fetch), &lifted.code) else { return };
    if !aarch64::names_place(instruction) {
        MEMORY.with_borrow_mut(|memory| memory.keep(word, lifted));
    }
}
