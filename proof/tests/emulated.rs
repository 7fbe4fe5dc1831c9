//! The harness with a small budget for code that runs in QEMU: nothing that it does may contradict
//! the model.
//!
//! The large budget is one command:
//! `cargo run --release -p asm-proof -- --target aarch64 --count 1000000`.

use std::process::Command;

/// Runs so many trials. Skipped where QEMU or the target's standard library is not installed.
fn prove(target: &str, count: u32) {
    if !cfg!(target_os = "linux") {
        eprintln!("skipped: QEMU's user mode runs on Linux");
        return;
    }
    let output = Command::new(env!("CARGO_BIN_EXE_asm-proof"))
        .args(["--target", target, "--seed", "7", "--count", &count.to_string()])
        .output()
        .expect("the harness that cargo just built starts");
    let report = String::from_utf8_lossy(&output.stdout);
    if output.status.code() == Some(2) {
        eprintln!("skipped: {}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    assert!(output.status.success(), "{report}");
}

#[test]
fn aarch64_does_nothing_that_contradicts_the_model() {
    prove("aarch64", 2500);
}

#[test]
fn arm_does_nothing_that_contradicts_the_model() {
    prove("arm", 3000);
}

#[test]
fn thumb_does_nothing_that_contradicts_the_model() {
    prove("thumb", 3000);
}

#[test]
fn cortex_m_does_nothing_that_contradicts_the_model() {
    prove("cortex-m", 800);
}

#[test]
fn riscv64_does_nothing_that_contradicts_the_model() {
    prove("riscv64", 3000);
}

#[test]
fn riscv32_does_nothing_that_contradicts_the_model() {
    prove("riscv32", 3000);
}
