//! # output_partially_written
//!
//! Only part of an output is written. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Looks for `out` and `lateout` operands whose value is used and of which the block leaves some
//! bits unwritten: `setc {0:l}` writes 8 bits of a 64-bit output, `mov {0:x}, …` 16 bits of a
//! 32-bit output, `movss` between registers a quarter of a vector.
//!
//! ## Why is this bad?
//!
//! The remaining bits keep whatever the register held before. The compiler treats the register as
//! undefined at the start of the block.
//!
//! ## Known limits
//!
//! The lint stays silent where:
//!
//! - the output is a `MaybeUninit`, whose author expects that;
//! - an instruction writes a 32-bit register in 64-bit code, which clears the upper half:
//!   `mov {0:e}, 1` writes a whole `u64`;
//! - the register is cleared first, or the value is widened last with `movzx`;
//! - the unwritten bits are above the output's type, where nothing sees them;
//! - nothing at all is written: that is `output_unwritten`.
//!
//! ## On other architectures
//!
//! - AArch64: a write of `w0` clears the upper half of `x0`, and a write of `s0` the rest of `v0`.
//!   Partial are `movk`, `bfi`, `bfxil`, writes of one element of a vector, and the `2` forms
//!   (`xtn2`).
//! - Arm: partial are `movt`, `bfi`, and writes of a part: of `s0` where the operand is `d0` or
//!   `q0`.
//! - RISC-V: every instruction writes the whole register, so the lint does not fire.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn is_below(a: u64, b: u64) -> u64 {
//!     let below;
//!     unsafe {
//!         asm!(
//!             "cmp {a}, {b}",
//!             "setb {below:l}",
//!             a = in(reg) a,
//!             b = in(reg) b,
//!             below = out(reg) below,
//!             options(pure, nomem, nostack),
//!         )
//!     };
//!     below
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn is_below(a: u64, b: u64) -> bool {
//!     let below: u8;
//!     unsafe {
//!         asm!(
//!             "cmp {a}, {b}",
//!             "setb {below}",
//!             a = in(reg) a,
//!             b = in(reg) b,
//!             below = out(reg_byte) below,
//!             options(pure, nomem, nostack),
//!         )
//!     };
//!     below != 0
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no suggestion: clearing the register first, widening the value last and a narrower
//! output are all correct, and only the author knows which one fits.
//!
//! ## Reference
//!
//! `asm.operand-type.supported-operands.out`, `asm.register-operands.smaller-value`

use asm_analysis::registers::Register;
use asm_analysis::values::Cell;

use crate::diagnostics::{Message, Place};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::outputs::{Left, left};
use crate::wording;

declare_lint!(contract OUTPUT_PARTIALLY_WRITTEN OutputPartiallyWritten "only part of an output is written");

/// The outputs that are written in part.
pub(crate) struct Finding {
    outputs: Vec<Left>,
}

impl Rule for OutputPartiallyWritten {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let outputs: Vec<Left> = left(judged).into_iter().filter(|left| !left.all).collect();
        if !outputs.is_empty() {
            findings.push(Finding { outputs });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let [first, others @ ..] = finding.outputs.as_slice() else {
            return Message::new("", Place::Block);
        };
        let output = wording::operand(judged, first.operand);
        let what = match first.from {
            0 => format!("part of the {} bits of the output {output}", first.bits),
            written => format!("{written} of the {} bits of the output {output}", first.bits),
        };
        let headline = if is_written_by_several(judged, first.operand) {
            format!("only {what} {} written", if first.from == 0 { "is" } else { "are" })
        } else {
            format!("{} writes only {what}", wording::instruction(judged, first.write))
        };
        let mut message = Message::new(headline, judged.place(first.write))
            .label("leaves the other bits unwritten")
        .also(Place::Operand(first.operand), wording::of_bits(first.bits, "output"));
        for other in others {
            message = message
                .also(judged.place(other.write), "writes only part of another output")
                .also(Place::Operand(other.operand), wording::of_bits(other.bits, "output"));
        }
        let path = first.is_written_elsewhere.then_some(first.trace);
        let part = judged.register_operand(first.operand).map(|(_, part)| part);
        let is_x86 = judged.analysed().is_some_and(|(_, facts)| facts.architecture.is_x86());
        let is_general = part.is_some_and(|part| matches!(part.register, Register::General(_)));
        wording::on_path(judged, path, message)
            .note("the remaining bits keep what the register held before the block")
            .help(match is_x86 && is_general {
                true => "clear the register first, widen the value last (`movzx`), or use a narrower output",
                false => "clear the register first, write the other bits too, or use a narrower output",
            })
    }
}

/// Whether more than one instruction writes the operand's register: each of them another part.
fn is_written_by_several(judged: &Judged<'_>, operand: usize) -> bool {
    let register = judged.register_operand(operand).map(|(_, part)| part.register);
    judged.analysed().zip(register).is_some_and(|((_, facts), register)| {
        facts.write_sites(Cell::Register(register)).len() > 1
    })
}
