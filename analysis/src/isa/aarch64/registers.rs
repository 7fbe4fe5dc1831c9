//! Names of registers and cells.

use crate::registers::{Register, RegisterPart};
use crate::values::{Cell, Flag};

/// The register's name at a width: `w3`, `x3`, `d7`, `v7`.
pub fn name(part: RegisterPart) -> String {
    match (part.register, part.bits) {
        (Register::General(31), 32) => "wsp".to_owned(),
        (Register::General(31), _) => "sp".to_owned(),
        (Register::General(number), 32) if part.low_bit == 0 => format!("w{number}"),
        (Register::General(number), _) => format!("x{number}"),
        (Register::Vector(number), bits) => match bits {
            8 => format!("b{number}"),
            16 => format!("h{number}"),
            32 => format!("s{number}"),
            64 => format!("d{number}"),
            512 => format!("z{number}"),
            _ => format!("v{number}"),
        },
        (Register::Mask(16), _) => "ffr".to_owned(),
        (Register::Mask(number), _) => format!("p{number}"),
        (other, _) => other.to_string(),
    }
}

/// The part that a register name means; `None` for anything that an operand may not name.
pub fn parse(name: &str) -> Option<RegisterPart> {
    let name = name.to_ascii_lowercase();
    let part = |register, bits| Some(RegisterPart { register, low_bit: 0, bits });
    match name.as_str() {
        "sp" => return part(Register::General(31), 64),
        "wsp" => return part(Register::General(31), 32),
        "fp" => return part(Register::General(29), 64),
        "lr" => return part(Register::General(30), 64),
        "ffr" => return part(Register::Mask(16), 64),
        _ => {}
    }
    let (kind, digits) = name.split_at_checked(1)?;
    if digits.len() > 1 && digits.starts_with('0') || digits.starts_with('+') {
        return None;
    }
    let number: u8 = digits.parse().ok()?;
    match kind {
        "x" if number < 31 => part(Register::General(number), 64),
        "w" if number < 31 => part(Register::General(number), 32),
        "p" if number < 16 => part(Register::Mask(number), 64),
        _ if number > 31 => None,
        "b" => part(Register::Vector(number), 8),
        "h" => part(Register::Vector(number), 16),
        "s" => part(Register::Vector(number), 32),
        "d" => part(Register::Vector(number), 64),
        "q" | "v" => part(Register::Vector(number), 128),
        "z" => part(Register::Vector(number), 512),
        _ => None,
    }
}

/// The name of a cell that is not a register, as a message has it.
pub fn cell_name(cell: Cell) -> &'static str {
    match cell {
        Cell::Flag(Flag::Sign) => "N",
        Cell::Flag(Flag::Zero) => "Z",
        Cell::Flag(Flag::Carry) => "C",
        Cell::Flag(Flag::Overflow) => "V",
        Cell::Flag(flag) => flag.name(),
        Cell::FloatStatus => "FPSR",
        Cell::FloatControl => "FPCR",
        _ => "a system register",
    }
}

/// See [`isa::registers::modifier`](crate::isa::registers::modifier).
pub fn modifier(class: &str, part: RegisterPart) -> &'static str {
    match (class, part.bits) {
        ("reg", 32) => ":w",
        ("vreg" | "vreg_low16", bits) => match bits {
            8 => ":b",
            16 => ":h",
            32 => ":s",
            64 => ":d",
            _ => "",
        },
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_parts_agree() {
        for text in ["x0", "w30", "sp", "wsp", "b1", "h2", "s3", "d4", "v31", "z5", "p15", "ffr"] {
            assert_eq!(parse(text).map(name).as_deref(), Some(text));
        }
        for text in ["x31", "w31", "xzr", "v32", "p16", "x01", "x+1", "y1", "x", "", "é0"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("LR"), parse("x30"));
        assert_eq!(parse("q9"), parse("v9"));
    }
}
