//! What comes out of a block: each output as an expression of the inputs, or what it depends on.

use std::rc::Rc;

use super::formula::Formula;
use super::paths::joined;
use super::{Material, OutputValue, text};
use crate::block::{Operand, Output};
use crate::facts::{Departure, DepartureKind, Exit, ExitKind, Use, UseKind};
use crate::meaning::SideEffect;
use crate::registers::RegisterPart;
use crate::values::{Cause, Cell, Kind, Word};

/// The longest expression that is shown; of what is longer, a list of what it depends on says more.
const LONGEST_VALUE: usize = 160;

/// What each used output holds.
pub(super) fn outputs(material: &Material<'_>) -> Vec<OutputValue> {
    // Where control never leaves at the end, nothing comes out.
    let facts = material.facts;
    let is_lost = |departure: &Departure| departure.kind == DepartureKind::Unknown;
    if facts.exits.is_empty() && !facts.departures.iter().any(is_lost) {
        return Vec::new();
    }
    used_outputs(material)
        .map(|(operand, part)| {
            let words = words(material, part);
            let formulas: Vec<Rc<Formula>> =
                words.iter().map(|word| material.formula(word)).collect();
            let value = match &formulas[..] {
                [first, rest @ ..]
                    if first.is_known() && rest.iter().all(|other| other == first) =>
                {
                    Some(text::value(first, &material.names))
                }
                _ => joined(material, &|path, reader| {
                    Some(reader.formula(&word(material, path.exit, part)?))
                })
                .map(|formula| text::value(&formula, &material.names)),
            };
            let value = value.filter(|value| value.chars().count() <= LONGEST_VALUE);
            let depends_on = match value {
                Some(_) => Vec::new(),
                None => depends_on(material, operand, &words),
            };
            OutputValue { operand: material.names.output(operand), value, depends_on }
        })
        .collect()
}

/// The operands with a used output, with the bits of the register that are the value.
pub(super) fn used_outputs<'a>(
    material: &'a Material<'_>,
) -> impl Iterator<Item = (usize, RegisterPart)> + 'a {
    let operands = material.block.operands.iter().zip(&material.facts.registers).enumerate();
    operands.filter_map(|(index, (operand, part))| {
        let (Operand::Register(operand), Some(part)) = (operand, part) else { return None };
        let Output::Used(ty) = &operand.output else { return None };
        Some((index, RegisterPart { bits: ty.bits, ..*part }))
    })
}

/// What a part of a register holds at each exit at which somebody sees it.
pub(super) fn words(material: &Material<'_>, part: RegisterPart) -> Vec<Word> {
    let facts = material.facts;
    let is_seen = |exit: &&Exit| match exit.kind {
        ExitKind::Label(label) => !material.block.diverges_at(label),
        _ => true,
    };
    facts.exits.iter().filter(is_seen).filter_map(|exit| word(material, exit, part)).collect()
}

/// What a part of a register holds at an exit; `None` where nothing is known of the register.
pub(super) fn word(material: &Material<'_>, exit: &Exit, part: RegisterPart) -> Option<Word> {
    let cell = Cell::Register(part.register);
    let word = match exit.state.changed(cell) {
        Some(word) => word.clone(),
        None => material.facts.values.entry_if_known(cell)?,
    };
    Some(word.slice(part.low_bit, part.bits))
}

/// What the words depend on, in the author's words.
fn depends_on(material: &Material<'_>, operand: usize, words: &[Word]) -> Vec<String> {
    let facts = material.facts;
    let uses: Vec<Use> = words
        .iter()
        .filter_map(|word| {
            let trace = facts.exits.first()?.trace;
            Some(Use { site: None, trace, kind: UseKind::Output(operand), word: word.clone() })
        })
        .collect();
    if words.is_empty() {
        return vec!["what cannot be followed".to_owned()];
    }
    let mut names: Vec<String> = Vec::new();
    // What a system answers is more than a function of its arguments.
    for value in words.iter().flat_map(Word::values) {
        if let Some(site) = facts.values.get(value).site
            && matches!(
                material.meaning(site).side_effect,
                Some(SideEffect::Kernel | SideEffect::Hypervisor | SideEffect::Trap)
            )
        {
            let name = format!("what `{}` returns", material.shown(site));
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let mut uses = uses;
    // Which of several values it is, the branches decide.
    let is_joined = |value| matches!(facts.values.get(value).kind, Kind::Joined { .. });
    let (first, several) = (words.first(), words.iter().any(|word| Some(word) != words.first()));
    if several || first.is_some_and(|word| word.values().any(is_joined)) {
        let branches = facts.uses.iter().filter(|used| used.kind == UseKind::Branch);
        uses.extend(branches.cloned());
    }
    for origin in facts.demand(&uses).origins() {
        let name = match &facts.values.get(origin.value).kind {
            Kind::Entry(Cell::Register(register)) => {
                let input = facts.registers.iter().enumerate().find(|(operand, part)| {
                    part.is_some_and(|part| part.register == *register)
                        && matches!(
                            material.block.operands.get(*operand),
                            Some(Operand::Register(operand)) if operand.input.is_some()
                        )
                });
                match input {
                    Some((operand, _)) => format!("`{}`", material.names.input(operand)),
                    None => format!("what {} held on entry", material.register(*register)),
                }
            }
            Kind::Entry(Cell::Flag(_) | Cell::OtherFlags) => "the flags on entry".to_owned(),
            Kind::Entry(_) => "processor state on entry".to_owned(),
            kind if kind.loaded_from().is_some()
                || matches!(kind, Kind::Fresh { cause: Cause::Load, .. }) =>
            {
                let site = facts.values.get(origin.value).site;
                site.and_then(|site| material.loads_through(site)).map_or_else(
                    || "memory".to_owned(),
                    |pointer| format!("memory through `{pointer}`"),
                )
            }
            Kind::Fresh { cause: Cause::Callee, site, .. } => {
                format!("what `{}` returns", material.shown(*site))
            }
            Kind::Fresh { site, .. } => format!("the result of `{}`", material.shown(*site)),
            Kind::Address { .. } => "the address of the block itself".to_owned(),
            Kind::Symbol { symbol, .. } => {
                let name = facts.symbols.get(*symbol as usize).cloned().unwrap_or_default();
                format!("the address of `{name}`")
            }
            _ => continue,
        };
        // What a system answers is said as that already.
        let is_answer = name
            .strip_prefix("the result of ")
            .is_some_and(|instruction| names.contains(&format!("what {instruction} returns")));
        if !names.contains(&name) && !is_answer {
            names.push(name);
        }
    }
    names
}
