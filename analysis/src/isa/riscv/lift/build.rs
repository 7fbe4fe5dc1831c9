//! [`Builder`]: the effects of one instruction while they are gathered, with short ways to refer to
//! its operands.

use crate::effects::{
    Access, Condition, Effect, Effects, Expression, HavocCause, Next, Operation, Part, Place, Test,
    UsedAs,
};
use crate::isa::riscv::decode::Instruction;
use crate::isa::riscv::fields::Word;
use crate::isa::riscv::symbols::Field;
use crate::registers::Register;
use crate::values::Cell;

use super::{Address, Machine};

/// The effects of one instruction while they are gathered.
pub struct Builder<'a> {
    /// The instruction's name without aliases.
    pub name: &'static str,
    /// Its bits.
    pub word: Word,
    /// What a relocation says about its immediate.
    pub field: Option<&'a Field>,
    /// Where it is.
    pub address: Address,
    /// What it runs on.
    pub machine: &'a Machine,
    effects: Effects,
    loads: usize,
}

impl<'a> Builder<'a> {
    /// Nothing gathered yet.
    pub fn new(
        instruction: &Instruction,
        field: Option<&'a Field>,
        address: Address,
        machine: &'a Machine,
    ) -> Builder<'a> {
        let &Instruction { name, word, .. } = instruction;
        let effects = Effects::default();
        Builder { name, word, field, address, machine, effects, loads: 0 }
    }

    /// What was gathered.
    pub fn finish(self) -> Effects {
        self.effects
    }

    /// The width of an integer register.
    pub fn bits(&self) -> u16 {
        self.machine.base.bits()
    }

    /// The part of an integer register that there is.
    pub fn part(&self, number: u8) -> Part {
        let cell = Cell::Register(Register::General(number));
        Part { cell, low: 0, bits: self.bits() }
    }

    /// What an integer register holds; `x0` holds 0.
    pub fn x(&self, number: u8) -> Expression {
        match number {
            0 => Expression::zeros(self.bits()),
            number => Expression::Cell(self.part(number)),
        }
    }

    /// The first source.
    pub fn rs1(&self) -> Expression {
        self.x(self.word.rs1())
    }

    /// The second source.
    pub fn rs2(&self) -> Expression {
        self.x(self.word.rs2())
    }

    /// The low 32 bits of the first source.
    pub fn rs1_word(&self) -> Expression {
        self.rs1().slice(0, 32)
    }

    /// The low 32 bits of the second source.
    pub fn rs2_word(&self) -> Expression {
        self.rs2().slice(0, 32)
    }

    /// A number as wide as an integer register.
    pub fn number(&self, value: i64) -> Expression {
        let bits = self.bits();
        Expression::Constant(u128::from(value as u64) & ((1 << bits) - 1), bits)
    }

    /// An integer register holds a value of its width. A value for `x0` is dropped.
    pub fn set_x(&mut self, number: u8, value: Expression) {
        if number != 0 {
            let part = self.part(number);
            self.effects.list.push(Effect::Set(part, value));
        }
    }

    /// The destination holds a value.
    pub fn set_rd(&mut self, value: Expression) {
        self.set_x(self.word.rd(), value);
    }

    /// The destination holds a 32-bit value, sign-extended (Unpriv "RV64I", 32-bit results).
    pub fn set_rd_word(&mut self, value: Expression) {
        let value = self.extended(value);
        self.set_rd(value);
    }

    /// A narrower value sign-extended to the width of a register.
    pub fn extended(&self, value: Expression) -> Expression {
        match width(&value) {
            Some(bits) if bits == self.bits() => value,
            _ => value.sign_extend(self.bits()),
        }
    }

    /// A part of a cell holds a value.
    pub fn set(&mut self, part: Part, value: Expression) {
        self.effects.list.push(Effect::Set(part, value));
    }

    /// A part of a cell holds something that is not followed.
    pub fn havoc(&mut self, part: Part, cause: HavocCause) {
        self.effects.list.push(Effect::Havoc(part, cause));
    }

    /// An integer register holds something that depends on no operand.
    pub fn varies(&mut self, number: u8) {
        if number != 0 {
            let part = self.part(number);
            self.havoc(part, HavocCause::Varying);
        }
    }

    /// A value goes into the system.
    pub fn uses(&mut self, value: Expression) {
        self.effects.list.push(Effect::Use(UsedAs::System, value));
    }

    /// Reads memory; the value has eight bits for each byte.
    pub fn load(&mut self, access: Access) -> Expression {
        self.effects.list.push(Effect::Load(access));
        self.loads += 1;
        Expression::Loaded(self.loads - 1)
    }

    /// Writes memory.
    pub fn store(&mut self, access: Access, value: Option<Expression>) {
        self.effects.list.push(Effect::Store(access, value));
    }

    /// Says where control goes.
    pub fn next(&mut self, next: Next) {
        self.effects.next = next;
    }

    /// The place of a number of bytes from the instruction.
    pub fn place_at(&self, distance: i64) -> Place {
        let Address { section, offset } = self.address;
        Place::Own { section, offset: offset.wrapping_add_signed(distance) }
    }

    /// A place at the width of an integer register.
    pub fn address_of(&self, place: &Place) -> Expression {
        let address = Expression::Place(place.clone());
        match self.bits() {
            64 => address,
            bits => address.slice(0, bits),
        }
    }

    /// A base register plus an immediate, or plus what a relocation says instead of it.
    pub fn base_plus(&self, immediate: i64) -> Expression {
        let immediate = match self.field {
            Some(Field::Low(addend)) => *addend,
            _ => immediate,
        };
        self.add_number(self.rs1(), immediate)
    }

    /// A value plus a number.
    pub fn add_number(&self, value: Expression, number: i64) -> Expression {
        match number {
            0 => value,
            number => add(value, self.number(number)),
        }
    }

    /// A result that depends on all bits of its inputs in a way that is not followed.
    pub fn function(&self, inputs: Vec<Expression>, bits: u16) -> Expression {
        function(self.name, inputs, bits)
    }
}

/// The width of an expression, where it says so itself.
fn width(value: &Expression) -> Option<u16> {
    match value {
        Expression::Constant(_, bits)
        | Expression::Slice { bits, .. }
        | Expression::Computed { bits, .. } => Some(*bits),
        Expression::Cell(part) => Some(part.bits),
        Expression::Choose(_, one, _) => width(one),
        Expression::Join(parts) => parts.iter().map(width).sum(),
        Expression::Loaded(_) | Expression::Place(_) => None,
    }
}

/// The result of an operation on two values of one width, at the first one's width.
pub fn binary(operation: Operation, one: Expression, other: Expression) -> Expression {
    let bits = width(&one).unwrap_or(64);
    Expression::computed(operation, vec![one, other], bits)
}

/// A sum.
pub fn add(one: Expression, other: Expression) -> Expression {
    binary(Operation::Add, one, other)
}

/// A difference.
pub fn subtract(one: Expression, other: Expression) -> Expression {
    binary(Operation::Subtract, one, other)
}

/// Bit by bit.
pub fn and(one: Expression, other: Expression) -> Expression {
    binary(Operation::And, one, other)
}

/// Bit by bit.
pub fn or(one: Expression, other: Expression) -> Expression {
    binary(Operation::Or, one, other)
}

/// Bit by bit.
pub fn xor(one: Expression, other: Expression) -> Expression {
    binary(Operation::Xor, one, other)
}

/// Every bit inverted.
pub fn not(value: Expression) -> Expression {
    let bits = width(&value).unwrap_or(64);
    value.complement(bits)
}

/// A value shifted left by a number of bits.
pub fn shifted_left(value: Expression, amount: u32) -> Expression {
    binary(Operation::ShiftLeft, value, Expression::constant(u64::from(amount), 8))
}

/// An operation on one value.
pub fn unary(operation: Operation, value: Expression) -> Expression {
    let bits = width(&value).unwrap_or(64);
    Expression::computed(operation, vec![value], bits)
}

/// A result that depends on all bits of its inputs in a way that is not followed.
pub fn function(name: &'static str, inputs: Vec<Expression>, bits: u16) -> Expression {
    Expression::computed(Operation::Function(name.into()), inputs, bits)
}

/// One value where the condition holds, else the other.
pub fn choose(test: Test, one: Expression, other: Expression) -> Expression {
    Expression::Choose(Box::new(Condition::holds(test)), Box::new(one), Box::new(other))
}
