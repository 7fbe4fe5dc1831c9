//! Reads the line table of an object file into its sections.
//!
//! In an object file all sections start at address 0, and only the relocations of the line table
//! tell which section a sequence is about. So the sections are laid out one after the other, as a
//! linker would do it, and the addresses relocated accordingly.

use std::collections::HashMap;

use gimli::{DebugLine, DebugLineOffset, EndianSlice, LittleEndian, Relocate, RelocateReader};

use super::module_text::ModuleText;
use super::{Line, Section};

/// Fills in the lines of the sections. `addresses` are the relocations of the table: offset in the
/// table, section, offset in the section. What can't be read is left out: a block without lines
/// still gets a verdict, at a coarser place.
pub(super) fn read(
    table: &[u8],
    address_size: u8,
    addresses: Vec<(u64, usize, u64)>,
    text: &ModuleText,
    sections: &mut [Section],
) {
    let layout = Layout::new(sections);
    let fields = addresses
        .into_iter()
        .filter_map(|(field, section, offset)| {
            Some((usize::try_from(field).ok()?, layout.bases.get(section)?.checked_add(offset)?))
        })
        .collect();
    let relocations = Relocations { fields };
    let reader = RelocateReader::new(EndianSlice::new(table, LittleEndian), &relocations);
    let Ok(program) = DebugLine::from(reader).program(DebugLineOffset(0), address_size, None, None)
    else {
        return;
    };
    let mut rows = program.rows();
    // An error ends the table early; what was read is right.
    while let Ok(Some((_, row))) = rows.next_row() {
        if row.end_sequence() {
            continue;
        }
        let place = row
            .line()
            .and_then(|number| u32::try_from(number.get()).ok())
            .and_then(|number| text.locate_number(number));
        let (Some((unit, line)), Some((section, offset))) = (place, layout.find(row.address()))
        else {
            continue;
        };
        if let Some(section) = sections.get_mut(section) {
            section.lines.push(Line { offset, unit, line });
        }
    }
    for section in sections {
        // Sorting is stable, so of several entries for one offset the last one is the last said.
        section.lines.sort_by_key(|line| line.offset);
    }
}

/// The sections, one after the other.
struct Layout {
    bases: Vec<u64>,
}

impl Layout {
    fn new(sections: &[Section]) -> Layout {
        // The gap keeps the end of a section apart from the start of the next one.
        let next = |base: &mut u64, section: &Section| {
            let own = *base;
            *base += section.bytes.len() as u64 + 1;
            Some(own)
        };
        Layout { bases: sections.iter().scan(0, next).collect() }
    }

    fn find(&self, address: u64) -> Option<(usize, u64)> {
        let section = self.bases.partition_point(|base| *base <= address).checked_sub(1)?;
        Some((section, address - self.bases[section]))
    }
}

/// The relocated fields of the line table.
#[derive(Debug)]
struct Relocations {
    fields: HashMap<usize, u64>,
}

impl Relocate for &Relocations {
    fn relocate_address(&self, offset: usize, value: u64) -> gimli::Result<u64> {
        Ok(self.fields.get(&offset).copied().unwrap_or(value))
    }

    fn relocate_offset(&self, _: usize, value: usize) -> gimli::Result<usize> {
        Ok(value)
    }
}
