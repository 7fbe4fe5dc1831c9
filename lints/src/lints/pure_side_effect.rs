//! # pure_side_effect
//!
//! A block that promises `pure` does more than compute its outputs. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Looks for side effects that no operand shows, under `options(pure)`: I/O ports, writes to
//! privileged state, system and hypervisor calls, cache control, fences, traps that are raised on
//! purpose (`int3`, `ud2`). A block that never returns is also reported, because a pure block
//! must return.
//!
//! ## Why is this bad?
//!
//! The compiler may remove a pure block if its outputs are unused, execute it once where the
//! source says twice, or execute it earlier and more often than the source does. The side effect
//! then happens at another time, or not at all.
//!
//! ## Known limits
//!
//! Computations and loads have no side effect, and neither has a fault such as a division by
//! zero. Stores are covered by `nomem_memory_access` and `readonly_memory_write`.
//!
//! ## On other architectures
//!
//! - AArch64: `msr`, `svc`, `hvc`, `smc`, `brk`, `hlt`, `eret`, barriers, `sev`, `wfi`, and
//!   maintenance of caches, translations and predictors.
//! - Arm: also `bkpt`, `cps`, `mcr`, `mcrr` and `setend`.
//! - RISC-V: writes of control and status registers (also by `csrrs` and `csrrc` with a nonzero
//!   operand), `ecall`, `ebreak`, `fence`, `sfence.vma`, `wfi`, `cbo.*`.
//!
//! A write of NZCV, FPSR, FPSCR or `fflags` that restores them is none.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn load_in_order(pointer: *const u64) -> u64 {
//!     let value;
//!     unsafe {
//!         asm!(
//!             "lfence",
//!             "mov {value}, [{pointer}]",
//!             pointer = in(reg) pointer,
//!             value = out(reg) value,
//!             options(pure, readonly, nostack, preserves_flags),
//!         )
//!     };
//!     value
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn load_in_order(pointer: *const u64) -> u64 {
//!     let value;
//!     unsafe {
//!         asm!(
//!             "lfence",
//!             "mov {value}, [{pointer}]",
//!             pointer = in(reg) pointer,
//!             value = out(reg) value,
//!             options(readonly, nostack, preserves_flags),
//!         )
//!     };
//!     value
//! }
//! ```
//!
//! ## Fix safety
//!
//! Removing an option never breaks a program.
//!
//! ## Reference
//!
//! `asm.options.supported-options.pure`, `asm.rules.pure`

use asm_analysis::facts::{Facts, PlaceOfAccess};
use asm_analysis::meaning::SideEffect;
use asm_analysis::values::Site;
use rustc_errors::Applicability;

use crate::diagnostics::{Message, OptionName};
use super::pure_nondeterministic;
use crate::judged::Judged;
use crate::lints::Rule;
use crate::promises::{broken, instructions_that, removal, withdraw};

declare_lint!(contract PURE_SIDE_EFFECT PureSideEffect "a block that promises `pure` does more than compute its outputs");

/// Why the block is not pure.
pub(crate) enum Finding {
    /// Instructions with side effects; the effect is the first one's.
    Effects(Vec<Site>, SideEffect),
    /// No path returns.
    Endless,
}

impl Rule for PureSideEffect {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        if !block.options.pure {
            return;
        }
        let sites = effects(judged, facts);
        if only_fences(judged, facts, &sites) && pure_nondeterministic::speaks(judged) {
            // They order what the outputs depend on, and are reported with it.
            return;
        }
        if let Some(effect) = sites.first().and_then(|first| effect(judged, facts, *first)) {
            findings.push(Finding::Effects(sites, effect));
        } else if facts.exits.is_empty() && facts.is_complete() {
            findings.push(Finding::Endless);
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let message = match finding {
            Finding::Effects(sites, effect) => {
                broken(judged, OptionName::Pure, sites, words(*effect)).note(
                    "the compiler may drop a pure block, execute it once instead of twice, or execute it earlier",
                )
            }
            Finding::Endless => broken(judged, OptionName::Pure, &[], "never returns")
                .note("the compiler may drop a pure block and continue after it"),
        };
        let Some((block, _)) = judged.inline() else { return message };
        let edits = withdraw(block, OptionName::Pure);
        message.suggest(removal(&edits), edits, Applicability::MachineApplicable)
    }
}

/// Whether there are instructions, and all of them are fences.
pub(super) fn only_fences(judged: &Judged<'_>, facts: &Facts, sites: &[Site]) -> bool {
    let is_fence = |site: &Site| effect(judged, facts, *site) == Some(SideEffect::Fence);
    !sites.is_empty() && sites.iter().all(is_fence)
}

/// The instructions with side effects, in the order of the template.
pub(super) fn effects(judged: &Judged<'_>, facts: &Facts) -> Vec<Site> {
    instructions_that(facts, |site| effect(judged, facts, site).is_some())
}

/// The side effect of an instruction, if it has one. Synchronization through memory that another
/// lint reports as written is reported there; on the block's own stack it can only be a fence.
fn effect(judged: &Judged<'_>, facts: &Facts, site: Site) -> Option<SideEffect> {
    let meaning = judged.meaning(facts, site);
    let is_fence = || {
        let mut accesses = facts.accesses.iter().filter(|access| access.site == site).peekable();
        accesses.peek().is_some()
            && accesses.all(|access| access.place == PlaceOfAccess::OwnStack)
    };
    let fence = (meaning.synchronizes && is_fence()).then_some(SideEffect::Fence);
    meaning.side_effect.or(fence)
}

fn words(effect: SideEffect) -> &'static str {
    match effect {
        SideEffect::PortIo => "accesses an I/O port",
        SideEffect::Privileged => "accesses privileged processor state",
        SideEffect::MachineState => "changes state that outlives the block",
        SideEffect::Kernel => "enters the kernel",
        SideEffect::Hypervisor => "calls the hypervisor",
        SideEffect::CacheControl => "controls the caches",
        SideEffect::Fence => "is a fence",
        SideEffect::Trap => "raises a trap",
    }
}
