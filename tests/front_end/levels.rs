//! Levels in the source and on the command line, as a person sets them.

use crate::support::{Project, Run};

const BLOCK: &str = "unsafe { std::arch::asm!(\"npo\") };";
const REJECTED: &str = "the assembler rejects";

/// The table that makes the condition known to other compilers, as the README has it.
const CHECK_CFG: &str = "[lints.rust]\nunexpected_cfgs = { level = \"warn\", check-cfg = \
    [\"cfg(asm_lint)\"] }\n";

fn lint(source: &str, arguments: &str) -> Run {
    let project = Project::empty("project").package("subject", CHECK_CFG);
    project.file("src/lib.rs", source).lint(arguments)
}

#[test]
fn attributes_count_on_statements_functions_modules_and_crates() {
    for level in ["allow(asm_lint::invalid_assembly)", "allow(asm_lint::contract)"] {
        let attribute = format!("cfg_attr(asm_lint, {level})");
        for source in [
            format!("pub fn f() {{ #[{attribute}] {BLOCK} }}"),
            format!("#[{attribute}] pub fn f() {{ {BLOCK} }}"),
            format!("#[{attribute}] pub mod inner {{ pub fn f() {{ {BLOCK} }} }}"),
            format!("#![{attribute}]\npub fn f() {{ {BLOCK} }}"),
        ] {
            lint(&source, "").expect_status(0).expect_no_stderr(REJECTED);
        }
    }
}

#[test]
fn expectations_are_met_or_told_with_their_reason() {
    let expect = "#[cfg_attr(asm_lint, expect(asm_lint::invalid_assembly, reason = \"assembled \
        elsewhere\"))]";
    lint(&format!("{expect} pub fn f() {{ {BLOCK} }}"), "")
        .expect_status(0)
        .expect_no_stderr(REJECTED)
        .expect_no_stderr("unfulfilled");
    lint(&format!("{expect} pub fn f() {{}}"), "")
        .expect_status(0)
        .expect_stderr("this lint expectation is unfulfilled")
        .expect_stderr("assembled elsewhere");
}

#[test]
fn flags_set_groups_and_all() {
    let source = format!("pub fn f() {{ {BLOCK} }}");
    lint(&source, "-- -W asm_lint::contract").expect_status(0).expect_stderr(REJECTED);
    lint(&source, "-- -A asm_lint::all").expect_status(0).expect_no_stderr(REJECTED);
    // A style warning becomes an error.
    let style = "pub fn f() { unsafe { std::arch::asm!(\"nop\", in(\"rsi\") 1_u64) } }";
    lint(style, "").expect_status(0).expect_stderr("warning: ");
    lint(style, "-- -D asm_lint::all").expect_status(101).expect_stderr("unused_input");
}

#[test]
fn nothing_that_is_said_breaks_other_compilers() {
    let source = format!("pub fn f() {{ {BLOCK} }} pub fn g() {{ {BLOCK} }}");
    for arguments in ["", "-- -W asm_lint::contract", "-- -D asm_lint::all"] {
        let run = lint(&source, arguments).expect_no_stderr("add `#[allow");
        let advice = "`#[cfg_attr(asm_lint, allow(asm_lint::invalid_assembly))]` on the function";
        assert_eq!(run.stderr.matches(advice).count(), 1, "{run}");
    }
    let project = Project::empty("project").package("subject", CHECK_CFG);
    project.write("asm-lint.toml", "levels = { contract = \"warn\" }\n");
    project.write("src/lib.rs", &source);
    project.lint("").expect_status(0).expect_stderr(REJECTED).expect_no_stderr("add `#[allow");
}

#[test]
fn warnings_for_all_leave_what_is_denied() {
    let source = format!("pub fn f() {{ {BLOCK} }}");
    lint(&source, "-- -W asm_lint::all").expect_status(101);
    let project = Project::empty("project").package("subject", CHECK_CFG);
    project.write("src/lib.rs", &source);
    project.write("asm-lint.toml", "levels = { all = \"warn\" }\n");
    project.lint("").expect_status(101);
    project.write("asm-lint.toml", "levels = { all = \"allow\" }\n");
    project.lint("").expect_status(0).expect_no_stderr(REJECTED);
}

#[test]
fn warnings_for_all_in_the_source_leave_what_is_denied() {
    let promise = "pub fn g() { unsafe { std::arch::asm!(\"nop\") } }";
    let all = "cfg_attr(asm_lint, warn(asm_lint::all))";
    lint(&format!("#![{all}]\npub fn f() {{ {BLOCK} }}"), "").expect_status(101);
    lint(&format!("#[{all}] pub fn f() {{ {BLOCK} }}"), "").expect_status(101);
    // The other lints are raised.
    lint(&format!("#![{all}]\n{promise}"), "").expect_status(0).expect_stderr("missing_option");
    // By name it is meant.
    let contract = "cfg_attr(asm_lint, warn(asm_lint::contract))";
    lint(&format!("#![{contract}]\npub fn f() {{ {BLOCK} }}"), "")
        .expect_status(0)
        .expect_stderr(REJECTED);
    // What was allowed is raised, what was a warning stays one.
    let allow = "cfg_attr(asm_lint, allow(asm_lint::contract))";
    for outer in [allow, contract] {
        lint(&format!("#![{outer}]\n#[{all}] pub fn f() {{ {BLOCK} }}"), "")
            .expect_status(0)
            .expect_stderr(REJECTED);
    }
}

#[test]
fn an_attribute_that_has_no_effect_is_reported() {
    let attribute = "#[cfg_attr(asm_lint, allow(asm_lint::invalid_assembly))]";
    let source = format!(
        "#[inline] pub struct S;\n#[allow(unused)] std::arch::global_asm!(\"\");\n\
         pub fn f() {{ unsafe {{ {attribute} std::arch::asm!(\"npo\"); }} }}"
    );
    // Only what concerns this tool.
    let source = source.replacen("#[inline] ", "", 1);
    let run = lint(&source, "").expect_status(101).expect_stderr("unused attribute `allow`");
    assert_eq!(run.stderr.matches("unused attribute").count(), 1, "{run}");
    lint(&source, "--rustc-lints").expect_stderr("2 warnings");
}

#[test]
fn flags_that_name_nothing_stop_the_run_and_leave_nothing_behind() {
    let project = Project::library("");
    for (name, meant) in [
        ("asm_lint::no_such", "`cargo asm-lint --list`"),
        ("asm_lint::invalid_asembly", "did you mean `asm_lint::invalid_assembly`?"),
        // Without the tool it would be a compiler lint.
        ("invalid-assembly", "did you mean `asm_lint::invalid_assembly`?"),
    ] {
        project
            .lint(&format!("-- -W {name}"))
            .expect_status(2)
            .expect_stderr("there is no lint or group")
            .expect_stderr(meant);
    }
    project.lint("-- -W").expect_status(2);
    project.lint("").expect_status(0);
}

#[test]
fn the_attribute_means_nothing_to_other_compilers() {
    let source = "#![cfg_attr(asm_lint, allow(asm_lint::all))]\n#![deny(warnings)]\n";
    let project =
        Project::empty("project").package("subject", CHECK_CFG).file("src/lib.rs", source);
    let mut command = std::process::Command::new("cargo");
    crate::support::scrub(&mut command);
    Run::of(command.args(["check", "--offline"]).current_dir(project.root())).expect_status(0);
}
