//! # out_could_be_lateout
//!
//! An `out` is written only after all inputs have been read. Group `promise`, allow by default.
//!
//! ## What it does
//!
//! Looks for `out` operands that no path through the block writes before the last read of an
//! input whose register they could share as `lateout`.
//!
//! ## Why is this bad?
//!
//! The block is correct, but the compiler has to find one more register than it needs.
//!
//! ## Known limits
//!
//! The lint stays silent where:
//!
//! - no input could share the register: then nothing is gained;
//! - an input is read after the output is written, on some path or in a later iteration of a
//!   loop;
//! - the block never writes the register, or part of what the block does cannot be determined;
//! - the block is too large to be interpreted once more for each such output.
//!
//! ## On other architectures
//!
//! The lint works alike on AArch64, Arm and RISC-V.
//!
//! ## Example
//!
//! ```rust
//! #![cfg_attr(asm_lint, warn(asm_lint::out_could_be_lateout))]
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
//! ## Use instead
//!
//! ```rust
//! #![cfg_attr(asm_lint, warn(asm_lint::out_could_be_lateout))]
//! use std::arch::asm;
//!
//! pub unsafe fn load(pointer: *const u64) -> u64 {
//!     let value;
//!     unsafe {
//!         asm!(
//!             "mov {value}, [{pointer}]",
//!             pointer = in(reg) pointer,
//!             value = lateout(reg) value,
//!             options(pure, readonly, nostack, preserves_flags),
//!         )
//!     };
//!     value
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no suggestion. `lateout` holds for the instructions that are there: whoever adds one
//! has to check again.
//!
//! ## Reference
//!
//! The Rust Reference, inline assembly: `asm.operand-type.supported-operands.lateout`.

use asm_analysis::block::{Block, Operand, Output, RegisterOperand};
use asm_analysis::facts::{Facts, OrderKind};
use asm_analysis::substitute::sharing::late_output_may_share;
use asm_analysis::values::Cell;

use crate::diagnostics::{Message, Place};
use crate::judged::{Judged, Read};
use crate::lints::Rule;

declare_lint!(promise OUT_COULD_BE_LATEOUT OutCouldBeLateout "an `out` is written only after all inputs have been read");

/// The operands, by number.
pub(crate) struct Finding {
    first: usize,
    others: Vec<usize>,
}

impl Rule for OutCouldBeLateout {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let (Some((block, facts)), Some(read)) = (judged.inline(), judged.read()) else { return };
        if !facts.is_complete() || facts.shared_registers {
            return;
        }
        let candidates: Vec<usize> =
            (0..block.operands.len()).filter(|operand| is_early(block, facts, *operand)).collect();
        // Each is another interpretation.
        if read.reading.is_too_much(candidates.len()) {
            return;
        }
        let operands: Vec<usize> = candidates
            .into_iter()
            .filter(|operand| could_be_late(block, &read, *operand))
            .collect();
        if let [first, others @ ..] = &operands[..] {
            findings.push(Finding { first: *first, others: others.to_vec() });
        }
    }

    fn render(finding: &Finding, _judged: &Judged<'_>) -> Message {
        let headline = "this output is written only after all inputs have been read";
        let message = Message::new(headline, Place::Operand(finding.first)).label("could be `lateout`");
        finding
            .others
            .iter()
            .fold(message, |message, operand| message.also(Place::Operand(*operand), "so could this"))
            .note("the compiler may assign an input's register to a `lateout`, which saves a register")
    }
}

/// Whether the operand is a written output that is not late, and of use as a late one.
fn is_early(block: &Block, facts: &Facts, number: usize) -> bool {
    let Some(Operand::Register(operand)) = block.operands.get(number) else { return false };
    let Some(Some(part)) = facts.registers.get(number) else { return false };
    let is_early = operand.input.is_none() && operand.output != Output::None && !operand.late;
    let is_written = !facts.write_sites(Cell::Register(part.register)).is_empty();
    is_early && is_written && could_share(block, operand)
}

/// Whether an early output is safe as a late one.
fn could_be_late(block: &Block, read: &Read<'_>, number: usize) -> bool {
    let late = read.reading.with_late_output(block, read.meanings, number);
    !late.is_too_much()
        && late.order.iter().all(|hazard| {
            hazard.kind != OrderKind::LateOutputWritten || hazard.written != number
        })
}

/// Whether there is an input whose register the output could get.
fn could_share(block: &Block, output: &RegisterOperand) -> bool {
    block.operands.iter().any(|input| match input {
        Operand::Register(input) => late_output_may_share(block, output, input),
        _ => false,
    })
}
