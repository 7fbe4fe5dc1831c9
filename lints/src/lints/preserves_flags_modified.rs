//! # preserves_flags_modified
//!
//! A block that promises `preserves_flags` changes the status flags. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Follows each of the status flags CF, PF, AF, ZF, SF and OF from the entry of a block with
//! `options(preserves_flags)` to its exits, and reports those that may differ there. A flag that
//! an instruction leaves undefined counts as changed. So do all flags after a `call` that leaves
//! the block, and after a `popf` of anything but the flags on entry.
//!
//! ## Why is this bad?
//!
//! The compiler may keep the result of a comparison in the flags across the block and branch on
//! it after the block. It then takes the wrong branch, often only in release builds.
//!
//! ## Known limits
//!
//! The lint stays silent where:
//!
//! - the flags are restored: by `pushf` and `popf`; by `lahf` and `sahf` for all but OF; by
//!   `seto al` and `add al, 127` for OF;
//! - the option does not cover the flag: DF, IF and AC, as changed by `cld`, `cli`, `sti`,
//!   `stac`, `clac`;
//! - the kernel restores the flags, as system calls do;
//! - the instruction is a move to or from a control or debug register, or a shift by a known
//!   zero;
//! - the exit can't be reached, or its flags cannot be determined.
//!
//! ## On other architectures
//!
//! - AArch64: N, Z, C and V. They are also set by `ccmp`, `fcmp`, `rmif`, `setf8`, reads of RNDR,
//!   and SVE's `ptest` and `while*`.
//! - Arm: N, Z, C, V, and Q and GE[3:0]. 16-bit Thumb instructions set flags outside an IT block
//!   only; the assembled bytes decide. `mrs` and `msr APSR_nzcvq` save and restore all but GE;
//!   `APSR_nzcvqg` includes it.
//! - RISC-V has no condition flags: integer code never breaks the promise. What the option covers
//!   is `vl`, `vtype` and `vxrm`, which `vsetvli`, fault-only-first loads and `csrw vxrm` change.
//!
//! A call that leaves the block may change all of them.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn next(mut number: u64) -> u64 {
//!     unsafe {
//!         asm!(
//!             "inc {number}",
//!             number = inout(reg) number,
//!             options(pure, nomem, nostack, preserves_flags),
//!         )
//!     };
//!     number
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn next(mut number: u64) -> u64 {
//!     unsafe {
//!         asm!(
//!             "inc {number}",
//!             number = inout(reg) number,
//!             options(pure, nomem, nostack),
//!         )
//!     };
//!     number
//! }
//! ```
//!
//! Where the flags must survive, there is often an instruction that leaves them alone: `lea` for
//! `add`, `not`, `mulx`, `rorx`.
//!
//! ## Fix safety
//!
//! Removing an option never breaks a program.
//!
//! ## Reference
//!
//! `asm.options.supported-options.preserves_flags`, `asm.rules.preserved-registers`

use asm_analysis::block::Architecture;
use asm_analysis::questions::exits::{Change, Kept};
use asm_analysis::machine::trace::TraceId;
use asm_analysis::values::{Cell, Site};
use rustc_errors::Applicability;

use crate::diagnostics::{Message, OptionName};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::promises::{broken, in_order, removal, withdraw};
use crate::wording;

declare_lint!(contract PRESERVES_FLAGS_MODIFIED PreservesFlagsModified "a block that promises `preserves_flags` changes the status flags");

/// The flags that are changed.
pub(crate) struct Finding {
    flags: Vec<Cell>,
    /// The instructions that give them the values they have at an exit.
    sites: Vec<Site>,
    /// A path to an exit with changed flags, if there is an exit without.
    path: Option<TraceId>,
}

impl Rule for PreservesFlagsModified {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        if !block.options.preserves_flags || judged.returns_against_promise() {
            return;
        }
        let changes: Vec<(Cell, Change)> = facts
            .architecture
            .preserved_flags()
            .iter()
            .filter_map(|&flag| match facts.kept(flag, 0, flag.bits()) {
                Kept::No(change) => Some((flag, change)),
                Kept::Yes | Kept::Unknown => None,
            })
            .collect();
        let Some((_, first)) = changes.first() else { return };
        let mut sites = changes.iter().filter_map(|(_, change)| change.site).collect();
        in_order(facts, &mut sites);
        let changed_at = |number: usize| {
            let exit = |other: &_| std::ptr::eq(other, &raw const facts.exits[number]);
            changes.iter().any(|(flag, _)| {
                matches!(facts.kept_at(exit, *flag, 0, flag.bits()), Kept::No(_))
            })
        };
        let always = (0..facts.exits.len()).all(changed_at);
        findings.push(Finding {
            flags: changes.iter().map(|(flag, _)| *flag).collect(),
            sites,
            path: (!always).then_some(first.trace),
        });
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let names = judged.analysed().map(|(_, facts)| names(facts.architecture, &finding.flags));
        let does = format!("changes {}", names.unwrap_or_default());
        let are_flags = finding.flags.iter().all(|flag| matches!(flag, Cell::Flag(_)));
        let message = broken(judged, OptionName::PreservesFlags, &finding.sites, &does).note(
            match are_flags {
                true => "the compiler may keep the result of a comparison in the flags across the block",
                false => "the compiler assumes that its own vector code is still set up after the block",
            },
        );
        let message = wording::on_path(judged, finding.path, message);
        let Some((block, _)) = judged.inline() else { return message };
        let edits = withdraw(block, OptionName::PreservesFlags);
        message.suggest(removal(&edits), edits, Applicability::MachineApplicable)
    }
}

/// The flags in words.
fn names(architecture: Architecture, flags: &[Cell]) -> String {
    let all = architecture.preserved_flags().len();
    let name = |flag: &Cell| architecture.cell_name(*flag);
    match flags {
        flags if architecture.has_condition_flags() && flags.len() == all => {
            "the status flags".to_owned()
        }
        [] => "the status flags".to_owned(),
        [flag] => name(flag).to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(name).collect();
            format!("{} and {}", first.join(", "), name(last))
        }
    }
}
