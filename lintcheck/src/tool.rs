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

/// What the compiler says about a target.
#[derive(Deserialize)]
struct Specification {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    /// Whether it has the whole standard library; `None` if nobody has said.
    std: Option<bool>,
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

    /// What `-Zbuild-std` must compile before a crate can be linted for the target; `None` if the
    /// toolchain that the tool works with has a compiled standard library for it.
    pub fn libraries_to_compile(&self, target: &str) -> Result<Option<&'static str>> {
        let folder = self.rustc(&["--print", "target-libdir", "--target", target])?;
        if PathBuf::from(folder.trim()).is_dir() {
            return Ok(None);
        }
        let specification =
            self.rustc(&["-Zunstable-options", "--print", "target-spec-json", "--target", target])?;
        let specification: Specification =
            serde_json::from_str(&specification).context("cannot read the target")?;
        Ok(Some(if specification.metadata.std == Some(true) { "std" } else { "core,alloc" }))
    }

    fn rustc(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new("rustc")
            // The toolchain file that applies is the one that applies where the tool runs.
            .current_dir(&self.work)
            .args(arguments)
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run rustc")?;
        if !output.status.success() {
            bail!("rustc failed: {arguments:?}");
        }
        String::from_utf8(output.stdout).context("rustc prints UTF-8")
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
