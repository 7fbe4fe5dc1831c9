//! Checks that registry, files, documentation and tests agree.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rustc_lint::Level;

use super::*;

/// The names of the lints, as in `asm_lint::NAME`.
fn names() -> Vec<String> {
    LINTS.iter().map(Entry::name).collect()
}

fn in_checkout(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The entries of a folder that `strip` makes a lint's name of.
fn entries(folder: &Path, strip: impl Fn(&str) -> Option<String>) -> BTreeSet<String> {
    fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .filter_map(|entry| strip(entry.unwrap().file_name().to_str().unwrap()))
        .collect()
}

#[test]
fn registry_is_sorted() {
    let names = names();
    assert!(names.is_sorted(), "{names:?}");
}

#[test]
fn each_lint_has_a_file_and_tests() {
    let names: BTreeSet<_> = names().into_iter().collect();
    let sources = entries(&in_checkout("lints/src/lints"), |file| {
        file.strip_suffix(".rs").filter(|&name| name != "tests").map(str::to_owned)
    });
    assert_eq!(names, sources, "files in lints/src/lints");
    // What several tests share is beside their folders.
    let tested = entries(&in_checkout("ui-tests"), |folder| {
        (!matches!(folder, "auxiliary" | "everywhere.txt")).then(|| folder.to_owned())
    });
    assert_eq!(names, tested, "folders in ui-tests");
}

#[test]
fn no_expected_output_is_an_orphan() {
    for name in names() {
        let folder = in_checkout("ui-tests").join(name);
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            assert!(path.with_extension("rs").exists(), "{} has no test", path.display());
            let silent = path.file_name().unwrap().to_str().unwrap().starts_with("silent");
            let output = path.extension().is_some_and(|extension| extension != "rs");
            assert!(!silent || !output, "{} says something", path.display());
        }
    }
}

#[test]
fn the_group_decides_the_level() {
    for entry in LINTS {
        let level = match entry.group {
            Group::Contract => Level::Deny,
            Group::Hazard | Group::Style => Level::Warn,
            Group::Promise | Group::Audit => Level::Allow,
        };
        assert_eq!(entry.lint.default_level, level, "{}", entry.lint.name_lower());
    }
}

/// The sections of a lint's documentation, in order.
const PARTS: [&str; 8] = [
    "## What it does",
    "## Why is this bad?",
    "## Known limits",
    "## On other architectures",
    "## Example",
    "## Use instead",
    "## Fix safety",
    "## Reference",
];

#[test]
fn documentation_has_all_sections() {
    for entry in LINTS {
        let name = entry.name();
        let text = entry.documentation();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some(format!("# {name}").as_str()));
        let group = entry.group.name();
        let level = entry.lint.default_level.as_str();
        let (first, rest) = entry.lint.desc.split_at(1);
        let first = first.to_uppercase();
        let head = format!("{first}{rest}. Group `{group}`, {level} by default.");
        assert_eq!(lines.nth(1), Some(head.as_str()), "{name}");
        let parts: Vec<_> = text.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(parts, PARTS, "{name}");
    }
}

#[test]
fn descriptions_are_sentences_without_their_ends() {
    for entry in LINTS {
        let description = entry.lint.desc;
        assert!(!description.ends_with('.'), "{description}");
        assert!(!description.starts_with(char::is_uppercase), "{description}");
    }
}
