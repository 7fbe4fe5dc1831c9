//! One setup at a time: the second waits for the first and then finds everything done.

use std::{
    fs::{File, OpenOptions},
    path::Path,
};

use fs4::fs_std::FileExt;

use crate::{
    error::{Error, Result},
    terminal,
};

/// Takes the lock of the data directory; it is released when the file is dropped, however the
/// process ends.
pub fn acquire(data: &Path) -> Result<File> {
    let path = data.join("setup.lock");
    let failed =
        |error: std::io::Error| Error::while_doing(format!("lock {}", path.display()), error);
    let file =
        OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    if !file.try_lock_exclusive().map_err(failed)? {
        terminal::status("Waiting", "for another setup to finish");
        file.lock_exclusive().map_err(failed)?;
    }
    Ok(file)
}
