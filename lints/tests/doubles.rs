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

/// How many blocks of `blocks.rs` must have a double.
const WITH_DOUBLE: usize = 180;

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("doubles");
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn stories(folder: &Path) -> Vec<Value> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/doubles/blocks.rs");
    let output = Command::new(env!("CARGO_BIN_EXE_asm-lint-driver"))
        .args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "--crate-name=blocks"])
        .arg(source)
        .arg("-o")
        .arg(folder.join("libblocks.rmeta"))
        .env("ASM_LINT_STORY", folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(folder.join("blocks.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn doubles_do_what_the_blocks_do() {
    if !cfg!(target_arch = "x86_64") {
        eprintln!("skipped: the blocks are for x86_64");
        return;
    }
    let folder = folder();
    let stories = stories(&folder);
    let with_double: Vec<&Value> =
        stories.iter().filter(|story| !story["double"].is_null()).collect();
    let without: Vec<&str> = stories
        .iter()
        .filter(|story| story["double"].is_null())
        .map(|story| story["function"].as_str().unwrap())
        .collect();
    assert!(
        with_double.len() >= WITH_DOUBLE,
        "only {} of {} blocks have a double; not {without:?}",
        with_double.len(),
        stories.len()
    );
    let source = folder.join("program.rs");
    fs::write(&source, program::text(&with_double)).unwrap();
    let program = folder.join("program");
    let compiled = Command::new(env!("CARGO_BIN_EXE_asm-lint-driver"))
        .args(["--rustc", "--edition=2024", "-Copt-level=0", "-o"])
        .args([&program, &source])
        .output()
        .unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let run = Command::new(&program).output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(said.trim(), format!("{} doubles agree", with_double.len()));
}
