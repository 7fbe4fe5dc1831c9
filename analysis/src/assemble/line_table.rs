//! Reads the line table of an object file into its sections.
//!
//! In an object file all sections start at address 0, and only the relocations of the line table
//! tell which section a sequence is about. So the sections are laid out one after the other, as a
//! linker would do it, and the addresses filled in accordingly.

use gimli::{DebugLine, DebugLineOffset, EndianSlice, RunTimeEndian};

use super::module_text::ModuleText;
use super::{FieldValue, Line, Section};

/// The table as it is in the object file.
pub(super) struct Table<'a> {
    pub bytes: &'a [u8],
    pub address_size: u8,
    pub is_big_endian: bool,
}

/// A field of the table that a linker would fill in.
pub(super) struct LineAddress {
    /// The offset in the table.
    pub field: u64,
    /// The size of the field in bytes.
    pub size: u8,
    /// What happens to the place.
    pub value: FieldValue,
    /// The section of the place, and the offset in it.
    pub section: usize,
    pub offset: u64,
}

/// Fills in the lines of the sections. What can't be read is left out: a block without lines still
/// gets a verdict, at a coarser place.
pub(super) fn read(
    table: &Table<'_>,
    addresses: &[LineAddress],
    text: &ModuleText,
    sections: &mut [Section],
) {
    let layout = Layout::new(sections);
    let mut bytes = table.bytes.to_vec();
    for address in addresses {
        fill_in(&mut bytes, address, &layout, table.is_big_endian);
    }
    let endian = match table.is_big_endian {
        true => RunTimeEndian::Big,
        false => RunTimeEndian::Little,
    };
    let reader = EndianSlice::new(&bytes, endian);
    let program =
        DebugLine::from(reader).program(DebugLineOffset(0), table.address_size, None, None);
    let Ok(program) = program else { return };
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
        // Sorting is stable, so of several entries for one offset the last one takes precedence.
        section.lines.sort_by_key(|line| line.offset);
    }
}

/// Does what a linker would do to a field.
fn fill_in(bytes: &mut [u8], address: &LineAddress, layout: &Layout, is_big_endian: bool) {
    let place = layout.bases.get(address.section).and_then(|base| base.checked_add(address.offset));
    let field = usize::try_from(address.field)
        .ok()
        .and_then(|start| bytes.get_mut(start..start.checked_add(address.size.into())?));
    let (Some(place), Some(field)) = (place, field.filter(|field| field.len() <= 8)) else {
        return;
    };
    let mut number = [0u8; 8];
    let count = field.len();
    number[..count].copy_from_slice(field);
    if is_big_endian {
        number[..count].reverse();
    }
    let old = u64::from_le_bytes(number);
    let new = match address.value {
        FieldValue::Added => old.wrapping_add(place),
        FieldValue::Subtracted => old.wrapping_sub(place),
        FieldValue::Address => place,
        _ => return,
    };
    let mut number = new.to_le_bytes();
    if is_big_endian {
        number[..count].reverse();
    }
    field.copy_from_slice(&number[..count]);
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
