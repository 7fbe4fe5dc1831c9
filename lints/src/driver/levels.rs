//! What the compiler learns about levels: those from flags and the configuration, and those that
//! attributes in the source set.
//!
//! Levels of groups become levels of single lints, before the compiler receives them. For a lint
//! that got its level through a group, the compiler advises `#[allow(asm_lint::…)]` without the
//! condition that other compilers need: stable Rust then refuses the crate (E0710). For a level of
//! the lint itself it gives no such advice.
//!
//! `warn` for `all` raises the lints that are allowed and lowers none, wherever it is written:
//! otherwise it would lower the `contract` lints from `deny`, and a check that must fail on them
//! would pass. To lower them, name their group or the lint.

use std::collections::BTreeMap;

use rustc_hir::{HirId, OwnerId};
use rustc_interface::passes::DEFAULT_QUERY_PROVIDERS;
use rustc_lint::Level;
use rustc_middle::lint::{LintLevelSource, ShallowLintLevelMap};
use rustc_middle::ty::TyCtxt;

use super::options::TOOL;
use crate::lints::{Group, LINTS};

/// The group of all lints.
const ALL: &str = "all";

/// The levels with each group replaced by its lints; what is not ours stays as it is.
pub(super) fn of_single_lints<'a>(
    levels: impl IntoIterator<Item = &'a (String, Level)>,
) -> Vec<(String, Level)> {
    let default = |entry: &crate::lints::Entry| (entry.name(), entry.lint.default_level);
    let mut current: BTreeMap<String, Level> = LINTS.iter().map(default).collect();
    let mut single = Vec::new();
    for (name, level) in levels {
        let own = name.split_once("::").filter(|(tool, _)| *tool == TOOL).map(|(_, own)| own);
        let Some(own) = own else {
            single.push((name.clone(), *level));
            continue;
        };
        for lint in members(own) {
            let before = current.get(&lint).copied();
            let lowers = before.is_some_and(|before| before > *level);
            if own == ALL && *level == Level::Warn && lowers {
                continue;
            }
            single.push((format!("{TOOL}::{lint}"), *level));
            current.insert(lint, *level);
        }
    }
    single
}

/// The compiler's query for the levels that attributes set in one item, without those that
/// `warn(asm_lint::all)` would lower.
pub(super) fn set_in_source(tcx: TyCtxt<'_>, owner: OwnerId) -> ShallowLintLevelMap {
    let mut levels = (DEFAULT_QUERY_PROVIDERS.queries.shallow_lint_levels_on)(tcx, owner);
    let mut lowered = Vec::new();
    for (local_id, specs) in levels.specs.iter() {
        for (&lint, spec) in specs {
            let by_all = matches!(spec.src, LintLevelSource::Node { name, .. }
                if name.as_str().strip_prefix(TOOL) == Some("::all"));
            // What is a warning or less by default is not lowered, except below a level that
            // somebody raised by name, which is meant.
            if by_all && spec.level() == Level::Warn && lint.lint.default_level > Level::Warn {
                lowered.push((*local_id, lint, *spec));
            }
        }
    }
    for (local_id, lint, spec) in lowered {
        let place = HirId { owner, local_id };
        if let Some(specs) = levels.specs.get_mut(&local_id) {
            specs.shift_remove(&lint);
        }
        // An attribute farther out may have allowed it.
        if levels.lint_level_spec_at_node(tcx, lint, place).level() < Level::Warn
            && let Some(specs) = levels.specs.get_mut(&local_id)
        {
            specs.insert(lint, spec);
        }
        if levels.specs.get(&local_id).is_some_and(|specs| specs.is_empty()) {
            levels.specs.remove(&local_id);
        }
    }
    levels
}

/// The lints that a name represents.
fn members(name: &str) -> Vec<String> {
    let is_meant = |group: Group, lint: &str| name == ALL || name == group.name() || name == lint;
    LINTS
        .iter()
        .map(|entry| (entry.group, entry.name()))
        .filter(|(group, lint)| is_meant(*group, lint))
        .map(|(_, lint)| lint)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last level of a lint.
    fn level(of: &str, flags: &[(&str, Level)]) -> Option<Level> {
        let flags: Vec<_> = flags.iter().map(|&(name, level)| (name.to_owned(), level)).collect();
        let single = of_single_lints(&flags);
        single.into_iter().rfind(|(name, _)| name == of).map(|(_, level)| level)
    }

    #[test]
    fn groups_become_their_lints() {
        let contract = "asm_lint::invalid_assembly";
        assert_eq!(level(contract, &[("asm_lint::contract", Level::Warn)]), Some(Level::Warn));
        assert_eq!(level(contract, &[("asm_lint::hazard", Level::Deny)]), None);
        assert_eq!(level("unused", &[("unused", Level::Deny)]), Some(Level::Deny));
        let single = of_single_lints(&[("asm_lint::all".to_owned(), Level::Deny)]);
        assert_eq!(single.len(), LINTS.len());
    }

    #[test]
    fn warnings_for_all_lower_nothing() {
        let warn = ("asm_lint::all", Level::Warn);
        assert_eq!(level("asm_lint::invalid_assembly", &[warn]), None);
        assert_eq!(level("asm_lint::missing_option", &[warn]), Some(Level::Warn));
        let allow = ("asm_lint::all", Level::Allow);
        assert_eq!(level("asm_lint::invalid_assembly", &[warn, allow]), Some(Level::Allow));
        assert_eq!(level("asm_lint::invalid_assembly", &[allow, warn]), Some(Level::Warn));
    }
}
