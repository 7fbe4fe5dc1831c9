//! [`Judged`]: all that is known of a block when the lints look at it.
//!
//! Made by [`judge`], from the blocks of a whole crate at once: they share the assembler's runs.
//! Called by [`pass`](crate::pass), read by [`lints`](crate::lints).

use asm_analysis::assemble::{MachineCode, Rejection, Unit, assemble};
use asm_analysis::block::{Block, Piece};
use asm_analysis::substitute::{Choices, Preference, Reason, Substitution, substitute_with};

use crate::collect::Uncollected;

/// A block and what the analysis made of it.
pub(crate) struct Judged<'a> {
    /// The block as its author wrote it; the error is why there is none.
    pub(crate) block: Result<&'a Block, Uncollected>,
    /// What the assembler says, if it was asked.
    pub(crate) assembled: Option<&'a Assembled>,
}

/// How far a block came on its way to machine code.
#[derive(Debug)]
pub(crate) enum Assembled {
    /// It could not be rendered as text.
    Unrendered(Reason),
    /// The assembler rejects it.
    Rejected(Substitution, Rejection),
    /// It is machine code.
    #[expect(dead_code, reason = "for the rules that look at instructions")]
    Code(Substitution, MachineCode),
}

impl Judged<'_> {
    /// The pieces of the template that a line of the text is made of.
    pub(crate) fn pieces_of_line(&self, substitution: &Substitution, line: u32) -> Vec<&Piece> {
        let Ok(block) = self.block else { return Vec::new() };
        let number = usize::try_from(line).unwrap_or(usize::MAX);
        let Some((start, length)) = line_range(&substitution.text, number) else {
            return Vec::new();
        };
        block
            .template
            .iter()
            .zip(&substitution.pieces)
            .filter(|(_, range)| range.start < start + length && start < range.end)
            .map(|(piece, _)| piece)
            .collect()
    }
}

/// The offset and length of a line of a text.
fn line_range(text: &str, number: usize) -> Option<(usize, usize)> {
    let mut start = 0;
    for (index, line) in text.split('\n').enumerate() {
        if index == number {
            return Some((start, line.len()));
        }
        start += line.len() + 1;
    }
    None
}

/// Assembles the blocks of a crate, in as few runs as possible. `None` for what is no block.
pub(crate) fn judge(blocks: &[Option<&Block>]) -> Vec<Option<Assembled>> {
    let mut assembled = assemble_all(blocks, Preference::Quiet);
    // A register that needs a REX prefix can't stand beside `ah`, and 32-bit code has none: what
    // was rejected with the registers of the first choice may be right with others.
    let again: Vec<_> = blocks
        .iter()
        .zip(&assembled)
        .map(|(block, first)| block.filter(|_| matches!(first, Some(Assembled::Rejected(..)))))
        .collect();
    if again.iter().any(Option::is_some) {
        for (first, second) in assembled.iter_mut().zip(assemble_all(&again, Preference::Legacy)) {
            if let Some(second @ Assembled::Code(..)) = second {
                *first = Some(second);
            }
        }
    }
    assembled
}

fn assemble_all(blocks: &[Option<&Block>], preference: Preference) -> Vec<Option<Assembled>> {
    let choices = Choices { preference, ..Choices::default() };
    let rendered: Vec<_> = blocks
        .iter()
        .map(|block| block.map(|block| (block, substitute_with(block, choices))))
        .collect();
    let units: Vec<_> = rendered
        .iter()
        .flatten()
        .filter_map(|(block, substitution)| {
            let text = substitution.as_ref().ok()?.text.as_str();
            Some(Unit { text, variant: None, syntax: block.syntax, context: (&block.kind).into() })
        })
        .collect();
    let target = blocks.iter().flatten().next().map(|block| &block.target);
    let results = target.map_or_else(Vec::new, |target| assemble(target, &units));
    let mut results = results.into_iter();
    let finish = |rendered: Option<(&Block, Result<Substitution, Reason>)>| {
        let substitution = match rendered?.1 {
            Ok(substitution) => substitution,
            Err(reason) => return Some(Assembled::Unrendered(reason)),
        };
        Some(match results.next()? {
            Ok(code) => Assembled::Code(substitution, code),
            Err(rejection) => Assembled::Rejected(substitution, rejection),
        })
    };
    rendered.into_iter().map(finish).collect()
}
