//! `cargo asm-lint story`: what was proved about every block, for a reviewer.
//!
//! [`run`] lets cargo check the crates with a driver that writes stories, reads those of every crate
//! that cargo reports, compiled now or earlier, and passes them to one of the formats. Called by
//! `main`.
//!
//! ```text
//! cargo check ──▶ driver ──▶ TARGET/asm-lint/stories/written/CRATE-HASH.jsonl ──▶ model ──▶ a format
//! ```

mod html;
mod lock;
mod model;
mod rust;
mod text;

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
};

use cargo_metadata::{Artifact, Message};

use self::model::Story;
use crate::{
    arguments::{take_value, values_of},
    cargo::{self, Reach},
    commands::setup,
    error::{Error, Result},
    request::{Format, Request},
    status::Status,
    terminal,
    toolchain::Toolchain,
};

/// The variable that names the folder the driver writes stories to.
const VARIABLE: &str = "ASM_LINT_STORY";

/// Shows the stories.
pub fn run(request: &mut Request) -> Result<Status> {
    if take_value(&mut request.cargo_arguments, "--message-format")?.is_some() {
        return Err(Error::new("`story` does not accept `--message-format`")
            .with_remedy("`--format json` prints the stories as JSON"));
    }
    let (driver, toolchain) = setup::ready(request)?;
    let reach = if request.deps { Reach::Dependencies } else { Reach::Workspace };
    let run = cargo::lint_run(request, reach, &driver, &toolchain)?;
    let folder = run.target.join("written");
    fs::create_dir_all(&folder)
        .map_err(|error| Error::while_doing(format!("create {}", folder.display()), error))?;
    let root = run.workspace_root.clone();
    let (status, artifacts) = check(run, &folder)?;
    if status != Status::Clean {
        return Ok(status);
    }
    let mut stories = read(&folder, &artifacts)?;
    for story in &mut stories {
        story.file = relative(&story.file, &root);
    }
    stories.sort_by(|one, other| one.place().cmp(&other.place()));
    // What is part of a library and of its tests is compiled more than once.
    stories.dedup_by(|one, other| one.place() == other.place() && one.contract == other.contract);
    if let Some(filter) = &request.story.filter {
        stories.retain(|story| story.matches(filter));
    }
    if let Some(path) = &request.story.lock {
        let scope = scope(request, &artifacts, &stories, &toolchain)?;
        return lock::run(path, &stories, &scope, request.story.update);
    }
    match request.story.format {
        Format::Text => terminal::print(&text::page(&stories))?,
        Format::Json => terminal::print_plain(&model::json(&stories)?)?,
        Format::Html => terminal::print_plain(&html::page(&stories)?)?,
        Format::Rust => terminal::print_plain(&rust::functions(&stories))?,
    }
    if stories.is_empty() {
        terminal::help(match &request.story.filter {
            Some(filter) => format!("no block of inline assembly matches `{filter}`"),
            None => "there is no inline assembly in the checked crates".to_owned(),
        });
    }
    Ok(Status::Clean)
}

/// What the run looked at.
fn scope(
    request: &Request,
    artifacts: &[Artifact],
    stories: &[Story],
    toolchain: &Toolchain,
) -> Result<lock::Scope> {
    let arguments = &request.cargo_arguments;
    let selects = ["-p", "--package", "--exclude"]
        .into_iter()
        .any(|flag| values_of(arguments, flag).next().is_some());
    // The crates by the compiler's names; those of a registry are looked at with `--deps` alone.
    let (mut seen, mut unseen) = (BTreeSet::new(), BTreeSet::new());
    for artifact in artifacts {
        let is_own = artifact.package_id.repr.starts_with("path+");
        let crates = if request.deps || is_own { &mut seen } else { &mut unseen };
        crates.insert(artifact.target.name.replace('-', "_"));
    }
    unseen.retain(|name| !seen.contains(name));
    // A target that cargo knows by its specification has the name of that file.
    let requested = values_of(arguments, "--target").map(|target| {
        let path = Path::new(&target);
        let stem = path.extension().is_some_and(|end| end == "json").then(|| path.file_stem());
        stem.flatten().unwrap_or(&target).to_string_lossy().into_owned()
    });
    let mut targets: BTreeSet<String> = requested.collect();
    if targets.is_empty() {
        targets.insert(toolchain.host()?);
    }
    targets.extend(stories.iter().map(|story| story.target.clone()));
    Ok(lock::Scope {
        filter: request.story.filter.clone(),
        crates: selects.then_some(seen),
        unseen,
        targets,
    })
}

/// Runs cargo; returns its status and its artifacts, new and old.
fn check(mut run: cargo::LintRun, folder: &Path) -> Result<(Status, Vec<Artifact>)> {
    run.cargo_arguments.insert(0, "--message-format=json-render-diagnostics".into());
    let mut command = run.into_command();
    let mut child = command
        .env(VARIABLE, folder)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(Error::cargo_does_not_run)?;
    let output = child.stdout.take().ok_or_else(|| Error::new("cargo has no output"))?;
    let mut artifacts = Vec::new();
    for line in BufReader::new(output).split(b'\n') {
        let line = line.map_err(|error| Error::while_doing("read cargo's messages", error))?;
        if let Ok(Message::CompilerArtifact(artifact)) = serde_json::from_slice(&line) {
            artifacts.push(artifact);
        }
    }
    let status = child.wait().map_err(Error::cargo_does_not_run)?;
    Ok((Status::of_cargo(status), artifacts))
}

/// The stories of the crates that artifacts belong to.
fn read(folder: &Path, artifacts: &[Artifact]) -> Result<Vec<Story>> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for file in artifacts.iter().flat_map(|artifact| &artifact.filenames) {
        if let Some(stem) = file.file_stem() {
            names.insert(stem.to_owned());
            names.extend(stem.strip_prefix("lib").map(str::to_owned));
        }
    }
    let mut stories = Vec::new();
    for name in names {
        let path = folder.join(format!("{name}.jsonl"));
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for line in text.lines() {
            let story = serde_json::from_str(line).map_err(|error| {
                Error::while_doing(format!("read the stories in {}", path.display()), error)
            })?;
            stories.push(story);
        }
    }
    Ok(stories)
}

/// A file's path relative to the workspace, where it is in it; of a crate from a registry, the path
/// from the crate's folder on, which is the same for everybody.
fn relative(file: &str, root: &Path) -> String {
    if let Ok(path) = Path::new(file).strip_prefix(root) {
        return path.to_str().unwrap_or(file).to_owned();
    }
    let in_registry = file.split_once("/registry/src/").and_then(|(_, path)| path.split_once('/'));
    in_registry.map_or(file, |(_, path)| path).to_owned()
}
