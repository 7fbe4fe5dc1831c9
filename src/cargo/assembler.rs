//! Chooses the assembler that the driver uses.
//!
//! The driver has two: LLVM as a library in its own process, which is fast, and `llc`, a process for
//! each module, which may crash on a block without ending the run. For the user's own crates the
//! first is as good as in a build, where the same assembler would crash, too. An audit of all
//! dependencies has to get through whatever there is, so it uses the second where it can be had.

use std::{
    env,
    ffi::{OsStr, OsString},
};

use crate::{
    cargo::Reach,
    error::{Error, Result},
    toolchain::{self, Toolchain},
};

/// Chooses: `library` or `process`.
const VARIABLE: &str = "ASM_LINT_ASSEMBLER";
/// Names the `llc` to use; by default the one of the toolchain that the driver was built with.
const EXECUTABLE_VARIABLE: &str = "ASM_LINT_LLC";

/// The variables to set for the driver, besides those that the user has set.
pub fn variables(reach: Reach, installed: &Toolchain) -> Result<Vec<(&'static str, OsString)>> {
    let asked = env::var_os(VARIABLE).unwrap_or_default();
    let choice = choice(&asked, reach)?;
    if choice == Choice::Library {
        return Ok(Vec::new());
    }
    let process = (VARIABLE, "process".into());
    if env::var_os(EXECUTABLE_VARIABLE).is_some() {
        return Ok(vec![process]);
    }
    match installed.tool("llc") {
        Some(executable) => Ok(vec![process, (EXECUTABLE_VARIABLE, executable.into())]),
        None if choice == Choice::ProcessIfPossible => Ok(Vec::new()),
        None => Err(Error::new(format!("{VARIABLE}=process needs `llc`, which is not installed"))
            .with_remedy(format!(
                "run `rustup component add llvm-tools --toolchain {}`",
                toolchain::channel()
            ))),
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Choice {
    Library,
    Process,
    ProcessIfPossible,
}

fn choice(asked: &OsStr, reach: Reach) -> Result<Choice> {
    match (asked.to_str(), reach) {
        (Some("library"), _) | (Some(""), Reach::Workspace) => Ok(Choice::Library),
        (Some("process"), _) => Ok(Choice::Process),
        (Some(""), Reach::Dependencies) => Ok(Choice::ProcessIfPossible),
        _ => Err(Error::new(format!(
            "{VARIABLE} is `process` or `library`, not `{}`",
            asked.to_string_lossy()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audit_survives_a_crash_if_it_can() {
        let of = |asked: &str, reach| choice(OsStr::new(asked), reach).ok();
        assert_eq!(of("", Reach::Workspace), Some(Choice::Library));
        assert_eq!(of("", Reach::Dependencies), Some(Choice::ProcessIfPossible));
        assert_eq!(of("library", Reach::Dependencies), Some(Choice::Library));
        assert_eq!(of("process", Reach::Workspace), Some(Choice::Process));
        assert_eq!(of("proces", Reach::Workspace), None);
    }
}
