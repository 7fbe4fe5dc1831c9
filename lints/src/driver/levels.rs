//! Turns levels of groups into levels of single lints, before the compiler receives them.
//!
//! For a lint that got its level through a group, the compiler advises `#[allow(asm_lint::…)]` without
//! the condition that other compilers need: stable Rust then refuses the crate (E0710). For a level of
//! the lint itself it gives no such advice.

use std::collections::BTreeMap;

use rustc_lint::Level;

use super::options::TOOL;
use crate::lints::{Group, LINTS};

/// The group of all lints.
const ALL: &str = "all";

/// The levels with each group replaced by its lints; what is not ours stays as it is.
///
/// `warn` for `all` raises the lints that are allowed and lowers none: otherwise it would
/// lower the `contract` lints from `deny`, and a check that must fail on them would pass. To lower
/// them, name their group or the lint.
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
