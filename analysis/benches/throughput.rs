//! How much the analysis costs: on top of the assembler, and by the length of a block.
//!
//! ```sh
//! cargo bench -p asm-analysis                  # both
//! cargo bench -p asm-analysis -- mixed         # the ratios to the assembler alone
//! cargo bench -p asm-analysis -- shapes        # the table by length, with exponents
//! cargo bench -p asm-analysis -- shapes loops  # some of its rows
//! cargo bench -p asm-analysis --profile profiling -- once x86_64 whole 1000  # for a profiler; or `alone`
//! ```
//!
//! The ratio is that of the medians of thousands of mixed blocks, assembled alone and analysed whole,
//! in turn, in one run. The exponent is that of the growth from 1,000 instructions on.

use std::env;
use std::time::{Duration, Instant};

// The allocator of the driver: it overrides malloc, for LLVM too.
use tikv_jemalloc_sys as _;

use asm_analysis::analyse::analyse;
use asm_analysis::assemble::{Unit, assemble};
use asm_analysis::block::Block;
use asm_analysis::isa::Meanings;
use asm_analysis::substitute::{Substitution, substitute};
use asm_analysis::testing::mixed;
use asm_analysis::testing::shapes::{SHAPES, Shape};

const COUNT: usize = 4000;
const ROUNDS: usize = 7;

/// The lengths of the table's blocks, in instructions.
const LENGTHS: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];

fn main() {
    // Cargo adds a flag of its own.
    let words: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let (section, names) = words.split_first().map_or(("", &[][..]), |(first, rest)| (first, rest));
    if matches!(section, "" | "mixed") {
        ratio("x86_64", &mixed::x86(COUNT));
        ratio("aarch64", &mixed::aarch64(COUNT));
    }
    if section == "once" {
        let [set, step, count] = names else { panic!("once SET alone|whole COUNT") };
        let count = count.parse().unwrap_or(COUNT);
        let blocks = match set.as_str() {
            "x86_64" => mixed::x86(count),
            _ => mixed::aarch64(count),
        };
        match step.as_str() {
            "alone" => assembling(&blocks),
            _ => analysing(&blocks),
        };
    }
    if matches!(section, "" | "shapes") {
        println!("milliseconds by instructions; the assembler's share; exponent from 1,000 on");
        for shape in SHAPES {
            let full = format!("{:?} {}", shape.architecture, shape.name);
            if names.iter().all(|name| full.contains(name.as_str())) {
                row(shape, &full);
            }
        }
    }
}

/// Prints how the cost of a block grows with its length.
fn row(shape: &Shape, name: &str) {
    let mut line = format!("{name:28}");
    let mut whole = Vec::new();
    for length in LENGTHS {
        let block = shape.block(length);
        let blocks = [&block];
        // The shortest of as many rounds for each length: one round alone differs by a tenth.
        let time = (0..3)
            .map(|_| timed(1, || analyse(&blocks, Meanings::standard()).count()))
            .min()
            .unwrap_or_default();
        let alone = assembling(&[block]);
        whole.push(time.as_secs_f64());
        line += &format!("{:9.2} ({:6.2})", 1e3 * time.as_secs_f64(), 1e3 * alone.as_secs_f64());
    }
    let exponent = (whole[4] / whole[2]).log10() / 2.0;
    println!("{line}  {exponent:.2}");
}

/// Prints what the analysis of many small blocks costs over assembling them.
fn ratio(name: &str, blocks: &[Block]) {
    let (mut alone, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.push(assembling(blocks));
        whole.push(analysing(blocks));
    }
    let (alone, whole) = (median(alone), median(whole));
    println!(
        "{COUNT} blocks of {name}: assembler alone {alone:?}, whole analysis {whole:?}, ratio {:.2}",
        whole.as_secs_f64() / alone.as_secs_f64()
    );
}

/// How long the assembler needs for blocks, without their substitution.
fn assembling(blocks: &[Block]) -> Duration {
    let rendered: Vec<Substitution> =
        blocks.iter().filter_map(|block| substitute(block, &[]).ok()).collect();
    let units: Vec<Unit<'_>> = rendered
        .iter()
        .zip(blocks)
        .map(|(rendered, block)| Unit {
            text: &rendered.text,
            variant: None,
            syntax: block.syntax,
            context: (&block.kind).into(),
            features: &block.features.llvm,
            is_thumb: block.is_thumb(),
        })
        .collect();
    timed(blocks.len(), || assemble(&blocks[0].target, &units).len())
}

/// How long the whole analysis of blocks takes.
fn analysing(blocks: &[Block]) -> Duration {
    let references: Vec<&Block> = blocks.iter().collect();
    timed(blocks.len(), || analyse(&references, Meanings::standard()).count())
}

// A profiler is pointed at this function alone.
#[inline(never)]
fn timed(count: usize, work: impl FnOnce() -> usize) -> Duration {
    let start = Instant::now();
    assert_eq!(work(), count);
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
