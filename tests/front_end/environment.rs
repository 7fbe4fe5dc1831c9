//! Projects and settings that trip up wrappers: caches, spaces, build scripts, target folders.

use crate::support::{Project, Run, manifest};

const SEEN: &str = "#[cfg(asm_lint)] compile_error!(\"driver saw it\");\n";

#[cfg(unix)]
#[test]
fn a_compiler_cache_is_left_out() {
    let project = Project::library(SEEN);
    let cache = project.outside().join("cache");
    crate::support::script(&cache, "echo 'the cache was called' >&2; exit 1");
    Run::of(project.asm_lint().env("RUSTC_WRAPPER", &cache))
        .expect_status(101)
        .expect_stderr("driver saw it")
        .expect_no_stderr("the cache was called");
    let setting = format!("[build]\nrustc-wrapper = '{}'\n", cache.display());
    project.write(".cargo/config.toml", &setting);
    project.lint("").expect_status(101).expect_stderr("driver saw it");
    let argument = format!("build.rustc-wrapper='{}'", cache.display());
    project.write(".cargo/config.toml", "");
    Run::of(project.asm_lint().args(["--config", &argument])).expect_stderr("driver saw it");
    Run::of(project.asm_lint().env("CARGO_BUILD_RUSTC_WRAPPER", &cache))
        .expect_stderr("driver saw it");
}

#[test]
fn cargo_remembers_what_it_learnt_of_the_compiler() {
    let project = Project::library("");
    project.lint("").expect_status(0);
    let remembered = project.root().join("target/asm-lint/.rustc_info.json");
    assert!(remembered.is_file(), "the driver runs for its version again in each run");
}

#[test]
fn a_path_with_spaces_and_umlauts() {
    let project =
        Project::empty("mein schönes Projekt").package("subject", "").file("src/lib.rs", SEEN);
    project.lint("").expect_status(101).expect_stderr("driver saw it");
}

#[test]
fn target_folders_by_flag_by_variable_and_by_configuration() {
    let project = Project::library("");
    let made = |folder: &str| project.root().join(folder).join("asm-lint/debug").is_dir();
    project.lint("--target-dir by-flag").expect_status(0);
    project.lint("--target-dir=by-attached-flag").expect_status(0);
    Run::of(project.asm_lint().env("CARGO_TARGET_DIR", "by-variable")).expect_status(0);
    project.write(".cargo/config.toml", "[build]\ntarget-dir = 'by-configuration'\n");
    project.lint("").expect_status(0);
    for folder in ["by-flag", "by-attached-flag", "by-variable", "by-configuration"] {
        assert!(made(folder), "{folder}");
    }
    assert!(!made("target"));
}

#[test]
fn a_build_directory_set_apart_is_not_shared() {
    let project = Project::library("");
    project.write(".cargo/config.toml", "[build]\nbuild-dir = 'intermediate'\n");
    project.lint("").expect_status(0);
    assert!(!project.root().join("intermediate").exists());
}

#[test]
fn build_scripts_and_procedural_macros_compile_and_run() {
    let project = Project::empty("project")
        .file(
            "Cargo.toml",
            &manifest("subject", "[dependencies]\nnumbers = { path = \"numbers\" }\n[workspace]\n"),
        )
        .file("build.rs", "fn main() { println!(\"cargo::rustc-env=GREETING=hello\"); }\n")
        .file("src/lib.rs", "pub const X: (&str, u8) = (env!(\"GREETING\"), numbers::seven!());\n")
        .file("numbers/Cargo.toml", &manifest("numbers", "[lib]\nproc-macro = true\n"))
        .file(
            "numbers/src/lib.rs",
            "extern crate proc_macro;\n#[proc_macro]\npub fn seven(_: proc_macro::TokenStream) -> \
             proc_macro::TokenStream { \"7\".parse().unwrap() }\n",
        );
    project.lint("").expect_status(0).expect_empty_stdout();
    project.lint("--all-targets").expect_status(0);
}

#[test]
fn a_toolchain_file_of_the_project_does_not_choose_the_compiler() {
    let project = Project::library(SEEN)
        .file("rust-toolchain.toml", "[toolchain]\nchannel = \"1.0.0-of-nowhere\"\n");
    project.lint("").expect_status(101).expect_stderr("driver saw it");
}
