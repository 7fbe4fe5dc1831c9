//! Finds the blocks of a crate, judges them together, and runs the lints.
//!
//! Called by [`driver`](crate::driver): [`begin`] when the compiler knows all types, [`finish`] when it
//! has finished its own analysis. This is not a lint pass: for one of those, the compiler would walk
//! the whole crate and track lint levels, which costs crates without inline assembly a few percent of
//! their time. The nodes of the HIR are in arrays, and searching those costs next to nothing.

use std::sync::Arc;

use asm_analysis::analyse::{analyse, is_whole, parts};
use asm_analysis::block::{Block, Target};
use rustc_ast::AsmMacro;
use rustc_data_structures::fx::FxHashSet;
use rustc_hir::def_id::LocalDefId;
use rustc_hir::{Expr, HirId, InlineAsm, Node};
use rustc_middle::ty::TyCtxt;
use rustc_span::Span;

use crate::collect::{self, BodyContext, Origin, Uncollected};
use crate::configuration::Configuration;
use crate::diagnostics::{Explained, emit};
use crate::jobs::Jobs;
use crate::judged::Judged;
use crate::report::{self, Report};
use crate::story::{self, Stories};
use crate::tally::{self, Tally};
use crate::verdict::{Verdict, Wanted, judge, judge_as};

/// What is known of a crate while the compiler checks borrows: plain data.
pub(crate) struct Begun {
    /// Its blocks, in the order of [`blocks_to_judge`].
    found: Vec<HirId>,
    /// `None` if all are left for [`finish`].
    early: Option<Early>,
}

/// The blocks that did not have to wait.
struct Early {
    /// How blocks are read, for the others.
    collector: Collector,
    /// Those that are being judged.
    judging: Judging,
}

/// Blocks that are being judged, in parts that do not depend on each other: each verdict with the place
/// of its block among the crate's.
type Judging = Jobs<Vec<(usize, Verdict)>>;

/// Begins to judge what can be judged as soon as all types are known.
///
/// Left for [`finish`] are blocks with `const` operands: to evaluate them may report mistakes in
/// functions that the compiler has not looked at yet, and what evaluation reports is not shown.
pub(crate) fn begin(tcx: TyCtxt<'_>, configuration: &Arc<Configuration>) -> Option<Begun> {
    // A crate that does not compile has other problems.
    if tcx.dcx().has_errors().is_some() {
        return None;
    }
    let found = blocks_to_judge(tcx, configuration);
    let early = begin_early(tcx, &found, configuration);
    Some(Begun { found: found.iter().map(|found| found.expression.hir_id).collect(), early })
}

/// Begins to judge the blocks that need no constants; `None` if there are none, or if they can't be
/// judged without the others.
fn begin_early<'tcx>(
    tcx: TyCtxt<'tcx>,
    found: &[Found<'tcx>],
    configuration: &Arc<Configuration>,
) -> Option<Early> {
    let (now, later): (Vec<usize>, Vec<usize>) =
        (0..found.len()).partition(|&index| !collect::evaluates_constants(found[index].assembly));
    // What is next to functions may be needed by the others.
    let is_global = |&index: &usize| found[index].assembly.asm_macro == AsmMacro::GlobalAsm;
    if now.is_empty() || later.iter().any(is_global) {
        return None;
    }
    let collector = Collector::of(tcx, found, configuration)?;
    let blocks = collector.blocks(tcx, found, &now);
    if !later.is_empty() && is_whole(&blocks) {
        return None;
    }
    let wanted = wanted(tcx, found, &now, &blocks);
    let judging = begin_judging(now, blocks, wanted, configuration, IsBusy(true));
    Some(Early { collector, judging })
}

/// Judges every block of the crate that the user wants to be judged, as far as that was not `begun`
/// yet, and shows what was found.
pub(crate) fn finish<'tcx>(
    tcx: TyCtxt<'tcx>,
    configuration: &Arc<Configuration>,
    begun: Option<Begun>,
) {
    let mut stories = Stories::if_wanted(tcx);
    let (found, early) = match begun {
        Some(Begun { found, early }) => {
            (found.into_iter().filter_map(|id| Found::in_node(tcx.hir_node(id))).collect(), early)
        }
        None => (blocks_to_judge(tcx, configuration), None),
    };
    // A crate that does not compile has other problems.
    if found.is_empty() || tcx.dcx().has_errors_excluding_lint_errors().is_some() {
        return;
    }
    let mut report = Report::if_wanted();
    let mut tally = Tally::if_wanted();
    let mut explained = Explained::new(tally::is_wanted());
    for (verdict, found) in verdicts(tcx, &found, configuration, early).into_iter().zip(&found) {
        let origin = &found.origin();
        report.add(tcx, origin, &verdict.doubts);
        tally.add(tcx, origin, verdict.doubts.is_empty());
        match verdict.story {
            Some(story) => stories.add(tcx, origin, &story),
            None => {
                for (entry, message) in verdict.messages {
                    emit(tcx, origin, (entry.lint, entry.name()), message, &mut explained);
                }
            }
        }
    }
    stories.write(tcx);
    tally.report(tcx);
    report.write(tcx);
}

/// One verdict for each block, in order.
fn verdicts<'tcx>(
    tcx: TyCtxt<'tcx>,
    found: &[Found<'tcx>],
    configuration: &Arc<Configuration>,
    early: Option<Early>,
) -> Vec<Verdict> {
    // The threads come to an end first: to evaluate constants may end the process.
    let (collector, mut verdicts) = match early {
        Some(Early { collector, judging }) => {
            (Some(collector), judging.finish().into_iter().flatten().collect())
        }
        None => (Collector::of(tcx, found, configuration), Vec::new()),
    };
    let known: FxHashSet<usize> = verdicts.iter().map(|(index, _)| *index).collect();
    let others: Vec<usize> = (0..found.len()).filter(|index| !known.contains(index)).collect();
    match collector {
        Some(_) if others.is_empty() => {}
        Some(collector) => {
            let blocks = collector.blocks(tcx, found, &others);
            let wanted = wanted(tcx, found, &others, &blocks);
            let judging = begin_judging(others, blocks, wanted, configuration, IsBusy(false));
            verdicts.extend(judging.finish().into_iter().flatten());
        }
        None => {
            let judged = [Judged::Uncollected(Uncollected::Architecture)];
            let wanted = wanted(tcx, found, &others, &[]);
            let judged = wanted.iter().map(|wanted| judge_as(&judged, wanted));
            verdicts.extend(others.into_iter().zip(judged));
        }
    }
    verdicts.sort_by_key(|(index, _)| *index);
    verdicts.into_iter().map(|(_, verdict)| verdict).collect()
}

/// What is wanted about some of the blocks; `blocks` is empty where none could be collected.
fn wanted(
    tcx: TyCtxt<'_>,
    found: &[Found<'_>],
    indices: &[usize],
    blocks: &[Block],
) -> Vec<Wanted> {
    let doubts = report::is_wanted() || tally::is_wanted();
    let tells = story::are_wanted();
    let about = |(place, &index): (usize, &usize)| {
        Wanted::about(tcx, &found[index].origin(), blocks.get(place), tells, doubts)
    };
    indices.iter().enumerate().map(about).collect()
}

/// What it takes to read the blocks of a crate.
struct Collector {
    target: Arc<Target>,
    own_conventions: Arc<FxHashSet<LocalDefId>>,
}

impl Collector {
    /// `None` where nothing can be assembled for the crate's target.
    fn of(
        tcx: TyCtxt<'_>,
        found: &[Found<'_>],
        configuration: &Configuration,
    ) -> Option<Collector> {
        let target = collect::target(tcx, &configuration.surroundings()).map(Arc::new)?;
        let naked = found.iter().filter(|found| found.assembly.asm_macro == AsmMacro::NakedAsm);
        let functions = naked.map(|found| found.expression.hir_id.owner.def_id);
        let own_conventions = Arc::new(collect::of_their_own(tcx, functions));
        Some(Collector { target, own_conventions })
    }

    /// Reads some of the blocks.
    fn blocks<'tcx>(
        &self,
        tcx: TyCtxt<'tcx>,
        found: &[Found<'tcx>],
        indices: &[usize],
    ) -> Vec<Block> {
        let block = |&index: &usize| {
            let Found { expression, assembly } = found[index];
            let cx = BodyContext::around(tcx, expression.hir_id, &self.own_conventions);
            collect::block(&cx, expression, assembly, &self.target)
        };
        indices.iter().map(block).collect()
    }
}

/// Whether the compiler's thread has something else to do.
struct IsBusy(bool);

/// Begins to judge blocks; `indices` are their places among the crate's.
fn begin_judging(
    indices: Vec<usize>,
    blocks: Vec<Block>,
    wanted: Vec<Wanted>,
    configuration: &Arc<Configuration>,
    IsBusy(is_busy): IsBusy,
) -> Judging {
    let configuration = Arc::clone(configuration);
    let parts = parts(&blocks);
    let count = parts.len();
    // A thread that waits for the results does its share.
    let helpers = if is_busy { count } else { count.saturating_sub(1) };
    Jobs::begin(count, helpers, move |part| {
        let part = &parts[part];
        let meanings = configuration.meanings();
        let some: Vec<&Block> = part.iter().map(|&place| &blocks[place]).collect();
        let judged = part.iter().zip(&some).zip(analyse(&some, meanings));
        judged
            .map(|((&place, block), outcome)| {
                (indices[place], judge(block, &outcome, meanings, &wanted[place]))
            })
            .collect()
    })
}

/// Whether a block is in an excluded file. A block from a macro belongs to the file that calls the
/// macro.
fn is_excluded(tcx: TyCtxt<'_>, span: Span, configuration: &Configuration) -> bool {
    let place = span.source_callsite();
    let file = tcx.sess.source_map().lookup_source_file(place.lo());
    file.name.clone().into_local_path().is_some_and(|path| configuration.excludes(&path))
}

/// Inline assembly of the crate.
#[derive(Clone, Copy)]
struct Found<'tcx> {
    expression: &'tcx Expr<'tcx>,
    assembly: &'tcx InlineAsm<'tcx>,
}

impl<'tcx> Found<'tcx> {
    /// What is in a node of the HIR, if it is inline assembly.
    fn in_node(node: Node<'tcx>) -> Option<Found<'tcx>> {
        let Node::Expr(expression) = node else { return None };
        let assembly = collect::inline_assembly(expression)?;
        Some(Found { expression, assembly })
    }

    fn origin(&self) -> Origin<'tcx> {
        collect::origin(self.expression, self.assembly)
    }
}

/// The inline assembly of the crate that the user wants to be judged, in the order of its owners.
fn blocks_to_judge<'tcx>(tcx: TyCtxt<'tcx>, configuration: &Configuration) -> Vec<Found<'tcx>> {
    let mut found = Vec::new();
    for owner in tcx.hir_crate_items(()).owners() {
        for node in &tcx.hir_owner_nodes(owner).nodes {
            if let Some(block) = Found::in_node(node.node)
                && !is_excluded(tcx, block.expression.span, configuration)
            {
                found.push(block);
            }
        }
    }
    found
}
