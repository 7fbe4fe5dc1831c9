//! Which instructions' flags compare their operands: for stories, which tell a condition on the
//! flags as a question about the operands.

use iced_x86::Mnemonic;

/// How the functions of an instruction are numbered: its mnemonic times this, plus a number for each
/// result.
const RESULTS: u32 = 16;

/// The number of the function that makes a result of an instruction.
pub fn function_number(mnemonic: Mnemonic, result: u32) -> u32 {
    mnemonic as u32 * RESULTS + result
}

/// The number of the result that is the flags.
const FLAGS: u32 = 15;

/// What the flags of an instruction say about its two operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// They are those of a difference: `cmp`, `sub`, `cmpxchg`.
    Difference,
    /// They are those of a sum: `add`, `xadd`.
    Sum,
    /// They are those of a sum of two operands and a carry: `adc`, `adcx`.
    SumWithCarry,
    /// The same with OF as the carry: `adox`.
    SumWithOverflowAsCarry,
    /// They are those of a difference from which a borrow is taken: `sbb`.
    DifferenceWithBorrow,
    /// They are those of 0 minus the only operand: `neg`.
    Negation,
    /// They are those of the only operand plus 1: `inc`.
    Increment,
    /// They are those of the only operand minus 1: `dec`.
    Decrement,
    /// They are those of a product of unsigned numbers: `mul`.
    Product,
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
        Mnemonic::Adc | Mnemonic::Adcx => Comparison::SumWithCarry,
        Mnemonic::Adox => Comparison::SumWithOverflowAsCarry,
        Mnemonic::Sbb => Comparison::DifferenceWithBorrow,
        Mnemonic::Neg => Comparison::Negation,
        Mnemonic::Inc => Comparison::Increment,
        Mnemonic::Dec => Comparison::Decrement,
        Mnemonic::Mul => Comparison::Product,
        Mnemonic::Test | Mnemonic::And => Comparison::And,
        Mnemonic::Or => Comparison::Or,
        Mnemonic::Xor => Comparison::Xor,
        _ => return None,
    })
}

/// How a result that is a function of two words in their order is made of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ordered {
    /// The high half of a product of unsigned numbers.
    ProductHigh,
    /// The high half of a product of signed numbers.
    ProductHighSigned,
    /// The first word shifted left by the second.
    ShiftLeft,
    /// The first word shifted right by the second.
    ShiftRight,
    /// The same with copies of the sign.
    ShiftRightSigned,
    /// The first word rotated right by the second.
    RotateRight,
}

/// What a function of this number makes of two words.
pub fn ordered(number: u32) -> Option<Ordered> {
    Some(match (mnemonic(number)?, number % RESULTS) {
        (Mnemonic::Mul, 1) => Ordered::ProductHigh,
        (Mnemonic::Imul, 1) => Ordered::ProductHighSigned,
        (Mnemonic::Shl, 0) => Ordered::ShiftLeft,
        (Mnemonic::Shr, 0) => Ordered::ShiftRight,
        (Mnemonic::Sar, 0) => Ordered::ShiftRightSigned,
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
    number == function_number(of, 0) && !SEVERAL.contains(&of)
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
