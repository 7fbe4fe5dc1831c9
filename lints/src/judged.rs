//! [`Judged`]: all that is known of a block when the lints look at it.
//!
//! Made by [`pass`](crate::pass) from what the analysis answers, read by [`lints`](crate::lints).

use asm_analysis::analyse::{Outcome, Reading};
use asm_analysis::assemble::Rejection;
use asm_analysis::block::Block;
use asm_analysis::facts::Facts;
use asm_analysis::meaning::Meanings;
use asm_analysis::substitute::Reason;
use asm_analysis::values::Site;
use iced_x86::{Formatter, IntelFormatter};

use crate::collect::Uncollected;
use crate::diagnostics::Place;

/// A block and what the analysis made of it.
#[derive(Clone, Copy)]
pub(crate) enum Judged<'a> {
    /// There is no block to work on.
    Uncollected(Uncollected),
    /// The block could not be rendered as text.
    NotRendered(&'a Reason),
    /// The assembler rejects it.
    Rejected(&'a Block, &'a Rejection),
    /// It was interpreted.
    Read(Read<'a>),
}

/// An interpreted block.
#[derive(Clone, Copy)]
pub(crate) struct Read<'a> {
    /// The block as its author wrote it.
    pub(crate) block: &'a Block,
    /// The block with all its parameters filled in, and what it does.
    pub(crate) reading: &'a Reading,
    /// What instructions mean to the contract.
    #[expect(dead_code, reason = "for rules that ask about instructions")]
    pub(crate) meanings: &'a Meanings,
}

impl<'a> Judged<'a> {
    /// Everything that a block was judged as: more than once, if it has constants of unknown
    /// value; a rule is broken only if it is broken for each of them.
    pub(crate) fn all(
        block: &'a Block,
        outcome: &'a Outcome,
        meanings: &'a Meanings,
    ) -> Vec<Judged<'a>> {
        match outcome {
            Outcome::NotRendered(reason) => vec![Judged::NotRendered(reason)],
            Outcome::Rejected(rejection) => vec![Judged::Rejected(block, rejection)],
            Outcome::Analysed(analysis) => analysis
                .readings
                .iter()
                .map(|reading| Judged::Read(Read { block, reading, meanings }))
                .collect(),
        }
    }

    /// What rules about behaviour work on, where there is any.
    pub(crate) fn read(&self) -> Option<Read<'a>> {
        match self {
            Judged::Read(read) => Some(*read),
            _ => None,
        }
    }
}

impl<'a> Read<'a> {
    /// What the block does.
    pub(crate) fn facts(&self) -> &'a Facts {
        &self.reading.facts
    }

    /// Where an instruction is written.
    pub(crate) fn place(&self, site: Site) -> Place {
        let facts = self.facts();
        let reached = facts.instruction(site);
        let Some(line) = reached.line else { return Place::Block };
        let neighbours = facts.instructions.iter().filter(|other| other.line == Some(line));
        let (before, others): (Vec<_>, Vec<_>) =
            neighbours.partition(|other| other.address < reached.address);
        let count = before.len() + others.len();
        Place::Statement { line, number: before.len(), count }
    }

    /// An instruction as it was decoded, in Intel syntax.
    #[expect(dead_code, reason = "for rules that show instructions")]
    pub(crate) fn instruction_text(&self, site: Site) -> String {
        let mut formatter = IntelFormatter::new();
        let options = formatter.options_mut();
        options.set_space_after_operand_separator(true);
        options.set_hex_prefix("0x");
        options.set_hex_suffix("");
        options.set_uppercase_hex(false);
        let mut text = String::new();
        formatter.format(&self.facts().instruction(site).instruction, &mut text);
        text
    }
}
