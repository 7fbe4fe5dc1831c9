//! `cargo asm-lint doctor`: what is installed, what would run, what is missing.

use std::{fmt::Display, process::Command};

use crate::{
    cargo,
    driver::{self, Driver, Origin},
    error::Result,
    status::Status,
    toolchain::{self, Toolchain},
};

/// Prints the state of the installation; the status tells whether a lint run could start.
pub fn run() -> Result<Status> {
    let mut problems = Vec::new();
    line("cargo-asm-lint", env!("CARGO_PKG_VERSION"));
    match std::env::current_exe() {
        Ok(path) => line("  executable", path.display()),
        Err(error) => problems.push(format!("this executable has no path: {error}")),
    }
    match cargo_version() {
        Ok(version) => line("cargo", version),
        Err(problem) => problems.push(problem),
    }
    line("  executable", cargo::path().to_string_lossy());

    line("toolchain", toolchain::channel());
    let toolchain = match Toolchain::find() {
        Ok(toolchain) => {
            line("  sysroot", toolchain.sysroot().display());
            line(
                "  rustc-dev",
                if toolchain.has_compiler_crates() { "installed" } else { "missing" },
            );
            line("  targets", toolchain.targets().join(", "));
            Some(toolchain)
        }
        Err(error) => {
            line("  sysroot", "missing");
            problems.push(error.to_string());
            None
        }
    };

    match Driver::find() {
        Ok(Some(driver)) => {
            line("driver", driver.path.display());
            line(
                "  found",
                match driver.origin {
                    Origin::Variable => "by ASM_LINT_DRIVER",
                    Origin::BesideFrontEnd => "beside this executable",
                    Origin::SetUp => "where `cargo asm-lint setup` puts it",
                },
            );
            if let Some(toolchain) = &toolchain {
                match driver.version(toolchain) {
                    Ok(version) => version.lines().for_each(|text| line("  version", text)),
                    Err(error) => problems.push(error.to_string()),
                }
            }
        }
        Ok(None) => {
            line("driver", "missing");
            problems
                .push("the driver is not built\nhelp: run `cargo asm-lint setup --yes`".to_owned());
        }
        Err(error) => problems.push(error.to_string()),
    }
    match driver::data_directory() {
        Ok(data) => line("data folder", driver::version_directory(&data).display()),
        Err(error) => problems.push(error.to_string()),
    }

    for problem in &problems {
        anstream::println!("\nproblem: {problem}");
    }
    if problems.is_empty() {
        anstream::println!("\nEverything that a lint run needs is there.");
        return Ok(Status::Clean);
    }
    Ok(Status::CouldNotRun)
}

fn cargo_version() -> std::result::Result<String, String> {
    let output = Command::new(cargo::path()).arg("--version").output();
    match output {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        }
        Ok(output) => Err(format!(
            "cargo does not run: {}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        )),
        Err(error) => Err(format!("cargo does not run: {error}")),
    }
}

fn line(name: &str, value: impl Display) {
    anstream::println!("{name:<15} {value}");
}
