//! One setup at a time: the second waits for the first and then finds everything done.

use std::{
    fs::{File, OpenOptions},
    path::Path,
    process::Stdio,
};

use fs4::fs_std::FileExt;

use crate::{
    error::{Error, Result},
    terminal,
};

/// The file that is locked.
const FILE: &str = "setup.lock";

/// The lock of the data directory, released when all its holders are gone.
pub struct Lock {
    file: File,
}

impl Lock {
    /// The lock as the input of a child (there is nothing to read in it), which thereby holds it too: if
    /// this process is killed, the next setup waits for a build that continues without it.
    pub fn as_input(&self) -> Result<Stdio> {
        let file = self.file.try_clone();
        file.map(Stdio::from).map_err(|error| Error::while_doing("pass on the lock", error))
    }
}

/// Takes the lock.
pub fn acquire(data: &Path) -> Result<Lock> {
    let path = data.join(FILE);
    let failed =
        |error: std::io::Error| Error::while_doing(format!("lock {}", path.display()), error);
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).open(&path);
    let file = file.map_err(failed)?;
    if !file.try_lock_exclusive().map_err(failed)? {
        terminal::status("Waiting", "for another setup to finish");
        file.lock_exclusive().map_err(failed)?;
    }
    Ok(Lock { file })
}
