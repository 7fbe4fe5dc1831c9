//! Refuses a run for which the pinned toolchain lacks a standard library, with useful advice:
//! the compiler's own would name the user's toolchain, which is a different one.
//!
//! What cannot be determined here (such as a target in a `--config` argument) is left to the compiler.

use std::{env, ffi::OsString};

use serde::Deserialize;

use super::files;
use crate::{
    arguments::values_of,
    error::{Error, Result},
    toolchain::{self, Toolchain},
};

/// Checks that the toolchain has what the targets of the run need.
pub fn check(cargo_arguments: &[OsString], toolchain: &Toolchain) -> Result<()> {
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
                .with_remedy(format!(
                    "run `rustup target add --toolchain {channel} {target}`; {}",
                    toolchain::build_library_advice(&target)
                )));
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

/// Cargo's configuration files, the nearest first. Cargo reports mistakes in them.
fn configurations() -> impl Iterator<Item = Configuration> {
    files::texts().filter_map(|text| toml::from_str(&text).ok())
}
