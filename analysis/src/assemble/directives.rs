//! A cheap look at which directives a text may contain.
//!
//! Nothing is concluded from it: it only decides how a block is assembled (with its neighbours,
//! watched, or alone) and whether experiments about leaking state are worth their cost. A word in
//! a comment or a string costs an experiment, no more.

use crate::block::{Architecture, Block, BlockKind, Piece};

/// How a block has to be assembled because of its directives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Directives {
    /// It has a directive or an assignment at all.
    pub any: bool,
    /// It may define or suspend something for what comes after it, so it is assembled alone.
    pub disturbing: bool,
    /// It may define a macro or a symbol that a second copy of it would define again.
    pub defining: bool,
    /// It may repeat something as often as a symbol says.
    pub repeating: bool,
    /// It may change the syntax or the code width.
    pub switching: bool,
    /// It may go to another part of the section that it is in.
    pub subsections: bool,
    /// It may change the code width.
    pub code_width: bool,
    /// It has line directives of its own.
    pub lines: bool,
    /// It has unwind directives, which are only allowed inside a frame.
    pub unwind: bool,
}

/// Looks at a text.
pub(super) fn look(text: &str) -> Directives {
    let mut found = Directives::default();
    if assigns(text) {
        found.any = true;
        found.disturbing = true;
        found.defining = true;
    }
    // The section of the line table, where ours goes too.
    if text.contains("debug_line") {
        found.any = true;
        found.disturbing = true;
    }
    for (_, word) in words(text) {
        found.any = true;
        match word.as_str() {
            "macro" | "set" | "equ" | "equiv" => {
                found.disturbing = true;
                found.defining = true;
            }
            "file" | "loc" | "line" => {
                found.disturbing = true;
                found.lines = true;
            }
            "rept" | "rep" | "irp" | "irpc" | "fill" | "space" | "skip" | "zero" | "org"
            | "balign" | "p2align" | "align" | "ds" | "dcb" | "incbin" => found.repeating = true,
            "subsection" | "text" => found.subsections = true,
            "thumb" | "arm" | "code" => {
                found.switching = true;
                found.disturbing = true;
            }
            // They act on whatever is assembled next.
            "arch" | "arch_extension" | "cpu" | "fpu" | "option" | "module" | "machine"
            | "machinemode" => {
                found.disturbing = true;
            }
            "intel_syntax" | "att_syntax" => found.switching = true,
            // They return to the section, or to the end, of an earlier block.
            "popsection" | "previous" | "end" => found.disturbing = true,
            "purgem" | "altmacro" | "noaltmacro" | "include" | "lto_discard" => {
                found.disturbing = true;
            }
            "code16" | "code32" | "code64" | "code16gcc" => {
                found.switching = true;
                found.code_width = true;
            }
            word if word.starts_with("cfi_") => {
                found.disturbing = true;
                found.unwind = true;
            }
            word if word.starts_with("if") || word.starts_with("else") => found.disturbing = true,
            _ => {}
        }
    }
    found
}

/// Whether a block next to functions may define something that other blocks of the crate use.
pub(crate) fn defines_for_others(block: &Block) -> bool {
    let text: String = block
        .template
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.as_str(),
            // An operand is a symbol or a number there.
            Piece::Placeholder { .. } => "0",
        })
        .collect();
    block.kind == BlockKind::Global && look(&text).defining
}

/// Whether one of a text's directives names another code width than the target's own.
pub(super) fn name_other_width(text: &str, architecture: Architecture) -> bool {
    let own = match architecture {
        Architecture::X86 => "code32",
        Architecture::X86_64 => "code64",
        _ => return false,
    };
    words(text).any(|(_, word)| word.starts_with("code") && word != own)
}

/// Whether a line may have a directive or an assignment, and so make something else than
/// instructions.
pub(crate) fn has_directive(line: &str) -> bool {
    look(line).any
}

/// The words at places where a directive may be, in lower case without their dot, each with its line
/// from 0.
pub(super) fn words(text: &str) -> impl Iterator<Item = (u32, String)> {
    // Most texts have none.
    let text = if text.contains('.') { text } else { "" };
    (0u32..).zip(text.split('\n')).flat_map(|(number, line)| {
        line.match_indices('.').filter_map(move |(position, _)| {
            let rest = &line[position + 1..];
            if !rest.starts_with(|letter: char| letter.is_ascii_alphabetic())
                || !starts_statement(&line[..position])
            {
                return None;
            }
            let is_other = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_';
            let end = rest.find(is_other).unwrap_or(rest.len());
            Some((number, rest[..end].to_ascii_lowercase()))
        })
    })
}

/// Whether a line may have an assignment: `name = value`.
fn assigns(text: &str) -> bool {
    text.split('\n').any(|line| {
        line.match_indices('=').any(|(position, _)| {
            let name = line[..position].trim_end();
            let before = name.trim_end_matches(|letter: char| {
                letter.is_ascii_alphanumeric() || "._$@?\\\"".contains(letter)
            });
            before.len() < name.len() && starts_statement(before)
        })
    })
}

/// Whether a statement may start after this part of a line.
fn starts_statement(before: &str) -> bool {
    let before = before.trim_end();
    // A separator, a label, the end of a comment, or what a macro puts there.
    before.is_empty() || before.ends_with([';', ':', '/', '{', '}', ')'])
}
