//! # stack_pointer_not_restored
//!
//! The block does not restore the stack pointer. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Follows the stack pointer through a block as a distance from its value on entry, and reports
//! exits where it differs. In a naked function it must be restored at every `ret`, and `ret` must
//! pop what the function's ABI requires.
//!
//! ## Why is this bad?
//!
//! The compiler addresses local variables, saved registers and the return address relative to the
//! stack pointer. After the block it would read and write other memory instead, and return to the
//! wrong address.
//!
//! ## Known limits
//!
//! The lint stays silent where:
//!
//! - the stack pointer is loaded from memory, as in a context switch, or a variable amount is
//!   added to it: whether the value is the right one cannot be determined;
//! - what a loop pushed is removed in one step, for the same reason;
//! - the exit can't be reached: a block that jumps away may leave anything on the stack;
//! - the naked function is `extern "custom"`: its callers know what it does to the stack pointer;
//! - the block promises `nostack`, where `nostack_stack_use` reports the `push`.
//!
//! ## On other architectures
//!
//! The lint works alike on AArch64, Arm and RISC-V. It is silent once a block may have changed
//! which register `sp` is: after `msr spsel`, `msr MSP`, `msr PSP`, `msr CONTROL` or `cps` with a
//! mode.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn save(value: u64) {
//!     unsafe { asm!("push {}", in(reg) value, options(preserves_flags)) };
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn save(value: u64) -> u64 {
//!     let back;
//!     unsafe { asm!("push {}", "pop {}", in(reg) value, out(reg) back, options(preserves_flags)) };
//!     back
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no automatic suggestion: what is missing depends on the purpose of the block.
//!
//! ## Reference
//!
//! `asm.rules.stack-below-sp`

use asm_analysis::block::{Block, BlockKind};
use asm_analysis::facts::{Exit, ExitKind, Facts, StackUseKind};
use asm_analysis::questions::exits::Kept;
use asm_analysis::machine::trace::TraceId;
use asm_analysis::values::arithmetic::signed;
use asm_analysis::values::{Kind, Site};

use crate::diagnostics::Message;
use crate::judged::Judged;
use crate::lints::Rule;
use crate::stack_pointer::is_computed_at_run_time;
use crate::wording;

declare_lint!(contract STACK_POINTER_NOT_RESTORED StackPointerNotRestored "the block does not restore the stack pointer");

/// What is wrong with the stack pointer.
pub(crate) enum Finding {
    /// It differs at an exit.
    Differs {
        /// The instruction that gave it its value.
        site: Option<Site>,
        /// By how many bytes, if that is known.
        distance: Option<i64>,
        /// A path to the exit, if there is one where it is right.
        path: Option<TraceId>,
    },
    /// A naked function's return pops a different number of bytes than its ABI requires.
    Pops {
        /// The return.
        site: Option<Site>,
        popped: u32,
        expected: u32,
    },
}

impl Rule for StackPointerNotRestored {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.code() else { return };
        if judged.returns_against_promise()
            || is_callers_business(block)
        {
            return;
        }
        let bits = block.target.architecture.word_bits();
        let differs = |exit: &Exit| {
            let this = |other: &Exit| std::ptr::eq(other, exit);
            match facts.kept_at(this, facts.stack_pointer(), 0, bits) {
                Kept::No(change)
                    if must_be_restored(exit)
                        && !is_reported_as_push(block, facts, exit)
                        && !is_computed_at_run_time(facts, exit) =>
                {
                    Some(change)
                }
                _ => None,
            }
        };
        if let Some((exit, change)) =
            facts.exits.iter().find_map(|exit| Some((exit, differs(exit)?)))
        {
            let always = facts.exits.iter().all(|exit| differs(exit).is_some());
            findings.push(Finding::Differs {
                site: change.site,
                distance: distance(block, facts, exit),
                path: (!always).then_some(exit.trace),
            });
        } else if let BlockKind::Naked(abi) = &block.kind
            && (abi.arguments.is_some() || abi.is_interrupt_handler())
        {
            let expected = abi.callee_pops;
            let wrong = facts.exits.iter().find_map(|exit| match exit.kind {
                ExitKind::Return { pops } if u32::from(pops) != expected => {
                    Some((exit.site, u32::from(pops)))
                }
                _ => None,
            });
            findings.extend(wrong.map(|(site, popped)| Finding::Pops { site, popped, expected }));
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let name = wording::stack_pointer(judged);
        let is_naked = judged.inline().is_none();
        let subject = if is_naked { "the function" } else { "the block" };
        let return_instruction =
            judged.analysed().map_or("ret", |(_, facts)| facts.architecture.return_instruction());
        let returns_by_stack = judged
            .analysed()
            .is_some_and(|(_, facts)| facts.architecture.link_register().is_none());
        match finding {
            Finding::Differs { site, distance, path } => {
                let headline = match distance {
                    Some(bytes) => {
                        let direction = if *bytes < 0 { "lower" } else { "higher" };
                        let bytes = bytes.unsigned_abs();
                        let exits = if is_naked { "returns" } else { "exits" };
                        format!("{subject} {exits} with {name} {bytes} bytes {direction} than on entry")
                    }
                    None => format!("{subject} does not restore {name}"),
                };
                let message = Message::new(headline, judged.place(*site))
                    .label("changed here, never restored")
                    .note(match (is_naked, returns_by_stack) {
                        (true, true) => format!(
                            "`{return_instruction}` would take the return address from the wrong place"
                        ),
                        (true, false) => {
                            "the caller addresses its local variables relative to it".to_owned()
                        }
                        (false, _) => "the compiler addresses local variables and the return address relative to it".to_owned(),
                    });
                wording::on_path(judged, *path, message)
            }
            Finding::Pops { site, popped, expected } => {
                let is_handler = judged.code().is_some_and(
                    |(block, _)| matches!(&block.kind, BlockKind::Naked(abi) if abi.is_interrupt_handler()),
                );
                let headline = if is_handler {
                    format!("the handler returns with {name} {popped} bytes above its value on entry, but its type requires {expected}")
                } else {
                    format!("`{return_instruction}` pops {popped} bytes of arguments, but the function's ABI requires {expected}")
                };
                Message::new(headline, judged.place(*site))
                    .label(format!("the caller's {name} is wrong afterwards"))
                    .note("the caller addresses its local variables and its return address relative to it")
            }
        }
    }
}

/// The instruction after which it cannot be determined whether the stack pointer is restored, if
/// there is such an exit; `None` inside, where the instruction is not known.
pub(super) fn undecided(judged: &Judged<'_>) -> Option<Option<Site>> {
    let (block, facts) = judged.code().filter(|_| !judged.returns_against_promise())?;
    let bits = block.target.architecture.word_bits();
    facts.exits.iter().find_map(|exit| {
        let this = |other: &Exit| std::ptr::eq(other, exit);
        match facts.kept_at(this, facts.stack_pointer(), 0, bits) {
            Kept::No(change) if must_be_restored(exit) && is_computed_at_run_time(facts, exit) => {
                Some(change.site)
            }
            Kept::Unknown if must_be_restored(exit) => {
                Some(facts.last_write_before(exit.trace, facts.stack_pointer(), 0, bits))
            }
            _ => None,
        }
    })
}

/// Whether the stack pointer must be restored at an exit. Before a jump to another function a
/// naked function may have pushed something for it, as interrupt stubs do.
fn must_be_restored(exit: &Exit) -> bool {
    exit.kind != ExitKind::TailJump
}

/// Whether a naked function has an ABI of its own, which may well move the stack pointer.
fn is_callers_business(block: &Block) -> bool {
    matches!(&block.kind, BlockKind::Naked(abi) if abi.name == "custom")
}

/// Whether nothing but pushes moves the stack pointer, which are already reported as a use of the
/// stack under `nostack`.
fn is_reported_as_push(block: &Block, facts: &Facts, exit: &Exit) -> bool {
    block.options.nostack
        && facts.stack_uses.iter().any(|used| {
            used.kind == StackUseKind::Push && facts.traces.reaches_exit(used.trace)
        })
        && distance(block, facts, exit).is_some_and(|moved| {
            moved == facts.moved_by_pushes(exit.trace)
        })
}

/// The distance of the stack pointer at an exit from its value on entry.
fn distance(block: &Block, facts: &Facts, exit: &Exit) -> Option<i64> {
    let bits = block.target.architecture.word_bits();
    let word = facts.at_exit(exit, facts.stack_pointer())?.slice(0, bits);
    let (base, addend) = facts.values.split_offset(&word);
    let (base, 0) = base.as_slice()? else { return None };
    let is_entry = facts.values.get(base).kind == Kind::Entry(facts.stack_pointer());
    is_entry.then_some(signed(addend, bits))
}
