//! The code part of a story: the template line by line, with what each line became.

use super::{Decoded, Line, Material};
use crate::block::Piece;
use crate::values::{Cell, Site};

/// The template's lines with their instructions.
pub(super) fn lines(material: &Material<'_>) -> Vec<Line> {
    let mut template = String::new();
    for piece in &material.block.template {
        match piece {
            Piece::Text(text) => template.push_str(text),
            Piece::Placeholder { operand, modifier } => {
                let modifier = modifier.map_or_else(String::new, |letter| format!(":{letter}"));
                template.push_str(&material.names.placeholder(*operand, &modifier));
            }
        }
    }
    template
        .lines()
        .zip(0u32..)
        .map(|(text, number)| {
            let sites = material.index.of_line(number).iter();
            Line {
                number,
                text: text.trim_end().to_owned(),
                instructions: sites.map(|site| decoded(material, *site)).collect(),
            }
        })
        .filter(|line| !line.text.trim().is_empty() || !line.instructions.is_empty())
        .collect()
}

fn decoded(material: &Material<'_>, site: Site) -> Decoded {
    let facts = material.facts;
    let mut effects: Vec<String> = Vec::new();
    let mut add = |effect: String| {
        if !effects.contains(&effect) {
            effects.push(effect);
        }
    };
    let accesses = || material.index.accesses(facts, site);
    for access in accesses().filter(|access| !material.is_return(access)) {
        add(material.access(access));
    }
    if material.index.pushes(site) {
        add("pushes onto the stack".to_owned());
    }
    let is_call = material.index.calls(site);
    if is_call {
        add("calls: changes what the calling convention lets a function change".to_owned());
    }
    if accesses().any(|access| material.is_return(access)) {
        add("takes the return address".to_owned());
    }
    let written = || material.index.writes(site).iter().copied();
    let mut registers: Vec<String> = Vec::new();
    for cell in written() {
        if let Cell::Register(register) = cell {
            let name = material.register(register);
            if !registers.contains(&name) {
                registers.push(name);
            }
        }
    }
    if !registers.is_empty() && !is_call {
        add(format!("writes {}", folded(&registers)));
    }
    let instruction = &facts.instruction(site).instruction;
    let (status, other): (Vec<Cell>, Vec<Cell>) =
        written().partition(|cell| !matches!(cell, Cell::Flag(flag) if !flag.is_status()));
    for cell in &other {
        let Cell::Flag(flag) = cell else { continue };
        let verb = if instruction.clears(*flag) { "clears" } else { "changes" };
        add(format!("{verb} {}", material.block.target.architecture.cell_name(*cell)));
    }
    let flags = material.flags(status.into_iter());
    if !flags.is_empty() && !is_call {
        add(format!("sets {}", flags.join(" ")));
    }
    let meaning = material.meaning(site);
    if meaning.synchronizes {
        add("orders memory accesses".to_owned());
    }
    if let Some(source) = meaning.nondeterministic {
        add(format!("result varies ({})", source.word()));
    }
    if let Some(effect) = meaning.side_effect {
        add(format!("side effect ({})", effect.word()));
    }
    if meaning.opaque {
        add("not known in full".to_owned());
    }
    Decoded { text: material.decoded(site), effects }
}

/// The longest list of registers that is written out.
const LONG_LIST: usize = 6;

/// Names in a row, a long row shortened.
fn folded(names: &[String]) -> String {
    match names {
        [first, second, rest @ ..] if names.len() > LONG_LIST => {
            format!("{first}, {second} and {} more", rest.len())
        }
        names => names.join(", "),
    }
}
