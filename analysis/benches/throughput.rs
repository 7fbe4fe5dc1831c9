//! How much the analysis costs: on top of the assembler, and by the length of a block.
//!
//! ```sh
//! cargo bench -p asm-analysis                  # both
//! cargo bench -p asm-analysis -- mixed         # the ratios to the assembler alone
//! cargo bench -p asm-analysis -- shapes        # the table by length, with exponents
//! cargo bench -p asm-analysis -- shapes loops  # some of its rows
//! ```
//!
//! The ratio is that of the medians of thousands of mixed blocks, assembled alone and analysed whole,
//! in turn, in one run. The exponent is that of the growth from 1,000 instructions on.

use std::env;
use std::rc::Rc;
use std::time::{Duration, Instant};

// The allocator of the driver: it overrides malloc, for LLVM too.
use tikv_jemalloc_sys as _;

use asm_analysis::analyse::analyse;
use asm_analysis::assemble::{Unit, assemble};
use asm_analysis::block::{Block, Target};
use asm_analysis::meaning::Meanings;
use asm_analysis::substitute::{Substitution, substitute};
use asm_analysis::testing::shapes::{SHAPES, Shape};
use asm_analysis::testing::{block, target_aarch64, target_x86_64};

/// What real crates contain, roughly in their proportions: single system instructions, system calls,
/// save and restore, loops, vector code, long straight arithmetic.
const X86_BLOCKS: Blocks = &[
    ("pushfq\npop {f}", &["f = out(reg) u64"]),
    (
        "syscall",
        &[
            "inlateout(\"rax\") u64 => u64",
            "in(\"rdi\") u64",
            "lateout(\"rcx\") _",
            "lateout(\"r11\") _",
        ],
    ),
    (
        "mov {b:r}, rbx\ncpuid\nxchg {b:r}, rbx",
        &["b = out(reg) u32", "inout(\"eax\") u32", "inout(\"ecx\") u32", "out(\"edx\") u32"],
    ),
    (
        "2:\nmov {t}, [{s}]\nmov [{d}], {t}\nadd {s}, 8\nadd {d}, 8\ndec {n}\njnz 2b",
        &[
            "t = out(reg) _",
            "s = inout(reg) *const u64 => _",
            "d = inout(reg) *mut u64 => _",
            "n = inout(reg) u64 => _",
        ],
    ),
    (
        "movdqu {x}, [{p}]\npaddd {x}, {x}\npshufd {x}, {x}, 0x1b\nmovdqu [{p}], {x}",
        &["p = in(reg) *mut u8", "x = out(xmm_reg) _"],
    ),
    (
        "lock cmpxchg [{p}], {n}\nsete {r}",
        &[
            "p = in(reg) *mut u64",
            "n = in(reg) u64",
            "inout(\"rax\") u64 => _",
            "r = out(reg_byte) u8",
        ],
    ),
    (
        "mov rax, [{a}]\nmul qword ptr [{b}]\nmov [{r}], rax\nmov {c}, rdx\nmov rax, [{a}+8]\nmul qword ptr [{b}]\nadd rax, {c}\nadc rdx, 0\nmov [{r}+8], rax\nmov [{r}+16], rdx",
        &[
            "a = in(reg) *const u64",
            "b = in(reg) *const u64",
            "r = in(reg) *mut u64",
            "c = out(reg) _",
            "out(\"rax\") _",
            "out(\"rdx\") _",
        ],
    ),
    ("rep stosb", &["inout(\"rdi\") *mut u8 => _", "inout(\"rcx\") u64 => _", "in(\"al\") u8"]),
];

/// The same for AArch64.
const A64_BLOCKS: Blocks = &[
    ("mrs {f}, nzcv", &["f = out(reg) u64"]),
    ("svc #0", &["in(\"x8\") u64", "inlateout(\"x0\") u64 => u64", "in(\"x1\") u64"]),
    ("mrs {d}, daif\nmsr daifset, #2\nisb", &["d = out(reg) u64"]),
    (
        "2:\nldr {t}, [{s}], #8\nstr {t}, [{d}], #8\nsubs {n}, {n}, #1\nb.ne 2b",
        &[
            "t = out(reg) _",
            "s = inout(reg) *const u64 => _",
            "d = inout(reg) *mut u64 => _",
            "n = inout(reg) u64 => _",
        ],
    ),
    (
        "ldr {x:q}, [{p}]\nadd {x:v}.4s, {x:v}.4s, {x:v}.4s\next {x:v}.16b, {x:v}.16b, {x:v}.16b, #8\nstr {x:q}, [{p}]",
        &["p = in(reg) *mut u8", "x = out(vreg) _"],
    ),
    (
        "2:\nldaxr {o}, [{p}]\ncmp {o}, {e}\nb.ne 3f\nstlxr {s:w}, {n}, [{p}]\ncbnz {s:w}, 2b\n3:",
        &[
            "p = in(reg) *mut u64",
            "e = in(reg) u64",
            "n = in(reg) u64",
            "o = out(reg) u64",
            "s = out(reg) _",
        ],
    ),
    (
        "ldp {l}, {h}, [{a}]\nldr {m}, [{b}]\nmul {t}, {l}, {m}\numulh {c}, {l}, {m}\nmul {l}, {h}, {m}\numulh {h}, {h}, {m}\nadds {c}, {c}, {l}\nadc {h}, {h}, xzr\nstp {t}, {c}, [{r}]\nstr {h}, [{r}, #16]",
        &[
            "a = in(reg) *const u64",
            "b = in(reg) *const u64",
            "r = in(reg) *mut u64",
            "l = out(reg) _",
            "h = out(reg) _",
            "m = out(reg) _",
            "t = out(reg) _",
            "c = out(reg) _",
        ],
    ),
    ("dmb ish\nldar {v:w}, [{p}]", &["p = in(reg) *const u32", "v = out(reg) u32"]),
];

/// Templates with their operands.
type Blocks = &'static [(&'static str, &'static [&'static str])];

const COUNT: usize = 4000;
const ROUNDS: usize = 7;

/// The lengths of the table's blocks, in instructions.
const LENGTHS: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];

fn main() {
    // Cargo adds a flag of its own.
    let words: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let (section, names) = words.split_first().map_or(("", &[][..]), |(first, rest)| (first, rest));
    if matches!(section, "" | "mixed") {
        mixed("x86_64", &target_x86_64(), X86_BLOCKS);
        mixed("aarch64", &target_aarch64(), A64_BLOCKS);
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
        let rounds = if length > 1_000 { 1 } else { 5 };
        let time = (0..rounds)
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
fn mixed(name: &str, target: &Rc<Target>, blocks: Blocks) {
    let blocks: Vec<Block> = blocks
        .iter()
        .cycle()
        .take(COUNT)
        .map(|(template, operands)| block(target, template, operands))
        .collect();
    let references: Vec<&Block> = blocks.iter().collect();
    let (mut alone, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.push(assembling(&blocks));
        whole.push(timed(COUNT, || analyse(&references, Meanings::standard()).count()));
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

fn timed(count: usize, work: impl FnOnce() -> usize) -> Duration {
    let start = Instant::now();
    assert_eq!(work(), count);
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
