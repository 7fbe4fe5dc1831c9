//! The examples in the documentation of the lints, compiled and linted: the bad one triggers its
//! lint and no other, the good one triggers nothing.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The Rust code under a heading, if there is any.
fn code(documentation: &str, heading: &str) -> Option<String> {
    let (_, after) = documentation.split_once(&format!("\n## {heading}\n"))?;
    let part = after.split("\n## ").next()?;
    let (_, code) = part.split_once("```rust\n")?;
    Some(code.split("```").next()?.to_owned())
}

/// The names of the lints that a file triggers, the compiler's errors included.
fn reported(code: &str, file: &Path) -> Vec<String> {
    fs::write(file, code).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_asm-lint-driver"))
        .arg(file)
        .args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "--error-format=json"])
        .arg("--out-dir")
        .arg(env!("CARGO_TARGET_TMPDIR"))
        .env_remove("ASM_LINT_ARGS")
        .output()
        .unwrap();
    String::from_utf8(output.stderr)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|diagnostic| {
            // The compiler's last message counts errors.
            !diagnostic["spans"].as_array().is_some_and(Vec::is_empty)
        })
        .map(|diagnostic| match diagnostic["code"]["code"].as_str() {
            Some(code) => code.to_owned(),
            None => diagnostic["message"].to_string(),
        })
        .collect()
}

#[test]
fn examples_trigger_what_they_promise() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_asm-lint-driver")).arg("--list-lints").output().unwrap();
    let lints: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    for lint in lints {
        let name = lint["name"].as_str().unwrap();
        let documentation = lint["documentation"].as_str().unwrap();
        let example = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.rs"));
        let bad = code(documentation, "Example").unwrap_or_else(|| panic!("{name}: no example"));
        assert_eq!(reported(&bad, &example), [format!("asm_lint::{name}")], "{name}: example");
        if let Some(good) = code(documentation, "Use instead") {
            assert_eq!(reported(&good, &example), [""; 0], "{name}: use instead");
        }
    }
}
