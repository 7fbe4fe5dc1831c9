//! The list of all lints, for the front end: `--list`, `--explain` and reports are made from it.

use serde_json::{Value, json};

use crate::lints::{Entry, LINTS};

/// All lints with their documentation, as a JSON array.
pub(super) fn json() -> Value {
    LINTS.iter().map(lint).collect()
}

fn lint(entry: &Entry) -> Value {
    json!({
        "name": entry.name(),
        "group": entry.group.name(),
        "level": entry.lint.default_level.as_str(),
        "summary": entry.lint.desc,
        "documentation": entry.documentation(),
    })
}
