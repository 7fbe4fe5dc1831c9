//! Reports for machines, made from real output of the driver.

use std::{fs, path::PathBuf, process::Command};

use crate::support::{Project, Run, manifest};

/// Two functions whose blocks do not assemble, equal but for their names.
const SOURCE: &str = "\
pub fn first() {
    unsafe { core::arch::asm!(\"no_such_instruction\") };
}

pub fn second() {
    unsafe { core::arch::asm!(\"no_such_instruction\") };
}
";

fn sarif(project: &Project, arguments: &str) -> serde_json::Value {
    project.lint(&format!("--sarif log.sarif {arguments}"));
    let text = fs::read_to_string(project.root().join("log.sarif")).expect("it was written");
    serde_json::from_str(&text).expect("it is JSON")
}

fn fingerprints(log: &serde_json::Value) -> Vec<String> {
    let results = log["runs"][0]["results"].as_array().expect("a log has results");
    results.iter().map(|result| result["partialFingerprints"].to_string()).collect()
}

/// The schema that OASIS publishes, as a package of the registry carries it.
fn schema() -> PathBuf {
    let mut command = Command::new("cargo");
    command.args(["metadata", "--format-version=1"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let metadata = Run::of(&mut command).stdout;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).expect("it is JSON");
    let packages = metadata["packages"].as_array().expect("there are packages");
    let package = packages.iter().find(|package| package["name"] == "serde-sarif");
    let manifest = package.and_then(|package| package["manifest_path"].as_str());
    PathBuf::from(manifest.expect("it is a dependency")).with_file_name("src").join("schema.json")
}

#[test]
fn sarif_is_valid_and_complete() {
    let project = Project::library(SOURCE);
    let log = sarif(&project, "--all-targets");

    let mut schemas = boon::Schemas::new();
    let path = schema().display().to_string();
    let index = boon::Compiler::new().compile(&path, &mut schemas).expect("the schema is valid");
    if let Err(error) = schemas.validate(&log, index) {
        unreachable!("the log breaks the schema: {error:#}");
    }

    let run = &log["runs"][0];
    // The library is compiled for its tests, too; that is not a second finding.
    assert_eq!(run["results"].as_array().map(Vec::len), Some(2), "{log:#}");
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "asm_lint::invalid_assembly");
    assert_eq!(result["level"], "error");
    let index = result["ruleIndex"].as_u64().expect("it has a rule");
    let rule = &run["tool"]["driver"]["rules"][usize::try_from(index).expect("it is small")];
    assert_eq!(rule["id"], "asm_lint::invalid_assembly");
    assert!(
        rule["help"]["markdown"].as_str().is_some_and(|help| help.contains("## Why is this bad?"))
    );
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "src/lib.rs");
    assert_eq!(place["artifactLocation"]["uriBaseId"], "SRCROOT");
    assert_eq!(place["region"]["startLine"], 2);
}

#[test]
fn sarif_carries_the_fixes() {
    let project = Project::library(
        "pub fn f(p: *const u64) {\n    let _x: u64;\n    unsafe { core::arch::asm!(\"mov {}, [{}]\", \
         out(reg) _x, in(reg) p, options(nomem)) };\n}\n",
    );
    let log = sarif(&project, "");
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "asm_lint::nomem_memory_access", "{log:#}");
    let change = &result["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "src/lib.rs", "{log:#}");
    let replacement = &change["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "readonly", "{log:#}");
    assert_eq!(replacement["deletedRegion"]["startLine"], 3, "{log:#}");
    // The place of the promise is reported, too.
    assert_eq!(result["relatedLocations"][0]["message"]["text"], "promised here", "{log:#}");
}

#[test]
fn fingerprints_survive_moved_lines_and_tell_equals_apart() {
    let project = Project::library(SOURCE);
    let before = fingerprints(&sarif(&project, ""));
    assert!(before.len() == 2 && before[0] != before[1], "{before:?}");
    project.write("src/lib.rs", &format!("// A line more.\n\n{}", SOURCE.replace("    ", "\t")));
    assert_eq!(fingerprints(&sarif(&project, "")), before);
}

#[test]
fn a_run_without_findings_writes_an_empty_log() {
    let log = sarif(&Project::library(""), "");
    assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn diagnostics_are_shown_as_ever_beside_a_report() {
    let project = Project::library(SOURCE);
    let plain = project.lint("").expect_status(101);
    let with_report = project.lint("--sarif log.sarif").expect_status(101).expect_empty_stdout();
    let diagnostics = |run: &Run| -> Vec<String> {
        let from = run.stderr.find("error: the assembler").expect("it has findings");
        run.stderr[from..]
            .lines()
            .take_while(|line| !line.starts_with("error: could not"))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(diagnostics(&plain), diagnostics(&with_report));
    project.lint("--github --message-format short").expect_stderr("src/lib.rs:2:32: error");
    let json = project.lint("--sarif log.sarif --message-format json");
    assert!(json.stdout.lines().all(|line| line.starts_with('{')), "{json}");
}

#[test]
fn github_annotations_one_a_line() {
    let project = Project::library(SOURCE);
    let run = project.lint("--github").expect_status(101);
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{run}");
    assert!(
        lines[0].starts_with(
            "::error file=src/lib.rs,line=2,endLine=2,col=32,endColumn=51,\
             title=asm_lint%3A%3Ainvalid_assembly::the assembler rejects this block"
        ),
        "{run}"
    );
    // A repository may hold the workspace in a folder.
    let run =
        Run::of(project.asm_lint().arg("--github").env("GITHUB_WORKSPACE", project.outside()));
    assert!(run.stdout.starts_with("::error file=project/src/lib.rs,"), "{run}");
}

#[test]
fn a_baseline_accepts_today_and_refuses_tomorrow() {
    let project = Project::library(SOURCE);
    let lint = || project.lint("--baseline accepted.toml");
    lint().expect_status(0).expect_stderr("Accepted 2 findings").expect_no_stderr("assembler");
    lint().expect_status(0).expect_no_stderr("assembler");
    let log = sarif(&project, "--baseline accepted.toml");
    let suppressed = &log["runs"][0]["results"][1]["suppressions"][0]["kind"];
    assert_eq!(suppressed, "external", "{log:#}");
    // The lines move, and there is one more finding like the accepted ones.
    let third = SOURCE.replace("first", "third").replace("second", "fourth");
    project.write("src/lib.rs", &format!("\n\n{SOURCE}{third}"));
    lint()
        .expect_status(101)
        .expect_stderr("2 findings are not in the baseline")
        .expect_stderr("--> src/lib.rs:11:");
    project.write("src/lib.rs", "");
    lint()
        .expect_status(0)
        .expect_stderr("2 accepted findings in accepted.toml no longer occur")
        .expect_stderr("invalid_assembly in src/lib.rs")
        .expect_stderr("--prune");
}

#[test]
fn a_baseline_does_not_hide_that_the_code_does_not_compile() {
    let project = Project::library("pub fn f() -> u8 { \"text\" }\n");
    project.lint("--baseline accepted.toml").expect_status(101).expect_stderr("error[E0308]");
    assert!(!project.root().join("accepted.toml").exists());
    project.write("accepted.toml", "wrong = 1\n");
    project.lint("--baseline accepted.toml").expect_status(2).expect_stderr("`wrong`");
}

#[test]
fn the_audit_reaches_crates_that_cargo_caps() {
    let dependency = "vendor/dependency";
    let project = Project::empty("project")
        .file("Cargo.toml", &manifest("subject", "[dependencies]\ndependency = \"1\"\n"))
        .file("src/lib.rs", SOURCE)
        .file(
            ".cargo/config.toml",
            "[source.crates-io]\nreplace-with = \"here\"\n[source.here]\ndirectory = \"vendor\"\n",
        )
        .file(&format!("{dependency}/Cargo.toml"), &manifest("dependency", ""))
        .file(&format!("{dependency}/.cargo-checksum.json"), "{\"files\":{}}")
        .file(&format!("{dependency}/src/lib.rs"), SOURCE);

    project.lint("").expect_status(101).expect_no_stderr("== dependency");
    let run = project.lint("--deps").expect_status(0);
    let headings: Vec<_> = run.stderr.lines().filter(|line| line.starts_with("==")).collect();
    assert_eq!(headings, ["== dependency 1.0.0", "== subject 1.0.0"], "{run}");
    assert!(run.stderr.contains("4 findings in 2 of 2 packages"), "{run}");
    for line in [
        "  blocks in full in part findings  package",
        "       2       2       0        2  dependency 1.0.0: invalid_assembly (2)",
        "`.s` and `.S` files are not",
    ] {
        assert!(run.stderr.contains(line), "no `{line}` in {run}");
    }
    // Cargo never looks again at a crate from a registry; other flags are other verdicts still.
    let run = project.lint("--deps -- -A asm_lint::all").expect_status(0);
    assert!(run.stderr.contains("0 findings in 0 of 2 packages"), "{run}");
    project.lint("--deps").expect_stderr("4 findings in 2 of 2 packages");

    // A baseline of the audit does not depend on the machine that it was made on.
    let accept = "--deps --baseline accepted.toml";
    project.lint(accept).expect_status(0).expect_stderr("Accepted 4 findings");
    let accepted = fs::read_to_string(project.root().join("accepted.toml")).expect("it is there");
    for file in ["file = \"dependency:src/lib.rs\"", "file = \"src/lib.rs\""] {
        assert!(accepted.contains(file), "no `{file}` in {accepted}");
    }
    let moved = project.outside().join("moved");
    fs::rename(project.root(), &moved).expect("it is ours");
    let mut command = project.asm_lint();
    let run = Run::of(command.current_dir(&moved).args(accept.split(' '))).expect_status(0);
    assert!(run.stderr.contains("0 findings in 0 of 2 packages"), "{run}");
}

#[test]
fn lints_are_listed_and_explained() {
    let project = Project::empty("nothing");
    let run = project.lint("--list").expect_status(0);
    assert!(run.stdout.contains("contract (deny)"), "{run}");
    let run = project.lint("--list --format json").expect_status(0);
    let list: Vec<serde_json::Value> = serde_json::from_str(&run.stdout).expect("it is JSON");
    for lint in &list {
        let name = lint["name"].as_str().expect("a lint has a name");
        let run = project.lint(&format!("--explain {name}")).expect_status(0);
        assert!(run.stdout.starts_with(&format!("# {name}\n")), "{run}");
    }
    for spelling in ["asm_lint::invalid_assembly", "invalid-assembly"] {
        project.lint(&format!("--explain {spelling}")).expect_status(0);
    }
    project
        .lint("--explain invalid_asm")
        .expect_status(2)
        .expect_stderr("did you mean `invalid_assembly`?");
    project.lint("--explain contract").expect_status(2).expect_stderr("it is a group");
    project.lint("--list --format xml").expect_status(2).expect_stderr("unknown format `xml`");
}

#[test]
fn pruning_removes_what_no_longer_occurs_and_nothing_else() {
    let project = Project::library(&SOURCE.replacen("no_such", "nor_such", 1));
    let baseline =
        || fs::read_to_string(project.root().join("accepted.toml")).expect("it is there");
    project.lint("--baseline accepted.toml").expect_status(0);
    assert!(baseline().contains("nor_such") && !baseline().contains("message"), "{}", baseline());
    project.lint("--baseline accepted.toml").expect_stderr("Accepted 2 findings of accepted.toml");
    project.write("src/lib.rs", &SOURCE.replacen("no_such_instruction", "nop", 1));
    // A finding that is not accepted does not get in.
    let before = baseline();
    project.lint("--baseline accepted.toml").expect_status(0);
    assert_eq!(baseline(), before);
    project.lint("--baseline accepted.toml --prune").expect_status(0).expect_stderr("Pruned");
    assert!(!baseline().contains("nor_such") && baseline().contains("no_such"), "{}", baseline());
    project.lint("--baseline accepted.toml").expect_status(0).expect_no_stderr("no longer occur");
}

#[test]
fn a_baseline_of_an_earlier_version_still_accepts() {
    let project = Project::library(SOURCE).file(
        "accepted.toml",
        "[[finding]]\nlint = \"invalid_assembly\"\nfile = \"src/lib.rs\"\nmessage = \"another \
         sentence\"\nsource = 'unsafe { core::arch::asm!(\"no_such_instruction\") };'\ncount = 2\n",
    );
    project.lint("--baseline accepted.toml").expect_status(0);
}

#[test]
fn a_file_that_is_no_log_is_not_overwritten() {
    let project = Project::library(SOURCE);
    project.lint("--sarif src/lib.rs").expect_status(2).expect_stderr("is not a SARIF log");
    let source = fs::read_to_string(project.root().join("src/lib.rs"));
    assert_eq!(source.ok().as_deref(), Some(SOURCE));
    sarif(&project, "");
    sarif(&project, "");
}

#[test]
fn texts_of_reports_have_the_fix_and_no_footers() {
    let project = Project::library(
        "pub fn f(p: *const u64) {\n    let _x: u64;\n    unsafe { core::arch::asm!(\"mov {}, [{}]\", \
         out(reg) _x, in(reg) p, options(nomem)) };\n}\n",
    );
    let log = sarif(&project, "-- -W asm_lint::contract");
    let text = log["runs"][0]["results"][0]["message"]["text"].as_str().unwrap_or_default();
    let github = project.lint("--github -- -W asm_lint::contract").stdout;
    let description = log["runs"][0]["results"][0]["fixes"][0]["description"]["text"].as_str();
    let description = description.expect("a fix says what it does");
    for text in [text, github.as_str()] {
        assert!(text.contains(description), "no `{description}` in {text}");
        for footer in ["--explain", "by default", "requested on", "cfg_attr", "implied by"] {
            assert!(!text.contains(footer), "`{footer}` in {text}");
        }
    }
}

#[test]
fn the_last_line_says_what_was_checked() {
    let project = Project::library("");
    project.lint("").expect_stderr("Checked 1 package: no inline assembly");
    let good = "pub fn f() { unsafe { core::arch::asm!(\"nop\") } }\n";
    project.write("src/lib.rs", good);
    project.lint("").expect_stderr("Checked 1 block in 1 crate, all in full");
    // From cache, and for the tests again.
    project.lint("--all-targets").expect_stderr("Checked 1 block in 1 crate, all in full");
    project.lint("--all-targets").expect_stderr("Checked 1 block in 1 crate, all in full");
    // No instruction that anybody knows.
    let unknown = "pub fn g() { unsafe { core::arch::asm!(\".byte 0x0f, 0x0f, 0, 0\") } }\n";
    project.write("src/lib.rs", &format!("{good}{unknown}"));
    project
        .lint("-- -W asm_lint::not_judged")
        .expect_stderr("Checked 2 blocks in 1 crate: 1 in full, 1 in part")
        .expect_stderr("`cargo asm-lint -- -W asm_lint::not_judged` shows why");
    project.lint("-q").expect_no_stderr("Checked");
    let run = project.lint("--message-format json").expect_no_stderr("Checked");
    assert!(!run.stdout.contains("asm-lint-note"), "{run}");
}
