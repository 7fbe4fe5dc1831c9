//! # requires_target_feature
//!
//! The block uses an instruction of a target feature that is not enabled. Group `audit`, allow by default.
//!
//! ## What it does
//!
//! Lists the target features that a block's instructions need and that neither the target nor the
//! function's `#[target_feature]` enables. The names are those that `#[target_feature]` and
//! `-C target-feature` use.
//!
//! ## Why is this bad?
//!
//! On x86 the assembler accepts every instruction, whatever the target features are; elsewhere a
//! directive in the template (`.arch_extension`, `.option arch`) makes it accept more than the
//! function has. On a processor without the feature, the instruction is invalid or does something
//! else: `lzcnt` is executed as `bsr`. Only a check at run time, or the function's own
//! `#[target_feature]`, keeps such code from running there, and the compiler can check neither for
//! assembly.
//!
//! ## Known limits
//!
//! The lint can't see whether the block runs only after a check at run time. It stays silent about
//! features that the compiler has no name for, such as those of system instructions, and about
//! hints that other processors ignore.
//!
//! ## On other architectures
//!
//! On AArch64, Arm and RISC-V the assembler rejects an instruction whose feature the function does
//! not have, so the lint reports blocks that enable the feature themselves: with `.arch_extension`,
//! `.arch`, `.fpu` or `.option arch`, or with `.inst` and `.insn`; and the blocks of functions with
//! `#[inline(always)]`, which are assembled with the features of their callers. The architecture's
//! version that the target's name says counts as enabled, and so do Zicsr and Zifencei on RISC-V:
//! the assembler accepts their instructions on every target.
//!
//! ## Example
//!
//! ```rust
//! #![cfg_attr(asm_lint, warn(asm_lint::requires_target_feature))]
//! use std::arch::asm;
//!
//! pub fn count_ones(value: u64) -> u64 {
//!     let count;
//!     unsafe {
//!         asm!(
//!             "popcnt {count}, {value}",
//!             value = in(reg) value,
//!             count = out(reg) count,
//!             options(pure, nomem, nostack),
//!         )
//!     };
//!     count
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! #![cfg_attr(asm_lint, warn(asm_lint::requires_target_feature))]
//! use std::arch::asm;
//!
//! #[target_feature(enable = "popcnt")]
//! pub fn count_ones(value: u64) -> u64 {
//!     let count;
//!     unsafe {
//!         asm!(
//!             "popcnt {count}, {value}",
//!             value = in(reg) value,
//!             count = out(reg) count,
//!             options(pure, nomem, nostack),
//!         )
//!     };
//!     count
//! }
//! ```
//!
//! ## Fix safety
//!
//! There is no suggestion: with `#[target_feature]`, callers without the feature need `unsafe`.
//!
//! ## Reference
//!
//! `attributes.codegen.target_feature`

use asm_analysis::questions::features::{Required, required_features};

use crate::diagnostics::Message;
use crate::judged::Judged;
use crate::lints::Rule;
use crate::wording;

declare_lint!(audit REQUIRES_TARGET_FEATURE RequiresTargetFeature "the block uses an instruction of a target feature that is not enabled");

impl Rule for RequiresTargetFeature {
    type Finding = Required;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Required>) {
        let Some((block, facts)) = judged.code() else { return };
        let required = required_features(block, facts);
        findings.extend(required.into_iter().filter(|required| !required.enabled));
    }

    fn render(finding: &Required, judged: &Judged<'_>) -> Message {
        const FURTHER: usize = 3;
        let Required { feature, sites, .. } = finding;
        let first = sites.first().copied();
        let instruction = wording::instruction(judged, first);
        let headline =
            format!("{instruction} needs the target feature `{feature}`, which is not enabled here");
        let others = sites.get(1..).unwrap_or_default();
        let message = Message::new(headline, judged.place(first)).label(format!("needs `{feature}`"));
        wording::also_at(message, judged, &others[..others.len().min(FURTHER)], "so does this")
            .help(format!("enable it with `#[target_feature(enable = \"{feature}\")]`, or run the block only where it is detected"))
    }
}
