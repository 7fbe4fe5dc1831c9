//! The lints: one file each, and the registry that lists them.
//!
//! A lint is a [`Rule`]: it detects findings in what is known about a block, as values of a type of
//! its own, and renders a finding as a [`Message`]. It knows neither the compiler nor where the
//! block is. The documentation at the head of its file is what `--explain` shows.
//!
//! To add a lint: write the file, add a line to the registry below and a folder to `ui-tests/`.
//! Tests check that nothing is forgotten, and that the examples in the documentation give the
//! findings that they promise.

use std::collections::{BTreeMap, BTreeSet};

use rustc_lint::{Lint, LintId, LintStore};

use crate::diagnostics::{Message, OptionName};
use crate::judged::Judged;

/// A promise, and how to find out that it is broken.
pub(crate) trait Rule {
    /// What is found, before it is put into words.
    type Finding;

    /// Finds what breaks the rule: nothing where that cannot be determined.
    fn detect(judged: &Judged<'_>, findings: &mut Vec<Self::Finding>);

    /// Puts a finding into words.
    fn render(finding: &Self::Finding, judged: &Judged<'_>) -> Message;
}

/// What the lints of a group have in common; it decides their level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Group {
    /// The promise is broken on some feasible path: deny.
    Contract,
    /// Strictly speaking wrong, or wrong in the usual environment: warn.
    Hazard,
    /// The declaration claims more than the code does: warn.
    Style,
    /// Correct, but could promise more: allow.
    Promise,
    /// What can't be judged: allow.
    Audit,
}

impl Group {
    /// All groups, by severity.
    pub(crate) const ALL: [Group; 5] =
        [Group::Contract, Group::Hazard, Group::Style, Group::Promise, Group::Audit];

    /// The group's name, with the tool.
    fn full_name(self) -> &'static str {
        match self {
            Group::Contract => "asm_lint::contract",
            Group::Hazard => "asm_lint::hazard",
            Group::Style => "asm_lint::style",
            Group::Promise => "asm_lint::promise",
            Group::Audit => "asm_lint::audit",
        }
    }

    /// Whether its lints say that something is wrong, not that something could be promised.
    pub(crate) fn accuses(self) -> bool {
        matches!(self, Group::Contract | Group::Hazard | Group::Style)
    }

    /// The group's name without the tool.
    pub(crate) fn name(self) -> &'static str {
        self.full_name().trim_start_matches("asm_lint::")
    }
}

/// A lint of the registry.
pub(crate) struct Entry {
    /// The compiler's side of it: name, level, description.
    pub(crate) lint: &'static Lint,
    /// Its group.
    pub(crate) group: Group,
    /// The text of its file.
    source: &'static str,
    /// All messages for a block, from everything that it was judged as.
    pub(crate) messages: fn(&[Judged<'_>]) -> Vec<Message>,
}

impl Entry {
    const fn new<R: Rule>(lint: &'static Lint, group: Group) -> Entry {
        Entry { lint, group, source: "", messages: messages::<R> }
    }

    /// The lint's name without the tool.
    pub(crate) fn name(&self) -> String {
        let name = self.lint.name_lower();
        name.strip_prefix("asm_lint::").map(str::to_owned).unwrap_or(name)
    }

    /// The documentation, in Markdown.
    pub(crate) fn documentation(&self) -> String {
        let lines = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    }
}

fn messages<R: Rule>(judged: &[Judged<'_>]) -> Vec<Message> {
    let mut first = None;
    for judged in judged {
        let mut findings = Vec::new();
        R::detect(judged, &mut findings);
        // A rule that only some values of a generic constant break is not broken.
        if findings.is_empty() {
            return Vec::new();
        }
        first.get_or_insert((findings, judged));
    }
    first.map_or_else(Vec::new, |(findings, judged)| {
        findings.iter().map(|finding| R::render(finding, judged)).collect()
    })
}

/// Declares a lint: `declare_lint!(contract INVALID_ASSEMBLY InvalidAssembly "description")`
/// makes the lint with the level of its group, the type that must implement [`Rule`], and its entry.
macro_rules! declare_lint {
    (contract $($rest:tt)*) => { declare_lint!(@ Contract Deny $($rest)*); };
    (hazard $($rest:tt)*) => { declare_lint!(@ Hazard Warn $($rest)*); };
    (style $($rest:tt)*) => { declare_lint!(@ Style Warn $($rest)*); };
    (promise $($rest:tt)*) => { declare_lint!(@ Promise Allow $($rest)*); };
    (audit $($rest:tt)*) => { declare_lint!(@ Audit Allow $($rest)*); };
    (@ $Group:ident $Level:ident $NAME:ident $Rule:ident $description:literal) => {
        rustc_lint_defs::declare_tool_lint! {
            #[doc = $description]
            pub(crate) asm_lint::$NAME,
            $Level,
            $description,
            // A block that a dependency's macro puts into the crate belongs to the crate.
            report_in_external_macro: true
        }

        #[doc = concat!("The rule of `", stringify!($NAME), "`.")]
        pub(crate) struct $Rule;

        /// The lint's line in the registry.
        pub(crate) const ENTRY: crate::lints::Entry =
            crate::lints::Entry::new::<$Rule>($NAME, crate::lints::Group::$Group);
    };
}

/// Makes the modules and the list of them.
macro_rules! registry {
    ($($name:ident)*) => {
        $(mod $name;)*

        /// Every lint, sorted by name.
        pub(crate) static LINTS: &[Entry] = &[$(Entry {
            source: include_str!(concat!("lints/", stringify!($name), ".rs")),
            ..$name::ENTRY
        }),*];
    };
}

registry! {
    access_outside_pointee
    direction_flag_left_set
    fp_control_changed
    in_operand_modified
    inout_never_read
    inout_never_written
    invalid_assembly
    lateout_written_early
    misaligned_access
    misaligned_call
    missing_noreturn
    missing_option
    nomem_memory_access
    nomem_synchronization
    noreturn_falls_through
    nostack_stack_use
    not_judged
    operand_register_collision
    out_could_be_lateout
    output_partially_written
    output_unwritten
    preserves_flags_fp_status
    preserves_flags_modified
    pure_nondeterministic
    pure_side_effect
    readonly_memory_write
    requires_target_feature
    return_out_of_block
    stack_pointer_not_restored
    stateful_directive
    system_instruction_promise
    trailing_prefix
    undeclared_clobber
    undefined_register_read
    undefined_upper_bits_read
    unneeded_clobber
    unused_input
    unwinding_call
    write_through_shared_reference
    x87_state_changed
}

/// Registers the lints and their groups with the compiler.
pub(crate) fn register(store: &mut LintStore) {
    store.register_lints(&all());
    let ids = |entries: &mut dyn Iterator<Item = &Entry>| {
        entries.map(|entry| LintId::of(entry.lint)).collect::<Vec<_>>()
    };
    store.register_group(true, "asm_lint::all", None, ids(&mut LINTS.iter()));
    for group in Group::ALL {
        let mut members = LINTS.iter().filter(|entry| entry.group == group);
        store.register_group(true, group.full_name(), None, ids(&mut members));
    }
}

/// The names of all lints and groups, without the tool.
pub(crate) fn names() -> impl Iterator<Item = String> {
    let groups = Group::ALL.iter().map(|group| group.name().to_owned());
    std::iter::once("all".to_owned()).chain(groups).chain(LINTS.iter().map(Entry::name))
}

/// Whether a name (without the tool) is that of a lint or a group.
pub(crate) fn is_known(name: &str) -> bool {
    names().any(|known| known == name)
}

/// Why rules could not be decided for a block, each reason once, with the rules: an empty set means all
/// of them. Empty if every rule was decided.
pub(crate) type Doubts = BTreeMap<String, BTreeSet<String>>;

/// Why rules could not be decided for a block.
pub(crate) fn doubts(judged: &[Judged<'_>]) -> Doubts {
    let mut findings = Vec::new();
    for judged in judged {
        not_judged::NotJudged::detect(judged, &mut findings);
    }
    let mut doubts = Doubts::new();
    // What leaves every rule open comes last, so that it is not narrowed.
    findings.sort_by_key(|finding| finding.rules.is_empty());
    for finding in findings {
        let rules = doubts.entry(finding.reason()).or_default();
        match finding.rules.is_empty() {
            true => rules.clear(),
            false => rules.extend(finding.rules),
        }
    }
    doubts
}

/// The options that are proved to hold and are not declared.
pub(crate) fn could_promise(judged: &Judged<'_>) -> Vec<OptionName> {
    let mut findings = Vec::new();
    missing_option::MissingOption::detect(judged, &mut findings);
    findings.into_iter().flat_map(missing_option::Finding::into_options).collect()
}

/// The compiler's side of all lints.
pub(crate) fn all() -> Vec<&'static Lint> {
    LINTS.iter().map(|entry| entry.lint).collect()
}

#[cfg(test)]
mod tests;
