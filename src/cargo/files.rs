//! Cargo's own configuration files, for the few questions that must be answered before cargo runs.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

/// The texts of the files that apply in the current folder, the nearest first.
pub fn texts() -> impl Iterator<Item = String> {
    let current = env::current_dir().unwrap_or_default();
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| dirs::home_dir().map(|home| home.join(".cargo")));
    let above: Vec<_> = current.ancestors().map(|folder| folder.join(".cargo")).collect();
    let mut seen = BTreeSet::new();
    let folders = above.into_iter().chain(home).filter(move |folder| seen.insert(folder.clone()));
    folders.filter_map(|folder| text_in(&folder))
}

fn text_in(folder: &Path) -> Option<String> {
    // If both exist, cargo takes the one without an extension.
    ["config", "config.toml"].iter().find_map(|name| fs::read_to_string(folder.join(name)).ok())
}
