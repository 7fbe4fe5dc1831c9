//! `cargo asm-lint --version`.

use crate::{error::Result, status::Status, toolchain};

/// Prints the version of the front end and the compiler that it pins, whether installed or not.
pub fn run() -> Result<Status> {
    println!("cargo-asm-lint {} ({})", env!("CARGO_PKG_VERSION"), toolchain::channel());
    Ok(Status::Clean)
}
