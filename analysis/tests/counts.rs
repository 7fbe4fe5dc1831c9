//! How many instructions the analysis of a fixed set of blocks takes, without those of the assembler.
//!
//! Skipped where there is no valgrind.

use std::env;
use std::path::Path;
use std::process::Command;

use asm_analysis::analyse::analyse;
use asm_analysis::assemble::{Request, assemble_blocks};
use asm_analysis::block::{Architecture, Block};
use asm_analysis::isa::Meanings;
use asm_analysis::testing::counting;
use asm_analysis::testing::mixed;
use asm_analysis::testing::shapes::SHAPES;

/// Says to the counted process what it is to do: the set, and how far it goes.
const WORK: &str = "ASM_LINT_COUNTED";

const SETS: [&str; 2] = ["x86_64", "aarch64"];

fn blocks(set: &str) -> Vec<Block> {
    let (mut blocks, architecture) = match set {
        "x86_64" => (mixed::x86(16), Architecture::X86_64),
        _ => (mixed::aarch64(16), Architecture::AArch64),
    };
    let shapes = SHAPES.iter().filter(|shape| shape.architecture == architecture);
    blocks.extend(shapes.map(|shape| shape.block(24)));
    blocks
}

/// What is counted; does nothing where nobody counts.
#[test]
#[ignore = "run by the test below"]
fn counted() {
    let work = env::var(WORK).unwrap_or_default();
    let Some((set, steps)) = work.split_once(' ') else { return };
    let blocks = blocks(set);
    let references: Vec<&Block> = blocks.iter().collect();
    if steps == "assembled" {
        let requests: Vec<Request<'_>> = blocks.iter().map(Request::from).collect();
        assert_eq!(assemble_blocks(&requests).len(), blocks.len());
    } else {
        assert_eq!(analyse(&references, Meanings::standard()).count(), blocks.len());
    }
}

#[test]
fn the_analysis_executes_as_many_instructions_as_written_down() {
    if !counting::is_possible() {
        println!("skipped: there is no valgrind");
        return;
    }
    let own = env::current_exe().expect("a test has an executable");
    let count = |set: &str, steps: &str| {
        let mut command = Command::new(&own);
        command.args(["--exact", "counted", "--ignored"]);
        command.env(WORK, format!("{set} {steps}")).env("RUST_TEST_THREADS", "1");
        counting::instructions(&command)
    };
    let counts =
        SETS.map(|set| (set, count(set, "analysed").saturating_sub(count(set, "assembled"))));
    counting::compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/counts.tsv"), &counts);
}
