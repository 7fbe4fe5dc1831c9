//! [`names`]: the ABIs that a block names in `clobber_abi(…)`.
//!
//! The HIR keeps only the registers. Each has the place of the ABI's name that it comes from, and
//! the text of the call has those names from which no register comes.

use std::str::FromStr;

use asm_analysis::block::Target;
use rustc_abi::ExternAbi;
use rustc_hir::{Expr, InlineAsm, InlineAsmOperand, InlineAsmRegOrRegClass};

use super::BodyContext;
use super::function_abi::abi_name;
use super::source::Source;

/// The names, resolved for the target, each once.
pub(super) fn names<'tcx>(
    cx: &BodyContext<'tcx>,
    expression: &Expr<'tcx>,
    assembly: &'tcx InlineAsm<'tcx>,
    target: &Target,
) -> Vec<String> {
    let is_from_abi = |operand: &InlineAsmOperand<'tcx>| {
        let InlineAsmOperand::Out { reg, late: true, expr: None } = operand else { return false };
        matches!(reg, InlineAsmRegOrRegClass::Reg { source_name: None, .. })
    };
    let source_map = cx.tcx.sess.source_map();
    let operands = assembly.operands.iter().filter(|(operand, _)| is_from_abi(operand));
    let mut literals: Vec<String> =
        operands.filter_map(|(_, span)| source_map.span_to_snippet(*span).ok()).collect();
    if literals.is_empty() {
        return Vec::new();
    }
    let call = Source::new(assembly, expression.span).call(cx.tcx);
    literals.extend(call.iter().flat_map(|call| call.clobber_abis()));
    let mut names = Vec::new();
    for literal in literals {
        let abi = ExternAbi::from_str(literal.trim_matches('"'));
        if let Some(name) = abi.ok().map(|abi| abi_name(cx.tcx, abi, target))
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}
