//! The one lint pass: collects the blocks of the crate, then has them judged together.

use std::cell::OnceCell;
use std::rc::Rc;

use asm_analysis::block::Target;
use rustc_hir::Expr;
use rustc_lint::{LateContext, LateLintPass, Level, Lint, LintContext, LintPass};

use crate::collect::{self, Collected};
use crate::diagnostics::emit;
use crate::judged::{Judged, judge};
use crate::lints::{self, LINTS};

/// What the pass has seen of the crate.
#[derive(Default)]
pub(crate) struct Pass<'tcx> {
    target: OnceCell<Option<Rc<Target>>>,
    blocks: Vec<Collected<'tcx>>,
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
            let target = self.target.get_or_init(|| collect::target(cx.sess()).map(Rc::new));
            self.blocks.push(collect::collect(cx, expression, assembly, target.as_ref()));
        }
    }

    fn check_crate_post(&mut self, cx: &LateContext<'tcx>) {
        // A crate that does not compile has other things to say.
        if self.blocks.is_empty() || cx.tcx.dcx().has_errors().is_some() {
            return;
        }
        let blocks: Vec<_> = self.blocks.iter().map(|block| block.block.as_ref().ok()).collect();
        let assembled = judge(&blocks);
        for (block, assembled) in self.blocks.iter().zip(&assembled) {
            let judged = Judged {
                block: block.block.as_ref().map_err(|&reason| reason),
                assembled: assembled.as_ref(),
            };
            for entry in LINTS {
                let level = cx.tcx.lint_level_spec_at_node(entry.lint, block.hir_id).level();
                if level == Level::Allow {
                    continue;
                }
                for message in (entry.messages)(&judged) {
                    emit(cx, block, entry, message);
                }
            }
        }
    }
}
