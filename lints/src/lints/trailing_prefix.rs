//! # trailing_prefix
//!
//! The block ends in an instruction prefix. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Looks at the last bytes that the block assembles to, in each code section that it writes to. A
//! prefix there (`lock`, `rep`, a segment or size override, REX, spelled out or written as
//! `.byte`) has no instruction of its own. In Thumb code, an `it` whose slots reach past the end of
//! the block is the same mistake.
//!
//! ## Why is this bad?
//!
//! The processor applies the prefix to whatever the compiler emits after the block. That
//! instruction then means something else, or is invalid.
//!
//! ## Known limits
//!
//! The lint stays silent about:
//!
//! - a prefix on a line of its own before its instruction: lines mean nothing to the processor;
//! - bytes that may be data: a `.byte 0x66` that control does not reach.
//!
//! ## On other architectures
//!
//! - Thumb: an `it` whose slots reach past the end of the block makes the compiler's next
//!   instruction conditional. In Arm state an `it` emits nothing.
//! - AArch64: SVE's `movprfx` as the last instruction.
//! - RISC-V has no prefixes.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn increment(counter: *mut u32) {
//!     unsafe { asm!("inc dword ptr [{}]", "lock", in(reg) counter, options(nostack)) };
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn increment(counter: *mut u32) {
//!     unsafe { asm!("lock", "inc dword ptr [{}]", in(reg) counter, options(nostack)) };
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no suggestion: only the author knows what was meant.
//!
//! ## Reference
//!
//! The Rust Reference, inline assembly: `asm.rules.x86-prefix-restriction`.

use asm_analysis::block::Architecture;
use asm_analysis::questions::trailing::trailing_prefixes;

use crate::diagnostics::{Message, Place};
use crate::judged::Judged;
use crate::lints::Rule;

declare_lint!(contract TRAILING_PREFIX TrailingPrefix "the block ends in an instruction prefix");

/// The prefixes that have no instruction.
pub(crate) struct Finding {
    /// Where each is written, where that is known.
    lines: Vec<Option<u32>>,
    /// Whether it is an `it` of Thumb.
    is_it: bool,
}

impl Rule for TrailingPrefix {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some(read) = judged.read() else { return };
        let prefixes = trailing_prefixes(read.block, read.reading);
        if !prefixes.is_empty() {
            let lines = prefixes.iter().map(|prefix| prefix.line).collect();
            let is_it = read.block.target.architecture == Architecture::Arm;
            findings.push(Finding { lines, is_it });
        }
    }

    fn render(finding: &Finding, _judged: &Judged<'_>) -> Message {
        let mut places = finding.lines.iter().map(|line| line.map_or(Place::Block, Place::Line));
        let first = places.next().unwrap_or(Place::Block);
        if finding.is_it {
            return Message::new("the IT block reaches past the end of the block", first)
                .label("gives its condition to what follows")
                .note("the compiler's next instruction becomes conditional")
                .help("write every instruction of the IT block into the template");
        }
        let message = Message::new("the block ends in an instruction prefix", first)
            .label("no instruction follows this prefix");
        places
            .fold(message, |message, place| message.also(place, "nor this one"))
            .note("the processor applies the prefix to whatever instruction follows the block")
    }
}
