//! Arm's 32-bit instruction sets: A32 and T32, from Armv6-M to Armv8.1-M and Armv7-A/R to Armv8.
//!
//! ```text
//! bytes ──decode──▶ Decoded ──lift──▶ Effects
//!            ▲
//!     witness (LLVM's disassembler)
//! ```
//!
//! [`decode`] reads one instruction, with the IT state that it runs under. [`witness`] compares the
//! result with LLVM's own disassembler: where they disagree, the instruction is opaque. [`lift`]
//! says what it does, a file for each topic. What an instruction means to the contract beyond that
//! is in [`meaning`]'s text tables.
//!
//! The M-profile's vector extension (MVE) is not known here: its instructions are opaque.

pub mod contract;
pub mod decode;
pub mod lift;
pub mod m_profile;
pub mod meaning;
pub mod registers;
pub mod state;
pub mod witness;

pub use decode::{Decoded, Form, Profile, State, decode};
pub use lift::{Reference, Surroundings, lift};

#[cfg(test)]
mod tests;
