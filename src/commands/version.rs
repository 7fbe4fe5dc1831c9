//! `cargo asm-lint --version`.

use crate::{error::Result, status::Status, terminal, toolchain};

/// Prints the version of the front end and the compiler that it pins, whether installed or not.
pub fn run() -> Result<Status> {
    terminal::print(&format!(
        "cargo-asm-lint {} ({})\n",
        env!("CARGO_PKG_VERSION"),
        toolchain::channel()
    ))?;
    Ok(Status::Clean)
}
