//! The only place that passes diagnostics to the compiler.

use asm_analysis::show::with_names;
use rustc_ast::AsmMacro;
use rustc_data_structures::fx::FxHashSet;
use rustc_errors::{Diag, DiagCtxtHandle, Diagnostic, Level, MultiSpan};
use rustc_lint_defs::Lint;
use rustc_middle::ty::TyCtxt;
use rustc_span::Span;

use super::{Edit, Message, Note, OptionName, Place};
use crate::collect::{Call, Location, Origin};

/// Shows a message about a block, at the level that is in force there.
pub(crate) fn emit<'tcx>(
    tcx: TyCtxt<'tcx>,
    origin: &Origin<'tcx>,
    (lint, name): (&'static Lint, String),
    mut message: Message,
    explained: &mut Explained,
) {
    message.is_repeated = explained.is_repeated(tcx, origin, (lint, &name), &message);
    let shown = Shown { tcx, origin, name, message, shows_allow: explained.shows_allow };
    let span = shown.locate(shown.message.primary).span;
    #[expect(clippy::disallowed_methods, reason = "this is the wrapper that all others must use")]
    tcx.emit_node_span_lint(lint, origin.hir_id, span, shown);
}

/// What the crate's findings have been explained with.
pub(crate) struct Explained {
    shown: FxHashSet<(String, String)>,
    /// Whether each finding says how to allow it.
    shows_allow: bool,
}

impl Explained {
    /// With nothing so far.
    pub(crate) fn new(shows_allow: bool) -> Explained {
        Explained { shown: FxHashSet::default(), shows_allow }
    }

    /// Whether another finding that is shown has the same headline and the same notes: it is one habit,
    /// and is explained once.
    fn is_repeated(
        &mut self,
        tcx: TyCtxt<'_>,
        origin: &Origin<'_>,
        (lint, name): (&'static Lint, &str),
        message: &Message,
    ) -> bool {
        let level = tcx.lint_level_spec_at_node(lint, origin.hir_id).level();
        // What is expected is not shown.
        if matches!(level, rustc_lint::Level::Allow | rustc_lint::Level::Expect) {
            return false;
        }
        let notes = format!("{}{:?}{:?}", message.headline, message.notes, message.helps);
        !self.shown.insert((name.to_owned(), notes))
    }
}

impl Message {
    /// The headline, with operands called as `name` does.
    pub(crate) fn headline_with(&self, name: impl Fn(usize) -> Option<String>) -> String {
        with_names(&self.headline, name)
    }
}

/// A message with the block that it is about.
struct Shown<'a, 'tcx> {
    tcx: TyCtxt<'tcx>,
    origin: &'a Origin<'tcx>,
    name: String,
    message: Message,
    shows_allow: bool,
}

impl<'a> Diagnostic<'a> for Shown<'_, '_> {
    fn into_diag(self, dcx: DiagCtxtHandle<'a>, level: Level) -> Diag<'a> {
        let Message { headline, primary, label, others, notes, helps, suggestion, .. } =
            &self.message;
        let mut diagnostic = Diag::new(dcx, level, self.named(headline));
        diagnostic.span(self.spans(*primary, label.as_deref(), others));
        for note in notes.iter().filter(|_| !self.message.is_repeated) {
            diagnostic.note(self.named(&self.words(note)));
        }
        if let Some(name) = self.origin.source.outer_macro() {
            diagnostic.note(format!("the block comes from the macro `{name}`"));
        }
        for help in helps.iter().filter(|_| !self.message.is_repeated) {
            diagnostic.help(self.named(help));
        }
        if let Some(suggestion) = suggestion
            && let Some(parts) = self.replacements(&suggestion.edits)
        {
            diagnostic.multipart_suggestion(
                self.named(&suggestion.text),
                parts,
                suggestion.applicability,
            );
        }
        let name = &self.name;
        if !self.message.is_repeated {
            diagnostic
                .help(format!("for further information run `cargo asm-lint --explain {name}`"));
        }
        if self.shows_allow {
            // Only the first one of a crate is shown.
            let place = match self.origin.source.asm_macro() {
                AsmMacro::GlobalAsm => "module",
                AsmMacro::Asm | AsmMacro::NakedAsm => "function",
            };
            diagnostic.help_once(format!(
                "to allow it, put `#[cfg_attr(asm_lint, allow(asm_lint::{name}))]` on the {place}"
            ));
        }
        diagnostic
    }
}

impl Shown<'_, '_> {
    /// Where a part of the block is written.
    fn locate(&self, place: Place) -> Location {
        let source = &self.origin.source;
        match place {
            Place::Block => source.block(),
            Place::Line(line) => source.line(line),
            Place::Statement { line, number, count } => source.statement(line, number, count),
            Place::Option(option) => {
                source.option(self.tcx, option).unwrap_or_else(|| source.block())
            }
            Place::Operand(operand) => source.operand(operand),
        }
    }

    /// A text with the names of operands; see [`named`].
    fn named(&self, text: &str) -> String {
        named(self.tcx, self.origin, text)
    }

    /// A note as it is shown.
    fn words(&self, note: &Note) -> String {
        match note {
            Note::Plain(text) => text.clone(),
            Note::AboutInput { operand, before, after } => {
                let expression = self.origin.source.input(self.tcx, *operand);
                match expression.filter(|(_, text)| !text.contains('\n')) {
                    Some((_, text)) => format!("{before}`{text}`{after}"),
                    None => format!("{before}its input{after}"),
                }
            }
        }
    }

    /// All places with their labels. What is in a macro's definition is shown there and at the call:
    /// the call is where the user can change something, the definition is what the message is about.
    fn spans(&self, primary: Place, label: Option<&str>, others: &[(Place, String)]) -> MultiSpan {
        let location = self.locate(primary);
        let mut spans = MultiSpan::from_span(location.span);
        let mut add = |location: Location, label: &str| match location.in_macro {
            Some(span) if self.is_readable(span) => {
                spans.push_span_label(span, self.named(label));
            }
            _ => spans.push_span_label(location.span, self.named(label)),
        };
        if let Some(label) = label {
            add(location, label);
        } else if location.in_macro.is_some() {
            add(location, "in this line of the macro");
        }
        for (place, label) in others {
            add(self.locate(*place), label);
        }
        spans
    }

    fn is_readable(&self, span: Span) -> bool {
        self.tcx.sess.source_map().span_to_snippet(span).is_ok()
    }

    /// The changes of the source; `None` if the user can't change the call.
    fn replacements(&self, edits: &[Edit]) -> Option<Vec<(Span, String)>> {
        let source = &self.origin.source;
        if !source.is_editable() {
            return None;
        }
        let call: Call = source.call(self.tcx)?;
        // Options are removed together, because neighbours share a comma.
        let removed: Vec<OptionName> = edits
            .iter()
            .filter_map(|edit| match edit {
                Edit::RemoveOption(option) => Some(*option),
                _ => None,
            })
            .collect();
        let mut replacements = call.remove_options(&removed)?;
        let replacement = |edit: &Edit| match edit {
            Edit::RemoveOption(_) => None,
            Edit::ReplaceOption(from, to) => call.replace_option(*from, *to),
            Edit::AddOptions(options) => call.add_options(options),
            Edit::ReplaceOperand(operand, text) => {
                let location = source.operand(*operand);
                location.in_macro.is_none().then(|| (location.span, text.clone()))
            }
            Edit::ChangeDirection { operand, to, discard } => {
                let location = source.operand(*operand);
                let text = source.operand_text(self.tcx, *operand)?;
                let (name_and_keyword, rest) = text.split_once('(')?;
                let name = name_and_keyword.rfind('=').map_or(0, |at| at + 1);
                let (name, keyword) = name_and_keyword.split_at(name);
                let space = &keyword[..keyword.len() - keyword.trim_start().len()];
                let discard = if *discard { " => _" } else { "" };
                let text = format!("{name}{space}{}({rest}{discard}", to.as_str());
                location.in_macro.is_none().then_some((location.span, text))
            }
            Edit::ConvertInput(operand, to) => {
                let (location, text) = source.input(self.tcx, *operand)?;
                location.in_macro.is_none().then(|| (location.span, format!("{text} as {to}")))
            }
            Edit::AddOperand(text) => call.add_operand(text),
        };
        for edit in edits.iter().filter(|edit| !matches!(edit, Edit::RemoveOption(_))) {
            replacements.push(replacement(edit)?);
        }
        Some(joined(replacements))
    }
}

/// The changes, with insertions at one place, or right after a replacement, joined into one: tools
/// that apply changes refuse changes that touch.
fn joined(replacements: Vec<(Span, String)>) -> Vec<(Span, String)> {
    let (insertions, mut joined): (Vec<_>, Vec<_>) =
        replacements.into_iter().partition(|(span, _)| span.is_empty());
    for (span, text) in insertions {
        match joined.iter_mut().find(|(before, _)| before.hi() == span.hi()) {
            Some((_, before)) => before.push_str(&text),
            None => joined.push((span, text)),
        }
    }
    joined
}

/// A text with the names of operands instead of their numbers, as in the template.
fn named(tcx: TyCtxt<'_>, origin: &Origin<'_>, text: &str) -> String {
    with_names(text, |operand| origin.source.operand_name(tcx, operand))
}
