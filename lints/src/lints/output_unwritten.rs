//! # output_unwritten
//!
//! An output is not written. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Looks for `out` and `lateout` operands whose value is used and whose register the block does
//! not write on some path to an exit.
//!
//! ## Why is this bad?
//!
//! On that path the output is whatever the register held before the block. The compiler treats
//! the register as undefined at the start of the block, so the value may differ from one run to
//! the next.
//!
//! ## Known limits
//!
//! The lint stays silent where:
//!
//! - the output is a `MaybeUninit`, whose author expects that;
//! - the output is discarded: `out(…) _`;
//! - the operand is `inout`, which then returns its input (`in` and `lateout` of the same
//!   register are treated alike, unless the block has instructions and none of them writes the
//!   register);
//! - the path ends in a `label` block that does not continue after the assembly.
//!
//! `bsf` and `bsr` count as writes, although they may leave the register unchanged.
//!
//! ## On other architectures
//!
//! A conditional instruction of Arm or Thumb leaves its destination unchanged where the condition
//! fails: `it eq` with `moveq` leaves a path without a write, `ite` with both arms does not. `csel`
//! always writes. An output that an instruction of unknown effect may write is not reported.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn one_if_set(value: u64) -> u64 {
//!     let result;
//!     unsafe {
//!         asm!(
//!             "test {value}, {value}",
//!             "jz 2f",
//!             "mov {result:e}, 1",
//!             "2:",
//!             value = in(reg) value,
//!             result = out(reg) result,
//!             options(pure, nomem, nostack),
//!         )
//!     };
//!     result
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn one_if_set(value: u64) -> u64 {
//!     let result;
//!     unsafe {
//!         asm!(
//!             "xor {result:e}, {result:e}",
//!             "test {value}, {value}",
//!             "jz 2f",
//!             "mov {result:e}, 1",
//!             "2:",
//!             value = in(reg) value,
//!             result = out(reg) result,
//!             options(pure, nomem, nostack),
//!         )
//!     };
//!     result
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no suggestion: only the author knows which value was meant.
//!
//! ## Reference
//!
//! `asm.operand-type.supported-operands.out`, `asm.operand-type.supported-operands.lateout`

use crate::diagnostics::{Message, Place};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::outputs::{Left, left};
use crate::wording;

declare_lint!(contract OUTPUT_UNWRITTEN OutputUnwritten "an output is not written");

/// The outputs that are not written.
pub(crate) struct Finding {
    outputs: Vec<Left>,
}

impl Rule for OutputUnwritten {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let outputs: Vec<Left> = left(judged).into_iter().filter(|left| left.all).collect();
        if !outputs.is_empty() {
            findings.push(Finding { outputs });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let when = |left: &Left| match left.is_written_elsewhere {
            true => "not written on every path",
            false => "never written",
        };
        let [first, others @ ..] = finding.outputs.as_slice() else {
            return Message::new("", Place::Block);
        };
        let output = wording::operand(judged, first.operand);
        let mut message =
            Message::new(format!("the output {output} is {}", when(first)), Place::Operand(first.operand))
                .label("declared as an output here");
        for other in others {
            message = message.also(Place::Operand(other.operand), format!("{} either", when(other)));
        }
        let path = first.is_written_elsewhere.then_some(first.trace);
        wording::on_path(judged, path, message)
            .note(match first.is_written_elsewhere {
                true => "on that path the output is whatever the register held before the block",
                false => "the output is then whatever the register held before the block",
            })
            .help("write it on every path, or initialize it: `inout(…) 0 => …`")
    }
}
