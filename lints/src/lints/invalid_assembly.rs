//! # invalid_assembly
//!
//! The assembler rejects the block. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Passes each block to the assembler that the compiler uses, and reports what it rejects, in the
//! assembler's own words.
//!
//! ## Why is this bad?
//!
//! The compiler assembles a block only when it generates code for the enclosing function.
//! `cargo check` and editors never do, and neither does a build that contains a generic function
//! which nothing calls yet: somebody else will meet the error.
//!
//! ## Known limits
//!
//! - If the rejected line uses a `const` operand whose value depends on a generic parameter, the
//!   lint stays silent, unless values of every sort are rejected for the same reason.
//! - On x86, target features are not checked: the assembler accepts every instruction. On other
//!   architectures the features of the target and of the enclosing function are enabled, as in a
//!   build.
//!
//! ## On other architectures
//!
//! The lint works on every architecture with `asm!`, also on those whose blocks are not judged
//! otherwise. What is valid depends on the target's features, and on Arm on the state (Arm or
//! Thumb) in which the function is compiled.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn answer() -> u64 {
//!     let value;
//!     unsafe { asm!("mov {}, 42 43", out(reg) value) };
//!     value
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn answer() -> u64 {
//!     let value;
//!     unsafe { asm!("mov {}, 42", out(reg) value, options(pure, nomem, nostack, preserves_flags)) };
//!     value
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no suggestion: only the author knows what was meant.
//!
//! ## Reference
//!
//! The Rust Reference, inline assembly: `asm.validity`.

use asm_analysis::assemble::Rejection;
use asm_analysis::block::{Block, Piece};
use asm_analysis::substitute::{Substitution, substitute};

use crate::collect::statement_at;
use crate::diagnostics::{Message, Place};
use crate::judged::Judged;
use crate::lints::Rule;

declare_lint!(contract INVALID_ASSEMBLY InvalidAssembly "the assembler rejects the block");

/// What the assembler said.
pub(crate) struct Finding {
    place: Place,
    message: String,
    /// The line as it was handed over, where that is not what is written.
    handed_over: Option<String>,
}

impl Rule for InvalidAssembly {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let &Judged::Rejected(block, rejection, always) = judged else { return };
        if depends_on_unknown_constant(block, rejection, always) {
            return;
        }
        let substitution = substitute(block, &[]).ok();
        let text = substitution.as_ref().zip(rejection.line).and_then(|(substitution, line)| {
            substitution.text.lines().nth(usize::try_from(line).ok()?)
        });
        let is_filled_in = substitution.as_ref().zip(rejection.line).is_some_and(
            |(substitution, line)| {
                let pieces = pieces_of_line(block, substitution, line);
                pieces.iter().any(|piece| matches!(piece, Piece::Placeholder { .. }))
            },
        );
        findings.push(Finding {
            place: place(rejection, text),
            message: rejection.message.clone(),
            handed_over: text.filter(|_| is_filled_in).map(|line| line.trim().to_owned()),
        });
    }

    fn render(finding: &Finding, _judged: &Judged<'_>) -> Message {
        let words = first_lower(finding.message.trim());
        let headline = format!("the assembler rejects this block: {words}");
        let message = Message::new(headline, finding.place)
            .note("the compiler reports this only when it generates code for the enclosing function");
        match &finding.handed_over {
            Some(line) => message.note(format!("with the operands substituted: `{line}`")),
            None => message,
        }
    }
}

/// The statement that the assembler pointed at, if it named a place.
fn place(rejection: &Rejection, text: Option<&str>) -> Place {
    let Some(line) = rejection.line else { return Place::Block };
    let column = rejection.column.and_then(|column| usize::try_from(column).ok());
    let statement = column.zip(text).and_then(|(column, text)| statement_at(text, column));
    match statement {
        Some((number, count)) => Place::Statement { line, number, count },
        None => Place::Line(line),
    }
}

/// Whether another value of a generic constant could make the rejected line a good one.
pub(crate) fn depends_on_unknown_constant(
    block: &Block,
    rejection: &Rejection,
    always: bool,
) -> bool {
    let Ok(substitution) = substitute(block, &[]) else { return false };
    if substitution.unknown_constants.is_empty() {
        return false;
    }
    // What a conditional leaves out, nobody reads; what a symbol holds is seen elsewhere.
    if substitution.text.lines().any(|line| steers_the_assembler(line.trim())) {
        return true;
    }
    // Values of all sorts are rejected with the same words, and none can become a part of a name
    // that only the right value makes (`r{n}`, `{n}f`).
    if always && !substitution.unknown_constants.iter().any(|constant| joins(block, *constant)) {
        return false;
    }
    rejection.line.is_none_or(|line| {
        pieces_of_line(block, &substitution, line).iter().any(|piece| {
            matches!(piece, Piece::Placeholder { operand, .. }
                if substitution.unknown_constants.contains(operand))
        })
    })
}

/// Whether an operand stands directly beside letters, digits or another operand in the template.
fn joins(block: &Block, operand: usize) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || "_.$@\\".contains(letter);
    let placeholder =
        |piece: &Piece| matches!(piece, Piece::Placeholder { operand: known, .. } if *known == operand);
    (0..block.template.len()).filter(|index| placeholder(&block.template[*index])).any(|index| {
        let before = index.checked_sub(1).map(|before| &block.template[before]);
        let joins = |neighbour: Option<&Piece>, side: fn(&str) -> Option<char>| match neighbour {
            Some(Piece::Text(text)) => side(text).is_some_and(is_part),
            Some(Piece::Placeholder { .. }) => true,
            None => false,
        };
        joins(before, |text| text.chars().next_back())
            || joins(block.template.get(index + 1), |text| text.chars().next())
    })
}

/// The pieces of the template that a line of the text is made of.
fn pieces_of_line<'a>(
    block: &'a Block,
    substitution: &Substitution,
    line: u32,
) -> Vec<&'a Piece> {
    let mut start = 0;
    let mut lines = substitution.text.split('\n').map(|line| {
        let range = start..start + line.len();
        start = range.end + 1;
        range
    });
    let range = usize::try_from(line).ok().and_then(|number| lines.nth(number));
    let range = range.unwrap_or_default();
    let pieces = block.template.iter().zip(&substitution.pieces);
    pieces
        .filter(|(_, piece)| piece.start < range.end && range.start < piece.end)
        .map(|(piece, _)| piece)
        .collect()
}

/// Whether a line may change what the assembler makes of other lines.
fn steers_the_assembler(line: &str) -> bool {
    [".if", ".macro", ".rept", ".irp", ".set", ".equ"]
        .iter()
        .any(|directive| line.starts_with(directive))
}

fn first_lower(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}
