//! Keeps cargo from refusing packages that need a newer Rust than the pinned nightly.
//!
//! The nightly only lints; the compiler decides whether the code compiles with it. Cargo's own flag
//! for this also changes which versions a new lock file gets, so it is omitted if there is no lock
//! file yet and nothing needs a newer Rust.

use std::ffi::OsString;

use cargo_metadata::{Metadata, semver::Version};

use crate::toolchain::Toolchain;

/// The flag that makes cargo continue.
pub const IGNORE: &str = "--ignore-rust-version";

/// Whether to add the flag.
pub fn must_be_ignored(
    metadata: &Metadata,
    cargo_arguments: &[OsString],
    toolchain: &Toolchain,
) -> bool {
    if cargo_arguments.iter().any(|argument| argument == IGNORE) {
        return false;
    }
    if metadata.workspace_root.join("Cargo.lock").exists() {
        return true;
    }
    let wanted = metadata.packages.iter().filter_map(|package| package.rust_version.as_ref());
    let Some(newest) = wanted.max() else { return false };
    // `rustc 1.93.0-nightly (commit date)`
    let own = toolchain.version().ok();
    let own = own.as_ref().and_then(|version| version.split_whitespace().nth(1));
    let own = own.and_then(|version| Version::parse(version).ok());
    own.is_none_or(|own| (newest.major, newest.minor) > (own.major, own.minor))
}
