//! Runs the driver on each file under `ui-tests/` and compares its output.
//!
//! A line that must be reported ends with the lint's name: `//~ nomem_memory_access`. The whole
//! output is in the `.stderr` file next to the test, the text after machine-applicable suggestions
//! in `.fixed`. `BLESS=1 cargo test -p asm-lint-driver --test ui` writes both; read what it wrote.
//!
//! The lints of `ui-tests/everywhere.txt` are on in all folders. A lint that is not in it yet is on only
//! in the folder of its name, so that a new lint does not change the output of foreign tests.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use ui_test::custom_flags::edition::Edition;
use ui_test::spanned::Spanned;
use ui_test::status_emitter::StatusEmitter;
use ui_test::{
    Args, Config, bless_output_files, default_file_filter, default_per_file_config,
    run_tests_generic,
};

fn main() -> ui_test::color_eyre::Result<()> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui-tests").canonicalize()?;
    let mut config = Config::rustc(&tests);
    config.program.program = env!("CARGO_BIN_EXE_asm-lint-driver").into();
    // Lints that warn by default must fail, too; tests enable those that are allowed by default.
    let flags = ["--emit=metadata", "--crate-type=lib", "-Dwarnings", "-Zui-testing"];
    config.program.args.extend(flags.map(Into::into));
    for variable in
        ["ASM_LINT_ARGS", "ASM_LINT_CONF_DIR", "ASM_LINT_RUSTC_LINTS", "ASM_LINT_CONF_STATE"]
    {
        config.program.envs.push((variable.into(), None));
    }
    config.out_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ui");
    config.bless_command = Some("BLESS=1 cargo test -p asm-lint-driver --test ui".to_owned());
    if env::var_os("BLESS").is_some() {
        config.output_conflict_handling = bless_output_files;
    }
    let defaults = config.comment_defaults.base();
    defaults.set_custom("edition", Edition("2024".to_owned()));
    defaults.diagnostic_code_prefix = Some(Spanned::dummy("asm_lint::".to_owned())).into();
    // A file without findings has no annotation, and the driver succeeds.
    defaults.exit_status = None.into();
    defaults.require_annotations = None.into();
    config.path_stderr_filter(&tests, b"$DIR");
    let new = new_lints(&tests)?;

    let arguments = Args::test()?;
    let emitter: Box<dyn StatusEmitter> = arguments.format.into();
    config.with_args(&arguments);
    // The function must be `Copy`, so it borrows for as long as the program runs.
    let new: &'static BTreeSet<String> = Box::leak(Box::new(new));
    let of_file = move |config: &mut Config, contents: &Spanned<Vec<u8>>| {
        default_per_file_config(config, contents);
        let folders = contents.span.file.ancestors();
        let own = folders.filter_map(|folder| folder.file_name()?.to_str()).collect::<Vec<_>>();
        for lint in new.iter().filter(|lint| !own.contains(&lint.as_str())) {
            config.program.args.extend(["-A".into(), format!("asm_lint::{lint}").into()]);
        }
    };
    run_tests_generic(vec![config], default_file_filter, of_file, emitter)
}

/// The lints that are not in the list of those that are on everywhere.
fn new_lints(tests: &Path) -> ui_test::color_eyre::Result<BTreeSet<String>> {
    let list = fs::read_to_string(tests.join("everywhere.txt"))?;
    let listed: BTreeSet<&str> =
        list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let mut all = BTreeSet::new();
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lints"))? {
        let path = file?.path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        if name != "tests" {
            all.insert(name.to_owned());
        }
    }
    for name in &listed {
        assert!(all.contains(*name), "everywhere.txt names {name}, which is not a lint");
    }
    Ok(all.into_iter().filter(|name| !listed.contains(name.as_str())).collect())
}
