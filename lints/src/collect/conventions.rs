//! [`of_their_own`]: which naked functions only assembly and the processor enter.
//!
//! A function has to have *some* ABI. If no Rust code calls it, this ABI promises nothing: such
//! functions are called by other assembly, which knows what they do to its registers, or their
//! addresses go into a table, a system register or a new stack. They are treated as
//! `extern "custom"`.

use rustc_ast::AsmMacro;
use rustc_data_structures::fx::{FxHashMap, FxHashSet};
use rustc_hir::def_id::LocalDefId;
use rustc_hir::{Expr, ExprKind, Node, QPath};
use rustc_middle::ty::TyCtxt;

/// Those of the naked functions that are mentioned, but only in ways that imply no ABI.
pub(crate) fn of_their_own(
    tcx: TyCtxt<'_>,
    naked: impl IntoIterator<Item = LocalDefId>,
) -> FxHashSet<LocalDefId> {
    let hidden = naked.into_iter().filter(|&function| !is_seen_from_outside(tcx, function));
    let mut mentioned: FxHashMap<LocalDefId, Mention> =
        hidden.map(|function| (function, Mention::Nowhere)).collect();
    if mentioned.is_empty() {
        return FxHashSet::default();
    }
    for owner in tcx.hir_crate_items(()).owners() {
        for node in &tcx.hir_owner_nodes(owner).nodes {
            if let Node::Expr(expression) = node.node
                && let Some(function) = named(tcx, expression)
                && let Some(mention) = mentioned.get_mut(&function)
            {
                *mention = (*mention).max(mention_at(tcx, expression));
            }
        }
    }
    let own = mentioned.into_iter().filter(|(_, mention)| *mention == Mention::AsAddress);
    own.map(|(function, _)| function).collect()
}

/// How a function is mentioned, the most significant last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mention {
    Nowhere,
    /// By other assembly, or as a bare address.
    AsAddress,
    /// In a call, as a function pointer, or where inline assembly relies on its ABI.
    AsFunction,
}

/// Whether code that is not in this crate may call the function.
fn is_seen_from_outside(tcx: TyCtxt<'_>, function: LocalDefId) -> bool {
    tcx.effective_visibilities(()).is_reachable(function)
        || tcx.codegen_fn_attrs(function).contains_extern_indicator()
}

/// The function of this crate that a path names.
fn named(tcx: TyCtxt<'_>, expression: &Expr<'_>) -> Option<LocalDefId> {
    let ExprKind::Path(path) = &expression.kind else { return None };
    let definition = match path {
        QPath::Resolved(_, path) => path.res.opt_def_id(),
        QPath::TypeRelative(..) => {
            let body = tcx.hir_enclosing_body_owner(expression.hir_id);
            tcx.typeck(body).qpath_res(path, expression.hir_id).opt_def_id()
        }
    };
    definition?.as_local()
}

fn mention_at(tcx: TyCtxt<'_>, path: &Expr<'_>) -> Mention {
    let mut converted = path;
    while let Node::Expr(parent) = tcx.parent_hir_node(converted.hir_id) {
        match parent.kind {
            ExprKind::Cast(..) => converted = parent,
            ExprKind::InlineAsm(assembly) if assembly.asm_macro != AsmMacro::Asm => {
                return Mention::AsAddress;
            }
            _ => break,
        }
    }
    let body = tcx.hir_enclosing_body_owner(path.hir_id);
    let ty = tcx.typeck(body).expr_ty(converted);
    if ty.is_integral() || ty.is_raw_ptr() { Mention::AsAddress } else { Mention::AsFunction }
}
