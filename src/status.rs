//! The exit status of a run, the same three values everywhere.

use std::process::{ExitCode, ExitStatus};

/// How a run ended, as scripts and editors see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing to say, or warnings only.
    Clean,
    /// A denied lint spoke, or the code does not compile.
    Failed,
    /// The tool could not run: bad arguments, nothing set up, no such manifest.
    CouldNotRun,
}

impl Status {
    /// Reads the status of a cargo that compiled something. Cargo says 101 for whatever went wrong
    /// after its arguments were understood, and something else if it never came to that.
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
