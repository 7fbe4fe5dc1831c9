//! The environment variables that the front end sets for the driver.
//!
//! Everything read here is tracked: cargo runs the driver again when one of the variables, the
//! configuration files or the driver itself changes. What is not tracked leads to stale verdicts.

use std::env;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use asm_analysis::assemble::Backend;
use rustc_driver::HandledOptions;
use rustc_lint::Level;
use rustc_session::config::get_cmd_lint_options;
use rustc_session::{EarlyDiagCtxt, Session};
use rustc_span::Symbol;

use super::options::TOOL;
use crate::configuration::{DIRECTORY_VARIABLE, nearest};
use crate::{lints, report, story, tally};

/// Lint flags, as a JSON array of strings: `["-D", "asm_lint::all"]`.
const ARGUMENTS: &str = "ASM_LINT_ARGS";
/// A hash of all configuration files that may apply, from the front end: a file that does not exist
/// yet can't be tracked.
const CONFIGURATION_STATE: &str = "ASM_LINT_CONF_STATE";
/// Set: the compiler's own lints are enabled, too.
const COMPILER_LINTS: &str = "ASM_LINT_RUSTC_LINTS";
/// Every variable that changes the output.
const VARIABLES: [&str; 8] = [
    ARGUMENTS,
    DIRECTORY_VARIABLE,
    CONFIGURATION_STATE,
    COMPILER_LINTS,
    Backend::VARIABLE,
    report::VARIABLE,
    story::VARIABLE,
    tally::VARIABLE,
];

/// What the environment requests.
pub(super) struct Environment {
    /// The lint flags.
    pub(super) lints: LintFlags,
    /// Whether the compiler's own lints keep their levels.
    pub(super) compiler_lints: bool,
}

impl Environment {
    /// Reads the environment. A malformed variable is a fatal error: it comes from a tool, not
    /// from a person.
    pub(super) fn read(early_dcx: &EarlyDiagCtxt) -> Environment {
        let arguments = match env::var(ARGUMENTS) {
            Ok(json) if !json.is_empty() => serde_json::from_str(&json).unwrap_or_else(|error| {
                early_dcx
                    .early_fatal(format!("{ARGUMENTS} is not a JSON array of strings: {error}"))
            }),
            _ => Vec::new(),
        };
        if let Err(unknown) = Backend::from_environment() {
            early_dcx.early_fatal(unknown);
        }
        Environment {
            lints: LintFlags::parse(early_dcx, arguments),
            compiler_lints: env::var_os(COMPILER_LINTS).is_some(),
        }
    }

    /// Tells the compiler, and through it cargo, what the verdict depends on.
    pub(super) fn track(session: &Session, configuration_files: Vec<PathBuf>) {
        let mut variables = session.env_depinfo.borrow_mut();
        for name in VARIABLES {
            let value = env::var(name).ok();
            variables.insert((Symbol::intern(name), value.as_deref().map(Symbol::intern)));
        }
        drop(variables);

        // Cargo keys its cache on the wrapper's path alone, so a driver that is replaced in place
        // would never run again.
        let driver = env::current_exe().ok();
        let mut files = session.file_depinfo.borrow_mut();
        for path in configuration_files.into_iter().chain(driver) {
            // A path that is not UTF-8 can't be written to a dep-info file.
            if let Some(path) = path.to_str() {
                files.insert(Symbol::intern(path));
            }
        }
    }
}

/// Lint flags, parsed with the compiler's own parser.
#[derive(Default)]
pub(super) struct LintFlags {
    /// Levels, in the order in which they are given.
    pub(super) levels: Vec<(String, Level)>,
    /// A cap instead of the one from cargo.
    pub(super) cap: Option<Level>,
}

impl LintFlags {
    fn parse(early_dcx: &EarlyDiagCtxt, arguments: Vec<String>) -> LintFlags {
        if arguments.is_empty() {
            return LintFlags::default();
        }
        let HandledOptions::Normal(matches) = rustc_driver::handle_options(early_dcx, &arguments)
        else {
            early_dcx.early_fatal("only lint flags can be given to asm-lint");
        };
        if let [stray, ..] = matches.free.as_slice() {
            early_dcx
                .early_fatal(format!("only lint flags can be given to asm-lint, not `{stray}`"));
        }
        let (levels, _describe, cap) = get_cmd_lint_options(early_dcx, &matches);
        // The compiler would only warn, by a lint that is capped.
        if let Some((name, _)) = levels.iter().find(|(name, _)| is_unknown(name)) {
            let own = name.split_once("::").map_or(&**name, |(_, own)| own);
            let names: Vec<String> = lints::names().collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            early_dcx.early_fatal(match nearest(own, &names) {
                Some(nearest) => {
                    format!("there is no lint or group `{name}`; did you mean `{TOOL}::{nearest}`?")
                }
                None => format!(
                    "there is no lint or group `{name}`; `cargo asm-lint --list` lists them"
                ),
            });
        }
        LintFlags { levels, cap }
    }
}

/// Distinguishes this driver from any other, and from another build of the same version: during
/// development they replace each other in the same place.
pub(super) fn driver_identity() -> String {
    let build = env::current_exe().and_then(std::fs::metadata).ok().and_then(|metadata| {
        let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(format!("{}-{}", metadata.len(), modified.as_nanos()))
    });
    format!("{} {}", env!("CARGO_PKG_VERSION"), build.unwrap_or_default())
}

/// Whether a name has our tool but no such lint exists, or lacks the tool and should have it.
fn is_unknown(name: &str) -> bool {
    match name.split_once("::") {
        Some((tool, name)) => tool == TOOL && !lints::is_known(name),
        None => lints::is_known(name),
    }
}
