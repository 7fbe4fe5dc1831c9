//! `cargo asm-lint --print-config`: the configuration for the working directory, or for the package
//! of `--manifest-path`. The driver reads the configuration, so it also prints it, in the folder and
//! with the variables that it would lint with.

use std::path::{Path, PathBuf};

use super::setup;
use crate::{arguments::values_of, error::Result, request::Request, status::Status, terminal};

/// Prints the configuration.
pub fn run(request: &Request) -> Result<Status> {
    let (driver, toolchain) = setup::ready(request)?;
    let manifest = values_of(&request.cargo_arguments, "--manifest-path").last();
    let manifest = manifest.map(PathBuf::from).unwrap_or_default();
    let folder = match manifest.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    terminal::print(&driver.configuration(&toolchain, folder)?)?;
    Ok(Status::Clean)
}
