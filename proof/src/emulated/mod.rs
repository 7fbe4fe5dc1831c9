//! Proof by execution for instruction sets that this machine's processor does not have: code runs
//! in QEMU's user-mode emulation (for the M-profile of Arm, on a board that it emulates), and what it did is compared with the [`Effects`] that
//! `asm-analysis` lifts it to.
//!
//! ```text
//! cargo run --release -p asm-proof -- --target aarch64 --seed 1 --count 1000000
//! ```
//!
//! A trial is an instruction, or a program of a few, in a random state. The model evaluates it on
//! the same state ([`asm_analysis::effects::evaluate`]); everything that it says must be so, and
//! nothing else may have changed. Reads are checked by a second run in which random bits of the
//! start are flipped: what does not depend on them by the model must come out the same.
//!
//! The abstract interpreter is asked about the same code (see [`facts`]): whatever it claims of the
//! end must be so, and for every other program only such bits are flipped as it says nothing reads.
//!
//! Where QEMU and the architecture's manual differ, the manual decides, and the difference is
//! listed beside the forms of the architecture.
//!
//! # Adding an architecture
//!
//! 1. `worker/NAME.rs`: where the registers are in a signal context, as three items
//!    (`WORDS`, `CONTEXT_BYTES`, `read_state` and `write_state`); a line in `worker/main.rs` that
//!    takes it in. `pc` is the first word of the state.
//! 2. `src/emulated/NAME.rs`: a function that returns a [`Guest`]: which bits of which
//!    [`Cell`] each word of the state holds, a list of forms with an example encoding of each, how
//!    to vary an encoding within its form, and how to lift it.
//! 3. A line in [`guest`].

mod aarch64;
mod arm;
mod compare;
mod emulator;
mod facts;
mod forms;
mod machine;
mod protocol;
mod report;
mod riscv;
mod trial;

use std::sync::Arc;

use asm_analysis::block::Target;
use asm_analysis::effects::Effects;
use asm_analysis::values::Cell;
use fastrand::Rng;

pub use report::{explain, prove};

/// Where a worker for user mode is linked to: not at the addresses that have a single bit set, which
/// are among those that runs store to, nor in reach of a branch from the code.
const ELSEWHERE: &[&str] = &["-C", "link-arg=--image-base=0x55550000"];

/// An instruction set that runs in QEMU.
pub struct Guest {
    /// Its name on the command line.
    pub name: &'static str,
    /// QEMU's program for it, with the processor that has every extension.
    pub qemu: &'static [&'static str],
    /// The worker's source.
    pub worker: &'static str,
    /// Rust's target for the worker: one that links statically with what rustc brings along.
    pub rust_target: &'static str,
    /// What rustc is called with besides, to link it.
    pub linking: &'static [&'static str],
    /// Four bytes that trap wherever an instruction may begin.
    pub trap: [u8; 4],
    /// How many words the worker's state has.
    pub words: usize,
    /// Which bits of the machine the words hold.
    pub spans: fn() -> Vec<Span>,
    /// The cells whose bits are never flipped, because nearly everything reads them and the model
    /// leaves that out on purpose: rounding modes.
    pub is_read_by_all: fn(Cell) -> bool,
    /// The forms that are tried, those included that turn out not to run in user mode.
    pub forms: fn() -> Vec<Form>,
    /// Another random encoding of the form of an encoding.
    pub vary: fn(&Form, &mut Rng) -> Vec<u8>,
    /// What an instruction at an address does. The section of its places is 0 and their offset is
    /// the address. `None`: not followed by the model.
    pub lift: fn(&[u8], u64) -> Option<Lifted>,
    /// The target that the interpreter of blocks is asked about.
    pub target: fn() -> Arc<Target>,
    /// What the stack pointer is a multiple of, whatever is written to it. What would be written
    /// otherwise is not compared with the interpreter, which leaves that out.
    pub stack_multiple: u64,
    /// The bits of the stack pointer that may be flipped.
    pub stack_flips: u64,
    /// Bits of an address of code that code holds otherwise than the effects have it.
    pub code_bits: u64,
    /// How many low bits of a cell are compared with what the interpreter says: the others are where
    /// QEMU and the manual differ.
    pub compared: fn(Cell) -> u16,
    /// Whether code has something in it that QEMU does otherwise than the manual, or that holds only for
    /// what such code is meant for: it is not compared with what the interpreter says.
    pub departs: fn(&[u8]) -> bool,
    /// Puts a random state into the words, `pc` apart.
    pub random: fn(&mut Rng, &mut [u64]),
}

/// Some bits of a cell, and where they are in the state.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The cell.
    pub cell: Cell,
    /// The first bit in the cell.
    pub low: u16,
    /// How many bits.
    pub bits: u16,
    /// The word that holds them.
    pub word: usize,
    /// The first bit in the word.
    pub shift: u16,
}

impl Span {
    /// Its bits in the word.
    pub fn mask(&self) -> u64 {
        let ones = if self.bits == 64 { u64::MAX } else { (1 << self.bits) - 1 };
        ones << self.shift
    }
}

/// A kind of instruction.
#[derive(Clone, Debug)]
pub struct Form {
    /// A name of its own.
    pub name: String,
    /// The bytes of one such instruction.
    pub code: Vec<u8>,
    /// Why it is never run, if so.
    pub denied: Option<&'static str>,
    /// How often programs take an instruction of the form, next to others; 0 for never.
    pub weight: usize,
}

/// An instruction as the model has it.
#[derive(Clone, Debug)]
pub struct Lifted {
    /// As text.
    pub text: String,
    /// What it does.
    pub effects: Effects,
}

/// The architecture of a name.
pub fn guest(name: &str) -> Option<Guest> {
    match name {
        "aarch64" => Some(aarch64::guest()),
        "riscv32" => Some(riscv::riscv32()),
        "riscv64" => Some(riscv::riscv64()),
        "arm" => Some(arm::arm()),
        "thumb" => Some(arm::thumb()),
        "cortex-m" => Some(arm::cortex_m()),
        _ => None,
    }
}
