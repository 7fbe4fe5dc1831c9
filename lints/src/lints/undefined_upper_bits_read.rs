//! # undefined_upper_bits_read
//!
//! Bits above an input's type are used. Group `hazard`, warn by default.
//!
//! ## What it does
//!
//! Follows what reaches memory, an address, a count, a branch, an output or the system back to the
//! inputs, and reports bits of an input's register that are above its type: `rep movsb` counts in all
//! of `rcx` although a `u32` went in, `{0:r}` takes 64 bits of a `u32`.
//!
//! ## Why it is bad
//!
//! A value smaller than its register leaves the register's other bits undefined. Mostly they are zero,
//! because the compiler has just loaded the value; they are not when it has kept a part of a wider one.
//!
//! ## When it stays silent
//!
//! - What comes out depends on the low bits only: the sum is cut to 32 bits again, the address is a
//!   32-bit one.
//! - The value is widened first: `mov {0:e}, {0:e}`, `movzx`, `movsxd`.
//! - It can't be told which bits an instruction makes use of.
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
//! The suggested `as` extends the sign of signed integers, and clears the upper bits of unsigned ones.
//! Whether that is what the block wants, only the author knows.
//!
//! ## Reference
//!
//! `asm.register-operands.smaller-value`

use asm_analysis::block::{Block, Output};
use asm_analysis::registers::Register;
use asm_analysis::questions::undefined::{UndefinedRead, undefined_reads};
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
        let mut reads = undefined_reads(block, facts);
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
            format!("{instruction} makes use of more than the {given} bits of the input {input}"),
            place,
        )
        .label("reads more bits than were given")
        .also(Place::Operand(operand), format!("an input of {given} bits"));
        let seen = judged.place(first.seen);
        message = match wording::use_of(first.kind) {
            Some(used) if first.seen.is_some() && seen != place => message.also(seen, used),
            _ => message,
        };
        for other in others {
            if judged.place(other.read) != place {
                message =
                    message.also(judged.place(other.read), "here more bits are read than given, too");
            }
            let operand = other.operand.unwrap_or_default();
            let given = other.given_bits.unwrap_or_default();
            message = message.also(Place::Operand(operand), format!("an input of {given} bits"));
        }
        let message = message.note(
            "what the register holds above the value is undefined: the compiler need not clear it",
        );
        let edits: Option<Vec<Edit>> = judged.inline().and_then(|(block, _)| {
            finding.reads.iter().map(|read| widened(judged, block, read)).collect()
        });
        match edits {
            Some(edits) => message.suggest(
                "widen the value before it goes in",
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
