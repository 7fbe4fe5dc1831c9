//! Stories for a terminal: colored, and reduced to what matters.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::model::Story;

const HEAD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const OPEN: Style = AnsiColor::Yellow.on_default();

/// The column where an instruction's effects start.
const COLUMN: usize = 44;

/// All stories.
pub fn page(stories: &[Story]) -> String {
    let mut text = String::new();
    for story in stories {
        tell(&mut text, story);
        text.push('\n');
    }
    text
}

fn tell(text: &mut String, story: &Story) {
    let style = style_of(&story.verdict);
    let verdict = &story.verdict;
    let _ = writeln!(text, "{HEAD}{}{HEAD:#}  {style}{verdict}{style:#}", story.path());
    let _ = writeln!(text, "  {DIM}{}:{}  {}{DIM:#}", story.file, story.line, story.target);
    for line in &story.code {
        code_line(text, line);
    }
    list(text, "needs", &needs(story));
    let effects = || story.code.iter().flat_map(|line| &line.instructions);
    // What is beside the instructions already is not said twice.
    let is_shown = |point: &String| effects().any(|shown| shown.effects.contains(point));
    let does: Vec<String> = does(story).into_iter().filter(|point| !is_shown(point)).collect();
    list(text, "does", &does);
    let outputs: Vec<String> = story
        .outputs
        .iter()
        .map(|output| match &output.value {
            Some(value) => format!("{} = {value}", output.operand),
            None => format!("{} depends on {}", output.operand, output.depends_on.join(", ")),
        })
        .collect();
    list(text, "outputs", &outputs);
    list(text, "promises", &promises(story));
    list(text, "unknown", &story.doubts);
}

fn code_line(text: &mut String, line: &super::model::Line) {
    let written = line.text.trim();
    match &line.instructions[..] {
        [] => {
            let _ = writeln!(text, "  | {written}");
        }
        [only] => {
            let effects = only.effects.join(", ");
            let _ = match effects.is_empty() {
                true => writeln!(text, "  | {written}"),
                false => writeln!(text, "  | {written:COLUMN$} {DIM}{effects}{DIM:#}"),
            };
        }
        several => {
            let _ = writeln!(text, "  | {written}");
            for instruction in several {
                let effects = instruction.effects.join(", ");
                let line = format!("{:width$} {effects}", instruction.text, width = COLUMN - 2);
                let _ = writeln!(text, "  |   {DIM}{}{DIM:#}", line.trim_end());
            }
        }
    }
}

fn list(text: &mut String, heading: &str, points: &[String]) {
    for (number, point) in points.iter().enumerate() {
        let heading = if number == 0 { heading } else { "" };
        let _ = writeln!(text, "  {HEAD}{heading:<9}{HEAD:#} {point}");
    }
}

/// What the block needs, in lines.
pub fn needs(story: &Story) -> Vec<String> {
    let needs = &story.needs;
    let pointers = needs.pointers.iter();
    let mut points: Vec<String> =
        pointers.map(|pointer| format!("{}: {}", pointer.operand, pointer.text)).collect();
    points.extend(needs.other_memory.iter().map(|access| format!("memory: {access}")));
    points.extend(needs.entry.iter().cloned());
    let guaranteed = needs.guaranteed.iter();
    points.extend(guaranteed.map(|state| format!("{state} (the compiler guarantees it)")));
    let features = needs.features.iter().map(|feature| match feature.enabled {
        true => feature.name.clone(),
        false => format!("{} (not enabled)", feature.name),
    });
    let features = features.collect::<Vec<_>>().join(", ");
    if !features.is_empty() {
        points.push(format!("target features: {features}"));
    }
    if needs.privilege == "kernel" {
        points.push("privileged mode".to_owned());
    }
    points.extend(needs.system.iter().map(|call| format!("the system that handles {call}")));
    points
}

/// What the block does, in lines.
pub fn does(story: &Story) -> Vec<String> {
    let does = &story.does;
    let mut points = does.memory.clone();
    let mut add = |what: &str, list: &[String]| {
        if !list.is_empty() {
            points.push(format!("{what} {}", list.join(", ")));
        }
    };
    add("changes", &does.registers);
    add("changes flags", &does.flags);
    add("changes", &does.floating_point);
    add("orders memory:", &does.ordering);
    add("varies with", &does.nondeterminism);
    add("has side effects:", &does.side_effects);
    add("control:", &does.control);
    match does.stack_bytes {
        Some(0) => {}
        Some(bytes) => points.push(format!("uses {bytes} bytes of stack")),
        None => points.push("uses an unknown amount of stack".to_owned()),
    }
    points
}

/// Promises by verdict, so that many that hold take one line.
fn promises(story: &Story) -> Vec<String> {
    let mut points = Vec::new();
    for verdict in ["broken", "can't tell", "could be promised", "holds"] {
        let group: Vec<_> =
            story.promises.iter().filter(|promise| promise.verdict == verdict).collect();
        let style = style_of(verdict);
        if verdict == "broken" {
            points.extend(group.iter().map(|promise| {
                let reason = promise.reason.as_ref().or(promise.lint.as_ref());
                let reason = reason.map_or("", String::as_str);
                format!("{style}{verdict}{style:#}: {} ({reason})", promise.promise)
            }));
        } else if !group.is_empty() {
            // What holds, and claims more than the code does.
            let remarks = group.iter().filter(|promise| promise.lint.is_some());
            points.extend(remarks.filter_map(|promise| {
                let reason = promise.reason.as_ref()?;
                Some(format!("{style}{verdict}{style:#}: {} ({reason})", promise.promise))
            }));
            let group: Vec<_> = group.iter().filter(|promise| promise.lint.is_none()).collect();
            if group.is_empty() {
                continue;
            }
            let names: Vec<&str> = group.iter().map(|promise| promise.promise.as_str()).collect();
            points.push(format!("{style}{verdict}{style:#}: {}", names.join(", ")));
        }
    }
    points
}

fn style_of(verdict: &str) -> Style {
    match verdict {
        "holds" => GOOD,
        "broken" => BAD,
        _ => OPEN,
    }
}
