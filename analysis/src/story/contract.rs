//! The contract of a block as lines that can be compared: what changed between two versions of a
//! block is what differs here, whatever moved or was renamed.

use super::wording::places;
use super::{Does, Needs, OutputValue, Pointer, Promise};
use serde::Serialize;

/// A line of a contract. Operands are `{0}`, `{1}` …, by their order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Clause {
    /// What it is about.
    pub about: String,
    /// What is proved.
    pub proved: String,
}

/// All lines. `needs` and the others were made with numbers for names.
pub(super) fn contract(
    needs: &Needs,
    does: &Does,
    outputs: &[OutputValue],
    promises: &[Promise],
) -> Vec<Clause> {
    let mut clauses = Vec::new();
    let mut add = |about: String, proved: String| {
        if !proved.is_empty() {
            clauses.push(Clause { about, proved });
        }
    };
    for pointer in &needs.pointers {
        let Pointer { operand, reads, writes, alignment, .. } = pointer;
        add(format!("reads memory through {operand}"), places(reads, pointer.reads_elsewhere));
        add(format!("writes memory through {operand}"), places(writes, pointer.writes_elsewhere));
        let alignment = alignment.map_or_else(String::new, |bytes| format!("{bytes} bytes"));
        add(format!("alignment of {operand}"), alignment);
    }
    let listed = |list: &[String]| {
        let mut list = list.to_vec();
        list.sort();
        list.join("; ")
    };
    add("other memory".to_owned(), listed(&needs.other_memory));
    add("on entry".to_owned(), listed(&needs.entry));
    add("relies on".to_owned(), listed(&needs.guaranteed));
    let features = needs.features.iter().map(|feature| match feature.enabled {
        true => feature.name.clone(),
        false => format!("{} (not enabled)", feature.name),
    });
    add("target features".to_owned(), listed(&features.collect::<Vec<_>>()));
    add("privilege".to_owned(), needs.privilege.to_owned());
    add("system calls".to_owned(), listed(&needs.system));
    add("changes registers".to_owned(), listed(&does.registers));
    add("changes flags".to_owned(), does.flags.join(" "));
    let stack = match does.stack_bytes {
        Some(0) => String::new(),
        Some(bytes) => format!("{bytes} bytes"),
        None => "an unknown number of bytes".to_owned(),
    };
    add("uses stack".to_owned(), stack);
    add("changes floating-point state".to_owned(), listed(&does.floating_point));
    add("orders memory".to_owned(), listed(&does.ordering));
    add("varies with".to_owned(), listed(&does.nondeterminism));
    add("side effects".to_owned(), listed(&does.side_effects));
    add("control".to_owned(), listed(&does.control));
    for output in outputs {
        let value = match &output.value {
            Some(value) => value.clone(),
            None => format!("depends on {}", listed(&output.depends_on)),
        };
        add(format!("output {}", output.operand), value);
    }
    // What could be promised is advice.
    let is_fact = |promise: &&Promise| promise.verdict != "could be promised";
    for promise in promises.iter().filter(is_fact) {
        add(format!("promise {}", promise.promise), promise.verdict.to_owned());
    }
    clauses
}
