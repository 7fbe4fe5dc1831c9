//! The registers of x86: their names, and what they are there for.

use std::fmt;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::block::Architecture;
use crate::registers::{Register, RegisterPart};
use crate::values::Cell;

impl Register {
    /// The accumulator, `rax`.
    pub const RAX: Register = Register::General(0);
    /// The counter, `rcx`.
    pub const RCX: Register = Register::General(1);
    /// The data register, `rdx`.
    pub const RDX: Register = Register::General(2);
    /// `rbx`, which LLVM keeps for itself on x86_64.
    pub const RBX: Register = Register::General(3);
    /// The stack pointer.
    pub const RSP: Register = Register::General(4);
    /// The frame pointer.
    pub const RBP: Register = Register::General(5);
    /// The source index, `rsi`.
    pub const RSI: Register = Register::General(6);
    /// The destination index, `rdi`.
    pub const RDI: Register = Register::General(7);
}

impl RegisterPart {
    /// The part that a register name of either syntax means: `eax`, `%r8b`, `xmm3`, `st(2)`.
    /// `None` for anything that is not a register which an operand may name.
    pub fn parse(name: &str) -> Option<RegisterPart> {
        let name = name.strip_prefix('%').unwrap_or(name);
        NAMES.get(&key(name)?).copied()
    }
}

/// A name in lower case as a number: its bytes, and their count in the last one. `None` where it is
/// longer than any.
fn key(name: &str) -> Option<u64> {
    let mut lower = [0u8; 7];
    lower.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    let [a, b, c, d, e, f, g] = lower;
    Some(u64::from_le_bytes([a, b, c, d, e, f, g, name.len() as u8]))
}

const LEGACY: [&str; 8] = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"];

/// All names, by their [`key`]: each word of each template is looked up.
static NAMES: LazyLock<FxHashMap<u64, RegisterPart>> = LazyLock::new(|| {
    let mut names = FxHashMap::default();
    let mut add = |name: String, register, low_bit, bits| {
        names.extend(key(&name).map(|key| (key, RegisterPart { register, low_bit, bits })));
    };
    for (number, name) in (0u8..).zip(LEGACY) {
        let register = Register::General(number);
        add(format!("r{name}"), register, 0, 64);
        add(format!("e{name}"), register, 0, 32);
        add(name.to_owned(), register, 0, 16);
        if number < 4 {
            add(name.replace('x', "l"), register, 0, 8);
            add(name.replace('x', "h"), register, 8, 8);
        } else {
            add(format!("{name}l"), register, 0, 8);
        }
    }
    for number in 8..16 {
        let register = Register::General(number);
        for (suffix, bits) in [("", 64), ("d", 32), ("w", 16), ("b", 8)] {
            add(format!("r{number}{suffix}"), register, 0, bits);
        }
    }
    for number in 0..32 {
        for (prefix, bits) in [("xmm", 128), ("ymm", 256), ("zmm", 512)] {
            add(format!("{prefix}{number}"), Register::Vector(number), 0, bits);
        }
    }
    for number in 0..8 {
        add(format!("k{number}"), Register::Mask(number), 0, 64);
        add(format!("mm{number}"), Register::Mmx(number), 0, 64);
        add(format!("tmm{number}"), Register::Tile(number), 0, 64);
        add(format!("st({number})"), Register::X87(number), 0, 80);
    }
    add("st".to_owned(), Register::X87(0), 0, 80);
    names
});

/// Writes the register's usual full name: `rax`, `xmm3`, `st(0)`.
impl fmt::Display for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Register::General(number @ 0..8) => write!(f, "r{}", LEGACY[usize::from(number)]),
            Register::General(number) => write!(f, "r{number}"),
            Register::Float(number) => write!(f, "f{number}"),
            Register::Vector(number) => write!(f, "xmm{number}"),
            Register::Mask(number) => write!(f, "k{number}"),
            Register::Mmx(number) => write!(f, "mm{number}"),
            Register::X87(number) => write!(f, "st({number})"),
            Register::Tile(number) => write!(f, "tmm{number}"),
        }
    }
}

/// Writes the narrowest name that covers the part: `al`, `ah`, `eax`, `ymm1`.
impl fmt::Display for RegisterPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.register, self.low_bit, self.bits) {
            (Register::General(number @ 0..4), 8, 8) => {
                write!(f, "{}h", &LEGACY[usize::from(number)][..1])
            }
            (Register::General(number @ 0..4), 0, 8) => {
                write!(f, "{}l", &LEGACY[usize::from(number)][..1])
            }
            (Register::General(number @ 4..8), 0, 8) => {
                write!(f, "{}l", LEGACY[usize::from(number)])
            }
            (Register::General(number @ 0..8), 0, 16) => {
                write!(f, "{}", LEGACY[usize::from(number)])
            }
            (Register::General(number @ 0..8), 0, 32) => {
                write!(f, "e{}", LEGACY[usize::from(number)])
            }
            (Register::General(number), 0, 8) => write!(f, "r{number}b"),
            (Register::General(number), 0, 16) => write!(f, "r{number}w"),
            (Register::General(number), 0, 32) => write!(f, "r{number}d"),
            (Register::Vector(number), 0, 256) => write!(f, "ymm{number}"),
            (Register::Vector(number), 0, 512) => write!(f, "zmm{number}"),
            (register, ..) => register.fmt(f),
        }
    }
}

/// The name of a cell that is not a register, as a message has it.
pub fn cell_name(cell: Cell) -> &'static str {
    match cell {
        Cell::Flag(flag) => flag.name(),
        Cell::OtherFlags => "a system flag",
        Cell::Mxcsr => "MXCSR",
        Cell::X87Control => "the x87 control word",
        Cell::X87Status => "the x87 status word",
        Cell::Segment(_) => "a segment register",
        _ => "a system register",
    }
}

/// See [`isa::registers::modifier`](crate::isa::registers::modifier).
pub fn modifier(architecture: Architecture, class: &str, part: RegisterPart) -> &'static str {
    let usual = match class {
        "reg" | "reg_abcd" => architecture.word_bits(),
        "reg_byte" => 8,
        "xmm_reg" => 128,
        "ymm_reg" => 256,
        _ => part.bits,
    };
    match (part.register, part.low_bit, part.bits) {
        (_, 0, bits) if bits == usual => "",
        (Register::General(_), 8, _) => ":h",
        (Register::General(_), _, 8) => ":l",
        (Register::General(_), _, 16) => ":x",
        (Register::General(_), _, 32) => ":e",
        (Register::General(_), ..) => ":r",
        (_, _, 128) => ":x",
        (_, _, 256) => ":y",
        (_, _, 512) => ":z",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_parts_agree() {
        for (key, &part) in NAMES.iter() {
            let [name @ .., length] = key.to_le_bytes();
            let name = str::from_utf8(&name[..usize::from(length)]).unwrap();
            if name != "st" {
                assert_eq!(&part.to_string(), name);
            }
            assert_eq!(RegisterPart::parse(&name.to_uppercase()), Some(part));
        }
        assert_eq!(RegisterPart::parse("ax\0"), None);
        assert_eq!(RegisterPart::parse("%r8d"), RegisterPart::parse("r8d"));
        assert_eq!(RegisterPart::parse("rip"), None);
        assert_eq!(RegisterPart::parse("a name far too long"), None);
    }
}
