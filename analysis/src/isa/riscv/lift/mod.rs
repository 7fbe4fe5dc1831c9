//! [`lift`]: what one instruction does, as [`Effects`].
//!
//! One file for each part of the manual; each answers `None` for a name that is not its own.

mod atomics;
mod bits;
mod build;
mod control;
mod cryptography;
mod floating;
mod integer;
mod memory;
mod pushpop;
mod system;
mod vector;

use super::Base;
use super::decode::Instruction;
use super::symbols::Field;
use crate::effects::{Effects, Next};

use build::Builder;

pub use vector::{Grouping, grouping};

/// Who answers `ecall`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Environment {
    /// The Linux kernel.
    Linux,
    /// Whoever implements the Supervisor Binary Interface: code without an operating system.
    Firmware,
    /// The Xous kernel.
    Xous,
    /// Another operating system, whose convention is not known.
    Unknown,
}

/// What an instruction's effects depend on besides its bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Machine {
    /// The base instruction set.
    pub base: Base,
    /// The width of the floating-point registers: 64 with D, 32 with F alone.
    pub float_bits: u16,
    /// Whether there is a vector unit whose state a system call drops.
    pub vectors: bool,
    /// Who answers `ecall`.
    pub environment: Environment,
    /// How many vector registers an operand takes.
    pub grouping: Grouping,
}

/// Where an instruction is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Address {
    /// The section, by index in the machine code.
    pub section: u32,
    /// The offset in it.
    pub offset: u64,
}

/// What an instruction does wherever it is, on a machine that has everything.
pub fn anywhere(instruction: &Instruction) -> Option<Effects> {
    let machine = Machine {
        base: instruction.base,
        float_bits: 64,
        vectors: false,
        environment: Environment::Unknown,
        grouping: Grouping::Unknown,
    };
    lift(instruction, None, Address { section: 0, offset: 0 }, &machine)
}

/// What an instruction does. `field` is what a relocation says about its immediate. `None`: what it
/// does is not known.
pub fn lift(
    instruction: &Instruction,
    field: Option<&Field>,
    address: Address,
    machine: &Machine,
) -> Option<Effects> {
    let mut builder = Builder::new(instruction, field, address, machine);
    if instruction.traps {
        builder.next(Next::Trap);
        return Some(builder.finish());
    }
    let known = integer::lift(&mut builder)
        || memory::lift(&mut builder)
        || control::lift(&mut builder)
        || bits::lift(&mut builder)
        || atomics::lift(&mut builder)
        || floating::lift(&mut builder)
        || system::lift(&mut builder)
        || cryptography::lift(&mut builder)
        || pushpop::lift(&mut builder)
        || vector::lift(&mut builder);
    known.then(|| builder.finish())
}
