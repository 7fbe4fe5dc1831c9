//! What must be true before a block runs: memory that must be valid, state on entry, privilege.

use std::collections::HashMap;

use super::counted::Run;
use super::{Feature, Material, Needs, Pointer, Range, wording};
use crate::block::BlockKind;
use crate::facts::{Access, PlaceOfAccess, Use, UseKind};
use crate::machine::trace::{TraceId, Traces};
use crate::meaning::{SideEffect, SystemEffect};
use crate::questions::features::required_features;
use crate::questions::loops::{Counted, Demands, Times};
use crate::questions::pointers::through;
use crate::registers::Register;
use crate::values::{Cell, Flag, Kind, Site};

/// What the block needs.
pub(super) fn needs(material: &Material<'_>) -> Needs {
    // Code of a module is not followed.
    if material.block.kind == BlockKind::Global {
        return Needs::default();
    }
    let mut needs = Needs { privilege: "user", ..Needs::default() };
    let seen = |access: &Access| match access.place {
        PlaceOfAccess::Outside => true,
        PlaceOfAccess::Frame => !material.is_return(access),
        PlaceOfAccess::OwnStack => !material.is_on_own_stack(access),
        PlaceOfAccess::Stack | PlaceOfAccess::Private => false,
    };
    needs.other_memory = material.accesses(|access| {
        seen(access)
            && base(material, access).is_none()
            && !material.index.walks().tells(access.site)
    });
    needs.pointers = pointers(material, seen);
    let required = required_features(material.block, material.facts).into_iter();
    needs.features = required
        .map(|required| Feature { name: required.feature.to_owned(), enabled: required.enabled })
        .collect();
    entry_conditions(material, &mut needs);
    privilege(material, &mut needs);
    needs
}

/// What must be valid relative to each operand.
fn pointers(material: &Material<'_>, seen: impl Fn(&Access) -> bool) -> Vec<Pointer> {
    // The accesses at each distance from each operand, apart for reads and writes.
    let mut runs: Vec<(usize, Option<Range>, Vec<&Access>)> = Vec::new();
    let mut positions = HashMap::new();
    let told = |access: &&Access| {
        seen(access)
            && !material.is_one_of_many(access)
            && !material.index.walks().tells(access.site)
    };
    for run in &material.index.walks().runs {
        let accesses = run.accesses.iter().map(|number| &material.facts.accesses[*number]);
        runs.push((run.operand, Some(walked(material, run)), accesses.collect()));
    }
    for access in material.facts.accesses.iter().filter(told) {
        let Some((operand, offset)) = base(material, access) else { continue };
        let range = offset.and_then(|offset| range(material, access, offset));
        let kind = (access.kind.reads(), access.kind.writes());
        let position =
            *positions.entry((operand, range.clone(), kind)).or_insert_with(|| runs.len());
        match runs.get_mut(position) {
            Some((.., accesses)) => accesses.push(access),
            None => runs.push((operand, range, vec![access])),
        }
    }
    let mut pointers: Vec<(usize, Pointer)> = Vec::new();
    for (operand, range, accesses) in runs {
        let at = pointers.iter().position(|(known, _)| *known == operand).unwrap_or_else(|| {
            let operand_name = material.names.input(operand);
            pointers.push((operand, Pointer { operand: operand_name, ..Pointer::default() }));
            pointers.len() - 1
        });
        let pointer = &mut pointers[at].1;
        let range = range.map(|mut range| {
            // That there may be no element is part of the number.
            range.conditional |=
                range.times.is_none() && material.may_be_skipped(accesses.iter().copied());
            range
        });
        let Some(access) = accesses.first() else { continue };
        let is_more = range.is_none() || material.meaning(access.site).accesses_more;
        if access.kind.reads() {
            pointer.reads.extend(range.clone());
            pointer.reads_elsewhere |= is_more;
        }
        if access.kind.writes() {
            pointer.writes.extend(range.clone());
            pointer.writes_elsewhere |= is_more;
        }
        let alignments = accesses.iter().filter_map(|access| access.alignment);
        let natural = accesses.iter().filter_map(|access| natural_alignment(material, access));
        for alignment in alignments.map(u64::from).chain(natural).filter(|alignment| *alignment > 1)
        {
            pointer.alignment = Some(pointer.alignment.unwrap_or(1).max(alignment));
        }
    }
    let worded = |(_, mut pointer): (usize, Pointer)| {
        pointer.reads = merged(pointer.reads);
        pointer.writes = merged(pointer.writes);
        pointer.text = wording::pointer(&pointer);
        pointer
    };
    pointers.into_iter().map(worded).collect()
}

/// What an Armv6-M or Armv8-M baseline core demands of every access: it has no unaligned ones (DDI 0419
/// A3.2, DDI 0553 B3.21). A transfer of several words is one of words.
fn natural_alignment(material: &Material<'_>, access: &Access) -> Option<u64> {
    let is_small = material.block.is_thumb()
        && material.block.has_feature("mclass")
        && !material.block.has_feature("thumb2");
    access.bytes.filter(|bytes| is_small && *bytes > 1).map(|bytes| bytes.min(4))
}

/// The run of bytes of an access; `None` if its length is not known.
fn range(material: &Material<'_>, access: &Access, offset: i64) -> Option<Range> {
    if let Some(bytes) = access.bytes {
        return Some(Range { offset, bytes, times: None, stride: None, conditional: false });
    }
    let (repeated, count) = material.elements(access)?;
    let conditional = repeated.ends_early;
    let (bytes, times) = (repeated.bytes, Some(count));
    Some(Range { offset, bytes, times, stride: None, conditional })
}

/// The bytes that a counted loop accesses.
fn walked(material: &Material<'_>, run: &Run) -> Range {
    let (bytes, times) = run.elements(&material.reader(), &material.names);
    let counted = &material.index.walks().loops[run.of_loop];
    Range {
        offset: run.offset,
        bytes,
        times: Some(times),
        stride: (run.bytes != run.stride).then_some(run.stride),
        conditional: !counted.is_exact || may_be_passed(material, counted),
    }
}

/// Whether paths lead past a loop, apart from those on which its count is 0.
fn may_be_passed(material: &Material<'_>, counted: &Counted) -> bool {
    let facts = material.facts;
    let avoided: Vec<TraceId> = counted.passed_by.iter().copied().chain([counted.entry]).collect();
    let ends = facts.exits.iter().map(|exit| exit.trace);
    let mut ends = ends.chain(facts.departures.iter().map(|departure| departure.trace));
    ends.any(|end| facts.traces.is_reached_without(end, &avoided))
}

/// What a loop's count must be, so that it is the number of passes, if memory depends on it.
fn counts(material: &Material<'_>, number: usize, counted: &Counted) -> Option<String> {
    let walks = material.index.walks();
    let Demands { not_zero, multiple, runs_once } = counted.demands;
    if !walks.runs.iter().any(|run| run.of_loop == number) {
        return None;
    }
    let Times { of, by } = &counted.times;
    let what = match (multiple, not_zero) {
        (false, false) => return None,
        (false, true) => "not be 0".to_owned(),
        (true, false) => format!("be a multiple of {by}"),
        (true, true) => format!("be a multiple of {by} and not 0"),
    };
    let of = super::counted::sum(&material.reader(), &material.names, of);
    let branch = material.shown(*counted.sites().get(counted.branch)?);
    let otherwise = match (counted.is_exact, multiple) {
        _ if runs_once => format!("or the loop of `{branch}` is executed once nevertheless"),
        (false, _) => format!("or `{branch}` does not end its loop in time"),
        (true, true) => format!("or the loop of `{branch}` does not end in time"),
        (true, false) => {
            let bits = counted.times.of.bits - by.trailing_zeros() as u16;
            format!("or the loop of `{branch}` is executed 2^{bits} times")
        }
    };
    Some(format!("`{of}` must {what}, {otherwise}"))
}

/// The operand that an address is relative to, and the distance, if it is a known number.
pub(super) fn base(material: &Material<'_>, access: &Access) -> Option<(usize, Option<i64>)> {
    if let Some((through, _)) = through(material.block, material.facts, access) {
        return Some((through.operand, through.offset));
    }
    let is_outside = matches!(access.place, PlaceOfAccess::Outside | PlaceOfAccess::OwnStack);
    if access.segment.is_some() || !is_outside {
        return None;
    }
    // An address that is an integer to the compiler.
    let (base, addend) = material.facts.values.split_offset(&access.address);
    let bits = base.bits();
    match material.formula(&base).shape {
        super::formula::Shape::Input(operand) => {
            Some((operand, Some(crate::values::arithmetic::signed(addend, bits))))
        }
        _ => None,
    }
}

/// Runs of bytes in order, those that touch joined.
fn merged(mut ranges: Vec<Range>) -> Vec<Range> {
    ranges.sort();
    let mut merged: Vec<Range> = Vec::new();
    for range in ranges {
        let end = |range: &Range| range.offset.saturating_add_unsigned(range.bytes);
        match merged.last_mut() {
            Some(last) if *last == range => {}
            Some(last) if last.times.is_some() || range.times.is_some() => merged.push(range),
            Some(last) if last.conditional == range.conditional && range.offset <= end(last) => {
                let to = end(last).max(end(&range));
                last.bytes = to.abs_diff(last.offset);
            }
            // What may be accessed and certainly is, is listed once.
            Some(last) if !last.conditional && end(&range) <= end(last) => {}
            _ => merged.push(range),
        }
    }
    merged
}

fn entry_conditions(material: &Material<'_>, needs: &mut Needs) {
    let facts = material.facts;
    let reads = |cell: Cell| facts.reads.iter().any(|(_, read)| *read == cell);
    let is_string = facts.uses.iter().any(|used| used.kind == UseKind::Count);
    let has_direction = material
        .block
        .target
        .architecture
        .modes()
        .iter()
        .any(|part| part.cell == Cell::Flag(Flag::Direction));
    // A block that clears the flag itself does not count on it.
    let sets = facts.writes.iter().any(|(_, cell)| *cell == Cell::Flag(Flag::Direction));
    if has_direction && is_string && !sets || reads(Cell::Flag(Flag::Direction)) {
        needs.guaranteed.push("DF must be clear".to_owned());
    }
    // A division has no result for 0, or where the quotient does not fit (SDM vol. 2, DIV).
    for division in material.sites_that(|site| facts.instruction(site).instruction.divides()) {
        needs
            .entry
            .push(format!("the divisor of {division} must not be 0, and the quotient must fit"));
    }
    let loops = material.index.walks().loops.iter().enumerate();
    needs.entry.extend(loops.filter_map(|(number, counted)| counts(material, number, counted)));
    // It translates the address as an access does; what changes a translation does not.
    let by_line = |site: Site| {
        let meaning = material.meaning(site);
        meaning.acts_on_address && meaning.system != Some(SystemEffect::Translation)
    };
    needs.entry.extend(
        material
            .sites_that(by_line)
            .iter()
            .map(|instruction| format!("the address that {instruction} acts on must be mapped")),
    );
    if !facts.calls.is_empty() {
        let aligned = "the stack pointer must be aligned on entry".to_owned();
        match (&material.block.kind, material.block.options.nostack) {
            (BlockKind::Inline, false) => needs.guaranteed.push(aligned),
            (BlockKind::Naked(_), _) => {
                needs
                    .guaranteed
                    .push("the stack pointer must be aligned as on entry to a function".to_owned());
            }
            _ => needs.entry.push(aligned),
        }
    }
    let taken = taken_registers(material);
    if !taken.is_empty() {
        let (verb, what) = match (&material.block.kind, &taken[..]) {
            (BlockKind::Naked(_), [_]) => ("is read", "an argument of the function"),
            (BlockKind::Naked(_), _) => ("are read", "arguments of the function"),
            (_, [_]) => ("is read", "a value that whoever jumps here provides"),
            _ => ("are read", "values that whoever jumps here provides"),
        };
        let taken: Vec<String> = taken.iter().map(|name| format!("`{name}`")).collect();
        needs.entry.push(format!("{} {verb} as {what}", joined(&taken)));
    }
}

/// The registers whose values on entry a naked function, or code of a module, certainly uses:
/// nobody declares them.
fn taken_registers(material: &Material<'_>) -> Vec<String> {
    let facts = material.facts;
    let architecture = material.block.target.architecture;
    let ambient = [
        Some(architecture.stack_pointer()),
        Some(architecture.frame_pointer()),
        architecture.link_register(),
    ];
    let mut registers: Vec<Register> = Vec::new();
    // What a function saves for its caller is not an argument.
    let saved = match &material.block.kind {
        BlockKind::Inline => return Vec::new(),
        BlockKind::Naked(abi) => &abi.callee_saved[..],
        BlockKind::Global => &[],
    };
    // What is moved to where a called function takes its arguments is one, too.
    let passed: Vec<Use> = facts
        .handed_over
        .iter()
        .filter(|(site, register, word)| {
            material.index.calls(*site)
                && !saved.contains(register)
                && !facts.values.is_entry(Cell::Register(*register), word)
        })
        .map(|(site, _, word)| Use {
            site: Some(*site),
            trace: Traces::ENTRY,
            kind: UseKind::Stored,
            word: word.clone(),
        })
        .collect();
    let passed = facts.demand(&passed);
    for origin in facts.demand_of_all().origins().iter().chain(passed.origins()) {
        if let Kind::Entry(Cell::Register(register)) = facts.values.get(origin.value).kind
            && origin.certain != 0
            && !ambient.contains(&Some(register))
            && !saved.contains(&register)
            && !registers.contains(&register)
        {
            registers.push(register);
        }
    }
    registers.sort();
    registers.into_iter().map(|register| architecture.usual_name(register)).collect()
}

/// Names in a row: `a, b and c`.
fn joined(names: &[String]) -> String {
    match names {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        names => names.concat(),
    }
}

/// Whether user mode can't execute an instruction.
pub(super) fn is_privileged(material: &Material<'_>, site: Site) -> bool {
    let meaning = material.meaning(site);
    let instruction = &material.facts.instruction(site).instruction;
    // What waits for an interrupt may do so in user mode, too.
    let by_effect = meaning.side_effect == Some(SideEffect::Privileged) && meaning.idles.is_none();
    by_effect || instruction.is_privileged()
}

fn privilege(material: &Material<'_>, needs: &mut Needs) {
    for site in material.facts.sites() {
        let meaning = material.meaning(site);
        if is_privileged(material, site) {
            needs.privilege = "kernel";
        }
        let calls = meaning.kernel.is_some()
            || matches!(meaning.system, Some(SystemEffect::Kernel | SystemEffect::Hypervisor))
            || matches!(meaning.side_effect, Some(SideEffect::Kernel | SideEffect::Hypervisor));
        if calls {
            let shown = format!("`{}`", material.shown(site));
            if !needs.system.contains(&shown) {
                needs.system.push(shown);
            }
        }
    }
}
