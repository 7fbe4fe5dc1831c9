//! Warns where an attribute names a lint of our tool that does not exist.
//!
//! Called by [`driver`](super) for each crate that is linted. The compiler has a lint for it,
//! `unknown_lints`, which is silenced with its others: it would also report lints that only the
//! user's own compiler knows.

use rustc_ast::ast::{MetaItem, MetaItemInner};
use rustc_data_structures::fx::FxIndexMap;
use rustc_errors::Applicability;
use rustc_lint::{CheckLintNameResult, Level, unerased_lint_store};
use rustc_middle::ty::TyCtxt;
use rustc_span::{Span, Symbol};

use super::options::TOOL;
use crate::lints;

/// Reports every misspelt name in an attribute that sets a level.
pub(super) fn check(tcx: TyCtxt<'_>) {
    // Then `unknown_lints` reports it.
    if tcx.sess.driver_lint_caps.is_empty() {
        return;
    }
    // Attributes on a macro call may appear more than once.
    let mut unknown: FxIndexMap<Span, String> = FxIndexMap::default();
    for owner in tcx.hir_crate_items(()).owners() {
        for attributes in tcx.hir_attr_map(owner).map.values() {
            for attribute in *attributes {
                if Level::from_opt_symbol(attribute.name()).is_none() {
                    continue;
                }
                let items = attribute.meta_item_list().unwrap_or_default();
                let items = items.iter().filter_map(MetaItemInner::meta_item);
                unknown
                    .extend(items.filter_map(|item| Some((item.path.span, unknown_name(item)?))));
            }
        }
    }
    for (span, name) in unknown {
        warn(tcx, span, &name);
    }
}

/// The name without the tool, if the tool is ours and has no such lint.
fn unknown_name(item: &MetaItem) -> Option<String> {
    let [tool, name] = item.path.segments.as_slice() else { return None };
    let name = name.ident.as_str();
    (tool.ident.as_str() == TOOL && !lints::is_known(name)).then(|| name.to_owned())
}

fn warn(tcx: TyCtxt<'_>, span: Span, name: &str) {
    let mut diagnostic =
        tcx.dcx().struct_span_warn(span, format!("there is no lint or group `{TOOL}::{name}`"));
    let store = unerased_lint_store(tcx.sess);
    let tool = Some(Symbol::intern(TOOL));
    match store.check_lint_name(name, tool, tcx.registered_lint_tools(())) {
        CheckLintNameResult::NoLint(Some((nearest, _))) => {
            diagnostic.span_suggestion(
                span,
                "did you mean",
                nearest,
                Applicability::MaybeIncorrect,
            );
        }
        _ => {
            diagnostic.help("`cargo asm-lint --list` lists them");
        }
    }
    diagnostic.emit();
}
