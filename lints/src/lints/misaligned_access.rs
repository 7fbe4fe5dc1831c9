//! # misaligned_access
//!
//! An instruction that demands alignment goes through a pointer that does not promise it. Group `hazard`, warn by default.
//!
//! ## What it does
//!
//! Looks for instructions that fault on a misaligned operand (`movaps`, `movdqa`, `movntdq`, their `vmov`
//! forms, memory operands of legacy SSE, `cmpxchg16b`, `fxsave`, `xsave` and more) which access memory
//! through an operand whose target is less aligned.
//!
//! ## Why it is bad
//!
//! The compiler lays out the target with the alignment of its type. Where more happens to be there, it
//! works; one more local, another allocator or another optimisation level later the block faults with a
//! general-protection exception.
//!
//! ## When it stays silent
//!
//! The alignment that counts is the larger one of the type's and, where it is known, the place's. Memory
//! operands of VEX instructions need none. An address that the block itself aligns (`and {pointer}, -16`)
//! is aligned. Of a `*const u8` or `*const c_void` of unknown origin nothing
//! is assumed.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//! use std::arch::x86_64::__m128;
//!
//! pub unsafe fn load(numbers: &[f32; 4]) -> __m128 {
//!     let vector;
//!     unsafe {
//!         asm!(
//!             "movaps {vector}, [{numbers}]",
//!             numbers = in(reg) numbers,
//!             vector = out(xmm_reg) vector,
//!             options(pure, readonly, nostack, preserves_flags),
//!         )
//!     };
//!     vector
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//! use std::arch::x86_64::__m128;
//!
//! pub unsafe fn load(numbers: &[f32; 4]) -> __m128 {
//!     let vector;
//!     unsafe {
//!         asm!(
//!             "movups {vector}, [{numbers}]",
//!             numbers = in(reg) numbers,
//!             vector = out(xmm_reg) vector,
//!             options(pure, readonly, nostack, preserves_flags),
//!         )
//!     };
//!     vector
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no suggestion: whether the instruction or the type is to change is the author's choice.
//!
//! ## Reference
//!
//! Intel SDM vol. 1, 4.1.1 Alignment of Words, Doublewords, Quadwords, and Double Quadwords

use asm_analysis::questions::pointers::{certain_alignment, through};
use asm_analysis::values::Site;

use crate::diagnostics::{Message, Place};
use crate::judged::Judged;
use crate::lints::Rule;

declare_lint!(hazard MISALIGNED_ACCESS MisalignedAccess "an instruction that demands alignment goes through a pointer that does not promise it");

/// An access that asks for more alignment than there is.
pub(crate) struct Finding {
    site: Site,
    operand: usize,
    /// The distance from where the operand points, where that is what is wrong.
    offset: Option<i64>,
    /// What the instruction demands, and what the target promises, in bytes.
    demanded: u32,
    promised: u64,
    /// The target's type.
    name: String,
}

impl Rule for MisalignedAccess {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        for access in &facts.accesses {
            let Some(demanded) = access.alignment else { continue };
            let Some((through, pointee)) = through(block, facts, access) else { continue };
            let Some(promised) = pointee.alignment else { continue };
            let aligned = promised >= u64::from(demanded);
            let offset = through.offset.filter(|offset| aligned && offset.rem_euclid(i64::from(demanded)) != 0);
            // The block aligned the pointer itself.
            if certain_alignment(facts, &access.address) >= u64::from(demanded) {
                continue;
            }
            let known = findings.iter().any(|finding| finding.operand == through.operand);
            if known || aligned && offset.is_none() {
                continue;
            }
            findings.push(Finding {
                site: access.site,
                operand: through.operand,
                offset,
                demanded,
                promised,
                name: pointee.name.clone(),
            });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let Finding { site, operand, offset, demanded, promised, name } = finding;
        let shown = judged.shown(*site);
        let headline = format!("`{shown}` needs an address aligned to {demanded} bytes");
        let target = match offset {
            Some(offset) => format!("aligned to {promised} bytes, but the access is {offset} bytes from there"),
            None => format!("points at a `{name}`, which is aligned to {promised}"),
        };
        Message::new(headline, judged.place(Some(*site)))
            .label("faults if the address is not aligned")
            .also(Place::Operand(*operand), target)
            .note("the compiler places the target by its type's alignment and no more")
            .help("use an instruction that takes any address, or a type with `#[repr(align(…))]`")
    }
}
