//! Which rules a doubt of the analysis leaves open: only those that hang on it. All others count as
//! decided, whatever else could not be determined.
//!
//! Used by the lint `not_judged`, and through it by the counts of blocks and by the stories.

use asm_analysis::block::{Block, BlockKind, Operand, Options, Output};
use asm_analysis::facts::{DepartureKind, Doubt, DoubtKind, Facts};
use asm_analysis::questions::exits::Kept;
use asm_analysis::registers::RegisterPart;
use asm_analysis::values::{Cell, Site, ValueId};

use crate::lints::{Entry, Group, LINTS};
use crate::judged::{Judged, Read};
use crate::operands::{declared, output_in_same_register, undeclared_parts, visible};

/// The rules that decide by what is written, by declarations and types alone.
const BY_TEXT: [&str; 5] = [
    "invalid_assembly",
    "requires_target_feature",
    "stateful_directive",
    "trailing_prefix",
    "unwinding_call",
];

/// The rules about what holds at an exit.
const AT_EXITS: [&str; 9] = [
    "direction_flag_left_set",
    "fp_control_changed",
    "in_operand_modified",
    "output_partially_written",
    "output_unwritten",
    "preserves_flags_fp_status",
    "preserves_flags_modified",
    "stack_pointer_not_restored",
    "undeclared_clobber",
];

/// What is not known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknown {
    /// Where control goes from an instruction on, and so all that happens there.
    Rest,
    /// What an instruction does before control continues after it.
    Instruction,
    /// What a called function leaves changed and reads, apart from what any function may do.
    Callee,
    /// Whether registers and flags that the table of systems lists are changed.
    Answer,
    /// Whether the direction flag is set.
    Direction,
}

impl Unknown {
    fn of(doubt: &Doubt, facts: &Facts) -> Unknown {
        match doubt.kind {
            DoubtKind::UnknownFlagsLoaded => Unknown::Direction,
            DoubtKind::OwnConvention => Unknown::Callee,
            DoubtKind::ForeignAnswer => Unknown::Answer,
            DoubtKind::OpaqueInstruction if !stops_at(facts, doubt) => Unknown::Instruction,
            _ => Unknown::Rest,
        }
    }
}

/// Whether control was not followed beyond the place of a doubt.
fn stops_at(facts: &Facts, doubt: &Doubt) -> bool {
    facts.departures.iter().any(|departure| {
        departure.kind == DepartureKind::Unknown && Some(departure.site) == doubt.site
    })
}

/// The rules of the groups `contract` and `hazard` that a doubt leaves open in a block.
pub(crate) fn rules(judged: &Judged<'_>, doubt: &Doubt) -> Vec<String> {
    let Some((block, facts)) = judged.analysed() else { return Vec::new() };
    let unknown = Unknown::of(doubt, facts);
    open(judged, block, facts, |entry| {
        let rule = entry.name();
        matches!(entry.group, Group::Contract | Group::Hazard)
            && !BY_TEXT.contains(&&*rule)
            && hangs_on(&rule, unknown, block, facts)
    })
}

/// The rules that apply to a block and are not broken anyway, of those that `may_be` says are open.
fn open(
    judged: &Judged<'_>,
    block: &Block,
    facts: &Facts,
    may_be: impl Fn(&Entry) -> bool,
) -> Vec<String> {
    LINTS
        .iter()
        .filter(|entry| {
            may_be(entry)
                && applies(&entry.name(), judged, block, facts)
                // What is broken is broken, whatever else happens.
                && (entry.messages)(&[*judged]).is_empty()
        })
        .map(Entry::name)
        .collect()
}

/// The rules that some of the numbers break that stand for a constant of unknown value, and others
/// do not.
pub(crate) fn by_constant(judged: &Judged<'_>) -> Vec<String> {
    let Some(read) = judged.read() else { return Vec::new() };
    if read.reading.substitution.unknown_constants.is_empty() || read.readings.len() < 2 {
        return Vec::new();
    }
    let each = || read.readings.iter().map(|reading| Judged::Read(Read { reading, ..read }));
    let depends = |entry: &&Entry| {
        let breaks = |judged: Judged<'_>| !(entry.messages)(&[judged]).is_empty();
        matches!(entry.group, Group::Contract | Group::Hazard)
            && each().any(breaks)
            && !each().all(breaks)
    };
    LINTS.iter().filter(depends).map(Entry::name).collect()
}

/// Where the block reads back what it saved through a pointer, and has since stored through another
/// one that may be equal; and the rules that hang on whether what it reads is still what it saved.
pub(crate) fn by_overlap(judged: &Judged<'_>) -> Option<(Site, Vec<String>)> {
    let (block, facts) = judged.code().filter(|_| !judged.returns_against_promise())?;
    let read_back =
        facts.exits.iter().flat_map(|exit| exit.state.changes()).find_map(|(_, word)| {
            word.values().find_map(|value| {
                let held = facts.values.get(value);
                (facts.values.is_opaque(value) && held.kind.loaded_from().is_some())
                    .then_some(held.site?)
            })
        })?;
    let hangs: [(&str, fn(&Block, &Facts) -> bool); 3] = [
        ("undeclared_clobber", may_change_undeclared),
        ("in_operand_modified", may_change_input),
        ("preserves_flags_modified", may_change_flags),
    ];
    let rules = open(judged, block, facts, |entry| {
        let rule = entry.name();
        hangs.iter().any(|(name, is_open)| *name == rule && is_open(block, facts))
    });
    (!rules.is_empty()).then_some((read_back, rules))
}

/// Whether the block promises what a rule is about.
fn applies(rule: &str, judged: &Judged<'_>, block: &Block, facts: &Facts) -> bool {
    let Options { pure, nomem, readonly, preserves_flags, noreturn, nostack, .. } = block.options;
    let is_inline = block.kind == BlockKind::Inline;
    // What `global_asm!` does is nobody's promise.
    if block.kind == BlockKind::Global {
        return false;
    }
    let has_labels = block.operands.iter().any(|operand| matches!(operand, Operand::Label { .. }));
    // Nothing goes back to Rust but through labels.
    if AT_EXITS.contains(&rule) && is_inline && noreturn && !has_labels {
        return false;
    }
    let inputs = || {
        block.operands.iter().filter_map(|operand| match operand {
            Operand::Register(operand) => operand.input.as_ref(),
            _ => None,
        })
    };
    let word_bits = block.target.architecture.word_bits();
    match rule {
        "nomem_memory_access" => nomem,
        "readonly_memory_write" => readonly,
        "nomem_synchronization" => nomem || readonly,
        "system_instruction_promise" => nomem || readonly || pure,
        "pure_side_effect" | "pure_nondeterministic" => pure,
        "nostack_stack_use" => nostack,
        "preserves_flags_modified" | "preserves_flags_fp_status" => preserves_flags,
        "noreturn_falls_through" => noreturn || judged.inline().is_none(),
        "missing_noreturn" => is_inline && !noreturn && !pure && !has_used_output(block),
        "in_operand_modified" => declared(block, facts).any(|operand| operand.is_only_input()),
        "output_unwritten" | "output_partially_written" => declared(block, facts).any(|operand| {
            operand.operand.input.is_none() && matches!(operand.operand.output, Output::Used(_))
        }),
        "lateout_written_early" => {
            inputs().next().is_some() && declared(block, facts).any(|operand| operand.operand.late)
        }
        "operand_register_collision" => {
            is_inline && declared(block, facts).any(|operand| !operand.is_explicit())
        }
        "access_outside_pointee" | "misaligned_access" | "write_through_shared_reference" => {
            inputs().any(|input| input.pointee.is_some())
        }
        "undefined_upper_bits_read" => inputs().any(|input| input.bits < word_bits),
        "return_out_of_block" => is_inline,
        "direction_flag_left_set" | "x87_state_changed" => block.target.architecture.is_x86(),
        _ => true,
    }
}

fn has_used_output(block: &Block) -> bool {
    block.operands.iter().any(|operand| {
        matches!(operand, Operand::Register(operand) if matches!(operand.output, Output::Used(_)))
    })
}

/// Whether a rule that applies could come out either way.
fn hangs_on(rule: &str, unknown: Unknown, block: &Block, facts: &Facts) -> bool {
    match (unknown, rule) {
        (Unknown::Rest, _) => true,
        (Unknown::Direction, rule) => rule == "direction_flag_left_set",
        (_, "output_unwritten" | "output_partially_written") => {
            depends_on_foreign_code(block, facts)
        }
        (Unknown::Answer, "undeclared_clobber") => may_change_undeclared(block, facts),
        (Unknown::Answer, "in_operand_modified") => may_change_input(block, facts),
        (Unknown::Answer, "preserves_flags_modified") => may_change_flags(block, facts),
        (Unknown::Answer, _) => false,
        (_, "undeclared_clobber") => leaves_registers(block, facts),
        (_, "in_operand_modified") => true,
        (
            _,
            "nomem_memory_access"
            | "readonly_memory_write"
            | "nomem_synchronization"
            | "pure_side_effect"
            | "pure_nondeterministic",
        ) => true,
        (Unknown::Callee, _) => false,
        // Operands keep their places, and control continues.
        (
            Unknown::Instruction,
            "lateout_written_early"
            | "operand_register_collision"
            | "missing_noreturn"
            | "noreturn_falls_through"
            | "return_out_of_block"
            | "misaligned_call"
            | "access_outside_pointee"
            | "misaligned_access"
            | "write_through_shared_reference",
        ) => false,
        (Unknown::Instruction, _) => true,
    }
}

/// Whether an output holds what code outside of the block may have left there, or not.
fn depends_on_foreign_code(block: &Block, facts: &Facts) -> bool {
    let is_open = |part: RegisterPart| {
        let cell = Cell::Register(part.register);
        facts.exits.iter().any(|exit| {
            facts.at_exit(exit, cell).is_some_and(|word| {
                word.values().any(|value: ValueId| facts.values.is_opaque(value))
            })
        })
    };
    // What goes in and out in one register is defined, whether it is written or not.
    declared(block, facts).any(|operand| {
        matches!(operand.operand.output, Output::Used(_))
            && operand.operand.input.is_none()
            && is_open(operand.part)
    })
}

/// Whether a register that no operand declares may be changed.
fn may_change_undeclared(block: &Block, facts: &Facts) -> bool {
    let may_change = |part: RegisterPart| facts.register_kept(part) == Kept::Unknown;
    match &block.kind {
        BlockKind::Naked(abi) => {
            abi.callee_saved.iter().any(|register| may_change(visible(block, register.whole())))
        }
        _ => block
            .target
            .architecture
            .general_registers()
            .into_iter()
            .filter(|register| *register != block.target.architecture.stack_pointer())
            .any(|register| undeclared_parts(block, facts, register).into_iter().any(may_change)),
    }
}

/// Whether a flag that is promised to be preserved may be changed.
fn may_change_flags(block: &Block, facts: &Facts) -> bool {
    let flags = block.target.architecture.preserved_flags();
    flags.iter().any(|&flag| facts.kept(flag, 0, flag.bits()) == Kept::Unknown)
}

/// Whether the register of a plain input may be changed.
fn may_change_input(block: &Block, facts: &Facts) -> bool {
    declared(block, facts).any(|operand| {
        operand.is_only_input()
            && output_in_same_register(block, facts, &operand).is_none()
            && facts.register_kept(visible(block, operand.part)) == Kept::Unknown
    })
}

/// Whether the block leaves any general register undeclared.
fn leaves_registers(block: &Block, facts: &Facts) -> bool {
    let architecture = block.target.architecture;
    match &block.kind {
        BlockKind::Naked(abi) => !abi.callee_saved.is_empty(),
        _ => architecture
            .general_registers()
            .into_iter()
            .filter(|register| *register != architecture.stack_pointer())
            .any(|register| !undeclared_parts(block, facts, register).is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_have_lints_that_exist() {
        let names: Vec<String> = LINTS.iter().map(Entry::name).collect();
        for rule in BY_TEXT.iter().chain(&AT_EXITS) {
            assert!(names.iter().any(|name| name == rule), "{rule}");
        }
    }
}
