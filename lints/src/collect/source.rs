//! [`Source`]: from the parts of a block back to the text that the author wrote.
//!
//! Made with each block, used only when there is a finding: a span is determined by reading the
//! macro call's text again, a cost that a block without findings must not have.

mod call;
mod template;

use rustc_ast::AsmMacro;
use rustc_hir::{Expr, ExprKind, InlineAsm, InlineAsmOperand, InlineAsmRegOrRegClass};
use rustc_middle::ty::TyCtxt;
use rustc_span::{InnerSpan, Span, SyntaxContext};

pub(crate) use self::call::{Call, OptionName};
use self::template::Template;
pub(crate) use self::template::statement_at;

/// Where a block's parts are written.
pub(crate) struct Source<'tcx> {
    assembly: &'tcx InlineAsm<'tcx>,
    /// The call of `asm!` itself, inside whatever macro contains it.
    call: Span,
}

/// A piece of the source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Location {
    /// What a diagnostic points at: text of the crate that no macro made.
    pub(crate) span: Span,
    /// The piece itself, if it is in the definition of a macro whose call is at `span`.
    pub(crate) in_macro: Option<Span>,
}

impl Location {
    /// The location for a span that may come out of a macro.
    fn new(span: Span) -> Location {
        if span.from_expansion() {
            // Without its context, so that the compiler does not repeat the expansion's history
            // at each place.
            let written = span.with_ctxt(SyntaxContext::root());
            Location { span: span.source_callsite(), in_macro: Some(written) }
        } else {
            Location { span, in_macro: None }
        }
    }
}

impl<'tcx> Source<'tcx> {
    pub(super) fn new(assembly: &'tcx InlineAsm<'tcx>, call: Span) -> Source<'tcx> {
        Source { assembly, call }
    }

    /// The whole macro call.
    pub(crate) fn block(&self) -> Location {
        Location::new(self.call)
    }

    /// Which of the assembly macros it is.
    pub(crate) fn asm_macro(&self) -> AsmMacro {
        self.assembly.asm_macro
    }

    /// The outermost macro (`name!`) that the block comes from, if it is not written out.
    pub(crate) fn outer_macro(&self) -> Option<String> {
        Some(self.call.macro_backtrace().last()?.kind.descr())
    }

    /// A line of the template, from 0, without the space around it; the whole string if the
    /// literal can't be read.
    pub(crate) fn line(&self, line: u32) -> Location {
        self.in_template(line, |template| template.line(line)).unwrap_or_else(|| self.string(line))
    }

    /// One of the statements that a line of the template holds: `number` counts from 0, `count` is
    /// how many the assembler saw. The line, if that is not how many are written there.
    pub(crate) fn statement(&self, line: u32, number: usize, count: usize) -> Location {
        self.in_template(line, |template| template.statement(line, number, count))
            .unwrap_or_else(|| self.line(line))
    }

    /// An operand, from its keyword to the end of its expression.
    pub(crate) fn operand(&self, operand: usize) -> Location {
        let span = self.assembly.operands.get(operand).map(|(_, span)| *span);
        span.map_or_else(|| self.block(), Location::new)
    }

    /// The text of an operand as it is written.
    pub(crate) fn operand_text(&self, tcx: TyCtxt<'_>, operand: usize) -> Option<String> {
        let (_, span) = self.assembly.operands.get(operand)?;
        tcx.sess.source_map().span_to_snippet(*span).ok()
    }

    /// The name that the author gave an operand: `value` in `value = in(reg) x`.
    pub(crate) fn operand_name(&self, tcx: TyCtxt<'_>, operand: usize) -> Option<String> {
        let text = self.operand_text(tcx, operand)?;
        let (name, rest) = text.split_once('=')?;
        let name = name.trim();
        let is_name = name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
        (is_name && !rest.starts_with('>')).then(|| name.to_owned())
    }

    /// The register that an operand names, as it is written.
    pub(crate) fn register(&self, operand: usize) -> Option<String> {
        let (InlineAsmOperand::In { reg, .. }
        | InlineAsmOperand::Out { reg, .. }
        | InlineAsmOperand::InOut { reg, .. }
        | InlineAsmOperand::SplitInOut { reg, .. }) = self.assembly.operands.get(operand)?.0
        else {
            return None;
        };
        match reg {
            InlineAsmRegOrRegClass::Reg { reg, source_name } => {
                Some(source_name.map_or_else(|| reg.name().to_string(), |name| name.to_string()))
            }
            InlineAsmRegOrRegClass::RegClass(_) => None,
        }
    }

    /// The expressions of what goes in and of what comes out of an operand, as they are written.
    pub(crate) fn expressions(
        &self,
        tcx: TyCtxt<'_>,
        operand: usize,
    ) -> (Option<String>, Option<String>) {
        let Some((operand, _)) = self.assembly.operands.get(operand) else { return (None, None) };
        let (input, output) = match operand {
            InlineAsmOperand::In { expr, .. } => (Some(expr), None),
            InlineAsmOperand::InOut { expr, .. } => (Some(expr), Some(expr)),
            InlineAsmOperand::SplitInOut { in_expr, out_expr, .. } => {
                (Some(in_expr), out_expr.as_ref())
            }
            InlineAsmOperand::Out { expr, .. } => (None, expr.as_ref()),
            _ => (None, None),
        };
        let text =
            |expression: &Expr<'_>| tcx.sess.source_map().span_to_snippet(expression.span).ok();
        (input.copied().and_then(text), output.copied().and_then(text))
    }

    /// The expression of an operand's input: where it is, and its text as it is written, in
    /// parentheses if an operator after it would bind to a part of it only.
    pub(crate) fn input(&self, tcx: TyCtxt<'_>, operand: usize) -> Option<(Location, String)> {
        let (operand, _) = self.assembly.operands.get(operand)?;
        let expression = match operand {
            InlineAsmOperand::In { expr, .. }
            | InlineAsmOperand::InOut { expr, .. }
            | InlineAsmOperand::SplitInOut { in_expr: expr, .. } => expr,
            _ => return None,
        };
        let text = tcx.sess.source_map().span_to_snippet(expression.span).ok()?;
        let is_one_piece = matches!(
            expression.kind,
            ExprKind::Path(_)
                | ExprKind::Lit(_)
                | ExprKind::Field(..)
                | ExprKind::Index(..)
                | ExprKind::Call(..)
                | ExprKind::MethodCall(..)
        );
        let text = if is_one_piece { text } else { format!("({text})") };
        Some((Location::new(expression.span), text))
    }

    /// The arguments of the macro call, if its text can be read.
    pub(crate) fn call(&self, tcx: TyCtxt<'_>) -> Option<Call> {
        Call::read(tcx.sess.source_map().span_to_snippet(self.call).ok()?, self.call)
    }

    /// The token of an option.
    pub(crate) fn option(&self, tcx: TyCtxt<'_>, option: OptionName) -> Option<Location> {
        Some(Location::new(self.call(tcx)?.option(option)?))
    }

    /// Whether the block is in the crate's own text, so that a suggestion to change it there makes
    /// sense.
    pub(crate) fn is_editable(&self) -> bool {
        !self.call.from_expansion()
    }

    /// Finds a piece of the template by a range in the source of one of its literals.
    fn in_template(
        &self,
        line: u32,
        find: impl FnOnce(&Template) -> Option<std::ops::Range<usize>>,
    ) -> Option<Location> {
        let (string, first_line) = self.string_of_line(line)?;
        let &(text, snippet, span) = self.assembly.template_strs.get(string)?;
        let template = Template::new(text.as_str(), snippet?.as_str(), first_line)?;
        let range = find(&template)?;
        Some(Location::new(span.from_inner(InnerSpan::new(range.start, range.end))))
    }

    /// The whole template string that a line is in.
    fn string(&self, line: u32) -> Location {
        let span = self
            .string_of_line(line)
            .and_then(|(string, _)| self.assembly.template_strs.get(string))
            .map(|(_, _, span)| *span);
        span.map_or_else(|| self.block(), Location::new)
    }

    /// Which of the template strings a line is in, and the line that the string starts with.
    fn string_of_line(&self, line: u32) -> Option<(usize, u32)> {
        let mut next = 0u32;
        // The compiler inserts a line feed between two strings.
        for (index, (text, _, _)) in self.assembly.template_strs.iter().enumerate() {
            let text = text.as_str();
            let feeds = u32::try_from(text.matches('\n').count()).ok()?;
            let is_here = (next..=next + feeds).contains(&line);
            if is_here {
                return Some((index, next));
            }
            next += feeds + 1;
        }
        None
    }
}
