//! Names of cells, and modifiers of placeholders.

use crate::registers::RegisterPart;
use crate::values::{Cell, Flag};

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
