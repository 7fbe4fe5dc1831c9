//! [`BlockCode`]: a block's machine code as the machine sees it: places, symbols, literals.

use crate::assemble::{MachineCode, Pointed, Relocation, RelocationTarget, Section};
use crate::effects::Place;

/// A place in a block's code: section and offset.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CodeAddress {
    /// The section, by index in the machine code.
    pub section: u32,
    /// The offset in it.
    pub offset: u64,
}

/// What an instruction's field refers to instead of holding a number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reference {
    /// A place in the block's own code or data.
    Address(CodeAddress),
    /// A symbol that the block does not define, by number in [`BlockCode::symbols`], and what is
    /// added to its address.
    Symbol(u32, i64),
    /// A slot that the linker makes and fills with the address of a symbol, by the symbol's number.
    Slot(u32),
}

impl Reference {
    /// What the name of a symbol ends in that stands for a slot with the symbol's address.
    pub const SLOT: &str = "@GOT";
}

/// What the assembler put beside the code for the code to load.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Literal {
    /// A number.
    Number(u128),
    /// An address.
    Place(Place),
}

/// Why there is no instruction at an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoInstruction {
    /// The end of the block.
    End,
    /// The block ends within an instruction's prefixes.
    TrailingPrefix,
    /// The bytes are no instruction.
    Invalid,
    /// There are no bytes.
    Outside,
    /// The bytes are all zeros, for longer than code could be: data, or what a directive skipped.
    Padding,
}

/// A block's code, and the numbers of the symbols that it refers to.
pub struct BlockCode<'code> {
    machine_code: &'code MachineCode,
    symbols: Vec<String>,
}

impl<'code> BlockCode<'code> {
    /// Without symbols so far.
    pub fn new(machine_code: &'code MachineCode) -> BlockCode<'code> {
        BlockCode { machine_code, symbols: Vec::new() }
    }

    /// What the assembler made.
    pub fn machine_code(&self) -> &'code MachineCode {
        self.machine_code
    }

    /// Where the block begins.
    pub fn start(&self) -> CodeAddress {
        CodeAddress { section: self.machine_code.start as u32, offset: 0 }
    }

    /// Where control leaves the block by falling through.
    pub fn end(&self) -> CodeAddress {
        CodeAddress {
            section: self.machine_code.start as u32,
            offset: self.machine_code.end_offset,
        }
    }

    /// The name of a symbol by number.
    pub fn symbol(&self, number: u32) -> &str {
        self.symbols.get(number as usize).map_or("", String::as_str)
    }

    /// The names of all symbols so far.
    pub fn symbols(&self) -> &[String] {
        &self.symbols
    }

    /// The number of a symbol.
    pub fn symbol_number(&mut self, name: &str) -> u32 {
        let position = self.symbols.iter().position(|known| known == name).unwrap_or_else(|| {
            self.symbols.push(name.to_owned());
            self.symbols.len() - 1
        });
        u32::try_from(position).unwrap_or(u32::MAX)
    }

    /// What is in the block's own code at an address, as data: at most 16 bytes. `None` where there
    /// is something else, or where the linker writes something that is not one address.
    pub fn literal(&mut self, address: CodeAddress, bytes: u64) -> Option<Literal> {
        let code = self.machine_code;
        let section = code.sections.get(address.section as usize)?;
        if !section.executable && address.section as usize != code.start {
            return None;
        }
        let from = usize::try_from(address.offset).ok()?;
        let count = usize::try_from(bytes).ok().filter(|count| *count <= 16)?;
        let held = section.bytes.get(from..from.checked_add(count)?)?;
        let end = address.offset + bytes;
        let mut fields = relocations_in(section, address.offset, end);
        let Some(field) = fields.next() else {
            let number =
                held.iter().rev().fold(0u128, |number, byte| number << 8 | u128::from(*byte));
            return Some(Literal::Number(number));
        };
        let is_whole = field.offset == address.offset && u64::from(field.size) == bytes;
        if !is_whole || field.relative || field.indirect {
            return None;
        }
        let place = self.place(field);
        Some(Literal::Place(place))
    }

    /// The number of what a slot for a thread-local variable holds: an offset that is the same in
    /// all threads, and not the variable's address.
    pub fn thread_local(&mut self, name: &str) -> u32 {
        self.symbol_number(&format!("{name}@TLS"))
    }

    /// What the field of a relocation refers to.
    pub fn place(&mut self, relocation: &Relocation) -> Place {
        match &relocation.target {
            RelocationTarget::Section { section, offset } => Place::Own {
                section: *section as u32,
                offset: offset.wrapping_add_signed(relocation.addend),
            },
            RelocationTarget::Absolute => {
                Place::Symbol { symbol: self.symbol_number(""), addend: relocation.addend }
            }
            RelocationTarget::Symbol(name) => match relocation.field.of {
                Pointed::Slot => Place::Slot { symbol: self.symbol_number(name) },
                Pointed::ThreadLocal => Place::Slot { symbol: self.thread_local(name) },
                Pointed::Target | Pointed::Other => {
                    let symbol = self.symbol_number(name);
                    Place::Symbol { symbol, addend: relocation.addend }
                }
            },
        }
    }
}

/// The relocations of the fields from one offset in a section to another.
pub fn relocations_in(section: &Section, from: u64, to: u64) -> impl Iterator<Item = &Relocation> {
    let relocations = &section.relocations;
    let first = relocations.partition_point(|relocation| relocation.offset < from);
    relocations[first..].iter().take_while(move |relocation| relocation.offset < to)
}
