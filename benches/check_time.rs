//! How much `cargo asm-lint` costs over `cargo check` with the same compiler, without incremental
//! compilation: from clean, and where one crate is rebuilt alone, which is what a person at an editor
//! waits for. On a crate with inline assembly, on one without, and on one that is nearly empty, whose
//! difference is the fixed cost of a run. In pairs, in one run; prints the ratios of the medians, and
//! the medians of the differences. Then how what a crate takes grows with the length of its one block,
//! all rules included. The driver must be next to the front end:
//!
//! ```sh
//! cargo build --release --workspace
//! cargo bench -p cargo-asm-lint --bench check_time            # both
//! cargo bench -p cargo-asm-lint --bench check_time -- crates  # the ratios
//! cargo bench -p cargo-asm-lint --bench check_time -- long    # the growth
//! ```

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

/// How many instructions a long block has.
const LENGTHS: [usize; 3] = [1_000, 10_000, 100_000];

/// How often a crate with a long block is checked.
const LONG_PAIRS: usize = 5;

/// What long blocks consist of, again and again: what is computed, what only a load brings, what is
/// stored, and where paths meet.
const LONG: [(&str, &[&str]); 4] = [
    ("computing", &["add {a}, {b}", "rol {a}, 7"]),
    ("loading", &["add {a}, [{p}]", "xor {b}, [{p} + 8]"]),
    ("storing", &["add [{p}], {a}", "mov [{p} + 8], {b}"]),
    ("branching", &["dec {a}", "jz 2f"]),
];

fn main() {
    // Cargo adds a flag of its own.
    let section = env::args().skip(1).find(|word| !word.starts_with("--")).unwrap_or_default();
    let folder = env::temp_dir().join(format!("asm-lint-check-time-{}", std::process::id()));
    if matches!(&*section, "" | "crates") {
        crates(&folder);
    }
    if matches!(&*section, "" | "long") {
        for (name, lines) in LONG {
            long(&folder, name, lines);
        }
    }
    fs::remove_dir_all(&folder).expect("the folder is ours");
}

/// Prints the ratios of crates of several kinds.
fn crates(folder: &Path) {
    let kinds =
        [("nearly empty", 1, 0), ("without asm", FUNCTIONS, 0), ("with asm", FUNCTIONS, BLOCKS)];
    for (name, functions, blocks) in kinds {
        let project = Project::new(
            folder,
            &format!("{functions}-{blocks}"),
            &functions_and_blocks(functions, blocks),
        );
        for (start, again) in
            [("from clean", Project::clean as fn(&Project)), ("alone", Project::touch)]
        {
            let Pairs { plain, lint, difference } = project.pairs(PAIRS, again);
            println!(
                "crate {name}, {start}: cargo check {plain:?}, cargo asm-lint {lint:?}, ratio {:.3}, \
                 difference {difference:.0} ms",
                lint.as_secs_f64() / plain.as_secs_f64(),
            );
        }
    }
}

/// Prints how long a crate takes beyond the compiler, whose one block has more and more instructions,
/// and the exponent of the growth from the first length to the last.
fn long(folder: &Path, name: &str, lines: &[&str]) {
    let mut line = format!("one block, {name}, milliseconds by instructions:");
    let mut differences = Vec::new();
    for length in LENGTHS {
        let project = Project::new(folder, &format!("{name}-{length}"), &one_block(lines, length));
        let Pairs { difference, .. } = project.pairs(LONG_PAIRS, Project::touch);
        let _ = write!(line, " {length}: {difference:.0}");
        differences.push(difference);
    }
    let times = LENGTHS[LENGTHS.len() - 1] as f64 / LENGTHS[0] as f64;
    let growth = differences[differences.len() - 1] / differences[0];
    println!("{line}; exponent {:.2}", growth.ln() / times.ln());
}

/// Plain functions, and functions with a block without findings.
fn functions_and_blocks(functions: usize, blocks: usize) -> String {
    let mut source = String::new();
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
    source
}

/// A function with a block of so many instructions.
fn one_block(lines: &[&str], length: usize) -> String {
    let mut template = lines.join("\n") + "\n";
    template = template.repeat(length / lines.len()) + "2: xor {a}, [{p}]";
    format!(
        "pub unsafe fn block(p: *mut u64, mut a: u64, mut b: u64) -> u64 {{\n    unsafe {{ \
         std::arch::asm!(\"{template}\", \"xor {{a}}, {{b}}\", p = in(reg) p, \
         a = inout(reg) a, b = inout(reg) b) }}\n    a ^ b\n}}\n"
    )
}

/// The medians of a command without and with the lints.
struct Pairs {
    plain: Duration,
    lint: Duration,
    /// The median of the differences, in milliseconds.
    difference: f64,
}

/// A library.
struct Project {
    root: PathBuf,
    rustc: PathBuf,
}

impl Project {
    fn new(folder: &Path, name: &str, source: &str) -> Project {
        let root = folder.join(format!("crate-{name}"));
        fs::create_dir_all(root.join("src")).expect("a temporary folder can be written to");
        let source = format!("#![allow(missing_docs, clippy::missing_safety_doc)]\n{source}");
        let manifest = "[package]\nname = \"subject\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n\
                        [workspace]\n";
        fs::write(root.join("src/lib.rs"), source).expect("the folder is ours");
        fs::write(root.join("Cargo.toml"), manifest).expect("the folder is ours");
        let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output();
        let sysroot = sysroot.expect("rustc is next to cargo").stdout;
        let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot).trim());
        Project { root, rustc: sysroot.join("bin/rustc") }
    }

    /// Runs `cargo check` and `cargo asm-lint` in turn, each time after `again`.
    fn pairs(&self, count: usize, again: fn(&Project)) -> Pairs {
        let (mut plain, mut lint) = (Vec::new(), Vec::new());
        let front_end = env!("CARGO_BIN_EXE_cargo-asm-lint");
        // Both have to have built everything once.
        self.timed(Command::new(cargo()).arg("check"));
        self.timed(Command::new(front_end).arg("asm-lint"));
        for _ in 0..count {
            again(self);
            plain.push(self.timed(Command::new(cargo()).arg("check")));
            again(self);
            lint.push(self.timed(Command::new(front_end).arg("asm-lint")));
        }
        let differences = plain.iter().zip(&lint);
        let mut differences: Vec<f64> = differences
            .map(|(plain, lint)| 1e3 * (lint.as_secs_f64() - plain.as_secs_f64()))
            .collect();
        differences.sort_by(f64::total_cmp);
        let difference = differences[differences.len() / 2];
        Pairs { plain: median(plain), lint: median(lint), difference }
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
