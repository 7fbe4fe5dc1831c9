//! Remembers what cargo said about a workspace, so that a run in which nothing has changed does not
//! start cargo a second time.
//!
//! The answer is in the folder that linting has in the target directory, in a file whose name
//! carries all that the question consists of: the working directory, the arguments, the environment.
//! With it are the stamps of every file that the answer depends on, those that do not exist
//! included. Where that can't be listed, nothing is remembered.

use std::{
    collections::BTreeSet,
    env,
    ffi::OsString,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use cargo_metadata::Metadata;
use serde::{Deserialize, Serialize};

use super::{TARGET_SUBDIRECTORY, files};

/// The beginning of the file's name.
const FILE: &str = ".workspace-";

/// A question about a workspace, and where its answer may be.
pub struct Memory {
    start: PathBuf,
    file: String,
}

#[derive(Serialize, Deserialize)]
struct Answer {
    stamps: Vec<(PathBuf, Option<Stamp>)>,
    metadata: Metadata,
}

/// What changes with a file: nanoseconds since 1970 and its length in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp(u64, u64);

impl Memory {
    /// The question that cargo is asked with `options` about the package in `start`.
    pub fn of(start: &Path, options: &[String], cargo: &OsString) -> Option<Self> {
        let start = start.canonicalize().ok()?;
        let mut hasher = DefaultHasher::new();
        (&start, options, cargo, env!("CARGO_PKG_VERSION")).hash(&mut hasher);
        stamp(Path::new(cargo)).map(|Stamp(time, length)| (time, length)).hash(&mut hasher);
        let mut variables: Vec<_> = env::vars_os()
            .filter(|(name, _)| {
                let name = name.to_string_lossy();
                name.starts_with("CARGO") || name.starts_with("RUSTUP") || name == "HOME"
            })
            .collect();
        variables.sort();
        variables.hash(&mut hasher);
        env::current_dir().ok()?.hash(&mut hasher);
        Some(Self { start, file: format!("{FILE}{:016x}", hasher.finish()) })
    }

    /// The answer, if it is known and nothing has changed.
    pub fn recall(&self) -> Option<Metadata> {
        let text = self.start.ancestors().find_map(|folder| fs::read(self.place(folder)).ok())?;
        let answer: Answer = serde_json::from_slice(&text).ok()?;
        let is_unchanged = answer.stamps.iter().all(|(path, known)| stamp(path) == *known);
        is_unchanged.then_some(answer.metadata)
    }

    /// Keeps an answer. That it can't be kept is no failure.
    pub fn keep(&self, metadata: &Metadata) {
        let root = metadata.workspace_root.as_std_path();
        // Elsewhere it would not be found.
        let is_usual = metadata.target_directory.as_std_path() == root.join("target");
        let Some(stamps) = self.stamps(metadata).filter(|_| is_usual) else { return };
        let answer = Answer { stamps, metadata: metadata.clone() };
        let place = self.place(root);
        let Some(folder) = place.parent().filter(|folder| folder.is_dir()) else { return };
        let unfinished = folder.join(format!("{}.{}", self.file, std::process::id()));
        if let Ok(text) = serde_json::to_vec(&answer) {
            let written =
                fs::write(&unfinished, text).and_then(|()| fs::rename(&unfinished, place));
            if written.is_err() {
                let _ = fs::remove_file(unfinished);
            }
        }
    }

    fn place(&self, root: &Path) -> PathBuf {
        root.join("target").join(TARGET_SUBDIRECTORY).join(&self.file)
    }

    /// The stamps of all manifests and configuration files that count, and of those that would if
    /// they were there; `None` where members or files are found in ways that can't be listed.
    fn stamps(&self, metadata: &Metadata) -> Option<Vec<(PathBuf, Option<Stamp>)>> {
        let manifest = metadata.workspace_root.join("Cargo.toml").into_std_path_buf();
        let root: toml::Table = fs::read_to_string(&manifest).ok()?.parse().ok()?;
        let members = root.get("workspace").and_then(|workspace| workspace.get("members"));
        // A new folder would be a new member.
        if members.is_some_and(has_pattern) {
            return None;
        }
        if files::texts().any(|text| text.contains("include") || text.contains("target-dir")) {
            return None;
        }
        let mut paths: BTreeSet<PathBuf> = files::places().collect();
        paths.insert(manifest);
        let packages = metadata.packages.iter().map(|package| &package.manifest_path);
        paths.extend(packages.map(|path| path.clone().into_std_path_buf()));
        paths.extend(self.start.ancestors().map(|folder| folder.join("Cargo.toml")));
        Some(paths.into_iter().map(|path| (path.clone(), stamp(&path))).collect())
    }
}

/// Whether one of the strings of an array is a pattern.
fn has_pattern(members: &toml::Value) -> bool {
    let members = members.as_array().into_iter().flatten();
    members.filter_map(toml::Value::as_str).any(|member| member.contains(['*', '?', '[']))
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    let time = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Stamp(u64::try_from(time.as_nanos()).ok()?, metadata.len()))
}
