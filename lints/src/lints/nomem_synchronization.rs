//! # nomem_synchronization
//!
//! A block that promises `nomem` or `readonly` orders memory accesses. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Looks for `mfence`, `sfence`, a `lock` prefix and `xchg` with memory under `options(nomem)` or
//! `options(readonly)`. They count on the block's own stack, too: `lock or dword ptr [rsp - 8], 0` is a
//! fence in disguise.
//!
//! ## Why it is bad
//!
//! The fence orders the accesses of the processor, but the promise lets the compiler move its own accesses
//! across the block: what should be ordered is not even on the right side of the fence.
//!
//! ## When it stays silent
//!
//! `lfence`, `serialize`, `cpuid` and `pause` order instructions; code that measures time uses them, and
//! nothing about memory is promised to others by them.
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
//! Taking the promise away never breaks a program. `pure` goes with it, because it can't stand without a
//! promise about memory.
//!
//! ## Reference
//!
//! `asm.options.supported-options.nomem`, `asm.options.supported-options.readonly`

use asm_analysis::values::Site;
use rustc_errors::Applicability;

use crate::diagnostics::{Message, OptionName};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::promises::{broken, instructions_that, withdraw};

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
        let sites = instructions_that(facts, |site| judged.meaning(facts, site).synchronizes);
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
        message.suggest(
            "take the promise away",
            withdraw(block, *option),
            Applicability::MachineApplicable,
        )
    }
}
