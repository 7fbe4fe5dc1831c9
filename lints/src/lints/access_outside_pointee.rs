//! # access_outside_pointee
//!
//! A block accesses memory outside what an operand points to. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Looks for accesses that start at an operand which points to an object of known size (a
//! reference, or the address of a local or a static) and that go beyond the bounds of this
//! object: 16 bytes through `&mut u64`, or `[{pointer} + 8]` where `{pointer}` points to a `u64`.
//!
//! ## Why is this bad?
//!
//! The memory next to the object belongs to something else. The compiler may have placed another
//! variable there and assumes that the block does not touch it. The rules are those of any unsafe
//! code: a reference gives access to its own bytes only.
//!
//! ## Known limits
//!
//! The type of a raw pointer says nothing about the object it points to, and the length of a
//! slice is not known. Accesses at unknown offsets and string instructions with an unknown count
//! are not checked.
//!
//! ## On other architectures
//!
//! The lint works alike on AArch64, Arm and RISC-V. `ldp`, `ld1` to `ld4`, `ldm` and `vldm` reach
//! as far as all the registers that they name. Accesses whose length depends on the processor or on
//! a register have no reach that is known: `dc zva`, the scalable vectors of SVE, the vectors of
//! RISC-V.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn clear_pair(first: &mut u64) {
//!     unsafe {
//!         asm!(
//!             "mov qword ptr [{first}], 0",
//!             "mov qword ptr [{first} + 8], 0",
//!             first = in(reg) first,
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
//! pub fn clear_pair(pair: &mut [u64; 2]) {
//!     unsafe {
//!         asm!(
//!             "mov qword ptr [{pair}], 0",
//!             "mov qword ptr [{pair} + 8], 0",
//!             pair = in(reg) pair,
//!             options(nostack, preserves_flags),
//!         )
//!     };
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no suggestion: only the author knows which memory was meant.
//!
//! ## Reference
//!
//! `asm.rules.mem-same-as-ffi`; behavior considered undefined, out-of-bounds accesses

use asm_analysis::facts::Access;
use asm_analysis::questions::pointers::through;

use crate::diagnostics::{Message, Place};
use crate::judged::Judged;
use crate::lints::Rule;

declare_lint!(contract ACCESS_OUTSIDE_POINTEE AccessOutsidePointee "a block accesses memory outside what an operand points to");

/// An access that goes out of bounds.
pub(crate) struct Finding {
    access: Access,
    operand: usize,
    /// The first byte and the number of bytes accessed, from where the operand points.
    offset: i64,
    bytes: u64,
    /// The size of the place.
    size: u64,
    /// The place's type.
    name: String,
}

impl Rule for AccessOutsidePointee {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        for access in facts.accesses.iter().filter(|access| !access.conditional) {
            let Some((through, pointee)) = through(block, facts, access) else { continue };
            let (Some(offset), Some(bytes), Some(size)) = (through.offset, access.bytes, pointee.place_bytes)
            else {
                continue;
            };
            let end = i128::from(offset) + i128::from(bytes);
            let inside = offset >= 0 && end <= i128::from(size);
            if inside || findings.iter().any(|known| known.operand == through.operand) {
                continue;
            }
            findings.push(Finding {
                access: access.clone(),
                operand: through.operand,
                offset,
                bytes,
                size,
                name: pointee.name.clone(),
            });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let Finding { access, operand, offset, bytes, size, name } = finding;
        let verb = if access.kind.writes() { "writes" } else { "reads" };
        let shown = judged.shown(access.site);
        Message::new(format!("`{shown}` {verb} outside the `{name}`"), judged.place(Some(access.site)))
            .label(format!("{verb} {bytes} bytes at offset {offset}"))
            .also(Place::Operand(*operand), format!("points to {size} bytes"))
            .note("the memory next to it belongs to something else, which the compiler assumes untouched")
    }
}
