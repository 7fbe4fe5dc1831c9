//! The pages of the lints, `docs/lints/`, as the sources of an mdBook with a table of contents, and
//! the table of lints that is compiled into the front end. All of it is made from the driver's
//! list of lints. `BLESS=1` writes it.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::support::{Project, Run, driver};

/// A lint as the driver describes it.
#[derive(Deserialize)]
struct Lint {
    name: String,
    group: String,
    level: String,
    summary: String,
    documentation: String,
}

/// All lints, the more serious groups first.
fn lints() -> Vec<Lint> {
    let mut command = std::process::Command::new(driver());
    let run = Run::of(command.arg("--list-lints")).expect_status(0);
    let mut lints: Vec<Lint> = serde_json::from_str(&run.stdout).expect("it is JSON");
    let groups = ["contract", "hazard", "style", "promise", "audit"];
    lints.sort_by_key(|lint| groups.iter().position(|group| lint.group == *group));
    lints
}

/// All lints in a table, with links to their pages in `folder`.
pub fn table(folder: &str) -> String {
    let mut text = "| lint | group | level | what it finds |\n|---|---|---|---|\n".to_owned();
    for Lint { name, group, level, summary, .. } in lints() {
        let row = format!("| [`{name}`]({folder}/{name}.md) | {group} | {level} | {summary} |\n");
        text.push_str(&row);
    }
    text
}

/// The text of `src/catalogue/table.rs`.
fn compiled_in() -> String {
    let mut lints = lints();
    lints.sort_by(|one, other| one.name.cmp(&other.name));
    let mut text =
        "//! Made from the driver's lints by a test: `BLESS=1 cargo test -p cargo-asm-lint \
        pages` writes it.\n\nuse super::Lint;\n\n/// All lints, sorted by name.\n#[rustfmt::skip]\n\
        pub static LINTS: &[Lint] = &[\n"
            .to_owned();
    for Lint { name, group, level, summary, .. } in lints {
        text.push_str(&format!(
            "    Lint {{\n        name: {name:?},\n        group: {group:?},\n        level: {level:?},\n        \
             summary: {summary:?},\n        page: include_str!(\"../../docs/lints/{name}.md\"),\n    }},\n"
        ));
    }
    text + "];\n"
}

/// The text of `docs/found.md`: the findings in lintcheck's snapshot, with the verdicts of people.
fn found() -> String {
    let lintcheck = Path::new(env!("CARGO_MANIFEST_DIR")).join("lintcheck");
    let rows = |file: &str| -> Vec<Vec<String>> {
        let text = fs::read_to_string(lintcheck.join(file)).expect("it is in the checkout");
        let cells = |line: &str| line.split('\t').map(str::to_owned).collect();
        text.lines().skip(1).map(cells).collect()
    };
    let (findings, verdicts) = (rows("snapshot.tsv"), rows("verdicts.tsv"));
    // Crate, version, file, line and lint make a finding.
    let is_of = |verdict: &[String], finding: &[String]| verdict[..5] == finding[..5];
    for verdict in &verdicts {
        assert!(
            findings.iter().any(|finding| is_of(verdict, finding)),
            "lintcheck/verdicts.tsv: the snapshot has no finding {verdict:?}"
        );
        let known = ["confirmed", "debatable", "wrong"];
        assert!(known.contains(&&*verdict[5]) && !verdict[6].is_empty(), "{verdict:?}");
    }
    let verdict_on = |finding: &[String]| verdicts.iter().find(|verdict| is_of(verdict, finding));
    let count = |word: &str| verdicts.iter().filter(|verdict| verdict[5] == word).count();
    let mut text = format!(
        "# Found so far\n\nFindings in published crates that a person has read and confirmed. They are \
         facts about one version of a crate; a later version may have fixed them. The page is made \
         from [lintcheck](../lintcheck/README.md)'s snapshot and the verdicts beside it.\n\n\
         Of {} findings in the snapshot {} are confirmed, {} are debatable, {} are wrong and {} have \
         no verdict yet.\n\n| crate | version | place | lint | why it is certain |\n|---|---|---|---|---|\n",
        findings.len(),
        count("confirmed"),
        count("debatable"),
        count("wrong"),
        findings.iter().filter(|finding| verdict_on(finding).is_none()).count(),
    );
    for finding in &findings {
        let Some(verdict) = verdict_on(finding).filter(|verdict| verdict[5] == "confirmed") else {
            continue;
        };
        let [name, version, file, line, lint, ..] = &finding[..] else { continue };
        text.push_str(&format!(
            "| {name} | {version} | `{file}:{line}` | [`{lint}`](lints/{lint}.md) | {} |\n",
            verdict[6]
        ));
    }
    text
}

/// The text of each page by its path in `docs/`.
fn pages() -> BTreeMap<PathBuf, String> {
    let mut contents = "# Summary\n\n[Adopt it](adopt.md)\n\n- [Configuration](configuration.md)\n\
        - [Continuous integration](continuous-integration.md)\n- [In the editor](editor.md)\n\
        - [The story of a block](story.md)\n\
        - [How it decides](how-it-decides.md)\n- [Found so far](found.md)\n\
        - [Stability](stability.md)\n\
        - [Lints](lints/README.md)\n"
        .to_owned();
    let mut pages = BTreeMap::new();
    for Lint { name, documentation, .. } in lints() {
        contents.push_str(&format!("  - [{name}](lints/{name}.md)\n"));
        let text = format!(
            "{}\n\n---\n\n`cargo asm-lint --explain {name}` prints this page. [All lints](README.md), \
             [configuration](../configuration.md).\n",
            documentation.trim()
        );
        pages.insert(PathBuf::from(format!("lints/{name}.md")), text);
    }
    pages.insert("lints/README.md".into(), format!("# Lints\n\n{}", table(".")));
    pages.insert("SUMMARY.md".into(), contents);
    pages.insert("found.md".into(), found());
    pages.insert("../src/catalogue/table.rs".into(), compiled_in());
    pages
}

#[test]
fn pages_say_what_explain_says() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let pages = pages();
    let folder = docs.join("lints");
    let bless = env::var_os("BLESS").is_some();
    if bless {
        fs::create_dir_all(&folder).expect("it is ours");
    }
    for (path, expected) in &pages {
        if bless {
            fs::write(docs.join(path), expected).expect("it is ours");
        }
        let found = fs::read_to_string(docs.join(path)).unwrap_or_default();
        let file = path.display();
        assert!(found == *expected, "docs/{file} is stale: run `BLESS=1 cargo test --workspace`");
    }
    let files: BTreeSet<PathBuf> = fs::read_dir(&folder)
        .expect("the pages are there")
        .map(|entry| Path::new("lints").join(entry.expect("it can be read").file_name()))
        .collect();
    let wanted = pages.into_keys().filter(|path| path.starts_with("lints")).collect();
    assert_eq!(files, wanted, "pages of removed lints, or missing pages");
    check_links();
}

#[test]
fn what_is_compiled_in_is_what_the_driver_says() {
    if env::var_os("BLESS").is_some() {
        // What was just written is not compiled in yet.
        return;
    }
    let run = Project::empty("nothing").lint("--list --format json").expect_status(0);
    let listed: Vec<Lint> = serde_json::from_str(&run.stdout).expect("it is JSON");
    let text = |lints: Vec<Lint>| -> BTreeSet<String> {
        let text = |lint: Lint| {
            let Lint { name, group, level, summary, documentation } = lint;
            [name, group, level, summary, documentation.trim().to_owned()].join("\n")
        };
        lints.into_iter().map(text).collect()
    };
    assert!(text(listed) == text(lints()), "run `BLESS=1 cargo test -p cargo-asm-lint pages`");
}

/// Each link from a page to another one of the checkout leads somewhere.
fn check_links() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = root.join("docs");
    let mut pages = vec![root.join("README.md")];
    for folder in [&docs, &docs.join("lints")] {
        let entries = fs::read_dir(folder).expect("it is there").flatten();
        pages.extend(entries.map(|entry| entry.path()).filter(|path| path.is_file()));
    }
    for page in pages.iter().filter(|page| page.extension().is_some_and(|name| name == "md")) {
        let text = fs::read_to_string(page).expect("it can be read");
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| target.contains(".md")) {
            let file = target.split('#').next().unwrap_or(target);
            let path = page.with_file_name(file);
            assert!(target.contains("://") || path.is_file(), "{}: {target}", page.display());
        }
    }
}
