//! # missing_option
//!
//! The block could promise more. Group `promise`, allow by default.
//!
//! ## What it does
//!
//! Looks for `nomem`, `readonly`, `pure`, `nostack` and `preserves_flags` where they are proved
//! to hold on every path through the block, but the block does not declare them.
//!
//! ## Why is this bad?
//!
//! The block is correct, but slower than it has to be. Around a block without `nomem` the
//! compiler stores values that it keeps in registers and loads them again. Without `nostack` it
//! aligns the stack. Without `pure` it may not merge, move or remove the block.
//!
//! ## Known limits
//!
//! The lint stays silent where:
//!
//! - the block may be a barrier: it is empty, it contains a fence, a `lock` prefix, `pause`,
//!   `cli` or `sti`, port I/O or another side effect, or it has no result;
//! - part of what it does cannot be determined: a call, a jump out of the block, a value that
//!   depends on a generic parameter;
//! - for `pure`: the result depends on something that is neither an input nor memory, or the
//!   block contains a loop that might not end.
//!
//! ## On other architectures
//!
//! The lint works alike on AArch64, Arm and RISC-V, but never asks for `preserves_flags` on RISC-V,
//! which has no condition flags.
//!
//! ## Example
//!
//! ```rust
//! #![cfg_attr(asm_lint, warn(asm_lint::missing_option))]
//! use std::arch::asm;
//!
//! pub fn swap_bytes(mut value: u64) -> u64 {
//!     unsafe { asm!("bswap {}", inout(reg) value) };
//!     value
//! }
//! ```
//!
//! ## Use instead
//!
//! ```rust
//! #![cfg_attr(asm_lint, warn(asm_lint::missing_option))]
//! use std::arch::asm;
//!
//! pub fn swap_bytes(mut value: u64) -> u64 {
//!     unsafe { asm!("bswap {}", inout(reg) value, options(pure, nomem, nostack, preserves_flags)) };
//!     value
//! }
//! ```
//!
//! ## Fix safety
//!
//! The suggestion is never applied automatically. The options hold for the instructions that are
//! there. Only the author knows whether the block is also meant to order the memory accesses
//! around it, or must be executed even if its result is unused.
//!
//! ## Reference
//!
//! The Rust Reference, inline assembly: `asm.options.supported-options`.

use asm_analysis::block::{Block, Operand, Options, Output};
use asm_analysis::effects::Part;
use asm_analysis::facts::{AccessKind, Facts, PlaceOfAccess};
use asm_analysis::meaning::Idle;
use asm_analysis::questions::exits::Kept;
use asm_analysis::registers::Register;
use asm_analysis::values::{Cause, Cell, Kind, Site};
use rustc_errors::Applicability;

use crate::diagnostics::{Edit, Message, OptionName, Place};
use crate::judged::Judged;
use crate::lints::Rule;

declare_lint!(promise MISSING_OPTION MissingOption "the block could promise more");

/// The options that hold and are not declared.
pub(crate) struct Finding {
    options: Vec<OptionName>,
    /// Whether `nomem` replaces `readonly`.
    replaces_readonly: bool,
}

impl Finding {
    /// The options.
    pub(super) fn into_options(self) -> Vec<OptionName> {
        self.options
    }
}

impl Rule for MissingOption {
    type Finding = Finding;

    fn detect(judged: &Judged<'_>, findings: &mut Vec<Finding>) {
        let Some((block, facts)) = judged.inline() else { return };
        let is_parametric =
            judged.read().is_some_and(|read| !read.reading.substitution.unknown_constants.is_empty());
        if is_parametric || !is_all_told(facts) || block.options.noreturn || may_be_barrier(judged, facts) {
            return;
        }
        let Options { pure, nomem, readonly, nostack, preserves_flags, .. } = block.options;
        let mut options = Vec::new();
        let memory = memory_promise(judged, block, facts);
        // Other lints report what is declared and broken.
        let memory = memory.filter(|holds| !nomem || *holds == OptionName::Nomem);
        let has_pure = memory.is_some() && !pure && is_pure(judged, block, facts);
        if has_pure {
            options.push(OptionName::Pure);
        }
        match memory {
            Some(OptionName::Nomem) if !nomem => options.push(OptionName::Nomem),
            Some(OptionName::Readonly) if !readonly && !nomem => options.push(OptionName::Readonly),
            _ => {}
        }
        if !nostack && uses_no_stack(facts) {
            options.push(OptionName::Nostack);
        }
        if !preserves_flags && keeps_flags(facts) {
            options.push(OptionName::PreservesFlags);
        }
        if !options.is_empty() {
            let replaces_readonly = readonly && options.contains(&OptionName::Nomem);
            findings.push(Finding { options, replaces_readonly });
        }
    }

    fn render(finding: &Finding, _judged: &Judged<'_>) -> Message {
        let names: Vec<String> =
            finding.options.iter().map(|option| format!("`{}`", option.as_str())).collect();
        let them = if names.len() == 1 { "it" } else { "them" };
        let names = names.join(", ");
        let headline = format!("the block could also promise {names}");
        let mut edits = Vec::new();
        let mut added = finding.options.clone();
        if finding.replaces_readonly {
            added.retain(|option| *option != OptionName::Nomem);
            edits.push(Edit::ReplaceOption(OptionName::Readonly, OptionName::Nomem));
        }
        if !added.is_empty() {
            edits.push(Edit::AddOptions(added));
        }
        Message::new(headline, Place::Block)
            .note(format!("without {them} the compiler must assume the worst about the block"))
            .suggest(
                format!("declare {names}, unless the block is meant as a barrier"),
                edits,
                Applicability::MaybeIncorrect,
            )
    }
}

/// Whether everything that the block does is known, and every path leads to its end.
fn is_all_told(facts: &Facts) -> bool {
    facts.doubts.is_empty()
        && facts.calls.is_empty()
        && facts.departures.is_empty()
        && !facts.exits.is_empty()
}

/// Whether the block may be there for what it does to the order of things.
fn may_be_barrier(judged: &Judged<'_>, facts: &Facts) -> bool {
    let acts = |site: Site| {
        let meaning = judged.meaning(facts, site);
        meaning.synchronizes
            || meaning.side_effect.is_some()
            || meaning.system.is_some()
            || meaning.kernel.is_some()
            || meaning.opaque
            || meaning.idles == Some(Idle::Spin)
    };
    facts.instructions.is_empty() || facts.sites().any(acts)
}

/// The stronger of `nomem` and `readonly` that holds.
fn memory_promise(judged: &Judged<'_>, block: &Block, facts: &Facts) -> Option<OptionName> {
    let mut accesses =
        facts.accesses.iter().filter(|access| access.place != PlaceOfAccess::OwnStack).peekable();
    let is_nothing_seen = accesses.peek().is_none() && !has_result(block);
    let varies = |site| judged.meaning(facts, site).nondeterministic.is_some();
    if is_nothing_seen || facts.sites().any(varies) {
        return None;
    }
    match accesses.peek() {
        None => Some(OptionName::Nomem),
        Some(_) => {
            accesses.all(|access| access.kind == AccessKind::Read).then_some(OptionName::Readonly)
        }
    }
}

fn has_result(block: &Block) -> bool {
    block.operands.iter().any(|operand| {
        matches!(operand, Operand::Register(operand) if matches!(operand.output, Output::Used(_)))
    })
}

/// Whether the result depends only on inputs, and on memory if memory is only read.
fn is_pure(judged: &Judged<'_>, block: &Block, facts: &Facts) -> bool {
    let has_label = block.operands.iter().any(|operand| matches!(operand, Operand::Label { .. }));
    // A prefetch is executed for its side effect.
    let has_hint = facts.sites().any(|site| judged.meaning(facts, site).hints);
    if has_label || has_hint || !has_result(block) || may_go_round(facts) || !keeps_modes(facts) {
        return false;
    }
    let is_input = |register: Register| {
        block.operands.iter().zip(&facts.registers).any(|(operand, part)| {
            matches!(operand, Operand::Register(operand) if operand.input.is_some())
                && part.is_some_and(|part| part.register == register)
        })
    };
    let demand = facts.demand_of_all();
    demand.origins().iter().all(|origin| match facts.values.get(origin.value).kind {
        Kind::Entry(Cell::Register(register)) => is_input(register),
        Kind::Fresh { cause: Cause::Load, .. } | Kind::Symbol { .. } => true,
        _ => false,
    })
}

/// Whether some jump goes backwards.
fn may_go_round(facts: &Facts) -> bool {
    facts.instructions.iter().any(|reached| reached.instruction.may_go_back(reached.address))
}

/// Whether the modes that later instructions depend on are unchanged.
fn keeps_modes(facts: &Facts) -> bool {
    let modes = facts.architecture.modes();
    modes.iter().all(|part| facts.kept(part.cell, part.low, part.bits) == Kept::Yes)
}

fn uses_no_stack(facts: &Facts) -> bool {
    let may_be_below = |place| matches!(place, PlaceOfAccess::OwnStack | PlaceOfAccess::Stack);
    facts.stack_uses.is_empty()
        && facts.accesses.iter().all(|access| !access.kind.writes() || !may_be_below(access.place))
}

fn keeps_flags(facts: &Facts) -> bool {
    let flags = facts.architecture.preserved_flags().iter().map(|flag| Part::whole(*flag));
    let status = facts.architecture.float_status().iter().copied();
    facts.architecture.has_condition_flags()
        && flags
            .chain(status)
            .all(|part| facts.kept(part.cell, part.low, part.bits) == Kept::Yes)
}
