//! Instructions as text, with an operand's placeholder where a register was chosen for it.
//!
//! The register that the analysis chose for `in(reg)` means nothing to a reader; `{0}` does. The names
//! of operands are not known here, so a placeholder is `{`, [`OPERAND`] and the operand's number: the
//! code that shows the text inserts the name.

use crate::block::{Block, Operand, Piece, Place};
use crate::facts::Facts;
use crate::isa::registers::modifier;
use crate::registers::RegisterPart;
use crate::values::Site;

/// Precedes an operand's number in a placeholder. A character that no instruction contains.
pub const OPERAND: char = '\u{e000}';

/// An operand's placeholder in a template.
pub fn placeholder(operand: usize) -> String {
    format!("{{{OPERAND}{operand}}}")
}

/// A text with the names of operands instead of their numbers after [`OPERAND`]; the number stays
/// where there is no name.
pub fn with_names(text: &str, name: impl Fn(usize) -> Option<String>) -> String {
    let mut parts = text.split(OPERAND);
    let mut named = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        let name = number.parse().ok().and_then(&name);
        named.push_str(name.as_deref().unwrap_or(number));
        named.push_str(rest);
    }
    named
}

/// An instruction of a block: the statement as its author wrote it, if that became exactly this
/// instruction, else as it would be written in a template.
pub fn instruction(block: &Block, facts: &Facts, site: Site) -> String {
    if let Some(statement) = statement(block, facts, site) {
        return statement;
    }
    decoded(block, facts, site)
}

/// All instructions of a block, each as [`instruction`] shows it, by its site: the template is read once
/// for all.
pub fn instructions(block: &Block, facts: &Facts) -> Vec<String> {
    let text: String = block.template.iter().map(piece_text).collect();
    let lines: Vec<&str> = text.split('\n').collect();
    let mut of_lines: Vec<Vec<usize>> = vec![Vec::new(); lines.len()];
    for (index, reached) in facts.instructions.iter().enumerate() {
        let line = reached.line.and_then(|line| usize::try_from(line).ok());
        if let Some(members) = line.and_then(|line| of_lines.get_mut(line)) {
            members.push(index);
        }
    }
    let mut shown: Vec<Option<String>> = vec![None; facts.instructions.len()];
    for (line, mut members) in lines.into_iter().zip(of_lines) {
        if members.is_empty() {
            continue;
        }
        members.sort_by_key(|index| facts.instructions[*index].address);
        let statements = statements(line).filter(|statements| statements.len() == members.len());
        for (index, statement) in members.into_iter().zip(statements.into_iter().flatten()) {
            shown[index] = Some(statement);
        }
    }
    let all = shown.into_iter().zip(facts.sites());
    all.map(|(text, site)| text.unwrap_or_else(|| decoded(block, facts, site))).collect()
}

/// An instruction as decoded, whatever its author wrote.
pub fn decoded(block: &Block, facts: &Facts, site: Site) -> String {
    let name = |part| placeholder_of(block, facts, part);
    facts.instruction(site).instruction.text(block.syntax, &name)
}

/// The placeholder of the operand of a class that has the register.
fn placeholder_of(block: &Block, facts: &Facts, part: RegisterPart) -> Option<String> {
    let mut registers = facts.registers.iter();
    let position =
        registers.position(|known| known.is_some_and(|known| known.register == part.register))?;
    let Operand::Register(operand) = block.operands.get(position)? else { return None };
    let Place::Class(class) = &operand.place else { return None };
    let modifier = modifier(block.target.architecture, class, part);
    Some(format!("{{{OPERAND}{position}{modifier}}}"))
}

/// The statement of the template that became an instruction and nothing else.
fn statement(block: &Block, facts: &Facts, site: Site) -> Option<String> {
    let reached = facts.instruction(site);
    let line = usize::try_from(reached.line?).ok()?;
    let text: String = block.template.iter().map(piece_text).collect();
    let line_text = text.split('\n').nth(line)?;
    let neighbours = facts.instructions.iter().filter(|other| other.line == reached.line);
    let (before, others): (Vec<_>, Vec<_>) =
        neighbours.partition(|other| other.address < reached.address);
    let statements = statements(line_text)?;
    if statements.len() != before.len() + others.len() {
        return None;
    }
    statements.into_iter().nth(before.len())
}

/// A piece of a template as it is written, with operands by number.
fn piece_text(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) => text.clone(),
        Piece::Placeholder { operand, modifier: None } => placeholder(*operand),
        Piece::Placeholder { operand, modifier: Some(modifier) } => {
            format!("{{{OPERAND}{operand}:{modifier}}}")
        }
    }
}

/// Whether a `#` that this comes after begins a number, as on Arm, and not a comment.
pub fn is_number_mark(after: &str) -> bool {
    after.starts_with(|letter: char| letter.is_ascii_digit() || "-+(:={".contains(letter))
}

/// The statements of a line without labels and comments; `None` where the line has something else
/// than instructions: directives, definitions, macro arguments, a prefix alone.
fn statements(line: &str) -> Option<Vec<String>> {
    const PREFIXES: [&str; 16] = [
        "lock", "rep", "repe", "repz", "repne", "repnz", "data16", "addr32", "cs", "ds", "es",
        "fs", "gs", "ss", "rex64", "notrack",
    ];
    if line.contains(['\\', '"', '\'']) || line.contains("/*") {
        return None;
    }
    let line = line.split("//").next()?;
    let comment = line.match_indices('#').find(|(at, _)| !is_number_mark(&line[at + 1..]));
    let line = comment.map_or(line, |(at, _)| &line[..at]);
    let mut statements = Vec::new();
    for part in line.split(';') {
        let mut part = part.trim();
        while let Some((label, rest)) = part.split_once(':')
            && !label.is_empty()
            && label.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.$".contains(letter))
        {
            part = rest.trim();
        }
        if part.is_empty() {
            continue;
        }
        if part.starts_with('.') || part.contains('=') || PREFIXES.contains(&part) {
            return None;
        }
        statements.push(part.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    Some(statements)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_into_statements() {
        let cut = |line| statements(line).unwrap_or_default();
        assert_eq!(cut("2: xchg  eax, [rdi]; nop // twice"), ["xchg eax, [rdi]", "nop"]);
        assert_eq!(cut("mov rax, fs:[0]"), ["mov rax, fs:[0]"]);
        assert_eq!(cut("lock xadd [rdi], eax # fence"), ["lock xadd [rdi], eax"]);
        assert!(statements("lock; inc dword ptr [rdi]").is_none());
        assert!(statements(".byte 0xf3; nop").is_none());
        assert!(statements("mov \\register, 1").is_none());
    }
}
