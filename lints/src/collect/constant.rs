//! `const` operands: evaluated by the compiler, written as its code generator writes them.

use rustc_ast::AsmMacro;
use rustc_codegen_ssa::common::{asm_const_ptr_clean, asm_const_to_str};
use rustc_hir::ConstBlock;
use rustc_middle::mir::interpret::{ErrorHandled, Scalar};
use rustc_middle::mir::{ConstValue, UnevaluatedConst};
use rustc_middle::ty::{GenericArgs, InlineConstArgs, InlineConstArgsParts, TypeVisitableExt};

use super::BodyContext;
use crate::interception::{silently, start_again_without_incremental};

/// The text of a constant, or `None` if its value depends on a generic parameter, is the
/// address of something, or can't be evaluated.
///
/// Nothing is reported if the evaluation fails: the compiler evaluates these constants only where it
/// generates code, which it may never do for this function.
pub(super) fn text<'tcx>(
    cx: &BodyContext<'tcx>,
    asm_macro: AsmMacro,
    constant: &ConstBlock,
) -> Option<String> {
    let tcx = cx.tcx;
    let definition = constant.def_id.to_def_id();
    let (value, ty) = match asm_macro {
        AsmMacro::GlobalAsm => {
            let ty = tcx.typeck_body(constant.body).node_type(constant.hir_id);
            (silently(|| tcx.const_eval_poly(definition)), ty)
        }
        AsmMacro::Asm | AsmMacro::NakedAsm => {
            let ty = tcx.erase_and_anonymize_regions(cx.typeck_results.node_type(constant.hir_id));
            let parent = tcx.typeck_root_def_id_local(constant.def_id);
            // A build script or a procedural macro: code is generated after the lints, and must then
            // still hear of a failure. Only a generic function may not be meant to evaluate.
            let generates_code = tcx.sess.opts.output_types.should_codegen();
            if generates_code && tcx.generics_of(parent).requires_monomorphization(tcx) {
                return None;
            }
            let parent_args =
                tcx.erase_and_anonymize_regions(GenericArgs::identity_for_item(tcx, parent));
            let args = InlineConstArgs::new(tcx, InlineConstArgsParts { parent_args, ty }).args;
            let unevaluated = UnevaluatedConst::new(definition, args);
            let span = tcx.def_span(definition);
            let evaluate = || tcx.const_eval_resolve(cx.typing_env, unevaluated, span);
            (if generates_code { evaluate() } else { silently(evaluate) }, ty)
        }
    };
    if matches!(value, Err(ErrorHandled::Reported(..))) && tcx.sess.opts.incremental.is_some() {
        start_again_without_incremental();
    }
    if ty.has_non_region_param() {
        return None;
    }
    let ConstValue::Scalar(scalar) = value.ok()? else { return None };
    match asm_const_ptr_clean(tcx, scalar) {
        Scalar::Int(value) => {
            let layout = tcx.layout_of(cx.typing_env.as_query_input(ty)).ok()?;
            Some(asm_const_to_str(tcx, tcx.def_span(definition), value, layout))
        }
        Scalar::Ptr(..) => None,
    }
}
