//! [`Request`]: what a command line asks for, once it is understood.

use std::{ffi::OsString, path::PathBuf};

/// What to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// Lint the project.
    #[default]
    Lint,
    /// Show what was proved about every block.
    Story,
    /// Install the toolchain and the driver.
    Setup,
    /// Say what is installed and what would run.
    Doctor,
    /// Remove what setup installed.
    Clean,
    /// Print the documentation of one lint.
    Explain {
        /// Its name, with or without `asm_lint::`.
        lint: String,
    },
    /// List all lints.
    List,
    /// Print what is configured.
    PrintConfig,
    /// Print the versions.
    Version,
    /// Print a completion script.
    Completions {
        /// The shell that it is for.
        shell: String,
    },
    /// Print the man page.
    Man,
    /// Print the help text.
    Help {
        /// The subcommand, if the text is about one only.
        subcommand: Option<String>,
    },
}

/// The reports to make besides the diagnostics that cargo shows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reports {
    /// Where to write a SARIF log.
    pub sarif: Option<PathBuf>,
    /// Whether to print GitHub annotations.
    pub github: bool,
    /// The file of accepted findings.
    pub baseline: Option<PathBuf>,
    /// Whether to remove from it what no longer occurs.
    pub prune: bool,
}

/// A command line, understood.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// What to do.
    pub action: Action,
    /// Run `cargo fix` instead of `cargo check`.
    pub fix: bool,
    /// Lint the dependencies too.
    pub deps: bool,
    /// Keep the compiler's own lints enabled.
    pub rustc_lints: bool,
    /// Print JSON if there is a choice.
    pub json: bool,
    /// Whether `--format` was given.
    pub has_format: bool,
    /// Setup may download without asking.
    pub yes: bool,
    /// Setup installs the driver even if there is one.
    pub force: bool,
    /// Setup builds the driver instead of downloading it.
    pub build: bool,
    /// Targets whose standard library setup installs.
    pub targets: Vec<OsString>,
    /// The reports to make.
    pub reports: Reports,
    /// How stories are shown.
    pub story: Stories,
    /// The arguments for cargo, in their order.
    pub cargo_arguments: Vec<OsString>,
    /// The arguments after `--`: level flags for the driver.
    pub lint_arguments: Vec<OsString>,
}

/// How stories are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For a terminal.
    #[default]
    Text,
    /// A JSON array.
    Json,
    /// A page.
    Html,
    /// Rust functions that do what the blocks do.
    Rust,
}

impl Format {
    /// The formats by name.
    pub const ALL: [(&'static str, Format); 4] = [
        ("text", Format::Text),
        ("json", Format::Json),
        ("html", Format::Html),
        ("rust", Format::Rust),
    ];
}

/// Which stories to show, and how.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Stories {
    /// How the stories are shown.
    pub format: Format,
    /// The file of the proved contracts.
    pub lock: Option<PathBuf>,
    /// Whether a changed contract is written to the lock instead of being an error.
    pub update: bool,
    /// Only blocks whose crate, function or file contains this.
    pub filter: Option<String>,
}
