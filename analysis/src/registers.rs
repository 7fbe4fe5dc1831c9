//! The machine's registers as the contract names them, and what the compiler's own tables say
//! of register classes and spellings.
//!
//! A [`Register`] is a whole architectural register: `al`, `ax`, `eax` and `rax` are parts of one,
//! `xmm3`, `ymm3` and `zmm3` are parts of one. A [`RegisterPart`] is a run of its bits.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::LazyLock;

/// A whole architectural register that an operand can name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Register {
    /// A general register, by encoding number: `rax` … `r15` (`rsp` is 4, `rbp` is 5); `x0` … `x30`
    /// and 31 for `sp`; the Arm `r0` … `r15`; the RISC-V `x1` … `x31`.
    General(u8),
    /// A floating-point register that is no part of a vector register: the RISC-V `f0` … `f31`.
    Float(u8),
    /// `xmm0`/`ymm0`/`zmm0` … 31; `v0`/`z0` … 31; the Arm `q0` … `q15`, of which `s` and `d` registers
    /// are parts; the RISC-V `v0` … `v31`.
    Vector(u8),
    /// The AVX-512 mask registers `k0` … `k7`; the predicates `p0` … `p15` and 16 for `ffr`.
    Mask(u8),
    /// `mm0` … `mm7`.
    Mmx(u8),
    /// The x87 stack positions `st(0)` … `st(7)`.
    X87(u8),
    /// The AMX tiles `tmm0` … `tmm7`.
    Tile(u8),
}

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

    /// How many bits the register holds at most (on x86_64 with every extension).
    pub fn bits(self) -> u16 {
        match self {
            Register::General(_) | Register::Float(_) => 64,
            Register::Mask(_) | Register::Mmx(_) => 64,
            Register::Vector(_) => 512,
            Register::X87(_) => 80,
            // A tile's rows do not fit a word; nothing of the contract looks inside one.
            Register::Tile(_) => 64,
        }
    }

    /// All of the register.
    pub fn whole(self) -> RegisterPart {
        RegisterPart { register: self, low_bit: 0, bits: self.bits() }
    }
}

/// A run of bits of one register.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RegisterPart {
    /// The register.
    pub register: Register,
    /// The lowest bit of the run; 8 for `ah`, `bh`, `ch`, `dh`, else 0.
    pub low_bit: u16,
    /// How many bits the run has.
    pub bits: u16,
}

impl RegisterPart {
    /// The part that a register name of either syntax means: `eax`, `%r8b`, `xmm3`, `st(2)`.
    /// `None` for anything that is not a register which an operand may name.
    pub fn parse(name: &str) -> Option<RegisterPart> {
        let name = name.strip_prefix('%').unwrap_or(name);
        let mut lower = [0u8; 8];
        let lower = lower.get_mut(..name.len())?;
        lower.copy_from_slice(name.as_bytes());
        lower.make_ascii_lowercase();
        NAMES.get(std::str::from_utf8(lower).ok()?).copied()
    }

    /// Whether the two runs have a bit in common.
    pub fn overlaps(self, other: RegisterPart) -> bool {
        self.register == other.register
            && self.low_bit < other.low_bit + other.bits
            && other.low_bit < self.low_bit + self.bits
    }
}

const LEGACY: [&str; 8] = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"];

static NAMES: LazyLock<HashMap<String, RegisterPart>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    let mut add = |name: String, register, low_bit, bits| {
        names.insert(name, RegisterPart { register, low_bit, bits });
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

/// What the compiler's tables say of the target's registers.
///
/// Built by whoever knows the compiler (the driver asks `rustc_target::asm`), so that no table
/// of classes or spellings is kept here a second time.
#[derive(Clone, Default, Debug)]
pub struct RegisterTable {
    /// For each register class by name (`reg`, `reg_abcd`, `xmm_reg` …) the registers that the
    /// compiler may hand out for it *and* that can be spelled, in the tables' order. `reg` on
    /// x86_64 holds `rbx` too: it can't be named by an operand, but it is handed out.
    pub classes: BTreeMap<String, Vec<RegisterPart>>,
    /// Registers that the allocator hands out for a class although no operand can name or spell
    /// them (`rbp` where no frame pointer is kept), by class name.
    pub unspelled: BTreeMap<String, Vec<RegisterPart>>,
    /// How a register of a class is written in Intel syntax with a modifier (`None`: without one).
    /// AT&T syntax puts a `%` before it.
    pub spellings: HashMap<(RegisterPart, Option<char>), String>,
}

impl RegisterTable {
    /// Whether an operand of the class may be given the register (or a part of it).
    pub fn may_hold(&self, class: &str, register: Register) -> bool {
        [&self.classes, &self.unspelled]
            .into_iter()
            .filter_map(|table| table.get(class))
            .flatten()
            .any(|part| part.register == register)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_parts_agree() {
        for (name, &part) in NAMES.iter() {
            if name != "st" {
                assert_eq!(&part.to_string(), name);
            }
            assert_eq!(RegisterPart::parse(&name.to_uppercase()), Some(part));
        }
        assert_eq!(RegisterPart::parse("%r8d"), RegisterPart::parse("r8d"));
        assert_eq!(RegisterPart::parse("rip"), None);
        assert_eq!(RegisterPart::parse("a name far too long"), None);
    }
}
