//! The pinned toolchain: the one compiler that the driver is linked against.
//!
//! Only `rust-toolchain.toml` names it, and is compiled in, so that the front end, the driver's build
//! and a contributor's checkout can't disagree. Used by every command that runs the driver.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
};

use serde::Deserialize;

use crate::error::{Error, Result};

/// Names a sysroot to use instead of asking rustup, for distributions that package the compiler.
pub const SYSROOT_VARIABLE: &str = "ASM_LINT_SYSROOT";

/// The components that building the driver needs beyond rustup's minimal profile (which has `rustc`
/// with its LLVM, `rust-std` and `cargo`, and is all that running the driver needs).
pub const COMPONENTS: &[&str] = &["rustc-dev"];

#[derive(Deserialize)]
struct ToolchainFile {
    toolchain: ToolchainTable,
}

#[derive(Deserialize)]
struct ToolchainTable {
    channel: String,
}

/// The channel of the pinned toolchain, such as `nightly-2026-10-01`.
pub fn channel() -> &'static str {
    static CHANNEL: LazyLock<String> = LazyLock::new(|| {
        let file: ToolchainFile = toml::from_str(include_str!("../rust-toolchain.toml"))
            .expect("compiled in, and the tests below read it");
        file.toolchain.channel
    });
    &CHANNEL
}

/// The command that installs everything the driver needs, as one line for a person to run.
pub fn install_command() -> String {
    let arguments: Vec<_> = install_arguments(&[], true)
        .iter()
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    format!("rustup {}", arguments.join(" "))
}

/// Arguments of the `rustup` that installs the toolchain, with the standard library of each of
/// `targets` besides the host's, and with what a driver is built against if one is to be.
pub fn install_arguments(targets: &[OsString], builds: bool) -> Vec<OsString> {
    let mut arguments: Vec<OsString> =
        ["toolchain", "install", channel(), "--profile", "minimal", "--no-self-update"]
            .map(OsString::from)
            .into();
    for component in COMPONENTS.iter().filter(|_| builds) {
        arguments.extend(["--component".into(), component.into()]);
    }
    for target in targets {
        arguments.extend(["--target".into(), target.clone()]);
    }
    arguments
}

/// How to lint for a target of which rustup has no standard library, as a clause of advice: the
/// library is built from its sources, which the cargo of a nightly toolchain does.
pub fn build_library_advice(target: &str) -> String {
    let channel = channel();
    format!(
        "where rustup has none for a target, build it from source: `rustup component add rust-src \
         --toolchain {channel}`, then `cargo +{channel} asm-lint --target {target} \
         -Zbuild-std=core` (for a crate that uses std, `-Zbuild-std`)"
    )
}

/// An installed toolchain that matches the driver.
#[derive(Debug)]
pub struct Toolchain {
    sysroot: PathBuf,
}

impl Toolchain {
    /// Looks for the toolchain without installing anything.
    pub fn find() -> Result<Self> {
        if let Some(sysroot) = env::var_os(SYSROOT_VARIABLE) {
            return Self::at(sysroot.into()).ok_or_else(|| {
                Error::new(format!("{SYSROOT_VARIABLE} names a folder without `bin/rustc`"))
            });
        }
        if let Some(toolchain) = Self::among_rustups() {
            return Ok(toolchain);
        }
        let output = Command::new("rustup")
            .args(["which", "--toolchain", channel(), "rustc"])
            // Only `setup` may start a download.
            .env("RUSTUP_AUTO_INSTALL", "0")
            .env_remove("RUSTUP_TOOLCHAIN")
            .stderr(Stdio::null())
            .output()
            .map_err(|error| {
                Error::while_doing("run rustup", error).with_remedy(format!(
                    "install rustup (https://rustup.rs), or set {SYSROOT_VARIABLE} to the sysroot \
                     of {}",
                    channel()
                ))
            })?;
        let rustc = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        let sysroot = rustc.parent().and_then(Path::parent);
        match sysroot {
            Some(sysroot) if output.status.success() => Self::at(sysroot.to_owned()),
            _ => None,
        }
        .ok_or_else(|| {
            Error::new(format!("the toolchain {} is not installed", channel()))
                .with_remedy(format!("run `{}`", install_command()))
        })
    }

    /// The toolchain in rustup's folder: a lookup that costs nothing. Running rustup costs a process
    /// in each run, and is done only if this finds nothing.
    fn among_rustups() -> Option<Self> {
        let home = env::var_os("RUSTUP_HOME")
            .map(PathBuf::from)
            .or_else(|| dirs::home_dir().map(|home| home.join(".rustup")))?;
        // Its folder has the host's name after the channel's.
        let prefix = format!("{}-", channel());
        let is_pinned = |path: &PathBuf| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix))
        };
        let folders = home.join("toolchains").read_dir().ok()?.flatten().map(|entry| entry.path());
        let mut pinned = folders.filter(is_pinned);
        match (pinned.next(), pinned.next()) {
            (Some(only), None) => Self::at(only),
            _ => None,
        }
    }

    fn at(sysroot: PathBuf) -> Option<Self> {
        let toolchain = Self { sysroot };
        toolchain.rustc().is_file().then_some(toolchain)
    }

    /// The root of the toolchain.
    pub fn sysroot(&self) -> &Path {
        &self.sysroot
    }

    /// The compiler itself, not rustup's proxy, so that a `rust-toolchain.toml` in the linted
    /// project can't choose another one.
    pub fn rustc(&self) -> PathBuf {
        self.sysroot.join("bin").join(format!("rustc{}", env::consts::EXE_SUFFIX))
    }

    /// An executable of the component `llvm-tools`, if that is installed.
    pub fn tool(&self, name: &str) -> Option<PathBuf> {
        let name = format!("{name}{}", env::consts::EXE_SUFFIX);
        let hosts = self.sysroot.join("lib/rustlib").read_dir().ok()?;
        hosts
            .filter_map(|host| Some(host.ok()?.path().join("bin").join(&name)))
            .find(|path| path.is_file())
    }

    /// The compiler's version: one line.
    pub fn version(&self) -> Result<String> {
        let (variable, value) = self.library_path();
        let output = Command::new(self.rustc()).arg("--version").env(variable, value).output();
        let output = output.map_err(|error| Error::while_doing("run rustc", error))?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The target triple of the machine that the compiler runs on.
    pub fn host(&self) -> Result<String> {
        let (variable, value) = self.library_path();
        let output = Command::new(self.rustc()).arg("-vV").env(variable, value).output();
        let output = output.map_err(|error| Error::while_doing("run rustc", error))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let host = text.lines().find_map(|line| line.strip_prefix("host: "));
        host.map(str::to_owned).ok_or_else(|| Error::new("rustc does not say what its host is"))
    }

    /// Whether the parts of the compiler that the driver is built against are there.
    pub fn has_compiler_crates(&self) -> bool {
        let holds_driver_library = |folder: PathBuf| {
            folder.read_dir().is_ok_and(|entries| {
                entries.flatten().any(|entry| {
                    // Without `lib` on Windows.
                    let name = entry.file_name();
                    let name = name.as_encoded_bytes();
                    name.strip_prefix(b"lib").unwrap_or(name).starts_with(b"rustc_driver-")
                })
            })
        };
        // The folder is named after the host, which the installed compiler knows better than this
        // executable, which may have been built for another C library.
        self.sysroot.join("lib/rustlib").read_dir().is_ok_and(|targets| {
            targets.flatten().any(|target| holds_driver_library(target.path().join("lib")))
        })
    }

    /// Whether a standard library for `target` is installed. Says yes to a target specification
    /// file, which has none to install.
    pub fn has_target(&self, target: &str) -> bool {
        target.ends_with(".json")
            || self.sysroot.join("lib/rustlib").join(target).join("lib").is_dir()
    }

    /// The targets whose standard library is installed, sorted.
    pub fn targets(&self) -> Vec<String> {
        let Ok(entries) = self.sysroot.join("lib/rustlib").read_dir() else { return Vec::new() };
        let names = entries.flatten().filter(|entry| entry.path().join("lib").is_dir());
        let mut targets: Vec<_> =
            names.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        targets.sort();
        targets
    }

    /// Whether the sources of the standard library are installed, which `-Zbuild-std` compiles.
    pub fn has_library_sources(&self) -> bool {
        self.sysroot.join("lib/rustlib/src/rust/library/Cargo.toml").is_file()
    }

    /// The variable by which the dynamic linker finds libraries here, and its value with the
    /// toolchain's libraries first. The driver has an rpath too; this covers one that was moved.
    pub fn library_path(&self) -> (&'static str, OsString) {
        let (variable, folder) = if cfg!(windows) {
            ("PATH", "bin")
        } else if cfg!(target_os = "macos") {
            ("DYLD_FALLBACK_LIBRARY_PATH", "lib")
        } else {
            ("LD_LIBRARY_PATH", "lib")
        };
        let own = self.sysroot.join(folder);
        let before = env::var_os(variable).unwrap_or_default();
        let rest = env::split_paths(&before).filter(|path| !path.as_os_str().is_empty());
        let joined = env::join_paths(std::iter::once(own.clone()).chain(rest));
        // A sysroot with a colon in its path can't be passed to the linker; the rpath has to do.
        (variable, joined.unwrap_or_else(|_| own.into_os_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_channel_is_a_dated_nightly() {
        let date = channel().strip_prefix("nightly-").unwrap_or_default();
        assert!(date.len() == "2026-10-01".len(), "`{}` is not a dated nightly", channel());
    }

    #[test]
    fn the_install_command_is_one_line_that_can_be_pasted() {
        let command = install_command();
        assert!(command.starts_with(&format!("rustup toolchain install {} ", channel())));
        assert!(command.contains("--component rustc-dev") && !command.contains('\n'));
    }
}
