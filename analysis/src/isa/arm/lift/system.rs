//! Status and system registers: `mrs`, `msr`, `cps`, coprocessors, `vmrs`, `vmsr`.

use exarmo_aarch32::{Mnemonic, Operand};

use crate::effects::{Effect, Expression, HavocCause, Part, UsedAs};
use crate::values::{Cell, Flag};

use super::super::registers::{
    self, FLOAT_STATUS_BITS, GREATER_OR_EQUAL, LINK, OTHER_STATUS, STACK_POINTER,
};
use super::{Lift, flag, register};

/// The fields that a write of a status register names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct StatusFields {
    /// N, Z, C, V, Q: bits 31 to 27.
    pub(super) condition_flags: bool,
    /// GE: bits 19 to 16.
    pub(super) lane_flags: bool,
    /// The masks and the mode: bits 7 to 0.
    pub(super) control: bool,
    /// The rest of bits 15 to 8.
    pub(super) extension: bool,
}

/// N, Z, C, V and Q with their bits (DDI 0406 B1.3.3, DDI 0403 B1.4.2).
const CONDITION_FLAGS: [(Flag, u16); 5] = [
    (Flag::Sign, 31),
    (Flag::Zero, 30),
    (Flag::Carry, 29),
    (Flag::Overflow, 28),
    (Flag::Saturation, 27),
];

impl Lift<'_> {
    pub(super) fn system(&mut self, mnemonic: Mnemonic) -> Option<()> {
        use Mnemonic as M;
        match mnemonic {
            M::Mrs => self.read_status(),
            M::Msr => self.write_status(),
            M::Cps | M::Cpsid | M::Cpsie => {
                // With a number: another mode, with a stack pointer and link register of its own.
                let changes_mode = (0..2).any(|index| self.immediate(index).is_some());
                if changes_mode {
                    self.change_mode();
                }
                self.havoc(Part { low: 0, bits: 8, cell: OTHER_STATUS }, HavocCause::Varying);
                Some(())
            }
            M::Setpan => {
                self.havoc(Part { low: 22, bits: 1, cell: OTHER_STATUS }, HavocCause::Varying);
                Some(())
            }
            M::Mrc => self.read_coprocessor(),
            M::Mcr => self.write_coprocessor(),
            M::Mrrc => {
                let (low, high) = (self.general(2)?, self.general(3)?);
                self.havoc(registers::general(low), HavocCause::Varying);
                self.havoc(registers::general(high), HavocCause::Varying);
                Some(())
            }
            M::Mcrr => {
                let pair = Expression::Join(vec![self.general_value(2)?, self.general_value(3)?]);
                self.list.push(Effect::Use(UsedAs::System, pair));
                Some(())
            }
            M::Vmrs => self.read_float_register(),
            M::Vmsr => self.write_float_register(),
            _ => None,
        }
    }

    /// The name in a symbol operand.
    fn symbol(&self, index: usize) -> Option<&'static str> {
        match self.operand(index)? {
            Operand::Symbol(symbol) => Some(symbol.name),
            _ => None,
        }
    }

    fn read_status(&mut self) -> Option<()> {
        let destination = self.general(0)?;
        match self.symbol(1) {
            Some("apsr" | "cpsr") => {
                let status = self.status();
                self.set_general(destination, status);
            }
            // The saved status, or a banked register of another mode.
            Some(_) => self.havoc(registers::general(destination), HavocCause::Varying),
            None => return None,
        }
        Some(())
    }

    /// The status register with its flags.
    pub(super) fn status(&self) -> Expression {
        let other = |low, bits| Expression::Cell(Part { cell: OTHER_STATUS, low, bits });
        let mut parts = vec![other(0, 16)];
        parts.extend(GREATER_OR_EQUAL.map(flag));
        parts.push(other(20, 7));
        parts.extend(CONDITION_FLAGS.iter().rev().map(|(known, _)| flag(*known)));
        Expression::Join(parts)
    }

    fn write_status(&mut self) -> Option<()> {
        let name = self.symbol(0)?;
        let value = match self.operand(1)? {
            Operand::Imm { value, .. } => {
                Expression::constant(value.cast_unsigned() & 0xffff_ffff, 32)
            }
            _ => self.general_value(1)?,
        };
        let Some((register, fields)) = name.split_once('_') else {
            self.list.push(Effect::Use(UsedAs::System, value));
            return Some(());
        };
        let has = |letter| fields.contains(letter);
        let fields = match register {
            "apsr" => StatusFields {
                condition_flags: fields.starts_with("nzcvq"),
                lane_flags: fields.ends_with('g'),
                control: false,
                extension: false,
            },
            // Bit 9, E, turns the bytes of every later access round (DDI 0406 B1.3.3).
            "cpsr" if has('x') => return None,
            "cpsr" => StatusFields {
                condition_flags: has('f'),
                lane_flags: has('s'),
                control: has('c'),
                extension: has('x'),
            },
            // `spsr_…`, `sp_usr` and their like belong to another mode.
            _ => {
                self.list.push(Effect::Use(UsedAs::System, value));
                return Some(());
            }
        };
        self.set_status(&value, fields);
        Some(())
    }

    /// Sets the fields of the status register.
    pub(super) fn set_status(&mut self, value: &Expression, fields: StatusFields) {
        if fields.condition_flags {
            for (known, bit) in CONDITION_FLAGS {
                self.set_flag(known, value.clone().slice(bit, 1));
            }
        }
        if fields.lane_flags {
            for (bit, known) in (16..).zip(GREATER_OR_EQUAL) {
                self.set_flag(known, value.clone().slice(bit, 1));
            }
        }
        if fields.extension {
            self.set(Part { cell: OTHER_STATUS, low: 8, bits: 8 }, value.clone().slice(8, 8));
        }
        if fields.control {
            self.set(Part { cell: OTHER_STATUS, low: 0, bits: 8 }, value.clone().slice(0, 8));
            self.list.push(Effect::Use(UsedAs::System, value.clone().slice(0, 8)));
            self.change_mode();
        }
    }

    /// Another mode has, or may have, a stack pointer and a link register of its own
    /// (DDI 0406 B1.3.2).
    pub(super) fn change_mode(&mut self) {
        self.havoc(registers::general(STACK_POINTER), HavocCause::Opaque);
        self.havoc(registers::general(LINK), HavocCause::Opaque);
    }

    fn read_coprocessor(&mut self) -> Option<()> {
        if matches!(self.operand(2)?, Operand::Symbol(_)) {
            for known in [Flag::Sign, Flag::Zero, Flag::Carry, Flag::Overflow] {
                self.havoc(registers::flag(known), HavocCause::Varying);
            }
        } else {
            let destination = self.general(2)?;
            self.havoc(registers::general(destination), HavocCause::Varying);
        }
        Some(())
    }

    fn write_coprocessor(&mut self) -> Option<()> {
        let source = self.general(2)?;
        self.list.push(Effect::Use(UsedAs::System, register(source)));
        Some(())
    }

    /// `fpscr` as one word: its status and its control are two cells.
    fn float_register() -> Expression {
        Expression::Join(float_parts().into_iter().map(Expression::Cell).collect())
    }

    fn read_float_register(&mut self) -> Option<()> {
        if self.symbol(0) == Some("apsr_nzcv") {
            let status = |low| Expression::Cell(Part { cell: Cell::FloatStatus, low, bits: 1 });
            for (known, low) in CONDITION_FLAGS.into_iter().take(4) {
                self.set_flag(known, status(low));
            }
            return Some(());
        }
        let destination = self.general(0)?;
        match self.symbol(1)? {
            "fpscr" => {
                let value = Lift::float_register();
                self.set_general(destination, value);
            }
            _ => self.havoc(registers::general(destination), HavocCause::Varying),
        }
        Some(())
    }

    fn write_float_register(&mut self) -> Option<()> {
        let value = self.general_value(1)?;
        if self.symbol(0)? != "fpscr" {
            self.list.push(Effect::Use(UsedAs::System, value));
            return Some(());
        }
        for part in float_parts() {
            self.set(part, value.clone().slice(part.low, part.bits));
        }
        Some(())
    }
}

/// The runs of bits of `fpscr`, each in the cell that it belongs to, the lowest first.
fn float_parts() -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for low in 0_u16..32 {
        let is_status = FLOAT_STATUS_BITS >> low & 1 == 1;
        let cell = if is_status { Cell::FloatStatus } else { Cell::FloatControl };
        match parts.last_mut() {
            Some(part) if part.cell == cell => part.bits += 1,
            _ => parts.push(Part { cell, low, bits: 1 }),
        }
    }
    parts
}
