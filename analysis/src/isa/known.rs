//! What instructions were found to do and mean, by their bytes: lifted once for all blocks that a thread
//! analyses, since real code repeats itself.
//!
//! Only where bytes alone decide: in A64, and there not for what names a place by its distance, nor for
//! what the linker fills in. x86 has [its own](super::x86::known).

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::aarch64;
use super::fetch::Fetch;
use super::lifted::{Code, Lifted};
use super::meanings::Meanings;
use crate::block::Architecture;

/// How many instructions are remembered. A crate has hundreds of different ones, few have thousands.
const KEPT: usize = 1 << 14;

/// What is known with some tables.
#[derive(Default)]
struct Memory {
    version: u64,
    words: FxHashMap<u32, Rc<Lifted>>,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
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
    MEMORY.with_borrow(|memory| {
        let known = memory.words.get(&word).filter(|_| memory.version == meanings.version());
        known.map(Rc::clone)
    })
}

/// Remembers what the bytes of an address are, unless that depends on the address.
pub fn remember(fetch: &Fetch<'_>, meanings: &Meanings, lifted: &Rc<Lifted>) {
    let (Some(word), Code::AArch64(instruction)) = (word(fetch), &lifted.code) else { return };
    if aarch64::names_place(instruction) {
        return;
    }
    MEMORY.with_borrow_mut(|memory| {
        if memory.version != meanings.version() {
            *memory = Memory { version: meanings.version(), ..Memory::default() };
        }
        if memory.words.len() < KEPT {
            memory.words.insert(word, Rc::clone(lifted));
        }
    });
}
