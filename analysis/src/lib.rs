//! What a block of inline assembly does.
//!
//! Data flows one way:
//!
//! ```text
//! Block ──substitute──▶ text ──assemble──▶ machine code ──decode──▶ instructions
//!       ──effects, flow──▶ Facts
//! ```
//!
//! Nothing in this package depends on the compiler: its input is blocks as plain values ([`block`]),
//! its output facts as plain values, and the rules that compare the two are with their diagnostics.

pub mod analyse;
pub mod assemble;
pub mod block;
pub mod effects;
pub mod facts;
pub mod flow;
pub mod isa;
pub mod meaning;
pub mod naming;
pub mod questions;
pub mod registers;
pub mod show;
pub mod story;
pub mod substitute;
#[doc(hidden)]
pub mod testing;
pub mod values;
pub mod version;
