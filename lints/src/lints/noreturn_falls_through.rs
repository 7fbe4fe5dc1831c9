//! # noreturn_falls_through
//!
//! Control can fall through the end of a block that promises `noreturn`. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Follows every path through a block with `options(noreturn)`, and reports paths that reach its
//! end. It checks the body of a naked function in the same way, because nothing follows it
//! either.
//!
//! ## Why is this bad?
//!
//! The compiler emits no code after such a block. Whatever comes next in memory is executed:
//! another function, data, or padding.
//!
//! ## Known limits
//!
//! The lint stays silent where:
//!
//! - the block ends in a jump out, a return, `ud2`, an endless loop, or a jump to a `label`;
//! - the last thing that happens is a call to unknown code or to the kernel, which may not
//!   return; a function that is passed as `sym` or as a function pointer returns unless its type
//!   is `!`;
//! - a trap is raised after `lidt`: the block has loaded its own table of handlers, usually an
//!   empty one to reset the machine.
//!
//! An interrupt wakes a processor from `hlt`, and execution continues after it: put it in a loop.
//!
//! ## On other architectures
//!
//! The lint works alike everywhere. `svc`, `ecall`, `wfi` and breakpoints of a debugger may return,
//! so they do not end a path; `udf`, `brk #1`, `unimp`, `eret`, `mret` and a branch out do. The
//! encoding `0xe7ffdefe` that LLVM uses as Arm's trap is one, however it is written.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn stop() -> ! {
//!     unsafe { asm!("hlt", options(noreturn, nostack)) }
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
//! There is no automatic suggestion: the author has to decide whether the block should stop, loop
//! or return.
//!
//! ## Reference
//!
//! `asm.options.supported-options.noreturn`, `asm.rules.only-on-exit`

use asm_analysis::block::BlockKind;
use asm_analysis::facts::{Call, Exit, ExitKind, Facts};
use asm_analysis::machine::trace::TraceId;
use asm_analysis::meaning::{Idle, SideEffect};
use asm_analysis::values::Site;

use crate::diagnostics::{Message, OptionName, Place};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::wording;

declare_lint!(contract NORETURN_FALLS_THROUGH NoreturnFallsThrough "control can fall through the end of a block that promises `noreturn`");

/// A way to the end.
pub(crate) struct Finding {
    /// The last instruction, if there is any.
    last: Option<Site>,
    trace: TraceId,
}

impl Rule for NoreturnFallsThrough {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((_, facts)) = judged.code() else { return };
        if !judged.returns_against_promise() {
            return;
        }
        let end = way_to_the_end(facts, &may_stay_away(judged, facts));
        if let Some(end) = end {
            findings.push(Finding { last: end.site, trace: end.trace });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let Some((block, facts)) = judged.code() else {
            return Message::new(NORETURN_FALLS_THROUGH.desc, Place::Block);
        };
        let is_naked = matches!(block.kind, BlockKind::Naked(_));
        let headline = if is_naked {
            "control can fall through the end of this naked function"
        } else {
            "control can fall through the end of this block, but it promises `noreturn`"
        };
        let mut message = Message::new(headline, judged.place(finding.last))
            .label(if is_naked {
                "execution leaves the function here"
            } else {
                "execution leaves the block here"
            })
            .note("the compiler emits nothing after it: whatever comes next in memory is executed");
        if !is_naked {
            message = message.also(Place::Option(OptionName::Noreturn), "promised here");
        }
        message = wording::on_path(judged, Some(finding.trace), message);
        let halts = finding.last.filter(|site| {
            judged.meaning(facts, *site).idles == Some(Idle::Halt)
        });
        let trap = block.target.architecture.trap();
        message.help(match halts {
            Some(site) => {
                let mnemonic = facts.instruction(site).instruction.mnemonic();
                format!("an interrupt ends `{mnemonic}`: put it in a loop")
            }
            None if is_naked => {
                let returns = block.target.architecture.return_instruction();
                format!("end it with `{returns}`, a jump, or `{trap}`")
            }
            None => format!("end it with a jump, a loop, or `{trap}`"),
        })
    }
}

/// The first instruction that decides whether the end is reached, where that cannot be determined.
pub(super) fn undecided(judged: &Judged<'_>) -> Option<Site> {
    let (_, facts) = judged.code().filter(|_| judged.returns_against_promise())?;
    let doubtful = may_stay_away(judged, facts);
    let is_certain = way_to_the_end(facts, &doubtful).is_some();
    doubtful.first().map(|(site, _)| *site).filter(|_| !is_certain)
}

/// An exit at the end that is reached through none of the instructions.
fn way_to_the_end<'a>(facts: &'a Facts, doubtful: &[(Site, TraceId)]) -> Option<&'a Exit> {
    let traces: Vec<TraceId> = doubtful.iter().map(|(_, trace)| *trace).collect();
    facts.exits.iter().find(|exit| {
        exit.kind == ExitKind::End && facts.traces.is_reached_without(exit.trace, &traces)
    })
}

/// The instructions for which it cannot be determined whether control returns, with the paths
/// that they are on.
fn may_stay_away(judged: &Judged<'_>, facts: &Facts) -> Vec<(Site, TraceId)> {
    let mut found: Vec<(Site, TraceId)> = facts
        .calls
        .iter()
        .filter(|call| !returns(judged, call))
        .map(|call| (call.site, call.trace))
        .collect();
    found.extend(facts.executions.iter().filter(|(site, _)| {
        let meaning = judged.meaning(facts, *site);
        // Whether a trap for a debugger continues, whoever handles it decides.
        let is_trap = meaning.side_effect == Some(SideEffect::Trap);
        // Some system calls of x86 never return, and a number says which; those of other
        // architectures have instructions after them that trap.
        let is_call = meaning.kernel.is_some() && facts.architecture.is_x86();
        is_trap || (is_call || meaning.opaque) && !meaning.comes_back
    }));
    found
}

/// Whether a function is known to return: its type says so.
fn returns(judged: &Judged<'_>, call: &Call) -> bool {
    judged.callee(call).is_some_and(|callee| !callee.diverges)
}
