//! `--github`: one workflow command for each finding, which GitHub shows next to the changed lines.

use std::{env, fmt::Write, path::Path};

use super::finding::Finding;

/// The annotations, one on each line. Paths are relative to the repository if GitHub says where it
/// is, and to the workspace otherwise.
pub fn annotations(findings: &[Finding], workspace_root: &Path) -> String {
    let repository = env::var_os("GITHUB_WORKSPACE");
    let prefix = repository
        .as_ref()
        .and_then(|repository| workspace_root.strip_prefix(repository).ok())
        .unwrap_or(Path::new(""));
    let mut text = String::new();
    for finding in findings {
        text.push_str(if finding.is_error { "::error " } else { "::warning " });
        if let Some(place) = finding.places.first() {
            let file = prefix.join(&place.file);
            let _ = write!(
                text,
                "file={},line={},endLine={},",
                property(&file.to_string_lossy()),
                place.start_line,
                place.end_line,
            );
            // GitHub accepts columns only within one line.
            if place.start_line == place.end_line {
                let _ = write!(text, "col={},endColumn={},", place.start_column, place.end_column);
            }
        }
        let _ = write!(text, "title={}::", property(&format!("asm_lint::{}", finding.lint)));
        let paragraphs: Vec<_> =
            std::iter::once(&finding.message).chain(&finding.notes).map(String::as_str).collect();
        text.push_str(&data(&paragraphs.join("\n")));
        text.push('\n');
    }
    text
}

/// Escapes the text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a command, which must not contain its separators either.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
