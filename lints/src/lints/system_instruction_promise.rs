//! # system_instruction_promise
//!
//! A system instruction does more to memory than the block's promise allows. Group `hazard`, warn by default.
//!
//! ## What it does
//!
//! Under `nomem`, `readonly` or `pure`, looks for instructions that do more to memory, or to the
//! time at which other code may access it, than their operands show: `sti` and `cli`; loads of
//! segment registers, of the task register and of the local descriptor table; invalidation of
//! translations and caches, and `mov cr3`; `wrmsr`, `wrfsbase`, `swapgs`, `wrpkru`;
//! system, hypervisor and enclave calls.
//!
//! ## Why is this bad?
//!
//! The compiler may move its own memory accesses across such a block: out of a critical section
//! that begins with `cli`, or to before the page table is switched. Strictly speaking, the
//! instruction itself may access no memory that the program sees, so an author who knows the
//! surrounding code may intend the promise.
//!
//! ## Known limits
//!
//! The lint stays silent about:
//!
//! - instructions after which control never returns: `cli; 2: hlt; jmp 2b`;
//! - I/O ports, `hlt`, `int3`, `cpuid`, `rdmsr`, `stac`, `clac` and moves to other control and
//!   debug registers;
//! - `lgdt` and `lidt`, whose operands are covered by `nomem_memory_access`.
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
//! Removing an option never breaks a program, but the compiler then has to store and reload the
//! values it keeps in registers around the block.
//!
//! ## Reference
//!
//! `asm.options.supported-options.nomem`, `asm.options.supported-options.readonly`,
//! `asm.options.supported-options.pure`

use asm_analysis::facts::Facts;
use asm_analysis::meaning::SystemEffect;
use asm_analysis::values::Site;
use rustc_errors::Applicability;

use crate::diagnostics::{Edit, Message, OptionName};
use super::{nomem_memory_access, readonly_memory_write};
use crate::judged::Judged;
use crate::lints::Rule;
use crate::promises::{broken, instructions_that, removal, withdraw};

declare_lint!(hazard SYSTEM_INSTRUCTION_PROMISE SystemInstructionPromise "a system instruction does more to memory than the block's promise allows");

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
        // An access through the instruction's operand is reported as a memory access.
        let is_reported = |site| match option {
            OptionName::Nomem => nomem_memory_access::accesses(facts, site),
            _ => readonly_memory_write::writes(facts, site),
        };
        let sites = instructions_that(facts, |site| {
            effect(judged, facts, site).is_some() && !is_reported(site)
        });
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
        message.suggest(removal(&edits), edits, Applicability::MaybeIncorrect)
    }
}

/// What an instruction does beyond its operands, if Rust code runs after it.
fn effect(judged: &Judged<'_>, facts: &Facts, site: Site) -> Option<SystemEffect> {
    judged.meaning(facts, site).system.filter(|_| facts.reaches_exit(site))
}

fn words(effect: SystemEffect) -> &'static str {
    match effect {
        SystemEffect::Interrupts => "controls when interrupt handlers may run",
        SystemEffect::Task | SystemEffect::Segment => "accesses a descriptor in memory",
        SystemEffect::Translation => "changes address translation",
        SystemEffect::Cache => "flushes or invalidates cache lines",
        SystemEffect::ModelSpecificRegister => "may change how memory is accessed",
        SystemEffect::SegmentBase => "changes the `fs` or `gs` base",
        SystemEffect::ProtectionKey => "changes which memory may be accessed",
        SystemEffect::ExtendedState => "changes which processor state is enabled",
        SystemEffect::Kernel => "lets the kernel access memory",
        SystemEffect::Hypervisor => "lets the hypervisor access memory",
        SystemEffect::Enclave => "lets an enclave access memory",
    }
}
