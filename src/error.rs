//! Why a run could not start or finish: one sentence for a person and, if there is one, the command
//! that fixes it.
//!
//! Made anywhere in the front end, printed once by `main`, and always exit status 2: findings and
//! compile errors are results of a run, not errors of the tool.

use std::fmt;

/// A reason why the tool could not do its work.
#[derive(Debug)]
pub struct Error {
    message: String,
    remedy: Option<String>,
}

/// What every fallible step of the front end returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error without advice. Messages have no capital and no full stop, like the compiler's.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), remedy: None }
    }

    /// Names the action that fixes it, as a clause that reads well after `help: `.
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// An error of the operating system while doing `what`.
    pub fn while_doing(what: impl fmt::Display, cause: impl fmt::Display) -> Self {
        Self::new(format!("could not {what}: {cause}"))
    }

    /// Cargo could not even be started.
    pub fn cargo_does_not_run(cause: std::io::Error) -> Self {
        Self::while_doing("run cargo", cause)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        match &self.remedy {
            Some(remedy) => write!(formatter, "\nhelp: {remedy}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

impl From<lexopt::Error> for Error {
    fn from(error: lexopt::Error) -> Self {
        Self::new(error.to_string()).with_remedy("`cargo asm-lint --help` lists the flags")
    }
}
