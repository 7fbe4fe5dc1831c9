//! What is asked about a block, and what the lints answer, both as plain data.
//!
//! Made by [`check`](crate::check). What the compiler has to answer comes first ([`Wanted`]), what it
//! is to show last ([`Verdict`]); between the two, [`judge`] needs nothing of it, so that any thread
//! can do it.

use std::borrow::Cow;

use asm_analysis::analyse::Outcome;
use asm_analysis::block::{Block, BlockKind, FunctionAbi};
use asm_analysis::isa::Meanings;
use asm_analysis::story::Names;
use rustc_lint::Level;
use rustc_middle::ty::TyCtxt;

use crate::collect::Origin;
use crate::diagnostics::Message;
use crate::judged::Judged;
use crate::lints::{self, Doubts, Entry, LINTS};
use crate::story;

/// What is to be found out about a block.
pub(crate) struct Wanted {
    /// The lints that are asked: those that are enabled at the block; for a story all that accuse,
    /// whatever their level.
    lints: Vec<&'static Entry>,
    /// Whether somebody wants to know which rules can't be decided.
    doubts: bool,
    /// What the author calls the operands, where a story is wanted.
    names: Option<Names>,
}

impl Wanted {
    /// What is wanted about a block of the crate that is compiled; `None` for one that could not be
    /// collected.
    pub(crate) fn about(
        tcx: TyCtxt<'_>,
        origin: &Origin<'_>,
        block: Option<&Block>,
        tells: bool,
        doubts: bool,
    ) -> Wanted {
        if tells {
            let lints = LINTS.iter().filter(|entry| entry.group.accuses()).collect();
            let names = block.map_or_else(Names::default, |block| story::names(tcx, origin, block));
            return Wanted { lints, doubts: true, names: Some(names) };
        }
        let is_enabled = |entry: &&Entry| {
            tcx.lint_level_spec_at_node(entry.lint, origin.hir_id).level() != Level::Allow
        };
        Wanted { lints: LINTS.iter().filter(is_enabled).collect(), doubts, names: None }
    }
}

/// What was found out about a block.
pub(crate) struct Verdict {
    /// What the lints say, in the order of the registry.
    pub(crate) messages: Vec<(&'static Entry, Message)>,
    /// Why rules could not be decided, if somebody wants to know; see [`Doubts`].
    pub(crate) doubts: Doubts,
    /// What a story says besides where the block is, where one is wanted.
    pub(crate) story: Option<story::Content>,
}

/// Judges a block by what the analysis made of it.
pub(crate) fn judge(
    block: &Block,
    outcome: &Outcome,
    meanings: &Meanings,
    wanted: &Wanted,
) -> Verdict {
    let block = as_entered(block, outcome);
    judge_as(&Judged::all(&block, outcome, meanings), wanted)
}

/// [`judge`] for everything that a block was judged as.
pub(crate) fn judge_as(judged: &[Judged<'_>], wanted: &Wanted) -> Verdict {
    let messages_of = |entry: &&'static Entry| {
        let entry = *entry;
        (entry.messages)(judged).into_iter().map(move |message| (entry, message))
    };
    let messages: Vec<_> = wanted.lints.iter().flat_map(messages_of).collect();
    let doubts = if wanted.doubts { lints::doubts(judged) } else { Doubts::new() };
    let names = wanted.names.as_ref();
    let story = names.map(|names| story::content(judged, &messages, &doubts, names));
    Verdict { messages, doubts, story }
}

/// A naked function that nobody calls keeps nobody's ABI, whatever its type says.
fn as_entered<'a>(block: &'a Block, outcome: &Outcome) -> Cow<'a, Block> {
    let mut readings = outcome.readings().iter();
    match &block.kind {
        BlockKind::Naked(abi) if readings.any(|reading| reading.facts.is_entered_by_jump) => {
            let kind = BlockKind::Naked(FunctionAbi::own_convention(abi.diverges));
            Cow::Owned(Block { kind, ..block.clone() })
        }
        _ => Cow::Borrowed(block),
    }
}
