//! # write_through_shared_reference
//!
//! A block writes memory that it may only read. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Looks for writes through an operand that comes from a shared reference (`&T` without an
//! `UnsafeCell` inside), from `as_ptr()` of a shared slice, from the address of a place that is
//! not `mut`, or from a `static` without interior mutability.
//!
//! ## Why is this bad?
//!
//! The compiler assumes that the target of a shared reference does not change. It keeps using the
//! old value, from a register or folded into the code, and it may have placed the target in
//! memory that can't be written at all.
//!
//! ## Known limits
//!
//! The block may write through `&mut`, through `&raw mut` of a mutable place, through
//! `UnsafeCell` and through atomics. Nothing is assumed about a raw pointer whose origin is not
//! visible in the same function.
//!
//! ## On other architectures
//!
//! The lint works alike on AArch64, Arm and RISC-V. Exclusive stores, atomics and `sc` are writes,
//! also of the value that is there already.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn reset(counter: &u64) {
//!     unsafe {
//!         asm!(
//!             "mov qword ptr [{counter}], 0",
//!             counter = in(reg) counter,
//!             options(nostack, preserves_flags),
//!         )
//!     };
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn reset(counter: &mut u64) {
//!     unsafe {
//!         asm!(
//!             "mov qword ptr [{counter}], 0",
//!             counter = in(reg) counter,
//!             options(nostack, preserves_flags),
//!         )
//!     };
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no suggestion: the signature is the author's choice.
//!
//! ## Reference
//!
//! `asm.rules.mem-same-as-ffi`; behavior considered undefined, mutating immutable bytes

use asm_analysis::block::Immutable;
use asm_analysis::questions::pointers::through;
use asm_analysis::values::Site;

use crate::diagnostics::{Message, Place};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::promises::further;

declare_lint!(contract WRITE_THROUGH_SHARED_REFERENCE WriteThroughSharedReference "a block writes memory that it may only read");

/// Writes through one operand.
pub(crate) struct Finding {
    operand: usize,
    immutable: Immutable,
    /// The instructions that write, without repeats.
    writes: Vec<Site>,
}

impl Rule for WriteThroughSharedReference {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        for access in facts.accesses.iter().filter(|access| access.kind.writes()) {
            let Some((through, pointee)) = through(block, facts, access) else { continue };
            let Some(immutable) = pointee.immutable else { continue };
            match findings.iter_mut().find(|finding| finding.operand == through.operand) {
                Some(finding) if finding.writes.contains(&access.site) => {}
                Some(finding) => finding.writes.push(access.site),
                None => {
                    let writes = vec![access.site];
                    findings.push(Finding { operand: through.operand, immutable, writes });
                }
            }
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let (origin, help) = match finding.immutable {
            Immutable::SharedReference => ("a shared reference", "take a `&mut` reference, or an `UnsafeCell`"),
            Immutable::SharedSlice => ("a shared slice", "use `as_mut_ptr()` of a mutable slice"),
            Immutable::ImmutablePlace => {
                ("a place that is not `mut`", "declare it `let mut` and use `&raw mut`")
            }
            Immutable::ImmutableStatic => ("an immutable `static`", "use a `static` with interior mutability"),
        };
        let first = finding.writes[0];
        let headline = format!("`{}` writes through {origin}", judged.shown(first));
        let message = Message::new(headline, judged.place(Some(first)))
            .label("written here")
            .also(Place::Operand(finding.operand), format!("points into {origin}"));
        further(judged, message, &finding.writes[1..], "and here")
            .note("the compiler may keep using the old value anywhere in the program")
            .help(help)
    }
}
