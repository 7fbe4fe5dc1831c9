//! The text for a `# Safety` section or a `// SAFETY:` comment.

use super::{Does, Doubt, Needs, Promise};

/// What a caller must guarantee, and what the block does, in Markdown.
pub(super) fn safety(needs: &Needs, does: &Does, promises: &[Promise], doubts: &[Doubt]) -> String {
    let mut points: Vec<String> = needs
        .pointers
        .iter()
        .map(|pointer| format!("`{}` must be {}", pointer.operand, pointer.text))
        .collect();
    points.extend(needs.other_memory.iter().map(|access| format!("the block {access}")));
    points.extend(needs.entry.iter().cloned());
    let missing = needs.features.iter().filter(|feature| !feature.enabled);
    points.extend(missing.map(|feature| {
        format!("the processor must have `{}`, which is not enabled here", feature.name)
    }));
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
        let quiet = does.memory.is_empty()
            && does.side_effects.is_empty()
            && does.control == ["falls through"];
        return match quiet {
            true => "Nothing is required: the block accesses no memory and has no side effect."
                .to_owned(),
            false => "No requirement was found.".to_owned(),
        };
    }
    points.iter().map(|point| format!("- {point}")).collect::<Vec<_>>().join("\n")
}
