//! # unwinding_call
//!
//! A function that may unwind is called without `may_unwind`. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Looks at each `call` whose callee is known from a `sym` operand or a function pointer: its ABI says
//! whether a panic may leave it (`extern "C-unwind"`, `extern "Rust"` and their kind). Then the block must
//! have `options(may_unwind)`.
//!
//! ## Why it is bad
//!
//! The compiler believes that nothing unwinds out of the block, and lays out no way for it: a panic of
//! the callee that gets here is undefined behaviour. Destructors of the function around the block may not
//! run, or run on variables that are in other places than they believe.
//!
//! ## When it stays silent
//!
//! - The callee's ABI stops panics (`extern "C"`).
//! - The crate is compiled with `panic=abort`.
//! - Who is called is not known.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! extern "C-unwind" fn check(value: u64) {
//!     assert!(value != 0);
//! }
//!
//! pub fn call(value: u64) {
//!     unsafe { asm!("call {}", sym check, in("rdi") value, clobber_abi("C")) };
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! extern "C" fn check(value: u64) {
//!     assert!(value != 0);
//! }
//!
//! pub fn call(value: u64) {
//!     unsafe { asm!("call {}", sym check, in("rdi") value, clobber_abi("C")) };
//! }
//! ```
//!
//! or add `options(may_unwind)`, which is unstable (`#![feature(asm_unwind)]`).
//!
//! ## Fix safety
//!
//! `may_unwind` promises less, so it breaks nothing. But the assembly must then keep what an unwinder
//! needs: it finds its way through the block only as long as `rsp` is where it was on entry.
//!
//! ## Reference
//!
//! The Rust Reference, inline assembly: `asm.rules.unwind`.

use asm_analysis::block::{Block, Callee, Operand};
use asm_analysis::facts::{Call, CallTarget};
use asm_analysis::values::Site;
use rustc_errors::Applicability;

use crate::diagnostics::{Edit, Message, OptionName, Place};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::wording;

declare_lint!(contract UNWINDING_CALL UnwindingCall "a function that may unwind is called without `may_unwind`");

/// The calls of functions that may unwind.
pub(crate) struct Finding {
    /// Who is called first.
    callee: String,
    /// The operand that it comes from.
    operand: usize,
    /// The calls, without repeats.
    sites: Vec<Site>,
}

impl Rule for UnwindingCall {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        if block.options.may_unwind {
            return;
        }
        let mut unwinding = facts.calls.iter().filter_map(|call| Some((call, unwinds(block, call)?)));
        let Some((first, operand)) = unwinding.next() else { return };
        let callee = wording::callee(block, &first.target);
        let mut sites = vec![first.site];
        for (call, _) in unwinding {
            if !sites.contains(&call.site) {
                sites.push(call.site);
            }
        }
        findings.push(Finding { callee, operand, sites });
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let Finding { callee, operand, sites } = finding;
        let place = judged.place(sites.first().copied());
        let message = Message::new(format!("{callee} may unwind, but the block does not say `may_unwind`"), place)
            .label("called here")
            .also(Place::Operand(*operand), "its ABI lets panics out");
        wording::also_at(message, judged, sites.get(1..).unwrap_or_default(), "and here")
            .note("the compiler assumes that nothing unwinds out of the block")
            .help("call a function whose ABI stops panics, such as `extern \"C\"`")
            .suggest(
                "or say that the block may unwind (unstable: `asm_unwind`)",
                [Edit::AddOptions(vec![OptionName::MayUnwind])],
                Applicability::MaybeIncorrect,
            )
    }
}

/// The operand that the callee comes from, if it may unwind.
fn unwinds(block: &Block, call: &Call) -> Option<usize> {
    let CallTarget::Operand(operand) = call.target else { return None };
    let callee: &Callee = match block.operands.get(operand)? {
        Operand::Symbol(symbol) => symbol.callee.as_ref()?,
        Operand::Register(register) => register.input.as_ref()?.callee.as_ref()?,
        _ => return None,
    };
    callee.may_unwind.then_some(operand)
}
