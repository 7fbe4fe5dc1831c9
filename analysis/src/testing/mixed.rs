//! Small blocks as real crates have them, for the benchmark and for the counts of instructions.

use std::sync::Arc;

use super::{block, target_aarch64, target_x86_64};
use crate::block::{Block, Target};

/// So many blocks for x86_64.
pub fn x86(count: usize) -> Vec<Block> {
    blocks(&target_x86_64(), X86, count)
}

/// So many blocks for AArch64.
pub fn aarch64(count: usize) -> Vec<Block> {
    blocks(&target_aarch64(), A64, count)
}

fn blocks(target: &Arc<Target>, templates: Templates, count: usize) -> Vec<Block> {
    let templates = templates.iter().cycle().take(count);
    templates.map(|(template, operands)| block(target, template, operands)).collect()
}

/// What real crates contain, roughly in their proportions: single system instructions, system calls,
/// save and restore, loops, vector code, long straight arithmetic.
const X86: Templates = &[
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
const A64: Templates = &[
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
type Templates = &'static [(&'static str, &'static [&'static str])];
