//! Renders a block as the text that the compiler would pass to its assembler.
//!
//! Input: a [`Block`]. Output: a [`Substitution`], the text with a register for each operand, a
//! value for each constant, a symbol for each `sym` and `label`. Called before
//! [`assemble`](crate::assemble), and again with other registers or values where the first choice
//! turns out to be in the way.
//!
//! The text is what rustc makes of the template (`rustc_codegen_llvm::asm`) after LLVM's inline
//! assembly printer has been over it: `asm!` in Intel syntax loses each `$` there, and ends at a
//! NUL; `naked_asm!` and `global_asm!` do not pass through it.

mod allocate;
mod order;
pub mod sharing;
mod stand_ins;

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write;
use std::ops::Range;

pub use self::stand_ins::{FURTHER_READINGS, StandIns};

use crate::block::{Block, BlockKind, Operand, Piece, Place, RegisterOperand, Syntax};
use crate::naming;
use crate::registers::{Register, RegisterPart};

/// A block with everything filled in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Substitution {
    /// The assembly text. Its line N is line N of the template.
    pub text: String,
    /// For each operand the register that it has here, chosen or explicit; `None` for what is not a
    /// register.
    pub registers: Vec<Option<RegisterPart>>,
    /// Whether there were too few registers, so that some late outputs share one with an input.
    pub shared: bool,
    /// How many ways there are to give registers to the operands, where there are so few that some
    /// get one that the template names; 1 if all have one of their own.
    pub cases: usize,
    /// The constants whose value is not known, by operand: the text has a made-up one.
    pub unknown_constants: Vec<usize>,
    /// Those that it has.
    pub stand_ins: StandIns,
    /// For each piece of the template the bytes of the text that it became.
    pub pieces: Vec<Range<usize>>,
}

impl Substitution {
    /// The piece of the template at a place of the text (line and column in bytes, both from 0).
    pub fn piece_at(&self, line: u32, column: u32) -> Option<usize> {
        let mut start = 0;
        for _ in 0..line {
            start += self.text[start..].find('\n')? + 1;
        }
        let offset = start + usize::try_from(column).ok()?;
        self.pieces.iter().position(|piece| piece.contains(&offset))
    }
}

/// What to do where there is a choice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Choices<'a> {
    /// Registers that no operand of a class may get: those that the instructions turned out to use
    /// without naming them.
    pub avoid: &'a [Register],
    /// Which registers are taken first.
    pub preference: Preference,
    /// What is written for the constants of unknown value.
    pub stand_ins: StandIns,
    /// Which of the ways of [`Substitution::cases`].
    pub case: usize,
}

impl Default for Choices<'_> {
    fn default() -> Self {
        let stand_ins = StandIns::same(1);
        Choices { avoid: &[], preference: Preference::Quiet, stand_ins, case: 0 }
    }
}

/// Which registers an operand of a class gets first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Preference {
    /// Those that no instruction uses without naming it.
    Quiet,
    /// Those that need no REX prefix, which can't be together with `ah`, `bh`, `ch`, `dh`, and
    /// which 32-bit code knows.
    Legacy,
}

/// Why a block can't be rendered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reason {
    /// There is no register left for an operand that the template does not use otherwise.
    OutOfRegisters {
        /// The operand.
        operand: usize,
        /// Its class.
        class: String,
    },
    /// A register can't be written with the modifier that the template asks for.
    Unspellable {
        /// The operand.
        operand: usize,
        /// The modifier.
        modifier: Option<char>,
    },
    /// A placeholder is for an operand that the block does not have.
    UnknownOperand(usize),
    /// LLVM crashes on the block, or never ends.
    Crash,
    /// It makes more code or data than is assembled for one block.
    TooLarge,
    /// A Thumb `cbz` or `cbnz` to a `label` operand: LLVM knows no relocation for it, and makes a
    /// `nop` of it where the label is not in the same text.
    CompareToLabel,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::OutOfRegisters { class, .. } => {
                write!(f, "the template leaves too few registers of the class `{class}` free")
            }
            Reason::Unspellable { modifier: Some(modifier), .. } => {
                write!(f, "no register of the operand's class has the modifier `{modifier}`")
            }
            Reason::Unspellable { modifier: None, .. } => {
                write!(f, "the operand's register has no name to write in a template")
            }
            Reason::CompareToLabel => {
                f.write_str("LLVM encodes `cbz` only where the label is known")
            }
            Reason::TooLarge => f.write_str("it makes too much code or data to be assembled here"),
            Reason::Crash => f.write_str("LLVM crashes on this block"),
            Reason::UnknownOperand(operand) => write!(f, "there is no operand {operand}"),
        }
    }
}

/// Renders a block, with registers and values as chosen by default.
pub fn substitute(block: &Block, avoid: &[Register]) -> Result<Substitution, Reason> {
    substitute_with(block, Choices { avoid, ..Choices::default() })
}

/// The room for what a placeholder becomes, in bytes: most become the name of a register.
const ROOM: usize = 4;

/// Renders a block.
pub fn substitute_with(block: &Block, choices: Choices<'_>) -> Result<Substitution, Reason> {
    let allocation = allocate::allocate(block, choices)?;
    let mut substitution = Substitution {
        text: String::with_capacity(block.template_bytes() + ROOM * block.template.len()),
        registers: allocation.registers,
        shared: allocation.shared,
        cases: allocation.cases,
        unknown_constants: stand_ins::unknown_constants(block).collect(),
        stand_ins: choices.stand_ins,
        pieces: Vec::with_capacity(block.template.len()),
    };
    for piece in &block.template {
        let start = substitution.text.len();
        match piece {
            Piece::Text(text) => push_text(&mut substitution.text, text, block),
            &Piece::Placeholder { operand, modifier } => {
                push_operand(&mut substitution, block, operand, modifier, choices)?;
            }
        }
        substitution.pieces.push(start..substitution.text.len());
    }
    if block.is_thumb() && compares_to_label(&substitution.text) {
        return Err(Reason::CompareToLabel);
    }
    if block.kind == BlockKind::Inline {
        // LLVM keeps an inline assembly string as a C string.
        if let Some(end) = substitution.text.find('\0') {
            substitution.text.truncate(end);
        }
    }
    Ok(substitution)
}

/// Whether a line has a `cbz` or `cbnz` and a `label` operand after it.
fn compares_to_label(text: &str) -> bool {
    text.contains(LABEL_PREFIX)
        && text.lines().any(|line| {
            let line = line.to_ascii_lowercase();
            let after = line.find("cbz").or_else(|| line.find("cbnz"));
            after.is_some_and(|start| line[start..].contains(LABEL_PREFIX))
        })
}

/// The symbol that stands for a `sym` operand in the text.
pub fn symbol_of_operand(operand: usize) -> String {
    format!("{SYMBOL_PREFIX}{operand}")
}

/// The symbol that stands for a `label` operand in the text.
pub fn label_of_operand(operand: usize) -> String {
    format!("{LABEL_PREFIX}{operand}")
}

/// The `sym` or `label` operand that a symbol of the object file stands for.
pub fn operand_of_symbol(name: &str) -> Option<usize> {
    // i686 Windows and Mach-O put an underscore before the names of a language, but these names
    // are written in the text as they are.
    let number = name.strip_prefix(SYMBOL_PREFIX).or_else(|| name.strip_prefix(LABEL_PREFIX))?;
    number.parse().ok()
}

const SYMBOL_PREFIX: &str = "asm_lint_symbol_";
/// What the symbols of `label` operands start with.
pub(crate) const LABEL_PREFIX: &str = "asm_lint_label_";

fn push_text(out: &mut String, text: &str, block: &Block) {
    // rustc writes each `$` as `$$`, which LLVM's printer turns back into `$` for AT&T syntax and
    // into nothing for Intel syntax (AsmPrinterInlineAsm.cpp).
    let is_intel = block.syntax == Syntax::Intel && block.target.architecture.is_x86();
    if block.kind == BlockKind::Inline && is_intel {
        out.extend(text.split('$'));
    } else {
        out.push_str(text);
    }
}

fn push_operand(
    substitution: &mut Substitution,
    block: &Block,
    operand: usize,
    modifier: Option<char>,
    choices: Choices<'_>,
) -> Result<(), Reason> {
    let text = &mut substitution.text;
    match block.operands.get(operand).ok_or(Reason::UnknownOperand(operand))? {
        Operand::Register(RegisterOperand { place, .. }) => {
            let part = substitution.registers.get(operand).copied().flatten();
            let spelling = part.and_then(|part| spell(block, place, part, modifier));
            let spelling = spelling.ok_or(Reason::Unspellable { operand, modifier })?;
            if block.syntax == Syntax::Att && block.target.architecture.is_x86() {
                text.push('%');
            }
            text.push_str(&spelling);
        }
        Operand::Constant(Some(value)) => text.push_str(value),
        Operand::Constant(None) => {
            // Writing to a string can't fail.
            let _ = write!(text, "{}", choices.stand_ins.of(operand));
        }
        Operand::Symbol(_) => text.push_str(&symbol_of_operand(operand)),
        Operand::Label { .. } => text.push_str(&label_of_operand(operand)),
    }
    Ok(())
}

fn spell<'a>(
    block: &'a Block,
    place: &Place,
    part: RegisterPart,
    modifier: Option<char>,
) -> Option<Cow<'a, str>> {
    let spellings = &block.target.registers.spellings;
    let known = spellings.get(&(part, modifier)).map(|spelling| Cow::from(spelling.as_str()));
    match (place, modifier) {
        // The compiler allows no placeholder for an explicit register; the name is right anyway.
        (Place::Explicit(_), None) => {
            known.or_else(|| Some(naming::name(block.target.architecture, part).into()))
        }
        _ => known,
    }
}
