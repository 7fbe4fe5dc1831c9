//! Finds the blocks of a crate, judges them together, and runs the lints.
//!
//! Called by [`driver`](crate::driver) when the compiler has finished its own analysis. This is not
//! a lint pass: for one of those, the compiler would walk the whole crate and track lint levels,
//! which costs crates without inline assembly a few percent of their time. The nodes of the HIR are
//! in arrays, and searching those costs next to nothing.

use std::rc::Rc;
use std::sync::Arc;

use asm_analysis::analyse::{analyse, parts};
use asm_analysis::block::Block;
use asm_analysis::meaning::Meanings;
use rustc_ast::AsmMacro;
use rustc_hir::{Expr, InlineAsm, Node};
use rustc_middle::ty::TyCtxt;
use rustc_span::Span;

use crate::collect::{self, BodyContext, Origin, Uncollected};
use crate::configuration::Configuration;
use crate::diagnostics::{Explained, emit};
use crate::jobs::in_order;
use crate::judged::Judged;
use crate::report::Report;
use crate::story::Stories;
use crate::tally::{self, Tally};
use crate::verdict::{Verdict, Wanted, judge, judge_as};

/// Judges every block of the crate that the user wants to be judged.
pub(crate) fn check_crate<'tcx>(tcx: TyCtxt<'tcx>, configuration: &Configuration) {
    let mut stories = Stories::if_wanted(tcx);
    let mut found = inline_assembly(tcx);
    found.retain(|(expression, _)| !is_excluded(tcx, expression.span, configuration));
    // A crate that does not compile has other problems.
    if found.is_empty() || tcx.dcx().has_errors_excluding_lint_errors().is_some() {
        return;
    }
    let mut report = Report::if_wanted();
    let mut tally = Tally::if_wanted();
    let origins: Vec<Origin<'tcx>> =
        found.iter().map(|(expression, assembly)| collect::origin(expression, assembly)).collect();
    let blocks = collect_all(tcx, &found, configuration);
    let wanted: Vec<Wanted> = origins
        .iter()
        .enumerate()
        .map(|(index, origin)| {
            let block = blocks.as_ref().and_then(|blocks| blocks.get(index));
            let doubts = report.is_wanted() || tally::is_wanted();
            Wanted::about(tcx, origin, block, stories.are_wanted(), doubts)
        })
        .collect();
    let verdicts = match &blocks {
        Some(blocks) => judge_all(blocks, &wanted, configuration.meanings()),
        None => {
            let judged = [Judged::Uncollected(Uncollected::Architecture)];
            wanted.iter().map(|wanted| judge_as(&judged, wanted)).collect()
        }
    };
    let mut explained = Explained::default();
    for (verdict, origin) in verdicts.into_iter().zip(&origins) {
        report.add(tcx, origin, &verdict.doubts);
        tally.add(tcx, origin, &verdict.doubts);
        match verdict.story {
            Some(story) => stories.add(tcx, origin, story),
            None => {
                for (entry, message) in verdict.messages {
                    emit(tcx, origin, entry, message, &mut explained);
                }
            }
        }
    }
    stories.write(tcx);
    tally.report(tcx);
    report.write(tcx);
}

/// Reads all blocks; `None` where nothing can be assembled for the crate's target.
fn collect_all<'tcx>(
    tcx: TyCtxt<'tcx>,
    found: &[(&'tcx Expr<'tcx>, &'tcx InlineAsm<'tcx>)],
    configuration: &Configuration,
) -> Option<Vec<Block>> {
    let target = collect::target(tcx, &configuration.surroundings()).map(Arc::new)?;
    let naked = found.iter().filter(|(_, assembly)| assembly.asm_macro == AsmMacro::NakedAsm);
    let own_conventions =
        collect::of_their_own(tcx, naked.map(|(expression, _)| expression.hir_id.owner.def_id));
    let own_conventions = Rc::new(own_conventions);
    let block = |(expression, assembly): &(&'tcx Expr<'tcx>, &'tcx InlineAsm<'tcx>)| {
        let cx = BodyContext::around(tcx, expression.hir_id, &own_conventions);
        collect::block(&cx, expression, assembly, &target)
    };
    Some(found.iter().map(block).collect())
}

/// Judges blocks, in parts that do not depend on each other: one verdict for each block, in order.
fn judge_all(blocks: &[Block], wanted: &[Wanted], meanings: &Meanings) -> Vec<Verdict> {
    let judge_part = |part: &Vec<usize>| -> Vec<Verdict> {
        let some: Vec<&Block> = part.iter().map(|&index| &blocks[index]).collect();
        let judged = part.iter().zip(&some).zip(analyse(&some, meanings));
        judged
            .map(|((&index, block), outcome)| judge(block, &outcome, meanings, &wanted[index]))
            .collect()
    };
    let parts = parts(blocks);
    let verdicts = in_order(&parts, judge_part).into_iter().flatten();
    let mut placed: Vec<(usize, Verdict)> = parts.iter().flatten().copied().zip(verdicts).collect();
    placed.sort_by_key(|(index, _)| *index);
    placed.into_iter().map(|(_, verdict)| verdict).collect()
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
