//! The text for a `# Safety` section or a `// SAFETY:` comment.

use super::{Does, Doubt, Needs, Pointer, Promise, Range};

/// What a caller must guarantee, and what the block does, in Markdown.
pub(super) fn safety(
    needs: &Needs,
    does: &Does,
    promises: &[Promise],
    doubts: &[Doubt],
) -> String {
    let mut points: Vec<String> = needs.pointers.iter().flat_map(pointer).collect();
    points.extend(needs.other_memory.iter().map(|access| format!("the block {access}")));
    if needs.privilege == "kernel" {
        points.push("the processor must be in a privileged mode".to_owned());
    }
    points.extend(needs.system.iter().map(|call| {
        format!("{call} enters the system: its arguments must be valid for the call that is made")
    }));
    let broken = promises.iter().filter(|promise| promise.verdict == "broken");
    points.extend(broken.map(|promise| {
        format!(
            "**broken**: `{}` does not hold ({})",
            promise.promise,
            promise.lint.as_deref().unwrap_or("?")
        )
    }));
    points.extend(doubts.iter().map(|doubt| format!("not proved: {doubt}")));
    if points.is_empty() {
        let quiet = does.memory.is_empty() && does.side_effects.is_empty();
        return match quiet {
            true => "Always safe: the block accesses no memory and has no side effect.".to_owned(),
            false => "No requirement was found.".to_owned(),
        };
    }
    points.iter().map(|point| format!("- {point}")).collect::<Vec<_>>().join("\n")
}

fn pointer(pointer: &Pointer) -> Vec<String> {
    let Pointer { operand, reads, writes, reads_elsewhere, writes_elsewhere, alignment } = pointer;
    let mut points = Vec::new();
    let mut add = |what: &str, ranges: &[Range], elsewhere: bool| {
        let mut places: Vec<String> = ranges.iter().map(range).collect();
        if elsewhere {
            places.push("the bytes at the distances that the block computes".to_owned());
        }
        if !places.is_empty() {
            points.push(format!("`{operand}` must be valid for {what} of {}", places.join(", ")));
        }
    };
    add("reads", reads, *reads_elsewhere);
    add("writes", writes, *writes_elsewhere);
    if let Some(alignment) = alignment {
        points.push(format!("`{operand}` must be aligned to {alignment} bytes"));
    }
    points
}

fn range(range: &Range) -> String {
    let Range { offset, bytes, conditional } = *range;
    let unit = if bytes == 1 { "byte" } else { "bytes" };
    let perhaps = if conditional { " (not on every run)" } else { "" };
    format!("{bytes} {unit} at {offset:+}{perhaps}")
}
