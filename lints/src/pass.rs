//! The one lint pass: collects the blocks of the crate, then judges them together.

use asm_analysis::block::Target;
use rustc_lint::{LateContext, LateLintPass, LintContext};
use std::cell::OnceCell;
use std::rc::Rc;

use crate::collect::{self, Collected};

#[derive(Default)]
pub(crate) struct Pass<'tcx> {
    target: OnceCell<Option<Rc<Target>>>,
    blocks: Vec<Collected<'tcx>>,
}

impl rustc_lint::LintPass for Pass<'_> {
    fn name(&self) -> &'static str {
        "asm_lint"
    }
    fn get_lints(&self) -> Vec<&'static rustc_lint::Lint> {
        Vec::new()
    }
}

impl<'tcx> LateLintPass<'tcx> for Pass<'tcx> {
    fn check_expr(&mut self, cx: &LateContext<'tcx>, expression: &'tcx rustc_hir::Expr<'tcx>) {
        if let Some(assembly) = collect::inline_assembly(expression) {
            let target = self.target.get_or_init(|| collect::target(cx.sess()).map(Rc::new));
            let c = collect::collect(cx, expression, assembly, target.as_ref());
            self.blocks.push(c);
        }
    }
}
