//! # undefined_upper_bits_read
//!
//! Bits above an input's type are used. Group `hazard`, warn by default.
//!
//! ## What it does
//!
//! Follows what reaches memory, an address, a count, a branch, an output or the system back to
//! the inputs, and reports bits of an input's register that are above its type: `rep movsb` uses
//! all of `rcx` as its count although the input is a `u32`; `{0:r}` uses 64 bits of a `u32`.
//!
//! ## Why is this bad?
//!
//! If an input is smaller than its register, the other bits of the register are undefined. They
//! are usually zero, because the compiler has just loaded the value. They are not if the compiler
//! has kept part of a wider value there.
//!
//! ## Known limits
//!
//! The lint stays silent where:
//!
//! - the result depends on the low bits only: a sum is truncated to 32 bits again, an address has
//!   32 bits;
//! - the value is widened first: `mov {0:e}, {0:e}`, `movzx`, `movsxd`;
//! - it is not known which bits an instruction uses.
//!
//! ## On other architectures
//!
//! - AArch64: `{x}` names all 64 bits, `{x:w}` the lower 32. The lint also fires for an 8- or
//!   16-bit input that is compared as `{x:w}`, which has no narrower name: clear the other bits
//!   first.
//! - Arm and RISC-V have no modifiers. Instructions that use the low bits only are fine: `uxtb`,
//!   `strb`, `sb`, `andi {x}, {x}, 0xff`, on RV64 all whose names end in `w`.
//!
//! One input is defined beyond its type: RISC-V keeps an `f32` in a 64-bit register with all upper
//! bits set.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn fill(start: *mut u8, count: u32, value: u8) {
//!     unsafe {
//!         asm!(
//!             "rep stosb",
//!             inout("rdi") start => _,
//!             inout("rcx") count => _,
//!             in("al") value,
//!             options(nostack, preserves_flags),
//!         )
//!     };
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn fill(start: *mut u8, count: u32, value: u8) {
//!     unsafe {
//!         asm!(
//!             "rep stosb",
//!             inout("rdi") start => _,
//!             inout("rcx") u64::from(count) => _,
//!             in("al") value,
//!             options(nostack, preserves_flags),
//!         )
//!     };
//! }
//! ```
//!
//! ## Fix safety
//!
//! The suggested `as` sign-extends signed integers and zero-extends unsigned ones. Whether that
//! is what the block needs, only the author knows.
//!
//! ## Reference
//!
//! `asm.register-operands.smaller-value`

use asm_analysis::block::{Block, Output};
use asm_analysis::registers::Register;
use asm_analysis::facts::UndefinedRead;
use rustc_errors::Applicability;

use crate::diagnostics::{Edit, Message, Place};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::wording;

declare_lint!(hazard UNDEFINED_UPPER_BITS_READ UndefinedUpperBitsRead "bits above an input's type are used");

/// The reads.
pub(crate) struct Finding {
    reads: Vec<UndefinedRead>,
}

impl Rule for UndefinedUpperBitsRead {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        let mut reads = facts.undefined_reads(block).to_vec();
        reads.retain(|read| read.given_bits.is_some() && read.operand.is_some());
        reads.sort_by_key(|read| read.read);
        if !reads.is_empty() {
            findings.push(Finding { reads });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let Some((first, others)) = finding.reads.split_first() else {
            return Message::new("", Place::Block);
        };
        let given = first.given_bits.unwrap_or_default();
        let operand = first.operand.unwrap_or_default();
        let instruction = wording::instruction(judged, first.read);
        let input = wording::operand(judged, operand);
        let place = judged.place(first.read);
        let mut message = Message::new(
            format!("{instruction} uses bits above the {given}-bit input {input}"),
            place,
        )
        .label("uses undefined bits")
        .also(Place::Operand(operand), wording::of_bits(given, "input"));
        let seen = judged.place(first.seen);
        message = match wording::use_of(first.kind) {
            Some(used) if first.seen.is_some() && seen != place => message.also(seen, used),
            _ => message,
        };
        for other in others {
            if judged.place(other.read) != place {
                message =
                    message.also(judged.place(other.read), "uses undefined bits, too");
            }
            let operand = other.operand.unwrap_or_default();
            let given = other.given_bits.unwrap_or_default();
            message = message.also(Place::Operand(operand), wording::of_bits(given, "input"));
        }
        let message = message.note(
            format!(
                "the bits above {} are undefined: the compiler does not have to clear them",
                wording::of_bits(given, "input"),
            ),
        );
        let edits: Option<Vec<Edit>> = judged.inline().and_then(|(block, _)| {
            finding.reads.iter().map(|read| widened(judged, block, read)).collect()
        });
        match edits {
            Some(edits) => message.suggest(
                "widen the value before it is passed",
                edits,
                Applicability::MaybeIncorrect,
            ),
            None => message.help("widen the value first, in the block or before it"),
        }
    }
}

/// The conversion of an input to the width of its register; `None` where it would not fit the
/// output or the register.
fn widened(judged: &Judged<'_>, block: &Block, read: &UndefinedRead) -> Option<Edit> {
    let operand = read.operand?;
    let (register, part) = judged.register_operand(operand)?;
    let is_plain = matches!(register.output, Output::None | Output::Discarded)
        && matches!(part.register, Register::General(_))
        && part.bits > 8
        && register.input.as_ref()?.pointee.is_none();
    let to = if block.target.architecture.word_bits() == 64 { "u64" } else { "u32" };
    is_plain.then_some(Edit::ConvertInput(operand, to))
}
