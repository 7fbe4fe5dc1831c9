//! Runs cargo with JSON messages and shows a person, or the calling program, what cargo would have
//! shown by itself.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    ffi::OsString,
    io::{BufRead, BufReader, Write},
    process::{ExitStatus, Stdio},
};

use anstream::{AutoStream, ColorChoice};
use cargo_metadata::{CompilerMessage, Message, Package, PackageId, diagnostic::DiagnosticLevel};

use super::{
    dependencies, editor,
    finding::Finding,
    notes::{Notes, VARIABLE},
};
use crate::{
    arguments::{take_value, values_of},
    cargo::LintRun,
    error::{Error, Result},
    terminal,
};

/// Whether a finding is shown when it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As usual.
    Show,
    /// Not at all, in no format.
    Hide,
}

/// How a run ended.
pub struct Outcome {
    /// Cargo's own status.
    pub status: ExitStatus,
    /// How diagnostics were shown.
    pub form: Form,
    /// Whether diagnostics are shown in color.
    pub color: ColorChoice,
    /// The packages that were compiled, now or earlier.
    pub packages: HashSet<PackageId>,
    /// What the driver reported besides findings.
    pub notes: Notes,
    /// Whether cargo started to compile: it did not if it refused before.
    pub began: bool,
}

/// How diagnostics are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Rendered, on stderr.
    Drawn,
    /// As JSON lines, on stdout, because the caller asked for it.
    Json,
}

/// Runs cargo on (some of) `packages`; `judge` sees each finding once, in the order of the compiler. An audit of the
/// dependencies skips other warnings and shows the findings at the end.
pub fn run(
    mut run: LintRun,
    is_audit: bool,
    packages: &[Package],
    mut judge: impl FnMut(Finding) -> Verdict,
) -> Result<Outcome> {
    let color = color_choice(&run.cargo_arguments);
    let form = request_json(&mut run.cargo_arguments)?;
    if is_audit {
        dependencies::make_verbose(&mut run.cargo_arguments);
    }
    let mut command = run.into_command();
    command.env(VARIABLE, "1");
    if is_audit {
        command.stderr(Stdio::piped());
    }
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(Error::cargo_does_not_run)?;
    let progress = child.stderr.take().map(dependencies::show_progress);
    let output = child.stdout.take().ok_or_else(|| Error::new("cargo has no output"))?;

    let mut drawn = AutoStream::new(std::io::stderr(), color);
    let clears_progress = form == Form::Drawn && terminal::shows_progress();
    let mut lines = std::io::stdout().lock();
    let mut shown_before = HashMap::new();
    let mut texts = HashSet::new();
    let mut reached = HashSet::new();
    let mut notes = Notes::default();
    let mut began = false;
    for line in BufReader::new(output).split(b'\n') {
        let line = line.map_err(|error| Error::while_doing("read cargo's messages", error))?;
        let message = match serde_json::from_slice::<Message>(&line) {
            Ok(Message::CompilerMessage(message)) => {
                reached.insert(message.package_id.clone());
                Some(message)
            }
            Ok(Message::CompilerArtifact(artifact)) => {
                reached.insert(artifact.package_id);
                None
            }
            Ok(Message::BuildFinished(_)) => {
                began = true;
                None
            }
            _ => None,
        };
        if message.as_ref().is_some_and(|message| notes.take(message)) {
            continue;
        }
        let is_drawn = form == Form::Drawn;
        let finding = message.as_ref().and_then(|message| Finding::of_message(message, packages));
        let verdict = match finding {
            // A file that is part of a library and of its tests is checked more than once. A program
            // that reads messages receives each of them, as from cargo.
            Some(finding) => match shown_before.entry(finding.telling()) {
                Entry::Occupied(_) if is_drawn => Verdict::Hide,
                Entry::Occupied(verdict) => *verdict.get(),
                Entry::Vacant(place) => match *place.insert(judge(finding)) {
                    // They are shown at the end, grouped.
                    Verdict::Show if is_audit && is_drawn => Verdict::Hide,
                    verdict => verdict,
                },
            },
            None if is_audit && is_drawn && !message.as_ref().is_some_and(is_error) => {
                Verdict::Hide
            }
            None => Verdict::Show,
        };
        if verdict == Verdict::Hide {
            continue;
        }
        let rendered = message.as_ref().and_then(|message| message.message.rendered.as_deref());
        let shown = match (form, rendered) {
            // As cargo does, which shows a text once.
            (Form::Drawn, Some(text)) if texts.insert(text.to_owned()) => {
                if clears_progress {
                    terminal::clear_line();
                }
                drawn.write_all(text.as_bytes())
            }
            (Form::Drawn, _) => Ok(()),
            (Form::Json, _) => {
                let line = editor::with_fixes_at_findings(&line, message.as_ref());
                lines.write_all(&line).and_then(|()| lines.write_all(b"\n"))
            }
        };
        shown.map_err(|error| Error::while_doing("show cargo's messages", error))?;
    }
    let status = child.wait().map_err(Error::cargo_does_not_run)?;
    let held_back = progress.and_then(|progress| progress.join().ok()).unwrap_or_default();
    if !status.success() {
        // Cargo's own messages are in there.
        let _ = drawn.write_all(&held_back);
    }
    Ok(Outcome { status, form, color, packages: reached, notes, began })
}

fn is_error(message: &CompilerMessage) -> bool {
    matches!(message.message.level, DiagnosticLevel::Error | DiagnosticLevel::Ice)
}

/// Makes cargo print JSON, whatever format was requested, and returns that format.
fn request_json(arguments: &mut Vec<OsString>) -> Result<Form> {
    let asked = values_of(arguments, "--message-format").last();
    let asked = asked.as_ref().and_then(|format| format.to_str());
    if asked.is_some_and(|format| format.contains("json")) {
        return Ok(Form::Json);
    }
    let format = match asked {
        Some("short") => "json-diagnostic-short,json-diagnostic-rendered-ansi",
        _ => "json-diagnostic-rendered-ansi",
    };
    take_value(arguments, "--message-format")?;
    arguments.insert(0, format!("--message-format={format}").into());
    Ok(Form::Drawn)
}

fn color_choice(arguments: &[OsString]) -> ColorChoice {
    match values_of(arguments, "--color").last().as_ref().and_then(|choice| choice.to_str()) {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        _ => AutoStream::choice(&std::io::stderr()),
    }
}
