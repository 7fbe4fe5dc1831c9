//! The content of the driver's configuration files, as one value that changes when any of them does.
//!
//! The driver reads its configuration and tracks the file that it read. What it cannot track is a
//! file that does not exist yet, or one that appears nearer to the package. The front end
//! looks at all places before each run, and the driver tracks the variable with the result.

use std::{
    collections::BTreeSet,
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use cargo_metadata::Metadata;

/// The variable that passes the result to the driver.
pub const STATE_VARIABLE: &str = "ASM_LINT_CONF_STATE";
/// Names the folder where the driver starts its search, instead of the package's.
pub const DIRECTORY_VARIABLE: &str = "ASM_LINT_CONF_DIR";

/// The names that a configuration file may have.
const NAMES: [&str; 2] = ["asm-lint.toml", ".asm-lint.toml"];

/// A hash of every configuration file that may apply to a package of the workspace, with its
/// place, and of the tables in manifests.
pub fn state(metadata: &Metadata) -> String {
    let starts: Vec<PathBuf> = match env::var_os(DIRECTORY_VARIABLE) {
        Some(folder) => vec![folder.into()],
        None => {
            let manifests = metadata.packages.iter().map(|package| &package.manifest_path);
            manifests.filter_map(|path| Some(path.parent()?.into())).collect()
        }
    };
    let starts = starts.iter().filter_map(|folder| folder.canonicalize().ok());
    let folders: BTreeSet<PathBuf> = starts
        .flat_map(|start| start.ancestors().map(Path::to_owned).collect::<Vec<_>>())
        .collect();
    let mut hasher = DefaultHasher::new();
    for path in folders.iter().flat_map(|folder| NAMES.map(|name| folder.join(name))) {
        // Reading a pipe would wait for a writer that never comes.
        let is_file = path.is_file();
        if let Some(text) = is_file.then(|| fs::read(&path).ok()).flatten() {
            (path, text).hash(&mut hasher);
        } else if path.symlink_metadata().is_ok() {
            // The driver reports what can't be read.
            (path, is_file).hash(&mut hasher);
        }
    }
    // The tables of our name in manifests, as cargo read them.
    let packages = metadata.packages.iter().map(|package| &package.metadata);
    for table in packages.chain([&metadata.workspace_metadata]) {
        table.get("asm-lint").map(ToString::to_string).hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}
