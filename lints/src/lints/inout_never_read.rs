//! # inout_never_read
//!
//! An `inout` operand whose input is never used. Group `style`, warn by default.
//!
//! ## What it does
//!
//! Looks for `inout` operands whose input reaches nothing: no instruction's result that matters, no memory,
//! no branch, no output.
//!
//! ## Why it is bad
//!
//! The compiler has to provide a value for nothing: it loads a register and keeps a variable alive. `out`
//! says what is true.
//!
//! ## When it stays silent
//!
//! A template without instructions hides a value from the compiler on purpose. Where control goes somewhere
//! that may read the register (a call, a system call, a jump out), the input counts as used; so does an
//! input of which only a part is overwritten, or that an instruction may leave as it is: `bsf`, `lsl`,
//! `rdsspq`.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn load(pointer: *const u64, mut value: u64) -> u64 {
//!     unsafe {
//!         asm!(
//!             "mov {value}, [{pointer}]",
//!             pointer = in(reg) pointer,
//!             value = inout(reg) value,
//!             options(pure, readonly, nostack, preserves_flags),
//!         )
//!     };
//!     value
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn load(pointer: *const u64) -> u64 {
//!     let value;
//!     unsafe {
//!         asm!(
//!             "mov {value}, [{pointer}]",
//!             pointer = in(reg) pointer,
//!             value = out(reg) value,
//!             options(pure, readonly, nostack, preserves_flags),
//!         )
//!     };
//!     value
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no suggestion: where the input comes from is to be looked at, too.
//!
//! ## Reference
//!
//! `asm.operand-type.supported-operands.inout`

use asm_analysis::block::{Operand, Output};
use asm_analysis::values::Cell;

use crate::diagnostics::{Message, Place};
use crate::inputs::{Reach, input_reach};
use crate::judged::Judged;
use crate::lints::Rule;

declare_lint!(style INOUT_NEVER_READ InoutNeverRead "an `inout` operand whose input is never used");

/// The operand, by number.
pub(crate) struct Finding(usize);

impl Rule for InoutNeverRead {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        for (number, (operand, part)) in block.operands.iter().zip(&facts.registers).enumerate() {
            let (Operand::Register(operand), Some(part)) = (operand, part) else { continue };
            if operand.input.is_none() || !matches!(operand.output, Output::Used(_)) {
                continue;
            }
            if input_reach(judged, block, facts, Cell::Register(part.register)) == Reach::Nothing {
                findings.push(Finding(number));
            }
        }
    }

    fn render(&Finding(operand): &Finding, _judged: &Judged<'_>) -> Message {
        Message::new("nothing uses the input of this operand", Place::Operand(operand))
            .label("overwritten before it is used")
            .note("the compiler loads a value into the register for nothing")
            .help("declare it `out`")
    }
}
