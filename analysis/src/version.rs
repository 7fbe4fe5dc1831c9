//! The versions of what the analysis is built on, for the driver's `--version`.

use llvm_sys::core::LLVMGetVersion;

/// The version of the linked LLVM, as LLVM itself tells it: `23.1.0`.
pub fn llvm() -> String {
    let (mut major, mut minor, mut patch) = (0, 0, 0);
    // SAFETY: the function writes one integer through each pointer, and needs no set-up.
    unsafe { LLVMGetVersion(&mut major, &mut minor, &mut patch) };
    format!("{major}.{minor}.{patch}")
}
