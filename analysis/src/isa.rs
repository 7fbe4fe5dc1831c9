//! The instruction sets, one folder each, and what each of them answers.
//!
//! Everything outside of these folders is neutral: it knows an instruction as an [`Instruction`],
//! a register by its name, and asks here what both do. There is one `match` for each
//! question, over [`Architecture`] or over the form of an instruction.
//!
//! x86's transfer functions work on the abstract machine directly. Every other instruction set
//! *lifts* an instruction to [`Effects`](crate::effects::Effects), once, when it is decoded; its
//! folder provides
//!
//! | function | answers |
//! |---|---|
//! | `decode(&Fetch) -> Option<Instruction>` | the instruction at an address, in the folder's own form |
//! | `lift(&Instruction, &Fetch, &[FieldReference]) -> Effects` | what it does |
//! | `meaning(&Instruction, &Table) -> Meaning` | what it means to the contract, from text tables |
//! | `mnemonic`, `text`, `named`, `length`, `renamed` | what messages and other questions ask |
//! | `registers::…` | names of registers and cells, and what they are there for |

pub mod aarch64;
pub mod arm;
pub mod coverage;
pub mod features;
pub mod fetch;
mod instruction;
pub mod known;
mod lifted;
mod meanings;
pub mod registers;
mod remembered;
pub mod riscv;
mod shape;
pub mod vocabulary;
pub mod x86;

use crate::block::Architecture;

pub use coverage::is_interpreted;
pub use fetch::{Fetch, FieldReference};
pub use instruction::Instruction;
pub use lifted::{Code, Lifted};
pub use meanings::Meanings;
pub use shape::{Flow, RegisterStack, Repeated};

/// Whether bytes of instructions end in something that changes the instruction after them, which is
/// not among them.
pub fn ends_in_prefix(architecture: Architecture, bytes: &[u8]) -> bool {
    match architecture {
        Architecture::X86 | Architecture::X86_64 => {
            x86::trailing::ends_in_prefix(bytes, u32::from(architecture.word_bits()))
        }
        Architecture::AArch64 | Architecture::Arm64Ec => aarch64::contract::ends_in_prefix(bytes),
        _ => false,
    }
}
