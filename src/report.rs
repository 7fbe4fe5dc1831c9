//! Reports: SARIF, GitHub annotations, a baseline of accepted findings, and the audit of all
//! dependencies.
//!
//! `check.rs` hands over a prepared run. [`stream`] runs cargo with JSON messages, shows what cargo
//! would have shown, and yields typed [`finding::Finding`]s; each output format is one file that
//! turns findings into its text. Without a report, cargo's output is not touched at all.

mod baseline;
mod dependencies;
mod finding;
mod github;
mod sarif;
mod stream;

use std::{io::Write, path::Path};

use anstream::AutoStream;

use self::{
    baseline::Baseline,
    finding::Finding,
    stream::{Form, Verdict},
};
use crate::{
    arguments::Request,
    cargo::{self, LintRun},
    catalogue::Catalogue,
    error::{Error, Result},
    status::Status,
    terminal,
    toolchain::Toolchain,
};

/// Runs cargo and makes the reports that were asked for.
pub fn run(
    request: &Request,
    run: LintRun,
    catalogue: &Catalogue,
    toolchain: &Toolchain,
) -> Result<Status> {
    let workspace_root = run.workspace_root.clone();
    let is_audit = request.deps;
    let packages = if is_audit {
        cargo::packages(&request.cargo_arguments, toolchain)?
    } else {
        run.packages.clone()
    };
    let mut baseline = request.reports.baseline.as_deref().map(Baseline::read).transpose()?;

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
    let mut status = Status::of_cargo(outcome.status);
    if status == Status::CouldNotRun {
        return Ok(status);
    }

    if is_audit && outcome.form == Form::Drawn {
        let text = dependencies::grouped(&findings, &packages, outcome.packages.len());
        AutoStream::new(std::io::stderr(), outcome.color)
            .write_all(text.as_bytes())
            .map_err(|error| Error::while_doing("show the findings", error))?;
    }
    if let Some(path) = &request.reports.sarif {
        write(path, &sarif::log(&findings, &accepted, catalogue, &workspace_root))?;
    }
    if request.reports.github {
        let annotations = github::annotations(&findings, &workspace_root);
        match outcome.form {
            Form::Drawn => anstream::print!("{annotations}"),
            Form::Json => anstream::eprint!("{annotations}"),
        }
    }
    if let (Some(baseline), Some(path)) = (baseline, &request.reports.baseline) {
        // What did not compile was not judged.
        if status == Status::Clean {
            status = conclude_baseline(&baseline, path, &accepted, findings.len())?;
        }
    }
    Ok(status)
}

/// Writes a new baseline, or says how the findings compare with the one there is.
fn conclude_baseline(
    baseline: &Baseline,
    path: &Path,
    accepted: &[Finding],
    refused: usize,
) -> Result<Status> {
    let file = path.display();
    if baseline.is_new() {
        write(path, &Baseline::of(accepted).to_text()?)?;
        let count = counted(accepted.len(), "finding");
        terminal::status("Accepted", format_args!("{count}, written to {file}"));
        return Ok(Status::Clean);
    }
    let gone = baseline.unused();
    if gone > 0 {
        let gone = counted(gone, "accepted finding");
        terminal::status("Outdated", format_args!("{gone} of {file} no longer found"));
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
