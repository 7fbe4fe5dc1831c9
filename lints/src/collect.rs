//! From the compiler's view of a block to plain data.
//!
//! Input: an inline assembly expression of the HIR. Output: a
//! [`Block`] for the analysis, and an [`Origin`] that leads back from the block's parts to the text
//! the author wrote. Called by [`check`](crate::check), once for each block.
//!
//! The HIR still has the author's own words: later representations merge split operands and drop
//! the template's strings.

mod clobber_abi;
mod constant;
mod conventions;
mod function_abi;
mod operand;
mod provenance;
mod source;
mod target;
mod value_type;

use std::sync::Arc;

use asm_analysis::block::{Block, BlockKind, FunctionFeatures, Options, Piece, Syntax, Target};
use rustc_ast::{AsmMacro, InlineAsmOptions, InlineAsmTemplatePiece};
use rustc_data_structures::fx::FxHashSet;
use rustc_hir::def_id::{DefId, LocalDefId};
use rustc_hir::{Expr, ExprKind, HirId, InlineAsm, InlineAsmOperand};
use rustc_middle::ty::{TyCtxt, TypeckResults, TypingEnv};

pub(crate) use self::conventions::of_their_own;
pub(crate) use self::source::{Call, Location, OptionName, Source, statement_at};
pub(crate) use self::target::{Answer, Convention, Surroundings, target};

/// Where a block of the crate is.
pub(crate) struct Origin<'tcx> {
    /// Where its parts are written.
    pub(crate) source: Source<'tcx>,
    /// The node whose lint levels apply.
    pub(crate) hir_id: HirId,
}

/// Why there is no [`Block`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Uncollected {
    /// The target's text can't be assembled here.
    Architecture,
}

/// What is known about the body that contains a block.
pub(crate) struct BodyContext<'tcx> {
    pub(crate) tcx: TyCtxt<'tcx>,
    typeck_results: &'tcx TypeckResults<'tcx>,
    typing_env: TypingEnv<'tcx>,
    /// The crate's naked functions whose ABI has no meaning for their callers.
    own_conventions: Arc<FxHashSet<LocalDefId>>,
}

impl<'tcx> BodyContext<'tcx> {
    /// For the body around a node; `own_conventions` are what [`of_their_own`] found.
    pub(crate) fn around(
        tcx: TyCtxt<'tcx>,
        hir_id: HirId,
        own_conventions: &Arc<FxHashSet<LocalDefId>>,
    ) -> BodyContext<'tcx> {
        let owner = tcx.hir_enclosing_body_owner(hir_id);
        BodyContext {
            tcx,
            typeck_results: tcx.typeck(owner),
            typing_env: TypingEnv::post_analysis(tcx, owner),
            own_conventions: Arc::clone(own_conventions),
        }
    }

    /// Whether a function is a naked one whose ABI has no meaning for its callers.
    fn has_own_convention(&self, function: DefId) -> bool {
        function.as_local().is_some_and(|function| self.own_conventions.contains(&function))
    }
}

/// The inline assembly of an expression, if it is one.
pub(crate) fn inline_assembly<'tcx>(expression: &Expr<'tcx>) -> Option<&'tcx InlineAsm<'tcx>> {
    match expression.kind {
        ExprKind::InlineAsm(assembly) => Some(assembly),
        _ => None,
    }
}

/// Whether [`block`] evaluates constants for it.
pub(crate) fn evaluates_constants(assembly: &InlineAsm<'_>) -> bool {
    let is_constant =
        |operand: &InlineAsmOperand<'_>| matches!(operand, InlineAsmOperand::Const { .. });
    assembly.operands.iter().any(|(operand, _)| is_constant(operand))
}

/// Where a block is.
pub(crate) fn origin<'tcx>(
    expression: &Expr<'tcx>,
    assembly: &'tcx InlineAsm<'tcx>,
) -> Origin<'tcx> {
    Origin { source: Source::new(assembly, expression.span), hir_id: expression.hir_id }
}

/// Reads a block. `target` is what [`target`] made of the crate's target.
pub(crate) fn block<'tcx>(
    cx: &BodyContext<'tcx>,
    expression: &Expr<'tcx>,
    assembly: &'tcx InlineAsm<'tcx>,
    target: &Arc<Target>,
) -> Block {
    let kind = match assembly.asm_macro {
        AsmMacro::Asm => BlockKind::Inline,
        AsmMacro::GlobalAsm => BlockKind::Global,
        AsmMacro::NakedAsm => {
            let function = expression.hir_id.owner.def_id;
            BlockKind::Naked(function_abi::function_abi(cx, function, target))
        }
    };
    let mut operands: Vec<_> = assembly
        .operands
        .iter()
        .map(|(operand, _)| operand::operand(cx, assembly.asm_macro, operand, target))
        .collect();
    provenance::refine(cx, expression, &mut operands);
    let features = match kind {
        // The compiler assembles it with the target's features.
        BlockKind::Global => FunctionFeatures::default(),
        BlockKind::Inline | BlockKind::Naked(_) => {
            let body = cx.tcx.hir_enclosing_body_owner(expression.hir_id);
            target::of_function(cx.tcx, body, target)
        }
    };
    let has = |option| assembly.options.contains(option);
    Block {
        kind,
        syntax: match has(InlineAsmOptions::ATT_SYNTAX) {
            true => Syntax::Att,
            false => Syntax::Intel,
        },
        template: assembly.template.iter().map(piece).collect(),
        clobber_abis: clobber_abi::names(cx, expression, assembly, target),
        operands,
        options: Options {
            pure: has(InlineAsmOptions::PURE),
            nomem: has(InlineAsmOptions::NOMEM),
            readonly: has(InlineAsmOptions::READONLY),
            preserves_flags: has(InlineAsmOptions::PRESERVES_FLAGS),
            noreturn: has(InlineAsmOptions::NORETURN),
            nostack: has(InlineAsmOptions::NOSTACK),
            may_unwind: has(InlineAsmOptions::MAY_UNWIND),
        },
        features,
        target: Arc::clone(target),
    }
}

fn piece(piece: &InlineAsmTemplatePiece) -> Piece {
    match piece {
        InlineAsmTemplatePiece::String(text) => Piece::Text(text.clone().into_owned()),
        &InlineAsmTemplatePiece::Placeholder { operand_idx, modifier, span: _ } => {
            Piece::Placeholder { operand: operand_idx, modifier }
        }
    }
}
