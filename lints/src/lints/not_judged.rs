//! # not_judged
//!
//! Something of the block can't be judged. Group `audit`, allow by default.
//!
//! ## What it does
//!
//! Says of a block what could not be told, and why: the target is no x86, an instruction is unknown or
//! invalid, a jump goes to an address that is computed at run time, a value depends on a generic
//! parameter.
//!
//! ## Why it is bad
//!
//! It is not bad, but it is where a review by hand is still needed: the other lints speak only where a
//! promise is broken for certain, so their silence about such a block proves nothing.
//!
//! ## When it stays silent
//!
//! The block was judged by every rule that applies to it.
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
//! Nothing is to be changed. Where the block was reviewed, say so:
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
//! None: this is about the tool, not about the language.

use asm_analysis::facts::DoubtKind;
use asm_analysis::substitute::Reason;

use super::invalid_assembly::depends_on_unknown_constant;
use super::{noreturn_falls_through, stack_pointer_not_restored};
use crate::collect::Uncollected;
use crate::diagnostics::{Message, Place};
use crate::judged::Judged;
use crate::lints::Rule;

declare_lint!(audit NOT_JUDGED NotJudged "something of the block can't be judged");

/// Why a block, or a part of it, is not judged.
pub(crate) enum Finding {
    /// The target is no x86.
    Architecture,
    /// The block could not be written out as text.
    NotRendered(Reason),
    /// Whether it assembles depends on a generic parameter.
    GenericConstant(Place),
    /// Something that it does can't be told.
    Doubt(DoubtKind, Place),
    /// Whether this call or system instruction comes back, under `noreturn`.
    MayStayAway(Place),
    /// Whether what is loaded into the stack pointer is its old value.
    LoadedStackPointer(Place),
}

impl Rule for NotJudged {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        match *judged {
            Judged::Uncollected(Uncollected::Architecture) => {
                findings.push(Finding::Architecture);
            }
            Judged::NotRendered(reason) => findings.push(Finding::NotRendered(reason.clone())),
            Judged::Rejected(block, rejection) => {
                if depends_on_unknown_constant(block, rejection) {
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
            Finding::Architecture | Finding::NotRendered(_) => Place::Block,
            Finding::GenericConstant(place)
            | Finding::Doubt(_, place)
            | Finding::MayStayAway(place)
            | Finding::LoadedStackPointer(place) => place,
        };
        let reason = finding.reason();
        Message::new(format!("this block is not judged by every rule: {reason}"), place)
    }
}

impl Finding {
    /// The reason, as a clause.
    pub(super) fn reason(&self) -> String {
        match self {
            Finding::Architecture => "only x86 and x86_64 are understood".to_owned(),
            Finding::NotRendered(reason) => reason.to_string(),
            Finding::GenericConstant(_) => {
                "whether it assembles depends on a generic parameter".to_owned()
            }
            Finding::Doubt(kind, _) => reason_of(*kind).to_owned(),
            Finding::MayStayAway(_) => "whether this ever comes back is not known".to_owned(),
            Finding::LoadedStackPointer(_) => {
                "the stack pointer comes out of memory or is computed at run time, perhaps as it was".to_owned()
            }
        }
    }
}

fn reason_of(doubt: DoubtKind) -> &'static str {
    match doubt {
        DoubtKind::InvalidInstruction => "what follows this is no instruction",
        DoubtKind::ComputedJump => "the jump goes to an address that is computed at run time",
        DoubtKind::MayComeBack => "control may come back to a label of the block, in a state that is not known",
        DoubtKind::OutsideCode => "control goes to code that the block does not show",
        DoubtKind::OpaqueInstruction => "what this instruction does is not known",
        DoubtKind::OwnConvention => "which registers the called code keeps is not known",
        DoubtKind::UnknownFlagsLoaded => "the flags loaded here may set the direction flag",
        DoubtKind::TooManyPaths => "there are more paths than are followed",
    }
}
