//! # system_instruction_promise
//!
//! A system instruction does more to memory than a promise of the block allows. Group `hazard`, warn by default.
//!
//! ## What it does
//!
//! Under `nomem`, `readonly` or `pure`, looks for instructions that do more to memory, or to when other
//! code may touch it, than their operands show: `sti` and `cli`; loads of segment registers, of the task
//! register and of the local descriptor table; invalidation of translations and caches, and `mov cr3`;
//! `wrmsr`, `wrfsbase`, `swapgs`, `wrpkru`, `xsetbv`; system, hypervisor and enclave calls.
//!
//! ## Why it is bad
//!
//! The compiler may move its own accesses to memory across such a block: out of a critical section that
//! begins with `cli`, or to before the page table is switched. By the letter the instruction itself may
//! touch no memory that the program sees, so an author who knows what surrounds the block may mean it.
//!
//! ## When it stays silent
//!
//! - Nothing comes back after the instruction: `cli; 2: hlt; jmp 2b`.
//! - I/O ports, `hlt`, `int3`, `cpuid`, `rdmsr`, `stac`, `clac` and moves to other control and debug
//!   registers.
//! - `lgdt` and `lidt`, whose operands `nomem_memory_access` tells of.
//!
//! ## Example
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn disable_interrupts() {
//!     unsafe { asm!("cli", options(nomem, nostack, preserves_flags)) };
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! use std::arch::asm;
//!
//! pub unsafe fn disable_interrupts() {
//!     unsafe { asm!("cli", options(nostack, preserves_flags)) };
//! }
//! ```
//!
//! ## Fix safety
//!
//! Taking the promise away never breaks a program, but the compiler then stores and loads again around
//! the block what it kept in registers.
//!
//! ## Reference
//!
//! `asm.options.supported-options.nomem`, `asm.options.supported-options.readonly`,
//! `asm.options.supported-options.pure`

use asm_analysis::facts::Facts;
use asm_analysis::isa::x86::meaning::SystemEffect;
use asm_analysis::values::Site;
use rustc_errors::Applicability;

use crate::diagnostics::{Edit, Message, OptionName};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::promises::{broken, instructions_that, withdraw};

declare_lint!(hazard SYSTEM_INSTRUCTION_PROMISE SystemInstructionPromise "a system instruction does more to memory than a promise of the block allows");

/// The instructions.
pub(crate) struct Finding {
    sites: Vec<Site>,
    /// What the first of them does.
    effect: SystemEffect,
    /// The promise about memory, without which there is no `pure`.
    option: OptionName,
}

impl Rule for SystemInstructionPromise {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        let option = match (block.options.nomem, block.options.readonly) {
            (true, _) => OptionName::Nomem,
            (false, true) => OptionName::Readonly,
            (false, false) => return,
        };
        if judged.returns_against_promise() {
            return;
        }
        let sites = instructions_that(facts, |site| effect(judged, facts, site).is_some());
        if let Some(effect) = sites.first().and_then(|first| effect(judged, facts, *first)) {
            findings.push(Finding { sites, effect, option });
        }
    }

    fn render(finding: &Finding, judged: &Judged<'_>) -> Message {
        let Finding { sites, effect, option } = finding;
        let message = broken(judged, *option, sites, words(*effect))
            .note("the compiler may move its own accesses to memory across the block");
        let edits = judged.inline().map_or_else(Vec::<Edit>::new, |(block, _)| {
            withdraw(block, *option)
        });
        message.suggest("take the promise away", edits, Applicability::MaybeIncorrect)
    }
}

/// What an instruction does beyond its operands, if Rust code runs after it.
fn effect(judged: &Judged<'_>, facts: &Facts, site: Site) -> Option<SystemEffect> {
    judged.meaning(facts, site).system.filter(|_| facts.reaches_exit(site))
}

fn words(effect: SystemEffect) -> &'static str {
    match effect {
        SystemEffect::Interrupts => "decides when interrupt handlers may touch memory",
        SystemEffect::Task | SystemEffect::Segment => "accesses a descriptor in memory",
        SystemEffect::Translation => "changes where addresses lead",
        SystemEffect::Cache => "acts on what the caches hold of memory",
        SystemEffect::ModelSpecificRegister => "may change how memory is accessed",
        SystemEffect::SegmentBase => "changes where `fs:` and `gs:` accesses lead",
        SystemEffect::ProtectionKey => "changes which memory may be accessed",
        SystemEffect::ExtendedState => "changes which state the processor keeps",
        SystemEffect::Kernel => "lets the kernel access memory",
        SystemEffect::Hypervisor => "lets the hypervisor access memory",
        SystemEffect::Enclave => "lets an enclave access memory",
    }
}
