//! Blocks of any length, one for each way in which the cost of a block could grow faster than its
//! length: for the benchmark's table, and for the tests that guard against it.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{block, target_aarch64, target_x86_64};
use crate::block::{Architecture, Block, Target};

/// A kind of block that can be made as long as one likes.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// What it is.
    pub name: &'static str,
    /// What it is for: [`Architecture::X86_64`] or [`Architecture::AArch64`].
    pub architecture: Architecture,
    operands: &'static [&'static str],
    template: fn(usize) -> String,
}

impl Shape {
    /// The block with about so many instructions.
    pub fn block(&self, instructions: usize) -> Block {
        block(&self.target(), &(self.template)(instructions), self.operands)
    }

    fn target(&self) -> Arc<Target> {
        match self.architecture {
            Architecture::AArch64 => target_aarch64(),
            _ => target_x86_64(),
        }
    }
}

const X86: Architecture = Architecture::X86_64;
const A64: Architecture = Architecture::AArch64;

const WORDS: &[&str] =
    &["a = inout(reg) u64", "b = inout(reg) u64", "c = inout(reg) u64", "p = in(reg) *mut u64"];
const VECTORS: &[&str] =
    &["x = inout(xmm_reg) v128", "y = inout(xmm_reg) v128", "p = in(reg) *mut u8"];
const A64_VECTORS: &[&str] =
    &["x = inout(vreg) v128", "y = inout(vreg) v128", "p = in(reg) *mut u8"];
const A64_CALLS: &[&str] = &["a = inout(reg) u64", "b = inout(reg) u64", "out(\"x30\") _"];

/// All of them.
pub const SHAPES: &[Shape] = &[
    shape("straight code", X86, WORDS, |length| {
        cycle(length, &["add {a}, {b}", "xor {b}, {a}", "lea {a}, [{a}+{b}*4+8]", "rol {b}, 7"])
    }),
    shape("distinct stores", X86, WORDS, |length| {
        (0..length).fold(String::new(), |mut text, index| {
            let _ = writeln!(text, "mov [{{p}}+{}], {{a}}", index * 8);
            text
        })
    }),
    shape("read-modify-write", X86, WORDS, |length| cycle(length, &["add [{p}], {a}"])),
    shape("branch chain", X86, WORDS, |length| cycle(length, &["dec {a}", "jz 2f"]) + "2: nop\n"),
    shape("diamonds", X86, WORDS, |length| {
        cycle(length, &["cmp {a}, {b}", "jz 2f", "inc {c}", "2: lea {a}, [{a}+{c}]"])
    }),
    shape("nested loops", X86, WORDS, |length| {
        cycle(
            length,
            &[
                "2: mov {b}, {a}",
                "3: mov {c}, {b}",
                "4: add qword ptr [{p}], {c}",
                "dec {c}",
                "jnz 4b",
                "dec {b}",
                "jnz 3b",
                "dec {a}",
                "jnz 2b",
            ],
        )
    }),
    shape("subroutine", X86, WORDS, |length| {
        cycle(length / 4, &["call 3f"]) + "jmp 4f\n3: add {a}, {b}\nxor {b}, {a}\nret\n4: nop\n"
    }),
    shape("vector code", X86, VECTORS, |length| {
        let lines =
            ["movdqu {y}, [{p}]", "paddd {x}, {y}", "pshufd {y}, {x}, 27", "movdqu [{p}], {x}"];
        cycle(length, &lines)
    }),
    shape("zeros", X86, WORDS, |length| format!(".zero {}\n", 2 * length)),
    shape("straight code", A64, WORDS, |length| {
        let lines =
            ["add {a}, {a}, {b}", "eor {b}, {b}, {a}", "ror {b}, {b}, #7", "mul {a}, {a}, {c}"];
        cycle(length, &lines)
    }),
    shape("read-modify-write", A64, WORDS, |length| {
        cycle(length, &["ldr {a}, [{p}]", "add {a}, {a}, {b}", "str {a}, [{p}]"])
    }),
    shape("branch chain", A64, WORDS, |length| {
        cycle(length, &["subs {a}, {a}, #1", "b.eq 2f"]) + "2: nop\n"
    }),
    shape("nested loops", A64, WORDS, |length| {
        cycle(
            length,
            &[
                "2: mov {b}, {a}",
                "3: mov {c}, {b}",
                "4: str {c}, [{p}]",
                "subs {c}, {c}, #1",
                "b.ne 4b",
                "subs {b}, {b}, #1",
                "b.ne 3b",
                "subs {a}, {a}, #1",
                "b.ne 2b",
            ],
        )
    }),
    shape("subroutine", A64, A64_CALLS, |length| {
        let body = "b 4f\n3: add {a}, {a}, {b}\neor {b}, {b}, {a}\nret\n4: nop\n";
        cycle(length / 4, &["bl 3f"]) + body
    }),
    shape("vector code", A64, A64_VECTORS, |length| {
        let lines = [
            "ldr {y:q}, [{p}]",
            "add {x:v}.4s, {x:v}.4s, {y:v}.4s",
            "ext {y:v}.16b, {x:v}.16b, {x:v}.16b, #8",
            "str {x:q}, [{p}]",
        ];
        cycle(length, &lines)
    }),
];

const fn shape(
    name: &'static str,
    architecture: Architecture,
    operands: &'static [&'static str],
    template: fn(usize) -> String,
) -> Shape {
    Shape { name, architecture, operands, template }
}

/// So many lines, from the first on again and again.
fn cycle(length: usize, lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines.iter().cycle().take(length.next_multiple_of(lines.len())) {
        text.push_str(line);
        text.push('\n');
    }
    text
}
