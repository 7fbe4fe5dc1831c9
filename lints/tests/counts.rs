//! What the driver costs over the compiler that it is, in executed instructions: to start, and for a
//! crate without inline assembly.
//!
//! Skipped where there is no valgrind.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use asm_analysis::testing::counting;

/// What is almost nothing to compile.
const NEARLY_EMPTY: &str = "pub fn nothing() {}\n";

/// The same with a block.
const WITH_BLOCK: &str = "pub fn nothing() { unsafe { std::arch::asm!(\"nop\") } }\n";

/// So many functions, each with some hundred nodes in its body.
const FUNCTIONS: u64 = 200;

/// How many instructions the driver may execute for each of those functions beyond what the compiler
/// does. To look at the nodes of the HIR in their arrays, once, takes 34,000 in a build that is not
/// optimized; to do so twice would be too much.
const FOR_A_FUNCTION: u64 = 50_000;

/// Whether the driver lints, or is the compiler alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    Lint,
    Compiler,
}

fn functions() -> String {
    (0..FUNCTIONS).fold(String::new(), |mut text, number| {
        let _ = writeln!(text, "pub fn plain_{number}(words: &mut [u64]) -> u64 {{");
        text.push_str("    let mut sum = 1u64;\n");
        for step in 0..10 {
            let _ = writeln!(text, "    sum = (sum ^ words[{step}] * 3).wrapping_add({step});");
        }
        text + "    sum\n}\n"
    })
}

/// How many instructions a run takes for a crate with this text, and which functions it executes.
fn profile(name: &str, text: &str, run: Run) -> (u64, BTreeSet<String>) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("counts_{name}"));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("subject.rs");
    fs::write(&path, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_asm-lint-driver"));
    for variable in ["ASM_LINT_ARGS", "ASM_LINT_CONF_DIR", "ASM_LINT_CONF_STATE"] {
        command.env_remove(variable);
    }
    command.env_remove("ASM_LINT_RUSTC_LINTS");
    if run == Run::Compiler {
        // A run that lints silences the compiler's own lints as well.
        command.args(["--rustc", "--cap-lints=allow"]);
    }
    command.arg(&path).args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "-o"]);
    command.arg(folder.join("subject.rmeta"));
    counting::profile(&command, &folder)
}

/// What a linted run takes beyond the compiler's.
fn beyond(name: &str, text: &str) -> u64 {
    let (lint, _) = profile(name, text, Run::Lint);
    let (compiler, _) = profile(name, text, Run::Compiler);
    lint.saturating_sub(compiler)
}

#[test]
fn the_driver_starts_and_walks_in_as_many_instructions_as_written_down() {
    if !counting::is_possible() {
        println!("skipped: there is no valgrind");
        return;
    }
    let start = beyond("start", NEARLY_EMPTY);
    let many = beyond("walk", &functions());
    println!("start {start}, {FUNCTIONS} functions {many}");
    let each = many.saturating_sub(start) / FUNCTIONS;
    assert!(each < FOR_A_FUNCTION, "{each} instructions for a function without assembly");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/counts.tsv");
    counting::compare(&file, &[("start of the driver", start)]);
}

#[test]
fn a_crate_without_blocks_starts_no_assembler() {
    if !counting::is_possible() {
        println!("skipped: there is no valgrind");
        return;
    }
    let assembles = |name: &str, text: &str| -> Vec<String> {
        let (_, functions) = profile(name, text, Run::Lint);
        let is_ours = |name: &String| {
            let assembles = name.contains("asm_analysis")
                && ["assemble", "machine", "flow"].iter().any(|part| name.contains(part))
                // A mistake in the variable that chooses the assembler is reported in any case.
                && !name.ends_with("Backend>::from_environment");
            // What starts threads.
            assembles || name.contains("asm_lint_driver::jobs")
        };
        functions.into_iter().filter(is_ours).collect()
    };
    assert_eq!(assembles("without", NEARLY_EMPTY), [""; 0]);
    assert_ne!(
        assembles("with", WITH_BLOCK),
        [""; 0],
        "the names of functions are not in the profile"
    );
}
