//! # stack_pointer_not_restored
//!
//! The stack pointer is not back where it was when a block ends. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Follows the stack pointer through a block as a distance from its value at entry, and reports exits where
//! it differs. In a naked function it must be back at every `ret`, and `ret` must pop what the function's
//! ABI says.
//!
//! ## Why it is bad
//!
//! The compiler finds its local variables, saved registers and the return address by the stack pointer.
//! After the block it reads and writes other memory in their place, and returns to nowhere.
//!
//! ## When it stays silent
//!
//! - The stack pointer comes out of memory, as when one thread is switched for another: whether it is the
//!   right one can't be told.
//! - What was pushed in a loop is taken back at once, or a variable amount is added: whether it is the
//!   right one can't be told either.
//! - The exit can't be reached: a block that jumps away may leave what it likes on the stack.
//! - The naked function is `extern "custom"`: its callers know what it does to the stack pointer.
//! - Under `nostack`, where `nostack_stack_use` speaks of the `push`.
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
//! There is no suggestion to apply: what is missing depends on what the block is for.
//!
//! ## Reference
//!
//! `asm.rules.stack-below-sp`

use asm_analysis::block::{Block, BlockKind};
use asm_analysis::facts::{Exit, ExitKind, Facts, StackUseKind};
use asm_analysis::questions::exits::Kept;
use asm_analysis::flow::trace::TraceId;
use asm_analysis::values::arithmetic::signed;
use asm_analysis::values::{Kind, Site};

use crate::diagnostics::Message;
use crate::judged::Judged;
use crate::lints::Rule;
use crate::stack_pointer::{STACK_POINTER, is_computed_at_run_time};
use crate::wording;

declare_lint!(contract STACK_POINTER_NOT_RESTORED StackPointerNotRestored "the stack pointer is not back where it was when a block ends");


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
    /// A naked function's `ret` pops another number of bytes than its ABI says.
    Pops {
        /// The `ret`.
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
            || is_told_as_push(block, facts)
            || is_callers_business(block)
        {
            return;
        }
        let bits = block.target.architecture.word_bits();
        let differs = |exit: &Exit| {
            let this = |other: &Exit| std::ptr::eq(other, exit);
            match facts.kept_at(this, STACK_POINTER, 0, bits) {
                Kept::No(change) if must_be_back(exit) && !is_computed_at_run_time(facts, exit) => Some(change),
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
            && abi.arguments.is_some()
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
        let name = wording::cell_name(judged, STACK_POINTER);
        let is_naked = judged.inline().is_none();
        let end = if is_naked { "when the function returns" } else { "at the end of the block" };
        match finding {
            Finding::Differs { site, distance, path } => {
                let headline = match distance {
                    Some(bytes) => {
                        let direction = if *bytes < 0 { "lower" } else { "higher" };
                        let bytes = bytes.unsigned_abs();
                        format!("{name} is {bytes} bytes {direction} {end} than it was before")
                    }
                    None => format!("{name} is not back at its old value {end}"),
                };
                let message = Message::new(headline, judged.place(*site))
                    .label(format!("{name} is not put back after this"))
                    .note(if is_naked {
                        "the return address is not where `ret` looks for it"
                    } else {
                        "the compiler finds its local variables and the return address by it"
                    });
                wording::on_path(judged, *path, message)
            }
            Finding::Pops { site, popped, expected } => {
                let headline = format!(
                    "`ret` pops {popped} bytes of arguments, but the function's ABI says {expected}"
                );
                Message::new(headline, judged.place(*site))
                    .label(format!("{name} is wrong in the caller after this"))
                    .note("the caller finds its local variables and the return address by it")
            }
        }
    }
}

/// The instruction behind which it can't be told whether the stack pointer is back, if there is
/// such an exit; `None` inside, where the instruction is not known.
pub(super) fn undecided(judged: &Judged<'_>) -> Option<Option<Site>> {
    let (block, facts) = judged.code().filter(|_| !judged.returns_against_promise())?;
    let bits = block.target.architecture.word_bits();
    facts.exits.iter().find_map(|exit| {
        let this = |other: &Exit| std::ptr::eq(other, exit);
        match facts.kept_at(this, STACK_POINTER, 0, bits) {
            Kept::No(change) if must_be_back(exit) && is_computed_at_run_time(facts, exit) => Some(change.site),
            _ => None,
        }
    })
}

/// Whether the stack pointer must be back at an exit. Before a jump to another function a naked
/// function may have pushed something for it, as interrupt stubs do.
fn must_be_back(exit: &Exit) -> bool {
    exit.kind != ExitKind::TailJump
}

/// Whether a naked function has an ABI of its own, which may well move the stack pointer.
fn is_callers_business(block: &Block) -> bool {
    matches!(&block.kind, BlockKind::Naked(abi) if abi.name == "custom")
}

/// Whether a `push` that does it is told as the use of a stack that was promised not to be used.
fn is_told_as_push(block: &Block, facts: &Facts) -> bool {
    block.options.nostack
        && facts.stack_uses.iter().any(|used| {
            used.kind == StackUseKind::Push && facts.traces.reaches_exit(used.trace)
        })
}

/// How far the stack pointer at an exit is from that at entry.
fn distance(block: &Block, facts: &Facts, exit: &Exit) -> Option<i64> {
    let bits = block.target.architecture.word_bits();
    let word = facts.at_exit(exit, STACK_POINTER)?.slice(0, bits);
    let (base, addend) = facts.values.split_offset(&word);
    let (base, 0) = base.as_slice()? else { return None };
    let is_entry = facts.values.get(base).kind == Kind::Entry(STACK_POINTER);
    is_entry.then_some(signed(addend, bits))
}
