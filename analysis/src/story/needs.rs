//! What must be true before a block runs: memory that must be valid, state on entry, privilege.

use super::{Material, Needs, Pointer, Range};
use crate::facts::{Access, PlaceOfAccess, UseKind};
use crate::meaning::SideEffect;
use crate::questions::pointers::through;
use crate::values::{Cell, Flag};

/// What the block needs.
pub(super) fn needs(material: &Material<'_>) -> Needs {
    let facts = material.facts;
    let mut needs = Needs { privilege: "user", ..Needs::default() };
    let mut pointers: Vec<(usize, Pointer)> = Vec::new();
    let seen =
        |access: &&Access| matches!(access.place, PlaceOfAccess::Outside | PlaceOfAccess::Frame);
    for access in facts.accesses.iter().filter(seen) {
        let Some((operand, offset)) = base(material, access) else {
            let text = material.access(access);
            if !needs.other_memory.contains(&text) {
                needs.other_memory.push(text);
            }
            continue;
        };
        let at = pointers.iter().position(|(known, _)| *known == operand).unwrap_or_else(|| {
            let operand_name = material.names.input(operand);
            pointers.push((operand, Pointer { operand: operand_name, ..Pointer::default() }));
            pointers.len() - 1
        });
        let pointer = &mut pointers[at].1;
        let range = offset.zip(access.bytes).map(|(offset, bytes)| Range {
            offset,
            bytes,
            conditional: access.conditional,
        });
        if access.kind.reads() {
            match range {
                Some(range) => pointer.reads.push(range),
                None => pointer.reads_elsewhere = true,
            }
        }
        if access.kind.writes() {
            match range {
                Some(range) => pointer.writes.push(range),
                None => pointer.writes_elsewhere = true,
            }
        }
        if let Some(alignment) = access.alignment.filter(|alignment| *alignment > 1) {
            let alignment = u64::from(alignment);
            pointer.alignment = Some(pointer.alignment.unwrap_or(1).max(alignment));
        }
    }
    needs.pointers = pointers
        .into_iter()
        .map(|(_, pointer)| Pointer {
            reads: merged(pointer.reads),
            writes: merged(pointer.writes),
            ..pointer
        })
        .collect();
    entry_conditions(material, &mut needs);
    privilege(material, &mut needs);
    needs
}

/// The operand that an address is relative to, and the distance, if it is a known number.
pub(super) fn base(material: &Material<'_>, access: &Access) -> Option<(usize, Option<i64>)> {
    if let Some((through, _)) = through(material.block, material.facts, access) {
        return Some((through.operand, through.offset));
    }
    if access.segment.is_some() || access.place != PlaceOfAccess::Outside {
        return None;
    }
    // An address that is an integer to the compiler.
    let (base, addend) = material.facts.values.split_offset(&access.address);
    let bits = base.bits();
    match material.reader().formula(&base).shape {
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
    if has_direction && is_string || reads(Cell::Flag(Flag::Direction)) {
        needs.entry.push("DF is clear, as the compiler guarantees".to_owned());
    }
    if !facts.calls.is_empty() {
        let stack = match material.block.options.nostack {
            true => "nothing is known of the stack pointer's alignment (`nostack`)",
            false => "the stack pointer is aligned for a call, as the compiler guarantees",
        };
        needs.entry.push(stack.to_owned());
    }
}

fn privilege(material: &Material<'_>, needs: &mut Needs) {
    for site in material.facts.sites() {
        let meaning = material.meaning(site);
        if matches!(meaning.side_effect, Some(SideEffect::Privileged | SideEffect::PortIo)) {
            needs.privilege = "kernel";
        }
        let calls = meaning.kernel.is_some()
            || matches!(meaning.side_effect, Some(SideEffect::Kernel | SideEffect::Hypervisor));
        if calls {
            let shown = format!("`{}`", material.shown(site));
            if !needs.system.contains(&shown) {
                needs.system.push(shown);
            }
        }
    }
}
