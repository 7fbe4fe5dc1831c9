//! The parts of the README that are made from what the tool says. `BLESS=1` writes them.

use std::{env, fs, path::Path};

use serde_json::Value;

use crate::support::{Project, Run};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Compares the README between two comments with `expected`, or puts it there.
#[track_caller]
fn check(part: &str, expected: &str) {
    let path = Path::new(ROOT).join("README.md");
    let readme = fs::read_to_string(&path).expect("it is in the checkout");
    let (start, end) = (format!("<!-- {part} -->\n"), format!("<!-- end of {part} -->"));
    let (before, rest) = readme.split_once(&start).expect("the part has a beginning");
    let (found, after) = rest.split_once(&end).expect("the part has an end");
    if env::var_os("BLESS").is_some() {
        fs::write(path, format!("{before}{start}{expected}{end}{after}")).expect("it is ours");
    } else {
        let bless = "run `BLESS=1 cargo test -p cargo-asm-lint readme`";
        assert!(found == expected, "{bless}: {part} should be\n{expected}");
    }
}

/// The list of lints as a table.
fn table() -> String {
    let run = Project::library("").lint("--list --format json").expect_status(0);
    let mut lints: Vec<Value> = serde_json::from_str(&run.stdout).expect("it is JSON");
    let word = |lint: &Value, key: &str| lint[key].as_str().expect("it is a string").to_owned();
    let groups = ["contract", "hazard", "style", "promise", "audit"];
    lints.sort_by_key(|lint| groups.iter().position(|group| word(lint, "group") == *group));
    let mut text = "| lint | group | level | what it finds |\n|---|---|---|---|\n".to_owned();
    for lint in &lints {
        let [name, group, level, summary] =
            ["name", "group", "level", "summary"].map(|key| word(lint, key));
        text.push_str(&format!("| `{name}` | {group} | {level} | {summary} |\n"));
    }
    text
}

/// What is said of the demo crate by some lints.
fn output() -> String {
    let project = Project::empty("target");
    let manifest = Path::new(ROOT).join("demo/Cargo.toml");
    let mut command = project.asm_lint();
    command.arg("--manifest-path").arg(manifest).arg("--target-dir").arg(project.root());
    let run = Run::of(command.args(["--", "-W", "asm_lint::contract"])).expect_status(0);
    let wanted = ["in_operand_modified", "undeclared_clobber", "nomem_memory_access"];
    let said: Vec<&str> = run
        .stderr
        .split("\n\n")
        .filter(|said| wanted.iter().any(|lint| said.contains(&format!("--explain {lint}`"))))
        .collect();
    format!("```text\n{}\n```\n", said.join("\n\n"))
}

#[test]
fn made_parts_are_up_to_date() {
    // One after the other: both may write.
    check("lints", &table());
    check("output", &output());
}
