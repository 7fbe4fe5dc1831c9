//! The types of operands, as far as the contract asks for them.

use asm_analysis::block::{Pointee, Target, ValueType};
use clippy_utils::consts::{ConstEvalCtxt, Constant};
use rustc_attr_ir::lang_items::LangItem;
use rustc_hir::Expr;
use rustc_middle::ty::{self, Ty, TyCtxt};

use super::{BodyContext, function_abi};

/// What is known about the value of an operand's expression.
pub(super) fn of_expression<'tcx>(
    cx: &BodyContext<'tcx>,
    expression: &Expr<'tcx>,
    target: &Target,
) -> ValueType {
    // Adjusted: an operand coerces references to raw pointers, function items to pointers.
    let ty = cx.typeck_results.expr_ty_adjusted(expression);
    let ty = cx.tcx.erase_and_anonymize_regions(ty);
    let (ty, may_be_uninitialized) = match *ty.kind() {
        ty::Adt(adt, arguments) if cx.tcx.is_lang_item(adt.did(), LangItem::MaybeUninit) => {
            (arguments.type_at(0), true)
        }
        _ => (ty, false),
    };
    ValueType {
        bits: bits(cx, ty, target),
        may_be_uninitialized,
        pointee: pointee(cx, ty),
        callee: callee(cx, ty, target),
        constant: constant(cx, expression),
    }
}

/// The integer that an expression always is.
fn constant<'tcx>(cx: &BodyContext<'tcx>, expression: &Expr<'tcx>) -> Option<u64> {
    let evaluation = ConstEvalCtxt::with_env(cx.tcx, cx.typing_env, cx.typeck_results);
    match evaluation.eval(expression)? {
        Constant::Int(value) => u64::try_from(value).ok(),
        _ => None,
    }
}

/// The size of a value in bits.
fn bits<'tcx>(cx: &BodyContext<'tcx>, ty: Ty<'tcx>, target: &Target) -> u16 {
    let layout = cx.tcx.layout_of(cx.typing_env.as_query_input(ty));
    // All types that an operand can have are of known size, whatever they point to; `layout_of`
    // can still refuse a pointer to a generic type.
    layout
        .ok()
        .and_then(|layout| u16::try_from(layout.size.bits()).ok())
        .unwrap_or_else(|| target.architecture.word_bits())
}

fn pointee<'tcx>(cx: &BodyContext<'tcx>, ty: Ty<'tcx>) -> Option<Pointee> {
    let inner = match *ty.kind() {
        ty::Ref(_, inner, _) | ty::RawPtr(inner, _) => inner,
        _ => return None,
    };
    let layout = cx.tcx.layout_of(cx.typing_env.as_query_input(inner)).ok();
    Some(Pointee {
        name: inner.to_string(),
        alignment: layout
            .filter(|_| !is_type_of_anything(cx.tcx, inner))
            .map(|layout| layout.align.abi.bytes()),
        place_bytes: None,
        immutable: None,
        may_be_uninitialized: matches!(*inner.kind(), ty::Adt(adt, _)
            if cx.tcx.is_lang_item(adt.did(), LangItem::MaybeUninit)),
    })
}

/// Whether pointers to the type are customarily used for memory of any kind, so that the type
/// says nothing about what is there.
pub(super) fn is_type_of_anything<'tcx>(tcx: TyCtxt<'tcx>, ty: Ty<'tcx>) -> bool {
    match *ty.kind() {
        ty::Int(ty::IntTy::I8) | ty::Uint(ty::UintTy::U8) | ty::Foreign(_) => true,
        ty::Tuple(fields) => fields.is_empty(),
        ty::Adt(adt, _) => tcx.is_lang_item(adt.did(), LangItem::CVoid),
        _ => false,
    }
}

fn callee<'tcx>(
    cx: &BodyContext<'tcx>,
    ty: Ty<'tcx>,
    target: &Target,
) -> Option<asm_analysis::block::Callee> {
    matches!(ty.kind(), ty::FnPtr(..))
        .then(|| function_abi::callee(cx, None, ty.fn_sig(cx.tcx), target))
}
