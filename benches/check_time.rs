//! How much `cargo asm-lint` costs over `cargo check` with the same compiler, without incremental
//! compilation: from clean, and where one crate is rebuilt alone, which is what a person at an editor
//! waits for. On a crate with inline assembly, on one without, and on one that is nearly empty, whose
//! difference is the fixed cost of a run. In pairs, in one run; prints the ratios of the medians, and
//! the medians of the differences. The driver must be next to the front end:
//! `cargo build --release --workspace && cargo bench -p cargo-asm-lint`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

/// How often each command runs.
const PAIRS: usize = 21;

/// How many functions without inline assembly a crate has.
const FUNCTIONS: usize = 2000;

/// How many functions with a block the one crate has: one in twenty, which is a lot.
const BLOCKS: usize = 100;

fn main() {
    let folder = env::temp_dir().join(format!("asm-lint-check-time-{}", std::process::id()));
    let kinds =
        [("nearly empty", 1, 0), ("without asm", FUNCTIONS, 0), ("with asm", FUNCTIONS, BLOCKS)];
    for (name, functions, blocks) in kinds {
        let project = Project::new(&folder, functions, blocks);
        for (start, again) in
            [("from clean", Project::clean as fn(&Project)), ("alone", Project::touch)]
        {
            let (mut plain, mut lint) = (Vec::new(), Vec::new());
            let front_end = env!("CARGO_BIN_EXE_cargo-asm-lint");
            // Both have to have built everything once.
            project.timed(Command::new(cargo()).arg("check"));
            project.timed(Command::new(front_end).arg("asm-lint"));
            for _ in 0..PAIRS {
                again(&project);
                plain.push(project.timed(Command::new(cargo()).arg("check")));
                again(&project);
                lint.push(project.timed(Command::new(front_end).arg("asm-lint")));
            }
            let differences = plain.iter().zip(&lint);
            let mut differences: Vec<f64> = differences
                .map(|(plain, lint)| 1e3 * (lint.as_secs_f64() - plain.as_secs_f64()))
                .collect();
            differences.sort_by(f64::total_cmp);
            let (plain, lint) = (median(plain), median(lint));
            println!(
                "crate {name}, {start}: cargo check {plain:?}, cargo asm-lint {lint:?}, ratio {:.3}, \
                 difference {:.0} ms",
                lint.as_secs_f64() / plain.as_secs_f64(),
                differences[differences.len() / 2]
            );
        }
    }
    fs::remove_dir_all(&folder).expect("the folder is ours");
}

/// A library without findings.
struct Project {
    root: PathBuf,
    rustc: PathBuf,
}

impl Project {
    fn new(folder: &Path, functions: usize, blocks: usize) -> Project {
        let root = folder.join(format!("crate-{functions}-{blocks}"));
        fs::create_dir_all(root.join("src")).expect("a temporary folder can be written to");
        let mut source = String::from("#![allow(missing_docs)]\n");
        for index in 0..functions {
            let _ = writeln!(
                source,
                "pub fn plain_{index}(words: &[u64]) -> Vec<String> {{\n    \
                 words.iter().map(|word| format!(\"{{:x}}\", word ^ {index})).collect()\n}}"
            );
        }
        for index in 0..blocks {
            let _ = writeln!(
                source,
                "pub fn block_{index}(word: u64) -> u64 {{\n    let sum;\n    unsafe {{ \
                 std::arch::asm!(\"lea {{0}}, [{{1}} + {index}]\", out(reg) sum, in(reg) word, \
                 options(pure, nomem, nostack, preserves_flags)) }}\n    sum\n}}"
            );
        }
        let manifest = "[package]\nname = \"subject\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n\
                        [workspace]\n";
        fs::write(root.join("src/lib.rs"), source).expect("the folder is ours");
        fs::write(root.join("Cargo.toml"), manifest).expect("the folder is ours");
        let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output();
        let sysroot = sysroot.expect("rustc is next to cargo").stdout;
        let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot).trim());
        Project { root, rustc: sysroot.join("bin/rustc") }
    }

    /// Removes all that earlier runs left.
    fn clean(&self) {
        let _ = fs::remove_dir_all(self.root.join("target"));
    }

    /// Changes the source, so that the crate is rebuilt.
    fn touch(&self) {
        let path = self.root.join("src/lib.rs");
        let source = fs::read_to_string(&path).expect("it was written");
        fs::write(path, source + "\n").expect("the folder is ours");
    }

    /// Runs a command.
    fn timed(&self, command: &mut Command) -> Duration {
        command.current_dir(&self.root).env("RUSTC", &self.rustc).env_remove("CARGO_TARGET_DIR");
        command.env("CARGO_INCREMENTAL", "0");
        command.arg("--offline").stderr(Stdio::null());
        let start = Instant::now();
        let status = command.status().expect("cargo runs");
        assert!(status.success(), "{command:?}");
        start.elapsed()
    }
}

fn cargo() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
