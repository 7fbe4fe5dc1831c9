//! The instruction sets, one folder each. Everything outside of these folders is neutral.

pub mod aarch64;
pub mod arm;
pub mod riscv;
pub mod x86;
