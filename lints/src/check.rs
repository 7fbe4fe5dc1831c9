//! Finds the blocks of a crate, judges them together, and runs the lints.
//!
//! Called by [`driver`](crate::driver) when the compiler has finished its own analysis. This is not
//! a lint pass: for one of those, the compiler would walk the whole crate and track lint levels,
//! which costs crates without inline assembly a few percent of their time. The nodes of the HIR are
//! in arrays, and searching those costs next to nothing.

use std::borrow::Cow;
use std::rc::Rc;

use asm_analysis::analyse::{Outcome, analyse};
use asm_analysis::block::{Block, BlockKind, FunctionAbi};
use rustc_ast::AsmMacro;
use rustc_hir::{Expr, InlineAsm, Node};
use rustc_lint::Level;
use rustc_middle::ty::TyCtxt;
use rustc_span::Span;

use crate::collect::{self, BodyContext, Origin, Uncollected};
use crate::configuration::Configuration;
use crate::diagnostics::{Explained, Message, emit};
use crate::judged::Judged;
use crate::lints::{Entry, LINTS};
use crate::report::Report;
use crate::story::Stories;
use crate::tally::Tally;

/// Judges every block of the crate that the user wants to be judged.
pub(crate) fn check_crate<'tcx>(tcx: TyCtxt<'tcx>, configuration: &Configuration) {
    let mut explained = Explained::default();
    let mut stories = Stories::if_wanted(tcx);
    let mut found = inline_assembly(tcx);
    found.retain(|(expression, _)| !is_excluded(tcx, expression.span, configuration));
    // A crate that does not compile has other problems.
    if found.is_empty() || tcx.dcx().has_errors_excluding_lint_errors().is_some() {
        return;
    }
    let mut report = Report::if_wanted();
    let mut tally = Tally::if_wanted();
    let origins = found.iter().map(|(expression, assembly)| collect::origin(expression, assembly));
    let Some(target) = collect::target(tcx, &configuration.surroundings()).map(Rc::new) else {
        for origin in origins {
            let judged = [Judged::Uncollected(Uncollected::Architecture)];
            report.add(tcx, &origin, &judged);
            tally.add(tcx, &origin, &judged);
            emit_all(tcx, &origin, &judged, &mut stories, &mut explained);
        }
        stories.write(tcx);
        tally.report(tcx);
        return report.write(tcx);
    };
    let naked = found.iter().filter(|(_, assembly)| assembly.asm_macro == AsmMacro::NakedAsm);
    let own_conventions =
        collect::of_their_own(tcx, naked.map(|(expression, _)| expression.hir_id.owner.def_id));
    let own_conventions = Rc::new(own_conventions);
    let block = |(expression, assembly): &(&'tcx Expr<'tcx>, &'tcx InlineAsm<'tcx>)| {
        let cx = BodyContext::around(tcx, expression.hir_id, &own_conventions);
        collect::block(&cx, expression, assembly, &target)
    };
    let blocks: Vec<Block> = found.iter().map(block).collect();
    let meanings = configuration.meanings();
    let references: Vec<&Block> = blocks.iter().collect();
    for ((block, outcome), origin) in blocks.iter().zip(analyse(&references, meanings)).zip(origins)
    {
        let block = as_entered(block, &outcome);
        let judged = Judged::all(&block, &outcome, meanings);
        report.add(tcx, &origin, &judged);
        tally.add(tcx, &origin, &judged);
        emit_all(tcx, &origin, &judged, &mut stories, &mut explained);
    }
    stories.write(tcx);
    tally.report(tcx);
    report.write(tcx);
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

/// Whether a block is in an excluded file. A block from a macro belongs to the file that calls the
/// macro.
fn is_excluded(tcx: TyCtxt<'_>, span: Span, configuration: &Configuration) -> bool {
    let place = span.source_callsite();
    let file = tcx.sess.source_map().lookup_source_file(place.lo());
    file.name.clone().into_local_path().is_some_and(|path| configuration.excludes(&path))
}

/// All inline assembly of the crate, in the order of its owners.
fn inline_assembly<'tcx>(tcx: TyCtxt<'tcx>) -> Vec<(&'tcx Expr<'tcx>, &'tcx InlineAsm<'tcx>)> {
    let mut found = Vec::new();
    for owner in tcx.hir_crate_items(()).owners() {
        for node in &tcx.hir_owner_nodes(owner).nodes {
            if let Node::Expr(expression) = node.node
                && let Some(assembly) = collect::inline_assembly(expression)
            {
                found.push((expression, assembly));
            }
        }
    }
    found
}

/// Emits the messages of every lint that is enabled at a block; or, where stories are wanted, adds
/// the block's story, which has the messages of all lints that accuse, whatever their level.
fn emit_all<'tcx>(
    tcx: TyCtxt<'tcx>,
    origin: &Origin<'tcx>,
    judged: &[Judged<'_>],
    stories: &mut Stories,
    explained: &mut Explained,
) {
    if stories.are_wanted() {
        let messages = |entry: &'static Entry| {
            (entry.messages)(judged).into_iter().map(move |message| (entry, message))
        };
        let accusing = LINTS.iter().filter(|entry| entry.group.accuses());
        let found: Vec<(&Entry, Message)> = accusing.flat_map(messages).collect();
        return stories.add(tcx, origin, judged, &found);
    }
    for entry in LINTS {
        let level = tcx.lint_level_spec_at_node(entry.lint, origin.hir_id).level();
        if level != Level::Allow {
            for message in (entry.messages)(judged) {
                emit(tcx, origin, entry, message, explained);
            }
        }
    }
}
