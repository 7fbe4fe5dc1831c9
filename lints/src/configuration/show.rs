//! `--print-config`: the settings that apply, in the words of the configuration file itself.

use toml::Table;

use super::keys::KEYS;
use super::{Configuration, Mistake};

/// The configuration as a document that could be an `asm-lint.toml`.
pub(crate) fn show(configuration: &Configuration) -> String {
    let mut text = String::new();
    for file in &configuration.files {
        text.push_str(&format!("# read: {}\n", file.display()));
    }
    if configuration.files.is_empty() {
        text.push_str("# no configuration file: these are the defaults\n");
    }
    let mut table = Table::new();
    for key in KEYS {
        match (key.show)(configuration) {
            Some(value) => {
                table.insert(key.name.to_owned(), value);
            }
            None => text.push_str(&format!("# {}: {}\n", key.name, key.default)),
        }
    }
    text.push_str(&table.to_string());
    text.trim_end().to_owned()
}

impl Mistake {
    /// The mistake on one line, if there is no compiler session to show its place.
    pub(crate) fn line(&self) -> String {
        let Some(range) = &self.range else {
            return format!("{}: {}", self.path.display(), self.message);
        };
        let text = std::fs::read_to_string(&self.path).unwrap_or_default();
        let before = text.get(..range.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let help = self.help.as_ref().map_or_else(String::new, |help| format!(" ({help})"));
        format!("{}:{line}:{column}: {}{help}", self.path.display(), self.message)
    }
}
