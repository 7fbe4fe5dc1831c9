//! [`lint`]: the tool's verdict on one crate, as plain data.

use std::fs;
use std::io::BufReader;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use cargo_metadata::Message;
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel, DiagnosticSpan};
use serde::Deserialize;

use crate::list::Listed;
use crate::tool::Tool;

/// The tool name before the name of a lint.
const TOOL_PREFIX: &str = "asm_lint::";

/// The findings in a crate.
pub struct Checked {
    /// Which.
    pub listed: Listed,
    /// Every block that the compiler saw.
    pub blocks: Vec<Block>,
    /// The findings of the lints.
    pub findings: Vec<Finding>,
}

/// A block.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Block {
    /// The outermost macro call; then the assembly itself, if a macro made it.
    pub places: Vec<Place>,
    /// Why rules could not be decided; empty if every rule was.
    pub doubts: Vec<String>,
    /// Those rules.
    pub undecided: Vec<String>,
}

/// A finding of a lint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The lint's name without the tool.
    pub lint: String,
    /// Its level there.
    pub level: &'static str,
    /// The places that it names: the first one is what it is about.
    pub places: Vec<Place>,
    /// All of it, as the compiler shows it.
    pub rendered: String,
}

/// Lines of a file.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Place {
    /// The file, from the crate's root.
    pub file: String,
    /// The first line, from 1.
    pub line: usize,
    /// The last line.
    pub last_line: usize,
}

/// Lints the crate whose manifest this is.
pub fn lint(tool: &Tool, listed: &Listed, manifest: &Path) -> Result<Checked> {
    // The driver reports to cargo that its verdict depends on this name, so a new name makes cargo
    // run it again: only then is the report complete.
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let report = tool.work.join(format!("blocks-{now}.jsonl"));
    let log = tool.work.join("log");
    let mut child = command(tool, listed, manifest)?
        .env("ASM_LINT_REPORT", &report)
        .stdout(Stdio::piped())
        .stderr(fs::File::create(&log)?)
        .spawn()
        .context("cannot run the tool")?;
    let output = child.stdout.take().context("its output is a pipe")?;
    let mut findings = Vec::new();
    let mut errors = Vec::new();
    for message in Message::parse_stream(BufReader::new(output)) {
        if let Message::CompilerMessage(message) = message? {
            match Finding::of_diagnostic(&message.message) {
                Some(finding) => findings.push(finding),
                None if is_error(&message.message) => errors.push(message.message),
                None => {}
            }
        }
    }
    let status = child.wait()?;
    let lines = fs::read_to_string(&report).unwrap_or_default();
    if report.exists() {
        fs::remove_file(&report)?;
    }
    if let Some(error) = errors.first() {
        let rendered = error.rendered.as_deref().unwrap_or(&error.message);
        bail!("it does not compile: {} errors, the first is\n{rendered}", errors.len());
    }
    // Denied lints make the tool fail, too.
    if !status.success() && findings.is_empty() {
        let call = command(tool, listed, manifest)?;
        bail!("the tool failed: {call:?}\n{}", fs::read_to_string(&log).unwrap_or_default());
    }
    let blocks = lines.lines().map(serde_json::from_str).collect::<Result<Vec<Block>, _>>()?;
    let mut checked = Checked { listed: listed.clone(), blocks, findings };
    for block in &mut checked.blocks {
        for place in &mut block.places {
            place.file = shortened(&place.file);
        }
    }
    Ok(checked)
}

fn command(tool: &Tool, listed: &Listed, manifest: &Path) -> Result<Command> {
    tool_on(tool, listed, manifest, &["--message-format=json"])
}

/// The tool with some arguments of its own, on the library of the crate whose manifest this is.
pub fn tool_on(tool: &Tool, listed: &Listed, manifest: &Path, own: &[&str]) -> Result<Command> {
    let mut command = Command::new(&tool.front_end);
    command
        // Outside the crate, whose own cargo configuration must not apply.
        .current_dir(&tool.work)
        // Each crate is compiled once.
        .env("CARGO_INCREMENTAL", "0")
        .arg("asm-lint")
        .args(own)
        .args(["--lib", "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(tool.work.join("build"));
    if !listed.default_features {
        command.arg("--no-default-features");
    }
    if !listed.features.is_empty() {
        command.arg("--features").arg(listed.features.join(","));
    }
    if !listed.target_features.is_empty() {
        let features = listed.target_features.iter().map(|feature| format!("+{feature}"));
        let flag = format!("-Ctarget-feature={}", features.collect::<Vec<_>>().join(","));
        command.env("RUSTFLAGS", flag);
    }
    if let Some(target) = &listed.target {
        command.arg("--target").arg(target);
        // Cargo compiles it once for all crates.
        if let Some(libraries) = tool.libraries_to_compile(target)? {
            command.arg(format!("-Zbuild-std={libraries}"));
        }
    }
    Ok(command)
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    matches!(diagnostic.level, DiagnosticLevel::Error | DiagnosticLevel::Ice)
        // Only sums up the others.
        && !diagnostic.spans.is_empty()
}

impl Finding {
    /// Reads a diagnostic; `None` if it is not from one of our lints.
    fn of_diagnostic(diagnostic: &Diagnostic) -> Option<Finding> {
        let lint = diagnostic.code.as_ref()?.code.strip_prefix(TOOL_PREFIX)?;
        let (mut spans, others): (Vec<_>, Vec<_>) =
            diagnostic.spans.iter().partition(|span| span.is_primary);
        spans.extend(others);
        Some(Finding {
            lint: lint.to_owned(),
            level: match diagnostic.level {
                DiagnosticLevel::Error => "deny",
                _ => "warn",
            },
            places: spans.into_iter().map(Place::of_span).collect(),
            rendered: diagnostic.rendered.clone().unwrap_or_default(),
        })
    }
}

impl Place {
    fn of_span(span: &DiagnosticSpan) -> Place {
        Place { file: shortened(&span.file_name), line: span.line_start, last_line: span.line_end }
    }
}

/// A file's path without what differs from machine to machine.
fn shortened(file: &str) -> String {
    let path = Path::new(file);
    if path.is_relative() {
        return without_detours(path);
    }
    // What a build script made is in a folder `out`, a dependency's source in one that is named
    // after the package.
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    let start = parts.iter().rposition(|part| part == "out").or_else(|| {
        let source = parts.iter().rposition(|part| part == "src")?;
        source.checked_sub(1)
    });
    parts[start.unwrap_or(0)..].join("/")
}

/// The path without a folder that `..` leaves again (`#[path = "../x.rs"]`).
fn without_detours(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in path.iter().map(|part| part.to_string_lossy()) {
        match part.as_ref() {
            ".." if parts.last().is_some_and(|last| last != "..") => {
                parts.pop();
            }
            _ => parts.push(part.into_owned()),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_the_same_on_every_machine() {
        assert_eq!(shortened("src/lib.rs"), "src/lib.rs");
        assert_eq!(shortened("src/../asm/inline.rs"), "asm/inline.rs");
        assert_eq!(shortened("/a/target/build/some-0123/out/table.rs"), "out/table.rs");
        assert_eq!(shortened("/home/registry/dep-1.0.0/src/lib.rs"), "dep-1.0.0/src/lib.rs");
        assert_eq!(shortened("/elsewhere.rs"), "//elsewhere.rs");
    }
}
