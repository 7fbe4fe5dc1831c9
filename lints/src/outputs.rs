//! Outputs that the block does not write, wholly or in part.
//!
//! Two lints use this module, so that an operand is reported by one of them only.

use asm_analysis::block::Output;
use asm_analysis::facts::ExitKind;
use asm_analysis::machine::trace::TraceId;
use asm_analysis::registers::RegisterPart;
use asm_analysis::values::{Cell, Site, low_mask};

use crate::judged::Judged;
use crate::operands::{Declared, at_exit, declared, input_in_same_register};

/// An output of which some bits are left unwritten.
#[derive(Clone, Copy)]
pub(crate) struct Left {
    /// The operand.
    pub(crate) operand: usize,
    /// The width of its type in bits.
    pub(crate) bits: u16,
    /// The lowest bit that is left; 0 where all are.
    pub(crate) from: u16,
    /// Whether all bits are left.
    pub(crate) all: bool,
    /// The path on which they are.
    pub(crate) trace: TraceId,
    /// Whether the output gets a value on another path.
    pub(crate) is_written_elsewhere: bool,
    /// The last instruction that writes the register, if any does.
    pub(crate) write: Option<Site>,
}

/// Every used output of which some bits are left unwritten on some path to an exit.
pub(crate) fn left(judged: &Judged<'_>) -> Vec<Left> {
    let Some((block, facts)) = judged.inline() else { return Vec::new() };
    if judged.returns_against_promise() {
        return Vec::new();
    }
    declared(block, facts)
        // An input is also the output if nothing changes it.
        .filter(|operand| operand.operand.input.is_none())
        .filter_map(|operand| {
            let Output::Used(output) = &operand.operand.output else { return None };
            if output.may_be_uninitialized {
                return None;
            }
            let cell = Cell::Register(operand.part.register);
            let bits = output.bits.min(operand.part.bits);
            let part = RegisterPart { bits, ..operand.part };
            let input = input_in_same_register(block, facts, &operand);
            let mut left: Option<Left> = None;
            let mut is_written_elsewhere = false;
            for exit in &facts.exits {
                if matches!(exit.kind, ExitKind::Label(label) if block.diverges_at(label)) {
                    continue;
                }
                let word = at_exit(facts, exit, part);
                let unit = if bits > 64 { 8 } else { 1 };
                let whole = low_mask(bits.div_ceil(unit));
                let untouched = word.map_or(whole, |word| {
                    facts.untouched_bits(&word, cell, operand.part.low_bit) & whole
                });
                if untouched == 0 {
                    is_written_elsewhere = true;
                    continue;
                }
                let all = untouched == whole;
                // Bits above the input's type have no value on entry, and none can be expected on exit.
                let given = input.map_or(0, |input| given_bits(&input, &operand).div_ceil(unit));
                let untouched = if all { untouched } else { untouched & !low_mask(given) };
                if untouched == 0 {
                    continue;
                }
                if left.is_none_or(|left| all && !left.all) {
                    let from = u16::try_from(untouched.trailing_zeros()).unwrap_or(0) * unit;
                    left = Some(Left {
                        operand: operand.index,
                        bits,
                        from,
                        all,
                        trace: exit.trace,
                        is_written_elsewhere: false,
                        write: facts.last_write_before(exit.trace, cell, 0, cell.bits()),
                    });
                }
            }
            // The input of a separate operand in the same register is also the output. If there are
            // instructions and all of them leave it unchanged, something is missing.
            let is_forgotten = !is_written_elsewhere && !facts.instructions.is_empty();
            left.filter(|left| input.is_none() || !left.all || is_forgotten)
                .map(|left| Left { is_written_elsewhere, ..left })
        })
        .collect()
}

/// How many low bits of an output an input in the same register provides.
fn given_bits(input: &Declared<'_>, output: &Declared<'_>) -> u16 {
    let value = input.operand.input.as_ref().filter(|_| input.part.low_bit == output.part.low_bit);
    value.map_or(output.part.bits, |value| value.bits)
}
