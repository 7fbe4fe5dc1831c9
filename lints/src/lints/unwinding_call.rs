//! # unwinding_call
//!
//! A function that may unwind is called without `may_unwind`. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Looks at each `call` whose callee is known from a `sym` operand or a function pointer. The
//! callee's ABI says whether a panic may leave it (`extern "C-unwind"`, `extern "Rust"` and
//! similar ABIs). If it may, the block must have `options(may_unwind)`.
//!
//! ## Why is this bad?
//!
//! The compiler assumes that nothing unwinds out of the block, and provides no landing pad for
//! it: a panic of the callee that arrives here is undefined behavior. Destructors of the
//! enclosing function may not run, or may run on variables that are not where they expect them.
//!
//! ## Known limits
//!
//! The lint stays silent where:
//!
//! - the callee's ABI does not allow unwinding (`extern "C"`);
//! - the crate is compiled with `panic=abort`;
//! - the callee is not known.
//!
//! ## On other architectures
//!
//! The lint works alike on AArch64, Arm and RISC-V; a call is `bl`, `blr`, `blx`, `jal`, `jalr`,
//! `call`.
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
//! `may_unwind` promises less, so it breaks nothing. But the assembly must then keep what an
//! unwinder needs: it can walk through the block only as long as `rsp` has the value it had on
//! entry.
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
        let message = Message::new(format!("{callee} may unwind, but the block does not declare `may_unwind`"), place)
            .label("called here")
            .also(Place::Operand(*operand), "this ABI allows unwinding");
        wording::also_at(message, judged, sites.get(1..).unwrap_or_default(), "and here")
            .note("the compiler assumes that nothing unwinds out of the block")
            .help("call a function whose ABI does not allow unwinding, such as `extern \"C\"`")
            .suggest(
                "or declare `may_unwind` (unstable: `asm_unwind`)",
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
