//! How much the analysis costs on top of the assembler: thousands of mixed blocks, assembled alone
//! and analysed whole, in turn, in one run. Prints the ratio of the medians; run it with
//! `cargo bench -p asm-analysis`.

use std::time::{Duration, Instant};

// The allocator of the driver: it overrides malloc, for LLVM too.
use tikv_jemalloc_sys as _;

use asm_analysis::analyse::analyse;
use asm_analysis::assemble::{Unit, assemble};
use asm_analysis::block::Block;
use asm_analysis::meaning::Meanings;
use asm_analysis::substitute::{Substitution, substitute};
use asm_analysis::testing::{block, target_x86_64};

/// What real crates contain, roughly in their proportions: single system instructions, system calls,
/// save and restore, loops, vector code, long straight arithmetic.
const BLOCKS: [(&str, &[&str]); 8] = [
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

const COUNT: usize = 4000;
const ROUNDS: usize = 7;

fn main() {
    let target = target_x86_64();
    let blocks: Vec<Block> = BLOCKS
        .iter()
        .cycle()
        .take(COUNT)
        .map(|(template, operands)| block(&target, template, operands))
        .collect();
    let references: Vec<&Block> = blocks.iter().collect();
    let rendered: Vec<Substitution> =
        blocks.iter().filter_map(|block| substitute(block, &[]).ok()).collect();
    let units: Vec<Unit<'_>> = rendered
        .iter()
        .zip(&blocks)
        .map(|(rendered, block)| Unit {
            text: &rendered.text,
            variant: None,
            syntax: block.syntax,
            context: (&block.kind).into(),
            features: &block.features.llvm,
            is_thumb: block.is_thumb(),
        })
        .collect();
    let (mut alone, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.push(timed(|| assemble(&target, &units).len()));
        whole.push(timed(|| analyse(&references, Meanings::standard()).count()));
    }
    let (alone, whole) = (median(alone), median(whole));
    println!(
        "{COUNT} blocks: assembler alone {alone:?}, whole analysis {whole:?}, ratio {:.2}",
        whole.as_secs_f64() / alone.as_secs_f64()
    );
}

fn timed(work: impl FnOnce() -> usize) -> Duration {
    let start = Instant::now();
    assert_eq!(work(), COUNT);
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
