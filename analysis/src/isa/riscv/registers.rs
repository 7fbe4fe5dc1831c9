//! The registers by name (psABI "Register Convention").

use crate::registers::{Register, RegisterPart};

use super::Base;

const GENERAL: [&str; 32] = [
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4",
    "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4",
    "t5", "t6",
];

const FLOAT: [&str; 32] = [
    "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1", "fa0", "fa1", "fa2",
    "fa3", "fa4", "fa5", "fa6", "fa7", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9",
    "fs10", "fs11", "ft8", "ft9", "ft10", "ft11",
];

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

/// The name of a register as compilers print it. `x0` is not a register of its own: it holds 0.
pub fn name(register: Register) -> Option<&'static str> {
    match register {
        Register::General(number) => GENERAL.get(usize::from(number)).copied(),
        Register::Float(number) => FLOAT.get(usize::from(number)).copied(),
        Register::Vector(number) => VECTOR.get(usize::from(number)).copied(),
        _ => None,
    }
}

const VECTOR: [&str; 32] = [
    "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14",
    "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27",
    "v28", "v29", "v30", "v31",
];

/// The register that a name means, architectural (`x10`, `f10`) or of the ABI (`a0`, `fa0`).
/// `None` for anything else, and for `x0`, which holds nothing.
pub fn parse(name: &str) -> Option<Register> {
    let position = |names: &[&str]| names.iter().position(|known| *known == name);
    let numbered = |prefix: char| {
        let digits = name.strip_prefix(prefix)?;
        let plain = digits == "0" || !digits.starts_with('0');
        digits.parse::<u8>().ok().filter(|number| *number < 32 && plain)
    };
    let register = |number: usize, kind: fn(u8) -> Register| u8::try_from(number).ok().map(kind);
    if let Some(number) = position(&GENERAL) {
        return register(number, Register::General).filter(|&register| register != X0);
    }
    if let Some(number) = position(&FLOAT) {
        return register(number, Register::Float);
    }
    if name == "fp" {
        return Some(Register::General(S0));
    }
    (numbered('x').map(Register::General).filter(|&register| register != X0))
        .or_else(|| numbered('f').map(Register::Float))
        .or_else(|| numbered('v').map(Register::Vector))
}

const X0: Register = Register::General(0);

/// The part of a register that instructions of the base set see: integer registers have XLEN
/// bits.
pub fn part(register: Register, base: Base) -> RegisterPart {
    let bits = match register {
        Register::General(_) => base.bits(),
        register => register.bits(),
    };
    RegisterPart { register, low_bit: 0, bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_registers_agree() {
        for number in 1..32 {
            let general = Register::General(number);
            assert_eq!(name(general).and_then(parse), Some(general));
            assert_eq!(parse(&format!("x{number}")), Some(general));
            for register in [Register::Float(number), Register::Vector(number)] {
                assert_eq!(name(register).and_then(parse), Some(register));
            }
            assert_eq!(parse(&format!("f{number}")), Some(Register::Float(number)));
        }
        assert_eq!(parse("fp"), parse("s0"));
        for no_register in ["x0", "zero", "x32", "x01", "f", "pc", "v32", "fcsr"] {
            assert_eq!(parse(no_register), None, "{no_register}");
        }
    }
}
