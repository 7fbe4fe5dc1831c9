//! The exit status of a run, the same three values everywhere.

use std::process::{ExitCode, ExitStatus};

/// How a run ended, as scripts and editors see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// No findings, or only warnings.
    Clean,
    /// A denied lint fired, or the code does not compile.
    Failed,
    /// The tool could not run: bad arguments, nothing set up, no such manifest.
    CouldNotRun,
}

impl Status {
    /// Reads the status of a cargo that compiled something. Cargo returns 101 for whatever failed after
    /// it had read its arguments, and something else before that.
    pub fn of_cargo(status: ExitStatus) -> Self {
        match status.code() {
            Some(0) => Self::Clean,
            Some(101) => Self::Failed,
            _ => Self::CouldNotRun,
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Clean => 0,
            Status::Failed => 101,
            Status::CouldNotRun => 2,
        })
    }
}
