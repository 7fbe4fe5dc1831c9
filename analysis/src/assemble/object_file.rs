//! Reads LLVM's object file: sections, what they refer to, and the lines they came from.

use object::read::{Object, ObjectSection, ObjectSymbol};
use object::{Endianness, SectionKind, SymbolSection, elf, macho, pe};

use super::fields::{self, Implicit};
use super::line_table::{self, LineAddress};
use super::module_text::{ModuleText, OUR_PREFIX, ObjectFormat, parse_section_name};
use super::{
    AddressBits, Content, DefinedSymbol, Field, FieldValue, Pointed, Relocation, RelocationTarget,
    Section,
};
use crate::block::Architecture;
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
            contents: Vec::new(),
            instruction_sets: Vec::new(),
        });
    }
    let reader = Reader { file: &file, numbers: &numbers, architecture: text.architecture() };
    for section in file.sections() {
        let Some(own) = reader.own_number(section.index()) else { continue };
        let mut relocations: Vec<Relocation> = Vec::new();
        for (offset, relocation) in section.relocations() {
            let bytes = &content.sections[own].bytes;
            relocations.extend(reader.relocation(offset, &relocation, bytes)?);
        }
        relocations.sort_by_key(|relocation| relocation.offset);
        content.sections[own].relocations = relocations;
    }
    pair_up(&mut content.sections);
    reader.symbols(&mut content)?;
    if text.format() == ObjectFormat::MachO && text.architecture() == Architecture::AArch64 {
        reader.branches_to_labels(&mut content.sections)?;
    }
    if let Some(index) = debug_line {
        let section = file.section_by_index(index)?;
        let bytes = section.data()?;
        let address_size = match file.architecture() {
            // Code addresses of 16 bits are in fields of 32.
            object::Architecture::Avr => 4,
            architecture => architecture.address_size().map_or(4, object::AddressSize::bytes),
        };
        let mut addresses = Vec::new();
        for (offset, relocation) in section.relocations() {
            let relocation = reader.relocation(offset, &relocation, bytes)?;
            let Some(relocation) = relocation else { continue };
            if let RelocationTarget::Section { section, offset: inside } = relocation.target {
                // What is not known about an address in this table is only its relocation's name.
                let (size, value) = match relocation.field.value {
                    FieldValue::Unknown => (address_size, FieldValue::Address),
                    value => (relocation.size, value),
                };
                addresses.push(LineAddress {
                    field: relocation.offset,
                    size,
                    value,
                    section,
                    offset: inside.wrapping_add_signed(relocation.addend),
                });
            }
        }
        let is_big_endian = file.endianness() == Endianness::Big;
        let table = line_table::Table { bytes, address_size, is_big_endian };
        line_table::read(&table, &addresses, text, &mut content.sections);
    }
    Ok(content)
}

/// Lets each low part of a distance refer to what the high part refers to, instead of to the
/// instruction that has it.
fn pair_up(sections: &mut [Section]) {
    let mut pairs = Vec::new();
    for (number, section) in sections.iter().enumerate() {
        for (index, low) in section.relocations.iter().enumerate() {
            let RelocationTarget::Section { section: of, offset } = low.target else { continue };
            if low.field.value != FieldValue::LowOfPair {
                continue;
            }
            let at = offset.wrapping_add_signed(low.addend);
            let high = sections.get(of).and_then(|section| {
                let relocations = &section.relocations;
                let first = relocations.partition_point(|high| high.offset < at);
                relocations.get(first).filter(|high| high.offset == at)
            });
            if let Some(high) = high {
                pairs.push((number, index, high.clone()));
            }
        }
    }
    for (number, index, high) in pairs {
        let low = &mut sections[number].relocations[index];
        (low.target, low.addend, low.indirect) = (high.target, high.addend, high.indirect);
        low.field.of = high.field.of;
    }
}

/// An object file together with our numbering of its sections.
struct Reader<'a> {
    file: &'a object::File<'a>,
    numbers: &'a [Option<usize>],
    architecture: Architecture,
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

    /// A relocation in neutral terms; `None` for a mere hint to the linker.
    fn relocation(
        &self,
        offset: u64,
        relocation: &object::read::Relocation,
        bytes: &[u8],
    ) -> object::read::Result<Option<Relocation>> {
        let kind = fields::kind_of(
            self.architecture,
            relocation.flags(),
            relocation.kind(),
            relocation.size(),
        );
        let Some(kind) = kind else { return Ok(None) };
        let (field, size) = (kind.field, kind.size);
        let mut addend = relocation.addend();
        if relocation.has_implicit_addend() {
            let start = usize::try_from(offset).unwrap_or(usize::MAX);
            addend = addend.wrapping_add(match kind.implicit {
                Implicit::Number => self.signed_field(bytes, offset, size),
                Implicit::Zero => 0,
                Implicit::Instruction(encoding) => {
                    fields::immediate(encoding, bytes.get(start..).unwrap_or_default())
                }
            });
        }
        let target = match relocation.target() {
            object::RelocationTarget::Symbol(index) => self.target(index)?,
            object::RelocationTarget::Section(index) => match self.own_number(index) {
                Some(section) => {
                    // Mach-O's addend is an address, of which the section has one.
                    let base = self.file.section_by_index(index)?.address();
                    addend = addend.wrapping_sub(base.cast_signed());
                    RelocationTarget::Section { section, offset: 0 }
                }
                None => RelocationTarget::Absolute,
            },
            _ => RelocationTarget::Absolute,
        };
        let relative = matches!(field.value, FieldValue::Distance | FieldValue::Page);
        let indirect = field.of != Pointed::Target;
        let bits = AddressBits { low: field.low, count: field.bits };
        Ok(Some(Relocation { offset, size, target, addend, relative, indirect, field, bits }))
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

    /// The signed number in a field; 0 where the field is not in the section.
    fn signed_field(&self, bytes: &[u8], offset: u64, size: u8) -> i64 {
        let field = usize::try_from(offset)
            .ok()
            .and_then(|start| bytes.get(start..start.checked_add(usize::from(size))?));
        let Some(field) = field.filter(|field| (1..=8).contains(&field.len())) else { return 0 };
        let mut value = [0u8; 8];
        value[..field.len()].copy_from_slice(field);
        if self.file.endianness() == Endianness::Big {
            value[..field.len()].reverse();
        }
        let unused = 64 - 8 * u32::from(size);
        (i64::from_le_bytes(value) << unused) >> unused
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
                        _ if name.starts_with('$') && self.has_mapping_symbols() => {
                            let section = &mut content.sections[section];
                            section.contents.extend(mapping(name).map(|what| (offset, what)));
                            let set = name.strip_prefix("$x").filter(|set| set.starts_with("rv"));
                            section
                                .instruction_sets
                                .extend(set.map(|set| (offset, set.to_owned())));
                        }
                        _ if name.starts_with(LABEL_PREFIX) => {}
                        _ => content.sections[section]
                            .symbols
                            .push(DefinedSymbol { name: name.to_owned(), offset }),
                    }
                }
                _ => {}
            }
        }
        for section in &mut content.sections {
            // Of several for one offset the last one is in force.
            section.contents.sort_by_key(|(offset, _)| *offset);
            section.instruction_sets.sort_by_key(|(offset, _)| *offset);
        }
        Ok(())
    }

    /// Adds relocations of branches to `label` operands, which the assembler has filled in: Mach-O has
    /// none for conditional ones.
    fn branches_to_labels(&self, sections: &mut [Section]) -> object::read::Result<()> {
        for symbol in self.file.symbols() {
            let name = symbol.name()?;
            let SymbolSection::Section(index) = symbol.section() else { continue };
            if !name.starts_with(LABEL_PREFIX) {
                continue;
            }
            let Some((number, place)) = self.place(index, symbol.address()) else { continue };
            let section = &mut sections[number];
            for (offset, word) in (0u64..).step_by(4).zip(section.bytes.chunks_exact(4)) {
                let distance = fields::branch_distance(word);
                if distance.is_none_or(|way| offset.wrapping_add_signed(way) != place) {
                    continue;
                }
                section.relocations.push(Relocation {
                    offset,
                    size: 4,
                    target: RelocationTarget::Symbol(name.to_owned()),
                    addend: 0,
                    relative: true,
                    indirect: false,
                    field: Field::whole(FieldValue::Distance),
                    bits: AddressBits::ALL,
                });
            }
            section.relocations.sort_by_key(|relocation| relocation.offset);
        }
        Ok(())
    }

    fn has_mapping_symbols(&self) -> bool {
        matches!(self.file, object::File::Elf32(_) | object::File::Elf64(_))
    }
}

/// What a mapping symbol says about the bytes from it on (AAELF32 and AAELF64, "Mapping symbols";
/// RISC-V psABI, "Mapping Symbol").
fn mapping(name: &str) -> Option<Content> {
    match name.split_at_checked(2)?.0 {
        "$x" | "$a" => Some(Content::Code),
        "$t" => Some(Content::Thumb),
        "$d" => Some(Content::Data),
        _ => None,
    }
}

fn is_executable<'data>(section: &impl ObjectSection<'data>) -> bool {
    match section.flags() {
        object::SectionFlags::Elf { sh_flags } => sh_flags & u64::from(elf::SHF_EXECINSTR) != 0,
        object::SectionFlags::MachO { flags } => {
            flags & (macho::S_ATTR_PURE_INSTRUCTIONS | macho::S_ATTR_SOME_INSTRUCTIONS) != 0
        }
        object::SectionFlags::Coff { characteristics } => {
            characteristics & pe::IMAGE_SCN_MEM_EXECUTE != 0
        }
        _ => section.kind() == SectionKind::Text,
    }
}
