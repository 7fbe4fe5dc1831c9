//! Starts the compiler, with or without the lints.
//!
//! Called by `main`. There are three ways to run the driver, distinguished by the arguments:
//!
//! 1. `asm-lint-driver RUSTC ARGUMENTS…`: cargo's wrapper protocol. `RUSTC` is dropped; the compiler
//!    is the one that this driver is linked with.
//! 2. `asm-lint-driver --rustc ARGUMENTS…`: plain rustc.
//! 3. `asm-lint-driver ARGUMENTS…`: by hand. `-V` and `--version` print the versions,
//!    `--list-lints` describes all lints for the front end, `--print-config` prints the
//!    configuration for the working directory, and `--check-lint-flags` reports mistakes in the
//!    flags in the environment.
//!
//! Whether a compilation is linted is decided in [`LintCallbacks`], from the options as the
//! compiler itself parsed them.

mod ahead;
mod catalogue;
mod environment;
mod levels;
mod names;
mod options;
mod version;

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use rustc_driver::{Callbacks, Compilation};
use rustc_interface::interface;
use rustc_middle::ty::TyCtxt;
use rustc_session::EarlyDiagCtxt;
use rustc_session::config::ErrorOutputType;

use self::environment::Environment;
use crate::check;
use crate::configuration::{self, Configuration, Mistake};
use crate::interception;
use crate::story;

/// Where to report a crash of the driver.
const BUG_REPORT_URL: &str =
    "https://github.com/asm-lint/asm-lint/issues/new?labels=crash&template=crash.yml";

/// Runs the driver on the arguments of the process.
pub(crate) fn main() -> ExitCode {
    let early_dcx = EarlyDiagCtxt::new(ErrorOutputType::default());
    rustc_driver::init_rustc_env_logger(&early_dcx);
    rustc_driver::install_ice_hook(BUG_REPORT_URL, |dcx| {
        dcx.note(format!("the crash is in {}", version::short()));
    });
    rustc_driver::install_ctrlc_handler();

    let arguments = rustc_driver::args::raw_args(&early_dcx);
    match Mode::of(&arguments) {
        Mode::Version => print(version::long()),
        Mode::ListLints => print(catalogue::json()),
        Mode::PrintConfig => print_configuration(&early_dcx),
        Mode::CheckLintFlags => rustc_driver::catch_with_exit_code(|| {
            let _flags = Environment::read(&early_dcx);
        }),
        Mode::PlainCompiler(arguments) => {
            let arguments = as_rustc(arguments);
            rustc_driver::catch_with_exit_code(|| {
                rustc_driver::run_compiler(&arguments, &mut PlainCallbacks)
            })
        }
        Mode::Linter(arguments) => {
            let arguments = as_rustc(arguments);
            let code = rustc_driver::catch_with_exit_code(|| {
                rustc_driver::run_compiler(&arguments, &mut LintCallbacks::default())
            });
            // Still there if the compiler has stopped because of an error.
            drop(ahead::take());
            code
        }
    }
}

/// Writes an answer. A reader who closes the pipe early has read enough.
fn print(answer: impl Display) -> ExitCode {
    match writeln!(io::stdout(), "{answer}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Writes the configuration that applies, unless there are mistakes in it.
fn print_configuration(early_dcx: &EarlyDiagCtxt) -> ExitCode {
    let (configuration, mistakes) = load_configuration(early_dcx);
    for mistake in &mistakes {
        let _reported = early_dcx.early_err(mistake.line());
    }
    let written = print(configuration::show(&configuration));
    if mistakes.is_empty() { written } else { ExitCode::FAILURE }
}

fn load_configuration(early_dcx: &EarlyDiagCtxt) -> (Configuration, Vec<Mistake>) {
    Configuration::load().unwrap_or_else(|error| {
        early_dcx.early_fatal(format!("could not look for the configuration file: {error}"))
    })
}

/// What the arguments request; the remaining arguments are the compiler's.
#[derive(PartialEq, Eq, Debug)]
enum Mode<'a> {
    Version,
    ListLints,
    PrintConfig,
    CheckLintFlags,
    PlainCompiler(&'a [String]),
    Linter(&'a [String]),
}

impl<'a> Mode<'a> {
    /// Reads the process's arguments, its own name first.
    fn of(arguments: &'a [String]) -> Mode<'a> {
        let arguments = arguments.get(1..).unwrap_or_default();
        match arguments {
            [compiler, rest @ ..] if is_compiler_path(compiler) => match rest {
                [flag, rest @ ..] if flag == "--rustc" => Mode::PlainCompiler(rest),
                _ => Mode::Linter(rest),
            },
            [flag, rest @ ..] if flag == "--rustc" => Mode::PlainCompiler(rest),
            [flag] if flag == "-V" || flag == "--version" => Mode::Version,
            [flag] if flag == "--list-lints" => Mode::ListLints,
            [flag] if flag == "--print-config" => Mode::PrintConfig,
            [flag] if flag == "--check-lint-flags" => Mode::CheckLintFlags,
            _ => Mode::Linter(arguments),
        }
    }
}

/// Whether cargo's wrapper protocol put this first argument there.
fn is_compiler_path(argument: &str) -> bool {
    Path::new(argument).file_stem().is_some_and(|stem| stem == "rustc")
}

/// The arguments with the program name that the compiler expects before them.
fn as_rustc(arguments: &[String]) -> Vec<String> {
    std::iter::once("rustc".to_owned()).chain(arguments.iter().cloned()).collect()
}

/// Changes nothing: the driver is rustc.
struct PlainCallbacks;

impl Callbacks for PlainCallbacks {}

/// Adds the lints to a compilation that wants them.
#[derive(Default)]
struct LintCallbacks {
    /// What is configured, if this compilation is one of those.
    configuration: Option<Arc<Configuration>>,
}

impl Callbacks for LintCallbacks {
    fn config(&mut self, config: &mut interface::Config) {
        // A probe must not even fail because of something that matters only to compilations: cargo
        // would remember the failure.
        if options::is_probe(config) {
            return;
        }
        if interception::is_without_incremental() {
            config.opts.incremental = None;
        }
        let early_dcx = EarlyDiagCtxt::new(config.opts.error_format);
        let environment = Environment::read(&early_dcx);
        if options::wants_lints(config, &environment) {
            let (configuration, mistakes) = load_configuration(&early_dcx);
            options::add_lints(config, &environment, &configuration, mistakes);
            let configuration = Arc::new(configuration);
            ahead::prepare(&configuration);
            self.configuration = Some(configuration);
        } else {
            options::leave_alone(config);
        }
    }

    fn after_analysis<'tcx>(
        &mut self,
        _compiler: &interface::Compiler,
        tcx: TyCtxt<'tcx>,
    ) -> Compilation {
        if let Some(configuration) = &self.configuration {
            tcx.sess.time("asm_lint", || check::finish(tcx, configuration, ahead::take()));
            // A run that tells stories reports nothing.
            if !story::are_wanted() {
                names::check(tcx);
                options::check_expectations(tcx);
            }
        }
        // If there are errors by now, the compiler stops by itself before it writes anything.
        Compilation::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode_of<'a>(arguments: &'a [String]) -> Mode<'a> {
        Mode::of(arguments)
    }

    fn arguments(words: &[&str]) -> Vec<String> {
        std::iter::once(&"asm-lint-driver").chain(words).map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn wrapper_protocol_drops_the_compiler() {
        let words = arguments(&["/toolchain/bin/rustc", "-vV"]);
        assert_eq!(mode_of(&words), Mode::Linter(&words[2..]));
        let words = arguments(&["rustc.exe", "--rustc", "-V"]);
        assert_eq!(mode_of(&words), Mode::PlainCompiler(&words[3..]));
    }

    #[test]
    fn version_is_ours_only_when_asked_directly() {
        assert_eq!(mode_of(&arguments(&["-V"])), Mode::Version);
        assert_eq!(mode_of(&arguments(&["--version"])), Mode::Version);
        let words = arguments(&["rustc", "-V"]);
        assert_eq!(mode_of(&words), Mode::Linter(&words[2..]));
        let words = arguments(&["-vV"]);
        assert_eq!(mode_of(&words), Mode::Linter(&words[1..]));
    }

    #[test]
    fn no_arguments_are_the_compilers_business() {
        assert_eq!(mode_of(&[]), Mode::Linter(&[]));
        assert_eq!(as_rustc(&[]), ["rustc"]);
    }
}
