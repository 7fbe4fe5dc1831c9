//! What the documents say of the tree, and what is made from the tables of flags.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use crate::support::{Project, Run};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(file)).expect("it is in the checkout")
}

/// What is between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn the_architecture_is_that_of_the_tree() {
    let text = read("ARCHITECTURE.md");
    let named: BTreeSet<&str> =
        quoted(&text).filter(|word| word.contains('/') && !word.contains(' ')).collect();
    for path in &named {
        assert!(Path::new(ROOT).join(path).exists(), "ARCHITECTURE.md names {path}");
    }
    for sources in ["src", "lints/src", "analysis/src"] {
        let entries = fs::read_dir(Path::new(ROOT).join(sources)).expect("it is there").flatten();
        for folder in entries.filter(|entry| entry.path().is_dir()) {
            let folder = format!("{sources}/{}/", folder.file_name().to_string_lossy());
            let is_named =
                named.iter().any(|path| folder.starts_with(path) || path.starts_with(&folder));
            assert!(is_named, "ARCHITECTURE.md does not say what belongs into {folder}");
        }
    }
}

#[test]
fn completions_know_every_flag_and_are_accepted_by_their_shells() {
    let project = Project::empty("nothing");
    let help = project.lint("--help").stdout;
    let flags = help.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2);
    let flags: BTreeSet<&str> = flags.map(|flag| flag.trim_end_matches([',', ']', ':'])).collect();
    assert!(flags.len() > 10, "{help}");
    for (shell, check) in [("bash", true), ("zsh", true), ("fish", true), ("powershell", false)] {
        let script = project.lint(&format!("completions --shell {shell}")).expect_status(0).stdout;
        for flag in ["--sarif", "--baseline", "--prune", "--explain"] {
            let name = flag.trim_start_matches("--");
            assert!(
                script.contains(flag) || script.contains(&format!("-l {name}")),
                "{shell} {flag}"
            );
        }
        project.write("script", &script);
        let mut command = Command::new(shell);
        command.args(["-n", "script"]).current_dir(project.root());
        match command.output() {
            Ok(output) if check => {
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success() && said.is_empty(), "{shell}: {said}");
            }
            _ => eprintln!("skipped: there is no {shell}"),
        }
    }
    let page = project.lint("man").expect_status(0).stdout;
    for flag in flags {
        let flag = flag.replace('-', "\\-");
        assert!(page.contains(&flag), "the man page lacks {flag}");
    }
    project.lint("completions --shell tcsh").expect_status(2).expect_stderr("bash, zsh");
}

#[test]
fn a_bug_report_gets_what_doctor_says() {
    let run = Project::library("").lint("doctor --json").expect_status(0);
    let state: serde_json::Value = serde_json::from_str(&run.stdout).expect("it is JSON");
    assert_eq!(state["cargo-asm-lint"]["value"], env!("CARGO_PKG_VERSION"), "{state:#}");
    assert_eq!(state["problems"], serde_json::json!([]), "{state:#}");
    assert!(
        state["driver"]["version"].as_str().is_some_and(|text| text.contains("LLVM")),
        "{state:#}"
    );
}

#[test]
fn packages_hold_what_belongs_to_them() {
    for (package, own) in [
        ("cargo-asm-lint", "docs/lints/nomem_memory_access.md"),
        ("asm-lint-driver", "src/lints.rs"),
        ("asm-analysis", "src/lib.rs"),
    ] {
        let mut command = Command::new("cargo");
        command.args(["package", "--list", "--allow-dirty", "--offline", "-p", package]);
        let run = Run::of(command.current_dir(ROOT)).expect_status(0);
        let files: BTreeSet<&str> = run.stdout.lines().collect();
        for file in ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "Cargo.toml", own] {
            assert!(files.contains(file), "{package} lacks {file}: {files:?}");
        }
        for file in files {
            let foreign = ["ui-tests", "tests", "benches", "proof", "lintcheck", "demo", ".github"];
            let is_foreign = foreign.iter().any(|folder| file.starts_with(&format!("{folder}/")));
            assert!(!is_foreign, "{package} holds {file}");
        }
    }
    let mut command = Command::new("cargo");
    command.args(["metadata", "--no-deps", "--format-version=1", "--offline"]);
    let run = Run::of(command.current_dir(ROOT)).expect_status(0);
    let metadata: serde_json::Value = serde_json::from_str(&run.stdout).expect("it is JSON");
    for package in metadata["packages"].as_array().into_iter().flatten() {
        if package["publish"] == serde_json::json!([]) {
            continue;
        }
        for key in ["description", "license", "readme", "repository"] {
            assert!(package[key].is_string(), "{} has no {key}", package["name"]);
        }
    }
}
