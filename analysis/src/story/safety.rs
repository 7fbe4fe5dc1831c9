//! The text for a `# Safety` section or a `// SAFETY:` comment: what whoever runs the block has to
//! guarantee, as sentences in the words of the standard library's own sections.

use super::{Does, Material, NOT_FOLLOWED, Needs, Promise, wording};
use crate::block::{Architecture, BlockKind};
use crate::facts::{CallTarget, DepartureKind};
use crate::meaning::{Meaning, SideEffect, SystemEffect};
use crate::values::Site;

/// What must be guaranteed, and what is wrong or not known, as a list in Markdown.
pub(super) fn safety(
    material: &Material<'_>,
    needs: &Needs,
    does: &Does,
    promises: &[Promise],
) -> String {
    let mut points: Vec<String> = needs.pointers.iter().flat_map(wording::must_be).collect();
    points.extend(wording::memory_must_be(&needs.other_memory));
    points.extend(needs.entry.iter().map(|condition| sentence(condition)));
    let missing = needs.features.iter().filter(|feature| !feature.enabled);
    points.extend(
        missing
            .map(|feature| format!("The CPU must support the target feature `{}`.", feature.name)),
    );
    points.extend(privilege(material, needs));
    points.extend(calls(material));
    points.extend(effects(material));
    points.extend(leaving(material, does));
    let far = material.sites_that(|site| material.returns_far(site));
    if !far.is_empty() {
        points.push(format!("The code segment that {} loads must be valid.", some(&far)));
    }
    let broken = promises.iter().filter(|promise| promise.verdict == "broken");
    points.extend(broken.filter_map(|promise| {
        let (lint, reason) = (promise.lint.as_ref()?, promise.reason.as_ref()?);
        // The first operand that a finding is about stands for the others.
        let is_repeated = reason.starts_with("as for ");
        (!is_repeated).then(|| format!("**Broken** (`{lint}`): {reason}."))
    }));
    points.extend(material.doubts.iter().map(|doubt| format!("**Not proved:** {doubt}.")));
    if material.block.kind == BlockKind::Global {
        points.push(format!("**Not proved:** {NOT_FOLLOWED}."));
    }
    if points.is_empty() {
        let only_orders = material.facts.sites().all(|site| {
            matches!(material.meaning(site).side_effect, None | Some(SideEffect::Fence))
        });
        let returns = does.control == ["falls through"];
        return match does.memory.is_empty() && only_orders && returns {
            true => "There is nothing to guarantee: the block accesses no memory and has no side effect.".to_owned(),
            false => "Nothing that must be guaranteed was found.".to_owned(),
        };
    }
    points.iter().map(|point| format!("- {point}")).collect::<Vec<_>>().join("\n")
}

/// A clause as a sentence.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// The most instructions that one sentence names.
const MOST_NAMED: usize = 3;

/// Instructions in a row, the first ones by name.
fn some(instructions: &[String]) -> String {
    match instructions.get(..MOST_NAMED) {
        Some(first) if instructions.len() > MOST_NAMED => {
            format!("{} and {} more", first.join(", "), instructions.len() - MOST_NAMED)
        }
        _ => match instructions {
            [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
            _ => instructions.concat(),
        },
    }
}

/// The mode that the block needs.
fn privilege(material: &Material<'_>, needs: &Needs) -> Option<String> {
    let mut sites = material.facts.sites();
    let is_port_io = sites.all(|site| {
        !super::needs::is_privileged(material, site)
            || material.meaning(site).side_effect == Some(SideEffect::PortIo)
    });
    let mode = match material.block.target.architecture {
        _ if needs.privilege != "kernel" => return None,
        Architecture::X86 | Architecture::X86_64 if is_port_io => {
            "ring 0, or where access to the port is allowed"
        }
        Architecture::X86 | Architecture::X86_64 => "ring 0",
        Architecture::AArch64 | Architecture::Arm64Ec => "EL1 or higher",
        Architecture::RiscV32 | Architecture::RiscV64 => "supervisor or machine mode",
        _ => "a privileged mode",
    };
    let instructions = material.sites_that(|site| super::needs::is_privileged(material, site));
    Some(format!("The CPU must be in a mode that may execute {} ({mode}).", some(&instructions)))
}

/// The functions that the block calls.
fn calls(material: &Material<'_>) -> Vec<String> {
    let mut calls: Vec<String> = Vec::new();
    for call in &material.facts.calls {
        let callee = match &call.target {
            CallTarget::Operand(operand) => format!("`{}`", material.names.input(*operand)),
            CallTarget::Named(name) => format!("`{name}`"),
            CallTarget::Unknown => {
                format!("The function that `{}` calls", material.shown(call.site))
            }
        };
        let convention = match call.has_own_convention {
            true => "with what the block passes to it".to_owned(),
            false => format!("with the calling convention \"{}\"", call.abi),
        };
        let call = format!("{callee} must be sound to call here, {convention}.");
        if !calls.contains(&call) {
            calls.push(call);
        }
    }
    calls
}

/// What whoever leaves the block for good, or with something changed that nobody declares, relies on.
fn leaving(material: &Material<'_>, does: &Does) -> Vec<String> {
    let mut points = Vec::new();
    for stack in &does.stacks {
        points.push(match stack {
            Some(stack) => format!("`{stack}` must be the stack pointer of a valid stack."),
            None => "The stack that the block switches to must be valid.".to_owned(),
        });
    }
    let leaves = |site: Site| {
        material.facts.departures.iter().any(|departure| {
            departure.site == site
                && matches!(departure.kind, DepartureKind::Jump | DepartureKind::Return)
        })
    };
    let jumps = material.sites_that(leaves);
    if !jumps.is_empty() {
        points.push(format!(
            "The code that {} continues at must be sound to run there.",
            some(&jumps)
        ));
    }
    let is_reported = material.findings.iter().any(|finding| finding.lint == "undeclared_clobber");
    for register in does.undeclared.iter().filter(|_| !is_reported) {
        points.push(format!(
            "Nothing after the block may rely on what `{register}` held before: it is changed, and not \
             declared."
        ));
    }
    points
}

/// What the block does beyond registers, flags and memory operands, by kind.
fn effects(material: &Material<'_>) -> Vec<String> {
    let mut kinds: Vec<(&'static str, &'static str)> = Vec::new();
    let of = |meaning: Meaning| sentence_parts(meaning, material.block.target.architecture);
    for site in material.facts.sites() {
        if let Some(kind) = of(material.meaning(site))
            && !kinds.contains(&kind)
        {
            kinds.push(kind);
        }
    }
    let sentences = kinds.into_iter().map(|kind| {
        let instructions = material.sites_that(|site| of(material.meaning(site)) == Some(kind));
        format!("{}{}{}.", kind.0, some(&instructions), kind.1)
    });
    sentences.collect()
}

/// The sentence about an effect, around the instructions that have it.
fn sentence_parts(
    meaning: Meaning,
    architecture: Architecture,
) -> Option<(&'static str, &'static str)> {
    Some(match (meaning.system, meaning.side_effect) {
        (Some(SystemEffect::Interrupts), _) => (
            "What must be protected from interrupt handlers must still be so when they are allowed or held \
             off by ",
            "",
        ),
        (Some(SystemEffect::Task | SystemEffect::Segment), _) => {
            ("The descriptor that ", " loads must be valid, and stay so")
        }
        (Some(SystemEffect::Translation), _) => (
            "All memory in use must stay mapped when address translations are dropped or changed by ",
            "",
        ),
        (Some(SystemEffect::Cache), _) => {
            ("No data may depend on the cache lines that are written back or dropped by ", "")
        }
        (Some(SystemEffect::ModelSpecificRegister), _) => (
            "The register must exist and take the value, to no unsound effect, that is written by ",
            "",
        ),
        (Some(SystemEffect::SegmentBase), _) if architecture.is_x86() => {
            ("No access relative to `fs` or `gs` may rely on the base that ", " changes")
        }
        (Some(SystemEffect::SegmentBase), _) => {
            ("No thread-local access may rely on the thread pointer that ", " changes")
        }
        (Some(SystemEffect::ProtectionKey), _) => {
            ("All memory in use must stay accessible after ", "")
        }
        (Some(SystemEffect::ExtendedState), _) => {
            ("No processor state in use may be disabled by ", "")
        }
        (Some(SystemEffect::Kernel), _) | (None, Some(SideEffect::Kernel)) => (
            "The call that ",
            " makes must be sound: its number, its arguments, and what it does to memory",
        ),
        (Some(SystemEffect::Hypervisor), _) | (None, Some(SideEffect::Hypervisor)) => (
            "What ",
            " asks of the hypervisor or the firmware must be sound, and what that does to memory",
        ),
        (Some(SystemEffect::Enclave), _) => {
            ("The enclave that ", " enters must keep to what the caller relies on")
        }
        (None, Some(SideEffect::PortIo)) => {
            ("The access to an I/O port by ", " must have no effect that violates memory safety")
        }
        (None, Some(SideEffect::Trap)) => ("Something must handle the trap that is raised by ", ""),
        (None, _) if meaning.sets_trap_table => (
            "For as long as they are installed, the handlers must be sound that are installed by ",
            "",
        ),
        (None, Some(SideEffect::Privileged)) if meaning.idles.is_none() => {
            ("What relies on the privileged state must allow for the change by ", "")
        }
        _ if meaning.opaque => ("What ", " does is not known in full"),
        _ => return None,
    })
}
