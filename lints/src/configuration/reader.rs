//! [`Reader`]: goes through one file, fills in the [`Configuration`], and notes every mistake.

use std::ops::Range;
use std::path::Path;

use rustc_span::edit_distance::edit_distance;
use toml::Spanned;
use toml::de::{DeArray, DeString, DeTable, DeValue};

use super::files::{File, table_at};
use super::keys::KEYS;
use super::{Configuration, Mistake};

/// A file that is being read.
pub(super) struct Reader<'a> {
    file: &'a File,
    /// The settings of the file and of those before it.
    pub(super) configuration: &'a mut Configuration,
    mistakes: &'a mut Vec<Mistake>,
}

impl Reader<'_> {
    /// Reads a whole file.
    pub(super) fn read(
        file: &File,
        configuration: &mut Configuration,
        mistakes: &mut Vec<Mistake>,
    ) {
        let mut reader = Reader { file, configuration, mistakes };
        let (document, errors) = DeTable::parse_recoverable(&file.text);
        // Cargo reports those in a manifest.
        if file.table.is_empty() {
            for error in errors {
                reader.note(error.span(), error.message().to_owned(), None);
            }
        }
        let Some(table) = table_at(document.get_ref(), file.table) else { return };
        // In the order of the table of keys, whatever the order in the file: messages about one key
        // do not depend on another.
        for (key, value) in table {
            match KEYS.iter().find(|known| known.name == key.get_ref()) {
                Some(known) => (known.read)(&mut reader, value),
                None => reader.unknown(key, "key", KEYS.iter().map(|key| key.name)),
            }
        }
    }

    /// The folder that paths in the file start from.
    pub(super) fn directory(&self) -> &Path {
        self.file.path.parent().unwrap_or(Path::new(""))
    }

    /// Notes a mistake in a key or value.
    pub(super) fn mistake(
        &mut self,
        range: Range<usize>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        // If there is nothing here, the parser has reported that.
        if !range.is_empty() {
            self.note(Some(range), message.into(), help);
        }
    }

    fn note(&mut self, range: Option<Range<usize>>, message: String, help: Option<String>) {
        let path = self.file.path.clone();
        self.mistakes.push(Mistake { path, range, message, help });
    }

    /// Notes that a word is not one of those that are possible here.
    pub(super) fn unknown<'n>(
        &mut self,
        word: &Spanned<DeString<'_>>,
        what: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) {
        self.unknown_word(word.span(), word.get_ref(), what, names);
    }

    /// The same for a value.
    pub(super) fn unknown_word<'n>(
        &mut self,
        range: Range<usize>,
        word: &str,
        what: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) {
        let names: Vec<&str> = names.into_iter().collect();
        let help = match nearest(word, &names) {
            Some(name) => Some(format!("did you mean `{name}`?")),
            // A list that is short enough to read at a glance.
            None if names.len() < 12 => Some(format!("there are `{}`", names.join("`, `"))),
            None => None,
        };
        self.mistake(range, format!("there is no {what} `{word}`"), help);
    }

    /// The value as a table; anything else is a mistake.
    pub(super) fn table<'v, 'text>(
        &mut self,
        value: &'v Spanned<DeValue<'text>>,
    ) -> Option<&'v DeTable<'text>> {
        self.expected(value, "a table", value.get_ref().as_table())
    }

    /// The value as an array.
    pub(super) fn array<'v, 'text>(
        &mut self,
        value: &'v Spanned<DeValue<'text>>,
    ) -> Option<&'v DeArray<'text>> {
        self.expected(value, "an array of strings", value.get_ref().as_array())
    }

    /// The value as a string.
    pub(super) fn string<'v>(&mut self, value: &'v Spanned<DeValue<'_>>) -> Option<&'v str> {
        self.expected(value, "a string", value.get_ref().as_str())
    }

    /// The strings of an array, with their places.
    pub(super) fn strings<'v>(
        &mut self,
        value: &'v Spanned<DeValue<'_>>,
    ) -> Vec<(Range<usize>, &'v str)> {
        let Some(array) = self.array(value) else { return Vec::new() };
        array.iter().filter_map(|element| Some((element.span(), self.string(element)?))).collect()
    }

    fn expected<T>(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        wanted: &str,
        found: Option<T>,
    ) -> Option<T> {
        if found.is_none() {
            let kind = value.get_ref().type_str();
            let article = if kind.starts_with(['a', 'i']) { "an" } else { "a" };
            let message = format!("expected {wanted}, found {article} {kind}");
            self.mistake(value.span(), message, None);
        }
        found
    }
}

/// The name that a misspelt word most likely means.
pub(crate) fn nearest<'n>(word: &str, names: &[&'n str]) -> Option<&'n str> {
    let limit = word.chars().count().max(3) / 3;
    let distance = |name: &&'n str| Some((edit_distance(word, name, limit)?, *name));
    names.iter().filter_map(distance).min().map(|(_, name)| name)
}
