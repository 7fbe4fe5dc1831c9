//! # inout_never_written
//!
//! An `inout` operand that the block never changes. Group `style`, warn by default.
//!
//! ## What it does
//!
//! Looks for `inout` operands with a used output whose register always still holds the input when
//! the block ends.
//!
//! ## Why is this bad?
//!
//! The compiler assumes that the value may have changed: it discards what it knows about the
//! value, and keeps the old one in a second register if it is still needed. `in` says what is
//! true, and lets the compiler keep using the value it has.
//!
//! ## Known limits
//!
//! The lint stays silent about a template without instructions, which hides a value from the
//! optimizer on purpose. A register that may change on some path, that is changed and restored,
//! or that unknown code may change counts as changed; a called function of unknown type is such
//! code. `inout(…) value => _` is a clobber, and is only checked in a `pure` block.
//!
//! ## On other architectures
//!
//! The lint works alike on AArch64, Arm and RISC-V. It is silent in a block that calls a debugger
//! by semihosting, which answers in registers, and about registers that are handed to `svc`,
//! `ecall`, `hvc` or `smc`.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn store(pointer: *mut u64, mut value: u64) -> u64 {
//!     unsafe {
//!         asm!(
//!             "mov [{pointer}], {value}",
//!             pointer = in(reg) pointer,
//!             value = inout(reg) value,
//!             options(nostack, preserves_flags),
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
//! pub unsafe fn store(pointer: *mut u64, value: u64) -> u64 {
//!     unsafe {
//!         asm!(
//!             "mov [{pointer}], {value}",
//!             pointer = in(reg) pointer,
//!             value = in(reg) value,
//!             options(nostack, preserves_flags),
//!         )
//!     };
//!     value
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no suggestion: a variable that is then never changed should lose its `mut`, too.
//!
//! ## Reference
//!
//! `asm.operand-type.supported-operands.inout`

use asm_analysis::block::{Operand, Output};
use asm_analysis::questions::exits::Kept;
use asm_analysis::values::Cell;

use crate::diagnostics::{Message, Place};
use crate::inputs::is_sign;
use crate::judged::Judged;
use crate::lints::Rule;

declare_lint!(style INOUT_NEVER_WRITTEN InoutNeverWritten "an `inout` operand that the block never changes");

/// The operand, by number.
pub(crate) struct Finding(usize);

impl Rule for InoutNeverWritten {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        if facts.instructions.is_empty() || facts.exits.is_empty() || !facts.is_complete() {
            return;
        }
        if is_sign(judged, facts) {
            return;
        }
        // Its author declares what comes back in registers that the usual convention keeps.
        if facts.calls.iter().any(|call| judged.callee(call).is_none()) {
            return;
        }
        for (number, (operand, part)) in block.operands.iter().zip(&facts.registers).enumerate() {
            let (Operand::Register(operand), Some(part)) = (operand, part) else { continue };
            let counts = match operand.output {
                Output::Used(_) => true,
                // A clobber out of caution, which makes no sense where nobody interrupts.
                Output::Discarded => block.options.pure,
                Output::None => false,
            };
            let both = operand.input.is_some() && counts;
            // A register that is changed and restored serves as an output of sorts: its author had
            // to declare it as something that changes.
            let written = facts.last_write(Cell::Register(part.register)).is_some();
            if both && !written && facts.register_kept(*part) == Kept::Yes {
                findings.push(Finding(number));
            }
        }
    }

    fn render(&Finding(operand): &Finding, _judged: &Judged<'_>) -> Message {
        Message::new(
            "no instruction changes this operand, so it is not an output",
            Place::Operand(operand),
        )
        .label("always holds its input")
        .note("the compiler discards what it knows about the value")
        .help("declare it `in`")
    }
}
