//! The versions that `asm-lint-driver -V` and a crash report show.

/// Name, version, commit and date of the driver.
pub(super) fn short() -> String {
    rustc_tools_util::get_version_info!().to_string()
}

/// [`short`], and a line for each thing that a verdict depends on.
pub(super) fn long() -> String {
    format!(
        "{}\nrustc {}\nLLVM {}\niced-x86 {}",
        short(),
        rustc_interface::util::rustc_version_str().unwrap_or("of unknown version"),
        asm_analysis::version::llvm(),
        env!("ASM_LINT_ICED_VERSION"),
    )
}
