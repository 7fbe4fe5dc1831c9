//! AArch64: A64.
//!
//! Decoded by a decoder that was generated from Arm's machine-readable specification, with LLVM's
//! disassembler as [`witness`]; lifted in [`lift`], file by kind of instruction; what system
//! instructions mean is in the text tables.

pub mod contract;
mod lift;
pub mod operands;
pub mod registers;
pub mod witness;

use std::borrow::Cow;

use exarmo_aarch64::{
    Encoding, FlagEffect, Mem, Mnemonic, Offset, Operand, Operands, Reg, RegOperand, TokenKind,
};

use crate::block::Architecture;
use crate::effects::Effects;
use crate::naming;
use crate::registers::{Register, RegisterPart};
use crate::values::Cell;

pub use operands::{Here, Reference};

/// What floating-point instructions leave in FPSR; see [`lift`].
pub(crate) const FLOATING: &str = include_str!("floating.txt");

/// The text tables, by name.
pub const TABLES: &[(&str, &str)] =
    &[("system.txt", include_str!("system.txt")), ("floating.txt", FLOATING)];

/// A decoded instruction.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// The bits.
    pub word: u32,
    /// The mnemonic; an alias where the manual prefers one.
    pub mnemonic: Mnemonic,
    /// The form.
    pub encoding: Encoding,
    /// The operands, in the order of the assembly.
    pub operands: Operands,
    /// What it does with the condition flags.
    pub flags: FlagEffect,
}

/// Decodes a word; `None` where it is not an instruction, or may be any.
pub fn decode_word(word: u32) -> Option<Instruction> {
    let decoded = exarmo_aarch64::decode_word(word).ok()?;
    if decoded.unpredictable() {
        return None;
    }
    Some(Instruction {
        word,
        mnemonic: decoded.mnemonic(),
        encoding: decoded.encoding(),
        operands: without_halves(decoded.operands()),
        flags: decoded.flags(),
    })
}

/// The operands without the letter that `bfmlalb` and its kin end in, which the decoder has for one.
fn without_halves(operands: Operands) -> Operands {
    match *operands.as_slice() {
        [Operand::Symbol(symbol), a, b, c] if matches!(symbol.name, "b" | "t") => {
            Operands::of::<3>([a, b, c])
        }
        _ => operands,
    }
}

/// What an instruction does at its place.
pub fn effects(instruction: &Instruction, here: &Here) -> Effects {
    lift::lift(instruction, here)
}

/// Whether it names a place by the distance from itself.
pub fn names_place(instruction: &Instruction) -> bool {
    instruction.operands.iter().any(|operand| matches!(operand, Operand::Label { .. }))
}

/// The words that describe an instruction to the tables, the most general first.
pub fn keys(instruction: &Instruction) -> Vec<Cow<'static, str>> {
    let name = instruction.mnemonic.name();
    let mut keys: Vec<Cow<'static, str>> = vec![name.into()];
    match instruction.operands.as_slice() {
        [.., Operand::SysReg(register)] | [Operand::SysReg(register), ..] => {
            let spelled = register.to_string();
            if !matches!(spelled.as_str(), "nzcv" | "fpcr" | "fpsr") {
                keys.push(if register.is_write() { "msr:write" } else { "mrs:read" }.into());
            }
            keys.push(format!("{name}:{spelled}").into());
        }
        [Operand::SysOp(operation), ..] => {
            keys.push(format!("{name}:{}", operation.def().name).into());
        }
        [Operand::Imm { value, .. }] => keys.push(format!("{name}:{value:x}").into()),
        _ => {}
    }
    // An instruction that does nothing: every field of a register has the same number, no shift.
    let fields = [0, 5, 16].map(|at| instruction.word >> at & 31);
    let is_plain = instruction.word & 0x7fe0_fc00 == 0x2a00_0000;
    if is_plain && fields.iter().all(|field| *field == fields[0]) {
        keys.push("orr:same".into());
    }
    keys
}

/// All mnemonics in lower case.
pub fn mnemonics() -> impl Iterator<Item = String> {
    (0..).map_while(Mnemonic::from_index).map(|mnemonic| mnemonic.name().to_owned())
}

/// Whether there is an instruction of that mnemonic, in lower case.
pub fn is_mnemonic(name: &str) -> bool {
    (0..).map_while(Mnemonic::from_index).any(|mnemonic| mnemonic.name() == name)
}

/// The length in bytes.
pub fn length(_: &Instruction) -> u64 {
    4
}

/// The mnemonic in lower case, without operands; with the condition of a branch, as it is written.
pub fn mnemonic(instruction: &Instruction) -> Cow<'_, str> {
    match instruction.operands.first() {
        Some(Operand::Cond(code)) if matches!(instruction.mnemonic, Mnemonic::B | Mnemonic::Bc) => {
            format!("{}.{code}", instruction.mnemonic.name()).into()
        }
        _ => instruction.mnemonic.name().into(),
    }
}

/// The instruction as it would be written in a template; `name` is asked for each register and may
/// answer with something else to be written in its place.
pub fn text(instruction: &Instruction, name: &dyn Fn(RegisterPart) -> Option<String>) -> String {
    let Ok(decoded) = exarmo_aarch64::decode_word(instruction.word) else {
        return mnemonic(instruction).into_owned();
    };
    let mut tokens: Vec<exarmo_aarch64::Token> = Vec::new();
    // Writing to a vector does not fail.
    let _ = decoded.at(0).write_tokens(&mut tokens);
    let mut text = String::new();
    for token in &tokens {
        match token.kind {
            TokenKind::Register => {
                let part = naming::parse(Architecture::AArch64, &token.text);
                match part.and_then(name) {
                    Some(other) => text.push_str(&other),
                    // Templates say `x29` and `x30` more often than `fp` and `lr`.
                    None => match token.text.as_str() {
                        "fp" => text.push_str("x29"),
                        "lr" => text.push_str("x30"),
                        known => text.push_str(known),
                    },
                }
            }
            TokenKind::Immediate(value) => text.push_str(&number(value)),
            // Distances mean nothing without the place.
            TokenKind::Address(_) => text.push('…'),
            _ => text.push_str(&token.text.replace('\t', " ")),
        }
    }
    text
}

/// A number as people write it: short ones in decimal.
fn number(value: i64) -> String {
    match value {
        -4096..=4096 => value.to_string(),
        _ if value < 0 => format!("-{:#x}", value.unsigned_abs()),
        _ => format!("{value:#x}"),
    }
}

/// The cells that the operands name, bases and indices of addresses among them.
pub fn named(instruction: &Instruction) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut add = |reg: Reg| {
        if let (_, Some(part)) = operands::part(reg)
            && !cells.contains(&part.cell)
        {
            cells.push(part.cell);
        }
    };
    for operand in instruction.operands.iter() {
        registers_of(operand, &mut add);
    }
    cells
}

fn registers_of(operand: &Operand, add: &mut impl FnMut(Reg)) {
    match operand {
        Operand::Reg(register) => {
            add(register.reg);
            register.index_reg.into_iter().for_each(add);
        }
        Operand::List(list) => list.regs().iter().copied().for_each(add),
        Operand::Mem(memory) => {
            add(memory.base);
            if let Offset::Reg { reg, .. } | Offset::Vector { reg, .. } = memory.offset {
                add(reg);
            }
        }
        Operand::ZaSlice(slice) => slice.index.into_iter().for_each(add),
        _ => {}
    }
}

/// The instruction with one register in another one's place in every operand that names it.
pub fn renamed(instruction: &Instruction, from: Register, to: Register) -> Instruction {
    let mut renamed = instruction.clone();
    let mut list = [Operand::Other; 6];
    for (slot, operand) in list.iter_mut().zip(instruction.operands.iter()) {
        *slot = rename_operand(operand, from, to);
    }
    renamed.operands = match instruction.operands.len() {
        0 => Operands::empty(),
        1 => Operands::of::<1>([list[0]]),
        2 => Operands::of::<2>([list[0], list[1]]),
        3 => Operands::of::<3>([list[0], list[1], list[2]]),
        4 => Operands::of::<4>([list[0], list[1], list[2], list[3]]),
        5 => Operands::of::<5>([list[0], list[1], list[2], list[3], list[4]]),
        _ => Operands::of::<6>(list),
    };
    renamed
}

fn rename_operand(operand: &Operand, from: Register, to: Register) -> Operand {
    let rename = |reg| rename_register(reg, from, to);
    match *operand {
        Operand::Reg(register) => Operand::Reg(RegOperand {
            reg: rename(register.reg),
            index_reg: register.index_reg.map(rename),
            ..register
        }),
        Operand::List(list) => {
            let mut list = list;
            list.regs = list.regs.map(rename);
            Operand::List(list)
        }
        Operand::Mem(memory) => {
            let offset = match memory.offset {
                Offset::Reg { reg, modifier } => Offset::Reg { reg: rename(reg), modifier },
                Offset::Vector { reg, arrangement, modifier } => {
                    Offset::Vector { reg: rename(reg), arrangement, modifier }
                }
                other => other,
            };
            Operand::Mem(Mem { base: rename(memory.base), offset, ..memory })
        }
        other => other,
    }
}

fn rename_register(reg: Reg, from: Register, to: Register) -> Reg {
    use exarmo_aarch64::{
        BReg, DReg, DynRegSp, DynRegZr, DynScalarSimd, GpReg, HReg, PReg, QReg, SReg, VReg, WRegSp,
        WRegZr, XRegSp, XRegZr, ZReg,
    };
    let is_it = matches!(operands::part(reg), (_, Some(part)) if part.cell == Cell::Register(from));
    let (true, Register::General(number) | Register::Vector(number) | Register::Mask(number)) =
        (is_it, to)
    else {
        return reg;
    };
    if number > 31 {
        return reg;
    }
    match reg {
        Reg::W(_) => Reg::W(WRegZr::new(number)),
        Reg::WSp(_) => Reg::WSp(WRegSp::new(number)),
        Reg::X(_) => Reg::X(XRegZr::new(number)),
        Reg::XSp(_) => Reg::XSp(XRegSp::new(number)),
        Reg::Gp(_) => Reg::Gp(GpReg::new(number)),
        Reg::WX(DynRegZr::W(_)) => Reg::WX(DynRegZr::W(WRegZr::new(number))),
        Reg::WX(DynRegZr::X(_)) => Reg::WX(DynRegZr::X(XRegZr::new(number))),
        Reg::WXSp(DynRegSp::W(_)) => Reg::WXSp(DynRegSp::W(WRegSp::new(number))),
        Reg::WXSp(DynRegSp::X(_)) => Reg::WXSp(DynRegSp::X(XRegSp::new(number))),
        Reg::B(_) => Reg::B(BReg::new(number)),
        Reg::H(_) => Reg::H(HReg::new(number)),
        Reg::S(_) => Reg::S(SReg::new(number)),
        Reg::D(_) => Reg::D(DReg::new(number)),
        Reg::Q(_) => Reg::Q(QReg::new(number)),
        Reg::Scalar(scalar) => Reg::Scalar(DynScalarSimd::from_bits(number, scalar.size_bits())),
        Reg::V(_) => Reg::V(VReg::new(number)),
        Reg::Z(_) => Reg::Z(ZReg::new(number)),
        Reg::P(_) => PReg::try_new(number).map_or(reg, Reg::P),
        other => other,
    }
}
