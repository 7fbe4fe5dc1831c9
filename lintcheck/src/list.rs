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
    /// Features of the processor beyond the target's own, by the compiler's names.
    #[serde(default)]
    pub target_features: Vec<String>,
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

/// Which rows of the list to lint.
#[derive(Default)]
pub struct Wanted {
    /// Names, or names with a version; every crate, if empty.
    pub words: Vec<String>,
    /// The start of a target's name (`aarch64`); every row, if none.
    pub target: Option<String>,
}

impl Wanted {
    /// Whether nothing of the list is left out.
    pub fn is_all(&self) -> bool {
        self.words.is_empty() && self.target.is_none()
    }
}

impl Listed {
    /// The architecture that the crate is linted for, as a target's name starts with it.
    pub fn architecture(&self) -> &str {
        let target = self.target.as_deref().unwrap_or(std::env::consts::ARCH);
        target.split('-').next().unwrap_or(target)
    }

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
        if let Some(target) = &self.target {
            write!(formatter, " for {target}")?;
        }
        self.target_features.iter().try_for_each(|feature| write!(formatter, " +{feature}"))
    }
}

/// A file of this package.
pub fn own_file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The rows of the list that are wanted.
pub fn read(wanted: &Wanted) -> Result<Vec<Listed>> {
    let path = own_file("crates.toml");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    select(&text, wanted)
}

fn select(text: &str, wanted: &Wanted) -> Result<Vec<Listed>> {
    let List { mut crates } = toml::from_str(text).context("in crates.toml")?;
    let Wanted { words, target } = wanted;
    for word in words {
        if !crates.iter().any(|listed| listed.is_meant(word)) {
            bail!("crates.toml has no `{word}`");
        }
    }
    crates.retain(|listed| words.is_empty() || words.iter().any(|word| listed.is_meant(word)));
    if let Some(target) = target {
        crates.retain(|listed| {
            listed
                .target
                .as_ref()
                .map_or(listed.architecture() == target, |own| own.starts_with(target))
        });
    }
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
        select(LIST, &wanted(words)).unwrap().iter().map(ToString::to_string).collect()
    }

    fn wanted(words: &[&str]) -> Wanted {
        Wanted { words: words.iter().map(|&word| word.to_owned()).collect(), target: None }
    }

    #[test]
    fn words_select_by_name_and_version() {
        assert_eq!(selected(&[]), ["one 1.0.0", "two 1.0.0", "two 2.0.0"]);
        assert_eq!(selected(&["two"]), ["two 1.0.0", "two 2.0.0"]);
        assert_eq!(selected(&["two@2.0.0", "one"]), ["one 1.0.0", "two 2.0.0"]);
    }

    #[test]
    fn a_target_selects_by_how_its_name_starts() {
        let list = r#"
            crate = [
                { name = "host", version = "1.0.0" },
                { name = "phone", version = "1.0.0", target = "aarch64-apple-ios" },
                { name = "board", version = "1.0.0", target = "aarch64-unknown-none" },
            ]
        "#;
        let selected = |target: &str| -> Vec<String> {
            let wanted = Wanted { words: Vec::new(), target: Some(target.to_owned()) };
            select(list, &wanted).unwrap().into_iter().map(|listed| listed.name).collect()
        };
        assert_eq!(selected("aarch64-apple"), ["phone"]);
        assert_eq!(selected(std::env::consts::ARCH)[0], "host");
        assert_eq!(selected("s390x"), [""; 0]);
    }

    #[test]
    fn mistakes_are_told() {
        assert!(select(LIST, &wanted(&["three"])).is_err());
        assert!(
            select("[[crate]]\nname = \"x\"\nversion = \"1\"\nfeature = []", &wanted(&[])).is_err()
        );
    }

    #[test]
    fn the_list_can_be_read() {
        let list = read(&Wanted::default()).unwrap();
        for (index, listed) in list.iter().enumerate() {
            assert!(!list[..index].contains(listed), "{listed} is there twice");
        }
    }
}
