//! Fixes that an editor offers where the finding is.
//!
//! rust-analyzer offers a suggestion where it changes something: for `nomem` at the option, which
//! may be ten lines below the underlined instruction. The light bulb belongs there, too. So each
//! suggestion gets one more edit, at the finding's own place, which replaces the text with itself:
//! it changes nothing, but makes the place one of the suggestion's places.

use std::borrow::Cow;

use cargo_metadata::CompilerMessage;
use serde_json::Value;

/// The tool name before the name of a lint.
const TOOL_PREFIX: &str = "asm_lint::";

/// The line of JSON with the additional edits; unchanged if there is nothing to add.
pub fn with_fixes_at_findings<'a>(
    line: &'a [u8],
    message: Option<&CompilerMessage>,
) -> Cow<'a, [u8]> {
    let code = message.and_then(|message| message.message.code.as_ref());
    if !code.is_some_and(|code| code.code.starts_with(TOOL_PREFIX)) {
        return Cow::Borrowed(line);
    }
    let Ok(mut value) = serde_json::from_slice::<Value>(line) else { return Cow::Borrowed(line) };
    if add(&mut value["message"]).unwrap_or_default() {
        if let Ok(line) = serde_json::to_vec(&value) {
            return Cow::Owned(line);
        }
    }
    Cow::Borrowed(line)
}

/// Adds the edits to a diagnostic; says whether there were suggestions.
fn add(diagnostic: &mut Value) -> Option<bool> {
    let spans = diagnostic["spans"].as_array()?;
    let mut place = spans.iter().find(|span| span["is_primary"] == true)?.clone();
    // The text of a place with several lines would have to be assembled from its lines.
    if place["line_start"] != place["line_end"] {
        return None;
    }
    let text = highlighted(&place)?;
    place["is_primary"] = true.into();
    place["label"] = Value::Null;
    place["suggested_replacement"] = text.into();
    let mut changed = false;
    for child in diagnostic["children"].as_array_mut()? {
        let Some(edits) = child["spans"].as_array_mut() else { continue };
        let Some(edit) = edits.iter().find(|edit| edit["suggested_replacement"].is_string()) else {
            continue;
        };
        place["suggestion_applicability"] = edit["suggestion_applicability"].clone();
        // Edits of one suggestion must not touch.
        if edits.iter().any(|edit| touch(edit, &place)) {
            continue;
        }
        edits.push(place.clone());
        changed = true;
    }
    Some(changed)
}

/// The text that a span of one line covers.
fn highlighted(span: &Value) -> Option<String> {
    let line = &span["text"][0];
    let column = |key: &str| usize::try_from(line[key].as_u64()?.checked_sub(1)?).ok();
    let (start, end) = (column("highlight_start")?, column("highlight_end")?);
    let text = line["text"].as_str()?;
    (start < end).then(|| text.chars().skip(start).take(end - start).collect())
}

/// Whether two spans share text or meet.
fn touch(one: &Value, other: &Value) -> bool {
    let bytes = |span: &Value| Some((span["byte_start"].as_u64()?, span["byte_end"].as_u64()?));
    match (bytes(one), bytes(other)) {
        (Some((start, end)), Some((other_start, other_end))) => {
            one["file_name"] == other["file_name"] && start <= other_end && other_start <= end
        }
        _ => true,
    }
}
