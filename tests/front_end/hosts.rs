//! The front end compiles for the other hosts, too.

use std::{path::Path, process::Command};

use crate::support::{Run, scrub};

/// Hosts of other systems, for which a check needs no linker.
const HOSTS: [&str; 3] =
    ["x86_64-pc-windows-msvc", "aarch64-apple-darwin", "aarch64-unknown-linux-gnu"];

#[test]
fn the_front_end_compiles_for_other_hosts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for host in HOSTS {
        let mut command = Command::new("rustup");
        let added = Run::of(command.args(["target", "add", host]).current_dir(root));
        if added.status != Some(0) {
            eprintln!("skipped: rustup has no standard library for {host}: {}", added.stderr);
            continue;
        }
        let mut command = Command::new("cargo");
        scrub(&mut command);
        command.args(["check", "--locked", "-p", "cargo-asm-lint", "--target", host]);
        command.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("hosts"));
        Run::of(command.current_dir(root)).expect_status(0);
    }
}
