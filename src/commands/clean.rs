//! `cargo asm-lint clean`: removes what setup made, and nothing else.

use std::{
    fs, io,
    process::{Command, Stdio},
};

use super::setup::{installed::InstalledToolchains, lock};
use crate::{
    driver,
    error::{Error, Result},
    status::Status,
    terminal,
};

/// Removes the drivers of all versions, and the toolchains that setup installed.
pub fn run() -> Result<Status> {
    let data = driver::data_directory()?;
    if !data.is_dir() {
        terminal::status("Nothing", "is set up");
        return Ok(Status::Clean);
    }
    let lock = lock::acquire(&data)?;
    for channel in InstalledToolchains::read(&data).channels() {
        terminal::status("Removing", format_args!("toolchain {channel}"));
        let status = Command::new("rustup")
            .args(["toolchain", "uninstall", channel])
            .stdin(Stdio::null())
            .stdout(io::stderr())
            .status()
            .map_err(|error| Error::while_doing("run rustup", error))?;
        if !status.success() {
            return Err(Error::new(format!("rustup could not remove {channel}")));
        }
    }
    // Not every system can remove an open file.
    drop(lock);
    fs::remove_dir_all(&data)
        .map_err(|error| Error::while_doing(format!("remove {}", data.display()), error))?;
    terminal::status("Removed", data.display());
    Ok(Status::Clean)
}
