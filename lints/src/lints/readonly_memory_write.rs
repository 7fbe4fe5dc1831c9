//! # readonly_memory_write
//!
//! A block that promises `readonly` writes memory. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Looks for instructions that write memory outside the block's own stack, under
//! `options(readonly)`: stores, read-modify-write and string instructions, `sidt`, `fxsave` and
//! the like, masked stores. An instruction that writes the old value back, such as a failed
//! `cmpxchg`, is a write.
//!
//! ## Why is this bad?
//!
//! The compiler assumes that memory is the same after the block. It may keep using values it
//! loaded before the block, or store a value over what the block wrote.
//!
//! ## Known limits
//!
//! The block's own stack is not the compiler's memory. What the kernel writes during a `syscall`
//! is covered by `system_instruction_promise`.
//!
//! ## On other architectures
//!
//! - AArch64: stores, store exclusives, the atomics of LSE, which may all write, `dc zva`.
//! - Arm: stores, `strex`, `stm`, `swp`.
//! - RISC-V: stores, `sc`, `amo*`, `cbo.zero`.
//!
//! A write of the value that is there already is a write.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn increment(counter: *mut u32) {
//!     unsafe { asm!("inc dword ptr [{}]", in(reg) counter, options(readonly, nostack)) };
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn increment(counter: *mut u32) {
//!     unsafe { asm!("inc dword ptr [{}]", in(reg) counter, options(nostack)) };
//! }
//! ```
//!
//! ## Fix safety
//!
//! Removing an option never breaks a program. `pure` is removed with it, because it requires a
//! promise about memory, and a block that writes memory is not pure.
//!
//! ## Reference
//!
//! `asm.options.supported-options.readonly`

use asm_analysis::facts::{Access, Facts, PlaceOfAccess};
use asm_analysis::values::Site;
use rustc_errors::Applicability;

use crate::diagnostics::{Message, OptionName};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::promises::{broken, removal, withdraw};

declare_lint!(contract READONLY_MEMORY_WRITE ReadonlyMemoryWrite "a block that promises `readonly` writes memory");

/// The writes that break the promise.
pub(crate) struct Finding {
    /// The instructions, without repeats.
    sites: Vec<Site>,
    /// Whether the first of them may also leave memory unchanged.
    conditional: bool,
}

impl Rule for ReadonlyMemoryWrite {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        if !block.options.readonly {
            return;
        }
        let writes = || facts.accesses.iter().filter(|access| is_outside_write(access));
        let Some(first) = writes().next() else { return };
        let mut sites: Vec<Site> = Vec::new();
        for access in writes() {
            if !sites.contains(&access.site) {
                sites.push(access.site);
            }
        }
        findings.push(Finding { sites, conditional: first.conditional });
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let does = if finding.conditional { "may write memory" } else { "writes memory" };
        let message = broken(judged, OptionName::Readonly, &finding.sites, does).note(
            "the compiler may keep using values it loaded before the block, although the block overwrites them",
        );
        let Some((block, _)) = judged.inline() else { return message };
        let edits = withdraw(block, OptionName::Readonly);
        message.suggest(removal(&edits), edits, Applicability::MachineApplicable)
    }
}

/// Whether an instruction writes memory that is not the block's own, so that it is reported here
/// under `readonly`.
pub(super) fn writes(facts: &Facts, site: Site) -> bool {
    facts.accesses.iter().any(|access| access.site == site && is_outside_write(access))
}

fn is_outside_write(access: &Access) -> bool {
    matches!(access.place, PlaceOfAccess::Outside | PlaceOfAccess::Frame) && access.kind.writes()
}
