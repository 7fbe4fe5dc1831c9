//! Gives the driver the library path of its toolchain and the versions it reports.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    rustc_tools_util::setup_version_info!();
    // The driver is linked to the compiler's own libraries, which are next to that compiler. The
    // front end sets the library path too; the rpath makes the driver run on its own.
    println!("cargo::rerun-if-env-changed=RUSTC");
    // Windows has no such thing, and finds libraries by the search path alone.
    if env::var_os("CARGO_CFG_WINDOWS").is_none() {
        println!("cargo::rustc-link-arg-bins=-Wl,-rpath,{}", library_directory().display());
    }
    println!("cargo::rustc-env=ASM_LINT_ICED_VERSION={}", iced_version());
}

/// The folder with `librustc_driver` and `libLLVM`.
fn library_directory() -> PathBuf {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "sysroot"])
        .output()
        .expect("cargo names a compiler that runs");
    let sysroot = String::from_utf8(output.stdout).expect("rustc prints the sysroot as UTF-8");
    Path::new(sysroot.trim()).join("lib")
}

/// The locked version of the decoder, which has no constant for it.
fn iced_version() -> String {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    // In a checkout the lock file is in the workspace, in a published package next to it.
    let lock_file = [package.join("Cargo.lock"), package.join("../Cargo.lock")]
        .into_iter()
        .find(|path| path.exists());
    let version = lock_file.and_then(|path| {
        println!("cargo::rerun-if-changed={}", path.display());
        let lock: toml::Table = fs::read_to_string(path).ok()?.parse().ok()?;
        let packages = lock.get("package")?.as_array()?;
        let iced = packages.iter().find(|package| {
            package.get("name").and_then(toml::Value::as_str) == Some("iced-x86")
        })?;
        Some(iced.get("version")?.as_str()?.to_owned())
    });
    version.unwrap_or_else(|| "of unknown version".to_owned())
}
