//! Which instructions' flags compare their operands, so that a condition on the flags is a
//! question about the operands.

use iced_x86::Mnemonic;

use super::formula::Operator;
use crate::block::Architecture;

/// What the flags of an instruction say about its two operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// They are those of a difference: `cmp`, `sub`.
    Difference,
    /// They are those of a sum: `add`.
    Sum,
    /// They are those of a bitwise operation: `test`, `and`, `or`, `xor`.
    Logic(Operator),
}

/// How the interpreter numbers the functions of an instruction: its mnemonic times this, plus a
/// number for each result.
const RESULTS: u32 = 16;

/// The number of the result that is the flags.
const FLAGS: u32 = 15;

fn mnemonic(number: u32) -> Option<Mnemonic> {
    Mnemonic::try_from((number / RESULTS) as usize).ok()
}

/// The comparison whose flags a function of this number makes.
pub(super) fn comparison_of(architecture: Architecture, number: u32) -> Option<Comparison> {
    let is_x86 = matches!(architecture, Architecture::X86 | Architecture::X86_64);
    if !is_x86 || number % RESULTS != FLAGS {
        return None;
    }
    Some(match mnemonic(number)? {
        Mnemonic::Cmp | Mnemonic::Sub => Comparison::Difference,
        Mnemonic::Add => Comparison::Sum,
        Mnemonic::Test | Mnemonic::And => Comparison::Logic(Operator::And),
        Mnemonic::Or => Comparison::Logic(Operator::Or),
        Mnemonic::Xor => Comparison::Logic(Operator::Xor),
        _ => return None,
    })
}

/// Whether a `setcc` whose bit is a function of this number asks for the condition's opposite
/// (`setg` asks what `setle` asks). `None` for every other function.
pub(super) fn condition_of(architecture: Architecture, number: u32) -> Option<bool> {
    let is_x86 = matches!(architecture, Architecture::X86 | Architecture::X86_64);
    if !is_x86 || number % RESULTS != 0 {
        return None;
    }
    Some(match mnemonic(number)? {
        Mnemonic::Setbe | Mnemonic::Setl | Mnemonic::Setle => false,
        Mnemonic::Seta | Mnemonic::Setge | Mnemonic::Setg => true,
        _ => return None,
    })
}
