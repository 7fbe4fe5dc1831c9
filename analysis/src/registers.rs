//! The machine's registers as the contract names them, and what the compiler's own tables say about
//! register classes and spellings.
//!
//! A [`Register`] is a whole architectural register: `al`, `ax`, `eax` and `rax` are parts of one,
//! `xmm3`, `ymm3` and `zmm3` are parts of one. A [`RegisterPart`] is a run of its bits.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

/// A whole architectural register that an operand can name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Register {
    /// A general register, by encoding number: `rax` … `r15` (`rsp` is 4, `rbp` is 5); `x0` … `x30`
    /// and 31 for `sp`; the Arm `r0` … `r15`; the RISC-V `x1` … `x31`.
    General(u8),
    /// A floating-point register that is not part of a vector register: the RISC-V `f0` … `f31`.
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

/// A set of registers.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct RegisterSet([u128; 7]);

impl RegisterSet {
    /// The row of a register's kind, and its bit there. No kind has more than 128 registers.
    fn place(register: Register) -> (usize, u128) {
        let (kind, number) = match register {
            Register::General(number) => (0, number),
            Register::Float(number) => (1, number),
            Register::Vector(number) => (2, number),
            Register::Mask(number) => (3, number),
            Register::Mmx(number) => (4, number),
            Register::X87(number) => (5, number),
            Register::Tile(number) => (6, number),
        };
        (kind, 1 << (number & 127))
    }

    /// Adds a register.
    pub fn insert(&mut self, register: Register) {
        let (kind, bit) = RegisterSet::place(register);
        self.0[kind] |= bit;
    }

    /// Takes a register out.
    pub fn remove(&mut self, register: Register) {
        let (kind, bit) = RegisterSet::place(register);
        self.0[kind] &= !bit;
    }

    /// The general registers in it, each as the bit of its number.
    pub fn general(&self) -> u128 {
        self.0[0]
    }

    /// Whether a register is in it.
    pub fn contains(&self, register: Register) -> bool {
        let (kind, bit) = RegisterSet::place(register);
        self.0[kind] & bit != 0
    }

    /// How many registers are in it.
    pub fn len(&self) -> usize {
        self.0.iter().map(|bits| bits.count_ones() as usize).sum()
    }

    /// Whether none is in it.
    pub fn is_empty(&self) -> bool {
        self.0 == [0; 7]
    }
}

impl FromIterator<Register> for RegisterSet {
    fn from_iter<Registers: IntoIterator<Item = Register>>(registers: Registers) -> RegisterSet {
        let mut set = RegisterSet::default();
        registers.into_iter().for_each(|register| set.insert(register));
        set
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
    /// Whether the two runs have a bit in common.
    pub fn overlaps(self, other: RegisterPart) -> bool {
        self.register == other.register
            && self.low_bit < other.low_bit + other.bits
            && other.low_bit < self.low_bit + self.bits
    }
}

/// What the compiler's tables say about the target's registers.
///
/// Built by code that knows the compiler (the driver uses `rustc_target::asm`), so that no table of
/// classes or spellings is kept here a second time.
#[derive(Clone, Default, Debug)]
pub struct RegisterTable {
    /// For each register class by name (`reg`, `reg_abcd`, `xmm_reg` …) the registers that the
    /// compiler may assign for it *and* that can be spelled, in the tables' order. `reg` on x86_64
    /// holds `rbx` too: it can't be named by an operand, but it is assigned.
    pub classes: BTreeMap<String, Vec<RegisterPart>>,
    /// Registers that the allocator assigns for a class although no operand can name or spell them
    /// (`rbp` where no frame pointer is kept), by class name.
    pub unspelled: BTreeMap<String, Vec<RegisterPart>>,
    /// How a register of a class is written in Intel syntax with a modifier (`None`: without one).
    /// AT&T syntax puts a `%` before it.
    pub spellings: FxHashMap<(RegisterPart, Option<char>), String>,
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
