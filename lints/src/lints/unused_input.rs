//! # unused_input
//!
//! An input in a named register that no instruction reads. Group `style`, warn by default.
//!
//! ## What it does
//!
//! Looks for `in` operands in explicit registers that no instruction reads, explicitly or
//! implicitly.
//!
//! ## Why is this bad?
//!
//! The operand may be a leftover, or an instruction that should use it is missing. The compiler
//! reports an operand of a register class that the template never mentions, but it can't do so
//! for an explicit register.
//!
//! ## Known limits
//!
//! The lint stays silent where control goes to code that may read the register: `call`,
//! `syscall`, `int`, `iret`, `sysret`, jumps out of the block, `ud2`, `int3`, and instructions
//! whose effects are not known. A template without instructions is not checked.
//!
//! ## On other architectures
//!
//! The lint works alike everywhere. It is silent where a block hands its registers to somebody
//! else: by `bl`, `svc`, `ecall`, `hvc`, `smc`, `eret`, a breakpoint, or a jump out.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn swap_bytes(number: u32, key: u32) -> u32 {
//!     let swapped;
//!     unsafe {
//!         asm!(
//!             "bswap eax",
//!             inlateout("eax") number => swapped,
//!             in("ecx") key,
//!             options(pure, nomem, nostack, preserves_flags),
//!         )
//!     };
//!     swapped
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn swap_bytes(number: u32) -> u32 {
//!     let swapped;
//!     unsafe {
//!         asm!(
//!             "bswap eax",
//!             inlateout("eax") number => swapped,
//!             options(pure, nomem, nostack, preserves_flags),
//!         )
//!     };
//!     swapped
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no suggestion: the operand may be superfluous, or an instruction may be missing.
//!
//! ## Reference
//!
//! `asm.operand-type.supported-operands.in`

use asm_analysis::block::{Operand, Output, Place as RegisterPlace};
use asm_analysis::values::Cell;

use crate::diagnostics::{Message, Place};
use crate::inputs::is_read_elsewhere;
use crate::judged::Judged;
use crate::lints::Rule;
use crate::wording::register_name;

declare_lint!(style UNUSED_INPUT UnusedInput "an input in a named register that no instruction reads");

/// The operand, by number.
pub(crate) struct Finding(usize);

impl Rule for UnusedInput {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        if facts.instructions.is_empty() || is_read_elsewhere(judged, facts) {
            return;
        }
        for (number, (operand, part)) in block.operands.iter().zip(&facts.registers).enumerate() {
            let (Operand::Register(operand), Some(part)) = (operand, part) else { continue };
            let input = operand.input.is_some() && operand.output == Output::None;
            let named = matches!(operand.place, RegisterPlace::Explicit(_));
            let cell = Cell::Register(part.register);
            if input && named && facts.reads.iter().all(|(_, read)| *read != cell) {
                findings.push(Finding(number));
            }
        }
    }

    fn render(&Finding(operand): &Finding, judged: &Judged<'_>) -> Message {
        let name = judged
            .register_operand(operand)
            .map_or_else(String::new, |(_, part)| format!(" `{}`", register_name(judged, part)));
        Message::new(format!("no instruction reads{name}"), Place::Operand(operand))
            .label("never read")
            .help("remove the operand, or add the instruction that should use it")
    }
}
