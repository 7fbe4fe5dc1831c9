//! # not_judged
//!
//! Part of the block can't be judged. Group `audit`, allow by default.
//!
//! ## What it does
//!
//! Reports which rules could not be decided for a block, and why: the target is not supported, an
//! instruction is unknown or invalid, a jump goes to an address that is computed at run time, a
//! value depends on a generic parameter. Every rule that the report does not name was checked.
//!
//! ## Why is this bad?
//!
//! It is not bad, but such a block still needs a review by hand. The other lints fire only where
//! a promise is proved to be broken, so the silence of those that are named here proves nothing.
//!
//! ## Known limits
//!
//! The lint stays silent about blocks that every applicable rule could check. A block with a
//! `const` operand whose value depends on a generic parameter is checked with several numbers. A
//! lint fires only if each of them breaks its rule, and this lint names the rules that some of them
//! break; a number that is not among them may break others.
//!
//! ## On other architectures
//!
//! The README has a table of what is judged on which architecture. On an architecture that is not
//! in it, every block is reported.
//!
//! ## Example
//!
//! ```rust
//! #![cfg_attr(asm_lint, warn(asm_lint::not_judged))]
//! use std::arch::asm;
//!
//! /// Asks the monitor of this kernel, by an interrupt of its own.
//! pub fn ask_monitor(request: u64) -> u64 {
//!     let answer;
//!     unsafe { asm!("int 0x21", inlateout("rax") request => answer, options(nostack)) };
//!     answer
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
//! /// Asks the monitor of this kernel, by an interrupt of its own.
//! #[cfg_attr(asm_lint, expect(asm_lint::not_judged, reason = "reviewed: it changes rax alone"))]
//! pub fn ask_monitor(request: u64) -> u64 {
//!     let answer;
//!     unsafe { asm!("int 0x21", inlateout("rax") request => answer, options(nostack)) };
//!     answer
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

mod undecided;

use asm_analysis::facts::DoubtKind;
use asm_analysis::questions::collision;
use asm_analysis::substitute::Reason;

use super::invalid_assembly::depends_on_unknown_constant;
use super::{noreturn_falls_through, stack_pointer_not_restored};
use crate::collect::Uncollected;
use crate::diagnostics::{Message, Place};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::wording;

declare_lint!(audit NOT_JUDGED NotJudged "part of the block can't be judged");

/// What is not judged.
pub(crate) struct Finding {
    cause: Cause,
    place: Place,
    /// The rules that could not be decided; empty for all of them.
    pub(super) rules: Vec<String>,
}

/// Why a block, or part of it, is not judged.
enum Cause {
    /// The target is not supported.
    Architecture,
    /// The block could not be written out as text.
    NotRendered(Reason),
    /// Whether it assembles depends on a generic parameter.
    GenericConstant,
    /// Whether the block breaks a rule depends on a generic parameter.
    DecidedByConstant,
    /// Part of what it does cannot be determined.
    Doubt(DoubtKind),
    /// Whether what is read back from memory is still what the block saved there.
    PerhapsOverwritten,
    /// Whether this call or system instruction returns, under `noreturn`.
    MayStayAway,
    /// Whether what is loaded into the stack pointer is its old value.
    LoadedStackPointer,
    /// How a naked function is entered that takes its return address for data.
    EnteredByJump,
}

impl Rule for NotJudged {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let whole = |cause, place| Finding { cause, place, rules: Vec::new() };
        let some = |cause, place, rules: &[&str]| {
            let rules = rules.iter().map(|&rule| rule.to_owned()).collect();
            Finding { cause, place, rules }
        };
        match *judged {
            Judged::Uncollected(Uncollected::Architecture) | Judged::Assembled(..) => {
                findings.push(whole(Cause::Architecture, Place::Block));
            }
            Judged::NotRendered(reason) => {
                findings.push(whole(Cause::NotRendered(reason.clone()), Place::Block));
            }
            Judged::Rejected(block, rejection, always) => {
                if depends_on_unknown_constant(block, rejection, always) {
                    let place = rejection.line.map_or(Place::Block, Place::Line);
                    findings.push(whole(Cause::GenericConstant, place));
                }
            }
            Judged::Read(read) => {
                if read.has_single_value {
                    findings.push(whole(Cause::GenericConstant, Place::Block));
                }
                let rules = undecided::by_constant(judged);
                if !rules.is_empty() {
                    let (cause, place) = (Cause::DecidedByConstant, Place::Block);
                    findings.push(Finding { cause, place, rules });
                }
                findings.extend(read.facts().doubts.iter().filter_map(|doubt| {
                    if doubt.kind == DoubtKind::TooMuchWork {
                        return Some(whole(Cause::Doubt(doubt.kind), Place::Block));
                    }
                    let rules = undecided::rules(judged, doubt);
                    let place = judged.place(doubt.site);
                    let cause = Cause::Doubt(doubt.kind);
                    (!rules.is_empty()).then_some(Finding { cause, place, rules })
                }));
                if read.facts().is_entered_by_jump {
                    findings.push(some(Cause::EnteredByJump, Place::Block, &ABOUT_CALLERS));
                }
                if collision::is_too_much(read.block, read.reading) {
                    let rules = ["operand_register_collision"];
                    findings.push(some(Cause::Doubt(DoubtKind::TooMuchWork), Place::Block, &rules));
                }
                if let Some((site, rules)) = undecided::by_overlap(judged) {
                    let place = judged.place(Some(site));
                    findings.push(Finding { cause: Cause::PerhapsOverwritten, place, rules });
                }
                let undecided = noreturn_falls_through::undecided(judged);
                findings.extend(undecided.map(|site| {
                    some(Cause::MayStayAway, read.place(site), &["noreturn_falls_through"])
                }));
                let undecided = stack_pointer_not_restored::undecided(judged);
                findings.extend(undecided.map(|site| {
                    // A naked function takes what it must preserve from where that points.
                    let rules = ["stack_pointer_not_restored", "undeclared_clobber"];
                    let count = if judged.inline().is_some() { 1 } else { 2 };
                    some(Cause::LoadedStackPointer, judged.place(site), &rules[..count])
                }));
            }
        }
    }

    fn render(finding: &Finding, _judged: &Judged<'_>) -> Message {
        let reason = finding.cause.reason();
        let message = match &finding.rules[..] {
            [] => format!("this block could not be fully checked: {reason}"),
            rules => format!("{} could not be checked: {reason}", wording::list(rules)),
        };
        let mut message = Message::new(message, finding.place);
        // A headline has room for a few names.
        let rest =
            if finding.rules.len() > HEADLINE { &finding.rules[HEADLINE - 1..] } else { &[] };
        for names in rest.chunks(2) {
            message = message.note(format!("{} could not be checked either", wording::list(names)));
        }
        match &finding.rules[..] {
            [] => message,
            _ => message.note("every other rule was checked"),
        }
    }
}

/// How many names a headline has room for; of more it shows one less, and how many more there are.
const HEADLINE: usize = 4;

/// The rules that compare a naked function with what its callers expect.
const ABOUT_CALLERS: [&str; 4] = [
    "misaligned_call",
    "stack_pointer_not_restored",
    "undeclared_clobber",
    "undefined_register_read",
];

impl Finding {
    /// The reason, as a clause.
    pub(super) fn reason(&self) -> String {
        self.cause.reason()
    }
}

impl Cause {
    fn reason(&self) -> String {
        match self {
            Cause::Architecture => {
                "only the instructions of x86, Arm, AArch64 and RISC-V are understood".to_owned()
            }
            Cause::NotRendered(reason) => reason.to_string(),
            Cause::GenericConstant => {
                "whether it assembles depends on a generic parameter".to_owned()
            }
            Cause::DecidedByConstant => "the answer depends on a generic parameter".to_owned(),
            Cause::Doubt(kind) => reason_of(*kind).to_owned(),
            Cause::EnteredByJump => {
                "it takes what is above its return address, so it is entered by a jump and keeps a convention of its own".to_owned()
            }
            Cause::PerhapsOverwritten => {
                "a store through another pointer may have overwritten what is read back here"
                    .to_owned()
            }
            Cause::MayStayAway => "it is not known whether this returns".to_owned(),
            Cause::LoadedStackPointer => {
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
        DoubtKind::Padding => "control runs into padding: thousands of zero bytes",
        DoubtKind::OpaqueInstruction => "the effect of this instruction is not known",
        DoubtKind::OwnConvention => "it is not known which registers the called code preserves",
        DoubtKind::ForeignAnswer => "it is not known which registers come back changed from this",
        DoubtKind::UnknownFlagsLoaded => "the flags loaded here may set the direction flag",
        DoubtKind::TooManyCallers => {
            "this subroutine is called from more places than the analysis follows one by one"
        }
        DoubtKind::TooMuchWork => {
            "it is too large, or has too many paths, for the analysis to follow it all"
        }
    }
}
