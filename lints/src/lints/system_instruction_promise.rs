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
//! ## On other architectures
//!
//! - AArch64: `svc`, `hvc`, `smc`; `msr daifset`, `daifclr` and other masks; `tlbi`, `ic`, `at`,
//!   `dc` but for its zeroing forms; `msr` to registers that control translation, and to the
//!   interrupt controller; semihosting.
//! - Arm: `svc`, `hvc`, `smc`; `cpsid`, `cpsie`, `msr` to PRIMASK, BASEPRI, FAULTMASK, CONTROL, MSP
//!   and PSP; `mcr p15` to translation tables, caches, translations and SCTLR; semihosting by `bkpt
//!   0xab` and `svc`.
//! - RISC-V: `ecall`; writes of `mstatus`, `sstatus`, `mie`, `sie`, `satp`, delegation and PMP
//!   registers, and their relatives; `sfence.*`, `hfence.*`, `fence.i`, `cbo.*` but for `cbo.zero`;
//!   semihosting.
//!
//! Silent are reads, `wfi`, `wfe`, `sev`, breakpoints for a debugger, vector bases and scratch
//! registers.
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
        let message = broken(judged, *option, sites, words(judged, *effect, sites.first()))
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

fn words(judged: &Judged<'_>, effect: SystemEffect, site: Option<&Site>) -> &'static str {
    let facts = judged.analysed().map(|(_, facts)| facts);
    let is_x86 = facts.is_none_or(|facts| facts.architecture.is_x86());
    let asks_debugger = facts
        .zip(site)
        .is_some_and(|(facts, site)| judged.meaning(facts, *site).requests);
    match effect {
        SystemEffect::Interrupts => "controls when interrupt handlers may run",
        SystemEffect::Task | SystemEffect::Segment => "accesses a descriptor in memory",
        SystemEffect::Translation => "changes address translation",
        SystemEffect::Cache => "flushes or invalidates cache lines",
        SystemEffect::ModelSpecificRegister => "may change how memory is accessed",
        SystemEffect::SegmentBase if !is_x86 => "changes the thread pointer",
        SystemEffect::SegmentBase => "changes the `fs` or `gs` base",
        SystemEffect::ProtectionKey => "changes which memory may be accessed",
        SystemEffect::ExtendedState => "changes which processor state is enabled",
        SystemEffect::Kernel if asks_debugger => "lets a debugger access memory",
        SystemEffect::Kernel => "lets the kernel access memory",
        SystemEffect::Hypervisor => "lets the hypervisor access memory",
        SystemEffect::Enclave => "lets an enclave access memory",
    }
}
