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
        "documentation": format!("{}\n\n{}", entry.documentation().trim_end(), how_to_allow(entry)),
    })
}

/// The section on disabling the lint, the same for all of them.
fn how_to_allow(entry: &Entry) -> String {
    let name = entry.name();
    let group = entry.group.name();
    let level = entry.lint.default_level.as_str();
    format!(
        "## How to allow it\n\n\
        `{name}` is in the group `{group}`, whose level is `{level}` by default. On a statement or \
        function, with a reason:\n\n\
        ```rust,ignore\n\
        #[cfg_attr(asm_lint, expect(asm_lint::{name}, reason = \"…\"))]\n\
        ```\n\n\
        The condition is for other compilers, which do not know the lint. An attribute directly on \
        `asm!(…);` has no effect in Rust: put it on the `unsafe` block. For a whole workspace, in \
        `asm-lint.toml`:\n\n\
        ```toml\n\
        levels = {{ {name} = \"allow\" }}\n\
        ```"
    )
}
