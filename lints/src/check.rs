//! Finds the blocks of a crate, judges them together, and runs the lints.
//!
//! Called by [`driver`](crate::driver): [`begin`] when the compiler knows all types, [`finish`] when it
//! has finished its own analysis. This is not a lint pass: for one of those, the compiler would walk
//! the whole crate and track lint levels, which costs crates without inline assembly a few percent of
//! their time. The nodes of the HIR are in arrays, and searching those costs next to nothing.

use std::rc::Rc;
use std::sync::Arc;

use asm_analysis::analyse::{analyse, is_whole, parts};
use asm_analysis::block::{Block, Target};
use rustc_ast::AsmMacro;
use rustc_data_structures::fx::FxHashSet;
use rustc_hir::def_id::LocalDefId;
use rustc_hir::{Expr, InlineAsm, Node};
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

/// Blocks that are being judged while the compiler does something else.
pub(crate) struct Begun {
    /// Which of the crate's blocks, counted as [`blocks_to_judge`] finds them.
    indices: Vec<usize>,
    judging: Judging,
}

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
    let (indices, later): (Vec<usize>, Vec<usize>) = (0..found.len())
        .partition(|&index| !collect::evaluates_constants(found[index].assembly));
    // What is next to functions may be needed by the others.
    let is_global = |&index: &usize| found[index].assembly.asm_macro == AsmMacro::GlobalAsm;
    if indices.is_empty() || later.iter().any(is_global) {
        return None;
    }
    let collector = Collector::of(tcx, &found, configuration)?;
    let blocks = collector.blocks(&found, &indices);
    if !later.is_empty() && is_whole(&blocks) {
        return None;
    }
    let wanted = wanted(tcx, &found, &indices, &blocks);
    let judging = Judging::begin(blocks, wanted, configuration, IsBusy(true));
    Some(Begun { indices, judging })
}

/// Judges every block of the crate that the user wants to be judged, as far as that was not `begun`
/// yet, and shows what was found.
pub(crate) fn finish<'tcx>(
    tcx: TyCtxt<'tcx>,
    configuration: &Arc<Configuration>,
    begun: Option<Begun>,
) {
    let mut stories = Stories::if_wanted(tcx);
    let found = blocks_to_judge(tcx, configuration);
    // A crate that does not compile has other problems.
    if found.is_empty() || tcx.dcx().has_errors_excluding_lint_errors().is_some() {
        return;
    }
    let mut report = Report::if_wanted();
    let mut tally = Tally::if_wanted();
    let mut explained = Explained::default();
    for (verdict, found) in verdicts(tcx, &found, configuration, begun).into_iter().zip(&found) {
        let origin = &found.origin();
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

/// One verdict for each block, in order.
fn verdicts<'tcx>(
    tcx: TyCtxt<'tcx>,
    found: &[Found<'tcx>],
    configuration: &Arc<Configuration>,
    begun: Option<Begun>,
) -> Vec<Verdict> {
    // The threads come to an end first: to evaluate constants may end the process.
    let (mut indices, mut verdicts) = match begun {
        Some(begun) => (begun.indices, begun.judging.finish()),
        None => (Vec::new(), Vec::new()),
    };
    let known: FxHashSet<usize> = indices.iter().copied().collect();
    let others: Vec<usize> = (0..found.len()).filter(|index| !known.contains(index)).collect();
    if !others.is_empty() {
        verdicts.extend(match Collector::of(tcx, found, configuration) {
            Some(collector) => {
                let blocks = collector.blocks(found, &others);
                let wanted = wanted(tcx, found, &others, &blocks);
                Judging::begin(blocks, wanted, configuration, IsBusy(false)).finish()
            }
            None => {
                let judged = [Judged::Uncollected(Uncollected::Architecture)];
                let wanted = wanted(tcx, found, &others, &[]);
                wanted.iter().map(|wanted| judge_as(&judged, wanted)).collect()
            }
        });
        indices.extend(others);
    }
    in_order(indices, verdicts)
}

/// Each of the things at the place of its index.
fn in_order<T>(indices: impl IntoIterator<Item = usize>, things: Vec<T>) -> Vec<T> {
    let mut placed: Vec<(usize, T)> = indices.into_iter().zip(things).collect();
    placed.sort_by_key(|(index, _)| *index);
    placed.into_iter().map(|(_, thing)| thing).collect()
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
struct Collector<'tcx> {
    tcx: TyCtxt<'tcx>,
    target: Arc<Target>,
    own_conventions: Rc<FxHashSet<LocalDefId>>,
}

impl<'tcx> Collector<'tcx> {
    /// `None` where nothing can be assembled for the crate's target.
    fn of(
        tcx: TyCtxt<'tcx>,
        found: &[Found<'tcx>],
        configuration: &Configuration,
    ) -> Option<Collector<'tcx>> {
        let target = collect::target(tcx, &configuration.surroundings()).map(Arc::new)?;
        let naked = found.iter().filter(|found| found.assembly.asm_macro == AsmMacro::NakedAsm);
        let functions = naked.map(|found| found.expression.hir_id.owner.def_id);
        let own_conventions = Rc::new(collect::of_their_own(tcx, functions));
        Some(Collector { tcx, target, own_conventions })
    }

    /// Reads some of the blocks.
    fn blocks(&self, found: &[Found<'tcx>], indices: &[usize]) -> Vec<Block> {
        let block = |&index: &usize| {
            let Found { expression, assembly } = found[index];
            let cx = BodyContext::around(self.tcx, expression.hir_id, &self.own_conventions);
            collect::block(&cx, expression, assembly, &self.target)
        };
        indices.iter().map(block).collect()
    }
}

/// Whether the compiler's thread has something else to do.
struct IsBusy(bool);

/// Blocks that are being judged, in parts that do not depend on each other.
struct Judging {
    parts: Arc<Vec<Vec<usize>>>,
    jobs: Jobs<Vec<Verdict>>,
}

impl Judging {
    fn begin(
        blocks: Vec<Block>,
        wanted: Vec<Wanted>,
        configuration: &Arc<Configuration>,
        IsBusy(is_busy): IsBusy,
    ) -> Judging {
        let configuration = Arc::clone(configuration);
        let parts = Arc::new(parts(&blocks));
        // A thread that waits for the results does its share.
        let helpers = if is_busy { parts.len() } else { parts.len().saturating_sub(1) };
        let list = Arc::clone(&parts);
        let judge_part = move |part: usize| -> Vec<Verdict> {
            let part = &list[part];
            let meanings = configuration.meanings();
            let some: Vec<&Block> = part.iter().map(|&index| &blocks[index]).collect();
            let judged = part.iter().zip(&some).zip(analyse(&some, meanings));
            judged
                .map(|((&index, block), outcome)| judge(block, &outcome, meanings, &wanted[index]))
                .collect()
        };
        Judging { jobs: Jobs::begin(parts.len(), helpers, judge_part), parts }
    }

    /// One verdict for each block, in order.
    fn finish(self) -> Vec<Verdict> {
        let verdicts = self.jobs.finish().into_iter().flatten().collect();
        in_order(self.parts.iter().flatten().copied(), verdicts)
    }
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
    fn origin(&self) -> Origin<'tcx> {
        collect::origin(self.expression, self.assembly)
    }
}

/// The inline assembly of the crate that the user wants to be judged, in the order of its owners.
fn blocks_to_judge<'tcx>(tcx: TyCtxt<'tcx>, configuration: &Configuration) -> Vec<Found<'tcx>> {
    let mut found = Vec::new();
    for owner in tcx.hir_crate_items(()).owners() {
        for node in &tcx.hir_owner_nodes(owner).nodes {
            if let Node::Expr(expression) = node.node
                && let Some(assembly) = collect::inline_assembly(expression)
                && !is_excluded(tcx, expression.span, configuration)
            {
                found.push(Found { expression, assembly });
            }
        }
    }
    found
}
