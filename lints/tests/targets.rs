//! What the driver reports about blocks for targets different from that of the other tests.
//!
//! The sources are in `tests/targets/`. A line that must be reported ends with the
//! lints' names, as in `ui-tests/`: `//~ nomem_memory_access`. Nothing else may be reported. The
//! targets' libraries come from `rustup`; if it can't install one, the test says so and passes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[test]
fn windows_keeps_more_registers_and_wants_shadow_space() {
    check("x86_64-pc-windows-gnu", "windows.rs");
}

#[test]
fn bare_metal_has_no_kernel_and_no_vectors() {
    check("x86_64-unknown-none", "bare_metal.rs");
}

#[test]
fn a_32_bit_target_has_few_registers() {
    check("i686-unknown-linux-gnu", "x86_registers.rs");
}

#[test]
fn a_32_bit_target_has_wide_values_in_pairs() {
    check("i686-unknown-linux-gnu", "x86_values.rs");
}

#[test]
fn a_32_bit_target_has_many_conventions() {
    check("i686-unknown-linux-gnu", "x86_functions.rs");
}

#[test]
fn windows_x86_leaves_hidden_pointers() {
    check("i686-pc-windows-msvc", "windows_x86.rs");
}

/// Darwin, the BSDs and illumos report an error in the carry flag, which Linux restores.
#[test]
fn systems_answer_in_the_carry_flag() {
    for target in [
        "x86_64-apple-darwin",
        "x86_64-unknown-freebsd",
        "x86_64-unknown-netbsd",
        "x86_64-unknown-openbsd",
        "x86_64-unknown-dragonfly",
        "x86_64-unknown-illumos",
    ] {
        check_source(target, "system_calls.rs");
    }
}

/// AVR wants the name of a processor besides; the assembler's own test has it.
#[test]
fn every_architecture_is_assembled() {
    let targets = [
        "aarch64-unknown-linux-gnu",
        "aarch64-pc-windows-msvc",
        "aarch64_be-unknown-linux-gnu",
        "arm64ec-pc-windows-msvc",
        "armv7-unknown-linux-gnueabihf",
        "thumbv6m-none-eabi",
        "riscv32imac-unknown-none-elf",
        "riscv64gc-unknown-linux-gnu",
        "loongarch64-unknown-linux-gnu",
        "s390x-unknown-linux-gnu",
        "powerpc-unknown-linux-gnu",
        "powerpc64le-unknown-linux-gnu",
        "mipsel-unknown-linux-gnu",
        "mips64-unknown-linux-gnuabi64",
        "sparc64-unknown-linux-gnu",
        "bpfel-unknown-none",
        "msp430-none-elf",
        "hexagon-unknown-linux-musl",
        "m68k-unknown-linux-gnu",
        "csky-unknown-linux-gnuabiv2",
        "xtensa-esp32-none-elf",
    ];
    for target in targets {
        check_source(target, "every_architecture.rs");
    }
}

/// A line number and the lint that is reported there.
type Finding = (u64, String);

/// Compares what the driver reports about a source file with the annotations in it.
fn check(target: &str, file: &str) {
    if let Err(reason) = install(target) {
        eprintln!("skipped: the library of {target} can't be installed: {reason}");
        return;
    }
    check_source(target, file);
}

/// The same for a source that needs no library.
fn check_source(target: &str, file: &str) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/targets").join(file);
    let expected = expectations(&fs::read_to_string(&source).unwrap());
    let said = findings(target, &source);
    let not_said: Vec<&Finding> = expected.difference(&said).collect();
    let not_expected: Vec<&Finding> = said.difference(&expected).collect();
    assert!(
        not_said.is_empty() && not_expected.is_empty(),
        "{file}: missing {not_said:#?}, unexpected {not_expected:#?}"
    );
}

/// The annotations of a source file.
fn expectations(text: &str) -> BTreeSet<Finding> {
    let lines = (1..).zip(text.lines());
    lines
        .filter_map(|(number, line)| Some((number, line.split_once("//~ ")?.1)))
        .flat_map(|(number, lints)| {
            lints.split_whitespace().map(move |lint| (number, lint.to_owned()))
        })
        .collect()
}

/// What the driver reports, the compiler's own errors included.
fn findings(target: &str, source: &Path) -> BTreeSet<Finding> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("targets");
    fs::create_dir_all(&folder).unwrap();
    let output = folder.join(source.with_extension("rmeta").file_name().unwrap());
    let mut driver = Command::new(env!("CARGO_BIN_EXE_asm-lint-driver"));
    for variable in
        ["ASM_LINT_ARGS", "ASM_LINT_CONF_DIR", "ASM_LINT_RUSTC_LINTS", "ASM_LINT_CONF_STATE"]
    {
        driver.env_remove(variable);
    }
    driver.args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "--error-format=json"]);
    driver.args(["--target", target]).arg(source).arg("-o").arg(output);
    let said = driver.output().unwrap();
    let messages = str::from_utf8(&said.stderr).unwrap().lines().map(|line| {
        serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"))
    });
    messages.filter_map(|message| finding(&message)).collect()
}

fn finding(message: &Value) -> Option<Finding> {
    let spans = message["spans"].as_array()?;
    // Only the count of errors at the end has no place.
    let span = spans.iter().find(|span| span["is_primary"] == true)?;
    let name = message["code"]["code"].as_str().or(message["message"].as_str())?;
    Some((span["line_start"].as_u64()?, name.trim_start_matches("asm_lint::").to_owned()))
}

/// Lets `rustup` install what compiles for the target, if it is missing.
fn install(target: &str) -> Result<(), String> {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap();
    let sysroot = PathBuf::from(String::from_utf8(sysroot.stdout).unwrap().trim());
    if sysroot.join("lib/rustlib").join(target).join("lib").exists() {
        return Ok(());
    }
    let toolchain = sysroot.file_name().ok_or("the compiler is no toolchain of rustup's")?;
    let rustup = Command::new("rustup")
        .args(["target", "add", target, "--toolchain"])
        .arg(toolchain)
        .output()
        .map_err(|error| error.to_string())?;
    match rustup.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&rustup.stderr).into_owned()),
    }
}
