//! # missing_noreturn
//!
//! No path leads out of a block that does not promise `noreturn`. Group `hazard`, warn by default.
//!
//! ## What it does
//!
//! Looks for blocks that never give control back to Rust code: they loop for ever, jump away, or end in
//! `ud2` or in a call of a function that returns `!`. Such a block should say `options(noreturn)`.
//!
//! ## Why it is bad
//!
//! The compiler counts on coming back: it keeps values alive over the block and puts code behind it that
//! never runs, and the function can't have the type `!`. More often a path was forgotten that should have
//! led out.
//!
//! ## When it stays silent
//!
//! - The block has used outputs or is `pure`, where `noreturn` is not allowed; `pure_side_effect` speaks
//!   of the latter.
//! - Some path can't be followed, as with a jump to an unknown place in the block.
//! - The block goes away with the address of one of its labels in memory or in a register, by which it may
//!   be resumed: a switch of contexts, or a call by hand.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn stop() {
//!     unsafe { asm!("2:", "hlt", "jmp 2b", options(nostack)) };
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn stop() -> ! {
//!     unsafe { asm!("2:", "hlt", "jmp 2b", options(noreturn, nostack)) }
//! }
//! ```
//!
//! ## Fix safety
//!
//! With `noreturn` the block has the type `!`: code behind it becomes unreachable, and is left out. That
//! is right if the block does what its author meant.
//!
//! ## Reference
//!
//! `asm.options.supported-options.noreturn`

use asm_analysis::block::{Operand, Output};
use asm_analysis::facts::{Facts, DepartureKind};
use asm_analysis::values::Site;
use rustc_errors::Applicability;

use crate::diagnostics::{Edit, Message, OptionName};
use crate::judged::Judged;
use crate::lints::Rule;

declare_lint!(hazard MISSING_NORETURN MissingNoreturn "no path leads out of a block that does not promise `noreturn`");

/// Where execution stays.
pub(crate) struct Finding {
    /// The instruction behind which nothing comes, if there is one.
    last: Option<Site>,
    /// Why; `None` for a loop.
    departure: Option<DepartureKind>,
    /// Whether the promise can be added as it is: it does not go with outputs, used or not.
    addable: bool,
}

impl Rule for MissingNoreturn {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        let outputs = || {
            block.operands.iter().filter_map(|operand| match operand {
                Operand::Register(register) if !register.from_clobber_abi => Some(&register.output),
                _ => None,
            })
        };
        let is_used = outputs().any(|output| matches!(output, Output::Used(_)));
        if block.options.noreturn || block.options.pure || is_used {
            return;
        }
        if facts.exits.is_empty() && facts.is_complete() {
            let departure = facts.departures.first();
            findings.push(Finding {
                last: departure.map(|departure| departure.site).or_else(|| last(facts)),
                departure: departure.map(|departure| departure.kind),
                addable: outputs().all(|output| *output == Output::None),
            });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let label = match finding.departure {
            None => "goes round for ever",
            Some(DepartureKind::Trap) => "execution ends here",
            Some(DepartureKind::DivergingCall) => "this function never returns",
            Some(DepartureKind::Jump | DepartureKind::Return | DepartureKind::Unknown) => {
                "control leaves here for good"
            }
        };
        let headline = "no path leads out of this block, but it does not promise `noreturn`";
        let message = Message::new(headline, judged.place(finding.last))
            .label(label)
            .note("the compiler puts code behind the block that never runs");
        if finding.addable {
            let edits = [Edit::AddOptions(vec![OptionName::Noreturn])];
            message.suggest("promise it", edits, Applicability::MaybeIncorrect)
        } else {
            message.help("promise `noreturn`; clobbers are of no use then, and are not allowed")
        }
    }
}

/// The last instruction by address.
fn last(facts: &Facts) -> Option<Site> {
    (0u32..)
        .zip(&facts.instructions)
        .max_by_key(|(_, reached)| reached.address)
        .map(|(index, _)| Site(index))
}
