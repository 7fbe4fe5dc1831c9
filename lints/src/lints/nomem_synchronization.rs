//! # nomem_synchronization
//!
//! A block that promises `nomem` or `readonly` orders memory accesses. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Looks for `mfence`, `sfence`, a `lock` prefix and `xchg` with memory, under `options(nomem)`
//! or `options(readonly)`. They are reported on the block's own stack, too:
//! `lock or dword ptr [rsp - 8], 0` is a fence in disguise.
//!
//! ## Why is this bad?
//!
//! The fence orders the accesses of the processor, but the promise lets the compiler move its own
//! accesses across the block. What should be ordered may then not even be on the right side of
//! the fence.
//!
//! ## Known limits
//!
//! `lfence`, `serialize`, `cpuid` and `pause` order instructions. Code that measures time uses
//! them, and they promise nothing about memory to other processors.
//!
//! ## On other architectures
//!
//! - AArch64: `dmb` and `dsb`; under `readonly` also acquire loads such as `ldar`.
//! - Arm: `dmb`, `dsb`, and the same by `mcr p15, 0, …, c7, c10, {4,5}`; under `readonly` also
//!   `lda` and `ldaex`.
//! - RISC-V: `fence` whose sets before and after are both nonempty, `fence.tso`; under `readonly`
//!   also `lr.aq`.
//!
//! `isb`, `clrex`, `wfe`, `sev`, `yield` and the speculation barriers order no memory accesses.
//! `pause` of RISC-V is encoded as a `fence` with an empty set and is not one.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn fence() {
//!     unsafe { asm!("mfence", options(nomem, nostack, preserves_flags)) };
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn fence() {
//!     unsafe { asm!("mfence", options(nostack, preserves_flags)) };
//! }
//! ```
//!
//! ## Fix safety
//!
//! Removing an option never breaks a program. `pure` is removed with it, because it requires a
//! promise about memory.
//!
//! ## Reference
//!
//! `asm.options.supported-options.nomem`, `asm.options.supported-options.readonly`

use asm_analysis::values::Site;
use rustc_errors::Applicability;

use crate::diagnostics::{Message, OptionName};
use super::nomem_memory_access;
use crate::judged::Judged;
use crate::lints::Rule;
use crate::promises::{broken, instructions_that, removal, withdraw};

declare_lint!(contract NOMEM_SYNCHRONIZATION NomemSynchronization "a block that promises `nomem` or `readonly` orders memory accesses");

/// The fences.
pub(crate) struct Finding {
    sites: Vec<Site>,
    option: OptionName,
}

impl Rule for NomemSynchronization {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        let option = match (block.options.nomem, block.options.readonly) {
            (true, _) => OptionName::Nomem,
            (false, true) => OptionName::Readonly,
            (false, false) => return,
        };
        // What accesses memory under `nomem` has broken the promise already.
        let is_reported = |site| block.options.nomem && nomem_memory_access::accesses(facts, site);
        let sites = instructions_that(facts, |site| {
            let meaning = judged.meaning(facts, site);
            let orders = meaning.synchronizes || !block.options.nomem && meaning.acquires;
            orders && !is_reported(site)
        });
        if !sites.is_empty() {
            findings.push(Finding { sites, option });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let Finding { sites, option } = finding;
        let message = broken(judged, *option, sites, "orders memory accesses").note(
            if *option == OptionName::Nomem {
                "the compiler may move its own loads and stores across the block"
            } else {
                "the compiler may move its own loads across the block"
            },
        );
        let Some((block, _)) = judged.inline() else { return message };
        let edits = withdraw(block, *option);
        message.suggest(removal(&edits), edits, Applicability::MachineApplicable)
    }
}
