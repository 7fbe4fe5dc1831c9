//! The harness with a small budget: nothing that the processor does may contradict the model.
//!
//! The large budget is one command: `cargo run --release -p asm-proof -- --count 1500000`.

use std::process::Command;

#[test]
fn nothing_contradicts_the_model() {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        eprintln!("skipped: the harness runs on x86_64 Linux");
        return;
    }
    let output = Command::new(env!("CARGO_BIN_EXE_asm-proof"))
        .args(["--seed", "7", "--count", "6000"])
        .output()
        .expect("the harness that cargo just built starts");
    let report = String::from_utf8_lossy(&output.stdout);
    if output.status.code() == Some(2) {
        // No `xsave`, or a sandbox that maps nothing at fixed addresses.
        eprintln!("skipped: {}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    assert!(output.status.success(), "{report}");
}
