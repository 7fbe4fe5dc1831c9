//! Runs the driver on each file under `ui-tests/` and compares its output.
//!
//! A line that must be reported ends with the lint's name: `//~ nomem_memory_access`. The whole
//! output is in the `.stderr` file next to the test, the text after machine-applicable suggestions
//! in `.fixed`. `BLESS=1 cargo test -p asm-lint-driver --test ui` writes both; read what it wrote.

use std::env;
use std::path::Path;

use ui_test::custom_flags::edition::Edition;
use ui_test::spanned::Spanned;
use ui_test::{Config, bless_output_files, run_tests};

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
    run_tests(config)
}
