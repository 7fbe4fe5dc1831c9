//! x86 and x86_64.
//!
//! The transfer functions work on the abstract machine directly; what a decoded instruction means
//! to the contract is in the text tables of [`meaning`].

pub mod comparison;
pub mod condition;
pub mod decode;
pub mod features;
mod information;
pub mod kernels;
pub mod known;
pub mod meaning;
pub mod operands;
pub mod questions;
pub mod registers;
pub mod text;
pub mod trailing;
pub mod transfer;
