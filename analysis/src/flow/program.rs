//! [`Program`]: a block's machine code, decoded where control can reach it.
//!
//! Decoding follows control flow, never the bytes in a row: data between code is not touched.

use std::rc::Rc;

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::Renaming;
use crate::assemble::{RelocationTarget, Section};
use crate::block::{Architecture, Target};
use crate::facts::ReachedInstruction;
use crate::isa::{Code, Fetch, FieldReference, Instruction, Lifted, Meanings, known, x86};
use crate::machine::code::{BlockCode, CodeAddress, NoInstruction, Reference, relocations_in};
use crate::registers::{Register, RegisterPart};
use crate::values::Site;

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

    /// The instruction without its place.
    pub fn instruction(&self) -> Instruction {
        match &self.form {
            Form::X86(decoded) => decoded.instruction.into(),
            Form::Lifted(lifted, _) => Rc::clone(lifted).into(),
        }
    }
}

/// So many zero bytes are not code, even where they are instructions: nothing that is executed
/// repeats `add [rax], al` that often.
const PADDING: usize = 4096;

/// So many instructions most blocks have at most.
const FEW: usize = 7;

/// A block's code, decoded as far as it was reached.
pub struct Program<'block> {
    target: &'block Target,
    meanings: &'block Meanings,
    decoded: Vec<Rc<Decoded>>,
    sites: FxHashMap<CodeAddress, Site>,
    /// The register to be read as another one.
    renaming: Option<(Register, Register)>,
    /// The decoder of x86, with the section and the end of what it decodes: to make one takes longer
    /// than to decode an instruction.
    decoder: Option<(u32, usize, iced_x86::Decoder<'block>)>,
}

impl<'block> Program<'block> {
    /// Nothing decoded yet. With a renaming, the operand's register is read as the other one in
    /// every explicit operand: as if the compiler had chosen that one for the operand.
    pub fn new(
        target: &'block Target,
        meanings: &'block Meanings,
        registers: &[Option<RegisterPart>],
        renaming: Option<Renaming>,
    ) -> Program<'block> {
        let renaming = renaming.and_then(|Renaming { operand, register }| {
            let plain = (*registers.get(operand)?)?;
            Some((plain.register, register))
        });
        Program {
            target,
            meanings,
            decoded: Vec::with_capacity(FEW),
            sites: FxHashMap::with_capacity_and_hasher(FEW, FxBuildHasher),
            renaming,
            decoder: None,
        }
    }

    /// The instruction of a site.
    pub fn get(&self, site: Site) -> &Rc<Decoded> {
        &self.decoded[site.0 as usize]
    }

    /// Decodes the instruction at an address, once.
    ///
    /// # Errors
    /// Why there is none.
    pub fn at(
        &mut self,
        code: &mut BlockCode<'block>,
        address: CodeAddress,
    ) -> Result<Site, NoInstruction> {
        if let Some(&site) = self.sites.get(&address) {
            return Ok(site);
        }
        if address == code.end() {
            return Err(NoInstruction::End);
        }
        let decoded = self.decode(code, address)?;
        let site = Site(u32::try_from(self.decoded.len()).unwrap_or(u32::MAX));
        self.decoded.push(Rc::new(decoded));
        self.sites.insert(address, site);
        Ok(site)
    }

    fn decode(
        &mut self,
        code: &mut BlockCode<'block>,
        address: CodeAddress,
    ) -> Result<Decoded, NoInstruction> {
        let machine_code = code.machine_code();
        let section =
            machine_code.sections.get(address.section as usize).ok_or(NoInstruction::Outside)?;
        let from = usize::try_from(address.offset).map_err(|_| NoInstruction::Outside)?;
        let bytes = section.bytes.get(from..).filter(|bytes| !bytes.is_empty());
        let bytes = bytes.ok_or(NoInstruction::Outside)?;
        // A template's own section ends where the block ends: what the compiler emits after it is
        // not the block's.
        let own = if address.section == code.end().section && address.offset < code.end().offset {
            &bytes[..bytes.len().min((code.end().offset - address.offset) as usize)]
        } else {
            bytes
        };
        if own.first_chunk::<PADDING>().is_some_and(|zeros| zeros.iter().all(|byte| *byte == 0)) {
            return Err(NoInstruction::Padding);
        }
        let fetch = Fetch { target: self.target, section, address, bytes: own };
        if matches!(self.target.architecture, Architecture::X86 | Architecture::X86_64) {
            let (meanings, renaming) = (self.meanings.x86(), self.renaming);
            let decoder = self.decoder_at(section, address.section, from, from + own.len())?;
            let decoded = x86::decode::decode(decoder, code, &fetch, meanings, renaming)?;
            let next = decoded.instruction.next_ip();
            return Ok(Decoded { address, next, form: Form::X86(decoded) });
        }
        self.lift(code, &fetch)
    }

    /// The decoder of x86, about to decode what is at a position in a section, up to an end.
    fn decoder_at(
        &mut self,
        section: &'block Section,
        number: u32,
        position: usize,
        end: usize,
    ) -> Result<&mut iced_x86::Decoder<'block>, NoInstruction> {
        let is_it = |(known, until, _): &(u32, usize, _)| (*known, *until) == (number, end);
        if !self.decoder.as_ref().is_some_and(is_it) {
            let bitness = u32::from(self.target.architecture.word_bits());
            let decoder = iced_x86::Decoder::new(
                bitness,
                &section.bytes[..end],
                iced_x86::DecoderOptions::NONE,
            );
            self.decoder = Some((number, end, decoder));
        }
        let Some((.., decoder)) = &mut self.decoder else { return Err(NoInstruction::Outside) };
        decoder.set_position(position).map_err(|_| NoInstruction::Outside)?;
        decoder.set_ip(position as u64);
        Ok(decoder)
    }

    /// Decodes and lifts an instruction of any architecture but x86.
    fn lift(&self, code: &mut BlockCode<'_>, fetch: &Fetch<'_>) -> Result<Decoded, NoInstruction> {
        if self.renaming.is_none()
            && let Some(lifted) = known::recall(fetch, self.meanings)
        {
            let next = fetch.address.offset + lifted.length;
            if relocations_in(fetch.section, fetch.address.offset, next).next().is_none() {
                let form = Form::Lifted(lifted, Vec::new());
                return Ok(Decoded { address: fetch.address, next, form });
            }
        }
        let mut instruction = Code::decode(fetch).ok_or(NoInstruction::Invalid)?;
        if let Some((from, to)) = self.renaming {
            instruction = instruction.renamed(from, to);
        }
        let next = fetch.address.offset + instruction.length();
        let mut references = Vec::new();
        let mut symbols = Vec::new();
        for relocation in relocations_in(fetch.section, fetch.address.offset, next) {
            if let RelocationTarget::Symbol(name) = &relocation.target {
                symbols.push(name.clone());
            }
            let place = code.place(relocation);
            references.push(FieldReference {
                at: (relocation.offset - fetch.address.offset) as u8,
                place,
                relative: relocation.relative,
                bits: relocation.bits,
            });
        }
        let effects = instruction.lift(fetch, &references);
        let meaning = instruction.meaning(self.meanings);
        let lifted = Rc::new(Lifted::new(instruction, effects, meaning));
        if self.renaming.is_none() && references.is_empty() {
            known::remember(fetch, &lifted);
        }
        Ok(Decoded { address: fetch.address, next, form: Form::Lifted(lifted, symbols) })
    }

    /// About how many bytes the decoded instructions take.
    pub fn bytes(&self) -> usize {
        // What is decoded, and what is lifted.
        self.decoded.len() * (2 * size_of::<Decoded>() + size_of::<(CodeAddress, Site)>())
    }

    /// Everything that was reached, for the facts.
    pub fn reached(&self, code: &BlockCode<'_>) -> Vec<ReachedInstruction> {
        let symbols = |decoded: &Decoded| match &decoded.form {
            Form::X86(decoded) => [&decoded.displacement, &decoded.immediate]
                .into_iter()
                .filter_map(|reference| match reference {
                    Some(Reference::Symbol(number, _) | Reference::Slot(number)) => {
                        Some(code.symbol(*number).to_owned())
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
                line: code
                    .machine_code()
                    .line_at(decoded.address.section as usize, decoded.address.offset),
                address: (decoded.address.section, decoded.address.offset),
                symbols: symbols(decoded),
            })
            .collect()
    }
}
