//! What the compiler is about to say passes through here before it is shown.
//!
//! Two things must not reach the user. A constant that the lints evaluate may fail in a function
//! that is never instantiated: stable Rust builds such a crate, so its lint run must not fail. And
//! the compiler's lint `unused_attributes`, which is left on for level attributes that stand
//! directly on an assembly macro (where the compiler drops them), has more to say than that.
//!
//! [`install`] is called by [`driver`](crate::driver), [`silently`] by [`collect`](crate::collect).
//! The compiler has one hook for this, a function pointer that also tracks diagnostics for the
//! incremental compilation; the function that was there is called for all that passes.

use std::cell::Cell;
use std::env;
use std::process::{self, Command};
use std::sync::OnceLock;

use rustc_errors::{DiagInner, Level, TRACK_DIAGNOSTIC};
use rustc_middle::ty::tls;
use rustc_span::ErrorGuaranteed;

/// The tool's name, as attributes spell it.
const TOOL: &str = "asm_lint";

/// Shows a diagnostic, and gives the proof that an error was shown, if it is one.
type Shown<'a> = &'a mut dyn FnMut(DiagInner) -> Option<ErrorGuaranteed>;
/// What the hook holds.
type Hook = fn(DiagInner, Shown<'_>) -> Option<ErrorGuaranteed>;

/// The compiler's own hook.
static COMPILERS: OnceLock<Hook> = OnceLock::new();

thread_local! {
    static IS_SILENT: Cell<bool> = const { Cell::new(false) };
}

/// Puts the hook in its place, around the compiler's. Does nothing the second time.
pub(crate) fn install() {
    if COMPILERS.set(*TRACK_DIAGNOSTIC).is_ok() {
        TRACK_DIAGNOSTIC.swap(&(intercept as Hook));
    }
}

/// Runs `work`; what the compiler would report meanwhile on this thread is not shown and does not
/// fail the compilation.
pub(crate) fn silently<T>(work: impl FnOnce() -> T) -> T {
    let before = IS_SILENT.replace(true);
    let result = work();
    IS_SILENT.set(before);
    result
}

/// Set for a compilation that must not remember anything.
const WITHOUT_INCREMENTAL: &str = "ASM_LINT_WITHOUT_INCREMENTAL";

/// Whether this compilation must not remember anything.
pub(crate) fn is_without_incremental() -> bool {
    env::var_os(WITHOUT_INCREMENTAL).is_some()
}

/// Compiles the crate anew, in a process of its own that remembers nothing, and ends with its
/// status.
///
/// A failure that nobody was shown is an answer in the compiler's cache that it cannot write to
/// disk: it may only keep failures that were reported. Nothing was reported so far, because the
/// constants are read before the lints report.
pub(crate) fn start_again_without_incremental() -> ! {
    let status = env::current_exe().and_then(|driver| {
        Command::new(driver).args(env::args_os().skip(1)).env(WITHOUT_INCREMENTAL, "1").status()
    });
    process::exit(status.ok().and_then(|status| status.code()).unwrap_or(101))
}

fn intercept(diagnostic: DiagInner, shown: Shown<'_>) -> Option<ErrorGuaranteed> {
    // What ends the compiler is not to be kept from anyone.
    let ends_compiler = matches!(diagnostic.level(), Level::Bug | Level::Fatal);
    if IS_SILENT.get() && !ends_compiler {
        // The caller of the compiler's query gets an error as its answer and makes "not known" of
        // it. Nothing is compiled after that, so nobody relies on the proof.
        #[expect(deprecated, reason = "the proof is for an error that nobody is to see")]
        return diagnostic.is_error().then(ErrorGuaranteed::unchecked_error_guaranteed);
    }
    if is_foreign_unused_attribute(&diagnostic) {
        return None;
    }
    match COMPILERS.get() {
        Some(compilers) => compilers(diagnostic, shown),
        None => shown(diagnostic),
    }
}

/// Whether it is the lint that is left on for our attributes, about an attribute of another kind.
fn is_foreign_unused_attribute(diagnostic: &DiagInner) -> bool {
    // The lint's name has no accessor.
    let lint = diagnostic.is_lint.as_ref().map(|lint| format!("{lint:?}"));
    lint.is_some_and(|lint| lint.contains("\"unused_attributes\""))
        && !SHOWS_COMPILER_LINTS.get().copied().unwrap_or_default()
        && !tls::with_opt(|tcx| {
            let source_map = tcx?.sess.source_map();
            let span = diagnostic.span.primary_span()?;
            Some(source_map.span_to_snippet(span).ok()?.contains(TOOL))
        })
        .unwrap_or_default()
}

/// Whether the user wants to see the compiler's own lints, all of `unused_attributes` with them.
static SHOWS_COMPILER_LINTS: OnceLock<bool> = OnceLock::new();

/// Notes whether the compiler's own lints are shown.
pub(crate) fn show_compiler_lints(shows: bool) {
    let _ = SHOWS_COMPILER_LINTS.set(shows);
}
