//! What a block of inline assembly does.
//!
//! Data flows one way:
//!
//! ```text
//! Block ──substitute──▶ text ──assemble──▶ machine code ──isa──▶ instructions
//!       ──flow, on the abstract machine──▶ Facts ──questions──▶ answers
//! ```
//!
//! Modules use each other one way, too. From what is used by all to what uses all:
//!
//! | module | what it is about |
//! |---|---|
//! | [`block`], [`registers`], [`naming`], [`version`] | what a block is |
//! | [`values`], [`effects`] | abstract values, and the language in which instructions are described |
//! | [`substitute`], [`assemble`] | template to text to machine code |
//! | [`meaning`] | the vocabulary of what instructions mean to the contract |
//! | [`machine`] | registers, flags and memory as instructions act on them, and what is noted |
//! | [`isa`] | the instruction sets: decoders, effects or transfer functions, tables |
//! | [`facts`] | what came of it |
//! | [`flow`] | the paths |
//! | [`reading`], [`questions`] | what rules and stories ask |
//! | [`analyse`], [`story`], [`show`] | all of it in order, and how it is presented |
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
pub mod machine;
pub mod meaning;
pub mod naming;
pub mod questions;
pub mod reading;
pub mod registers;
pub mod show;
pub mod story;
pub mod substitute;
#[doc(hidden)]
pub mod testing;
pub mod values;
pub mod version;
