//! `cargo asm-lint --print-config`: what is configured for the working directory. The driver reads
//! the configuration, so it tells, in the folder and with the variables that it would lint with.

use super::setup;
use crate::{arguments::Request, error::Result, status::Status, terminal};

/// Prints the configuration.
pub fn run(request: &Request) -> Result<Status> {
    let (driver, toolchain) = setup::ready(request)?;
    terminal::print(&driver.output(&toolchain, &["--print-config"])?)?;
    Ok(Status::Clean)
}
