//! Rust functions that do what the blocks do, for tools that cannot run the blocks.

use std::fmt::Write as _;

use super::model::Story;

/// The doubles of all blocks that have one.
pub fn functions(stories: &[Story]) -> String {
    let mut text = String::new();
    let mut without = 0;
    let mut names: Vec<String> = Vec::new();
    for story in stories {
        let Some(double) = &story.double else {
            without += 1;
            continue;
        };
        let name = name(story, &mut names);
        let _ = writeln!(text, "/// What the block at {}:{} does.", story.file, story.line);
        let _ = writeln!(text, "///\n/// # Safety");
        for line in story.safety.lines() {
            let _ = writeln!(text, "/// {line}");
        }
        let _ = writeln!(text, "#[allow(unused, clippy::all)]");
        let _ = writeln!(text, "pub unsafe fn {name}{} {{", double.signature);
        for line in double.body.lines() {
            let _ = writeln!(text, "    {line}");
        }
        text.push_str("}\n\n");
    }
    let _ = writeln!(
        text,
        "// {} of {} blocks have a double: the others loop, or do what plain Rust cannot express.",
        stories.len() - without,
        stories.len()
    );
    text
}

/// A name for the double of a block.
fn name(story: &Story, taken: &mut Vec<String>) -> String {
    let letters = story.path().replace("::", "_");
    let letters: String =
        letters.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let mut name = letters.trim_matches('_').to_lowercase();
    let mut number = 1;
    while taken.contains(&name) {
        number += 1;
        name = format!("{}_{number}", letters.trim_matches('_').to_lowercase());
    }
    taken.push(name.clone());
    name
}
