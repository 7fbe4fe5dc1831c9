//! Addresses, loads and stores of registers and pairs (DDI 0487, C4.1 "Loads and Stores").

use exarmo_aarch64::{Mem, Mnemonic, Offset, Operand, Reg, Writeback};

use super::super::operands::{Lifter, modified, part};
use crate::effects::{Access, Expression, Operation, PREDICATE_LENGTHS};
use crate::registers::Register;
use crate::values::Cell;

/// So many times the length of a predicate in bytes.
pub fn predicate_lengths(count: i64) -> Expression {
    let count = Expression::constant(count.cast_unsigned(), 64);
    let function = Operation::Function(PREDICATE_LENGTHS.into());
    Expression::computed(function, vec![count], 64)
}

/// A memory operand: where, and what is written back to its base.
pub struct Address {
    /// Of the first byte.
    pub at: Expression,
    /// What the base holds afterwards.
    pub back: Option<(Reg, Expression)>,
}

/// Lifts an instruction of this kind; `None` for any other.
pub fn lift(lifter: &mut Lifter<'_>) -> Option<()> {
    use Mnemonic::*;
    match lifter.mnemonic() {
        Ldr | Ldur | Ldtr | Ldapur => load(lifter, None, false, false),
        Ldrb | Ldurb | Ldtrb | Ldapurb => load(lifter, Some(8), false, false),
        Ldrh | Ldurh | Ldtrh | Ldapurh => load(lifter, Some(16), false, false),
        Ldrsb | Ldursb | Ldtrsb | Ldapursb => load(lifter, Some(8), true, false),
        Ldrsh | Ldursh | Ldtrsh | Ldapursh => load(lifter, Some(16), true, false),
        Ldrsw | Ldursw | Ldtrsw | Ldapursw => load(lifter, Some(32), true, false),
        Ldar | Ldapr | Ldlar => load(lifter, None, false, true),
        Ldarb | Ldaprb | Ldlarb => load(lifter, Some(8), false, true),
        Ldarh | Ldaprh | Ldlarh => load(lifter, Some(16), false, true),
        Str | Stur | Sttr | Stlur => store(lifter, None, false),
        Strb | Sturb | Sttrb | Stlurb => store(lifter, Some(8), false),
        Strh | Sturh | Sttrh | Stlurh => store(lifter, Some(16), false),
        Stlr | Stllr => store(lifter, None, true),
        Stlrb | Stllrb => store(lifter, Some(8), true),
        Stlrh | Stllrh => store(lifter, Some(16), true),
        Ldp | Ldnp | Ldiapp | Ldtp | Ldtnp => load_pair(lifter, false),
        Ldpsw => load_pair(lifter, true),
        Stp | Stnp | Stilp | Sttp | Sttnp => store_pair(lifter),
        Prfm | Prfum | Rprfm => Some(()),
        _ => None,
    }
}

/// The memory operand.
pub fn operand(lifter: &Lifter<'_>) -> Option<Mem> {
    lifter.code.operands.iter().find_map(|operand| match operand {
        Operand::Mem(memory) => Some(*memory),
        _ => None,
    })
}

/// Where a memory operand is, for an access of so many bytes.
pub fn address(lifter: &Lifter<'_>, memory: &Mem) -> Address {
    let base = lifter.read(memory.base).zero_extend(64);
    let offset = match memory.offset {
        Offset::None => None,
        // The linker's field takes the place of the number.
        Offset::Imm { value: 0, .. } => lifter.field(),
        Offset::Imm { value, mul_vl: false } => Some(Expression::constant(value as u64, 64)),
        Offset::Imm { value, mul_vl: true } => {
            // Of a predicate, for the loads and stores of one.
            let is_predicate = lifter.register(0).is_some_and(|register| {
                let (_, part) = part(register.reg);
                part.is_some_and(|part| matches!(part.cell, Cell::Register(Register::Mask(_))))
            });
            let unit = if is_predicate { 1 } else { 8 };
            value.checked_mul(unit).map(predicate_lengths)
        }
        Offset::Reg { reg, modifier } => {
            let value = lifter.read(reg);
            Some(match modifier {
                Some(modifier) => {
                    modified(value, modifier.kind, modifier.amount.unwrap_or(0) as u16, 64)
                }
                None => value.zero_extend(64),
            })
        }
        Offset::Vector { reg, .. } => {
            let inputs = vec![base.clone(), lifter.read(reg)];
            let at = Expression::computed(Operation::Function("lanes".into()), inputs, 64);
            return Address { at, back: None };
        }
    };
    let moved = match offset {
        Some(offset) => Expression::computed(Operation::Add, vec![base.clone(), offset], 64),
        None => base.clone(),
    };
    match memory.writeback {
        Writeback::None => Address { at: moved, back: None },
        Writeback::Pre => Address { at: moved.clone(), back: Some((memory.base, moved)) },
        Writeback::Post => Address { at: base, back: Some((memory.base, moved)) },
    }
}

/// The address with which an instruction loads: of its memory operand, or of its literal.
fn load_address(lifter: &Lifter<'_>) -> Option<Address> {
    if let Some(memory) = operand(lifter) {
        return Some(address(lifter, &memory));
    }
    Some(Address { at: Expression::Place(lifter.label()?), back: None })
}

/// Writes back what an address says.
pub fn write_back(lifter: &mut Lifter<'_>, address: Address) {
    if let Some((base, value)) = address.back {
        lifter.write(base, value);
    }
}

/// An access of so many bits, of which some instructions demand the alignment.
fn access(at: Expression, bits: u16, aligned: bool) -> Access {
    let bytes = u64::from(bits / 8);
    Access { alignment: aligned.then_some(bytes as u32), ..Access::plain(at, bytes) }
}

fn load(lifter: &mut Lifter<'_>, bits: Option<u16>, signed: bool, aligned: bool) -> Option<()> {
    let register = lifter.register(0);
    let Some(register) = register else {
        // A prefetch by literal has no register.
        return None;
    };
    let width = part(register.reg).0;
    let bits = bits.unwrap_or(width);
    let address = load_address(lifter)?;
    let value = lifter.load(access(address.at.clone(), bits, aligned));
    let value = if signed { value.sign_extend(width) } else { value.zero_extend(width) };
    write_back(lifter, address);
    lifter.write(register.reg, value);
    Some(())
}

fn store(lifter: &mut Lifter<'_>, bits: Option<u16>, aligned: bool) -> Option<()> {
    let register = lifter.register(0)?;
    let bits = bits.unwrap_or(part(register.reg).0);
    let address = load_address(lifter)?;
    let value = lifter.read(register.reg).slice(0, bits);
    lifter.store(access(address.at.clone(), bits, aligned), Some(value));
    write_back(lifter, address);
    Some(())
}

fn load_pair(lifter: &mut Lifter<'_>, signed: bool) -> Option<()> {
    let (one, other) = (lifter.register(0)?.reg, lifter.register(1)?.reg);
    let width = part(one).0;
    let bits = if signed { 32 } else { width };
    let address = load_address(lifter)?;
    let pair = lifter.load(access(address.at.clone(), 2 * bits, false));
    write_back(lifter, address);
    for (reg, low) in [(one, 0), (other, bits)] {
        let value = pair.clone().slice(low, bits);
        let value = if signed { value.sign_extend(width) } else { value };
        lifter.write(reg, value);
    }
    Some(())
}

fn store_pair(lifter: &mut Lifter<'_>) -> Option<()> {
    let (one, other) = (lifter.register(0)?.reg, lifter.register(1)?.reg);
    let bits = part(one).0;
    let address = load_address(lifter)?;
    let pair = Expression::Join(vec![lifter.read(one), lifter.read(other)]);
    lifter.store(access(address.at.clone(), 2 * bits, false), Some(pair));
    write_back(lifter, address);
    Some(())
}
