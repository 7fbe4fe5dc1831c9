//! Which register fields an instruction has, and of which kind.

use super::decode::Instruction;
use crate::registers::Register;

/// The kind of register that a field names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// An integer register.
    General,
    /// A floating-point register.
    Float,
    /// A vector register.
    Vector,
}

impl Kind {
    /// The register of a number; `x0` is none.
    pub fn register(self, number: u8) -> Option<Register> {
        match self {
            Kind::General => (number != 0).then_some(Register::General(number)),
            Kind::Float => Some(Register::Float(number)),
            Kind::Vector => Some(Register::Vector(number)),
        }
    }
}

const RD: u8 = 7;
const RS1: u8 = 15;
const RS2: u8 = 20;
const RS3: u8 = 27;

/// The fields of an instruction that name registers: the first bit of each, and the kind.
pub fn fields(instruction: &Instruction) -> Vec<(u8, Kind)> {
    use Kind::{Float, General, Vector};
    if instruction.traps || instruction.has_own_fields() {
        return Vec::new();
    }
    let word = instruction.word;
    let name = instruction.name;
    let minor = word.funct3();
    match word.opcode() {
        0x03 | 0x13 | 0x1b | 0x67 => vec![(RD, General), (RS1, General)],
        0x17 | 0x37 | 0x6f => vec![(RD, General)],
        0x23 | 0x63 => vec![(RS1, General), (RS2, General)],
        0x2f | 0x33 | 0x3b => vec![(RD, General), (RS1, General), (RS2, General)],
        0x07 | 0x27 if matches!(minor, 1..=4) => {
            let data = if word.opcode() == 0x07 { RD } else { RS2 };
            vec![(data, Float), (RS1, General)]
        }
        0x07 | 0x27 => {
            let mut all = vec![(RD, Vector), (RS1, General)];
            match word.field(26, 2) {
                0 => {}
                2 => all.push((RS2, General)),
                _ => all.push((RS2, Vector)),
            }
            all
        }
        0x0f => match minor {
            2 => vec![(RS1, General)],
            _ => Vec::new(),
        },
        0x43 | 0x47 | 0x4b | 0x4f => {
            vec![(RD, Float), (RS1, Float), (RS2, Float), (RS3, Float)]
        }
        0x53 => floating(name),
        0x57 | 0x77 => vector(name, word.field(26, 6), minor),
        0x73 => match minor {
            1..=3 => vec![(RD, General), (RS1, General)],
            5..=7 => vec![(RD, General)],
            4 if name.starts_with("hsv") => vec![(RS1, General), (RS2, General)],
            4 if name.starts_with("hlv") => vec![(RD, General), (RS1, General)],
            4 => vec![(RD, General), (RS1, General)],
            _ if name.contains("fence.") || name.contains("inval.") => {
                vec![(RS1, General), (RS2, General)]
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The fields of a floating-point instruction; unary ones have a code in place of a second source.
fn floating(name: &str) -> Vec<(u8, Kind)> {
    use Kind::{Float, General};
    let is_integer = |name: &str| matches!(name, "w" | "wu" | "l" | "lu" | "x");
    let mut words = name.split('.');
    let operation = words.next().unwrap_or_default();
    let (to, from) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match operation {
        "fcvt" | "fmv" | "fcvtmod" | "fmvh" => {
            let kind = |name| if is_integer(name) { General } else { Float };
            // `fmv.w.x` goes to a floating-point register whatever the width is called.
            let to = if operation == "fmv" && from == "x" { Float } else { kind(to) };
            let from = if operation == "fmv" && from != "x" { Float } else { kind(from) };
            vec![(RD, to), (RS1, from)]
        }
        "fmvp" => vec![(RD, Float), (RS1, General), (RS2, General)],
        "feq" | "flt" | "fle" | "fleq" | "fltq" => {
            vec![(RD, General), (RS1, Float), (RS2, Float)]
        }
        "fclass" => vec![(RD, General), (RS1, Float)],
        "fli" => vec![(RD, Float)],
        "fsqrt" | "fround" | "froundnx" => vec![(RD, Float), (RS1, Float)],
        _ => vec![(RD, Float), (RS1, Float), (RS2, Float)],
    }
}

/// The fields of a vector instruction that computes.
fn vector(name: &str, operation: u32, minor: u32) -> Vec<(u8, Kind)> {
    use Kind::{Float, General, Vector};
    match name {
        "vsetvli" => return vec![(RD, General), (RS1, General)],
        "vsetivli" => return vec![(RD, General)],
        "vsetvl" => return vec![(RD, General), (RS1, General), (RS2, General)],
        "vmv.x.s" | "vcpop.m" | "vfirst.m" => return vec![(RD, General), (RS2, Vector)],
        "vfmv.f.s" => return vec![(RD, Float), (RS2, Vector)],
        "vmv.s.x" => return vec![(RD, Vector), (RS1, General)],
        "vfmv.s.f" => return vec![(RD, Vector), (RS1, Float)],
        _ => {}
    }
    let mut all = vec![(RD, Vector), (RS2, Vector)];
    // Unary operations of vectors have a code in the field of the first source.
    let unary = matches!(minor, 1 | 2) && (0x10..=0x14).contains(&operation);
    match minor {
        0..=2 if !unary => all.push((RS1, Vector)),
        5 => all.push((RS1, Float)),
        4 | 6 => all.push((RS1, General)),
        _ => {}
    }
    all
}
