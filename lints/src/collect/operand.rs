//! One operand: from the HIR to [`Operand`].

use asm_analysis::block::{
    Operand, Output, Place, RegisterOperand, Symbol as SymbolOperand, Target,
};
use rustc_ast::AsmMacro;
use rustc_hir::def_id::DefId;
use rustc_hir::{Expr, ExprKind, InlineAsmOperand, InlineAsmRegOrRegClass, QPath};
use rustc_middle::ty;

use super::target::reserved;
use super::{BodyContext, constant, function_abi, provenance, value_type};

/// Reads one operand of a block.
pub(super) fn operand<'tcx>(
    cx: &BodyContext<'tcx>,
    asm_macro: AsmMacro,
    operand: &InlineAsmOperand<'tcx>,
    target: &Target,
) -> Operand {
    let value = |expression: &Expr<'tcx>| value_type::of_expression(cx, expression, target);
    let used = |expression: Option<&Expr<'tcx>>| match expression {
        Some(expression) => Output::Used(value(expression)),
        None => Output::Discarded,
    };
    let register = |register, input, output, late| {
        Operand::Register(RegisterOperand {
            place: place(register, target),
            input,
            output,
            late,
            // A clobber that the compiler adds has no name in the source.
            from_clobber_abi: matches!(
                register,
                InlineAsmRegOrRegClass::Reg { source_name: None, .. }
            ),
        })
    };
    match *operand {
        InlineAsmOperand::In { reg, expr } => register(reg, Some(value(expr)), Output::None, false),
        InlineAsmOperand::Out { reg, late, expr } => register(reg, None, used(expr), late),
        InlineAsmOperand::InOut { reg, late, expr } => {
            register(reg, Some(value(expr)), used(Some(expr)), late)
        }
        InlineAsmOperand::SplitInOut { reg, late, in_expr, out_expr } => {
            register(reg, Some(value(in_expr)), used(out_expr), late)
        }
        InlineAsmOperand::Const { ref anon_const } => {
            Operand::Constant(constant::text(cx, asm_macro, anon_const))
        }
        InlineAsmOperand::SymFn { expr } => Operand::Symbol(function_symbol(cx, expr, target)),
        InlineAsmOperand::SymStatic { path, def_id } => Operand::Symbol(SymbolOperand {
            name: written_path(cx, &path, def_id),
            callee: None,
            target: provenance::of_static(cx, def_id),
        }),
        InlineAsmOperand::Label { block } => {
            let types = cx.typeck_results;
            let ends = block.expr.is_some_and(|last| types.expr_ty(last).is_never());
            let diverges = ends || types.node_type(block.hir_id).is_never();
            Operand::Label { diverges }
        }
    }
}

/// The register or class as the compiler reserves it.
fn place(register: InlineAsmRegOrRegClass, target: &Target) -> Place {
    match register {
        InlineAsmRegOrRegClass::RegClass(class) => Place::Class(class.name().to_string()),
        InlineAsmRegOrRegClass::Reg { reg, source_name } => {
            match reserved(target.architecture, &reg.name()) {
                Some(part) => Place::Explicit(part),
                // No register of a known architecture is unknown to the analysis; if there is one some
                // day, a class without members makes the block unjudged instead of wrongly judged.
                None => Place::Class(source_name.map_or_else(String::new, |name| name.to_string())),
            }
        }
    }
}

/// The function of a `sym` operand.
fn function_symbol<'tcx>(
    cx: &BodyContext<'tcx>,
    expression: &Expr<'tcx>,
    target: &Target,
) -> SymbolOperand {
    let ty = cx.typeck_results.expr_ty(expression);
    match *ty.kind() {
        ty::FnDef(function, _) => {
            let signature = ty.fn_sig(cx.tcx);
            SymbolOperand {
                name: match &expression.kind {
                    ExprKind::Path(path) => written_path(cx, path, function),
                    _ => cx.tcx.def_path_str(function),
                },
                callee: Some(function_abi::callee(cx, Some(function), signature, target)),
                target: None,
            }
        }
        // The type checker has already reported an error.
        _ => SymbolOperand { name: String::new(), callee: None, target: None },
    }
}

/// The path as it is written, generic arguments and all.
fn written_path(cx: &BodyContext<'_>, path: &QPath<'_>, definition: DefId) -> String {
    let written = cx.tcx.sess.source_map().span_to_snippet(path.span());
    written.unwrap_or_else(|_| cx.tcx.def_path_str(definition))
}
