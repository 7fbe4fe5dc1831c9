//! The one lint pass: collects the blocks of the crate, then has them judged together.

use std::cell::OnceCell;
use std::rc::Rc;

use asm_analysis::analyse::analyse;
use asm_analysis::block::{Block, Target};
use asm_analysis::meaning::Meanings;
use rustc_hir::Expr;
use rustc_lint::{LateContext, LateLintPass, Level, Lint, LintContext, LintPass};

use crate::collect::{self, Origin, Uncollected};
use crate::diagnostics::emit;
use crate::judged::Judged;
use crate::lints::{self, LINTS};
use crate::report::Report;

/// What the pass has seen of the crate.
#[derive(Default)]
pub(crate) struct Pass<'tcx> {
    target: OnceCell<Option<Rc<Target>>>,
    /// The blocks; none, if the target is not understood.
    blocks: Vec<Block>,
    /// Where each of them stands.
    origins: Vec<Origin<'tcx>>,
}

impl LintPass for Pass<'_> {
    fn name(&self) -> &'static str {
        "asm_lint"
    }

    fn get_lints(&self) -> Vec<&'static Lint> {
        lints::all()
    }
}

impl<'tcx> LateLintPass<'tcx> for Pass<'tcx> {
    fn check_expr(&mut self, cx: &LateContext<'tcx>, expression: &'tcx Expr<'tcx>) {
        if let Some(assembly) = collect::inline_assembly(expression) {
            self.origins.push(collect::origin(expression, assembly));
            let target = self.target.get_or_init(|| collect::target(cx.sess()).map(Rc::new));
            if let Some(target) = target {
                self.blocks.push(collect::block(cx, expression, assembly, target));
            }
        }
    }

    fn check_crate_post(&mut self, cx: &LateContext<'tcx>) {
        // A crate that does not compile has other things to say.
        if self.origins.is_empty() || cx.tcx.dcx().has_errors().is_some() {
            return;
        }
        let mut report = Report::if_wanted();
        let Some(Some(_)) = self.target.get() else {
            for origin in &self.origins {
                let judged = [Judged::Uncollected(Uncollected::Architecture)];
                report.add(cx, origin, &judged);
                speak(cx, origin, &judged);
            }
            return report.write(cx);
        };
        let meanings = Meanings::standard();
        let blocks: Vec<&Block> = self.blocks.iter().collect();
        let outcomes = analyse(&blocks, meanings);
        for ((block, outcome), origin) in self.blocks.iter().zip(&outcomes).zip(&self.origins) {
            let judged = Judged::all(block, outcome, meanings);
            report.add(cx, origin, &judged);
            speak(cx, origin, &judged);
        }
        report.write(cx);
    }
}

/// Lets every lint that is switched on at a block say what it has to say.
fn speak<'tcx>(cx: &LateContext<'tcx>, origin: &Origin<'tcx>, judged: &[Judged<'_>]) {
    for entry in LINTS {
        let level = cx.tcx.lint_level_spec_at_node(entry.lint, origin.hir_id).level();
        if level != Level::Allow {
            for message in (entry.messages)(judged) {
                emit(cx, origin, entry, message);
            }
        }
    }
}
