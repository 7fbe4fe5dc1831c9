//! `cargo asm-lint clean`: removes what setup made, and nothing else.

use std::{
    fs, io,
    process::{Command, Stdio},
};

use super::setup::INSTALLED_TOOLCHAIN_FILE;
use crate::{
    driver,
    error::{Error, Result},
    status::Status,
    terminal,
};

/// Removes the drivers of all versions, and the toolchain if setup installed it.
pub fn run() -> Result<Status> {
    let data = driver::data_directory()?;
    if let Ok(channel) = fs::read_to_string(data.join(INSTALLED_TOOLCHAIN_FILE)) {
        terminal::status("Removing", format_args!("toolchain {channel}"));
        let status = Command::new("rustup")
            .args(["toolchain", "uninstall", channel.trim()])
            .stdin(Stdio::null())
            .stdout(io::stderr())
            .status()
            .map_err(|error| Error::while_doing("run rustup", error))?;
        if !status.success() {
            return Err(Error::new(format!("rustup could not remove {channel}")));
        }
    }
    match fs::remove_dir_all(&data) {
        Ok(()) => terminal::status("Removed", data.display()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            terminal::status("Nothing", "was set up");
        }
        Err(error) => {
            return Err(Error::while_doing(format!("remove {}", data.display()), error));
        }
    }
    Ok(Status::Clean)
}
