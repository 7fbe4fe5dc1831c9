//! What a block does: to memory, registers, flags, stack and floating-point state.

use super::{Does, Material};
use crate::block::{Operand, Output};
use crate::effects::Part;
use crate::facts::{CallTarget, DepartureKind, ExitKind, PlaceOfAccess};
use crate::questions::exits::Kept;
use crate::registers::Register;
use crate::values::Cell;

/// What the block does.
pub(super) fn does(material: &Material<'_>) -> Does {
    let facts = material.facts;
    let mut does = Does::default();
    for access in &facts.accesses {
        if access.place == PlaceOfAccess::OwnStack {
            continue;
        }
        let text = material.access(access);
        if !does.memory.contains(&text) {
            does.memory.push(text);
        }
    }
    does.registers = registers(material);
    let architecture = material.block.target.architecture;
    does.flags = architecture
        .preserved_flags()
        .iter()
        .filter(|cell| facts.kept(**cell, 0, cell.bits()) != Kept::Yes)
        .map(|cell| architecture.cell_name(*cell).to_owned())
        .collect();
    does.stack_bytes = stack_bytes(material);
    does.floating_point = floating_point(material);
    does.ordering = material.sites_that(|site| material.meaning(site).synchronizes);
    does.nondeterminism =
        material.sites_that(|site| material.meaning(site).nondeterministic.is_some());
    does.side_effects = material.sites_that(|site| {
        let meaning = material.meaning(site);
        meaning.side_effect.is_some() || meaning.system.is_some() || meaning.opaque
    });
    does.control = control(material);
    does
}

/// The registers that hold something else at some exit.
fn registers(material: &Material<'_>) -> Vec<String> {
    let facts = material.facts;
    let mut registers: Vec<Register> = Vec::new();
    for (cell, _) in facts.exits.iter().flat_map(|exit| exit.state.changes()) {
        if let Cell::Register(register) = cell
            && !registers.contains(&register)
            && facts.kept(cell, 0, cell.bits()) != Kept::Yes
        {
            registers.push(register);
        }
    }
    registers.sort();
    registers
        .into_iter()
        .map(|register| {
            let declared =
                material.block.operands.iter().zip(&facts.registers).find_map(|(operand, part)| {
                    match operand {
                        Operand::Register(operand)
                            if part.is_some_and(|part| part.register == register)
                                && operand.output != Output::None =>
                        {
                            Some(match operand.output {
                                Output::Discarded => "clobber",
                                _ => "output",
                            })
                        }
                        _ => None,
                    }
                });
            format!("{} ({})", material.register(register), declared.unwrap_or("not declared"))
        })
        .collect()
}

/// How far below the entry stack pointer the block writes.
fn stack_bytes(material: &Material<'_>) -> Option<u64> {
    let mut deepest = 0;
    for used in &material.facts.stack_uses {
        deepest = deepest.max(used.depth?);
    }
    Some(deepest)
}

fn floating_point(material: &Material<'_>) -> Vec<String> {
    let facts = material.facts;
    let architecture = material.block.target.architecture;
    let changed = |part: &&Part| facts.kept(part.cell, part.low, part.bits) != Kept::Yes;
    let status = architecture.float_status().iter().filter(changed);
    let control = architecture.float_control().iter().filter(changed);
    status
        .map(|part| architecture.status_name(part.cell))
        .chain(control.map(|part| architecture.control_name(part.cell)))
        .collect()
}

fn control(material: &Material<'_>) -> Vec<String> {
    let facts = material.facts;
    let mut ways: Vec<String> = Vec::new();
    let mut add = |way: String| {
        if !ways.contains(&way) {
            ways.push(way);
        }
    };
    for call in &facts.calls {
        let callee = match &call.target {
            CallTarget::Operand(operand) => format!("`{}`", material.names.input(*operand)),
            CallTarget::Named(name) => format!("`{name}`"),
            CallTarget::Unknown => "a function whose address is computed".to_owned(),
        };
        add(format!("calls {callee} with the calling convention \"{}\"", call.abi));
    }
    for exit in &facts.exits {
        add(match exit.kind {
            ExitKind::End => "falls through".to_owned(),
            ExitKind::Label(operand) => format!("jumps to `{}`", material.names.input(operand)),
            ExitKind::Return { .. } => "returns to the caller".to_owned(),
            ExitKind::TailJump => "jumps to another function".to_owned(),
        });
    }
    for departure in &facts.departures {
        add(match departure.kind {
            DepartureKind::Jump => "jumps out for good".to_owned(),
            DepartureKind::Return => "returns out of the block".to_owned(),
            DepartureKind::FrameReturn => {
                "returns to an address in the compiler's frame".to_owned()
            }
            DepartureKind::Trap => "traps".to_owned(),
            DepartureKind::DivergingCall => "calls a function that never returns".to_owned(),
            DepartureKind::Unknown => "may continue where it cannot be followed".to_owned(),
        });
    }
    if ways.is_empty() {
        ways.push("loops forever".to_owned());
    }
    ways
}
