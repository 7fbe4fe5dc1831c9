//! # inout_never_read
//!
//! An `inout` operand whose input is never used. Group `style`, warn by default.
//!
//! ## What it does
//!
//! Looks for `inout` operands whose input has no effect: it reaches no result, no memory, no
//! branch and no output.
//!
//! ## Why is this bad?
//!
//! The compiler has to keep a variable alive and load it into a register for nothing. `out` says
//! what is true.
//!
//! ## Known limits
//!
//! The lint stays silent about a template without instructions, which hides a value from the
//! optimizer on purpose. Where control goes to code that may read the register (a call, a system
//! call, a jump out of the block), the input counts as used. So does an input that is only partly
//! overwritten, or that an instruction may leave unchanged: `bsf`, `lsl`, `rdsspq`.
//!
//! ## On other architectures
//!
//! The lint works alike on AArch64, Arm and RISC-V. A conditional write, such as `it eq` with
//! `moveq`, may leave the input in place, so the input counts as read.
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
//! There is no suggestion: the expression that provides the input also needs a look.
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
        Message::new("the input of this operand is never used", Place::Operand(operand))
            .label("overwritten before it is used")
            .note("the compiler loads a value into the register for nothing")
            .help("declare it `out`")
    }
}
