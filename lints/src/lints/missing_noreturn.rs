//! # missing_noreturn
//!
//! Control never leaves a block that does not declare `noreturn`. Group `hazard`, warn by default.
//!
//! ## What it does
//!
//! Looks for blocks that never return control to Rust code: they loop forever, jump away, or end
//! in `ud2` or in a call to a function that returns `!`. Such a block should declare
//! `options(noreturn)`.
//!
//! ## Why is this bad?
//!
//! The compiler expects control to return: it keeps values alive across the block and emits code
//! after it that never runs, and the function can't have the type `!`. More often, a path out of
//! the block was forgotten.
//!
//! ## Known limits
//!
//! The lint stays silent where:
//!
//! - the block has used outputs or is `pure`, with which `noreturn` is not allowed;
//!   `pure_side_effect` reports the latter;
//! - some path can't be followed, such as a jump to an unknown place in the block;
//! - the block leaves with the address of one of its labels in memory or in a register, through
//!   which it may be resumed: a context switch, or a call by hand.
//!
//! ## On other architectures
//!
//! The lint works alike everywhere. These end a path: a branch out of the block, `ret`, `bx lr`, a
//! load of the program counter, `eret` or `mret`, and instructions that always trap (`udf`, `brk
//! #1`, `unimp`). `svc`, `ecall`, other breakpoints, `wfi` and `wfe` return.
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
//! With `noreturn` the block has the type `!`: code after it becomes unreachable and is removed.
//! That is right if the block does what its author meant.
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

declare_lint!(hazard MISSING_NORETURN MissingNoreturn "control never leaves a block that does not declare `noreturn`");

/// Where execution stays.
pub(crate) struct Finding {
    /// The instruction after which nothing is executed, if there is one.
    last: Option<Site>,
    /// Why; `None` for a loop.
    departure: Option<DepartureKind>,
    /// Whether the option can simply be added: it excludes outputs, used or not.
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
            None => "loops forever",
            Some(DepartureKind::Trap) => "execution ends here",
            Some(DepartureKind::DivergingCall) => "this function never returns",
            Some(
                DepartureKind::Jump
                | DepartureKind::Return
                | DepartureKind::FrameReturn
                | DepartureKind::Unknown,
            ) => "control leaves here and never returns",
        };
        let headline = "control never leaves this block, but it does not declare `noreturn`";
        let message = Message::new(headline, judged.place(finding.last))
            .label(label)
            .note("the compiler emits code after the block that never runs");
        if finding.addable {
            let edits = [Edit::AddOptions(vec![OptionName::Noreturn])];
            message.suggest("declare it", edits, Applicability::MaybeIncorrect)
        } else {
            message.help("declare `noreturn` and remove the clobbers, which it does not allow")
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
