//! Links the LLVM that the pinned toolchain ships.
//!
//! The library's file name carries LLVM's version and the channel, so it is read from the
//! sysroot instead of being written down here.
#![allow(clippy::panic, reason = "that is how a build script says what is missing")]

use std::{env, fs, path::PathBuf, process::Command};

fn main() {
    println!("cargo::rerun-if-env-changed=RUSTC");
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "sysroot"])
        .output()
        .expect("cargo names a compiler that runs");
    let sysroot = String::from_utf8(output.stdout).expect("rustc prints the sysroot as UTF-8");
    let directory = PathBuf::from(sysroot.trim()).join("lib");
    let library = fs::read_dir(&directory)
        .expect("a sysroot has a lib folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .find_map(|name| {
            let stem = name.strip_prefix("lib")?;
            let stem = stem.strip_suffix(".so").or_else(|| stem.strip_suffix(".dylib"))?;
            // The toolchains for Apple silicon name it without a version.
            (stem == "LLVM" || stem.starts_with("LLVM-")).then(|| stem.to_owned())
        });
    let library = library.expect(
        "the sysroot holds libLLVM: this package builds with the toolchain of rust-toolchain.toml",
    );
    // Where the component `llvm-tools` puts `llc`, which `assemble::process` runs.
    let host = env::var("HOST").expect("cargo names the host");
    let tools = directory.join("rustlib").join(host).join("bin");
    println!("cargo::rustc-env=ASM_LINT_TOOLS={}", tools.display());
    println!("cargo::rustc-link-search=native={}", directory.display());
    println!("cargo::rustc-link-lib=dylib={library}");
}
