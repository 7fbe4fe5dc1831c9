//! The report of all blocks, for tools that count: one line of JSON for each block of the crate.
//!
//! Written by [`check`](crate::check) if the environment variable [`VARIABLE`] names a file. Lines
//! are appended, because a run of cargo runs the driver many times. Each line is an object:
//!
//! | key | value |
//! |---|---|
//! | `crate` | the crate's name |
//! | `macro` | `asm`, `naked_asm` or `global_asm` |
//! | `places` | the outermost macro call; then the assembly itself, if a macro made it |
//! | `doubts` | why rules could not be decided for the block; empty if every rule was |
//! | `undecided` | those rules; `all` if it is every one |
//!
//! A place is an object of `file`, `line` and `last_line`; lines count from 1.

use std::collections::BTreeSet;
use std::env;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::iter;
use std::path::Path;

use rustc_ast::AsmMacro;
use rustc_middle::ty::TyCtxt;
use rustc_span::Span;
use rustc_span::def_id::LOCAL_CRATE;
use serde_json::{Value, json};

use crate::collect::{Location, Origin};
use crate::lints::Doubts;

/// Names the file that the report is appended to.
pub(crate) const VARIABLE: &str = "ASM_LINT_REPORT";

/// Whether the environment asks for a report.
pub(crate) fn is_wanted() -> bool {
    env::var_os(VARIABLE).is_some()
}

/// The report of a crate that is being judged.
#[derive(Default)]
pub(crate) struct Report {
    /// The lines so far; `None` if no report was requested.
    lines: Option<String>,
}

impl Report {
    /// An empty report, if the environment asks for one.
    pub(crate) fn if_wanted() -> Report {
        Report { lines: is_wanted().then(String::new) }
    }

    /// Adds a block.
    pub(crate) fn add(&mut self, tcx: TyCtxt<'_>, origin: &Origin<'_>, doubts: &Doubts) {
        if let Some(lines) = &mut self.lines {
            lines.push_str(&line(tcx, origin, doubts).to_string());
            lines.push('\n');
        }
    }

    /// Appends the report to its file in one write, so that concurrent drivers do not mix their
    /// lines.
    pub(crate) fn write(&self, tcx: TyCtxt<'_>) {
        if let (Some(lines), Some(path)) = (&self.lines, env::var_os(VARIABLE))
            && let Err(error) = append(Path::new(&path), lines)
        {
            let path = path.display();
            tcx.dcx().err(format!("cannot write the report of blocks to `{path}`: {error}"));
        }
    }
}

fn append(path: &Path, lines: &str) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(path)?.write_all(lines.as_bytes())
}

fn line(tcx: TyCtxt<'_>, origin: &Origin<'_>, doubts: &Doubts) -> Value {
    let Location { span, in_macro } = origin.source.block();
    let places: Vec<Value> =
        iter::once(span).chain(in_macro).map(|span| place(tcx, span)).collect();
    let mut undecided: BTreeSet<&str> = doubts.values().flatten().map(String::as_str).collect();
    if doubts.values().any(BTreeSet::is_empty) {
        undecided = BTreeSet::from(["all"]);
    }
    json!({
        "crate": tcx.crate_name(LOCAL_CRATE).as_str(),
        "places": places,
        "macro": match origin.source.asm_macro() {
            AsmMacro::Asm => "asm",
            AsmMacro::NakedAsm => "naked_asm",
            AsmMacro::GlobalAsm => "global_asm",
        },
        "doubts": doubts.keys().collect::<Vec<_>>(),
        "undecided": undecided,
    })
}

fn place(tcx: TyCtxt<'_>, span: Span) -> Value {
    let source_map = tcx.sess.source_map();
    let first = source_map.lookup_char_pos(span.lo());
    json!({
        "file": first.file.name.prefer_local_unconditionally().to_string(),
        "line": first.line,
        "last_line": source_map.lookup_char_pos(span.hi()).line,
    })
}
