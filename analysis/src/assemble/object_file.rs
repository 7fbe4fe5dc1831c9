//! Reads LLVM's object file: sections, what they refer to, and the lines they came from.

use object::read::{Object, ObjectSection, ObjectSymbol};
use object::{RelocationFlags, RelocationKind, SectionKind, SymbolSection, elf};

use super::line_table;
use super::module_text::{ModuleText, OUR_PREFIX, parse_section_name};
use super::{AddressBits, DefinedSymbol, Relocation, RelocationTarget, Section};
use crate::substitute::LABEL_PREFIX;

/// What the object file of a module holds.
#[derive(Default)]
pub(super) struct ObjectContent {
    /// All sections but those that only describe others.
    pub sections: Vec<Section>,
    /// The sections that start a block: block, section.
    pub starts: Vec<(usize, usize)>,
    /// Where each block's end label landed: block, section, offset.
    pub ends: Vec<(usize, usize, u64)>,
    /// Where each block's label for the end of its own subsection landed: block, offset.
    pub homes: Vec<(usize, u64)>,
    /// The sections that hold a block's probe: block, section.
    pub probes: Vec<(usize, usize)>,
    /// The symbols that have a value of their own instead of a place.
    pub absolutes: Vec<DefinedSymbol>,
}

/// Reads an object file that LLVM wrote for `text`.
pub(super) fn read(bytes: &[u8], text: &ModuleText) -> object::read::Result<ObjectContent> {
    let file = object::File::parse(bytes)?;
    let mut content = ObjectContent::default();
    // From the file's section numbers to ours.
    let mut numbers: Vec<Option<usize>> = Vec::new();
    let mut debug_line = None;
    for section in file.sections() {
        let name = section.name()?;
        if name == ".debug_line" || name == "__debug_line" {
            debug_line = Some(section.index());
        }
        if matches!(section.kind(), SectionKind::Metadata | SectionKind::Debug) {
            continue;
        }
        let number = section.index().0;
        if numbers.len() <= number {
            numbers.resize(number + 1, None);
        }
        let own = content.sections.len();
        numbers[number] = Some(own);
        match parse_section_name(text.format(), name) {
            Some(("text", unit)) => content.starts.push((unit, own)),
            Some(("probe", unit)) => content.probes.push((unit, own)),
            _ => {}
        }
        content.sections.push(Section {
            name: name.to_owned(),
            executable: is_executable(&section),
            bytes: section.data()?.to_vec(),
            relocations: Vec::new(),
            lines: Vec::new(),
            symbols: Vec::new(),
        });
    }
    let reader = Reader { file: &file, numbers: &numbers };
    for section in file.sections() {
        let Some(own) = reader.own_number(section.index()) else { continue };
        let mut relocations: Vec<Relocation> = Vec::new();
        for (offset, relocation) in section.relocations() {
            let bytes = &content.sections[own].bytes;
            relocations.push(reader.relocation(section.address(), offset, &relocation, bytes)?);
        }
        relocations.sort_by_key(|relocation| relocation.offset);
        content.sections[own].relocations = relocations;
    }
    reader.symbols(&mut content)?;
    if let Some(index) = debug_line {
        let section = file.section_by_index(index)?;
        let bytes = section.data()?;
        let mut addresses = Vec::new();
        for (offset, relocation) in section.relocations() {
            let relocation = reader.relocation(section.address(), offset, &relocation, bytes)?;
            if let RelocationTarget::Section { section, offset: inside } = relocation.target {
                let inside = inside.wrapping_add_signed(relocation.addend);
                addresses.push((relocation.offset, section, inside));
            }
        }
        let address_size = if file.is_64() { 8 } else { 4 };
        line_table::read(bytes, address_size, addresses, text, &mut content.sections);
    }
    Ok(content)
}

/// An object file together with our numbering of its sections.
struct Reader<'a> {
    file: &'a object::File<'a>,
    numbers: &'a [Option<usize>],
}

impl Reader<'_> {
    fn own_number(&self, index: object::SectionIndex) -> Option<usize> {
        *self.numbers.get(index.0)?
    }

    /// Section and offset of an address in the object file. Mach-O gives sections addresses.
    fn place(&self, index: object::SectionIndex, address: u64) -> Option<(usize, u64)> {
        let base = self.file.section_by_index(index).ok()?.address();
        Some((self.own_number(index)?, address.wrapping_sub(base)))
    }

    fn relocation(
        &self,
        base: u64,
        offset: u64,
        relocation: &object::read::Relocation,
        bytes: &[u8],
    ) -> object::read::Result<Relocation> {
        let offset = offset.wrapping_sub(base);
        let size = match relocation.size() {
            0 => 4,
            bits => bits / 8,
        };
        let mut addend = relocation.addend();
        if relocation.has_implicit_addend() {
            addend = addend.wrapping_add(signed_field(bytes, offset, size));
        }
        let target = match relocation.target() {
            object::RelocationTarget::Symbol(index) => self.target(index)?,
            object::RelocationTarget::Section(index) => match self.own_number(index) {
                Some(section) => RelocationTarget::Section { section, offset: 0 },
                None => RelocationTarget::Absolute,
            },
            _ => RelocationTarget::Absolute,
        };
        let kind = relocation.kind();
        let got_load = matches!(
            relocation.flags(),
            RelocationFlags::Elf { r_type: elf::R_X86_64_GOTPCRELX | elf::R_X86_64_REX_GOTPCRELX }
        );
        let direct = matches!(
            kind,
            RelocationKind::Absolute | RelocationKind::Relative | RelocationKind::PltRelative
        );
        let relative = got_load
            || matches!(
                kind,
                RelocationKind::Relative
                    | RelocationKind::PltRelative
                    | RelocationKind::GotRelative
            );
        Ok(Relocation {
            offset,
            size,
            target,
            addend,
            relative,
            indirect: !direct,
            bits: AddressBits::ALL,
        })
    }

    fn target(&self, index: object::SymbolIndex) -> object::read::Result<RelocationTarget> {
        let symbol = self.file.symbol_by_index(index)?;
        let name = symbol.name()?;
        let place = match symbol.section() {
            SymbolSection::Section(index) if !name.starts_with(LABEL_PREFIX) => {
                self.place(index, symbol.address())
            }
            _ => None,
        };
        Ok(match (place, name) {
            (Some((section, offset)), _) => RelocationTarget::Section { section, offset },
            (None, "") => RelocationTarget::Absolute,
            (None, name) => RelocationTarget::Symbol(name.to_owned()),
        })
    }

    fn symbols(&self, content: &mut ObjectContent) -> object::read::Result<()> {
        for symbol in self.file.symbols() {
            let name = symbol.name()?;
            match symbol.section() {
                SymbolSection::Absolute if !name.is_empty() => {
                    content
                        .absolutes
                        .push(DefinedSymbol { name: name.to_owned(), offset: symbol.address() });
                }
                SymbolSection::Section(index) => {
                    let Some((section, offset)) = self.place(index, symbol.address()) else {
                        continue;
                    };
                    // Mach-O symbols carry no prefix here: directives name them as they are.
                    let ours = name.strip_prefix(OUR_PREFIX).and_then(|rest| {
                        let (role, unit) = rest.split_once('_')?;
                        Some((role, unit.parse().ok()?))
                    });
                    match ours {
                        Some(("end", unit)) => content.ends.push((unit, section, offset)),
                        Some(("home", unit)) => content.homes.push((unit, offset)),
                        _ if symbol.kind() == object::SymbolKind::Section => {}
                        _ if name.starts_with(LABEL_PREFIX) => {}
                        _ => content.sections[section]
                            .symbols
                            .push(DefinedSymbol { name: name.to_owned(), offset }),
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn is_executable<'data>(section: &impl ObjectSection<'data>) -> bool {
    match section.flags() {
        object::SectionFlags::Elf { sh_flags } => sh_flags & u64::from(elf::SHF_EXECINSTR) != 0,
        _ => section.kind() == SectionKind::Text,
    }
}

/// The little-endian signed number in a field; 0 where the field is not in the section.
fn signed_field(bytes: &[u8], offset: u64, size: u8) -> i64 {
    let field = usize::try_from(offset)
        .ok()
        .and_then(|start| bytes.get(start..start.checked_add(usize::from(size))?));
    let Some(field) = field.filter(|field| (1..=8).contains(&field.len())) else { return 0 };
    let mut value = [0u8; 8];
    value[..field.len()].copy_from_slice(field);
    let unused = 64 - 8 * u32::from(size);
    (i64::from_le_bytes(value) << unused) >> unused
}
