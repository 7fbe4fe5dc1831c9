//! The parts of the README that are made from the tool's output. `BLESS=1` writes them.

use std::{env, fs, path::Path};

use crate::{
    pages::table,
    support::{Project, Run},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Compares the README between two comments with `expected`, or writes it.
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

/// The findings of some lints in the demo crate.
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
    check("lints", &table("docs/lints"));
    check("output", &output());
}
