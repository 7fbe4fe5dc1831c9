//! # return_out_of_block
//!
//! A block returns to an address in the compiler's frame. Group `hazard`, warn by default.
//!
//! ## What it does
//!
//! Looks for a return instruction in `asm!` whose return address the block did not put on the stack
//! itself: the address is what the compiler's frame held on entry at the stack pointer, or above
//! it.
//!
//! ## Why is this bad?
//!
//! It is not specified where the compiler keeps its return address. The enclosing function may
//! have pushed registers or reserved local variables, so the return jumps to one of those values.
//! Even where the address is the right one, the function returns from the middle of its body:
//! callee-saved registers are not restored, and no destructor runs.
//!
//! ## Known limits
//!
//! The lint stays silent where:
//!
//! - the block put the address there itself, as for a call by hand;
//! - the block has switched to another stack, of which nothing is known;
//! - the code is a `naked_asm!` body, where the return is the way back to the caller.
//!
//! ## On other architectures
//!
//! `ret`, `bx lr`, `jr ra` and a load of the program counter from the stack leave the function if
//! the block has not set the link register itself. A call of a label of the block sets it, so the
//! routine may return. `br x30`, `mov pc, lr` and conditional forms such as `bxne lr` are returns,
//! too.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn answer() -> u32 {
//!     let answer;
//!     unsafe { asm!("mov eax, 42", "ret", out("eax") answer) };
//!     answer
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn answer() -> u32 {
//!     let answer;
//!     unsafe { asm!("mov eax, 42", out("eax") answer, options(pure, nomem, nostack)) };
//!     answer
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no suggestion. Where the assembly is meant to be a whole function, use `naked_asm!`.
//!
//! ## Reference
//!
//! `asm.rules.stack-below-sp`, `asm.rules.only-on-exit`

use asm_analysis::facts::DepartureKind;
use asm_analysis::machine::trace::TraceId;
use asm_analysis::values::Site;

use crate::diagnostics::Message;
use crate::judged::Judged;
use crate::lints::Rule;
use crate::wording;

declare_lint!(hazard RETURN_OUT_OF_BLOCK ReturnOutOfBlock "a block returns to an address in the compiler's frame");

/// The returns.
pub(crate) struct Finding {
    /// The instructions, without repeats: at least one.
    sites: Vec<Site>,
    /// The path of the first, if control also leaves the block in another way.
    path: Option<TraceId>,
}

impl Rule for ReturnOutOfBlock {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((_, facts)) = judged.inline() else { return };
        let mut departures = facts
            .departures
            .iter()
            .filter(|departure| departure.kind == DepartureKind::FrameReturn);
        let Some(first) = departures.next() else { return };
        let mut sites = vec![first.site];
        for departure in departures {
            if !sites.contains(&departure.site) {
                sites.push(departure.site);
            }
        }
        let path = (!facts.exits.is_empty()).then_some(first.trace);
        findings.push(Finding { sites, path });
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let first = finding.sites.first().copied();
        let instruction = wording::instruction(judged, first);
        let headline = format!("{instruction} returns to an address that the block did not provide");
        let message = Message::new(headline, judged.place(first))
            .label("returns out of the block")
            .note("the compiler may keep other values there, and no callee-saved register is restored");
        let others = finding.sites.get(1..).unwrap_or_default();
        let message = wording::also_at(message, judged, others, "and here");
        wording::on_path(judged, finding.path, message).help(
            "let control reach the end of the block, or write the whole function with `naked_asm!`",
        )
    }
}
