//! # misaligned_access
//!
//! An instruction requires more alignment than its pointer guarantees. Group `hazard`, warn by default.
//!
//! ## What it does
//!
//! Looks for instructions that fault on a misaligned operand (`movaps`, `movdqa`, `movntdq` and
//! their VEX forms, memory operands of legacy SSE instructions, `cmpxchg16b`, `fxsave`, `xsave`
//! and more) and that access memory through an operand whose target has a smaller alignment.
//!
//! ## Why is this bad?
//!
//! The compiler aligns the target only as its type requires. The block works where the target
//! happens to be aligned more strictly. With one more local variable, another allocator or
//! another optimization level, it faults with a general-protection exception.
//!
//! ## Known limits
//!
//! The alignment that is compared is that of the type or, where it is known and larger, that of
//! the object. Memory operands of most VEX instructions require none. An address that the block
//! aligns itself (`and {pointer}, -16`) is aligned. Nothing is assumed about a `*const u8` or
//! `*const c_void` of unknown origin.
//!
//! ## On other architectures
//!
//! - AArch64: exclusives, compare-and-swap and the atomics of LSE, and acquire and release
//!   accesses. A processor may allow misaligned ones within 16 bytes (FEAT_LSE2); the lint does not
//!   count on it.
//! - Arm: exclusives, `ldrd` and `strd`, `ldm`, `stm`, `push`, `pop`, `vldr`, `vldm` and their stores, and
//!   accesses with an alignment in the address (`[r0:64]`).
//! - RISC-V: `lr`, `sc` and `amo*`.
//!
//! Plain loads and stores, `ldp` and `ld1` may be misaligned on AArch64 and on Armv7. Whether plain
//! ones may on RISC-V depends on the machine, and the lint is silent.
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
//! There is no suggestion: whether to change the instruction or the type is the author's choice.
//!
//! ## Reference
//!
//! Intel SDM vol. 1, 4.1.1 Alignment of Words, Doublewords, Quadwords, and Double Quadwords

use asm_analysis::questions::pointers::{certain_alignment, through};
use asm_analysis::values::Site;

use crate::diagnostics::{Message, Place};
use crate::judged::Judged;
use crate::lints::Rule;

declare_lint!(hazard MISALIGNED_ACCESS MisalignedAccess "an instruction requires more alignment than its pointer guarantees");

/// An access that asks for more alignment than there is.
pub(crate) enum Finding {
    /// Through an operand.
    Operand(ThroughOperand),
    /// Through a stack pointer that is not aligned itself.
    Stack {
        /// The access.
        site: Site,
        /// How far the stack pointer is from its alignment.
        by: u8,
    },
}

/// An access through an operand.
pub(crate) struct ThroughOperand {
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
        if let Some(&(site, by)) = facts.stack_faults.first() {
            findings.push(Finding::Stack { site, by });
        }
        for access in &facts.accesses {
            let Some(demanded) = access.alignment else { continue };
            let Some((through, pointee)) = through(block, facts, access) else { continue };
            let Some(promised) = pointee.alignment else { continue };
            let aligned = promised >= u64::from(demanded);
            let offset = through
                .offset
                .filter(|offset| aligned && offset.rem_euclid(i64::from(demanded)) != 0);
            // The block aligned the pointer itself.
            if certain_alignment(facts, &access.address) >= u64::from(demanded) {
                continue;
            }
            let known = findings.iter().any(|finding| match finding {
                Finding::Operand(known) => known.operand == through.operand,
                Finding::Stack { .. } => false,
            });
            if known || aligned && offset.is_none() {
                continue;
            }
            findings.push(Finding::Operand(ThroughOperand {
                site: access.site,
                operand: through.operand,
                offset,
                demanded,
                promised,
                name: pointee.name.clone(),
            }));
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let found = match finding {
            Finding::Operand(found) => found,
            Finding::Stack { site, by } => return through_stack(judged, *site, *by),
        };
        let ThroughOperand { site, operand, offset, demanded, promised, name } = found;
        let shown = judged.shown(*site);
        let headline = format!("`{shown}` requires an address aligned to {demanded} bytes");
        let target = match offset {
            Some(offset) => format!("accessed at offset {offset}"),
            None => format!("points to `{name}`, aligned to {promised}"),
        };
        Message::new(headline, judged.place(Some(*site)))
            .label("faults on a misaligned address")
            .also(Place::Operand(*operand), target)
            .note("the compiler aligns the target only as its type requires")
            .help(match judged.inline() {
                Some((block, _)) if !block.target.architecture.is_x86() => format!(
                    "pass a pointer to a type that is aligned to {demanded} bytes, such as one with \
                     `#[repr(align({demanded}))]`"
                ),
                _ => "use an instruction that accepts any address, or declare the type `#[repr(align(…))]`"
                    .to_owned(),
            })
    }
}

fn through_stack(judged: &Judged<'_>, site: Site, by: u8) -> Message {
    let shown = judged.shown(site);
    Message::new(
        format!("`{shown}` accesses memory through a misaligned stack pointer"),
        judged.place(Some(site)),
    )
    .label(format!("`sp` is {by} modulo 16 here"))
    .note("the processor checks `sp` at every access through it and faults unless it is a multiple of 16")
    .help("move `sp` by multiples of 16 bytes")
}
