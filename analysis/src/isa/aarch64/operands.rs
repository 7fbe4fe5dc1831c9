//! [`Lifter`]: an instruction on its way to effects, and its operands as expressions.

use exarmo_aarch64::{Arrangement, Cond, Mnemonic, ModifierKind, Operand, Reg, RegOperand};

use super::Instruction;
use crate::effects::{
    Access, Condition, Effect, Effects, Expression, FlagTest, HavocCause, Operation, Part, Place,
    Test, UsedAs,
};
use crate::registers::Register;
use crate::values::{Cell, Flag};

/// The number of `sp` among the general registers.
pub const STACK_POINTER: u8 = 31;
/// The number of the link register.
pub const LINK: u8 = 30;
/// How many bits of a vector register are followed.
pub const VECTOR_BITS: u16 = 512;

/// Where an instruction is, and what the linker writes into it.
#[derive(Clone, Debug)]
pub struct Here {
    /// The section.
    pub section: u32,
    /// The offset in it.
    pub offset: u64,
    /// What a relocated field refers to.
    pub reference: Option<Reference>,
}

/// What a relocated field refers to.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The place.
    pub place: Place,
    /// The first bit of its address that goes into the field.
    pub low: u16,
    /// How many bits do.
    pub count: u16,
}

/// An instruction on its way to effects.
pub struct Lifter<'code> {
    /// The instruction.
    pub code: &'code Instruction,
    /// Where it is.
    pub here: &'code Here,
    /// What it does, as far as that is said.
    pub effects: Effects,
    loads: usize,
}

/// A general register as a cell.
pub fn general(number: u8) -> Cell {
    Cell::Register(Register::General(number))
}

/// A vector register as a cell.
pub fn vector(number: u8) -> Cell {
    Cell::Register(Register::Vector(number))
}

/// The width of a register, and its part of a cell; no part for the zero register and
/// for state that is not followed.
pub fn part(reg: Reg) -> (u16, Option<Part>) {
    let cell = |cell, bits| (bits, Some(Part { cell, low: 0, bits }));
    let number = reg.num();
    match reg {
        Reg::W(_) | Reg::X(_) | Reg::WX(_) | Reg::Gp(_) => {
            let bits = if is_narrow(reg) { 32 } else { 64 };
            if number == 31 { (bits, None) } else { cell(general(number), bits) }
        }
        Reg::WSp(_) | Reg::XSp(_) | Reg::WXSp(_) => {
            cell(general(number), if is_narrow(reg) { 32 } else { 64 })
        }
        Reg::B(_) => cell(vector(number), 8),
        Reg::H(_) => cell(vector(number), 16),
        Reg::S(_) => cell(vector(number), 32),
        Reg::D(_) => cell(vector(number), 64),
        Reg::Q(_) | Reg::V(_) => cell(vector(number), 128),
        Reg::Scalar(scalar) => cell(vector(number), u16::from(scalar.size_bits())),
        Reg::Z(_) => cell(vector(number), VECTOR_BITS),
        Reg::P(_) | Reg::PN(_) => cell(Cell::Register(Register::Mask(number)), 64),
        Reg::ZA(_) | Reg::ZT0 => (64, None),
    }
}

/// Whether a general register is written with a `w`.
fn is_narrow(reg: Reg) -> bool {
    use exarmo_aarch64::{DynRegSp, DynRegZr};
    matches!(reg, Reg::W(_) | Reg::WSp(_) | Reg::WX(DynRegZr::W(_)) | Reg::WXSp(DynRegSp::W(_)))
}

/// Whether a register is a scalable vector or predicate, or matrix storage.
pub fn is_scalable(reg: Reg) -> bool {
    matches!(reg, Reg::Z(_) | Reg::P(_) | Reg::PN(_) | Reg::ZA(_) | Reg::ZT0)
}

/// The bits of an arrangement: of all lanes, or of one.
pub fn arranged(arrangement: Arrangement) -> u16 {
    arrangement.bits().unwrap_or(arrangement.element_width().bits())
}

/// The condition of a condition code; `None` for one that always holds (DDI 0487, C1.2.4).
pub fn condition(code: Cond) -> Option<Condition> {
    let test = match code {
        Cond::Eq | Cond::Ne => FlagTest::Set(Flag::Zero),
        Cond::Cs | Cond::Cc => FlagTest::Set(Flag::Carry),
        Cond::Mi | Cond::Pl => FlagTest::Set(Flag::Sign),
        Cond::Vs | Cond::Vc => FlagTest::Set(Flag::Overflow),
        Cond::Hi | Cond::Ls => FlagTest::Higher,
        Cond::Ge | Cond::Lt => FlagTest::GreaterOrEqual,
        Cond::Gt | Cond::Le => FlagTest::Greater,
        Cond::Al | Cond::Nv => return None,
    };
    Some(Condition { test: Test::Flags(test), negated: code.bits() % 2 == 1 })
}

/// The four condition flags with their bits in `NZCV`.
pub const FLAGS: [(Flag, u16); 4] =
    [(Flag::Sign, 31), (Flag::Zero, 30), (Flag::Carry, 29), (Flag::Overflow, 28)];

impl<'code> Lifter<'code> {
    /// Nothing said yet.
    pub fn new(code: &'code Instruction, here: &'code Here) -> Lifter<'code> {
        Lifter { code, here, effects: Effects::default(), loads: 0 }
    }

    /// The mnemonic.
    pub fn mnemonic(&self) -> Mnemonic {
        self.code.mnemonic
    }

    /// An operand by position.
    pub fn operand(&self, index: usize) -> Option<Operand> {
        self.code.operands.get(index).copied()
    }

    /// A register operand by position.
    pub fn register(&self, index: usize) -> Option<RegOperand> {
        match self.operand(index) {
            Some(Operand::Reg(register)) => Some(register),
            _ => None,
        }
    }

    /// An immediate by position.
    pub fn immediate(&self, index: usize) -> Option<i64> {
        match self.operand(index) {
            Some(Operand::Imm { value, .. }) => Some(value),
            _ => None,
        }
    }

    /// The last operand as a condition.
    pub fn condition(&self) -> Option<Option<Condition>> {
        match self.code.operands.last() {
            Some(Operand::Cond(code)) => Some(condition(*code)),
            _ => None,
        }
    }

    /// The width of a register operand.
    pub fn width(&self, index: usize) -> Option<u16> {
        self.register(index).map(|register| part(register.reg).0)
    }

    // Values

    /// What a register holds, at its width.
    pub fn read(&self, reg: Reg) -> Expression {
        match part(reg) {
            (_, Some(part)) => Expression::Cell(part),
            (bits, None) => Expression::zeros(bits),
        }
    }

    /// What a register operand stands for: an element, or the register at its arrangement, or a
    /// general register shifted or extended to `bits`.
    pub fn value_of(&self, register: RegOperand, bits: u16) -> Expression {
        let value = self.read(register.reg);
        if let (Reg::V(_), Some(arrangement)) = (register.reg, register.arrangement) {
            let width = arranged(arrangement);
            let element = arrangement.element_width().bits();
            return match register.index {
                Some(index) => value.slice(index as u16 * element, element),
                None => value.slice(0, width),
            };
        }
        match register.modifier {
            Some(modifier) if !is_scalable(register.reg) => {
                modified(value, modifier.kind, modifier.amount.unwrap_or(0) as u16, bits)
            }
            _ => value,
        }
    }

    /// An operand as a value of `bits` bits: a register with its shift or extension, or an
    /// immediate, or the field that the linker fills.
    pub fn value(&self, index: usize, bits: u16) -> Option<Expression> {
        match self.operand(index)? {
            Operand::Reg(register) => Some(self.value_of(register, bits)),
            Operand::Imm { value, modifier } => {
                if let Some(field) = self.field() {
                    return Some(field.zero_extend(bits));
                }
                let amount = modifier.and_then(|modifier| modifier.amount).unwrap_or(0);
                Some(Expression::constant((value as u64) << amount.min(63), bits).zero_extend(bits))
            }
            Operand::FpImm { bits: pattern, width, .. } if width != 0 => {
                Some(Expression::constant(pattern, u16::from(width)))
            }
            _ => None,
        }
    }

    /// What the linker adds: the bits of the place's address, where they are in it.
    pub fn field(&self) -> Option<Expression> {
        let Reference { place, low, count } = self.here.reference.as_ref()?;
        let count = if *low == 12 && *count > 12 { 52 } else { *count };
        let bits = Expression::Place(place.clone()).slice(*low, count.min(64 - low));
        Some(match low {
            0 => bits.zero_extend(64),
            _ => Expression::Join(vec![Expression::zeros(*low), bits]).zero_extend(64),
        })
    }

    /// Where a label operand is.
    pub fn label(&self) -> Option<Place> {
        if let Some(reference) = &self.here.reference {
            return Some(reference.place.clone());
        }
        self.code.operands.iter().find_map(|operand| match operand {
            Operand::Label { offset, .. } => Some(Place::Own {
                section: self.here.section,
                offset: self.here.offset.wrapping_add_signed(*offset),
            }),
            _ => None,
        })
    }

    /// A status flag.
    pub fn flag(&self, flag: Flag) -> Expression {
        Expression::Cell(Part::whole(Cell::Flag(flag)))
    }

    // Effects

    /// A register holds a value of its width: a `w` write clears the upper half, a vector write
    /// everything above it (DDI 0487, B1.2.1 "Registers in AArch64 state").
    pub fn write(&mut self, reg: Reg, value: Expression) {
        let (_, Some(part)) = part(reg) else { return };
        let whole = Part::whole(part.cell);
        self.effects.list.push(Effect::Set(whole, value.zero_extend(whole.bits)));
    }

    /// A register operand holds a value: an element keeps the other lanes.
    pub fn write_operand(&mut self, register: RegOperand, value: Expression) {
        if let (Reg::V(_), Some(index), Some(arrangement)) =
            (register.reg, register.index, register.arrangement)
        {
            return self.write_lane(register.reg, arrangement, index, value);
        }
        self.write(register.reg, value);
    }

    /// One lane of a vector register holds a value; bits above 128 are cleared.
    pub fn write_lane(
        &mut self,
        reg: Reg,
        arrangement: Arrangement,
        index: u32,
        value: Expression,
    ) {
        let element = arrangement.element_width().bits();
        self.write_bits(reg, index as u16 * element, element, value);
    }

    /// Some of the low 128 bits of a vector register hold a value; those above are cleared.
    pub fn write_bits(&mut self, reg: Reg, low: u16, bits: u16, value: Expression) {
        let (_, Some(part)) = part(reg) else { return };
        self.effects.list.push(Effect::Set(Part { low, bits, ..part }, value));
        let above = Part { low: 128, bits: VECTOR_BITS - 128, ..part };
        self.effects.list.push(Effect::Set(above, Expression::zeros(above.bits)));
    }

    /// The first operand holds a value.
    pub fn set(&mut self, value: Expression) {
        if let Some(register) = self.register(0) {
            self.write_operand(register, value);
        }
    }

    /// A flag holds a value of one bit.
    pub fn set_flag(&mut self, flag: Flag, value: Expression) {
        self.effects.list.push(Effect::Set(Part::whole(Cell::Flag(flag)), value));
    }

    /// Memory is read; the value that comes.
    pub fn load(&mut self, access: Access) -> Expression {
        self.effects.list.push(Effect::Load(access));
        self.loads += 1;
        Expression::Loaded(self.loads - 1)
    }

    /// Memory is written.
    pub fn store(&mut self, access: Access, value: Option<Expression>) {
        self.effects.list.push(Effect::Store(access, value));
    }

    /// A cell holds something that is not an operand.
    pub fn havoc(&mut self, part: Part, cause: HavocCause) {
        self.effects.list.push(Effect::Havoc(part, cause));
    }

    /// A value goes into the system.
    pub fn use_in_system(&mut self, value: Expression) {
        self.effects.list.push(Effect::Use(UsedAs::System, value));
    }
}

/// A value shifted or extended (DDI 0487, `ShiftReg` and `ExtendReg`).
pub fn modified(value: Expression, kind: ModifierKind, amount: u16, bits: u16) -> Expression {
    let by = |operation, value: Expression| match amount {
        0 => value,
        _ => {
            let amount = Expression::constant(u64::from(amount), 16);
            Expression::computed(operation, vec![value, amount], bits)
        }
    };
    match kind {
        ModifierKind::Lsl | ModifierKind::Uxtx | ModifierKind::Sxtx => {
            by(Operation::ShiftLeft, value)
        }
        ModifierKind::Lsr => by(Operation::ShiftRight, value),
        ModifierKind::Asr => by(Operation::ShiftRightSigned, value),
        ModifierKind::Ror => by(Operation::RotateRight, value),
        ModifierKind::Uxtb | ModifierKind::Uxth | ModifierKind::Uxtw => {
            by(Operation::ShiftLeft, value.slice(0, extension(kind)).zero_extend(bits))
        }
        ModifierKind::Sxtb | ModifierKind::Sxth | ModifierKind::Sxtw => {
            by(Operation::ShiftLeft, value.slice(0, extension(kind)).sign_extend(bits))
        }
        ModifierKind::Msl | ModifierKind::Mul | ModifierKind::Reserved => value,
    }
}

/// How many bits an extension takes.
fn extension(kind: ModifierKind) -> u16 {
    match kind {
        ModifierKind::Uxtb | ModifierKind::Sxtb => 8,
        ModifierKind::Uxth | ModifierKind::Sxth => 16,
        _ => 32,
    }
}
