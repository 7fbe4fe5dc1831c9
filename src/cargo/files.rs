//! Cargo's own configuration files, for the few questions that must be answered before cargo runs.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

/// The names of a file. If both exist, cargo takes the one without an extension.
const NAMES: [&str; 2] = ["config", "config.toml"];

/// The texts of the files that apply in the current folder, the nearest first.
pub fn texts() -> impl Iterator<Item = String> {
    folders().into_iter().filter_map(|folder| text_in(&folder))
}

/// Where the files that count are, or would be.
pub fn places() -> impl Iterator<Item = PathBuf> {
    folders().into_iter().flat_map(|folder| NAMES.map(|name| folder.join(name)))
}

/// The folders that cargo looks in, the nearest first.
fn folders() -> Vec<PathBuf> {
    let current = env::current_dir().unwrap_or_default();
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| dirs::home_dir().map(|home| home.join(".cargo")));
    let above: Vec<_> = current.ancestors().map(|folder| folder.join(".cargo")).collect();
    let mut seen = BTreeSet::new();
    above.into_iter().chain(home).filter(|folder| seen.insert(folder.clone())).collect()
}

fn text_in(folder: &Path) -> Option<String> {
    NAMES.iter().find_map(|name| fs::read_to_string(folder.join(name)).ok())
}
