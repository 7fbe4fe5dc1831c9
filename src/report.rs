//! The stream of findings: what is shown while cargo runs, the reports that are made from it (SARIF,
//! GitHub annotations, a baseline of accepted findings, the audit of all dependencies), and the
//! lines at the end.
//!
//! `check.rs` passes a prepared run. [`stream`] runs cargo with JSON messages, shows what cargo
//! would have shown, and yields typed [`finding::Finding`]s; each output format is one file that
//! turns findings into its text.

mod baseline;
mod conclusion;
mod dependencies;
mod editor;
mod finding;
mod github;
mod notes;
mod sarif;
mod stream;

use std::{io::Write, path::Path};

use anstream::AutoStream;

use self::{
    baseline::Baseline,
    finding::Finding,
    stream::{Form, Outcome, Verdict},
};
use crate::{
    cargo::{self, LintRun},
    error::{Error, Result},
    request::Request,
    status::Status,
    terminal,
    toolchain::Toolchain,
};

/// Runs cargo, shows its output and makes the requested reports.
pub fn run(request: &Request, run: LintRun, toolchain: &Toolchain) -> Result<Status> {
    let workspace_root = run.workspace_root.clone();
    let is_audit = request.deps;
    if let Some(path) = &request.reports.sarif {
        sarif::may_overwrite(path)?;
    }
    let mut baseline = request.reports.baseline.as_deref().map(Baseline::read).transpose()?;
    let packages = if is_audit {
        cargo::packages(&request.cargo_arguments, toolchain)?
    } else {
        run.packages.clone()
    };

    let mut findings = Vec::new();
    let mut accepted = Vec::new();
    let outcome = stream::run(run, is_audit, &packages, |finding| {
        if baseline.as_mut().is_some_and(|baseline| baseline.accepts(&finding)) {
            accepted.push(finding);
            return Verdict::Hide;
        }
        findings.push(finding);
        Verdict::Show
    })?;
    let mut status = status_of(&outcome);
    if status == Status::CouldNotRun {
        return Ok(status);
    }

    if is_audit && outcome.form == Form::Drawn {
        let text = dependencies::grouped(&findings, &packages, &outcome);
        AutoStream::new(std::io::stderr(), outcome.color)
            .write_all(text.as_bytes())
            .map_err(|error| Error::while_doing("show the findings", error))?;
    }
    if let Some(path) = &request.reports.sarif {
        write(path, &sarif::log(&findings, &accepted, &workspace_root))?;
    }
    if request.reports.github {
        let annotations = github::annotations(&findings, &workspace_root);
        match outcome.form {
            Form::Drawn => anstream::print!("{annotations}"),
            Form::Json => anstream::eprint!("{annotations}"),
        }
    }
    if outcome.form == Form::Drawn {
        let failed = status != Status::Clean;
        conclusion::print(request, &findings, &outcome.notes, outcome.packages.len(), failed);
    }
    if let (Some(baseline), Some(path)) = (baseline, &request.reports.baseline) {
        // Code that did not compile was not checked.
        if status == Status::Clean {
            status = conclude_baseline(baseline, path, request, &accepted, findings.len())?;
        }
    }
    Ok(status)
}

/// The result of a run. A configuration with mistakes fails each compilation, but is not a finding;
/// neither is it one if cargo refuses to start.
fn status_of(outcome: &Outcome) -> Status {
    let status = Status::of_cargo(outcome.status);
    let could_run = outcome.began && !outcome.notes.has_configuration_mistakes;
    if status == Status::Failed && !could_run { Status::CouldNotRun } else { status }
}

/// Writes a new baseline, or compares the findings with the existing one.
fn conclude_baseline(
    mut baseline: Baseline,
    path: &Path,
    request: &Request,
    accepted: &[Finding],
    refused: usize,
) -> Result<Status> {
    let file = path.display();
    let count = counted(accepted.len(), "finding");
    if baseline.is_new() {
        write(path, &Baseline::of(accepted).to_text()?)?;
        terminal::status("Accepted", format_args!("{count}, written to {file}"));
        return Ok(Status::Clean);
    }
    if !accepted.is_empty() {
        terminal::status("Accepted", format_args!("{count} of {file}"));
    }
    let gone = baseline.gone();
    if !gone.is_empty() {
        let total = counted(gone.iter().map(|(_, count)| count).sum(), "accepted finding");
        terminal::status("Outdated", format_args!("{total} in {file} no longer occurs:"));
        for (identity, count) in &gone {
            let times = if *count == 1 { String::new() } else { format!(" ({count} times)") };
            terminal::detail(format_args!(
                "{} in {}{times}: {}",
                identity.lint, identity.file, identity.text
            ));
        }
        if request.reports.prune {
            baseline.prune();
            write(path, &baseline.to_text()?)?;
            terminal::status("Pruned", format_args!("{total} from {file}"));
        } else {
            terminal::help("run again with `--prune` to remove what no longer occurs");
        }
    }
    if refused == 0 {
        return Ok(Status::Clean);
    }
    let subject = if refused == 1 { "finding is" } else { "findings are" };
    terminal::error(&Error::new(format!("{refused} {subject} not in the baseline {file}")));
    Ok(Status::Failed)
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text)
        .map_err(|error| Error::while_doing(format!("write {}", path.display()), error))
}
