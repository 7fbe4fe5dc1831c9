//! The doubles of blocks, compiled and run against the blocks themselves.
//!
//! The driver tells the stories of `doubles/blocks.rs`. Of each block that has a double, both are
//! compiled into one program, which runs them on the same random inputs and the same memory and
//! compares all that comes out.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "doubles/program.rs"]
mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Blocks of an architecture, and how they run here.
struct Case {
    /// The name of their file in `doubles/`.
    blocks: &'static str,
    /// How many of them must have a double.
    with_double: usize,
    /// What the compiler needs besides, to make a program of them.
    flags: &'static [&'static str],
    /// What runs the program, if the processor does not.
    emulator: Option<&'static str>,
}

fn folder(case: &Case) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("doubles").join(case.blocks);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn stories(case: &Case, folder: &Path) -> Vec<Value> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/doubles");
    let output = Command::new(env!("CARGO_BIN_EXE_asm-lint-driver"))
        .args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "--crate-name=blocks"])
        .args(case.flags)
        .arg(source.join(format!("{}.rs", case.blocks)))
        .arg("-o")
        .arg(folder.join("libblocks.rmeta"))
        .env("ASM_LINT_STORY", folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(folder.join("blocks.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Tells the stories of the blocks, and runs their doubles against them.
fn compare(case: &Case) {
    let folder = folder(case);
    let stories = stories(case, &folder);
    let with_double: Vec<&Value> =
        stories.iter().filter(|story| !story["double"].is_null()).collect();
    let without: Vec<&str> = stories
        .iter()
        .filter(|story| story["double"].is_null())
        .map(|story| story["function"].as_str().unwrap())
        .collect();
    assert!(
        with_double.len() >= case.with_double,
        "only {} of {} blocks have a double; not {without:?}",
        with_double.len(),
        stories.len()
    );
    let source = folder.join("program.rs");
    fs::write(&source, program::text(&with_double)).unwrap();
    let program = folder.join("program");
    let compiled = Command::new(env!("CARGO_BIN_EXE_asm-lint-driver"))
        .args(["--rustc", "--edition=2024", "-Copt-level=0"])
        .args(case.flags)
        .arg("-o")
        .args([&program, &source])
        .output()
        .unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let mut run = case.emulator.map_or_else(|| Command::new(&program), Command::new);
    run.args(case.emulator.map(|_| &program));
    let run = run.output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    // A processor without a feature leaves out the blocks that need it.
    let left_out = said.lines().filter(|line| line.starts_with("left out: ")).count();
    let agree = format!("{} doubles agree", with_double.len() - left_out);
    assert_eq!(said.lines().last(), Some(&*agree), "{said}");
    assert!(left_out < with_double.len() / 10, "{said}");
}

#[test]
fn doubles_do_what_the_blocks_do() {
    if !cfg!(target_arch = "x86_64") {
        eprintln!("skipped: the blocks are for x86_64");
        return;
    }
    compare(&Case { blocks: "blocks", with_double: 270, flags: &[], emulator: None });
}

/// Those of AArch64 run in an emulator. The target's own C library is linked by the linker that comes
/// with the compiler.
#[test]
fn doubles_of_aarch64_do_what_the_blocks_do() {
    const TARGET: &str = "aarch64-unknown-linux-musl";
    const EMULATOR: &str = "qemu-aarch64";
    if Command::new(EMULATOR).arg("--version").output().is_err() {
        eprintln!("skipped: there is no {EMULATOR}");
        return;
    }
    let driver = Command::new(env!("CARGO_BIN_EXE_asm-lint-driver"))
        .args(["--rustc", "--print", "target-libdir", "--target", TARGET])
        .output()
        .unwrap();
    if !Path::new(String::from_utf8_lossy(&driver.stdout).trim()).is_dir() {
        eprintln!("skipped: there is no standard library for {TARGET}");
        return;
    }
    compare(&Case {
        blocks: "aarch64",
        with_double: 161,
        flags: &["--target", TARGET, "-Clinker=rust-lld", "-Clink-self-contained=yes"],
        emulator: Some(EMULATOR),
    });
}
