//! Fetches the driver that was built for this version, nightly and host by the release workflow.
//!
//! Called by setup with the lock held, before it would build the driver itself. The address can be
//! changed for a mirror; what comes is checked against the checksum beside it, and is tried before
//! it is put in place. `curl` and `tar` do the work: every supported system has them, they know of
//! proxies and certificates, and this program stays small.

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
};

use sha2::{Digest, Sha256};

use crate::{
    driver::EXECUTABLE,
    error::{Error, Result},
    terminal, toolchain,
};

/// Names the folder of the archives, as a URL without a slash at its end.
pub const ADDRESS_VARIABLE: &str = "ASM_LINT_DRIVER_URL";

/// What came of looking for a driver.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// It is unpacked in the folder.
    Driver,
    /// There is none for this version, nightly and host, or the network can't be reached.
    Nothing(String),
}

/// The name of the archive, which `.github/pack` gives it.
fn archive(host: &str) -> String {
    format!("asm-lint-driver-{}-{}-{host}.tar.gz", env!("CARGO_PKG_VERSION"), toolchain::channel())
}

/// The folder that holds the archives.
fn address() -> String {
    let configured = env::var(ADDRESS_VARIABLE).ok().filter(|address| !address.is_empty());
    configured.map_or_else(
        || {
            let repository = env!("CARGO_PKG_REPOSITORY");
            format!("{repository}/releases/download/v{}", env!("CARGO_PKG_VERSION"))
        },
        |address| address.trim_end_matches('/').to_owned(),
    )
}

/// Downloads the driver for `host` to `staging/bin`. A checksum that does not match is an error;
/// that there is nothing to download is not.
pub fn download(staging: &Path, host: &str) -> Result<Found> {
    let name = archive(host);
    let address = address();
    terminal::status("Downloading", format_args!("{name} (2/3)"));
    let folder = staging.join("download");
    create(&folder)?;
    let (packed, sum) = (folder.join(&name), folder.join("sha256"));
    for (file, suffix) in [(&sum, ".sha256"), (&packed, "")] {
        if let Err(reason) = fetch(&format!("{address}/{name}{suffix}"), file) {
            return Ok(Found::Nothing(reason));
        }
    }
    verify(&packed, &sum)?;
    let bin = staging.join("bin");
    create(&bin)?;
    let status = Command::new("tar")
        .arg("-xzf")
        .arg(&packed)
        .arg("-C")
        .arg(&bin)
        .stdin(Stdio::null())
        .status()
        .map_err(|error| Error::while_doing("run tar", error))?;
    let driver = bin.join(EXECUTABLE);
    if !status.success() || !driver.is_file() {
        return Err(Error::new(format!("{address}/{name} does not contain a driver")));
    }
    remove(&folder)?;
    Ok(Found::Driver)
}

/// Gets one file; the reason why not, in curl's words.
fn fetch(url: &str, to: &Path) -> Result<(), String> {
    let output = Command::new("curl")
        .args(["--fail", "--silent", "--show-error", "--location"])
        .args([
            "--proto",
            "=https,http,file",
            "--connect-timeout",
            "20",
            "--retry",
            "2",
            "--output",
        ])
        .arg(to)
        .arg(url)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("curl does not run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}

/// Compares an archive with the checksum that was published beside it.
fn verify(packed: &Path, sum: &Path) -> Result<()> {
    let read = |path: &Path| {
        fs::read(path)
            .map_err(|error| Error::while_doing(format!("read {}", path.display()), error))
    };
    let published = String::from_utf8_lossy(&read(sum)?).into_owned();
    // `HASH  FILE`, as the usual tools print it.
    let published = published.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    let own: String =
        Sha256::digest(read(packed)?).iter().map(|byte| format!("{byte:02x}")).collect();
    if published == own {
        return Ok(());
    }
    let message = format!("the checksum of the driver is {own}, but {published} was published");
    Err(Error::new(message).with_remedy("build it instead: `cargo asm-lint setup --build`"))
}

fn create(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)
        .map_err(|error| Error::while_doing(format!("create {}", folder.display()), error))
}

fn remove(folder: &Path) -> Result<()> {
    fs::remove_dir_all(folder)
        .map_err(|error| Error::while_doing(format!("remove {}", folder.display()), error))
}
