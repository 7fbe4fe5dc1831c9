//! How much `cargo asm-lint` costs over `cargo check` with the same compiler, from clean: on a
//! crate with inline assembly and on one without, in pairs, in one run. Prints the ratios of the
//! medians. The driver must be next to the front end:
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
    for (name, blocks) in [("without asm", 0), ("with asm", BLOCKS)] {
        let project = Project::new(&folder, blocks);
        let (mut plain, mut lint) = (Vec::new(), Vec::new());
        for _ in 0..PAIRS {
            plain.push(project.timed(Command::new(cargo()).arg("check")));
            let front_end = env!("CARGO_BIN_EXE_cargo-asm-lint");
            lint.push(project.timed(Command::new(front_end).arg("asm-lint")));
        }
        let (plain, lint) = (median(plain), median(lint));
        println!(
            "crate {name}: cargo check {plain:?}, cargo asm-lint {lint:?}, ratio {:.3}",
            lint.as_secs_f64() / plain.as_secs_f64()
        );
    }
    fs::remove_dir_all(&folder).expect("the folder is ours");
}

/// A library without findings.
struct Project {
    root: PathBuf,
    rustc: PathBuf,
}

impl Project {
    fn new(folder: &Path, blocks: usize) -> Project {
        let root = folder.join(format!("blocks-{blocks}"));
        fs::create_dir_all(root.join("src")).expect("a temporary folder can be written to");
        let mut source = String::from("#![allow(missing_docs)]\n");
        for index in 0..FUNCTIONS {
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

    /// Runs a command with nothing left of an earlier run.
    fn timed(&self, command: &mut Command) -> Duration {
        let _ = fs::remove_dir_all(self.root.join("target"));
        command.current_dir(&self.root).env("RUSTC", &self.rustc).env_remove("CARGO_TARGET_DIR");
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
