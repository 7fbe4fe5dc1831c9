//! What a compilation tells the front end besides its findings: which blocks were checked, and
//! whether the configuration could be used.
//!
//! Sent as a diagnostic of level `note`, of which cargo keeps the text with the compilation's other
//! messages and gives it again when nothing has to be compiled. The front end sets the variable
//! [`VARIABLE`], takes these notes out of the stream and shows a line at the end; without the
//! variable there are none. The text is [`PREFIX`] and a JSON object with one of these keys:
//!
//! | key | value |
//! |---|---|
//! | `crate`, `blocks` | the crate's name; for each file an array of its blocks as `[line, column, in_full]` |
//! | `configuration_mistakes` | how many mistakes were found in the configuration |

use std::collections::BTreeMap;
use std::env;

use rustc_middle::ty::TyCtxt;
use rustc_session::Session;
use rustc_span::def_id::LOCAL_CRATE;
use serde_json::json;

use crate::collect::Origin;

/// Set by the front end, which understands the notes.
pub(crate) const VARIABLE: &str = "ASM_LINT_NOTES";
/// What the text of a note begins with.
const PREFIX: &str = "asm-lint-note: ";

/// Whether the front end listens.
pub(crate) fn is_wanted() -> bool {
    env::var_os(VARIABLE).is_some()
}

/// The blocks of a crate, if somebody wants to know.
#[derive(Default)]
pub(crate) struct Tally {
    /// By file: line and column from 1, and whether every rule was decided.
    blocks: Option<BTreeMap<String, Vec<(usize, usize, bool)>>>,
}

impl Tally {
    /// An empty tally, if the environment asks for one.
    pub(crate) fn if_wanted() -> Tally {
        Tally { blocks: is_wanted().then(BTreeMap::new) }
    }

    /// Counts a block; `in_full` is whether every rule was decided.
    pub(crate) fn add(&mut self, tcx: TyCtxt<'_>, origin: &Origin<'_>, in_full: bool) {
        let Some(blocks) = &mut self.blocks else { return };
        let location = origin.source.block();
        let span = location.in_macro.unwrap_or(location.span);
        let place = tcx.sess.source_map().lookup_char_pos(span.lo());
        let file = place.file.name.prefer_local_unconditionally().to_string();
        blocks.entry(file).or_default().push((place.line, place.col.0 + 1, in_full));
    }

    /// Tells the front end.
    pub(crate) fn report(&self, tcx: TyCtxt<'_>) {
        if let Some(blocks) = &self.blocks {
            let name = tcx.crate_name(LOCAL_CRATE);
            let note = json!({ "crate": name.as_str(), "blocks": blocks });
            tcx.dcx().note(format!("{PREFIX}{note}"));
        }
    }
}

/// Tells the front end of mistakes in the configuration, which are no findings.
pub(crate) fn report_mistakes(session: &Session, count: usize) {
    if count > 0 && is_wanted() {
        let note = json!({ "configuration_mistakes": count });
        session.dcx().note(format!("{PREFIX}{note}"));
    }
}
