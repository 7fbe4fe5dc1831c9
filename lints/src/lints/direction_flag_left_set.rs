//! # direction_flag_left_set
//!
//! The direction flag may be set when a block ends. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Follows the direction flag DF to the exits of a block or of a naked function, and reports
//! exits where it may be set: `std` without `cld` on some path, or `popf` of a value with bit 10
//! set.
//!
//! ## Why is this bad?
//!
//! Rust code runs with DF clear, and the compiler relies on it. Its own `rep movs` and
//! `rep stos`, including those inside `memcpy` and `memset`, would run backwards and overwrite
//! other memory.
//!
//! ## Known limits
//!
//! `popf` restores the flags that the block itself saved. Whether bit 10 of a value from
//! elsewhere is set cannot be determined. `preserves_flags` makes no difference, because it does
//! not cover DF.
//!
//! ## On other architectures
//!
//! Only x86 has a direction flag, so the lint never fires elsewhere. Arm's `setend`, which is the
//! closest to it, makes the block one that can't be fully judged.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn clear_down(last: *mut u8, count: usize) {
//!     unsafe {
//!         asm!(
//!             "std",
//!             "rep stosb",
//!             inout("rdi") last => _,
//!             inout("rcx") count => _,
//!             in("al") 0_u8,
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
//! pub unsafe fn clear_down(last: *mut u8, count: usize) {
//!     unsafe {
//!         asm!(
//!             "std",
//!             "rep stosb",
//!             "cld",
//!             inout("rdi") last => _,
//!             inout("rcx") count => _,
//!             in("al") 0_u8,
//!             options(nostack, preserves_flags),
//!         )
//!     };
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no automatic suggestion: where `cld` belongs depends on the paths through the block.
//!
//! ## Reference
//!
//! `asm.rules.x86-df`

use asm_analysis::facts::{Exit, Facts};
use asm_analysis::machine::trace::TraceId;
use asm_analysis::values::{Cell, Flag, Site};

use crate::diagnostics::Message;
use crate::judged::Judged;
use crate::lints::Rule;
use crate::wording;

declare_lint!(contract DIRECTION_FLAG_LEFT_SET DirectionFlagLeftSet "the direction flag may be set when a block ends");

const DIRECTION: Cell = Cell::Flag(Flag::Direction);

/// The last instruction that may set the flag.
fn setter(facts: &Facts) -> Option<Site> {
    let clears = |site: Site| facts.instruction(site).instruction.clears(Flag::Direction);
    facts.write_sites(DIRECTION).into_iter().rev().find(|site| !clears(*site))
}

/// An exit with the flag set.
pub(crate) struct Finding {
    /// The instruction that sets it.
    site: Option<Site>,
    /// A path to the exit, if there is an exit with the flag clear.
    path: Option<TraceId>,
}

impl Rule for DirectionFlagLeftSet {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((_, facts)) = judged.code() else { return };
        if judged.returns_against_promise() {
            return;
        }
        let is_set = |exit: &&Exit| {
            let flag = facts.at_exit(exit, DIRECTION);
            flag.is_some_and(|flag| facts.may_be_constant(&flag, 1))
        };
        if let Some(exit) = facts.exits.iter().find(is_set) {
            let always = facts.exits.iter().all(|exit| is_set(&exit));
            let path = (!always).then_some(exit.trace);
            findings.push(Finding { site: setter(facts), path });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let is_naked = judged.inline().is_none();
        let end = if is_naked { "when the function returns" } else { "at the end of the block" };
        let instruction = finding.site.map(|site| judged.shown(site)).unwrap_or_default();
        let headline = format!("`{instruction}` leaves the direction flag set {end}");
        let message = Message::new(headline, judged.place(finding.site))
            .label("sets the flag")
            .note("the compiler relies on DF being clear: later string instructions would run backwards");
        wording::on_path(judged, finding.path, message).help("clear it with `cld` on every path out of the block")
    }
}
