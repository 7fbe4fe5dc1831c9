//! Branches, calls, interworking, exceptions.

use exarmo_aarch32::{Mnemonic, Operand};

use crate::effects::{
    Access, Condition, Effect, Expression, HavocCause, Next, Operation, Target, Test, UsedAs,
};
use crate::values::Cell;

use super::super::meaning::is_semihosting;
use super::super::registers::{self, LINK, PROGRAM_COUNTER};
use super::{Lift, add, computed, register};

/// The link register, as a cell.
fn link() -> Cell {
    registers::general(LINK).cell
}

impl Lift<'_> {
    pub(super) fn branch(&mut self, mnemonic: Mnemonic) -> Option<()> {
        use Mnemonic as M;
        match mnemonic {
            M::B => {
                let target = Target::Place(self.label(0)?);
                self.next = Next::Jump(target);
            }
            M::Bl | M::Blx => {
                let target = match self.operand(0)? {
                    Operand::Label { .. } => Target::Place(self.label(0)?),
                    _ => Target::Computed(self.general_value(0)?),
                };
                self.next = Next::Call { target, link: link() };
            }
            M::Bx | M::Bxj => {
                let number = self.general(0)?;
                self.next = match number {
                    LINK => Next::Return(register(LINK)),
                    // UNPREDICTABLE where that is not a word.
                    PROGRAM_COUNTER if !self.surroundings.offset.is_multiple_of(4) => return None,
                    PROGRAM_COUNTER => Next::Jump(Target::Place(self.program_counter(true))),
                    number => Next::Jump(Target::Computed(register(number))),
                };
            }
            M::Cbz | M::Cbnz => {
                let test = Test::IsZero(self.general_value(0)?);
                let condition = if mnemonic == M::Cbz {
                    Condition::holds(test)
                } else {
                    Condition::fails(test)
                };
                self.next = Next::Branch(condition, Target::Place(self.label(1)?));
            }
            M::Tbb | M::Tbh => {
                let bytes = if mnemonic == M::Tbb { 1 } else { 2 };
                let Some(Operand::Mem(memory)) = self.operand(0) else { return None };
                let base = super::operands::core(memory.base)?;
                let exarmo_aarch32::Offset::Reg { reg, .. } = memory.offset else { return None };
                let mut index = register(super::operands::core(reg)?);
                if mnemonic == M::Tbh {
                    let by = Expression::constant(1, 8);
                    index = computed(Operation::ShiftLeft, vec![index, by], 32);
                }
                let loaded = self.load(Access::plain(add(self.read(base), index), bytes));
                let distance = Expression::Join(vec![Expression::zeros(1), loaded]);
                let here = super::address(self.program_counter(false));
                let target = add(here, distance.zero_extend(32));
                self.next = Next::Jump(Target::Computed(target));
            }
            _ => return None,
        }
        Some(())
    }

    pub(super) fn exception(&mut self, mnemonic: Mnemonic) -> Option<()> {
        use Mnemonic as M;
        let number = self.immediate(0).unwrap_or(0);
        match mnemonic {
            // What others leave changed, whoever answers decides; a debugger gives a result.
            M::Hvc | M::Smc => {}
            M::Svc | M::Bkpt | M::Hlt => {
                if is_semihosting(self.decoded, number) {
                    // An operation and its block of parameters, which some have none of.
                    self.list.push(Effect::Use(UsedAs::System, register(0)));
                    self.havoc(registers::general(0), HavocCause::Callee);
                }
            }
            M::Udf => self.next = Next::Trap,
            M::Eret => self.next = Next::Leave,
            _ => return None,
        }
        Some(())
    }

    /// `rfe`: program counter and status from memory.
    pub(super) fn return_from_exception(&mut self, mnemonic: Mnemonic) -> Option<()> {
        use Mnemonic as M;
        let base = self.general(0)?;
        let writes_back = self.register_operand(0)?.writeback;
        let (start, moved): (u32, u32) = match mnemonic {
            M::Rfe => (0, 8),
            M::Rfeib => (4, 8),
            M::Rfeda => (4_u32.wrapping_neg(), 8_u32.wrapping_neg()),
            M::Rfedb => (8_u32.wrapping_neg(), 8_u32.wrapping_neg()),
            _ => return None,
        };
        let access = Access {
            alignment: Some(4),
            ..Access::plain(add(register(base), super::word(start)), 8)
        };
        let loaded = self.load(access);
        self.list.push(Effect::Use(UsedAs::System, loaded));
        if writes_back {
            self.set(registers::general(base), add(register(base), super::word(moved)));
        }
        self.next = Next::Leave;
        Some(())
    }
}
