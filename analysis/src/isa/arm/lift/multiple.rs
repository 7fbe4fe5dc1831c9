//! Loads and stores of several registers: `ldm`, `stm`, `push`, `pop`, and those of the
//! floating-point unit.

use exarmo_aarch32::{ListFile, Mnemonic, Reg, RegList};

use crate::effects::{Access, Effect, Expression, Next, Target, UsedAs};

use super::super::registers::{self, PROGRAM_COUNTER, STACK_POINTER};
use super::{Lift, add, register, word};

/// A load or store of several registers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct MultipleShape {
    loads: bool,
    mode: Mode,
    /// Whether the base is `sp`, not written and written back: `push`, `pop`.
    on_stack: bool,
}

/// Where the registers lie, seen from the base.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    /// From the base on: `ia`.
    IncrementAfter,
    /// From the word after the base on: `ib`.
    IncrementBefore,
    /// Up to the base: `da`.
    DecrementAfter,
    /// Up to the word before the base: `db`.
    DecrementBefore,
}

/// The shape of a mnemonic that loads or stores several registers.
pub(super) fn shape(mnemonic: Mnemonic) -> Option<MultipleShape> {
    use Mnemonic as M;
    let shape = |loads, mode| MultipleShape { loads, mode, on_stack: false };
    Some(match mnemonic {
        M::Ldm | M::Vldm => shape(true, Mode::IncrementAfter),
        M::Ldmib => shape(true, Mode::IncrementBefore),
        M::Ldmda => shape(true, Mode::DecrementAfter),
        M::Ldmdb | M::Vldmdb => shape(true, Mode::DecrementBefore),
        M::Stm | M::Vstm => shape(false, Mode::IncrementAfter),
        M::Stmib => shape(false, Mode::IncrementBefore),
        M::Stmda => shape(false, Mode::DecrementAfter),
        M::Stmdb | M::Vstmdb => shape(false, Mode::DecrementBefore),
        M::Push | M::Vpush => {
            MultipleShape { loads: false, mode: Mode::DecrementBefore, on_stack: true }
        }
        M::Pop | M::Vpop => {
            MultipleShape { loads: true, mode: Mode::IncrementAfter, on_stack: true }
        }
        _ => return None,
    })
}

/// How many bytes each register of a list takes.
fn register_bytes(list: RegList) -> u32 {
    if list.file == ListFile::Double { 8 } else { 4 }
}

impl Lift<'_> {
    pub(super) fn multiple(&mut self, shape: MultipleShape) -> Option<()> {
        // `ldm r0, {…}^` names its mode first: it is about another mode's registers, or an
        // exception's return.
        if matches!(self.operand(0)?, exarmo_aarch32::Operand::Symbol(_)) {
            return self.multiple_of_user(shape);
        }
        let (base, writes_back, list) = if shape.on_stack {
            (STACK_POINTER, true, self.register_list(0)?)
        } else {
            let operand = self.register_operand(0)?;
            (self.general(0)?, operand.writeback, self.register_list(1)?)
        };
        let registers: Vec<Reg> = list.regs().collect();
        let step = register_bytes(list);
        let total = step * u32::try_from(registers.len()).ok()?;
        let start = self.start(base, shape.mode, total);
        for (index, register) in (0_u32..).zip(&registers) {
            let offset = word(index * step);
            let address = if index == 0 { start.clone() } else { add(start.clone(), offset) };
            let access = Access { alignment: Some(4), ..Access::plain(address, u64::from(step)) };
            if shape.loads {
                let loaded = self.load(access);
                self.loaded_into(*register, loaded, base == STACK_POINTER);
            } else {
                let value = registers::part(*register).map(Expression::Cell);
                self.store(access, value);
            }
        }
        if writes_back {
            self.set(registers::general(base), moved(base, shape.mode, total));
        }
        Some(())
    }

    /// The lowest address.
    fn start(&self, base: u8, mode: Mode, total: u32) -> Expression {
        let distance = match mode {
            Mode::IncrementAfter => 0,
            Mode::IncrementBefore => 4,
            Mode::DecrementAfter => 4_u32.wrapping_sub(total),
            Mode::DecrementBefore => 0_u32.wrapping_sub(total),
        };
        let value = self.read(base);
        if distance == 0 { value } else { add(value, word(distance)) }
    }

    fn loaded_into(&mut self, register: Reg, value: Expression, from_stack: bool) {
        match registers::part(register) {
            Some(part) => self.set(part, value),
            None if from_stack => self.next = Next::Return(value),
            None => self.next = Next::Jump(Target::Computed(value)),
        }
    }

    /// The forms with `^`. With the program counter in the list they return from an exception; else
    /// they mean the registers of User mode, of which all but `sp` and `lr` are the same ones in
    /// every mode but FIQ.
    fn multiple_of_user(&mut self, shape: MultipleShape) -> Option<()> {
        let mode = match self.operand(0)? {
            exarmo_aarch32::Operand::Symbol(symbol) => symbol.name,
            _ => return None,
        };
        let mode = match mode {
            "ia" => Mode::IncrementAfter,
            "ib" => Mode::IncrementBefore,
            "da" => Mode::DecrementAfter,
            "db" => Mode::DecrementBefore,
            _ => return None,
        };
        let base = self.general(1)?;
        let writes_back = self.register_operand(1)?.writeback;
        let list = self.register_list(2)?;
        let returns = list.mask >> PROGRAM_COUNTER & 1 == 1;
        let total = 4 * list.mask.count_ones();
        let start = self.start(base, mode, total);
        for (index, number) in
            (0_u32..).zip((0_u8..16).filter(|number| list.mask >> number & 1 == 1))
        {
            let address = add(start.clone(), word(4 * index));
            let access = Access { alignment: Some(4), ..Access::plain(address, 4) };
            let is_banked = number == 13 || number == 14;
            if !shape.loads {
                let own = !is_banked && number != PROGRAM_COUNTER;
                self.store(access, own.then(|| register(number)));
                continue;
            }
            let loaded = self.load(access);
            if number == PROGRAM_COUNTER || (is_banked && !returns) {
                self.list.push(Effect::Use(UsedAs::System, loaded));
            } else {
                self.set(registers::general(number), loaded);
            }
        }
        if writes_back {
            self.set(registers::general(base), moved(base, mode, total));
        }
        if returns {
            self.next = Next::Leave;
        }
        Some(())
    }
}

/// The base after the write-back.
fn moved(base: u8, mode: Mode, total: u32) -> Expression {
    let distance = match mode {
        Mode::IncrementAfter | Mode::IncrementBefore => total,
        Mode::DecrementAfter | Mode::DecrementBefore => 0_u32.wrapping_sub(total),
    };
    add(register(base), word(distance))
}
