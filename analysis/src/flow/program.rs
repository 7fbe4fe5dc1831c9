//! [`Program`]: a block's machine code, decoded where control can reach it.
//!
//! Decoding follows control flow, never the bytes in a row: data between code is not touched.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::Renaming;
use crate::assemble::{MachineCode, Pointed, Relocation, RelocationTarget, Section};
use crate::block::{Architecture, Target};
use crate::effects::Place;
use crate::facts::ReachedInstruction;
use crate::isa::{Code, Fetch, FieldReference, Instruction, Lifted, x86};
use crate::meaning::Meanings;
use crate::registers::{Register, RegisterPart};
use crate::values::Site;

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
    /// A symbol that the block does not define, by number in [`Program::symbols`], and what is
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

/// An instruction at its place, in the form in which it is executed.
#[derive(Debug)]
pub struct Decoded {
    /// Where it is.
    pub address: CodeAddress,
    /// The offset after it in the section.
    pub next: u64,
    /// What is executed.
    pub form: Form,
}

/// What is executed.
#[derive(Debug)]
pub enum Form {
    /// An instruction of x86, by x86's transfer functions.
    X86(x86::decode::Decoded),
    /// Any other, by its effects. The names of the symbols that it refers to be next to it.
    Lifted(Rc<Lifted>, Vec<String>),
}

impl Decoded {
    /// Where the next instruction is.
    pub fn behind(&self) -> CodeAddress {
        CodeAddress { section: self.address.section, offset: self.next }
    }

    /// The alignment that a memory access of it demands by what is known about x86's mnemonics;
    /// other architectures say it of each access.
    pub fn instruction(&self) -> Instruction {
        match &self.form {
            Form::X86(decoded) => decoded.instruction.into(),
            Form::Lifted(lifted, _) => Rc::clone(lifted).into(),
        }
    }
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

/// So many zero bytes are not code, even where they are instructions: nothing that is executed
/// repeats `add [rax], al` that often.
const PADDING: usize = 4096;

/// A block's code, decoded as far as it was reached.
pub struct Program<'code> {
    code: &'code MachineCode,
    target: &'code Target,
    meanings: &'code Meanings,
    decoded: Vec<Rc<Decoded>>,
    sites: FxHashMap<CodeAddress, Site>,
    symbols: Vec<String>,
    /// The register to be read as another one.
    renaming: Option<(Register, Register)>,
}

impl<'code> Program<'code> {
    /// Nothing decoded yet. With a renaming, the operand's register is read as the other one in
    /// every explicit operand: as if the compiler had chosen that one for the operand.
    pub fn new(
        code: &'code MachineCode,
        target: &'code Target,
        meanings: &'code Meanings,
        registers: &[Option<RegisterPart>],
        renaming: Option<Renaming>,
    ) -> Program<'code> {
        let renaming = renaming.and_then(|Renaming { operand, register }| {
            let plain = (*registers.get(operand)?)?;
            Some((plain.register, register))
        });
        Program {
            code,
            target,
            meanings,
            decoded: Vec::new(),
            sites: FxHashMap::default(),
            symbols: Vec::new(),
            renaming,
        }
    }

    /// What instructions mean.
    pub fn meanings(&self) -> &'code Meanings {
        self.meanings
    }

    /// Where the block begins.
    pub fn start(&self) -> CodeAddress {
        CodeAddress { section: self.code.start as u32, offset: 0 }
    }

    /// Where control leaves the block by falling through.
    pub fn end(&self) -> CodeAddress {
        CodeAddress { section: self.code.start as u32, offset: self.code.end_offset }
    }

    /// The instruction of a site.
    pub fn get(&self, site: Site) -> &Rc<Decoded> {
        &self.decoded[site.0 as usize]
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

    /// Decodes the instruction at an address, once.
    ///
    /// # Errors
    /// Why there is none.
    pub fn at(&mut self, address: CodeAddress) -> Result<Site, NoInstruction> {
        if let Some(&site) = self.sites.get(&address) {
            return Ok(site);
        }
        if address == self.end() {
            return Err(NoInstruction::End);
        }
        let decoded = self.decode(address)?;
        let site = Site(u32::try_from(self.decoded.len()).unwrap_or(u32::MAX));
        self.decoded.push(Rc::new(decoded));
        self.sites.insert(address, site);
        Ok(site)
    }

    fn decode(&mut self, address: CodeAddress) -> Result<Decoded, NoInstruction> {
        let code = self.code;
        let section = code.sections.get(address.section as usize).ok_or(NoInstruction::Outside)?;
        let from = usize::try_from(address.offset).map_err(|_| NoInstruction::Outside)?;
        let bytes = section.bytes.get(from..).filter(|bytes| !bytes.is_empty());
        let bytes = bytes.ok_or(NoInstruction::Outside)?;
        // A template's own section ends where the block ends: what the compiler emits after it is
        // not the block's.
        let own = if address.section == self.end().section && address.offset < code.end_offset {
            &bytes[..bytes.len().min((code.end_offset - address.offset) as usize)]
        } else {
            bytes
        };
        if own.first_chunk::<PADDING>().is_some_and(|zeros| zeros.iter().all(|byte| *byte == 0)) {
            return Err(NoInstruction::Padding);
        }
        let fetch = Fetch { target: self.target, section, address, bytes: own };
        if matches!(self.target.architecture, Architecture::X86 | Architecture::X86_64) {
            let decoded = x86::decode::decode(self, &fetch)?;
            let next = decoded.instruction.next_ip();
            return Ok(Decoded { address, next, form: Form::X86(decoded) });
        }
        self.lift(&fetch)
    }

    /// Decodes and lifts an instruction of any architecture but x86.
    fn lift(&mut self, fetch: &Fetch<'_>) -> Result<Decoded, NoInstruction> {
        let mut code = Code::decode(fetch).ok_or(NoInstruction::Invalid)?;
        if let Some((from, to)) = self.renaming {
            code = code.renamed(from, to);
        }
        let next = fetch.address.offset + code.length();
        let mut references = Vec::new();
        let mut symbols = Vec::new();
        for relocation in relocations_in(fetch.section, fetch.address.offset, next) {
            if let RelocationTarget::Symbol(name) = &relocation.target {
                symbols.push(name.clone());
            }
            let place = self.place(relocation);
            references.push(FieldReference {
                at: (relocation.offset - fetch.address.offset) as u8,
                place,
                relative: relocation.relative,
                bits: relocation.bits,
            });
        }
        let effects = code.lift(fetch, &references);
        let meaning = code.meaning(self.meanings);
        let lifted = Rc::new(Lifted::new(code, effects, meaning));
        Ok(Decoded { address: fetch.address, next, form: Form::Lifted(lifted, symbols) })
    }

    /// What is in the block's own code at an address, as data: at most 16 bytes. `None` where there
    /// is something else, or where the linker writes something that is not one address.
    pub fn literal(&mut self, address: CodeAddress, bytes: u64) -> Option<Literal> {
        let code = self.code;
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
    fn place(&mut self, relocation: &Relocation) -> Place {
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

    /// The register to be read as another one.
    pub fn renaming(&self) -> Option<(Register, Register)> {
        self.renaming
    }

    /// About how many bytes the decoded instructions take.
    pub fn bytes(&self) -> usize {
        // What is decoded, and what is lifted.
        self.decoded.len() * (2 * size_of::<Decoded>() + size_of::<(CodeAddress, Site)>())
    }

    /// Everything that was reached, for the facts.
    pub fn reached(&self) -> Vec<ReachedInstruction> {
        let symbols = |decoded: &Decoded| match &decoded.form {
            Form::X86(decoded) => [&decoded.displacement, &decoded.immediate]
                .into_iter()
                .filter_map(|reference| match reference {
                    Some(Reference::Symbol(number, _) | Reference::Slot(number)) => {
                        Some(self.symbol(*number).to_owned())
                    }
                    _ => None,
                })
                .collect(),
            Form::Lifted(_, symbols) => symbols.clone(),
        };
        self.decoded
            .iter()
            .map(|decoded| ReachedInstruction {
                instruction: decoded.instruction(),
                line: self.code.line_at(decoded.address.section as usize, decoded.address.offset),
                address: (decoded.address.section, decoded.address.offset),
                symbols: symbols(decoded),
            })
            .collect()
    }
}

/// The relocations of the fields from one offset in a section to another.
pub fn relocations_in(section: &Section, from: u64, to: u64) -> impl Iterator<Item = &Relocation> {
    let relocations = &section.relocations;
    let first = relocations.partition_point(|relocation| relocation.offset < from);
    relocations[first..].iter().take_while(move |relocation| relocation.offset < to)
}
