//! # preserves_flags_fp_status
//!
//! A block that promises `preserves_flags` may change floating-point status. Group `hazard`, warn by default.
//!
//! ## What it does
//!
//! `preserves_flags` covers more than the flags register: it also covers the exception flags in
//! MXCSR and the x87 status word. This lint looks for instructions that may set the former (SSE
//! and AVX arithmetic, comparisons and conversions that are not exact, `ldmxcsr` of a foreign
//! value) or that change the latter (nearly all x87 and MMX instructions).
//!
//! ## Why is this bad?
//!
//! The compiler may move the block past code that reads or clears these flags. Today it rarely
//! does, because hardly any Rust code reads them; strictly speaking, the promise is wrong.
//!
//! ## Known limits
//!
//! The lint stays silent about:
//!
//! - instructions that raise no exception: moves, logic, shuffles, integer vectors, `rcpps` and
//!   `rsqrtps`, conversions that are always exact, forms with `{sae}`;
//! - `fnstcw`, `fnstsw` and `fnstenv`;
//! - blocks that restore MXCSR from where `stmxcsr` saved it.
//!
//! ## On other architectures
//!
//! - AArch64: the cumulative bits of FPSR (IOC, DZC, OFC, UFC, IXC, IDC) and QC, which saturating
//!   instructions set.
//! - Arm: the same bits of FPSCR, and its N, Z, C and V, which `vcmp` sets.
//! - RISC-V: `fflags`, and `vxsat` of the vector extension.
//!
//! Moves, negation, absolute values, permutations and exact conversions raise nothing. `flt` and
//! `fle` of RISC-V raise the invalid flag for any NaN, `feq`, `fmin` and `fmax` for signaling ones.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn sum(mut left: f64, right: f64) -> f64 {
//!     unsafe {
//!         asm!(
//!             "addsd {left}, {right}",
//!             left = inout(xmm_reg) left,
//!             right = in(xmm_reg) right,
//!             options(pure, nomem, nostack, preserves_flags),
//!         )
//!     };
//!     left
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn sum(mut left: f64, right: f64) -> f64 {
//!     unsafe {
//!         asm!(
//!             "addsd {left}, {right}",
//!             left = inout(xmm_reg) left,
//!             right = in(xmm_reg) right,
//!             options(pure, nomem, nostack),
//!         )
//!     };
//!     left
//! }
//! ```
//!
//! ## Fix safety
//!
//! Removing an option never breaks a program. It may cost a little: the compiler then keeps no
//! comparison in the flags register across the block.
//!
//! ## Reference
//!
//! The Rust Reference, inline assembly: `asm.rules.preserved-registers`,
//! `asm.options.supported-options.preserves_flags`.

use asm_analysis::questions::exits::Kept;
use asm_analysis::facts::Facts;
use asm_analysis::values::{Cell, Site};
use rustc_errors::Applicability;

use super::fp_control_changed::load;
use crate::diagnostics::{Edit, Message, OptionName, Place};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::wording;

declare_lint!(hazard PRESERVES_FLAGS_FP_STATUS PreservesFlagsFpStatus "a block that promises `preserves_flags` may change floating-point status");

/// How many further instructions are shown; arithmetic seldom comes alone.
const SHOWN: usize = 4;

/// The status that may change, and by what.
pub(crate) struct Finding {
    cell: Cell,
    site: Option<Site>,
    others: Vec<Site>,
}

impl Rule for PreservesFlagsFpStatus {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        if !block.options.preserves_flags || judged.returns_against_promise() {
            return;
        }
        let mut status = facts.architecture.float_status().iter();
        let changed = status.find_map(|part| match facts.kept(part.cell, part.low, part.bits) {
            Kept::No(change) => Some((part.cell, change.site)),
            Kept::Yes | Kept::Unknown => None,
        });
        // What a called function leaves is reported for the flags.
        let is_call = |site: &Site| facts.calls.iter().any(|call| call.site == *site);
        let changed = changed.filter(|(_, site)| !site.as_ref().is_some_and(is_call));
        if let Some((cell, last)) = changed {
            let mut sites = changes(judged, facts, cell);
            let site = sites.next().or_else(|| load(judged, facts, cell)).or(last);
            findings.push(Finding { cell, site, others: sites.take(SHOWN).collect() });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let shown = finding.site.map_or_else(String::new, |site| judged.shown(site));
        let Some((_, facts)) = judged.analysed() else {
            return Message::new(PRESERVES_FLAGS_FP_STATUS.desc, judged.place(finding.site));
        };
        let architecture = facts.architecture;
        let what = architecture.status_name(finding.cell);
        let label = match finding.cell {
            Cell::X87Status => "breaks the promise",
            _ => "may break the promise",
        };
        let covered: Vec<String> = architecture
            .float_status()
            .iter()
            .map(|part| architecture.status_name(part.cell))
            .collect();
        let them = if covered.len() == 1 { "it" } else { "them" };
        let covered = covered.join(" and ");
        let headline = format!("`{shown}` may change {what}, but the block promises `preserves_flags`");
        let message = Message::new(headline, judged.place(finding.site))
            .label(label)
            .also(Place::Option(OptionName::PreservesFlags), "promised here");
        wording::also_at(message, judged, &finding.others, "so does this")
            .note(format!("`preserves_flags` covers {covered}"))
            .note(format!("the compiler may move the block past code that reads {them}"))
            .suggest(
                "remove `preserves_flags`",
                [Edit::RemoveOption(OptionName::PreservesFlags)],
                Applicability::MaybeIncorrect,
            )
    }
}

/// The instructions that may change a status.
fn changes<'a>(
    judged: &Judged<'a>,
    facts: &'a Facts,
    cell: Cell,
) -> impl Iterator<Item = Site> + use<'a> {
    let judged = *judged;
    facts.sites().filter(move |site| {
        facts.instruction(*site).instruction.may_raise(cell, judged.meanings())
    })
}
