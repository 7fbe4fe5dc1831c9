//! A lint run: `cargo check` or `cargo fix`, and what to do with its output.
//!
//! Called by `main` if no other action is requested.

use std::fs;

use crate::{
    arguments,
    cargo::{self, Reach},
    commands::setup,
    error::{Error, Result},
    report,
    request::Request,
    status::Status,
    terminal,
};

/// Lints the project; first sets up the tool if that has not been done and a person can be asked.
pub fn run(request: &Request) -> Result<Status> {
    check_flags(request)?;
    let (driver, toolchain) = setup::ready(request)?;
    let reach = if request.deps { Reach::Dependencies } else { Reach::Workspace };
    let run = cargo::lint_run(request, reach, &driver, &toolchain)?;
    let compiler_memory = run.compiler_memory.clone();
    let status = report::run(request, run, &toolchain)?;
    if status != Status::Clean {
        // For cargo a driver that does not run is a failure like any other, and it caches failures.
        if let Err(error) = driver.version(&toolchain) {
            let _ = fs::remove_file(compiler_memory);
            return Err(error.with_remedy("`cargo asm-lint doctor` shows what is installed"));
        }
    }
    if status == Status::CouldNotRun {
        // Cargo has named the argument that it does not know, and does not know ours.
        if let Some((argument, flag)) = arguments::misspelt(&request.cargo_arguments) {
            terminal::help(format_args!(
                "`cargo asm-lint` has a flag `--{flag}`, which is similar to `{argument}`"
            ));
        }
    }
    Ok(status)
}

/// Refuses flags that contradict each other, or that have no meaning in a lint run.
fn check_flags(request: &Request) -> Result<()> {
    let reports = &request.reports;
    let wants_report = reports.sarif.is_some() || reports.github || reports.baseline.is_some();
    if request.fix && (request.deps || wants_report) {
        return Err(Error::new("`--fix` can't be combined with reports or `--deps`"));
    }
    if reports.prune && reports.baseline.is_none() {
        return Err(Error::new("`--prune` needs `--baseline FILE`, the file to remove from"));
    }
    if request.has_format {
        return Err(Error::new("`--format` is for `--list` and `doctor`")
            .with_remedy("`--message-format json` makes cargo print its messages as JSON"));
    }
    match arguments::lint_flag_before_dashes(&request.cargo_arguments) {
        Some(flag) => Err(Error::new(format!("`{flag}` is a lint flag, which goes after `--`"))
            .with_remedy(format!("run `cargo asm-lint -- {flag} …`"))),
        None => Ok(()),
    }
}
