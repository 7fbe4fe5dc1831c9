//! [`Program`]: a block's machine code, decoded where control can reach it.
//!
//! Decoding follows control flow, never the bytes in a row: data between code is not touched.

use std::rc::Rc;

use iced_x86::{
    Decoder, DecoderOptions, Instruction, InstructionInfoFactory, OpAccess, OpKind,
    Register as Iced,
};
use rustc_hash::FxHashMap;

use crate::assemble::{MachineCode, RelocationTarget};
use crate::block::Architecture;
use crate::facts::ReachedInstruction;
use crate::isa::x86::trailing::is_only_prefix;
use crate::registers::{Register, RegisterPart};
use crate::values::{Cell, Site};

use super::Renaming;
use super::machine::cell_of;

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

/// A decoded instruction with what its fields refer to.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// As decoded. Its instruction pointer is the offset in its section.
    pub instruction: Instruction,
    /// Where it is.
    pub address: CodeAddress,
    /// What the displacement of its memory operand, or its branch target, refers to.
    pub displacement: Option<Reference>,
    /// What its immediate refers to.
    pub immediate: Option<Reference>,
    /// The registers that it uses, named or not, with how it uses them.
    pub registers: Box<[(Iced, OpAccess)]>,
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
}

/// A block's code, decoded as far as it was reached.
pub struct Program<'code> {
    code: &'code MachineCode,
    bitness: u32,
    decoded: Vec<Rc<Decoded>>,
    sites: FxHashMap<CodeAddress, Site>,
    symbols: Vec<String>,
    information: InstructionInfoFactory,
    /// The register to be read as another one.
    renaming: Option<(Register, Register)>,
}

impl<'code> Program<'code> {
    /// Nothing decoded yet. With a renaming, the operand's register is read as the other one in
    /// every explicit operand: as if the compiler had chosen that one for the operand.
    pub fn new(
        code: &'code MachineCode,
        architecture: Architecture,
        registers: &[Option<RegisterPart>],
        renaming: Option<Renaming>,
    ) -> Program<'code> {
        let renaming = renaming.and_then(|Renaming { operand, register }| {
            let plain = (*registers.get(operand)?)?;
            Some((plain.register, register))
        });
        Program {
            code,
            bitness: u32::from(architecture.word_bits()),
            decoded: Vec::new(),
            sites: FxHashMap::default(),
            symbols: Vec::new(),
            information: InstructionInfoFactory::new(),
            renaming,
        }
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
        let section =
            self.code.sections.get(address.section as usize).ok_or(NoInstruction::Outside)?;
        let from = usize::try_from(address.offset).map_err(|_| NoInstruction::Outside)?;
        let bytes = section.bytes.get(from..).filter(|bytes| !bytes.is_empty());
        let bytes = bytes.ok_or(NoInstruction::Outside)?;
        // A template's own section ends where the block ends: what the compiler emits behind it
        // is not the block's.
        let own = if address.section == self.end().section && address.offset < self.code.end_offset
        {
            &bytes[..bytes.len().min((self.code.end_offset - address.offset) as usize)]
        } else {
            bytes
        };
        let mut decoder = Decoder::with_ip(self.bitness, own, address.offset, DecoderOptions::NONE);
        let mut instruction = decoder.decode();
        if instruction.is_invalid() {
            return Err(if is_only_prefix(own, self.bitness) {
                NoInstruction::TrailingPrefix
            } else {
                NoInstruction::Invalid
            });
        }
        let offsets = decoder.get_constant_offsets(&instruction);
        if let Some((from, to)) = self.renaming {
            rename(&mut instruction, from, to);
        }
        let used = self.information.info(&instruction).used_registers();
        let registers = used.iter().map(|used| (used.register(), used.access())).collect();
        let mut decoded =
            Decoded { instruction, address, displacement: None, immediate: None, registers };
        let end = address.offset + instruction.len() as u64;
        let relocations = &section.relocations;
        let first = relocations.partition_point(|relocation| relocation.offset < address.offset);
        let inside = relocations[first..].iter().take_while(|relocation| relocation.offset < end);
        for relocation in inside {
            let at = (relocation.offset - address.offset) as usize;
            // What a PC-relative field holds counts from the end of the instruction, what the
            // relocation adds counts from the field.
            let bias = if relocation.relative { (end - relocation.offset) as i64 } else { 0 };
            let addend = relocation.addend.wrapping_add(bias);
            let reference = match &relocation.target {
                RelocationTarget::Section { section, offset } => Reference::Address(CodeAddress {
                    section: *section as u32,
                    offset: (*offset as i64).wrapping_add(addend) as u64,
                }),
                // A bare address: for a relative field, somewhere outside.
                RelocationTarget::Absolute if !relocation.relative => continue,
                RelocationTarget::Absolute => Reference::Symbol(self.symbol_number(""), addend),
                // Of the fields that lead to their target indirectly, those relative to the
                // instruction name a slot of the global offset table.
                RelocationTarget::Symbol(name) => {
                    let number = self.symbol_number(&name.clone());
                    if relocation.indirect && relocation.relative && addend == 0 {
                        Reference::Slot(number)
                    } else {
                        Reference::Symbol(number, addend)
                    }
                }
            };
            let in_memory_operand =
                offsets.has_displacement() && offsets.displacement_offset() == at;
            let branches = instruction.is_call_near()
                || instruction.is_jmp_short_or_near()
                || instruction.is_jcc_short_or_near()
                || instruction.is_jcx_short()
                || instruction.is_loop()
                || instruction.is_loopcc();
            if in_memory_operand || branches {
                decoded.displacement = Some(reference);
            } else {
                decoded.immediate = Some(reference);
            }
        }
        Ok(decoded)
    }

    /// Everything that was reached, for the facts.
    pub fn reached(&self) -> Vec<ReachedInstruction> {
        let symbol = |reference: &Option<Reference>| match reference {
            Some(Reference::Symbol(number, _) | Reference::Slot(number)) => {
                Some(self.symbol(*number).to_owned())
            }
            _ => None,
        };
        self.decoded
            .iter()
            .map(|decoded| ReachedInstruction {
                instruction: decoded.instruction,
                line: self.code.line_at(decoded.address.section as usize, decoded.address.offset),
                address: (decoded.address.section, decoded.address.offset),
                symbols: [symbol(&decoded.displacement), symbol(&decoded.immediate)]
                    .into_iter()
                    .flatten()
                    .collect(),
            })
            .collect()
    }
}

/// Puts a register in another one's place in all explicit operands.
fn rename(instruction: &mut Instruction, from: Register, to: Register) {
    for operand in 0..instruction.op_count() {
        if instruction.op_kind(operand) == OpKind::Register {
            let register = renamed(instruction.op_register(operand), from, to);
            instruction.set_op_register(operand, register);
        }
    }
    instruction.set_memory_base(renamed(instruction.memory_base(), from, to));
    instruction.set_memory_index(renamed(instruction.memory_index(), from, to));
}

/// The part of `to` that corresponds to a part of `from`; any other register stays.
fn renamed(register: Iced, from: Register, to: Register) -> Iced {
    let Some((cell, low, bits)) = cell_of(register) else { return register };
    if cell != Cell::Register(from) {
        return register;
    }
    Iced::values()
        .find(|candidate| cell_of(*candidate) == Some((Cell::Register(to), low, bits)))
        .unwrap_or(register)
}
