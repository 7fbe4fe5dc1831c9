//! Decoding: bytes and relocations in, an instruction with what its fields refer to out.

use std::rc::Rc;

use iced_x86::{Decoder, Instruction, OpKind, Register as Iced};

use super::known::Known;
use super::meaning::Meanings;
use super::operands::cell_of;
use super::trailing::is_only_prefix;
use crate::assemble::{Pointed, RelocationTarget};
use crate::isa::fetch::Fetch;
use crate::machine::code::{BlockCode, CodeAddress, NoInstruction, Reference, relocations_in};
use crate::registers::Register;
use crate::values::Cell;

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
    /// What is known about it wherever it stands.
    pub known: Rc<Known>,
}

/// Decodes the instruction that `decoder` comes to next, at an address. With a renaming, the operand's register is read as the
/// other one in every explicit operand.
///
/// # Errors
/// Why there is none.
pub fn decode(
    decoder: &mut Decoder<'_>,
    code: &mut BlockCode<'_>,
    fetch: &Fetch<'_>,
    meanings: &Meanings,
    renaming: Option<(Register, Register)>,
) -> Result<Decoded, NoInstruction> {
    let address = fetch.address;
    let mut instruction = decoder.decode();
    if instruction.is_invalid() {
        let bitness = u32::from(fetch.target.architecture.word_bits());
        return Err(if is_only_prefix(fetch.bytes, bitness) {
            NoInstruction::TrailingPrefix
        } else {
            NoInstruction::Invalid
        });
    }
    let plain = instruction;
    if let Some((from, to)) = renaming {
        rename(&mut instruction, from, to);
    }
    let mut decoded = Decoded {
        instruction,
        address,
        displacement: None,
        immediate: None,
        known: Known::of(&instruction, meanings),
    };
    let end = address.offset + instruction.len() as u64;
    for relocation in relocations_in(fetch.section, address.offset, end) {
        let at = (relocation.offset - address.offset) as usize;
        let offsets = decoder.get_constant_offsets(&plain);
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
            RelocationTarget::Absolute => Reference::Symbol(code.symbol_number(""), addend),
            // Of the fields that lead to their target indirectly, those relative to the
            // instruction name a slot of the global offset table.
            RelocationTarget::Symbol(name) => match relocation.field.of {
                Pointed::Slot if relocation.relative && addend == 0 => {
                    Reference::Slot(code.symbol_number(name))
                }
                Pointed::ThreadLocal if relocation.relative && addend == 0 => {
                    Reference::Slot(code.thread_local(name))
                }
                _ => Reference::Symbol(code.symbol_number(name), addend),
            },
        };
        let in_memory_operand = offsets.has_displacement() && offsets.displacement_offset() == at;
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
