//! What the lints about `options(…)` have in common: a broken option is reported in full at one
//! instruction, briefly at the others, and fixed by removing it.
//!
//! Called by [`lints`](crate::lints).

use asm_analysis::block::Block;
use asm_analysis::facts::Facts;
use asm_analysis::values::Site;

use crate::diagnostics::{Edit, Message, OptionName, Place};
use crate::judged::Judged;
use crate::wording;

/// How many instructions a message points at besides the first.
const FURTHER_PLACES: usize = 5;

/// A message about an option that the instructions break. `does` says how the first one does:
/// "reads memory".
pub(crate) fn broken(
    judged: &Judged<'_>,
    option: OptionName,
    sites: &[Site],
    does: &str,
) -> Message {
    let first = sites.first().copied();
    let subject = match first {
        Some(site) => format!("`{}`", judged.shown(site)),
        None => "this block".to_owned(),
    };
    let option_name = option.as_str();
    let promises = if first.is_some() { "the block promises" } else { "it promises" };
    let headline = format!("{subject} {does}, but {promises} `{option_name}`");
    let message = Message::new(headline, judged.place(first))
        .label("breaks the promise")
        .also(Place::Option(option), "promised here");
    further(judged, message, sites.get(1..).unwrap_or_default(), "so does this")
}

/// Points at further instructions, a few of them if there are many.
pub(crate) fn further(
    judged: &Judged<'_>,
    message: Message,
    sites: &[Site],
    label: &str,
) -> Message {
    let shown = &sites[..sites.len().min(FURTHER_PLACES)];
    let message =
        shown.iter().fold(message, |message, site| message.also(judged.place(Some(*site)), label));
    match sites.len() - shown.len() {
        0 => message,
        1 => message.note("one more instruction does the same"),
        more => message.note(format!("{more} more instructions do the same")),
    }
}

/// The changes that remove an option; `pure` is removed with the promise about memory that it
/// requires (rule `asm.options.supported-options.pure`).
pub(crate) fn withdraw(block: &Block, option: OptionName) -> Vec<Edit> {
    let about_memory = matches!(option, OptionName::Nomem | OptionName::Readonly);
    let pure = (about_memory && block.options.pure).then_some(OptionName::Pure);
    pure.into_iter().chain([option]).map(Edit::RemoveOption).collect()
}

/// What such changes do, as an order: "remove `nomem`", "remove `pure` and `nomem`".
pub(crate) fn removal(edits: &[Edit]) -> String {
    let removed = edits.iter().filter_map(|edit| match edit {
        Edit::RemoveOption(option) => Some(option.as_str().to_owned()),
        _ => None,
    });
    format!("remove {}", wording::list(&removed.collect::<Vec<_>>()))
}

/// The reachable instructions that have a property, in the order of the template.
pub(crate) fn instructions_that(
    facts: &Facts,
    mut property: impl FnMut(Site) -> bool,
) -> Vec<Site> {
    let mut sites: Vec<Site> = (0u32..)
        .zip(&facts.instructions)
        .map(|(index, _)| Site(index))
        .filter(|site| property(*site))
        .collect();
    in_order(facts, &mut sites);
    sites
}

/// Sorts instructions by address, and removes repeats.
pub(crate) fn in_order(facts: &Facts, sites: &mut Vec<Site>) {
    sites.sort_by_key(|site| facts.instruction(*site).address);
    sites.dedup();
}
