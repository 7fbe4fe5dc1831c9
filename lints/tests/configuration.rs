//! What each key of the configuration does to verdicts, and how mistakes in a file are reported.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with a configuration and a source file.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, source: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("configuration_{name}"));
        // What an earlier run left.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("src")).unwrap();
        let folder = Folder(path);
        folder.write("src/lib.rs", source);
        folder
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.0.join(file), text).unwrap();
    }

    fn driver(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_asm-lint-driver"));
        for variable in ["ASM_LINT_ARGS", "CARGO_MANIFEST_DIR", "ASM_LINT_CONF_STATE"] {
            command.env_remove(variable);
        }
        command.env_remove("ASM_LINT_RUSTC_LINTS").env("ASM_LINT_CONF_DIR", &self.0);
        command.current_dir(&self.0);
        command
    }

    /// Lints the source with `asm-lint.toml` as given.
    fn lint_with(&self, configuration: &str) -> Output {
        self.write("asm-lint.toml", configuration);
        self.lint("[]")
    }

    fn lint(&self, flags: &str) -> Output {
        self.lint_for(None, flags)
    }

    /// The same for another target than the host's.
    fn lint_for(&self, target: Option<&str>, flags: &str) -> Output {
        let arguments = ["src/lib.rs", "--edition=2024", "--crate-type=lib", "--emit=metadata"];
        let mut command = self.driver();
        command.args(target.iter().flat_map(|target| ["--target", target]));
        command.args(arguments).arg("--out-dir").arg(&self.0).env("ASM_LINT_ARGS", flags);
        command.output().unwrap()
    }
}

fn stderr(output: &Output) -> &str {
    str::from_utf8(&output.stderr).unwrap()
}

#[track_caller]
fn expect(output: &Output, part: &str) {
    assert!(stderr(output).contains(part), "{}", stderr(output));
}

#[track_caller]
fn expect_silence(output: &Output) {
    assert_eq!((output.status.code(), stderr(output)), (Some(0), ""));
}

#[test]
fn a_misspelt_lint_in_an_attribute_is_told() {
    let attributes = "#![cfg_attr(asm_lint, allow(asm_lint::nomem_memory_acess, asm_lint::style))]
        #[cfg_attr(asm_lint, expect(asm_lint::something_else, reason = \"none\"))]
        #[allow(unknown_of_another_compiler, clippy::unheard_of)]
        pub fn f() {}";
    let folder = Folder::new("misspelt", attributes);
    let output = folder.lint("[]");
    assert_eq!(output.status.code(), Some(0));
    for part in [
        "warning: there is no lint or group `asm_lint::nomem_memory_acess`",
        "src/lib.rs:1:29",
        "did you mean: `asm_lint::nomem_memory_access`",
        "warning: there is no lint or group `asm_lint::something_else`",
        "`cargo asm-lint --list` lists them",
        "warning: 2 warnings emitted",
    ] {
        expect(&output, part);
    }
}

const REJECTED: &str = "pub fn f() { unsafe { std::arch::asm!(\"npo\") } }";

#[test]
fn levels() {
    let folder = Folder::new("levels", REJECTED);
    expect(&folder.lint_with(""), "error: the assembler rejects");
    expect_silence(&folder.lint_with("levels = { contract = \"allow\" }"));
    let specific = "levels = { invalid_assembly = \"warn\", all = \"allow\" }";
    expect(&folder.lint_with(specific), "warning: the assembler rejects");
    // The command line takes precedence.
    expect_silence(&folder.lint(r#"["-A", "asm_lint::invalid_assembly"]"#));
    let attribute = format!("#![allow(asm_lint::invalid_assembly)] {REJECTED}");
    folder.write("src/lib.rs", &attribute);
    expect_silence(&folder.lint_with("levels = { all = \"deny\" }"));
    expect(&folder.lint_with("levels = { invalid_assembly = \"forbid\" }"), "error[E0453]");
}

#[test]
fn levels_in_manifests() {
    let folder = Folder::new("manifests", REJECTED);
    folder.write("asm-lint.toml", "levels = { all = \"warn\" }");
    folder.write("Cargo.toml", "[workspace.metadata.asm-lint]\nlevels = { all = \"allow\" }\n");
    expect_silence(&folder.lint("[]"));
    folder.write(
        "Cargo.toml",
        "[package.metadata.asm-lint.levels]\nall = \"deny\"\n\
        [workspace.metadata.asm-lint]\nlevels = { all = \"allow\" }\n",
    );
    expect(&folder.lint("[]"), "error: the assembler rejects");
    folder.write("Cargo.toml", "[package.metadata.asm-lint]\nlevel = { all = \"deny\" }\n");
    let output = folder.lint("[]");
    expect(&output, "there is no key `level`");
    expect(&output, "Cargo.toml:2:1");
}

#[test]
fn instructions() {
    // What `hlt` lets other code do is not reported by default.
    let folder = Folder::new(
        "instructions",
        "pub fn f() { unsafe { std::arch::asm!(\"hlt\", options(nomem)) } }",
    );
    expect_silence(&folder.lint_with("levels = { all = \"warn\" }"));
    let opaque = "levels = { all = \"warn\" }\ninstructions = { hlt = [\"opaque\"] }";
    expect(&folder.lint_with(opaque), "the effect of this instruction is not known");
}

const CALL: &str = "pub fn f() -> u64 {
    let result;
    unsafe {
        std::arch::asm!(\"call named_function\", out(\"rax\") result, out(\"rdx\") _);
    }
    result
}";

#[test]
fn callees() {
    let folder = Folder::new("callees", CALL);
    expect(&folder.lint_with(""), "undeclared_clobber");
    let own =
        |registers| format!("callees = {{ named_function = {{ clobbers = [{registers}] }} }}");
    expect_silence(&folder.lint_with(&own("\"rax\", \"edx\"")));
    let changed = folder.lint_with(&own("\"rax\", \"rdx\", \"r15\""));
    expect(&changed, "undeclared_clobber");
    // `clobber_abi` has no name for that.
    expect(&changed, "out(\"r15\") _");
    let win64 = folder.lint_with("callees = { named_function = { abi = \"win64\" } }");
    expect(&win64, "shadow space");
}

/// A call on another architecture, and what happens to the registers there.
struct Called {
    target: &'static str,
    template: &'static str,
    /// What the block declares: the link register, those that the linker may use on the way to any
    /// function, and two others.
    declared: &'static [&'static str],
    /// What the function changes, of what the block declares, under other names, too.
    changed: &'static str,
    /// Registers that every function preserves by the C ABI.
    preserved: [&'static str; 2],
}

const CALLS: [Called; 5] = [
    Called {
        target: "aarch64-unknown-linux-gnu",
        template: "bl named_function",
        declared: &["x30", "x16", "x17", "x0", "v1"],
        changed: "\"w0\", \"d1\"",
        preserved: ["x20", "v9"],
    },
    Called {
        target: "armv7a-none-eabihf",
        template: "bl named_function",
        declared: &["lr", "r12", "r0", "d1"],
        changed: "\"r0\", \"s2\", \"s3\"",
        preserved: ["r4", "d9"],
    },
    Called {
        target: "thumbv7em-none-eabihf",
        template: "bl named_function",
        declared: &["lr", "r12", "r0", "d1"],
        changed: "\"a1\", \"d1\"",
        preserved: ["r5", "d8"],
    },
    Called {
        target: "riscv64gc-unknown-none-elf",
        template: "call named_function",
        declared: &["ra", "a0", "fa1"],
        changed: "\"x10\", \"f11\"",
        preserved: ["s3", "fs1"],
    },
    Called {
        target: "riscv32imac-unknown-none-elf",
        template: "jal named_function",
        declared: &["ra", "a0", "t1"],
        changed: "\"a0\", \"x6\"",
        preserved: ["s3", "s4"],
    },
];

#[test]
fn callees_on_other_architectures() {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui-tests/auxiliary/no_core.rs");
    for Called { target, template, declared, changed, preserved } in CALLS {
        let operands: String =
            declared.iter().map(|register| format!(", out(\"{register}\") _")).collect();
        let source = format!(
            "#![feature(no_core, lang_items, rustc_attrs, decl_macro, auto_traits)]
            #![no_core]
            #![allow(internal_features)]
            #[path = {core:?}]
            mod no_core;
            use no_core::*;
            pub fn f() {{ unsafe {{ asm!(\"{template}\"{operands}) }} }}"
        );
        let folder = Folder::new(&format!("callees_{target}"), &source);
        let lint_with = |clobbers: &str| {
            let own = format!("callees = {{ named_function = {{ clobbers = [{clobbers}] }} }}");
            folder.write("asm-lint.toml", &own);
            folder.lint_for(Some(target), "[]")
        };
        folder.write("asm-lint.toml", "");
        // What a C function may change.
        expect(&folder.lint_for(Some(target), "[]"), "undeclared_clobber");
        expect_silence(&lint_with(changed));
        for register in preserved {
            let output = lint_with(&format!("{changed}, \"{register}\""));
            expect(&output, &format!("may change `{register}`, which is neither"));
            expect(&output, &format!("out(\"{register}\") _"));
        }
    }
}

const SYSTEM_CALL: &str = "pub fn f() {
    unsafe { std::arch::asm!(\"syscall\", in(\"eax\") 0, out(\"rcx\") _, out(\"r11\") _) }
}";

#[test]
fn kernel() {
    let folder = Folder::new("kernel", SYSTEM_CALL);
    expect(&folder.lint_with("kernel = \"linux\""), "rax");
    expect_silence(&folder.lint_with("kernel = \"unknown\""));
}

#[test]
fn system_calls() {
    let folder = Folder::new(
        "system_calls",
        "#![warn(asm_lint::not_judged)]
        pub fn f() {
            unsafe { std::arch::asm!(\"int 0x21\", inout(\"rax\") 0_u64 => _, options(nostack)) }
        }",
    );
    let undecided = "`undeclared_clobber` could not be checked";
    expect(&folder.lint_with(""), undecided);
    let answer = |system: &str, answer: &str| {
        format!("[system_calls.{system}]\n\"int 33\" = {{ {answer} }}")
    };
    expect_silence(&folder.lint_with(&answer("all", "changes = [\"rax\", \"CF\"]")));
    let changed = folder.lint_with(&answer("linux", "changes = [\"rax\", \"rdx\"]"));
    expect(&changed, "changes `rdx`, which is neither an output nor a clobber");
    let doubtful = answer("linux", "changes = [\"rax\"], may_change = [\"rdx\"]");
    expect(&folder.lint_with(&doubtful), undecided);
    // Another system's table is not this target's.
    expect(&folder.lint_with(&answer("none", "changes = [\"rax\"]")), undecided);
    // The kernel's own table takes precedence.
    let both = format!(
        "{}\n{}",
        answer("all", "changes = [\"rax\", \"rdx\"]"),
        answer("linux", "changes = [\"rax\"]")
    );
    expect_silence(&folder.lint_with(&both));
    expect(&folder.lint_with("[system_calls.dos]"), "there is no kernel `dos`");
}

#[test]
fn a_carry_flag_that_the_system_answers_in_is_a_promise_about_flags() {
    let folder = Folder::new(
        "carry",
        "pub fn f() -> bool {
            let failed: u8;
            unsafe {
                std::arch::asm!(
                    \"syscall\",
                    \"setc {}\",
                    out(reg_byte) failed,
                    inout(\"rax\") 0_u64 => _,
                    out(\"rcx\") _,
                    out(\"r11\") _,
                    options(nostack),
                )
            };
            failed != 0
        }",
    );
    // Linux restores the flags, so the carry flag is the compiler's.
    expect(&folder.lint_with("kernel = \"linux\""), "undefined_register_read");
    for kernel in ["darwin", "bsd", "solaris", "none"] {
        expect_silence(&folder.lint_with(&format!("kernel = \"{kernel}\"")));
    }
    let changes =
        "[system_calls.linux]\nsyscall = { changes = [\"rax\", \"rcx\", \"r11\", \"CF\"] }";
    expect_silence(&folder.lint_with(changes));
}

#[test]
fn exclude() {
    let folder = Folder::new("exclude", "#[path = \"copied/one.rs\"] mod one;");
    fs::create_dir(folder.0.join("src/copied")).unwrap();
    folder.write("src/copied/one.rs", REJECTED);
    expect(&folder.lint_with(""), "the assembler rejects");
    expect_silence(&folder.lint_with("exclude = [\"src/copied\"]"));
    expect_silence(&folder.lint_with("exclude = [\"src/copied/one.rs\"]"));
    expect(&folder.lint_with("exclude = [\"src/lib.rs\"]"), "the assembler rejects");
}

#[test]
fn mistakes_are_errors_with_places() {
    let folder = Folder::new("mistakes", REJECTED);
    let output = folder.lint_with("# é\r\nkernel = \"linx\"\r\n[levels]\r\nhazrd = 1\r\n");
    assert_eq!(output.status.code(), Some(1));
    for part in [
        "error: there is no kernel `linx`",
        "asm-lint.toml:2:10",
        "= help: did you mean `linux`?",
        "error: there is no lint or group `hazrd`",
        "asm-lint.toml:4:1\n",
        "error: expected a string, found an integer",
        "asm-lint.toml:4:9",
    ] {
        expect(&output, part);
    }
    // That has to be fixed first.
    assert!(!stderr(&output).contains("the assembler"), "{}", stderr(&output));
}

#[test]
fn the_nearest_file_is_printed() {
    let folder = Folder::new("print", REJECTED);
    let print = |directory: &str| {
        let mut command = folder.driver();
        let directory = folder.0.join(directory);
        command.env("ASM_LINT_CONF_DIR", directory).arg("--print-config").output().unwrap()
    };
    folder.write("asm-lint.toml", "kernel = \"unknown\"\nlevels = { all = \"deny\" }");
    let output = print("src");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("# read: "), "{text}");
    for part in ["kernel = \"unknown\"\n", "[levels]\nall = \"deny\"", "# exclude: "] {
        assert!(text.contains(part), "{text}");
    }
    folder.write("src/.asm-lint.toml", "kernl = 1");
    let output = print("src");
    assert_eq!(output.status.code(), Some(1));
    expect(&output, ".asm-lint.toml:1:1: there is no key `kernl` (did you mean `kernel`?)");
}
