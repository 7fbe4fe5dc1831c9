//! What follows from the facts: the questions that the lints ask, each answered for every
//! instruction set alike.

pub mod collision;
pub mod comparison;
pub mod exits;
pub mod features;
pub mod linear;
pub mod loops;
pub mod pointers;
pub mod stack;
pub mod trailing;
pub mod undefined;
pub mod varying;
