//! Makes the user's own cargo run our driver on the user's own crates.
//!
//! Called for a lint run, with or without reports; returns a command without instructions for its
//! output.

mod assembler;
mod configuration;
mod files;
mod memory;
mod metadata;
mod rust_version;
mod standard_library;
mod wrapper;

use std::{
    env,
    ffi::OsString,
    hash::{DefaultHasher, Hash, Hasher},
    path::PathBuf,
    process::Command,
};

use cargo_metadata::Package;

pub use self::metadata::packages;
use crate::{
    arguments::take_value,
    driver::{Driver, LINT_FLAGS_VARIABLE},
    error::{Error, Result},
    request::{Action, Request},
    toolchain::Toolchain,
};

/// The folder in the project's target directory that holds the results of linting. It is a
/// separate target directory, so that a lint run and a build neither wait for each other nor
/// invalidate each other's results.
const TARGET_SUBDIRECTORY: &str = "asm-lint";

/// The folder in it for runs that tell stories.
const STORY_SUBDIRECTORY: &str = "stories";

/// Which crates the driver sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The crates of the workspace.
    Workspace,
    /// Every crate of the dependency tree.
    Dependencies,
}

/// A lint run that is ready to start.
pub struct LintRun {
    /// The arguments after `cargo check`, for reports to add theirs.
    pub cargo_arguments: Vec<OsString>,
    /// The root of the workspace; paths in messages are relative to it.
    pub workspace_root: PathBuf,
    /// The packages of the workspace.
    pub packages: Vec<Package>,
    /// The target directory.
    pub target: PathBuf,
    /// Where cargo caches what it knows about the compiler and the driver, including failures.
    pub compiler_memory: PathBuf,
    command: Command,
}

impl LintRun {
    /// The command line with its environment.
    pub fn into_command(mut self) -> Command {
        self.command.args(self.cargo_arguments);
        self.command
    }
}

/// Cargo as it called us, or the one in the path.
pub fn path() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The cargo of the pinned toolchain, for building the driver; the user's if a packaged sysroot
/// has none.
pub fn of_toolchain(toolchain: &Toolchain) -> OsString {
    let own = toolchain.sysroot().join("bin").join(format!("cargo{}", env::consts::EXE_SUFFIX));
    if own.is_file() { own.into() } else { path() }
}

/// Prepares the run that `request` describes.
pub fn lint_run(
    request: &Request,
    reach: Reach,
    driver: &Driver,
    toolchain: &Toolchain,
) -> Result<LintRun> {
    let mut cargo_arguments = request.cargo_arguments.clone();
    standard_library::check(&cargo_arguments, toolchain)?;

    let asked_target = take_value(&mut cargo_arguments, "--target-dir")?;
    let metadata = metadata::workspace(&cargo_arguments, toolchain)?;
    let target =
        asked_target.map_or_else(|| metadata.target_directory.clone().into(), PathBuf::from);
    let mut target = target.join(TARGET_SUBDIRECTORY);
    if request.action == Action::Story {
        // A crate that cargo considers fresh must have its story.
        target.push(STORY_SUBDIRECTORY);
    }
    let state = configuration::state(&metadata);
    let workspace_root = PathBuf::from(&metadata.workspace_root);
    let mut lint_arguments = request.lint_arguments.clone();
    if reach == Reach::Dependencies || request.reports.baseline.is_some() {
        // Every crate must be reached, but a denied lint stops all crates that depend on its crate.
        lint_arguments.push("--cap-lints=warn".into());
    }
    let lint_arguments = encode_lint_arguments(&lint_arguments)?;
    if !request.lint_arguments.is_empty() {
        driver.check_lint_flags(toolchain, &lint_arguments)?;
    }
    let (library_variable, library_path) = toolchain.library_path();
    let mut command = Command::new(path());
    command
        .env("RUSTC", toolchain.rustc())
        .env(library_variable, library_path)
        .env(LINT_FLAGS_VARIABLE, &lint_arguments)
        .env(configuration::STATE_VARIABLE, &state);
    let assembler = assembler::variables(reach, toolchain)?;
    command.envs(assembler.iter().map(|(name, value)| (name, value)));
    if request.rustc_lints {
        command.env("ASM_LINT_RUSTC_LINTS", "1");
    }
    match reach {
        Reach::Workspace => {
            command.env("RUSTC_WORKSPACE_WRAPPER", &driver.path);
            wrapper::leave_out(&mut command, "rustc-wrapper", &cargo_arguments);
        }
        Reach::Dependencies => {
            command.env("RUSTC_WRAPPER", &driver.path);
            wrapper::leave_out(&mut command, "rustc-workspace-wrapper", &cargo_arguments);
            let decides = (&state, &assembler);
            target.push(dependency_cache_key(driver, &lint_arguments, request, decides));
            if env::var_os(configuration::DIRECTORY_VARIABLE).is_none() {
                // The user's configuration applies to crates that are not the user's, too.
                command.env(configuration::DIRECTORY_VARIABLE, &workspace_root);
            }
        }
    }
    command
        // A separate build directory of the user must not be shared with ordinary builds.
        .env("CARGO_BUILD_BUILD_DIR", &target)
        .arg(if request.fix { "fix" } else { "check" })
        .arg("--target-dir")
        .arg(&target);
    if rust_version::must_be_ignored(&metadata, &cargo_arguments, toolchain) {
        command.arg(rust_version::IGNORE);
    }
    let compiler_memory = target.join(".rustc_info.json");
    Ok(LintRun {
        command,
        cargo_arguments,
        workspace_root,
        packages: metadata.packages,
        target,
        compiler_memory,
    })
}

/// A name for everything that the verdict on a dependency depends on besides its source. Cargo
/// assumes that a crate from a registry never changes, and ignores what the driver tracks for it; so
/// each combination has its own target directory.
fn dependency_cache_key(
    driver: &Driver,
    lint_arguments: &str,
    request: &Request,
    further: impl Hash,
) -> String {
    let mut hasher = DefaultHasher::new();
    (lint_arguments, request.rustc_lints, &driver.path, further).hash(&mut hasher);
    if let Ok(metadata) = driver.path.metadata() {
        (metadata.len(), metadata.modified().ok()).hash(&mut hasher);
    }
    format!("dependencies-{:016x}", hasher.finish())
}

/// The lint flags as the driver reads them: a JSON array, so that no flag can be taken for two.
fn encode_lint_arguments(arguments: &[OsString]) -> Result<String> {
    let arguments = arguments.iter().map(|argument| {
        argument.to_str().ok_or_else(|| {
            Error::new(format!("the lint flag {} is not UTF-8", argument.to_string_lossy()))
        })
    });
    let arguments = arguments.collect::<Result<Vec<_>>>()?;
    serde_json::to_string(&arguments)
        .map_err(|error| Error::while_doing("pass on the lint flags", error))
}
