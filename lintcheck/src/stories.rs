//! The stories of published crates' blocks: printed, or their Rust doubles run against the blocks.

#[path = "../../lints/tests/doubles/program.rs"]
mod program;

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::lint::tool_on;
use crate::list::Listed;
use crate::sources;
use crate::tool::Tool;

/// Prints the stories of all blocks of the crates, one line of JSON each.
pub fn print(tool: &Tool, crates: &[Listed]) -> Result<()> {
    for_each(crates, |listed| {
        for story in stories(tool, listed)? {
            println!("{story}");
        }
        Ok(())
    })
}

/// Runs the doubles of the crates' blocks against the blocks; returns whether they agree.
pub fn run_doubles(tool: &Tool, crates: &[Listed]) -> Result<bool> {
    let mut all: Vec<Value> = Vec::new();
    let (mut seen, mut of_crates) = (0, 0);
    let crates: Vec<Listed> =
        crates.iter().filter(|listed| listed.target.is_none()).cloned().collect();
    for_each(&crates, |listed| {
        let mut stories = stories(tool, listed)?;
        seen += stories.len();
        stories.retain(|story| !story["double"].is_null());
        // A macro makes one block many times.
        stories.retain(|story| all.iter().all(|known| known["double"] != story["double"]));
        of_crates += usize::from(!stories.is_empty());
        all.append(&mut stories);
        Ok(())
    })?;
    let doubles: Vec<&Value> = all.iter().collect();
    let source = tool.work.join("doubles.rs");
    fs::write(&source, program::text(&doubles))?;
    let program = tool.work.join("doubles");
    let compiled = Command::new("rustc")
        .current_dir(&tool.work)
        .args(["--edition=2024", "-Copt-level=0", "-o"])
        .args([&program, &source])
        .status()
        .context("cannot run rustc")?;
    if !compiled.success() {
        bail!("the doubles do not compile");
    }
    let agree = Command::new(&program).status().context("cannot run the doubles")?.success();
    println!(
        "{} different blocks of {of_crates} crates have a double; {seen} blocks were seen",
        doubles.len()
    );
    Ok(agree)
}

/// Does something with each crate, and says which of them failed.
fn for_each(crates: &[Listed], mut act: impl FnMut(&Listed) -> Result<()>) -> Result<()> {
    let mut failures = Vec::new();
    for listed in crates {
        eprintln!("  Telling {listed}");
        if let Err(error) = act(listed) {
            failures.push(format!("{listed}: {error:#}"));
        }
    }
    if !failures.is_empty() {
        bail!("these crates have no stories:\n  {}", failures.join("\n  "));
    }
    Ok(())
}

fn stories(tool: &Tool, listed: &Listed) -> Result<Vec<Value>> {
    let manifest = sources::prepare(&tool.work, listed)?;
    let log = tool.work.join("log");
    let output = tool_on(tool, listed, &manifest, &["story", "--format", "json"])?
        .stdout(Stdio::piped())
        .stderr(fs::File::create(&log)?)
        .output()
        .context("cannot run the tool")?;
    if !output.status.success() {
        bail!("the tool failed:\n{}", fs::read_to_string(&log).unwrap_or_default());
    }
    serde_json::from_slice(&output.stdout).context("cannot read the stories")
}
