//! [`read`]: which crates to lint, from `crates.toml`.

use std::fmt;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// A crate to lint.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Listed {
    /// The package's name.
    pub name: String,
    /// Its exact version.
    pub version: String,
    /// Features beyond the default ones.
    #[serde(default)]
    pub features: Vec<String>,
    /// Whether the default features are on.
    #[serde(default = "yes")]
    pub default_features: bool,
    /// The target; the host's, if none.
    pub target: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(rename = "crate")]
    crates: Vec<Listed>,
}

fn yes() -> bool {
    true
}

impl Listed {
    /// Whether a word of the command line (`name` or `name@version`) means this crate.
    fn is_meant(&self, word: &str) -> bool {
        match word.split_once('@') {
            Some((name, version)) => self.name == name && self.version == version,
            None => self.name == word,
        }
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.name, self.version)?;
        match &self.target {
            Some(target) => write!(formatter, " for {target}"),
            None => Ok(()),
        }
    }
}

/// A file of this package.
pub fn own_file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The crates that the words of the command line mean: all, if there are none.
pub fn read(wanted: &[String]) -> Result<Vec<Listed>> {
    let path = own_file("crates.toml");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    select(&text, wanted)
}

fn select(text: &str, wanted: &[String]) -> Result<Vec<Listed>> {
    let List { mut crates } = toml::from_str(text).context("in crates.toml")?;
    for word in wanted {
        if !crates.iter().any(|listed| listed.is_meant(word)) {
            bail!("crates.toml has no `{word}`");
        }
    }
    crates.retain(|listed| wanted.is_empty() || wanted.iter().any(|word| listed.is_meant(word)));
    Ok(crates)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"
        [[crate]]
        name = "one"
        version = "1.0.0"
        [[crate]]
        name = "two"
        version = "1.0.0"
        features = ["asm"]
        [[crate]]
        name = "two"
        version = "2.0.0"
        default-features = false
    "#;

    fn selected(words: &[&str]) -> Vec<String> {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        select(LIST, &words).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn words_select_by_name_and_version() {
        assert_eq!(selected(&[]), ["one 1.0.0", "two 1.0.0", "two 2.0.0"]);
        assert_eq!(selected(&["two"]), ["two 1.0.0", "two 2.0.0"]);
        assert_eq!(selected(&["two@2.0.0", "one"]), ["one 1.0.0", "two 2.0.0"]);
    }

    #[test]
    fn mistakes_are_told() {
        assert!(select(LIST, &["three".to_owned()]).is_err());
        assert!(select("[[crate]]\nname = \"x\"\nversion = \"1\"\nfeature = []", &[]).is_err());
    }

    #[test]
    fn the_list_can_be_read() {
        let list = read(&[]).unwrap();
        for (index, listed) in list.iter().enumerate() {
            assert!(!list[..index].contains(listed), "{listed} is there twice");
        }
    }
}
