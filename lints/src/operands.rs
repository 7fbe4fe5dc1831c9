//! What the operands of a block promise about registers: which bits are declared, and how.
//!
//! Used by the lints that compare operands with what the instructions do.

use asm_analysis::block::{Architecture, Block, Operand, Output, Place, RegisterOperand};
use asm_analysis::facts::{Exit, Facts};
use asm_analysis::registers::{Register, RegisterPart};
use asm_analysis::values::{Cell, Word};

/// An operand that is in a register.
#[derive(Clone, Copy)]
pub(crate) struct Declared<'a> {
    /// Its index among the block's operands.
    pub(crate) index: usize,
    /// What is declared.
    pub(crate) operand: &'a RegisterOperand,
    /// What is reserved for it, in the register that the author named or in the one that represents
    /// the class: all of it, except for 8-bit registers.
    pub(crate) part: RegisterPart,
}

impl Declared<'_> {
    /// Whether it has no output: a plain `in`.
    pub(crate) fn is_only_input(&self) -> bool {
        self.operand.input.is_some() && self.operand.output == Output::None
    }

    /// Whether the author named the register.
    pub(crate) fn is_explicit(&self) -> bool {
        matches!(self.operand.place, Place::Explicit(_))
    }
}

/// All operands of a block that are in registers.
pub(crate) fn declared<'a>(
    block: &'a Block,
    facts: &'a Facts,
) -> impl Iterator<Item = Declared<'a>> {
    block.operands.iter().zip(&facts.registers).enumerate().filter_map(|(index, operand)| {
        let (Operand::Register(operand), &Some(part)) = operand else { return None };
        let is_byte = matches!(part.register, Register::General(_)) && part.bits == 8;
        // `s0`, `d0` and `q0` of Arm are declared apart, as the second bytes of x86 are.
        let is_apart = matches!(part.register, Register::Vector(_))
            && block.target.architecture == Architecture::Arm;
        let part = if is_byte || is_apart { part } else { part.register.whole() };
        Some(Declared { index, operand, part })
    })
}

/// The other operand with an output or a clobber in the same register, as in
/// `in("rcx") n, lateout("rcx") _`.
pub(crate) fn output_in_same_register<'a>(
    block: &'a Block,
    facts: &'a Facts,
    operand: &Declared<'_>,
) -> Option<Declared<'a>> {
    declared(block, facts).find(|other| {
        other.index != operand.index
            && other.operand.output != Output::None
            && other.part.overlaps(operand.part)
    })
}

/// The other operand with an input in the same register.
pub(crate) fn input_in_same_register<'a>(
    block: &'a Block,
    facts: &'a Facts,
    operand: &Declared<'_>,
) -> Option<Declared<'a>> {
    declared(block, facts).find(|other| {
        other.index != operand.index
            && other.operand.input.is_some()
            && other.part.overlaps(operand.part)
    })
}

/// The part of a register that the target's instructions can see.
pub(crate) fn visible(block: &Block, part: RegisterPart) -> RegisterPart {
    match part.register {
        Register::General(_) => {
            let width = block.target.architecture.word_bits();
            RegisterPart { bits: part.bits.min(width.saturating_sub(part.low_bit)), ..part }
        }
        Register::Vector(_) if block.target.architecture == Architecture::Arm => {
            RegisterPart { bits: part.bits.min(128_u16.saturating_sub(part.low_bit)), ..part }
        }
        _ => part,
    }
}

/// The runs of a register's bits that no operand declares.
pub(crate) fn undeclared_parts(
    block: &Block,
    facts: &Facts,
    register: Register,
) -> Vec<RegisterPart> {
    let whole = visible(block, register.whole());
    let mut reserved: Vec<RegisterPart> = declared(block, facts)
        .map(|operand| operand.part)
        .filter(|part| part.register == register)
        .collect();
    reserved.sort_by_key(|part| part.low_bit);
    let mut parts = Vec::new();
    let mut from = 0;
    for part in reserved {
        if part.low_bit > from {
            parts.push(RegisterPart { register, low_bit: from, bits: part.low_bit - from });
        }
        from = from.max(part.low_bit + part.bits);
    }
    if from < whole.bits {
        parts.push(RegisterPart { register, low_bit: from, bits: whole.bits - from });
    }
    parts
}

/// Whether an operand may name the register: the compiler keeps some for itself
/// (rules operand-type, "cannot be used as operands").
pub(crate) fn can_be_operand(block: &Block, register: Register) -> bool {
    block.target.architecture.can_be_operand(register, block.is_thumb())
}

/// What a part of a register holds at an exit; `None` where it still holds the entry value.
pub(crate) fn at_exit(facts: &Facts, exit: &Exit, part: RegisterPart) -> Option<Word> {
    let word = facts.at_exit(exit, Cell::Register(part.register))?;
    Some(word.slice(part.low_bit, part.bits.min(word.bits().saturating_sub(part.low_bit))))
}
