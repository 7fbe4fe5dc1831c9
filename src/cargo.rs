//! The user's own cargo, made to run our driver on the user's own crates.
//!
//! Called for a lint run, with or without reports; gives a command that lacks only what to do with
//! its output.

use std::{
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::Command,
};

use cargo_metadata::MetadataCommand;
use serde::Deserialize;

use crate::{
    arguments::{Request, take_value, values_of},
    driver::Driver,
    error::{Error, Result},
    toolchain::{self, Toolchain},
};

/// The folder in the project's target directory that holds what linting leaves behind. It is a
/// target directory of its own, so that a lint run and a build neither wait for each other nor
/// throw away each other's work.
const TARGET_SUBDIRECTORY: &str = "asm-lint";

/// A lint run that is ready to start.
pub struct LintRun {
    /// `cargo check …` or `cargo fix …` with its environment.
    pub command: Command,
}

/// Cargo as it called us, or the one in the path.
pub fn path() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The cargo of the pinned toolchain, for building the driver; the user's where a packaged sysroot
/// has none.
pub fn of_toolchain(toolchain: &Toolchain) -> OsString {
    let own = toolchain.sysroot().join("bin").join(format!("cargo{}", env::consts::EXE_SUFFIX));
    if own.is_file() { own.into() } else { path() }
}

/// Prepares the run that `request` asks for.
pub fn lint_run(request: &Request, driver: &Driver, toolchain: &Toolchain) -> Result<LintRun> {
    let mut cargo_arguments = request.cargo_arguments.clone();
    check_standard_libraries(&cargo_arguments, toolchain)?;

    let asked_target = take_value(&mut cargo_arguments, "--target-dir")?;
    let metadata = metadata(&cargo_arguments, toolchain)?;
    let target = asked_target.map_or_else(|| metadata.target_directory.into(), PathBuf::from);
    let target = target.join(TARGET_SUBDIRECTORY);

    let lint_arguments = encode_lint_arguments(&request.lint_arguments)?;
    let (library_variable, library_path) = toolchain.library_path();
    let mut command = Command::new(path());
    command
        .arg(if request.fix { "fix" } else { "check" })
        .arg("--target-dir")
        .arg(&target)
        .args(&cargo_arguments)
        .env("RUSTC", toolchain.rustc())
        .env("RUSTC_WORKSPACE_WRAPPER", &driver.path)
        // Empty, not removed: that also overrules `build.rustc-wrapper` in a cargo configuration. A
        // compiler cache knows nothing of the driver and would answer for it.
        .env("RUSTC_WRAPPER", "")
        // A build directory that the user set apart must not be shared with ordinary builds.
        .env("CARGO_BUILD_BUILD_DIR", &target)
        .env(library_variable, library_path)
        .env("ASM_LINT_ARGS", lint_arguments);
    if request.rustc_lints {
        command.env("ASM_LINT_RUSTC_LINTS", "1");
    }
    Ok(LintRun { command })
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

/// Asks cargo where the workspace is and where it builds.
fn metadata(
    cargo_arguments: &[OsString],
    toolchain: &Toolchain,
) -> Result<cargo_metadata::Metadata> {
    let mut command = MetadataCommand::new();
    command.cargo_path(path()).no_deps().env("RUSTC", toolchain.rustc());
    let mut options = Vec::new();
    for flag in ["--manifest-path", "--config", "-C", "-Z"] {
        for value in values_of(cargo_arguments, flag) {
            options.extend([flag.to_owned(), utf8(flag, value)?]);
        }
    }
    // `-Zname` and `-Cfolder` in one word.
    options.extend(cargo_arguments.iter().filter_map(|argument| {
        let text = argument.to_str()?;
        let attached = text.starts_with("-Z") || text.starts_with("-C");
        (attached && text.len() > 2).then(|| text.to_owned())
    }));
    command.other_options(options);
    command.exec().map_err(|error| match error {
        cargo_metadata::Error::CargoMetadata { stderr } => {
            let reason = stderr.trim_end();
            Error::new(reason.strip_prefix("error: ").unwrap_or(reason))
        }
        error => Error::while_doing("ask cargo about the workspace", error),
    })
}

fn utf8(flag: &str, value: OsString) -> Result<String> {
    value.into_string().map_err(|value| {
        Error::new(format!("the value of {flag}, {}, is not UTF-8", value.to_string_lossy()))
    })
}

/// Refuses to start where the pinned toolchain lacks the standard library of a target: the compiler
/// would name the user's toolchain in its advice, which is another one.
fn check_standard_libraries(cargo_arguments: &[OsString], toolchain: &Toolchain) -> Result<()> {
    if builds_standard_library(cargo_arguments) {
        return if toolchain.has_library_sources() {
            Ok(())
        } else {
            let channel = toolchain::channel();
            Err(Error::new(format!("{channel} lacks the sources of the standard library"))
                .with_remedy(format!("run `rustup component add rust-src --toolchain {channel}`")))
        };
    }
    for target in targets(cargo_arguments) {
        if !toolchain.has_target(&target) {
            let channel = toolchain::channel();
            return Err(Error::new(format!("{channel} lacks the standard library for {target}"))
                .with_remedy(format!("run `rustup target add --toolchain {channel} {target}`")));
        }
    }
    Ok(())
}

fn builds_standard_library(cargo_arguments: &[OsString]) -> bool {
    cargo_arguments.iter().any(|argument| {
        let text = argument.to_string_lossy();
        text.strip_prefix("-Z").unwrap_or(&text).starts_with("build-std")
    }) || configurations().any(|configuration| configuration.unstable.build_std.is_some())
}

/// The targets to compile for, by precedence: the command line, the environment, the nearest cargo
/// configuration that names any.
fn targets(cargo_arguments: &[OsString]) -> Vec<String> {
    let lossy = |value: OsString| value.to_string_lossy().into_owned();
    let named: Vec<_> = values_of(cargo_arguments, "--target").map(lossy).collect();
    if !named.is_empty() {
        return named;
    }
    if let Some(target) = env::var_os("CARGO_BUILD_TARGET") {
        return vec![lossy(target)];
    }
    match configurations().find_map(|configuration| configuration.build.target) {
        Some(OneOrMany::One(target)) => vec![target],
        Some(OneOrMany::Many(targets)) => targets,
        None => Vec::new(),
    }
}

/// The part of a cargo configuration that decides which standard library is needed.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Configuration {
    build: BuildTable,
    unstable: UnstableTable,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct BuildTable {
    target: Option<OneOrMany>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct UnstableTable {
    build_std: Option<toml::Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// Cargo's configuration files from the current folder upwards. What is wrong with one is for
/// cargo to say.
fn configurations() -> impl Iterator<Item = Configuration> {
    let folders: Vec<PathBuf> = env::current_dir()
        .map(|folder| folder.ancestors().map(Path::to_path_buf).collect())
        .unwrap_or_default();
    folders.into_iter().filter_map(|folder| {
        let folder = folder.join(".cargo");
        let text = ["config", "config.toml"]
            .map(OsStr::new)
            .into_iter()
            .find_map(|name| std::fs::read_to_string(folder.join(name)).ok())?;
        toml::from_str(&text).ok()
    })
}
