//! Which instructions' flags compare their operands: for stories, which tell a condition on the
//! flags as a question about the operands.

use iced_x86::Mnemonic;

/// How the transfer functions number the functions of an instruction: its mnemonic times this,
/// plus a number for each result.
const RESULTS: u32 = 16;

/// The number of the result that is the flags.
const FLAGS: u32 = 15;

/// What the flags of an instruction say about its two operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// They are those of a difference: `cmp`, `sub`, `cmpxchg`.
    Difference,
    /// They are those of a sum: `add`, `xadd`.
    Sum,
    /// They are those of `test` and `and`.
    And,
    /// They are those of `or`.
    Or,
    /// They are those of `xor`.
    Xor,
}

fn mnemonic(number: u32) -> Option<Mnemonic> {
    Mnemonic::try_from((number / RESULTS) as usize).ok()
}

/// The comparison whose flags a function of this number makes.
pub fn comparison_of(number: u32) -> Option<Comparison> {
    if number % RESULTS != FLAGS {
        return None;
    }
    Some(match mnemonic(number)? {
        Mnemonic::Cmp | Mnemonic::Sub | Mnemonic::Cmpxchg => Comparison::Difference,
        Mnemonic::Add | Mnemonic::Xadd => Comparison::Sum,
        Mnemonic::Test | Mnemonic::And => Comparison::And,
        Mnemonic::Or => Comparison::Or,
        Mnemonic::Xor => Comparison::Xor,
        _ => return None,
    })
}

/// Whether a function of this number is the first result of an instruction of that mnemonic that has no
/// second one.
pub fn is_only_result(number: u32, of: Mnemonic) -> bool {
    const SEVERAL: [Mnemonic; 6] = [
        Mnemonic::Mul,
        Mnemonic::Imul,
        Mnemonic::Mulx,
        Mnemonic::Div,
        Mnemonic::Idiv,
        Mnemonic::Cpuid,
    ];
    number == of as u32 * RESULTS && !SEVERAL.contains(&of)
}

/// Whether a `setcc` whose bit is a function of this number asks for the condition's opposite
/// (`setg` asks what `setle` asks). `None` for every other function.
pub fn condition_of(number: u32) -> Option<bool> {
    if !number.is_multiple_of(RESULTS) {
        return None;
    }
    Some(match mnemonic(number)? {
        Mnemonic::Setbe | Mnemonic::Setl | Mnemonic::Setle => false,
        Mnemonic::Seta | Mnemonic::Setge | Mnemonic::Setg => true,
        _ => return None,
    })
}
