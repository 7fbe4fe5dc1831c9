//! # nostack_stack_use
//!
//! A block that promises `nostack` writes below the stack pointer. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Looks for `push`, `pushf`, `call`, `enter` and any other write below the stack pointer's value
//! on entry, under `options(nostack)`, on paths that return to Rust code.
//!
//! ## Why is this bad?
//!
//! With this promise the compiler may keep local variables below the stack pointer, in what the
//! ABI calls the red zone, and the block overwrites them. The compiler may also leave the stack
//! pointer misaligned.
//!
//! ## Known limits
//!
//! The lint stays silent where:
//!
//! - the block first loads the address of another stack into the stack pointer: what it pushes
//!   there does not concern the compiler;
//! - the path never returns to Rust code;
//! - the block only moves the stack pointer and writes nothing.
//!
//! A target without a red zone makes no difference: the promise is about the block, not about the
//! target.
//!
//! ## On other architectures
//!
//! The stack is used by stores below the stack pointer's value on entry: `stp …, [sp, #-16]!`,
//! `push`, `stmdb sp!`, `cm.push`, or `addi sp, sp, -16` with a store. A call that leaves the block
//! counts too, because the callee uses the stack. `bl`, `jal` and `call` to a label of the block
//! use no stack.
//!
//! Apple's arm64 targets have a red zone of 128 bytes and Windows on ARM64 reserves 16 bytes; Arm,
//! RISC-V and the other AArch64 targets have none. The promise is the same on all of them.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn flags() -> u64 {
//!     let flags;
//!     unsafe {
//!         asm!("pushfq", "pop {}", out(reg) flags, options(nomem, nostack, preserves_flags));
//!     }
//!     flags
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn flags() -> u64 {
//!     let flags;
//!     unsafe {
//!         asm!("pushfq", "pop {}", out(reg) flags, options(nomem, preserves_flags));
//!     }
//!     flags
//! }
//! ```
//!
//! ## Fix safety
//!
//! Removing an option never breaks a program.
//!
//! ## Reference
//!
//! `asm.options.supported-options.nostack`, `asm.rules.stack-below-sp`

use asm_analysis::block::Target;
use asm_analysis::facts::{StackUse, StackUseKind};
use asm_analysis::machine::trace::TraceId;
use asm_analysis::values::Site;
use rustc_errors::Applicability;

use crate::diagnostics::{Message, OptionName};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::promises::{broken, removal, withdraw};
use crate::wording;

declare_lint!(contract NOSTACK_STACK_USE NostackStackUse "a block that promises `nostack` writes below the stack pointer");

/// The uses of the stack.
pub(crate) struct Finding {
    /// The instructions, without repeats.
    sites: Vec<Site>,
    /// How the first of them uses the stack.
    kind: StackUseKind,
    /// The path on which it does, if it depends on a branch.
    path: Option<TraceId>,
}

/// What the compiler may do where it keeps values below the stack pointer, and aligns the latter only
/// for blocks that need it.
const MAY_BE_MISALIGNED: &str =
    "the compiler may keep its own values there, and may have left the stack misaligned";

/// What the compiler does because of the promise.
fn consequence(target: &Target) -> &'static str {
    let architecture = target.architecture;
    if architecture.is_x86() {
        MAY_BE_MISALIGNED
    } else if architecture.red_zone(target.kernel) > 0 {
        "the compiler may keep its own values there"
    } else {
        "the compiler does not prepare the stack for a block that promises `nostack`"
    }
}

impl Rule for NostackStackUse {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        if !block.options.nostack || judged.returns_against_promise() {
            return;
        }
        let uses: Vec<&StackUse> = facts
            .stack_uses
            .iter()
            .filter(|used| facts.traces.reaches_exit(used.trace))
            .collect();
        let Some(first) = uses.first() else { return };
        let mut sites: Vec<Site> = Vec::new();
        for used in &uses {
            if !sites.contains(&used.site) {
                sites.push(used.site);
            }
        }
        // If both sides of the branch lead here, it does not matter.
        let last = facts.traces.decisions(first.trace).pop();
        let hangs_on_it = last.is_some_and(|last| {
            facts.traces_of(first.site).all(|trace| facts.traces.decisions(trace).contains(&last))
        });
        let path = hangs_on_it.then_some(first.trace);
        findings.push(Finding { sites, kind: first.kind, path });
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let target = judged.inline().map(|(block, _)| &block.target);
        let calls_push = target.is_none_or(|target| target.architecture.link_register().is_none());
        let does = match finding.kind {
            StackUseKind::Call if !calls_push => "calls code that may use the stack",
            StackUseKind::Push | StackUseKind::Call => "pushes onto the stack",
            StackUseKind::Write => "writes below the stack pointer",
        };
        let message = broken(judged, OptionName::Nostack, &finding.sites, does)
            .note(target.map_or(MAY_BE_MISALIGNED, |target| consequence(target)));
        let message = wording::on_path(judged, finding.path, message);
        let Some((block, _)) = judged.inline() else { return message };
        let edits = withdraw(block, OptionName::Nostack);
        message.suggest(removal(&edits), edits, Applicability::MachineApplicable)
    }
}
