//! Other targets judge by their own rules: their registers, their calling conventions, and a stack
//! that may have no red zone.
//!
//! The standard library of each target is a component of the toolchain, which is installed here if
//! it is missing. Where that can't be done, the test says so and judges nothing.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The lints that speak about the code on a target, in the order of the lines; `None` if there is
/// no standard library for it.
fn said(target: &str, code: &str) -> Option<Vec<String>> {
    if !is_installed(target) {
        let _ = Command::new("rustup").args(["target", "add", target]).output();
        if !is_installed(target) {
            eprintln!("skipped: the standard library of {target} can't be installed");
            return None;
        }
    }
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("target-{target}.rs"));
    let head = "#![no_std]\nuse core::arch::{asm, naked_asm};\n";
    fs::write(&file, format!("{head}{code}")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_asm-lint-driver"))
        .arg(&file)
        .args(["--target", target, "--edition=2024", "--crate-type=lib", "--emit=metadata"])
        .args(["--error-format=json", "-Aunused", "--out-dir", env!("CARGO_TARGET_TMPDIR")])
        .env_remove("ASM_LINT_ARGS")
        .output()
        .unwrap();
    let mut said: Vec<(u64, String)> = String::from_utf8(output.stderr)
        .unwrap()
        .lines()
        .filter_map(|line| {
            let diagnostic: Value = serde_json::from_str(line).unwrap();
            let line = diagnostic["spans"][0]["line_start"].as_u64()?;
            let code = diagnostic["code"]["code"].as_str();
            let words = code.unwrap_or_else(|| diagnostic["message"].as_str().unwrap_or_default());
            Some((line, words.trim_start_matches("asm_lint::").to_owned()))
        })
        .collect();
    said.sort();
    Some(said.into_iter().map(|(_, name)| name).collect())
}

fn is_installed(target: &str) -> bool {
    let arguments = ["--print", "target-libdir", "--target", target];
    let output = Command::new("rustc").args(arguments).output().unwrap();
    let folder = String::from_utf8(output.stdout).unwrap();
    fs::read_dir(folder.trim()).is_ok_and(|mut entries| entries.next().is_some())
}

fn assert_said(target: &str, code: &str, expected: &[&str]) {
    if let Some(said) = said(target, code) {
        assert_eq!(said, expected, "{target}");
    }
}

#[test]
fn no_red_zone_is_no_excuse() {
    let code = r#"
        pub fn flags() -> u64 {
            let flags;
            unsafe { asm!("pushfq", "pop {}", out(reg) flags, options(nomem, nostack, preserves_flags)) };
            flags
        }
        pub fn allowed() -> u64 {
            let flags;
            unsafe { asm!("pushfq", "pop {}", out(reg) flags, options(nomem, preserves_flags)) };
            flags
        }
    "#;
    for target in ["x86_64-unknown-none", "x86_64-pc-windows-gnu"] {
        assert_said(target, code, &["nostack_stack_use"]);
    }
}

#[test]
fn thirty_two_bits() {
    let code = r#"
        pub unsafe fn push(value: u32) {
            unsafe { asm!("push {}", in(reg) value, options(preserves_flags)) };
        }
        pub unsafe fn flags_back(mut value: u32) -> u32 {
            unsafe { asm!("pushfd", "inc {0}", "popfd", inout(reg) value, options(nomem, preserves_flags)) };
            value
        }
        pub unsafe fn all_registers() {
            unsafe { asm!("pushad", "popad", options(nostack, nomem, preserves_flags)) };
        }
        #[unsafe(naked)]
        pub extern "stdcall" fn pops_too_little(a: u32, b: u32) -> u32 {
            naked_asm!("mov eax, [esp + 4]", "ret")
        }
        #[unsafe(naked)]
        pub extern "stdcall" fn pops(a: u32, b: u32) -> u32 {
            naked_asm!("mov eax, [esp + 4]", "ret 8")
        }
        #[unsafe(naked)]
        pub extern "C" fn pops_too_much(a: u32, b: u32) -> u32 {
            naked_asm!("mov eax, [esp + 4]", "ret 8")
        }
    "#;
    let expected = [
        "stack_pointer_not_restored",
        "nostack_stack_use",
        "stack_pointer_not_restored",
        "stack_pointer_not_restored",
    ];
    assert_said("i686-unknown-linux-gnu", code, &expected);
}
