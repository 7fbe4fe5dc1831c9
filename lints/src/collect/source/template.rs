//! Where a line or a statement of a template is inside its string literal.

use std::ops::Range;

use asm_analysis::show::is_number_mark;
use rustc_lexer::{FrontmatterAllowed, LiteralKind, TokenKind};

/// A template string that is written as a literal.
pub(super) struct Template<'a> {
    /// What the literal means.
    text: &'a str,
    /// For each byte of `text` where its character begins, and for the end: the offset in the
    /// literal's source.
    offsets: Vec<usize>,
    /// The number of the first line in the whole template.
    first_line: u32,
}

impl<'a> Template<'a> {
    /// Reads a literal; `None` if the source is not a literal of that text (a macro made it).
    pub(super) fn new(text: &'a str, source: &str, first_line: u32) -> Option<Template<'a>> {
        let offsets = offsets(text, source)?;
        Some(Template { text, offsets, first_line })
    }

    /// The source range of a line, without the space and comment around it.
    pub(super) fn line(&self, line: u32) -> Option<Range<usize>> {
        let line = self.line_range(line)?;
        let statements = statements(self.text, line.clone());
        match (statements.first(), statements.last()) {
            (Some(first), Some(last)) => self.to_source(first.start..last.end),
            _ => self.to_source(trimmed(self.text, line)?),
        }
    }

    /// The source range of a statement of a line, if the line holds `count` of them.
    pub(super) fn statement(&self, line: u32, number: usize, count: usize) -> Option<Range<usize>> {
        let statements = statements(self.text, self.line_range(line)?);
        if statements.len() != count {
            return None;
        }
        self.to_source(statements.get(number)?.clone())
    }

    /// The range of a line in the text.
    fn line_range(&self, line: u32) -> Option<Range<usize>> {
        let number = usize::try_from(line.checked_sub(self.first_line)?).ok()?;
        let start = match number.checked_sub(1) {
            None => 0,
            Some(feed) => self.text.match_indices('\n').nth(feed)?.0 + 1,
        };
        let length = self.text[start..].find('\n').unwrap_or(self.text.len() - start);
        Some(start..start + length)
    }

    fn to_source(&self, range: Range<usize>) -> Option<Range<usize>> {
        Some(*self.offsets.get(range.start)?..*self.offsets.get(range.end)?)
    }
}

/// For each byte of the text the offset in the source of the literal; `None` if the source is not a
/// literal, or one of another text.
fn offsets(text: &str, source: &str) -> Option<Vec<usize>> {
    let token = rustc_lexer::tokenize(source, FrontmatterAllowed::No).next()?;
    let TokenKind::Literal { kind, suffix_start } = token.kind else { return None };
    let literal = usize::try_from(suffix_start).ok()?;
    if literal != source.len() {
        return None;
    }
    let (start, end) = match kind {
        LiteralKind::Str { terminated: true } => (1, literal.checked_sub(1)?),
        LiteralKind::RawStr { n_hashes: Some(hashes) } => {
            let hashes = usize::from(hashes);
            // Before the text: `r`, the hashes and a quote.
            (hashes + 2, literal.checked_sub(hashes + 1)?)
        }
        _ => return None,
    };
    let inner = source.get(start..end)?;
    let mut offsets = Vec::with_capacity(text.len() + 1);
    match kind {
        LiteralKind::RawStr { .. } => {
            if inner != text {
                return None;
            }
            offsets.extend(start..=end);
        }
        _ => {
            let mut meaning = String::with_capacity(inner.len());
            rustc_literal_escaper::unescape_str(inner, |range, character| {
                if let Ok(character) = character {
                    let bytes = character.len_utf8();
                    meaning.push(character);
                    offsets.extend(std::iter::repeat_n(start + range.start, bytes));
                }
            });
            if meaning != text {
                return None;
            }
            offsets.push(end);
        }
    }
    Some(offsets)
}

/// The range without white space at its ends; `None` if nothing else is in it.
fn trimmed(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let line = text.get(range.clone())?;
    let start = range.start + (line.len() - line.trim_start().len());
    let length = line.trim().len();
    (length > 0).then_some(start..start + length)
}

/// Which statement of a line a column (in bytes, from 0) is in, and how many there are.
pub(crate) fn statement_at(line: &str, column: usize) -> Option<(usize, usize)> {
    let statements = statements(line, 0..line.len());
    let number = statements.iter().position(|statement| column < statement.end)?;
    Some((number, statements.len()))
}

/// The statements of a line: separated by `;`, without labels, comments and space.
///
/// This decides only what a diagnostic underlines. The assembler decides what the line means; if the
/// two counts differ, the whole line is underlined.
fn statements(text: &str, line: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let Some(content) = text.get(line.clone()) else { return found };
    let mut start = 0;
    let mut quoted = false;
    let mut end = content.len();
    for (offset, byte) in content.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'#' if !is_number_mark(&content[offset + 1..]) => end = offset,
            b'/' if matches!(content.as_bytes().get(offset + 1), Some(b'/' | b'*')) => end = offset,
            b';' => {
                found.push(start..offset);
                start = offset + 1;
            }
            _ => {}
        }
        if end == offset {
            break;
        }
    }
    found.push(start..end);
    found
        .into_iter()
        .map(|range| line.start + range.start..line.start + range.end)
        .filter_map(|range| trimmed(text, without_labels(text, range)))
        .collect()
}

/// The range without the labels at its beginning.
fn without_labels(text: &str, mut range: Range<usize>) -> Range<usize> {
    while let Some(colon) = text.get(range.clone()).and_then(|statement| statement.find(':')) {
        let label = &text[range.start..range.start + colon];
        let is_label =
            |character: char| character.is_alphanumeric() || "_.$@{}".contains(character);
        if label.trim().is_empty() || !label.trim().chars().all(is_label) || label.contains("{:") {
            break;
        }
        // `{0:e}` has a colon as well, and so has a segment override.
        if label.matches('{').count() != label.matches('}').count() || is_segment(label.trim()) {
            break;
        }
        range.start += colon + 1;
    }
    range
}

fn is_segment(name: &str) -> bool {
    matches!(name, "cs" | "ds" | "es" | "fs" | "gs" | "ss")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The source text of a line's statement.
    fn statement<'a>(
        text: &str,
        source: &'a str,
        line: u32,
        number: usize,
        count: usize,
    ) -> &'a str {
        let template = Template::new(text, source, 0).unwrap();
        let range = template.statement(line, number, count).or_else(|| template.line(line));
        &source[range.unwrap()]
    }

    #[test]
    fn follows_escapes_and_raw_strings() {
        assert_eq!(statement("nop\n\tret", r#""nop\n\tret""#, 1, 0, 1), "ret");
        assert_eq!(statement("nop\n  ret ", "r##\"nop\n  ret \"##", 1, 0, 1), "ret");
        assert_eq!(statement("a\nb", "\"a\\\n   \\nb\"", 1, 0, 1), "b");
        assert!(Template::new("nop", "$template", 0).is_none());
        assert!(Template::new("nop", "\"other\"", 0).is_none());
    }

    #[test]
    fn picks_the_statement_only_when_the_count_is_right() {
        let source = "\"2: push rax; pop {0:r} // a; b\"";
        let text = "2: push rax; pop {0:r} // a; b";
        assert_eq!(statement(text, source, 0, 0, 2), "push rax");
        assert_eq!(statement(text, source, 0, 1, 2), "pop {0:r}");
        assert_eq!(statement(text, source, 0, 0, 3), "push rax; pop {0:r}");
        assert_eq!(statement_at(text, 4), Some((0, 2)));
        assert_eq!(statement_at(text, 14), Some((1, 2)));
    }

    #[test]
    fn what_looks_like_a_label_stays() {
        for text in
            ["mov eax, dword ptr fs:[0]", "fs: mov eax, ecx", "mov {0:e}, {1:e}", "{0:e}: nop"]
        {
            assert_eq!(statement(text, &format!("\"{text}\"").leak()[..], 0, 0, 1), text);
        }
    }
}
