//! # not_judged
//!
//! Part of the block can't be judged. Group `audit`, allow by default.
//!
//! ## What it does
//!
//! Reports what could not be determined about a block, and why: the target is not supported, an
//! instruction is unknown or invalid, a jump goes to an address that is computed at run time, a
//! value depends on a generic parameter.
//!
//! ## Why is this bad?
//!
//! It is not bad, but such a block still needs a review by hand. The other lints fire only where
//! a promise is proved to be broken, so their silence about this block proves nothing.
//!
//! ## Known limits
//!
//! The lint stays silent about blocks that every applicable rule could check.
//!
//! ## Example
//!
//! ```rust
//! #![cfg_attr(asm_lint, warn(asm_lint::not_judged))]
//! use std::arch::asm;
//!
//! /// Fills its own code up to the next multiple of `SIZE` bytes.
//! pub fn pad<const SIZE: u8>() {
//!     unsafe {
//!         asm!(
//!             ".if {size} < 2",
//!             ".error \"too small\"",
//!             ".endif",
//!             ".balign {size}",
//!             size = const SIZE,
//!         )
//!     };
//! }
//! ```
//!
//! ## Use instead
//!
//! Nothing has to be changed. Once a block has been reviewed, say so:
//!
//! ```rust
//! #![cfg_attr(asm_lint, warn(asm_lint::not_judged))]
//! use std::arch::asm;
//!
//! /// Fills its own code up to the next multiple of `SIZE` bytes.
//! #[cfg_attr(asm_lint, expect(asm_lint::not_judged, reason = "reviewed: only pads"))]
//! pub fn pad<const SIZE: u8>() {
//!     unsafe {
//!         asm!(
//!             ".if {size} < 2",
//!             ".error \"too small\"",
//!             ".endif",
//!             ".balign {size}",
//!             size = const SIZE,
//!         )
//!     };
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no suggestion.
//!
//! ## Reference
//!
//! None: this lint is about the tool, not about the language.

use asm_analysis::facts::DoubtKind;
use asm_analysis::substitute::Reason;

use super::invalid_assembly::depends_on_unknown_constant;
use super::{noreturn_falls_through, stack_pointer_not_restored};
use crate::collect::Uncollected;
use crate::diagnostics::{Message, Place};
use crate::judged::Judged;
use crate::lints::Rule;

declare_lint!(audit NOT_JUDGED NotJudged "part of the block can't be judged");

/// Why a block, or part of it, is not judged.
pub(crate) enum Finding {
    /// The target is not supported.
    Architecture,
    /// The block could not be written out as text.
    NotRendered(Reason),
    /// Whether it assembles depends on a generic parameter.
    GenericConstant(Place),
    /// Part of what it does cannot be determined.
    Doubt(DoubtKind, Place),
    /// Whether this call or system instruction returns, under `noreturn`.
    MayStayAway(Place),
    /// Whether what is loaded into the stack pointer is its old value.
    LoadedStackPointer(Place),
    /// How a naked function is entered that takes its return address for data.
    EnteredByJump,
}

impl Rule for NotJudged {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        match *judged {
            Judged::Uncollected(Uncollected::Architecture) | Judged::Assembled(..) => {
                findings.push(Finding::Architecture);
            }
            Judged::NotRendered(reason) => findings.push(Finding::NotRendered(reason.clone())),
            Judged::Rejected(block, rejection, always) => {
                if depends_on_unknown_constant(block, rejection, always) {
                    let place = rejection.line.map_or(Place::Block, Place::Line);
                    findings.push(Finding::GenericConstant(place));
                }
            }
            Judged::Read(read) => {
                if read.rejects_some_constants {
                    findings.push(Finding::GenericConstant(Place::Block));
                }
                let doubts = read.facts().doubts.iter();
                findings.extend(doubts.map(|doubt| {
                    let place = doubt.site.map_or(Place::Block, |site| read.place(site));
                    Finding::Doubt(doubt.kind, place)
                }));
                if read.facts().is_entered_by_jump {
                    findings.push(Finding::EnteredByJump);
                }
                let undecided = noreturn_falls_through::undecided(judged);
                findings.extend(undecided.map(|site| Finding::MayStayAway(read.place(site))));
                let undecided = stack_pointer_not_restored::undecided(judged);
                findings.extend(undecided.map(|site| {
                    Finding::LoadedStackPointer(site.map_or(Place::Block, |site| read.place(site)))
                }));
            }
        }
    }

    fn render(finding: &Finding, _judged: &Judged<'_>) -> Message {
        let place = match *finding {
            Finding::Architecture | Finding::NotRendered(_) | Finding::EnteredByJump => Place::Block,
            Finding::GenericConstant(place)
            | Finding::Doubt(_, place)
            | Finding::MayStayAway(place)
            | Finding::LoadedStackPointer(place) => place,
        };
        let reason = finding.reason();
        Message::new(format!("this block could not be fully checked: {reason}"), place)
    }
}

impl Finding {
    /// The reason, as a clause.
    pub(super) fn reason(&self) -> String {
        match self {
            Finding::Architecture => "only the instructions of x86, Arm, AArch64 and RISC-V are understood".to_owned(),
            Finding::NotRendered(reason) => reason.to_string(),
            Finding::GenericConstant(_) => {
                "whether it assembles depends on a generic parameter".to_owned()
            }
            Finding::Doubt(kind, _) => reason_of(*kind).to_owned(),
            Finding::EnteredByJump => {
                "it takes what is above its return address, so it is entered by a jump and keeps a convention of its own".to_owned()
            }
            Finding::MayStayAway(_) => "it is not known whether this returns".to_owned(),
            Finding::LoadedStackPointer(_) => {
                "the stack pointer is loaded from memory or computed at run time".to_owned()
            }
        }
    }
}

fn reason_of(doubt: DoubtKind) -> &'static str {
    match doubt {
        DoubtKind::InvalidInstruction => "what follows this is not an instruction",
        DoubtKind::ComputedJump => "the jump goes to an address computed at run time",
        DoubtKind::MayComeBack => "control may return to a label of the block in an unknown state",
        DoubtKind::OutsideCode => "control goes to code outside the block",
        DoubtKind::OpaqueInstruction => "the effect of this instruction is not known",
        DoubtKind::OwnConvention => "it is not known which registers the called code preserves",
        DoubtKind::UnknownFlagsLoaded => "the flags loaded here may set the direction flag",
        DoubtKind::TooManyPaths => "there are more paths than the analysis follows",
    }
}
