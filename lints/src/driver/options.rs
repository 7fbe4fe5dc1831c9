//! Whether a compilation is linted, and which options the compiler needs for it.
//!
//! Both work on [`Config`], the compiler's own reading of its command line (argument files
//! expanded, every spelling of a flag understood), so nothing is parsed here a second time.

use std::path::Path;

use rustc_interface::interface::Config;
use rustc_interface::passes::DEFAULT_QUERY_PROVIDERS;
use rustc_lint::builtin::{UNFULFILLED_LINT_EXPECTATIONS, UNUSED_ATTRIBUTES};
use rustc_lint::{Level, LintId};
use rustc_middle::ty::TyCtxt;
use rustc_middle::util::Providers;
use rustc_session::Session;
use rustc_session::config::{Input, PrintKind};
use rustc_span::{Ident, Symbol};

use super::environment::{self, Environment};
use super::{ahead, levels};
use crate::configuration::{self, Configuration, Mistake};
use crate::{interception, lints, tally};

/// The tool under which the lints are named.
pub(super) const TOOL: &str = "asm_lint";

/// Whether this call compiles nothing (`-vV`, `--print`): the caller wants rustc's own answer.
pub(super) fn is_probe(config: &Config) -> bool {
    let has_input = match &config.input {
        // That is how rustc spells "no input" between parsing its arguments and using them.
        Input::File(path) => path != Path::new(""),
        Input::Str { .. } => true,
    };
    // Only these two of all printable things come from a compilation.
    let compiles = config
        .opts
        .prints
        .iter()
        .all(|print| matches!(print.kind, PrintKind::NativeStaticLibs | PrintKind::LinkArgs));
    !has_input || !compiles
}

/// Whether to lint the crate that is compiled: one with all lints capped is a dependency that the
/// user did not write, unless our own flags set another cap.
pub(super) fn wants_lints(config: &Config, environment: &Environment) -> bool {
    environment.lints.cap.or(config.opts.lint_cap) != Some(Level::Allow)
}

/// Makes the compilation a linted one. `mistakes` are reported when there is a session.
pub(super) fn add_lints(
    config: &mut Config,
    environment: &Environment,
    configuration: &Configuration,
    mistakes: Vec<Mistake>,
) {
    // So that source can say `#![cfg_attr(asm_lint, allow(asm_lint::…))]` and still compile where
    // the tool is not known.
    config.crate_cfg.push(TOOL.to_owned());
    config.crate_check_cfg.push(format!("cfg({TOOL})"));

    let levels = configuration.levels.iter().chain(&environment.lints.levels);
    config.opts.lint_opts.extend(levels::of_single_lints(levels));
    config.opts.lint_cap = environment.lints.cap.or(config.opts.lint_cap);
    if !environment.compiler_lints {
        cap_compiler_lints(config);
    }

    // Results of another driver must not be mistaken for ours, nor those with other caps: the
    // incremental compiler tracks its options, but not `lint_caps`, and a list of lints that differs
    // from the one that it remembers makes it panic.
    config.opts.cg.metadata.push(format!(
        "{TOOL} {} compiler-lints={}",
        environment::driver_identity(),
        environment.compiler_lints
    ));
    let files = configuration.files.clone();
    let compiler_lints = environment.compiler_lints;
    config.track_state = Some(Box::new(move |session| Environment::track(session, files)));

    // `clippy_utils` computes its symbols from their position in this list.
    config.extra_symbols = clippy_utils::sym::EXTRA_SYMBOLS.to_vec();
    config.register_lints = Some(Box::new(move |session, store| {
        lints::register(store);
        // The compiler has put its own hook there by now.
        interception::install();
        interception::show_compiler_lints(compiler_lints);
        // The first callback with a session.
        configuration::report(session, &mistakes);
        tally::report_mistakes(session, mistakes.len());
    }));
    config.override_queries = Some(override_queries);
}

/// Makes a compilation that is not linted be done again when the flags say otherwise: to cargo it is
/// a result like another, and it would answer later runs from its cache.
pub(super) fn leave_alone(config: &mut Config) {
    config.track_state = Some(Box::new(|session| Environment::track(session, Vec::new())));
}

/// Silences the compiler's own lints: users build with another compiler, whose lints they see
/// there, and the lints of a nightly must not fail their build here.
fn cap_compiler_lints(config: &mut Config) {
    let store = rustc_lint::new_lint_store(false);
    let lints = store
        .get_lints()
        .iter()
        .map(|lint| LintId::of(lint))
        // Expectations of our lints are checked; see `check_expectations`. An attribute directly on
        // `asm!` has no effect, which this lint reports; see `interception`.
        .filter(|&lint| {
            lint != LintId::of(UNFULFILLED_LINT_EXPECTATIONS)
                && lint != LintId::of(UNUSED_ATTRIBUTES)
        });
    config.lint_caps.extend(lints.map(|lint| (lint, Level::Allow)));
}

/// Makes the tool known to the compiler, delays the check of expectations until our lints have run,
/// keeps `warn(asm_lint::all)` from lowering a lint, and begins to judge blocks as early as possible.
///
/// `-Zcrate-attr=register_tool(asm_lint)` would make it known too, but two such attributes clash,
/// and the crate may have one of its own.
fn override_queries(_session: &Session, providers: &mut Providers) {
    providers.queries.registered_lint_tools = |tcx, ()| {
        let mut tools = (DEFAULT_QUERY_PROVIDERS.queries.registered_lint_tools)(tcx, ());
        tools.insert(Ident::with_dummy_span(Symbol::intern(TOOL)));
        tools
    };
    providers.queries.check_expectations = |_tcx, _tool| {};
    providers.queries.shallow_lint_levels_on = levels::set_in_source;
    providers.queries.check_unsafety = ahead::begin_and_check_unsafety;
}

/// Reports unfulfilled `#[expect]`: the check that the compiler was asked to skip.
pub(super) fn check_expectations(tcx: TyCtxt<'_>) {
    // Expectations of lints that are capped can't be fulfilled.
    let compiler_lints_speak = tcx.sess.driver_lint_caps.is_empty();
    let tool = (!compiler_lints_speak).then(|| Symbol::intern(TOOL));
    (DEFAULT_QUERY_PROVIDERS.queries.check_expectations)(tcx, tool);
}
