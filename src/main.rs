//! `cargo asm-lint`: finds inline assembly that breaks its promises.
//!
//! This is the front end, the part that a person installs and runs. It is plain stable Rust and does
//! not use compiler internals; the driver does the linting. This is who calls whom, and with which
//! variables:
//!
//! ```text
//! cargo asm-lint ARGUMENTS -- LINT FLAGS
//!  │ CARGO                             cargo itself
//!  ▼
//! cargo-asm-lint asm-lint ARGUMENTS -- LINT FLAGS                                   (this program)
//!  │ RUSTC                             rustc of the pinned toolchain
//!  │ RUSTC_WORKSPACE_WRAPPER           the driver
//!  │ RUSTC_WRAPPER                     not set, or empty if a configuration sets it
//!  │ LD_LIBRARY_PATH (or its like)     the pinned toolchain's libraries, then its old value
//!  │ CARGO_BUILD_BUILD_DIR             TARGET/asm-lint, as --target-dir
//!  │ ASM_LINT_ARGS                     the lint flags, a JSON array
//!  │ ASM_LINT_CONF_STATE               a hash of the configuration files
//!  │ ASM_LINT_RUSTC_LINTS              set by --rustc-lints
//!  ├─▶ asm-lint-driver --check-lint-flags         if there are any
//!  ▼
//! cargo check --target-dir TARGET/asm-lint ARGUMENTS
//!  ├─▶ RUSTC -vV, RUSTC --print …                 probes
//!  ├─▶ asm-lint-driver RUSTC -vV, --print …       probes; the driver answers as rustc
//!  ├─▶ RUSTC --crate-name … --cap-lints allow …   dependencies
//!  └─▶ asm-lint-driver RUSTC --crate-name …       the workspace's crates and
//!                                                  build scripts: linted
//! ```
//!
//! With `--fix` it is `cargo fix`, which inserts itself between the compiler and the driver. With
//! `--deps` the driver is the `RUSTC_WRAPPER` instead, so that cargo runs it for every crate.

mod arguments;
mod cargo;
mod catalogue;
mod check;
mod commands;
mod driver;
mod error;
mod flags;
mod hosts;
mod report;
mod request;
mod similar;
mod status;
mod story;
mod terminal;
mod toolchain;

use std::process::ExitCode;

use error::Result;
use request::Action;
use status::Status;

fn main() -> ExitCode {
    match run() {
        Ok(status) => status.into(),
        Err(error) => {
            terminal::error(&error);
            Status::CouldNotRun.into()
        }
    }
}

fn run() -> Result<Status> {
    let mut request = arguments::parse(std::env::args_os().skip(1))?;
    match &request.action {
        Action::Lint => check::run(&request),
        Action::Story => story::run(&mut request),
        Action::Setup => commands::setup::run(&request),
        Action::Doctor => commands::doctor::run(&request),
        Action::Clean => commands::clean::run(),
        Action::Explain { lint } => commands::explain::run(lint),
        Action::List => commands::list::run(&request),
        Action::PrintConfig => commands::print_config::run(&request),
        Action::Version => commands::version::run(),
        Action::Completions { shell } => commands::completions::run(shell),
        Action::Man => commands::man::run(),
        Action::Help { subcommand } => commands::help::run(subcommand.as_deref()),
    }
}
