//! Loads and stores of vector registers: `vldr`, `vld1` to `vld4` and their stores.

use exarmo_aarch32::{Lane, Mnemonic, Offset, Operand, RegList, Writeback};

use crate::effects::{Access, Expression, Part};

use super::super::registers;
use super::{Lift, add, register, word};

/// Where one element of memory goes.
struct Element {
    /// The part of a register.
    part: Part,
    /// Its first bit in what is loaded or stored.
    low: u16,
}

/// A load or store of structures.
struct Structures {
    /// The elements, in no particular order.
    elements: Vec<Element>,
    /// How many bytes of memory they take.
    bytes: u16,
    /// The bytes of an element.
    element_bytes: u16,
}

impl Lift<'_> {
    pub(super) fn load_or_store_vector(&mut self, loads: bool) -> Option<()> {
        let Some(Operand::Reg(data)) = self.operand(0) else { return None };
        let mut part = registers::part(data.reg)?;
        let whole = part;
        let is_half = match self.decoded.form {
            super::Form::Common(instruction) => instruction.encoding().name().ends_with('H'),
            super::Form::System(_) => false,
        };
        if is_half {
            part.bits = 16;
        }
        let address = self.address(1)?;
        let bytes = u64::from(part.bits / 8);
        // Words, whatever the register (DDI 0406 A3.2.1).
        let alignment = Some(if is_half { 2 } else { 4 });
        let access = Access { alignment, ..Access::plain(address.address.clone(), bytes) };
        if loads {
            let loaded = self.load(access);
            self.set(whole, loaded.zero_extend(whole.bits));
        } else {
            self.store(access, Some(Expression::Cell(part)));
        }
        self.write_back(&address);
        Some(())
    }

    pub(super) fn load_structures(&mut self, mnemonic: Mnemonic) -> Option<()> {
        let (structures, address) = self.structures(mnemonic)?;
        let loaded = self.load(address);
        for element in structures.elements {
            self.set(element.part, loaded.clone().slice(element.low, element.part.bits));
        }
        self.step_base(structures.bytes)
    }

    pub(super) fn store_structures(&mut self, mnemonic: Mnemonic) -> Option<()> {
        let (mut structures, address) = self.structures(mnemonic)?;
        structures.elements.sort_by_key(|element| element.low);
        let values =
            structures.elements.iter().map(|element| Expression::Cell(element.part)).collect();
        self.store(address, Some(Expression::Join(values)));
        self.step_base(structures.bytes)
    }

    fn structures(&mut self, mnemonic: Mnemonic) -> Option<(Structures, Access)> {
        let Some(Operand::Imm { value: bits, .. }) = self.operand(0) else { return None };
        let list = self.register_list(1)?;
        let Some(Operand::Mem(memory)) = self.operand(2) else { return None };
        let count = match mnemonic {
            Mnemonic::Vld1 | Mnemonic::Vst1 => 1,
            Mnemonic::Vld2 | Mnemonic::Vst2 => 2,
            Mnemonic::Vld3 | Mnemonic::Vst3 => 3,
            _ => 4,
        };
        let structures = arrange(list, u16::try_from(bits).ok()?, count)?;
        let base = register(super::operands::core(memory.base)?);
        // Without one written, an element's own, where alignment is checked at all: not on every
        // core.
        let alignment = memory.align.map(|bits| bits / 8);
        let bytes = u64::from(structures.bytes);
        debug_assert!(structures.element_bytes > 0);
        Some((structures, Access { alignment, ..Access::plain(base, bytes) }))
    }

    /// The write-back: by the bytes that were moved, or by a register.
    fn step_base(&mut self, bytes: u16) -> Option<()> {
        let Some(Operand::Mem(memory)) = self.operand(2) else { return None };
        let base = super::operands::core(memory.base)?;
        let by = match (memory.writeback, memory.offset) {
            (Writeback::None, _) => return Some(()),
            (_, Offset::Reg { reg, .. }) => register(super::operands::core(reg)?),
            (_, Offset::None) => word(u32::from(bytes)),
            _ => return None,
        };
        self.set(registers::general(base), add(register(base), by));
        Some(())
    }
}

/// Which element of memory belongs to which lane (DDI 0406 A8.8.320 and on): structures of
/// `count` elements, each of a register of its own.
fn arrange(list: RegList, bits: u16, count: usize) -> Option<Structures> {
    let registers: Vec<Part> = list.regs().filter_map(registers::part).collect();
    if registers.is_empty() || bits == 0 || !registers.len().is_multiple_of(count) && count != 1 {
        return None;
    }
    let lane =
        |register: Part, index: u16| Part { low: register.low + index * bits, bits, ..register };
    let per_register = 64 / bits;
    let mut elements = Vec::new();
    let structure = |index: usize| u16::try_from(index).unwrap_or(0);
    let memory_elements = match list.lane {
        Lane::Whole => {
            // `vld2.8 {d0, d1, d2, d3}` is two rounds: d0 with d2, then d1 with d3.
            let rounds = registers.len() / count;
            let mut next = 0;
            for round in 0..rounds {
                for index in 0..per_register {
                    for member in 0..count {
                        let register = *registers.get(round + member * rounds)?;
                        elements.push(Element { part: lane(register, index), low: next * bits });
                        next += 1;
                    }
                }
            }
            next
        }
        Lane::Index(index) => {
            let index = u16::try_from(index).ok()?;
            for (member, register) in registers.iter().enumerate() {
                let low = structure(member) * bits;
                elements.push(Element { part: lane(*register, index), low });
            }
            structure(registers.len())
        }
        Lane::All => {
            for (member, register) in registers.iter().enumerate() {
                // `vld1.8 {d0[], d1[]}` reads one element for both.
                let low = if count == 1 { 0 } else { structure(member) * bits };
                for index in 0..per_register {
                    elements.push(Element { part: lane(*register, index), low });
                }
            }
            if count == 1 { 1 } else { structure(registers.len()) }
        }
    };
    Some(Structures { elements, bytes: memory_elements * bits / 8, element_bytes: bits / 8 })
}
