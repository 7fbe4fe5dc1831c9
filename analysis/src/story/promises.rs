//! What a block promises, and whether each promise holds.

use super::{Finding, Material, Promise};
use crate::block::{BlockKind, Operand, Options, Output, RegisterOperand};
use crate::questions::exits::Kept;
use crate::values::Cell;

/// The lints that report an option as broken.
fn lints_of(option: &str) -> &'static [&'static str] {
    match option {
        "nomem" => &["nomem_memory_access", "nomem_synchronization", "system_instruction_promise"],
        "readonly" => {
            &["readonly_memory_write", "nomem_synchronization", "system_instruction_promise"]
        }
        "pure" => &["pure_side_effect", "pure_nondeterministic", "system_instruction_promise"],
        "nostack" => &["nostack_stack_use"],
        "preserves_flags" => &["preserves_flags_modified", "preserves_flags_fp_status"],
        "noreturn" => &["noreturn_falls_through"],
        _ => &[],
    }
}

/// The lints that point at an operand whose declaration is wrong.
const OPERAND_LINTS: &[&str] = &[
    "in_operand_modified",
    "output_unwritten",
    "output_partially_written",
    "lateout_written_early",
    "operand_register_collision",
    "undefined_upper_bits_read",
    "undefined_register_read",
    "write_through_shared_reference",
    "access_outside_pointee",
    "misaligned_access",
    "inout_never_written",
    "inout_never_read",
    "unused_input",
];

/// Every promise of the block.
pub(super) fn promises(material: &Material<'_>) -> Vec<Promise> {
    if material.block.kind != BlockKind::Inline {
        let rule = |finding| broken_by("the rules of inline assembly".to_owned(), finding);
        return material.findings.iter().map(rule).collect();
    }
    let Options { pure, nomem, readonly, preserves_flags, noreturn, nostack, .. } =
        material.block.options;
    let options = [
        ("pure", pure),
        ("nomem", nomem),
        ("readonly", readonly),
        ("nostack", nostack),
        ("preserves_flags", preserves_flags),
        ("noreturn", noreturn),
    ];
    let mut promises: Vec<Promise> = options
        .into_iter()
        .filter_map(|(option, declared)| {
            let broken = finding(material, |finding| {
                lints_of(option).contains(&finding.lint.as_str())
                // A lint of two options names the one that it is about.
                && finding.headline.contains(option)
            });
            match (declared, broken) {
                (true, Some(finding)) => Some(broken_by(option.to_owned(), finding)),
                (true, None) => Some(kept(material, option.to_owned(), lints_of(option))),
                (false, _) if material.could_promise.contains(&option) => Some(Promise {
                    promise: option.to_owned(),
                    verdict: "could be promised",
                    lint: None,
                    reason: None,
                }),
                _ => None,
            }
        })
        .collect();
    for (index, operand) in material.block.operands.iter().enumerate() {
        let Operand::Register(register) = operand else { continue };
        // Of a list of clobbers nobody wants to read each.
        if register.from_clobber_abi {
            continue;
        }
        let direction = match (&register.input, &register.output, register.late) {
            (Some(_), Output::None, _) => "in",
            (Some(_), _, false) => "inout",
            (Some(_), _, true) => "inlateout",
            (None, Output::Discarded, _) => "clobber",
            (None, _, false) => "out",
            (None, _, true) => "lateout",
        };
        let promise = format!("{direction} {}", material.names.input(index));
        let is_about = |finding: &Finding| {
            finding.operands.contains(&index) && OPERAND_LINTS.contains(&finding.lint.as_str())
        };
        let broken = finding(material, |finding| finding.breaks && is_about(finding))
            .or_else(|| finding(material, is_about));
        promises.push(match broken {
            // One finding may be about several operands; its headline is about the first.
            Some(finding) if finding.operands.first() != Some(&index) => {
                let first = finding.operands.first().copied().unwrap_or(index);
                let reason = format!("as for `{}`", material.names.input(first));
                Promise { reason: Some(reason), ..broken_by(promise, finding) }
            }
            Some(finding) => broken_by(promise, finding),
            None => match changed_input(material, index, register) {
                Some(finding) => broken_by(promise, finding),
                None => kept(material, promise, lints_of_operand(register)),
            },
        });
    }
    // What no option and no operand promises.
    let is_listed = |lint: &str| {
        promises.iter().any(|known| {
            known.lint.as_deref() == Some(lint)
                || known.verdict == "broken" && lints_of(&known.promise).contains(&lint)
        })
    };
    let rest: Vec<Promise> = material
        .findings
        .iter()
        .filter(|finding| finding.breaks && finding.lint != "undeclared_clobber")
        .filter(|finding| !is_listed(&finding.lint))
        .map(|finding| broken_by("the rules of inline assembly".to_owned(), finding))
        .collect();
    promises.extend(rest);
    let undeclared = finding(material, |finding| finding.lint == "undeclared_clobber");
    if let Some(finding) = undeclared {
        promises.push(broken_by("no other register is changed".to_owned(), finding));
    }
    promises
}

/// What reports that an input's register is changed, where that is reported together with the registers that
/// are not declared at all: a call changes both.
fn changed_input<'a>(
    material: &Material<'a>,
    index: usize,
    operand: &RegisterOperand,
) -> Option<&'a Finding> {
    let part = (*material.facts.registers.get(index)?)?;
    let is_input = operand.output == Output::None;
    let changes =
        is_input && material.facts.kept(Cell::Register(part.register), 0, part.bits) != Kept::Yes;
    // Another operand may declare the same register as changed.
    let declared = material.block.operands.iter().zip(&material.facts.registers).any(|pair| {
        matches!(pair, (Operand::Register(other), Some(same))
            if same.register == part.register && other.output != Output::None)
    });
    finding(material, |finding| finding.lint == "undeclared_clobber")
        .filter(|_| changes && !declared)
}

fn finding<'a>(material: &Material<'a>, is: impl Fn(&Finding) -> bool) -> Option<&'a Finding> {
    material.findings.iter().find(|finding| is(finding))
}

fn broken_by(promise: String, finding: &Finding) -> Promise {
    Promise {
        promise,
        verdict: if finding.breaks { "broken" } else { "holds" },
        lint: Some(finding.lint.clone()),
        reason: Some(finding.headline.clone()),
    }
}

/// The lints that find out whether an operand's declaration is right.
fn lints_of_operand(operand: &RegisterOperand) -> &'static [&'static str] {
    match (&operand.input, &operand.output) {
        (Some(_), Output::None) => {
            &["in_operand_modified", "undefined_upper_bits_read", "operand_register_collision"]
        }
        (_, Output::Discarded) => &["lateout_written_early"],
        _ => &["output_unwritten", "output_partially_written", "lateout_written_early"],
    }
}

/// A promise that no lint reports as broken.
fn kept(material: &Material<'_>, promise: String, lints: &[&str]) -> Promise {
    let doubt = material.doubts.iter().find(|doubt| doubt.is_about(lints));
    let (verdict, reason) = match doubt {
        Some(doubt) => ("can't tell", Some(doubt.reason.clone())),
        None => ("holds", None),
    };
    Promise { promise, verdict, lint: None, reason }
}
