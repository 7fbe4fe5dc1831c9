//! RISC-V, RV32 and RV64.
//!
//! An instruction is decoded by `disc-v` and checked against LLVM's disassembly of the same bytes;
//! a compressed one becomes the 32-bit instruction that it stands for ([`compressed`]). [`lift()`]
//! says what it does as [`Effects`], and the tables `meaning.txt` and `csr.txt` what else it
//! means to the contract.
//!
//! "Unpriv" and "Priv" are the two volumes of the RISC-V Instruction Set Manual, "psABI" is the
//! RISC-V ELF psABI, "SBI" the Supervisor Binary Interface.

pub mod compressed;
pub mod contract;
pub mod csr;
pub mod decode;
pub mod fields;
pub mod keys;
pub mod lift;
pub mod operands;
pub mod registers;
pub mod symbols;
pub mod witness;

pub use decode::{Decoder, Instruction, Undecoded};
pub use lift::{Address, Environment, Machine, lift};

/// The base instruction set.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Base {
    /// Integer registers of 32 bits.
    Rv32,
    /// Integer registers of 64 bits.
    Rv64,
}

impl Base {
    /// The width of an integer register in bits (XLEN).
    pub fn bits(self) -> u16 {
        match self {
            Base::Rv32 => 32,
            Base::Rv64 => 64,
        }
    }
}
