//! # pure_nondeterministic
//!
//! The outputs of a block that promises `pure` depend on more than its inputs. Group `contract`, deny by default.
//!
//! ## What it does
//!
//! Follows the bits of each output of a block with `options(pure)` back to their sources, and
//! reports sources that are not inputs: clocks, counters and random numbers; ports, devices and
//! model-specific registers; segment, control and debug registers and descriptors; `cpuid`; the
//! flags, the floating-point status and the stack pointer on entry; the address of the block's
//! own code or data.
//!
//! ## Why is this bad?
//!
//! The compiler may reuse the outputs of an earlier execution with equal inputs, or move the
//! block to a place where the result differs. A clock then stands still, and a random number
//! appears twice.
//!
//! ## Known limits
//!
//! The lint stays silent about:
//!
//! - bits that vary but reach no output, because they are masked or overwritten;
//! - loads under `readonly`, also through `fs:` and `gs:`; loads under `nomem` are covered by
//!   `nomem_memory_access`;
//! - the address of a `sym` operand, which is the same everywhere;
//! - the control bits of MXCSR, which are the same wherever Rust code runs, and the x87 status
//!   word once an instruction of the block has changed it;
//! - flags on entry that `adc` or `setcc` reads: they are covered by `undefined_register_read`.
//!
//! ## On other architectures
//!
//! - AArch64: `mrs` of anything but NZCV and FPSR as the block has set them: counters,
//!   identification registers, `tpidr_el0`, `rndr`; the stack pointer; `adr` of a label of the
//!   block.
//! - Arm: `mrs`, `mrc`, `mrrc`; the stack pointer; `adr` of a label of the block, reads of `pc`.
//! - RISC-V: `rdtime`, `rdcycle`, `rdinstret`, reads of any other control and status register; the
//!   stack pointer; `auipc` of a place in the block.
//!
//! The value of a literal pool (`ldr {x}, =0x12345678`) is the same everywhere.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn now() -> u64 {
//!     let time;
//!     unsafe {
//!         asm!(
//!             "rdtsc",
//!             "shl rdx, 32",
//!             "or rax, rdx",
//!             out("rax") time,
//!             out("rdx") _,
//!             options(pure, nomem, nostack),
//!         )
//!     };
//!     time
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub fn now() -> u64 {
//!     let time;
//!     unsafe {
//!         asm!(
//!             "rdtsc",
//!             "shl rdx, 32",
//!             "or rax, rdx",
//!             out("rax") time,
//!             out("rdx") _,
//!             options(nomem, nostack),
//!         )
//!     };
//!     time
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

use asm_analysis::questions::varying::{Varying, VaryingKind, varying_outputs};
use asm_analysis::meaning::Nondeterminism;
use asm_analysis::block::{Architecture, Block};
use asm_analysis::facts::Facts;
use asm_analysis::values::Site;
use rustc_errors::Applicability;

use crate::diagnostics::{Message, OptionName, Place};
use super::pure_side_effect;
use crate::judged::Judged;
use crate::wording;
use crate::lints::Rule;
use crate::promises::{further, removal, withdraw};

declare_lint!(contract PURE_NONDETERMINISTIC PureNondeterministic "the outputs of a block that promises `pure` depend on more than its inputs");

/// What the outputs depend on: at least one thing.
pub(crate) struct Finding {
    first: Varying,
    others: Vec<Varying>,
    /// Fences, where they are the only side effects.
    fences: Vec<Site>,
}

impl Rule for PureNondeterministic {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        if !block.options.pure {
            return;
        }
        let mut found = varying(judged, block, facts).into_iter();
        if let Some(first) = found.next() {
            let effects = pure_side_effect::effects(judged, facts);
            let fences = match pure_side_effect::only_fences(judged, facts, &effects) {
                true => effects,
                false => Vec::new(),
            };
            findings.push(Finding { first, others: found.collect(), fences });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let Finding { first, others, fences } = finding;
        let source = match (first.kind, first.site) {
            (VaryingKind::Instruction(_), Some(site)) => {
                format!("the result of `{}`", judged.shown(site))
            }
            (kind, _) => words(kind, judged).to_owned(),
        };
        let headline = format!("an output depends on {source}, but the block promises `pure`");
        let label = match first.kind {
            VaryingKind::Instruction(_) => format!("depends on {}", words(first.kind, judged)),
            _ => "read here".to_owned(),
        };
        let message = Message::new(headline, judged.place(first.site))
            .label(label)
            .also(Place::Operand(first.output), "this output")
            .also(Place::Option(OptionName::Pure), "promised here");
        let mut sites: Vec<_> = others.iter().filter_map(|other| other.site).collect();
        sites.sort();
        sites.dedup();
        sites.retain(|site| Some(*site) != first.site);
        let message = further(judged, message, &sites, "so does this").note(
            "the compiler may reuse the outputs of an earlier execution or move the block",
        );
        let message = wording::also_at(message, judged, fences, "a fence is not pure either");
        let Some((block, _)) = judged.inline() else { return message };
        let edits = withdraw(block, OptionName::Pure);
        message.suggest(removal(&edits), edits, Applicability::MachineApplicable)
    }
}

/// What the outputs of a block depend on besides its inputs.
fn varying(judged: &Judged<'_>, block: &Block, facts: &Facts) -> Vec<Varying> {
    varying_outputs(block, facts, |site| judged.meaning(facts, site).nondeterministic)
}

/// Whether this lint reports a block that promises `pure`.
pub(super) fn speaks(judged: &Judged<'_>) -> bool {
    judged.inline().is_some_and(|(block, facts)| !varying(judged, block, facts).is_empty())
}

fn words(kind: VaryingKind, judged: &Judged<'_>) -> &'static str {
    let named = |name: fn(Architecture) -> &'static str, otherwise: &'static str| {
        judged.analysed().map_or(otherwise, |(_, facts)| name(facts.architecture))
    };
    match kind {
        VaryingKind::Flags => "the flags on entry",
        VaryingKind::StackPointer => "the stack pointer",
        VaryingKind::FramePointer => "the frame pointer",
        VaryingKind::FloatingStatus => "earlier floating-point exceptions",
        VaryingKind::Segment => "a segment register",
        VaryingKind::OwnAddress => "the address of the block's own code or data",
        VaryingKind::OwnStack => "the memory below the stack pointer",
        VaryingKind::Instruction(source) => match source {
            Nondeterminism::Clock => "a clock",
            Nondeterminism::Random => "random numbers",
            Nondeterminism::Counter => "a counter",
            Nondeterminism::Processor => "the processor's number",
            Nondeterminism::Port | Nondeterminism::Device => "a device",
            Nondeterminism::ModelSpecificRegister => {
                named(Architecture::system_register, "a system register")
            },
            Nondeterminism::ControlRegister => "the processor's state",
            Nondeterminism::SegmentRegister => "a segment register",
            Nondeterminism::SegmentBase => {
                named(Architecture::thread_base, "the thread pointer")
            },
            Nondeterminism::Descriptor => "a descriptor table",
            Nondeterminism::ProcessorIdentity => "the processor's features",
            Nondeterminism::ProtectionKey => "protection key rights",
            Nondeterminism::SigningKey => "keys that sign pointers",
            Nondeterminism::Exclusive => "whether an exclusive store succeeded",
            Nondeterminism::Transaction => "the transaction's state",
            Nondeterminism::Hypervisor => "the hypervisor",
        },
    }
}
