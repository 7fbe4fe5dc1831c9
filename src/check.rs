//! A lint run: `cargo check` or `cargo fix`, and what to do with its output.
//!
//! Called by `main` when no other action is asked for.

use crate::{
    arguments::Request,
    cargo,
    commands::setup,
    error::{Error, Result},
    status::Status,
};

/// Lints the project; sets the tool up first if that was never done and a person can be asked.
pub fn run(request: &Request) -> Result<Status> {
    let (driver, toolchain) = setup::ready(request)?;
    let mut run = cargo::lint_run(request, &driver, &toolchain)?;
    let status = run.command.status().map_err(|error| {
        Error::while_doing(format!("run {}", run.command.get_program().to_string_lossy()), error)
    })?;
    Ok(Status::of_cargo(status))
}
