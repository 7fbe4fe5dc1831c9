//! The modules of each program use each other one way: what a reader learns of one never depends on
//! one that depends on it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The modules that each module of a program names in the paths of its code.
type Uses = BTreeMap<String, BTreeSet<String>>;

#[test]
fn modules_use_each_other_one_way() {
    for sources in ["src", "lints/src", "analysis/src", "lintcheck/src", "proof/src"] {
        let mut uses = Uses::new();
        let folder = Path::new(ROOT).join(sources);
        for entry in fs::read_dir(&folder).expect("it is there").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let module = name.strip_suffix(".rs").unwrap_or(&name).to_owned();
            // What the test blocks are made of is no part of the road.
            if !["main", "lib", "testing"].contains(&module.as_str()) {
                read(&entry.path(), uses.entry(module).or_default());
            }
        }
        assert!(uses.len() > 3, "{sources} has modules");
        if let Some(circle) = circle(&uses) {
            panic!("{sources}: {}", circle.join(" uses "));
        }
    }
}

#[test]
fn a_circle_is_found() {
    let named = modules_named("use crate::{a::{x, y}, b};\n// crate::c\nfn f() { crate::d::g() }");
    assert_eq!(named.into_iter().collect::<Vec<_>>(), ["a", "b", "d"]);
    let one = |module: &str, of: &[&str]| {
        (module.to_owned(), of.iter().map(|&name| name.to_owned()).collect())
    };
    let straight = Uses::from([one("a", &["b", "c"]), one("b", &["c"]), one("c", &[])]);
    assert_eq!(circle(&straight), None);
    let round = Uses::from([one("a", &["b"]), one("b", &["c"]), one("c", &["b"])]);
    assert_eq!(circle(&round).expect("there is one"), ["b", "c", "b"]);
}

/// Adds the modules that a file, or the files in a folder, name.
fn read(path: &Path, into: &mut BTreeSet<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("it is there").flatten() {
            read(&entry.path(), into);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs")
        && path.file_stem().is_some_and(|stem| stem != "tests")
    {
        into.extend(modules_named(&fs::read_to_string(path).expect("it is text")));
    }
}

/// The modules at the top of the program that a source names, its unit tests apart.
fn modules_named(source: &str) -> BTreeSet<String> {
    let code: String = source
        .split("#[cfg(test)]")
        .next()
        .unwrap_or_default()
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    let mut named = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(list) => named.extend(first_names(list)),
            None => named.extend(name_at_start(after)),
        }
    }
    named
}

/// The first name of each path in a list in braces, of which the opening one is cut off.
fn first_names(list: &str) -> Vec<String> {
    let (mut names, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.extend(name_at_start(list[start..at].trim_start()));
                start = at + 1;
                if letter == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names
}

/// The name of a module that a text starts with; types and constants are not modules.
fn name_at_start(text: &str) -> Option<String> {
    let name: String =
        text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    name.starts_with(|first: char| first.is_lowercase()).then_some(name)
}

/// Modules of which each uses the next one and that end where they begin, if there are any.
fn circle(uses: &Uses) -> Option<Vec<String>> {
    fn visit<'a>(
        module: &'a str,
        uses: &'a Uses,
        path: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Option<Vec<String>> {
        if let Some(start) = path.iter().position(|known| *known == module) {
            let circle = path[start..].iter().chain([&module]);
            return Some(circle.map(|module| (*module).to_owned()).collect());
        }
        if !done.insert(module) {
            return None;
        }
        path.push(module);
        let used = uses.get(module)?;
        let found = used
            .iter()
            .filter(|other| *other != module && uses.contains_key(*other))
            .find_map(|other| visit(other, uses, path, done));
        path.pop();
        found
    }
    let mut done = BTreeSet::new();
    uses.keys().find_map(|module| visit(module, uses, &mut Vec::new(), &mut done))
}
