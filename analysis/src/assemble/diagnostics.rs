//! LLVM's diagnostics, and which block they belong to.
//!
//! LLVM returns a diagnostic as text in its usual form: `name:line:column: message`, then the
//! source line and a marker. Errors inside a macro name the macro's own text; the notes that
//! follow lead out of it to the line of the module.

use super::Rejection;
use super::assembler::{Message, Severity};
use super::module_text::ModuleText;

/// LLVM's errors about a module's text.
#[derive(Default)]
pub(super) struct Complaints {
    /// The complaints about a block each, in the order in which LLVM found them.
    pub located: Vec<(usize, Rejection)>,
    /// A complaint about no place that is a block's.
    pub unlocated: Option<Rejection>,
}

impl Complaints {
    pub fn is_empty(&self) -> bool {
        self.located.is_empty() && self.unlocated.is_none()
    }
}

/// Sorts LLVM's diagnostics by block.
pub(super) fn sort(messages: &[Message], text: &ModuleText) -> Complaints {
    let mut complaints = Complaints::default();
    let mut rest = messages;
    while let Some((message, after)) = rest.split_first() {
        rest = after;
        if message.severity != Severity::Error {
            continue;
        }
        // The notes to an error follow it.
        let notes = rest.iter().take_while(|note| note.severity == Severity::Note).count();
        let own = Complaint::parse(&message.text);
        // The outermost place comes last.
        let outer = rest[..notes]
            .iter()
            .rev()
            .map(|note| Complaint::parse(&note.text))
            .find(|complaint| complaint.position.is_some());
        let (position, inside_macro) = match (own.position, outer) {
            (Some(position), _) => (Some(position), false),
            (None, Some(outer)) => (outer.position, true),
            (None, None) => (None, false),
        };
        rest = &rest[notes..];
        let place = position.and_then(|(line, column)| Some((text.locate(line)?, column)));
        let message = own.message.to_owned();
        match place {
            Some(((unit, line), column)) => {
                let column = (!inside_macro).then_some(column);
                complaints.located.push((unit, Rejection { line: Some(line), column, message }));
            }
            None => {
                complaints.unlocated.get_or_insert(Rejection { line: None, column: None, message });
            }
        }
    }
    complaints
}

/// A diagnostic taken apart.
struct Complaint<'a> {
    /// Line from 1 and column from 0, if the place is in the module's text and not in a macro's.
    position: Option<(u32, u32)>,
    message: &'a str,
}

impl<'a> Complaint<'a> {
    fn parse(text: &'a str) -> Complaint<'a> {
        let first = text.lines().next().unwrap_or_default();
        if let Some(rest) = first.strip_prefix("<inline asm>:")
            && let Some((line, column, message)) = split_position(rest)
        {
            return Complaint { position: Some((line, column.saturating_sub(1))), message };
        }
        let message = ["<instantiation>:", "<unknown>:"]
            .into_iter()
            .find_map(|name| first.strip_prefix(name))
            .map_or(first, |rest| rest.split_once(' ').map_or(rest, |(_, message)| message));
        Complaint { position: None, message }
    }
}

fn split_position(text: &str) -> Option<(u32, u32, &str)> {
    let (line, rest) = text.split_once(':')?;
    let (column, message) = rest.split_once(':')?;
    Some((line.parse().ok()?, column.parse().ok()?, message.trim_start()))
}
