//! A lint run: `cargo check` or `cargo fix`, and what to do with its output.
//!
//! Called by `main` when no other action is asked for.

use std::fs;

use crate::{
    arguments::{Request, misspelt},
    cargo::{self, Reach},
    catalogue::Catalogue,
    commands::setup,
    error::{Error, Result},
    report,
    status::Status,
    terminal,
};

/// Lints the project; sets the tool up first if that was never done and a person can be asked.
pub fn run(request: &Request) -> Result<Status> {
    let reports = &request.reports;
    let wants_report = reports.sarif.is_some() || reports.github || reports.baseline.is_some();
    if request.fix && (request.deps || wants_report) {
        return Err(Error::new(
            "`--fix` changes sources: it goes with no report and not with `--deps`",
        ));
    }
    let (driver, toolchain) = setup::ready(request)?;
    let reach = if request.deps { Reach::Dependencies } else { Reach::Workspace };
    let run = cargo::lint_run(request, reach, &driver, &toolchain)?;
    let compiler_memory = run.compiler_memory.clone();
    let status = if request.deps || wants_report {
        let catalogue = match reports.sarif {
            Some(_) => Catalogue::read(&driver, &toolchain)?,
            None => Catalogue::default(),
        };
        report::run(request, run, &catalogue, &toolchain)?
    } else {
        Status::of_cargo(run.into_command().status().map_err(Error::cargo_does_not_run)?)
    };
    if status == Status::Failed {
        // To cargo a driver that does not run is a failure like another, and one to remember.
        if let Err(error) = driver.version(&toolchain) {
            let _ = fs::remove_file(compiler_memory);
            return Err(error.with_remedy("`cargo asm-lint doctor` tells what is installed"));
        }
    }
    if status == Status::CouldNotRun {
        // Cargo has told which argument it does not know, and knows nothing of ours.
        if let Some((argument, flag)) = misspelt(&request.cargo_arguments) {
            terminal::help(format_args!(
                "`cargo asm-lint` has a flag `--{flag}`, which is like `{argument}`"
            ));
        }
    }
    Ok(status)
}
