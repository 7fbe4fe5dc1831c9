//! Which toolchains setup installed, so that `clean` removes those and never one that was there
//! before. A new version of this tool may add another one to those of older versions.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::error::{Error, Result};

/// The file in the data directory: a channel on each line.
const FILE: &str = "installed-toolchain";

/// The channels, and the file that contains them.
pub struct InstalledToolchains {
    path: PathBuf,
    channels: Vec<String>,
}

impl InstalledToolchains {
    /// Reads the file; if there is none, nothing was installed.
    pub fn read(data: &Path) -> Self {
        let path = data.join(FILE);
        let text = fs::read_to_string(&path).unwrap_or_default();
        Self { path, channels: text.lines().map(str::to_owned).collect() }
    }

    /// The channels.
    pub fn channels(&self) -> &[String] {
        &self.channels
    }

    /// Notes a channel; says whether it is new.
    pub fn add(&mut self, channel: &str) -> Result<bool> {
        if self.channels.iter().any(|known| known == channel) {
            return Ok(false);
        }
        self.channels.push(channel.to_owned());
        self.write().map(|()| true)
    }

    /// Removes a channel again.
    pub fn remove(&mut self, channel: &str) -> Result<()> {
        self.channels.retain(|known| known != channel);
        self.write()
    }

    fn write(&self) -> Result<()> {
        let written = if self.channels.is_empty() {
            fs::remove_file(&self.path)
        } else {
            fs::write(&self.path, self.channels.join("\n") + "\n")
        };
        written.map_err(|error| Error::while_doing(format!("write {}", self.path.display()), error))
    }
}
