//! The driver as cargo and people run it: when it is rustc, when it lints, what it prints.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A source file of its own for each test.
struct Source(PathBuf);

impl Source {
    fn new(name: &str, text: &str) -> Source {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("driver_{name}.rs"));
        fs::write(&path, text).unwrap();
        Source(path)
    }

    /// The arguments that compile it.
    fn arguments(&self) -> Vec<String> {
        let path = self.0.to_str().unwrap();
        let output = self.0.with_extension("rmeta");
        let flags = ["--edition=2024", "--crate-type=lib", "--emit=metadata", "-o"];
        let mut arguments = vec![path.to_owned()];
        arguments.extend(flags.map(str::to_owned));
        arguments.push(output.to_str().unwrap().to_owned());
        arguments
    }
}

fn driver() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_asm-lint-driver"));
    for variable in ["ASM_LINT_ARGS", "ASM_LINT_CONF_DIR", "ASM_LINT_CONF_STATE"] {
        command.env_remove(variable);
    }
    command.env_remove("ASM_LINT_RUSTC_LINTS");
    command
}

fn stderr(output: &Output) -> &str {
    str::from_utf8(&output.stderr).unwrap()
}

/// A block that is rejected, and code that the compiler's own lints report.
const WITH_FINDINGS: &str = r#"
fn unused() { unsafe { std::arch::asm!("npo") } }
#[expect(dead_code)]
pub fn used() {}
"#;

#[test]
fn probes_are_rustcs() {
    let rustc = |arguments: &[&str]| Command::new("rustc").args(arguments).output().unwrap();
    let cases: [&[&str]; 4] = [
        &["-vV"],
        &["--version"],
        &["--print=sysroot", "--print=cfg"],
        &["-", "--crate-name", "___", "--print=file-names", "--print=cfg"],
    ];
    for arguments in cases {
        let ours = driver().arg("rustc").args(arguments).output().unwrap();
        let theirs = rustc(arguments);
        assert_eq!(ours.stdout, theirs.stdout, "{arguments:?}");
        assert_eq!(ours.status.code(), theirs.status.code(), "{arguments:?}");
    }
}

#[test]
fn version_names_all_that_a_verdict_depends_on() {
    let output = driver().arg("-V").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for part in ["asm-lint-driver ", "\nrustc ", "\nLLVM ", "\niced-x86 "] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn only_our_lints_speak() {
    let source = Source::new("only_ours", WITH_FINDINGS);
    let output = driver().args(source.arguments()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("asm_lint::invalid_assembly"));
    assert!(!stderr(&output).contains("dead_code"), "{}", stderr(&output));
    assert!(!stderr(&output).contains("unfulfilled"), "{}", stderr(&output));

    let all = driver().args(source.arguments()).env("ASM_LINT_RUSTC_LINTS", "1").output().unwrap();
    assert!(stderr(&all).contains("dead_code"), "{}", stderr(&all));
}

#[test]
fn capped_crates_and_rustc_mode_are_not_linted() {
    let source = Source::new("capped", WITH_FINDINGS);
    let capped =
        driver().arg("rustc").args(source.arguments()).arg("--cap-lints=allow").output().unwrap();
    assert_eq!((capped.status.code(), stderr(&capped)), (Some(0), ""));
    let plain = driver().arg("--rustc").args(source.arguments()).output().unwrap();
    assert_eq!(plain.status.code(), Some(0));
    assert!(!stderr(&plain).contains("asm_lint"));
    // The audit of dependencies sets another cap.
    let audited = driver()
        .arg("rustc")
        .args(source.arguments())
        .arg("--cap-lints=allow")
        .env("ASM_LINT_ARGS", r#"["--cap-lints=warn"]"#)
        .output()
        .unwrap();
    assert_eq!(audited.status.code(), Some(0));
    assert!(stderr(&audited).contains("invalid_assembly"), "{}", stderr(&audited));
}

#[test]
fn argument_files_are_expanded() {
    let source = Source::new("argument_file", WITH_FINDINGS);
    let file = source.0.with_extension("args");
    fs::write(&file, source.arguments().join("\n")).unwrap();
    let output =
        driver().arg("rustc").arg(format!("@{}", file.to_str().unwrap())).output().unwrap();
    assert!(stderr(&output).contains("asm_lint::invalid_assembly"), "{}", stderr(&output));
}

#[test]
fn levels_come_from_arguments_and_groups() {
    let source = Source::new("levels", WITH_FINDINGS);
    let with = |arguments: &str| {
        driver().args(source.arguments()).env("ASM_LINT_ARGS", arguments).output().unwrap()
    };
    let allowed = with(r#"["-A", "asm_lint::all"]"#);
    assert_eq!((allowed.status.code(), stderr(&allowed)), (Some(0), ""));
    let warned = with(r#"["-A", "asm_lint::all", "-Wasm-lint::contract"]"#);
    assert_eq!(warned.status.code(), Some(0));
    assert!(stderr(&warned).contains("warning: the assembler rejects"), "{}", stderr(&warned));
    let misspelt = with(r#"["-W", "asm_lint::invalid_asembly"]"#);
    assert_eq!(misspelt.status.code(), Some(1));
    assert!(stderr(&misspelt).contains("no lint or group"), "{}", stderr(&misspelt));
    let stray = with(r#"["file.rs"]"#);
    assert!(stderr(&stray).contains("not `file.rs`"), "{}", stderr(&stray));
}

#[test]
fn the_tool_is_known_beside_others() {
    let source = Source::new(
        "tools",
        "#![feature(register_tool)]
        #![register_tool(asm_lint, other)]
        #![register_tool(third)]
        #![warn(asm_lint::all, other::lint, third::lint)]
        #[cfg(asm_lint)] const _: () = ();
        #[cfg(not(asm_lint))] compile_error!(\"the cfg is not set\");",
    );
    let output = driver().args(source.arguments()).arg("-Dwarnings").output().unwrap();
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
}

#[test]
fn expectations_of_ours_are_checked() {
    let source = Source::new("expectations", "#![expect(asm_lint::contract, dead_code)]");
    let output = driver().args(source.arguments()).output().unwrap();
    assert_eq!(stderr(&output).matches("is unfulfilled").count(), 1, "{}", stderr(&output));
}

#[test]
fn a_crate_with_errors_has_other_things_to_say() {
    let text = format!("{WITH_FINDINGS} fn wrong() -> u32 {{ \"\" }}");
    let source = Source::new("errors", &text);
    let output = driver().args(source.arguments()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("E0308"));
    assert!(!stderr(&output).contains("asm_lint"), "{}", stderr(&output));
}

#[test]
fn constants_that_cannot_be_evaluated_are_not_reported() {
    let text = r#"
use std::arch::asm;
pub trait Size { const SIZE: usize; const HALF: usize = { assert!(Self::SIZE % 2 == 0); 1 }; }
struct Odd;
impl Size for Odd { const SIZE: usize = 1; }
pub fn of_odd<T>() { unsafe { asm!("mov {}, {}", out(reg) _, const Odd::HALF) } }
pub fn in_place<const N: usize>() {
    unsafe { asm!("mov {}, {}", out(reg) _, const { assert!(N > 100 && false); 1 }) }
    unsafe { asm!("mov {}, {}", out(reg) _, const { assert!(1 > 2); 1 }) }
}
#[inline]
pub fn nobody_calls_it() { unsafe { asm!("mov {}, {}", out(reg) _, const 1 / Odd::HALF) } }
"#;
    let source = Source::new("constants", text);
    let plain = driver().arg("--rustc").args(source.arguments()).output().unwrap();
    assert_eq!((plain.status.code(), stderr(&plain)), (Some(0), ""));
    let linted = driver().args(source.arguments()).output().unwrap();
    assert_eq!((linted.status.code(), stderr(&linted)), (Some(0), ""));
    // The incremental compiler does not remember the failure as one that was reported.
    let folder = format!("-Cincremental={}", source.0.with_extension("incremental").display());
    for _ in 0..2 {
        let linted = driver().args(source.arguments()).arg(&folder).output().unwrap();
        assert_eq!((linted.status.code(), stderr(&linted)), (Some(0), ""));
    }
    // If code is generated, the compiler's own error is still reported.
    let program = Source::new(
        "constants_of_a_program",
        "fn main() { unsafe { std::arch::asm!(\"mov {}, {}\", out(reg) _, const 1 / (1 - 1)) } }",
    );
    let output = program.0.with_extension("out");
    let arguments = [program.0.to_str().unwrap(), "--edition=2024", "-o", output.to_str().unwrap()];
    let built = driver().args(arguments).output().unwrap();
    assert_eq!(built.status.code(), Some(1));
    assert!(stderr(&built).contains("E0080"), "{}", stderr(&built));
}

#[test]
fn constants_that_can_be_evaluated_are() {
    let text = "pub fn f<T>() {
        unsafe { std::arch::asm!(\"mov {0:e}, {1}\", \"{2}\", out(reg) _, const 5, const 1 + 1) }
    }";
    let source = Source::new("good_constants", text);
    let linted = driver().args(source.arguments()).output().unwrap();
    assert!(stderr(&linted).contains("the assembler rejects"), "{}", stderr(&linted));
}

/// Blocks long enough to be in several parts, each with findings of its own, and one next to functions.
fn many_long_blocks() -> String {
    let mut text = String::from("use std::arch::{asm, global_asm};\n");
    for number in 0..8 {
        let lines = format!("add {{x}}, {number}\\nmov {{y}}, {{x}}\\n").repeat(300);
        let write = format!("mov [{{x}} + {number}], {{y}}");
        text += &format!(
            "pub fn long_{number}(mut x: u64) -> u64 {{ unsafe {{ asm!(\"{lines}{write}\", \
             x = inout(reg) x, y = out(reg) _, options(nomem, preserves_flags, nostack)) }} x }}\n"
        );
    }
    text + "global_asm!(\"in_between: npo\");\n"
}

#[test]
fn findings_are_the_same_on_one_thread_and_on_many() {
    let source = Source::new("threads", &many_long_blocks());
    let run = |jobs: &str| {
        let mut command = driver();
        command.args(source.arguments()).args(["-Zunstable-options", jobs]);
        command.env("ASM_LINT_NOTES", "1").output().unwrap()
    };
    let one = run("--jobs=1");
    let findings = stderr(&one).matches("but the block promises").count();
    assert_eq!(findings, 16, "{}", stderr(&one));
    for _ in 0..3 {
        assert_eq!(stderr(&run("--jobs=8")), stderr(&one));
    }
}
