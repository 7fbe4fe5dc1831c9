//! What registers are called on each architecture.
//!
//! [`parse`] reads the names that the compiler's tables and the assembler take, [`name`] writes the
//! usual one. For what no analysis exists the numbers only keep registers apart that do not
//! overlap: that is all that assembling a block takes.

use crate::block::Architecture;
use crate::registers::{Register, RegisterPart};

/// Registers whose names are a prefix and a number.
struct Row {
    prefix: &'static str,
    /// How many there are.
    count: u8,
    /// Where they live.
    register: fn(u8) -> Register,
    /// How many of them share one [`Register`], lowest first.
    shared: u8,
    /// How many bits each has.
    bits: u16,
}

const fn row(prefix: &'static str, count: u8, register: fn(u8) -> Register, bits: u16) -> Row {
    Row { prefix, count, register, shared: 1, bits }
}

const fn shared(row: Row, shared: u8) -> Row {
    Row { shared, ..row }
}

use Register::{Float, General, Mask, Vector};

/// The first row that fits a part gives its usual name.
const AARCH64: &[Row] = &[
    row("x", 31, General, 64),
    row("w", 31, General, 32),
    row("v", 32, Vector, 512),
    row("q", 32, Vector, 128),
    row("d", 32, Vector, 64),
    row("s", 32, Vector, 32),
    row("h", 32, Vector, 16),
    row("b", 32, Vector, 8),
    row("z", 32, Vector, 512),
    row("p", 16, Mask, 64),
    row("pn", 16, Mask, 64),
];

const ARM: &[Row] = &[
    row("r", 16, General, 64),
    shared(row("q", 16, Vector, 128), 1),
    shared(row("d", 32, Vector, 64), 2),
    shared(row("s", 32, Vector, 32), 4),
];

const RISCV: &[Row] =
    &[row("x", 32, General, 64), row("f", 32, Float, 64), row("v", 32, Vector, 512)];

/// The names that everybody uses for the integer registers of RISC-V, by number (psABI, "Register
/// Convention").
const RISCV_GENERAL: [&str; 32] = [
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4",
    "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4",
    "t5", "t6",
];

/// And for its floating-point registers.
const RISCV_FLOAT: [&str; 32] = [
    "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1", "fa0", "fa1", "fa2",
    "fa3", "fa4", "fa5", "fa6", "fa7", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9",
    "fs10", "fs11", "ft8", "ft9", "ft10", "ft11",
];

const LOONGARCH: &[Row] = &[
    row("r", 32, General, 64),
    row("f", 32, Vector, 64),
    row("vr", 32, Vector, 128),
    row("xr", 32, Vector, 512),
    row("fcc", 8, Mask, 64),
];

const MIPS: &[Row] =
    &[row("", 32, General, 64), row("f", 32, Vector, 64), row("w", 32, Vector, 512)];

const POWERPC: &[Row] = &[
    row("", 32, General, 64),
    row("r", 32, General, 64),
    row("f", 32, Vector, 64),
    row("fr", 32, Vector, 64),
    row("vs", 64, Vector, 512),
    row("v", 32, |number| Vector(32 + number), 512),
    row("cr", 8, Mask, 64),
];

const S390X: &[Row] = &[
    row("r", 16, General, 64),
    row("f", 16, Vector, 64),
    row("v", 32, Vector, 512),
    row("a", 16, Mask, 64),
];

const SPARC: &[Row] = &[
    row("r", 32, General, 64),
    row("g", 8, General, 64),
    row("o", 8, |number| General(8 + number), 64),
    row("l", 8, |number| General(16 + number), 64),
    row("i", 8, |number| General(24 + number), 64),
    shared(row("f", 64, Vector, 32), 4),
    shared(row("d", 64, Vector, 32), 4),
    shared(row("q", 64, Vector, 32), 4),
    row("y", 1, |_| Mask(0), 64),
];

const BPF: &[Row] = &[row("r", 11, General, 64), row("w", 11, General, 32)];

const AVR: &[Row] = &[shared(row("r", 32, General, 8), 2)];

const HEXAGON: &[Row] = &[
    shared(row("r", 32, General, 32), 2),
    shared(row("v", 32, Vector, 256), 2),
    row("p", 4, Mask, 64),
    row("q", 4, |number| Mask(8 + number), 64),
];

const M68K: &[Row] = &[row("d", 8, General, 64), row("a", 8, |number| General(8 + number), 64)];

const CSKY: &[Row] = &[
    row("r", 32, General, 64),
    row("fr", 32, Vector, 64),
    row("vr", 32, Vector, 64),
    row("f", 32, Vector, 64),
];

const XTENSA: &[Row] =
    &[row("a", 16, General, 64), row("f", 16, Float, 64), row("b", 16, Mask, 64)];

const PLAIN: &[Row] = &[row("r", 16, General, 64)];

const AMDGPU: &[Row] = &[row("v", 255, Vector, 32), row("s", 106, General, 32)];

fn rows(architecture: Architecture) -> &'static [Row] {
    match architecture {
        Architecture::X86 | Architecture::X86_64 => &[],
        Architecture::AArch64 | Architecture::Arm64Ec => AARCH64,
        Architecture::Arm => ARM,
        Architecture::RiscV32 | Architecture::RiscV64 => RISCV,
        Architecture::LoongArch32 | Architecture::LoongArch64 => LOONGARCH,
        Architecture::Mips | Architecture::Mips64 => MIPS,
        Architecture::PowerPc | Architecture::PowerPc64 => POWERPC,
        Architecture::S390x => S390X,
        Architecture::Sparc | Architecture::Sparc64 => SPARC,
        Architecture::Bpf => BPF,
        Architecture::Avr => AVR,
        Architecture::Hexagon => HEXAGON,
        Architecture::M68k => M68K,
        Architecture::CSky => CSKY,
        Architecture::Xtensa => XTENSA,
        Architecture::Msp430 => PLAIN,
        Architecture::AmdGpu => AMDGPU,
    }
}

/// Further names of general registers, as the assembler takes them.
fn alias(architecture: Architecture, name: &str) -> Option<Register> {
    let number = |names: &[(&str, u8, u8)]| {
        let (_, rest, first) = names.iter().find_map(|&(prefix, first, count)| {
            let rest: u8 = match name.strip_prefix(prefix)? {
                "" if count == 1 => 0,
                digits => digits.parse().ok()?,
            };
            (rest < count).then_some((prefix, rest, first))
        })?;
        Some(first + rest)
    };
    let register = match architecture {
        Architecture::AArch64 | Architecture::Arm64Ec => match name {
            "sp" | "wsp" => General(31),
            "lr" | "wlr" => General(30),
            "fp" | "wfp" => General(29),
            "ip0" => General(16),
            "ip1" => General(17),
            "ffr" => Mask(16),
            _ => return None,
        },
        // AAPCS32 6.1.1, table 2.
        Architecture::Arm => match name {
            "sp" => General(13),
            "lr" => General(14),
            "pc" => General(15),
            "ip" => General(12),
            "fp" => General(11),
            "sl" => General(10),
            "sb" | "rfp" => General(9),
            _ => match name.split_at_checked(1)? {
                ("a", digit @ ("1" | "2" | "3" | "4")) => {
                    General(digit.parse::<u8>().ok()?.checked_sub(1)?)
                }
                ("v", digit @ ("1" | "2" | "3" | "4" | "5" | "6" | "7" | "8")) => {
                    General(digit.parse::<u8>().ok()?.checked_add(3)?)
                }
                _ => return None,
            },
        },
        Architecture::RiscV32 | Architecture::RiscV64 => {
            let position = |names: &[&str]| {
                let number = names.iter().position(|known| *known == name)?;
                u8::try_from(number).ok()
            };
            match (name, position(&RISCV_GENERAL)) {
                ("fp", _) => General(8),
                (_, Some(general)) => General(general),
                _ => Float(position(&RISCV_FLOAT)?),
            }
        }
        // LoongArch psABI, "Register Convention".
        Architecture::LoongArch32 | Architecture::LoongArch64 => {
            let floats = number(&[("fa", 0, 8), ("ft", 8, 16), ("fs", 24, 8)]);
            match (name, floats) {
                (_, Some(float)) => Vector(float),
                ("s9", _) => General(22),
                _ => General(number(&[
                    ("zero", 0, 1),
                    ("ra", 1, 1),
                    ("tp", 2, 1),
                    ("sp", 3, 1),
                    ("a", 4, 8),
                    ("t", 12, 9),
                    ("fp", 22, 1),
                    ("s", 23, 9),
                ])?),
            }
        }
        // The names of the o32 convention.
        Architecture::Mips | Architecture::Mips64 => match name {
            "t8" | "t9" => General(16 + number(&[("t", 0, 10)])?),
            _ => General(number(&[
                ("zero", 0, 1),
                ("at", 1, 1),
                ("v", 2, 2),
                ("a", 4, 4),
                ("t", 8, 8),
                ("s", 16, 8),
                ("k", 26, 2),
                ("gp", 28, 1),
                ("sp", 29, 1),
                ("fp", 30, 1),
                ("ra", 31, 1),
            ])?),
        },
        Architecture::PowerPc | Architecture::PowerPc64 => match name {
            "sp" => General(1),
            "fp" => General(31),
            "ctr" => Mask(8),
            "lr" => Mask(9),
            "xer" => Mask(10),
            "spe_acc" => Mask(11),
            "vrsave" => Mask(12),
            _ => return None,
        },
        Architecture::Sparc | Architecture::Sparc64 => match name {
            "sp" => General(14),
            "fp" => General(30),
            _ => return None,
        },
        Architecture::Avr => match name {
            "xl" | "xh" | "x" => General(13),
            "yl" | "yh" | "y" => General(14),
            "zl" | "zh" | "z" => General(15),
            _ => return None,
        },
        Architecture::Hexagon => match name {
            "sp" => General(14),
            "fr" | "fp" | "lr" => General(15),
            _ => return None,
        },
        Architecture::M68k => General(number(&[("bp", 13, 1), ("fp", 14, 1), ("sp", 15, 1)])?),
        Architecture::CSky => match name {
            "sp" => General(14),
            "lr" => General(15),
            _ => match (name.strip_prefix('t'), number(&[("a", 0, 4), ("l", 4, 8)])) {
                (_, Some(register)) => General(register),
                (Some("0"), _) => General(12),
                (Some("1"), _) => General(13),
                (Some(digits), _) => General(16 + digits.parse::<u8>().ok()?.min(15)),
                _ => return None,
            },
        },
        Architecture::Xtensa => match name {
            "sp" => General(1),
            "sar" => Mask(16),
            "scompare1" => Mask(17),
            "lbeg" => Mask(18),
            "lend" => Mask(19),
            "lcount" => Mask(20),
            "acclo" => Mask(21),
            "acchi" => Mask(22),
            "m0" => Mask(23),
            "m1" => Mask(24),
            "m2" => Mask(25),
            "m3" => Mask(26),
            _ => return None,
        },
        Architecture::Msp430 => General(number(&[
            ("pc", 0, 1),
            ("sp", 1, 1),
            ("sr", 2, 1),
            ("cg", 3, 1),
            ("fp", 4, 1),
        ])?),
        Architecture::X86
        | Architecture::X86_64
        | Architecture::S390x
        | Architecture::Bpf
        | Architecture::AmdGpu => {
            return None;
        }
    };
    Some(register)
}

/// No name of a register is longer.
const LONGEST: usize = 12;

/// The part that a register name means, whatever sign the assembler wants before it; `None` for
/// anything that is not a register which an operand may hold. Case does not matter.
pub fn parse(architecture: Architecture, name: &str) -> Option<RegisterPart> {
    if architecture.is_x86() {
        return RegisterPart::parse(name);
    }
    let name = name.strip_prefix(['$', '%', '#']).unwrap_or(name);
    if name.is_empty() || name.len() > LONGEST {
        return None;
    }
    let mut lower = [0u8; LONGEST];
    let lower = &mut lower[..name.len()];
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    let name = std::str::from_utf8(lower).ok()?;
    if let Some(register) = alias(architecture, name) {
        return Some(register.whole());
    }
    if let Some(pair) = pair(architecture, name) {
        return Some(pair);
    }
    let digits = name.find(|letter: char| letter.is_ascii_digit())?;
    let (prefix, number) = name.split_at(digits);
    // `x07` is not a register.
    if number.len() > 1 && number.starts_with('0') {
        return None;
    }
    let number: u8 = number.parse().ok()?;
    let row = rows(architecture).iter().find(|row| row.prefix == prefix)?;
    (number < row.count).then(|| row.part(number))
}

impl Row {
    fn part(&self, number: u8) -> RegisterPart {
        RegisterPart {
            register: (self.register)(number / self.shared),
            low_bit: u16::from(number % self.shared) * self.bits,
            bits: self.bits,
        }
    }
}

/// Two neighbours under one name: `r3:2` of Hexagon, `r3r2` of AVR.
fn pair(architecture: Architecture, name: &str) -> Option<RegisterPart> {
    let low = match architecture {
        Architecture::Hexagon => {
            let (high, low) = name.split_once([':', '_'])?;
            format!("{}{low}", high.chars().next()?)
        }
        Architecture::Avr => {
            let (_, low) = name.strip_prefix('r')?.split_once('r')?;
            format!("r{low}")
        }
        _ => return None,
    };
    let low = parse(architecture, &low)?;
    Some(RegisterPart { low_bit: 0, bits: 2 * low.bits, ..low })
}

/// The usual name of a part: the one without aliases, for the narrowest register that covers it.
pub fn name(architecture: Architecture, part: RegisterPart) -> String {
    if architecture.is_x86() {
        return part.to_string();
    }
    let special = match (architecture, part.register) {
        (Architecture::AArch64 | Architecture::Arm64Ec, General(31)) => Some("sp"),
        (Architecture::AArch64 | Architecture::Arm64Ec, Mask(16)) => Some("ffr"),
        (Architecture::Arm, General(13)) => Some("sp"),
        (Architecture::Arm, General(14)) => Some("lr"),
        (Architecture::Arm, General(15)) => Some("pc"),
        _ => None,
    };
    let of_riscv = |names: &[&'static str], number: u8| names.get(usize::from(number)).copied();
    let special = special.or_else(|| match (architecture, part.register) {
        (Architecture::RiscV32 | Architecture::RiscV64, General(number)) => {
            of_riscv(&RISCV_GENERAL, number)
        }
        (Architecture::RiscV32 | Architecture::RiscV64, Float(number)) => {
            of_riscv(&RISCV_FLOAT, number)
        }
        _ => None,
    });
    if let Some(name) = special {
        return name.to_owned();
    }
    let mut best: Option<(u16, String)> = None;
    for row in rows(architecture) {
        for number in 0..row.count {
            let named = row.part(number);
            let covers = named.register == part.register
                && named.low_bit <= part.low_bit
                && part.low_bit + part.bits <= named.low_bit + named.bits;
            if covers && best.as_ref().is_none_or(|(bits, _)| named.bits < *bits) {
                best = Some((named.bits, format!("{}{number}", row.prefix)));
            }
        }
    }
    // Wider than every name: the widest of the register stands for it.
    let widest = || {
        let all = rows(architecture).iter().flat_map(|row| {
            (0..row.count).map(move |number| (row.part(number), row.prefix, number))
        });
        let own = all.filter(|(named, ..)| named.register == part.register && named.low_bit == 0);
        let (named, prefix, number) = own.max_by_key(|(named, ..)| named.bits)?;
        Some((named.bits, format!("{prefix}{number}")))
    };
    let best = best.or_else(widest);
    let signed = |name: String| match architecture {
        Architecture::LoongArch32
        | Architecture::LoongArch64
        | Architecture::Mips
        | Architecture::Mips64 => format!("${name}"),
        Architecture::S390x | Architecture::Sparc | Architecture::Sparc64 => format!("%{name}"),
        _ => name,
    };
    best.map_or_else(|| part.register.to_string(), |(_, name)| signed(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_manuals() {
        let cases = [
            (Architecture::AArch64, "w7", General(7), 0, 32, "w7"),
            (Architecture::AArch64, "x30", General(30), 0, 64, "x30"),
            (Architecture::AArch64, "LR", General(30), 0, 64, "x30"),
            (Architecture::AArch64, "d9", Vector(9), 0, 64, "d9"),
            (Architecture::AArch64, "v9", Vector(9), 0, 512, "v9"),
            (Architecture::AArch64, "ffr", Mask(16), 0, 64, "ffr"),
            (Architecture::Arm, "s5", Vector(1), 32, 32, "s5"),
            (Architecture::Arm, "d3", Vector(1), 64, 64, "d3"),
            (Architecture::Arm, "q15", Vector(15), 0, 128, "q15"),
            (Architecture::Arm, "v3", General(6), 0, 64, "r6"),
            (Architecture::Arm, "fp", General(11), 0, 64, "r11"),
            (Architecture::Arm, "ip", General(12), 0, 64, "r12"),
            (Architecture::Arm, "R13", General(13), 0, 64, "sp"),
            (Architecture::Arm, "d31", Vector(15), 64, 64, "d31"),
            (Architecture::RiscV64, "fp", General(8), 0, 64, "s0"),
            (Architecture::RiscV64, "v7", Vector(7), 0, 512, "v7"),
            (Architecture::RiscV64, "a0", General(10), 0, 64, "a0"),
            (Architecture::RiscV64, "x8", General(8), 0, 64, "s0"),
            (Architecture::RiscV64, "x27", General(27), 0, 64, "s11"),
            (Architecture::RiscV64, "t6", General(31), 0, 64, "t6"),
            (Architecture::RiscV32, "ft11", Float(31), 0, 64, "ft11"),
            (Architecture::RiscV32, "f9", Float(9), 0, 64, "fs1"),
            (Architecture::RiscV32, "fs2", Float(18), 0, 64, "fs2"),
            (Architecture::LoongArch64, "$t0", General(12), 0, 64, "$r12"),
            (Architecture::LoongArch64, "$f3", Vector(3), 0, 64, "$f3"),
            (Architecture::Mips, "$t9", General(25), 0, 64, "$25"),
            (Architecture::S390x, "%r14", General(14), 0, 64, "%r14"),
            (Architecture::Hexagon, "r3:2", General(1), 0, 64, "x1"),
            (Architecture::Avr, "r17", General(8), 8, 8, "r17"),
        ];
        for (architecture, name, register, low_bit, bits, usual) in cases {
            let part = RegisterPart { register, low_bit, bits };
            assert_eq!(parse(architecture, name), Some(part), "{architecture:?} {name}");
            if architecture != Architecture::Hexagon {
                assert_eq!(super::name(architecture, part), usual, "{architecture:?} {name}");
            }
        }
        for (architecture, name) in [
            (Architecture::AArch64, "x31"),
            (Architecture::AArch64, "x07"),
            (Architecture::AArch64, "xzr"),
            (Architecture::Arm, "d32"),
            (Architecture::RiscV64, "s12"),
            (Architecture::RiscV64, "t7"),
            (Architecture::RiscV64, "x32"),
            (Architecture::RiscV64, "x01"),
            (Architecture::RiscV64, "fcsr"),
            (Architecture::AArch64, "x+1"),
            (Architecture::AArch64, "v32"),
            (Architecture::AArch64, "é0"),
            (Architecture::Arm, "s32"),
            (Architecture::Arm, "x0"),
        ] {
            assert_eq!(parse(architecture, name), None, "{architecture:?} {name}");
        }
    }
}
