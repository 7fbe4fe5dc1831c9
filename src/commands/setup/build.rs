//! Builds the driver that belongs to this front end and installs it, completely or not at all.
//!
//! Called by setup with the lock held.

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    download::{self, Found},
    lock::Lock,
};
use crate::{
    cargo,
    driver::{self, Driver, EXECUTABLE, Origin},
    error::{Error, Result},
    terminal,
    toolchain::{self, Toolchain},
};

/// The package that contains the driver.
const PACKAGE: &str = "asm-lint-driver";

/// Decoders that are generated tables: optimizing them takes minutes and gains nothing.
const TABLES: &[&str] = &["exarmo-aarch32", "exarmo-aarch64"];

/// The caller's variables that would change what is built, or where.
const FOREIGN_VARIABLES: &[&str] = &[
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_INSTALL_ROOT",
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_BUILD_DIR",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
];

/// Builds, tries and installs the driver.
pub fn build_driver(data: &Path, toolchain: &Toolchain, lock: &Lock) -> Result<()> {
    // An interrupted setup left there what it had built, and cargo continues from it.
    let staging = data.join("staging");
    let result = stage(&staging, toolchain, lock).and_then(|()| publish(&staging, data));
    let cleaned = remove(&staging);
    result.and(cleaned)
}

/// Whether a driver of a release belongs to this front end: not to one from a checkout, whose driver
/// is beside it, unless the address of drivers is given.
pub fn may_download() -> bool {
    env::var_os(download::ADDRESS_VARIABLE).is_some() || checkout().is_none()
}

/// Downloads, tries and installs the driver; says whether there was one.
pub fn download_driver(data: &Path, toolchain: &Toolchain) -> Result<bool> {
    let staging = data.join("staging");
    let result = download::download(&staging, &toolchain.host()?).and_then(|found| match found {
        Found::Driver => try_driver(&staging, toolchain)
            .and_then(|()| publish(&staging, data))
            .map(|()| true)
            .map_err(|error| error.with_remedy("build it instead: `cargo asm-lint setup --build`")),
        Found::Nothing(reason) => {
            terminal::status("Skipping", format_args!("the download: {reason}"));
            Ok(false)
        }
    });
    let cleaned = remove(&staging);
    result.and_then(|found| cleaned.map(|()| found))
}

fn stage(staging: &Path, toolchain: &Toolchain, lock: &Lock) -> Result<()> {
    terminal::status("Building", format_args!("{PACKAGE} with {} (2/3)", toolchain::channel()));
    fs::create_dir_all(staging)
        .map_err(|error| Error::while_doing(format!("make {}", staging.display()), error))?;
    let build = staging.join("build");
    let (library_variable, library_path) = toolchain.library_path();
    let mut command = Command::new(cargo::of_toolchain(toolchain));
    command.args(["install", "--locked", "--root"]).arg(staging).arg("--target-dir").arg(&build);
    match checkout() {
        Some(package) => command.arg("--path").arg(package),
        None => command.args(["--version", env!("CARGO_PKG_VERSION"), PACKAGE]),
    };
    for variable in FOREIGN_VARIABLES {
        command.env_remove(variable);
    }
    // A package of the registry does not bring the profiles of its workspace.
    for package in TABLES {
        let profile = format!("profile.release.package.{package}.opt-level=1");
        command.args(["--config", &profile]);
    }
    let status = command
        .env("RUSTC", toolchain.rustc())
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
        .env("CARGO_PROFILE_RELEASE_STRIP", "symbols")
        // Otherwise cargo advises to add the staging folder to it.
        .env("PATH", path_with(&staging.join("bin")))
        .env(library_variable, library_path)
        .current_dir(staging)
        .stdin(lock.as_input()?)
        .stdout(io::stderr())
        .status()
        .map_err(|error| Error::while_doing("run cargo", error))?;
    if !status.success() {
        return Err(Error::new(format!("the driver could not be built ({status})")));
    }
    remove(&build)?;
    try_driver(staging, toolchain)
}

/// Runs the driver that is in the staging folder, and checks that it belongs to this front end.
fn try_driver(staging: &Path, toolchain: &Toolchain) -> Result<()> {
    terminal::status("Trying", "the driver (3/3)");
    let driver = Driver { path: staging.join("bin").join(EXECUTABLE), origin: Origin::SetUp };
    let version = driver.version(toolchain)?;
    // The driver and the front end communicate by variables that may change with a version.
    let own = format!("{PACKAGE} {}", env!("CARGO_PKG_VERSION"));
    match version.lines().next() {
        Some(line) if line == own || line.starts_with(&format!("{own} ")) => Ok(()),
        line => Err(Error::new(format!("got `{}` instead of `{own}`", line.unwrap_or("nothing")))
            .with_remedy("reinstall cargo-asm-lint from your current sources")),
    }
}

/// The search path, with `folder` at its end.
fn path_with(folder: &Path) -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain([folder.to_owned()]);
    // A folder that can't be in a search path is not searched.
    env::join_paths(folders).unwrap_or(path)
}

/// Moves the finished folder to where lint runs look for it.
fn publish(staging: &Path, data: &Path) -> Result<()> {
    let place = driver::version_directory(data);
    remove(&place)?;
    fs::rename(staging, &place).map_err(|error| {
        Error::while_doing(format!("move the driver to {}", place.display()), error)
    })
}

/// The driver's package in the checkout that this front end was built from, if it is still there.
fn checkout() -> Option<PathBuf> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("lints");
    package.join("Cargo.toml").is_file().then_some(package)
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::while_doing(format!("remove {}", folder.display()), error))
        }
        _ => Ok(()),
    }
}
