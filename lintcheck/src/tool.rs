//! [`Tool`]: the program under test, as it was built next to this one.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The front end, and where to work.
pub struct Tool {
    /// `cargo-asm-lint`.
    pub front_end: PathBuf,
    /// A folder for sources and build output.
    pub work: PathBuf,
}

/// What the tool says about one of its lints.
#[derive(Clone, Debug, Deserialize)]
pub struct Lint {
    /// The name without the tool.
    pub name: String,
    /// The group.
    pub group: String,
}

impl Tool {
    /// Finds the tool next to this program.
    pub fn find() -> Result<Tool> {
        let own = std::env::current_exe().context("cannot determine where this program is")?;
        let name = format!("cargo-asm-lint{}", std::env::consts::EXE_SUFFIX);
        let front_end = own.with_file_name(name);
        if !front_end.is_file() {
            bail!("there is no {}: run `cargo build --release --workspace`", front_end.display());
        }
        // target/PROFILE/lintcheck
        let target = own.ancestors().nth(2).context("this program is not in a target folder")?;
        let work = target.join("lintcheck");
        std::fs::create_dir_all(&work)
            .with_context(|| format!("cannot create {}", work.display()))?;
        Ok(Tool { front_end, work })
    }

    /// The lints that the tool has.
    pub fn lints(&self) -> Result<Vec<Lint>> {
        let output = Command::new(&self.front_end)
            .args(["asm-lint", "--list", "--format", "json"])
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run the tool")?;
        serde_json::from_slice(&output.stdout).context("cannot read the list of lints")
    }
}
