//! The project's English: words that its readers would stumble over, and the length of diagnostics.
//!
//! `english/banned.txt` lists the words, with what to write instead. Every file that a person reads
//! is searched, Rust sources in their comments and strings; the list itself is the only exception.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The list of banned words, from the root.
const LIST: &str = "tests/english/banned.txt";

/// What is not ours to word: build output, the history, legal texts, the names of dependencies.
const NOT_OURS: [&str; 5] = ["target", ".git", "LICENSE-APACHE", "LICENSE-MIT", "Cargo.lock"];

/// How many columns a note or a help line may have.
const COLUMNS: usize = 100;

/// How many words a label may have; code in backticks is one word.
const LABEL_WORDS: usize = 6;

/// A row of the list.
struct Banned {
    words: Vec<String>,
    /// Allowed before this word.
    unless: Option<String>,
    instead: String,
}

/// A word of a text, with the number of its line.
struct Word {
    text: String,
    line: usize,
}

/// The rows of the list, by their first words.
fn by_first_word(banned: &[Banned]) -> HashMap<&str, Vec<&Banned>> {
    let mut rows: HashMap<&str, Vec<&Banned>> = HashMap::new();
    for row in banned {
        rows.entry(&row.words[0]).or_default().push(row);
    }
    rows
}

fn banned() -> Vec<Banned> {
    let list = fs::read_to_string(Path::new(ROOT).join(LIST)).expect("the list is there");
    let rows = list.lines().filter(|row| !row.is_empty() && !row.starts_with('#'));
    rows.map(|row| {
        let (phrase, instead) = row.split_once('\t').expect("a row has two columns");
        let (phrase, unless) = match phrase.split_once('!') {
            Some((phrase, unless)) => (phrase, Some(unless.to_owned())),
            None => (phrase, None),
        };
        let words = words(phrase).into_iter().map(|word| word.text).collect();
        Banned { words, unless, instead: instead.to_owned() }
    })
    .collect()
}

/// The words of a text in lower case. Digits, letters, `_` and `'` make words, so that a phrase is
/// found across the line breaks of a comment and no part of an identifier is one.
fn words(text: &str) -> Vec<Word> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '\'';
    let mut words = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let parts = line.split(|letter: char| !is_part(letter)).filter(|part| !part.is_empty());
        words.extend(
            parts
                .map(|part| Word { text: part.trim_matches('\'').to_lowercase(), line: index + 1 }),
        );
    }
    words
}

/// What is prose in a Rust source: its comments and strings, at their places; code becomes blanks.
fn prose(source: &str) -> String {
    let mut prose = String::new();
    let mut rest = source;
    while let Some(letter) = rest.chars().next() {
        let (length, is_prose) = match letter {
            '/' if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), true),
            '/' if rest.starts_with("/*") => {
                (rest.find("*/").map_or(rest.len(), |end| end + 2), true)
            }
            '"' => (end_of_string(rest), true),
            'r' if raw_string(rest).is_some() => (raw_string(rest).unwrap_or(1), true),
            // A quote as a character is not the start of a string.
            '\'' if rest.starts_with("'\"'") => (3, false),
            '\'' if rest.starts_with("'\\\"'") => (4, false),
            // An identifier, of which an `r` at its end is not the start of a string.
            letter if letter.is_alphabetic() => {
                let end = rest.find(|part: char| !part.is_alphanumeric() && part != '_');
                (end.unwrap_or(rest.len()), false)
            }
            letter => (letter.len_utf8(), false),
        };
        let (part, after) = rest.split_at(length);
        if is_prose {
            prose.push_str(part);
        } else {
            prose.extend(part.chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }));
        }
        rest = after;
    }
    prose
}

/// The length of the string literal that a text starts with.
fn end_of_string(text: &str) -> usize {
    let mut letters = text.char_indices().skip(1);
    while let Some((index, letter)) = letters.next() {
        match letter {
            '\\' => {
                letters.next();
            }
            '"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of the raw string literal that a text starts with, if it starts with one.
fn raw_string(text: &str) -> Option<usize> {
    let hashes = text[1..].chars().take_while(|letter| *letter == '#').count();
    let content = text[1 + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(2 + hashes + content.find(&end)? + end.len())
}

/// Every file of the checkout that is text of ours, sorted.
fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from(ROOT)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the checkout can be read").flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if NOT_OURS.iter().any(|not_ours| name == *not_ours) {
                continue;
            }
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    files
}

/// The files of ours with their texts; what is not UTF-8 is not for reading.
fn texts() -> impl Iterator<Item = (PathBuf, String)> {
    files().into_iter().filter_map(|path| {
        let text = fs::read_to_string(&path).ok()?;
        let is_source = path.extension().is_some_and(|kind| kind == "rs" || kind == "fixed");
        let text = if is_source { prose(&text) } else { text };
        Some((path.strip_prefix(ROOT).unwrap_or(&path).to_path_buf(), text))
    })
}

/// The banned words in a text, as lines of a report.
fn mistakes(banned: &HashMap<&str, Vec<&Banned>>, path: &Path, text: &str) -> Vec<String> {
    let words = words(text);
    let mut mistakes = Vec::new();
    for (start, word) in words.iter().enumerate() {
        for Banned { words: phrase, unless, instead } in
            banned.get(&*word.text).into_iter().flatten()
        {
            let rest = &words[start..];
            let is_it = rest.len() >= phrase.len()
                && phrase.iter().zip(rest).all(|(banned, word)| *banned == word.text);
            let next = rest.get(phrase.len()).map(|word| &word.text);
            if is_it && (unless.is_none() || next != unless.as_ref()) {
                let line = word.line;
                let phrase = phrase.join(" ");
                mistakes.push(format!("{}:{line}: `{phrase}`: {instead}", path.display()));
            }
        }
    }
    mistakes
}

#[test]
fn no_text_uses_banned_words() {
    let banned = banned();
    let banned = by_first_word(&banned);
    let mistakes: Vec<String> = texts()
        .filter(|(path, _)| path != Path::new(LIST))
        .flat_map(|(path, text)| mistakes(&banned, &path, &text))
        .collect();
    assert!(mistakes.is_empty(), "{} places:\n{}", mistakes.len(), mistakes.join("\n"));
}

#[test]
fn every_row_of_the_list_is_found() {
    let banned = banned();
    assert!(banned.len() > 50, "the list is short");
    let rows = by_first_word(&banned);
    for row in &banned {
        let broken = row.words.join("\n/// ").to_uppercase();
        let found = mistakes(&rows, Path::new("here"), &broken);
        assert!(!found.is_empty(), "{broken} is not found");
    }
    for innocent in ["is_behind_it", "`behinds`", "which is no longer so"] {
        assert_eq!(mistakes(&rows, Path::new("here"), innocent), [""; 0], "{innocent}");
    }
}

#[test]
fn prose_is_comments_and_strings() {
    let source =
        "let word = 'x'; // word\nlet a = \"b\\\"word\"; let q = '\"'; r#\"word\"#; for_r\"x\"";
    let expected =
        "                // word\n        \"b\\\"word\"               r#\"word\"#       \"x\"";
    assert_eq!(prose(source), expected);
}

/// The labels on a line of a diagnostic below a line of source, without what points at the source.
fn labels(line: &str) -> impl Iterator<Item = &str> {
    let below = line.trim_start().strip_prefix('|').unwrap_or_default();
    let is_pointer = |letter: char| matches!(letter, '^' | '-' | '_' | '|' | '~' | '+');
    // Two labels may follow each other on one line.
    below.split("  ").flat_map(|part| part.split(" --")).map(move |part| {
        let part = part.trim();
        let words = part.trim_start_matches(|letter: char| is_pointer(letter) || letter == ' ');
        words.trim()
    })
}

/// How many words a label has; code in backticks counts as one.
fn count_words(label: &str) -> usize {
    let code = label.matches('`').count() / 2;
    let outside = label.split('`').step_by(2).flat_map(str::split_whitespace);
    code + outside.filter(|word| word.chars().any(char::is_alphanumeric)).count()
}

#[test]
fn diagnostics_are_short() {
    let mut mistakes = Vec::new();
    let is_output = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "stderr");
    let mut outputs = 0;
    for (path, text) in texts().filter(|(path, _)| is_output(path)) {
        outputs += 1;
        for line in text.lines() {
            let words = line.trim_start_matches(" ").trim_start_matches("= ");
            let note = words.strip_prefix("note: ").or_else(|| words.strip_prefix("help: "));
            if note.is_some_and(|note| note.chars().count() > COLUMNS) {
                mistakes.push(format!("{}: more than {COLUMNS} columns: {line}", path.display()));
            }
            for label in labels(line).filter(|label| count_words(label) > LABEL_WORDS) {
                mistakes
                    .push(format!("{}: more than {LABEL_WORDS} words: {label}", path.display()));
            }
        }
    }
    assert!(outputs > 50, "the expected outputs of the lints are in `ui-tests`");
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}
