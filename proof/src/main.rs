//! Runs instructions on the real processor and compares what they did with what the model says.
//!
//! ```text
//! cargo run --release -p asm-proof -- --seed 1 --count 1500000
//! ```
//!
//! With `--target aarch64` (or `arm`, `thumb`, `cortex-m`, `riscv64`, `riscv32`) the code runs in QEMU; see [`emulated`].
//!
//! `--explain N` runs only trial N and prints everything about it, `--blocks` only the whole blocks.
//!
//! This process starts workers of itself, one after the other; a worker runs a stretch of the
//! trials natively and reports what it saw. A trial that kills its worker is reported and skipped.
//! Status 0: nothing contradicts the model; 1: something does; 2: could not run.

mod blocks;
mod check;
mod emulated;
mod encodings;
mod entered;
mod evaluate;
mod interpreted;
mod model;
mod native;
mod particulars;
mod programs;
mod random;
mod report;
mod run;
mod state;
mod trial;
mod worker;

use std::process::ExitCode;

use lexopt::prelude::*;

/// What the command line asks for.
struct Arguments {
    seed: u64,
    count: u64,
    /// Set for a worker: the first of its trials, and the file in which it keeps its place.
    worker: Option<(u64, std::path::PathBuf)>,
    /// How many disagreements to print.
    show: usize,
    /// A trial to print everything about.
    explain: Option<u64>,
    /// Whether only the whole blocks are run.
    blocks: bool,
    /// Another instruction set, which runs in QEMU.
    target: Option<String>,
}

fn main() -> ExitCode {
    let result = parse().map_err(|error| error.to_string()).and_then(|arguments| {
        if let Some(name) = &arguments.target {
            let guest = emulated::guest(name).ok_or_else(|| format!("{name} is not run here"))?;
            return match arguments.explain {
                Some(number) => emulated::explain(&guest, arguments.seed, number),
                None => emulated::prove(&guest, arguments.seed, arguments.count, arguments.show),
            }
            .map_err(|error| error.to_string());
        }
        if let Some(number) = arguments.explain {
            return worker::explain(arguments.seed, number).map_err(|error| error.to_string());
        }
        if arguments.blocks {
            return blocks::run(arguments.seed).map_err(|error| error.to_string());
        }
        match &arguments.worker {
            Some((first, place)) => worker::work(arguments.seed, *first, arguments.count, place),
            None => report::supervise(arguments.seed, arguments.count, arguments.show),
        }
        .map_err(|error| error.to_string())
    });
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("asm-proof: {error}");
            ExitCode::from(2)
        }
    }
}

fn parse() -> Result<Arguments, lexopt::Error> {
    let mut arguments = Arguments {
        seed: 1,
        count: 100_000,
        worker: None,
        show: 40,
        explain: None,
        blocks: false,
        target: None,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("seed") => arguments.seed = parser.value()?.parse()?,
            Long("count") => arguments.count = parser.value()?.parse()?,
            Long("show") => arguments.show = parser.value()?.parse()?,
            Long("explain") => arguments.explain = Some(parser.value()?.parse()?),
            Long("target") => arguments.target = Some(parser.value()?.string()?),
            Long("blocks") => arguments.blocks = true,
            Long("worker") => {
                arguments.worker = Some((parser.value()?.parse()?, parser.value()?.into()));
            }
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(arguments)
}
