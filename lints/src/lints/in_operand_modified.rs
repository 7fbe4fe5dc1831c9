//! # in_operand_modified
//!
//! The register of an `in` operand is changed. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Follows the registers of `in` operands through the block, and reports those that may hold a
//! different value when control returns to Rust: `rep movs` counts `rcx` down, `cpuid` overwrites
//! `eax`, `cmpxchg` loads `rax`, `syscall` returns its result in it.
//!
//! ## Why is this bad?
//!
//! The compiler assumes that the register still holds the value after the block. Where it needs
//! this value again, it keeps using the register, and so works with whatever the block left in
//! it.
//!
//! ## Known limits
//!
//! The lint stays silent where:
//!
//! - the register holds its value again at every exit: pushed and popped, moved away and back,
//!   counted up and down;
//! - the same register is also an output or a clobber: `in("rcx") n, lateout("rcx") _`;
//! - control never leaves the block after the change.
//!
//! ## On other architectures
//!
//! The lint works alike everywhere. Changes that are easy to miss:
//!
//! - AArch64: pre- and post-indexed addressing (`ldr {v}, [{p}], #8`), counters of `subs`, the
//!   first operand of `cas`, the pointers and the size of `cpy` and `set`, `svc 0` on Linux with
//!   `in("x0")`, `hvc` and `smc` with `in("x0")` to `in("x3")`;
//! - Arm: `ldm {p}!`, post-indexed addressing, the accumulators of `umlal`, `svc` on Linux with
//!   `in("r0")`; a 16-bit `ldm {p}, {…}` without `!` also changes its base, unless the list names
//!   it;
//! - RISC-V: `addi {n}, {n}, -1`, the first operand of `amocas`, `ecall` on Linux with `in("a0")`,
//!   and `ecall` to an SBI with `in("a0")` or `in("a1")`.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn clear(start: *mut u64, count: usize) {
//!     unsafe {
//!         asm!(
//!             "rep stosq",
//!             in("rdi") start,
//!             in("rcx") count,
//!             in("rax") 0_u64,
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
//! pub unsafe fn clear(start: *mut u64, count: usize) {
//!     unsafe {
//!         asm!(
//!             "rep stosq",
//!             inout("rdi") start => _,
//!             inout("rcx") count => _,
//!             in("rax") 0_u64,
//!             options(nostack, preserves_flags),
//!         )
//!     };
//! }
//! ```
//!
//! ## Fix safety
//!
//! `inout(…) value => _` only tells the compiler more, so it cannot break a program. Where
//! operands can't be outputs (`noreturn`, or a register class together with `clobber_abi`) there
//! is no suggestion.
//!
//! ## Reference
//!
//! `asm.operand-type.supported-operands.in`, `asm.rules.reg-not-output`

use asm_analysis::block::Block;
use asm_analysis::questions::exits::{Change, Kept};
use asm_analysis::facts::Facts;
use asm_analysis::registers::RegisterPart;
use rustc_errors::Applicability;

use crate::diagnostics::{Direction, Edit, Message, Place};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::operands::{declared, output_in_same_register, visible};
use crate::{clobbers, wording};

declare_lint!(contract IN_OPERAND_MODIFIED InOperandModified "the register of an `in` operand is changed");

/// The operands whose registers no longer hold their values.
pub(crate) struct Finding {
    operands: Vec<Modified>,
    /// Whether all of them can be made outputs.
    can_be_outputs: bool,
}

/// An operand whose register is changed.
#[derive(Clone, Copy)]
pub(crate) struct Modified {
    /// Its index.
    pub(crate) operand: usize,
    /// Its register.
    part: RegisterPart,
    /// Whether the author named the register.
    is_explicit: bool,
    change: Change,
}

impl Rule for InOperandModified {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        let operands = modified(judged, block, facts);
        if !operands.is_empty() {
            let has_clobber_abi =
                declared(block, facts).any(|operand| operand.operand.from_clobber_abi);
            let is_possible = |modified: &Modified| modified.is_explicit || !has_clobber_abi;
            let can_be_outputs = !block.options.noreturn && operands.iter().all(is_possible);
            findings.push(Finding { operands, can_be_outputs });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let [first, others @ ..] = finding.operands.as_slice() else {
            return Message::new("", Place::Block);
        };
        let instruction = wording::instruction(judged, first.change.site);
        let register = wording::register_name(judged, first.part);
        let (what, holder) = if first.is_explicit {
            (format!("`{register}`, which is only an input"), format!("`{register}`"))
        } else {
            ("a register that is only an input".to_owned(), "the register".to_owned())
        };
        let place = judged.place(first.change.site);
        let mut message = Message::new(format!("{instruction} changes {what}"), place)
            .label("changed here")
            .also(Place::Operand(first.operand), "declared as an input here")
            .note_about_input(
                first.operand,
                format!("the compiler assumes that {holder} still holds "),
                " after the block",
            );
        for other in others {
            let label = match judged.place(other.change.site) {
                same if same == place => "changed by the same instruction",
                elsewhere => {
                    message = message.also(elsewhere, "another input is changed here");
                    "this one is changed, too"
                }
            };
            message = message.also(Place::Operand(other.operand), label);
        }
        let path = clobbers::path_of(judged, first.part, &first.change);
        message = wording::on_path(judged, path, message);
        if !finding.can_be_outputs {
            return message.help("restore the register before control leaves the block");
        }
        let edit = |modified: &Modified| Edit::ChangeDirection {
            operand: modified.operand,
            to: Direction::Inout,
            discard: true,
        };
        message.suggest(
            "declare that the register is changed",
            finding.operands.iter().map(edit).collect::<Vec<_>>(),
            Applicability::MachineApplicable,
        )
    }
}

/// The `in` operands whose registers are changed at some exit.
pub(crate) fn modified(judged: &Judged<'_>, block: &Block, facts: &Facts) -> Vec<Modified> {
    if judged.returns_against_promise() {
        return Vec::new();
    }
    declared(block, facts)
        .filter(|operand| operand.is_only_input())
        .filter(|operand| output_in_same_register(block, facts, operand).is_none())
        .filter_map(|operand| {
            let part = visible(block, operand.part);
            let Kept::No(change) = facts.register_kept(part) else { return None };
            // `undeclared_clobber` reports what a called function changes.
            if clobbers::is_by_call(facts, &change) && clobbers::call_is_reported(judged) {
                return None;
            }
            let is_explicit = operand.is_explicit();
            Some(Modified { operand: operand.index, part, is_explicit, change })
        })
        .collect()
}
