//! What one lint reported about one place, as plain data.
//!
//! Made from the JSON diagnostics that cargo passes on; read by every report.

use std::path::Path;

use cargo_metadata::{
    CompilerMessage, Package, PackageId,
    diagnostic::{Applicability, Diagnostic, DiagnosticLevel, DiagnosticSpan},
};

/// The tool name before the name of a lint.
const TOOL_PREFIX: &str = "asm_lint::";

/// A diagnostic of one of our lints.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The lint's name without its tool.
    pub lint: String,
    /// Whether it was an error at its place; a warning otherwise.
    pub is_error: bool,
    /// The message that says what is wrong.
    pub message: String,
    /// The crate that cargo was compiling.
    pub package: PackageId,
    /// The file of the first place under a name that is the same on every machine: relative to the
    /// workspace root, or `PACKAGE:FILE` for a package that is elsewhere.
    pub portable_file: String,
    /// Where it is wrong; the first place is the one that the message is about.
    pub places: Vec<Place>,
    /// Other places, with their labels.
    pub related: Vec<(Place, String)>,
    /// Notes, helps and what each suggestion does, in their order; nothing about levels and commands.
    pub notes: Vec<String>,
    /// Changes that would fix it, each complete by itself.
    pub fixes: Vec<Fix>,
    /// The diagnostic as the compiler rendered it.
    pub rendered: String,
}

/// A range of source text. Lines and columns count from 1, columns in characters; the end is
/// exclusive.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file, relative to the workspace root for the workspace's own crates.
    pub file: String,
    /// The first line.
    pub start_line: usize,
    /// The column of the first character.
    pub start_column: usize,
    /// The last line.
    pub end_line: usize,
    /// The column after the last character.
    pub end_column: usize,
    /// The first line's text, without its indentation.
    pub text: String,
}

/// A suggestion.
#[derive(Clone, Debug)]
pub struct Fix {
    /// What it does.
    pub description: String,
    /// Whether `--fix` applies it.
    pub is_machine_applicable: bool,
    /// The replacements.
    pub edits: Vec<(Place, String)>,
}

/// What identifies a finding after lines have moved or its message has changed. Findings that are
/// equal in all of it are distinguished by their order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The lint's name.
    pub lint: String,
    /// The file.
    pub file: String,
    /// The source line that it is about.
    pub text: String,
}

impl Finding {
    /// Reads a compiler message; `None` if it is not one of ours, which compile errors and the
    /// compiler's own lints are not. `packages` are those that findings may be in.
    pub fn of_message(message: &CompilerMessage, packages: &[Package]) -> Option<Self> {
        let diagnostic = &message.message;
        let lint = diagnostic.code.as_ref()?.code.strip_prefix(TOOL_PREFIX)?;
        let (primary, secondary): (Vec<_>, Vec<_>) =
            diagnostic.spans.iter().partition(|span| span.is_primary);
        let file = primary.first().map(|span| &*span.file_name).unwrap_or_default();
        Some(Self {
            lint: lint.to_owned(),
            is_error: diagnostic.level == DiagnosticLevel::Error,
            message: diagnostic.message.clone(),
            package: message.package_id.clone(),
            portable_file: portable(file, packages),
            places: primary.iter().map(|span| Place::of_span(span)).collect(),
            related: secondary
                .iter()
                .map(|span| (Place::of_span(span), span.label.clone().unwrap_or_default()))
                .collect(),
            notes: diagnostic
                .children
                .iter()
                .map(|child| child.message.clone())
                .filter(|note| !is_footer(note))
                .collect(),
            fixes: diagnostic.children.iter().filter_map(Fix::of_child).collect(),
            rendered: diagnostic.rendered.clone().unwrap_or_default(),
        })
    }

    /// Whether `--fix` can fix it.
    pub fn can_be_fixed(&self) -> bool {
        self.fixes.iter().any(|fix| fix.is_machine_applicable)
    }

    /// What two reports of one finding have in common.
    pub fn telling(&self) -> (String, String, Vec<Place>) {
        (self.lint.clone(), self.message.clone(), self.places.clone())
    }

    /// What stays the same when lines move.
    pub fn identity(&self) -> Identity {
        Identity {
            lint: self.lint.clone(),
            file: self.portable_file.clone(),
            text: self.places.first().map(|place| place.text.clone()).unwrap_or_default(),
        }
    }
}

/// Whether a note is about levels or commands, which has no meaning in a report.
fn is_footer(note: &str) -> bool {
    let starts = [
        "for further information run `cargo asm-lint",
        "to allow it, put `#",
        "requested on the command line with",
        "the lint level is defined here",
        "to override `",
    ];
    starts.iter().any(|start| note.starts_with(start))
        || note.ends_with("on by default")
        || note.contains("` implied by `")
}

/// A name for the file that does not contain the place of its package on this machine.
fn portable(file: &str, packages: &[Package]) -> String {
    // The compiler names files of the workspace relative to its root, all others absolutely.
    let path = Path::new(file);
    let within = packages.iter().filter_map(|package| {
        let inner = path.strip_prefix(package.manifest_path.parent()?).ok()?;
        Some((inner, &package.name))
    });
    // One package may be in another's folder.
    match within.min_by_key(|(inner, _)| inner.components().count()) {
        Some((inner, name)) => format!("{name}:{}", inner.display()),
        None => file.to_owned(),
    }
}

impl Place {
    fn of_span(span: &DiagnosticSpan) -> Self {
        let line = span.text.first().map(|line| line.text.trim()).unwrap_or_default();
        Self {
            file: span.file_name.clone(),
            start_line: span.line_start,
            start_column: span.column_start,
            end_line: span.line_end,
            end_column: span.column_end,
            text: line.to_owned(),
        }
    }
}

impl Fix {
    fn of_child(child: &Diagnostic) -> Option<Self> {
        let suggested = || child.spans.iter().filter(|span| span.suggested_replacement.is_some());
        let edits: Vec<_> = suggested()
            .filter_map(|span| Some((Place::of_span(span), span.suggested_replacement.clone()?)))
            .collect();
        let is_machine_applicable = suggested()
            .all(|span| span.suggestion_applicability == Some(Applicability::MachineApplicable));
        let description = child.message.clone();
        (!edits.is_empty()).then_some(Self { description, is_machine_applicable, edits })
    }
}
