//! [`prepare`]: fetches a published crate, as a package that cargo treats as the user's own.
//!
//! Cargo fetches it, into its own folder, as the dependency of an empty package. Cargo caps the lints
//! of dependencies, so the crate is copied, and its manifest becomes that of a workspace root without
//! what only its own tests need.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::MetadataCommand;
use toml::{Table, Value};

use crate::list::Listed;

/// What linting the library does not need.
const UNUSED: [&str; 5] = ["dev-dependencies", "test", "bench", "example", "patch"];

/// Makes the copy, if there is none yet; the path of its manifest.
pub fn prepare(work: &Path, listed: &Listed) -> Result<PathBuf> {
    let name = format!("{}-{}", listed.name, listed.version);
    let copy = work.join("sources").join(&name);
    let manifest = copy.join("Cargo.toml");
    if copy.is_dir() {
        return Ok(manifest);
    }
    let original = fetch(&work.join("fetch").join(&name), listed)?;
    // Under another name until it is complete.
    let unfinished = work.join("sources").join(format!(".{name}"));
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    copy_folder(&original, &unfinished)?;
    let text = fs::read_to_string(unfinished.join("Cargo.toml"))?;
    fs::write(unfinished.join("Cargo.toml"), own_manifest(&text)? + &stand_ins(&unfinished)?)?;
    if contains(&unfinished, "feature(asm)")? {
        import_assembly(&unfinished)?;
    }
    let lock = unfinished.join("Cargo.lock");
    if lock.exists() {
        // Old versions of dependencies may no longer compile.
        fs::remove_file(lock)?;
    }
    fs::rename(&unfinished, &copy)?;
    Ok(manifest)
}

/// What a build script gives the linker for tests or examples is an error where there are none: an
/// empty one of each such kind, and its part of the manifest.
fn stand_ins(folder: &Path) -> Result<String> {
    let script = fs::read_to_string(folder.join("build.rs")).unwrap_or_default();
    let mut manifest = String::new();
    for kind in ["test", "example"] {
        if script.contains(&format!("rustc-link-arg-{kind}s")) {
            let path = format!("lintcheck-{kind}.rs");
            fs::write(folder.join(&path), "fn main() {}\n")?;
            manifest += &format!("\n[[{kind}]]\nname = \"lintcheck-{kind}\"\npath = \"{path}\"\n");
        }
    }
    Ok(manifest)
}

/// Lets cargo fetch the crate; returns the folder with its sources.
fn fetch(scratch: &Path, listed: &Listed) -> Result<PathBuf> {
    fs::create_dir_all(scratch.join("src"))?;
    fs::write(scratch.join("src/lib.rs"), "")?;
    let dependency = Table::from_iter([
        ("version".to_owned(), Value::String(format!("={}", listed.version))),
        ("features".to_owned(), listed.features.clone().into()),
        ("default-features".to_owned(), listed.default_features.into()),
    ]);
    let package = Table::from_iter([
        ("name".to_owned(), "lintcheck-fetch".into()),
        ("version".to_owned(), "0.0.0".into()),
        ("edition".to_owned(), "2024".into()),
    ]);
    let manifest = Table::from_iter([
        ("package".to_owned(), Value::Table(package)),
        ("workspace".to_owned(), Value::Table(Table::new())),
        (
            "dependencies".to_owned(),
            Value::Table(Table::from_iter([(listed.name.clone(), Value::Table(dependency))])),
        ),
    ]);
    fs::write(scratch.join("Cargo.toml"), toml::to_string(&manifest)?)?;
    let metadata =
        MetadataCommand::new().manifest_path(scratch.join("Cargo.toml")).exec().context("fetch")?;
    let package = metadata
        .packages
        .iter()
        .find(|package| {
            package.name == listed.name && package.version.to_string() == listed.version
        })
        .context("cargo fetched it, but does not know it")?;
    let folder = package.manifest_path.parent().context("a manifest is in a folder")?;
    Ok(folder.as_std_path().to_owned())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Whether a source file in the folder contains the words.
fn contains(folder: &Path, words: &str) -> Result<bool> {
    for file in source_files(folder)? {
        if fs::read_to_string(&file)?.contains(words) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Lets code of the time before Rust 1.59, when `asm!` did not need to be imported, compile today. Lines
/// stay where they are.
fn import_assembly(folder: &Path) -> Result<()> {
    for file in source_files(folder)? {
        let text = fs::read_to_string(&file)?;
        fs::write(file, with_imported_assembly(&text))?;
    }
    Ok(())
}

fn with_imported_assembly(text: &str) -> String {
    let mut imported = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("asm!") {
        let (before, call) = rest.split_at(start);
        imported.push_str(before);
        let is_of_another_name =
            imported.ends_with(|last: char| last.is_alphanumeric() || last == '_' || last == ':');
        if !is_of_another_name {
            imported.push_str("core::arch::");
        }
        let (word, after) = call.split_at("asm!".len());
        imported.push_str(word);
        rest = after;
    }
    imported + rest
}

/// The files with Rust code in the folder and in those below.
fn source_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            files.extend(source_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

/// A published manifest, as that of its own workspace.
fn own_manifest(text: &str) -> Result<String> {
    let mut manifest: Table = toml::from_str(text).context("in the crate's Cargo.toml")?;
    let remove_unused = |table: &mut Table| {
        for key in UNUSED {
            table.remove(key);
        }
    };
    remove_unused(&mut manifest);
    if let Some(Value::Table(targets)) = manifest.get_mut("target") {
        for (_, target) in targets.iter_mut() {
            if let Value::Table(target) = target {
                remove_unused(target);
            }
        }
    }
    remove_features_of_unused(&mut manifest);
    manifest.insert("workspace".to_owned(), Value::Table(Table::new()));
    Ok(toml::to_string(&manifest)?)
}

/// Removes what enables features of dependencies that are no longer there.
fn remove_features_of_unused(manifest: &mut Table) {
    let targets = manifest.get("target").and_then(Value::as_table);
    let dependencies: BTreeSet<String> = std::iter::once(&*manifest)
        .chain(targets.into_iter().flat_map(Table::values).filter_map(Value::as_table))
        .flat_map(|table| ["dependencies", "build-dependencies"].map(|key| table.get(key)))
        .flatten()
        .filter_map(Value::as_table)
        .flat_map(Table::keys)
        .cloned()
        .collect();
    let Some(Value::Table(features)) = manifest.get_mut("features") else { return };
    for feature in features.iter_mut().filter_map(|(_, feature)| feature.as_array_mut()) {
        feature.retain(|part| match part.as_str().and_then(|part| part.split_once('/')) {
            Some((dependency, _)) => dependencies.contains(dependency.trim_end_matches('?')),
            None => true,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_become_workspace_roots_without_tests() {
        let published = r#"
            [package]
            name = "some"
            version = "1.0.0"
            [dependencies.other]
            version = "1"
            [dev-dependencies.only-for-tests]
            version = "1"
            [features]
            tracing = ["other/tracing", "unix?/tracing", "only-for-tests/tracing", "dep:other"]
            [[test]]
            name = "behavior"
            [target."cfg(unix)".dependencies.unix]
            version = "1"
            [target."cfg(unix)".dev-dependencies.only-for-tests]
            version = "1"
        "#;
        let manifest: Table = toml::from_str(&own_manifest(published).unwrap()).unwrap();
        assert!(manifest["workspace"].as_table().unwrap().is_empty());
        assert!(manifest["dependencies"].get("other").is_some());
        assert!(manifest.get("dev-dependencies").is_none());
        assert!(manifest.get("test").is_none());
        let tracing = manifest["features"]["tracing"].as_array().unwrap();
        let parts: Vec<_> = tracing.iter().map(|part| part.as_str().unwrap()).collect();
        assert_eq!(parts, ["other/tracing", "unix?/tracing", "dep:other"]);
        let target = manifest["target"]["cfg(unix)"].as_table().unwrap();
        assert_eq!(target.keys().collect::<Vec<_>>(), ["dependencies"]);
    }

    #[test]
    fn assembly_of_old_crates_is_imported() {
        let old =
            "fn f() { unsafe { asm!(\"nop\") } }\nglobal_asm!(\"\");\ncore::arch::asm!(\"\");";
        assert_eq!(
            with_imported_assembly(old),
            "fn f() { unsafe { core::arch::asm!(\"nop\") } }\nglobal_asm!(\"\");\n\
             core::arch::asm!(\"\");"
        );
    }

    #[test]
    fn folders_are_copied_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("src")).unwrap();
        fs::write(from.join("src/lib.rs"), "//! Text.").unwrap();
        copy_folder(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("src/lib.rs")).unwrap(), "//! Text.");
    }
}
