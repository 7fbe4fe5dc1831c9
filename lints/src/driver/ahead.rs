//! When blocks begin to be judged: after the compiler has checked all types, and before it checks
//! borrows, so that both are done at the same time.
//!
//! The compiler has no callback there. The first query of that pass is the one that checks a body's
//! use of `unsafe`, which nothing else asks for; so its provider is where it begins. A provider is a
//! function pointer: what it works on is in statics.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_interface::DEFAULT_QUERY_PROVIDERS;
use rustc_middle::ty::TyCtxt;
use rustc_span::def_id::LocalDefId;

use crate::check::{self, Begun};
use crate::configuration::Configuration;

/// How far it is.
static STATE: Mutex<State> = Mutex::new(State::Off);

/// How far the judging of this compilation is.
#[derive(Default)]
enum State {
    /// Nothing is to begin, or all of it is somebody else's by now.
    #[default]
    Off,
    /// It may begin.
    Prepared(Arc<Configuration>),
    /// It has begun.
    Begun(Begun),
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes that blocks are to be judged, and how.
pub(super) fn prepare(configuration: &Arc<Configuration>) {
    *state() = State::Prepared(Arc::clone(configuration));
}

/// What has begun. Nothing will begin after that.
pub(super) fn take() -> Option<Begun> {
    let taken = mem::take(&mut *state());
    match taken {
        State::Begun(begun) => Some(begun),
        State::Off | State::Prepared(_) => None,
    }
}

/// Begins, once, and checks what the compiler asked for.
pub(super) fn begin_and_check_unsafety(tcx: TyCtxt<'_>, body: LocalDefId) {
    // Definitions are frozen when types are checked. A constant may be evaluated before that.
    if tcx.untracked().definitions.is_frozen() {
        begin(tcx);
    }
    (DEFAULT_QUERY_PROVIDERS.queries.check_unsafety)(tcx, body);
}

fn begin(tcx: TyCtxt<'_>) {
    // Nothing is held meanwhile: reading the crate may ask for this query again.
    let Some(configuration) = prepared() else { return };
    // What is read of the crate is no part of the answer about this body.
    let begun = tcx.dep_graph.with_ignore(|| check::begin(tcx, &configuration));
    if let Some(begun) = begun {
        *state() = State::Begun(begun);
    }
}

/// What was prepared, for whoever asks first.
fn prepared() -> Option<Arc<Configuration>> {
    let mut state = state();
    match mem::take(&mut *state) {
        State::Prepared(configuration) => Some(configuration),
        other => {
            *state = other;
            None
        }
    }
}
