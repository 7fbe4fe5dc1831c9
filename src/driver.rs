//! Finds the driver that cargo runs instead of the compiler.
//!
//! Called by every command that runs or describes the driver. The search never builds or downloads
//! anything; `commands/setup.rs` does that.

use std::{
    env,
    fmt::Display,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    error::{Error, Result},
    toolchain::{self, Toolchain},
};

/// Names the driver to use, for distributions and for tests of a driver under development.
pub const DRIVER_VARIABLE: &str = "ASM_LINT_DRIVER";

/// Carries the lint flags to the driver, a JSON array.
pub const LINT_FLAGS_VARIABLE: &str = "ASM_LINT_ARGS";

/// The driver's executable, without a path.
pub const EXECUTABLE: &str = if cfg!(windows) { "asm-lint-driver.exe" } else { "asm-lint-driver" };

/// How a driver was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `ASM_LINT_DRIVER` names it.
    Variable,
    /// It is next to this executable, as in a checkout where everything was built.
    BesideFrontEnd,
    /// `cargo asm-lint setup` installed it.
    SetUp,
}

/// A driver that exists. Whether it runs is known only by running it.
#[derive(Debug)]
pub struct Driver {
    /// Its executable.
    pub path: PathBuf,
    /// How it was found.
    pub origin: Origin,
}

impl Driver {
    /// Looks for a driver in all possible places; `None` means that setup has to build it.
    pub fn find() -> Result<Option<Self>> {
        if let Some(path) = env::var_os(DRIVER_VARIABLE).map(PathBuf::from) {
            // Cargo runs the wrapper from the folder of each package.
            let path = std::path::absolute(&path)
                .map_err(|error| Error::while_doing(format!("read {DRIVER_VARIABLE}"), error))?;
            if path.is_file() {
                return Ok(Some(Self { path, origin: Origin::Variable }));
            }
            return Err(Error::new(format!(
                "{DRIVER_VARIABLE} names {}, which is not a file",
                path.display()
            )));
        }
        let beside = env::current_exe().ok().map(|own| own.with_file_name(EXECUTABLE));
        if let Some(path) = beside.filter(|path| path.is_file()) {
            return Ok(Some(Self { path, origin: Origin::BesideFrontEnd }));
        }
        let path = installed_path(&data_directory()?);
        Ok(path.is_file().then_some(Self { path, origin: Origin::SetUp }))
    }

    /// Runs the driver and returns the lines with its versions.
    pub fn version(&self, toolchain: &Toolchain) -> Result<String> {
        self.output(toolchain, &["--version"])
    }

    /// Checks with the driver that it understands the lint flags, which would otherwise fail in the
    /// middle of a run, for each crate.
    pub fn check_lint_flags(&self, toolchain: &Toolchain, flags: &str) -> Result<()> {
        let mut command = self.command(toolchain);
        command.arg("--check-lint-flags").env(LINT_FLAGS_VARIABLE, flags);
        self.answer(&mut command).map(drop)
    }

    /// The configuration for a folder, as the driver reads it.
    pub fn configuration(&self, toolchain: &Toolchain, folder: &Path) -> Result<String> {
        self.answer(self.command(toolchain).arg("--print-config").current_dir(folder))
    }

    /// Runs the driver; if it fails, its reasons are shown to the user.
    fn answer(&self, command: &mut Command) -> Result<String> {
        let output = command.output().map_err(|error| self.failed(error))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        let reasons = stderr.trim().replace("\n\n", "\n");
        Err(Error::new(reasons.strip_prefix("error: ").unwrap_or(&reasons)))
    }

    fn command(&self, toolchain: &Toolchain) -> Command {
        let (variable, value) = toolchain.library_path();
        let mut command = Command::new(&self.path);
        command.env(variable, value).stdin(Stdio::null());
        command
    }

    fn failed(&self, cause: impl Display) -> Error {
        Error::while_doing(format!("run the driver {}", self.path.display()), cause)
    }

    /// Runs the driver with `arguments` and returns what it prints.
    pub fn output(&self, toolchain: &Toolchain, arguments: &[&str]) -> Result<String> {
        let failed = |cause: String| self.failed(cause);
        let output =
            self.command(toolchain).args(arguments).output().map_err(|error| self.failed(error))?;
        if !output.status.success() {
            return Err(failed(format!(
                "{}\n{}",
                output.status,
                String::from_utf8_lossy(&output.stderr).trim_end()
            )));
        }
        String::from_utf8(output.stdout).map_err(|error| failed(error.to_string()))
    }
}

/// The folder where setup installs everything, shared by all versions.
pub fn data_directory() -> Result<PathBuf> {
    dirs::data_local_dir().map(|folder| folder.join("asm-lint")).ok_or_else(|| {
        Error::new("this account has no folder for application data")
            .with_remedy("set HOME, or set ASM_LINT_DRIVER to a driver")
    })
}

/// The folder of this version within [`data_directory`]. Cargo keys its cache on the wrapper's
/// path, so it must contain everything that makes results differ: the version of the lints and
/// the compiler.
pub fn version_directory(data: &Path) -> PathBuf {
    data.join(format!("{}-{}", env!("CARGO_PKG_VERSION"), toolchain::channel()))
}

/// Where setup installs the driver of this version.
pub fn installed_path(data: &Path) -> PathBuf {
    version_directory(data).join("bin").join(EXECUTABLE)
}
