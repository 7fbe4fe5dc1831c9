//! The registers that have a task (psABI, "Register Convention").

use crate::registers::{Register, RegisterPart};

use super::Base;

/// The return address.
pub const RA: u8 = 1;
/// The stack pointer.
pub const SP: u8 = 2;
/// The global pointer.
pub const GP: u8 = 3;
/// The thread pointer.
pub const TP: u8 = 4;
/// The alternate link register.
pub const T0: u8 = 5;
/// The first saved register, which is the frame pointer too.
pub const S0: u8 = 8;
/// The second saved register, which LLVM keeps for itself.
pub const S1: u8 = 9;
/// The first argument and result register.
pub const A0: u8 = 10;
/// The last argument register, in which the number of a system call goes.
pub const A7: u8 = 17;

/// The part of a register that instructions of the base set see: integer registers have XLEN
/// bits.
pub fn part(register: Register, base: Base) -> RegisterPart {
    let bits = match register {
        Register::General(_) => base.bits(),
        register => register.bits(),
    };
    RegisterPart { register, low_bit: 0, bits }
}
