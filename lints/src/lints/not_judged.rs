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

use asm_analysis::substitute::Reason;

use super::invalid_assembly::depends_on_unknown_constant;
use crate::collect::Uncollected;
use crate::diagnostics::{Message, Place};
use crate::judged::{Assembled, Judged};
use crate::lints::Rule;

declare_lint!(audit NOT_JUDGED NotJudged "something of the block can't be judged");

/// Why a block, or a part of it, is not judged.
pub(crate) enum Finding {
    /// The target is no x86.
    Architecture,
    /// The block could not be written out as text.
    Unrendered(Reason),
    /// Whether it assembles depends on a generic parameter.
    GenericConstant(Option<u32>),
}

impl Rule for NotJudged {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        if judged.block.is_err_and(|reason| reason == Uncollected::Architecture) {
            findings.push(Finding::Architecture);
        }
        match judged.assembled {
            Some(Assembled::Unrendered(reason)) => {
                findings.push(Finding::Unrendered(reason.clone()));
            }
            Some(Assembled::Rejected(substitution, rejection))
                if depends_on_unknown_constant(judged, substitution, rejection) =>
            {
                findings.push(Finding::GenericConstant(rejection.line));
            }
            _ => {}
        }
    }

    fn render(finding: &Finding, _judged: &Judged<'_>) -> Message {
        let (place, reason) = match finding {
            Finding::Architecture => {
                (Place::Block, "only x86 and x86_64 are understood".to_owned())
            }
            Finding::Unrendered(reason) => (Place::Block, reason.to_string()),
            Finding::GenericConstant(line) => (
                line.map_or(Place::Block, Place::Line),
                "whether it assembles depends on a generic parameter".to_owned(),
            ),
        };
        Message::new(format!("this block is not judged: {reason}"), place)
    }
}
