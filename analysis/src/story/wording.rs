//! Memory that must be valid, in words: the one place that words it, for every part and format.

use super::{Pointer, Range, text};

/// What must be valid relative to an operand: `valid for reads of 16 bytes at +0, aligned to 16`.
pub(super) fn pointer(pointer: &Pointer) -> String {
    let mut valid = Vec::new();
    let mut add = |what: &str, ranges: &[Range], elsewhere: bool| {
        if !ranges.is_empty() || elsewhere {
            valid.push(format!("for {what} of {}", places(ranges, elsewhere)));
        }
    };
    add("reads", &pointer.reads, pointer.reads_elsewhere);
    add("writes", &pointer.writes, pointer.writes_elsewhere);
    let mut text = format!("valid {}", valid.join(", "));
    if let Some(alignment) = pointer.alignment {
        text.push_str(&format!(", aligned to {alignment}"));
    }
    text
}

/// Runs of bytes: `8 bytes at +0, 16 bytes at +32`.
pub(super) fn places(ranges: &[Range], elsewhere: bool) -> String {
    let mut places: Vec<String> = ranges.iter().map(range).collect();
    if elsewhere {
        let more = if places.is_empty() { "bytes" } else { "more" };
        places.push(format!("{more} at offsets that the block computes"));
    }
    places.join(", ")
}

/// What is done to the memory: `reads 8 bytes at [p + 16]`.
pub(super) fn accesses(pointer: &Pointer) -> Vec<String> {
    let Pointer { operand, reads, writes, .. } = pointer;
    let mut done = Vec::new();
    let mut add = |verb: &str, ranges: &[Range], elsewhere: bool| {
        for Range { offset, bytes, times, stride, conditional } in ranges {
            let size = match times {
                Some(times) => {
                    format!("{}{}", up_to(*conditional), elements(*bytes, times, *stride))
                }
                None if *bytes == 1 => "1 byte".to_owned(),
                None => format!("{bytes} bytes"),
            };
            let perhaps = if *conditional && times.is_none() { "perhaps " } else { "" };
            let name = text::name_in_sum(operand);
            let place = match offset {
                0 => format!("[{operand}]"),
                offset if *offset < 0 => format!("[{name} - {}]", offset.unsigned_abs()),
                offset => format!("[{name} + {offset}]"),
            };
            done.push(format!("{perhaps}{verb} {size} at {place}"));
        }
        if elsewhere {
            done.push(format!("perhaps {verb} memory through {operand} at computed offsets"));
        }
    };
    add("reads", reads, pointer.reads_elsewhere);
    add("writes", writes, pointer.writes_elsewhere);
    done
}

/// The size of so many elements: `8 × n`.
pub(super) fn product(bytes: u64, times: &str) -> String {
    if bytes == 1 { times.to_owned() } else { format!("{bytes} × {times}") }
}

/// So many elements, next to each other or not: `8 × n bytes`, `n times 8 bytes, 64 bytes apart`.
fn elements(bytes: u64, times: &str, stride: Option<u64>) -> String {
    let unit = if bytes == 1 { "byte" } else { "bytes" };
    match stride {
        None => format!("{} bytes", product(bytes, times)),
        Some(stride) => format!("{times} times {bytes} {unit}, {stride} bytes apart,"),
    }
}

fn range(range: &Range) -> String {
    let Range { offset, bytes, times, stride, conditional } = range;
    let perhaps = if *conditional { " (perhaps)" } else { "" };
    match times {
        Some(times) => {
            format!("{}{} at {offset:+}", up_to(*conditional), elements(*bytes, times, *stride))
        }
        None if *bytes == 1 => format!("1 byte at {offset:+}{perhaps}"),
        None => format!("{bytes} bytes at {offset:+}{perhaps}"),
    }
}

/// The same as sentences: what a caller must guarantee.
pub(super) fn must_be(pointer: &Pointer) -> Vec<String> {
    let Pointer { operand, reads, writes, .. } = pointer;
    let mut valid = Vec::new();
    let mut add = |what: &str, ranges: &[Range], elsewhere: bool| {
        let mut places: Vec<String> = ranges.iter().map(run).collect();
        if elsewhere {
            let more = if places.is_empty() { "bytes" } else { "more" };
            places.push(format!("{more} at offsets that the block computes"));
        }
        if !places.is_empty() {
            valid.push(format!("for {what} of {}", places.join(" and of ")));
        }
    };
    add("reads", reads, pointer.reads_elsewhere);
    add("writes", writes, pointer.writes_elsewhere);
    let mut sentences = Vec::new();
    if !valid.is_empty() {
        sentences.push(format!("`{operand}` must be valid {}.", valid.join(", and ")));
    }
    if let Some(alignment) = pointer.alignment {
        sentences.push(format!("`{operand}` must be aligned to {alignment} bytes."));
    }
    sentences
}

/// Accesses that are relative to no operand, in a few words each, as sentences.
pub(super) fn memory_must_be(accesses: &[String]) -> Vec<String> {
    // What is required of one place is one sentence.
    let mut places: Vec<(&str, Vec<String>)> = Vec::new();
    let mut others = Vec::new();
    for access in accesses {
        let Some((what, place)) =
            access.split_once(" at ").filter(|(_, place)| place.ends_with(']'))
        else {
            others.push(format!("The block {access}: this must be valid memory."));
            continue;
        };
        let (what, perhaps) = match what.strip_prefix("perhaps ") {
            Some(what) => (what, " (where the block accesses them)"),
            None => (what, ""),
        };
        let what = [
            ("reads and writes ", "reads and writes of "),
            ("reads ", "reads of "),
            ("writes ", "writes of "),
        ]
        .into_iter()
        .find_map(|(verb, noun)| Some(format!("{noun}{}{perhaps}", what.strip_prefix(verb)?)));
        let what = what.unwrap_or_else(|| access.clone());
        match places.iter_mut().find(|(known, _)| *known == place) {
            Some((_, all)) => all.push(what),
            None => places.push((place, vec![what])),
        }
    }
    let sentences = places
        .into_iter()
        .map(|(place, what)| format!("`{place}` must be valid for {}.", what.join(" and for ")));
    sentences.chain(others).collect()
}

fn up_to(conditional: bool) -> &'static str {
    if conditional { "up to " } else { "" }
}

/// A run of bytes: `8 bytes at offset 16`.
fn run(range: &Range) -> String {
    let Range { offset, bytes, times, stride, conditional } = range;
    let mut text = match times {
        Some(times) if let Some(stride) = stride => {
            let unit = if *bytes == 1 { "byte" } else { "bytes" };
            format!("{}`{times}` times {bytes} {unit}, {stride} bytes apart", up_to(*conditional))
        }
        Some(times) if *bytes == 1 => format!("{}`{times}` bytes", up_to(*conditional)),
        Some(times) => format!("{}`{bytes} * {times}` bytes", up_to(*conditional)),
        None if *bytes == 1 => "1 byte".to_owned(),
        None => format!("{bytes} bytes"),
    };
    if *offset != 0 {
        text.push_str(&format!(" at offset {offset}"));
    }
    if *conditional && times.is_none() {
        text.push_str(" (where the block accesses them)");
    }
    text
}
