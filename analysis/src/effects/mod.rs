//! [`Effects`]: what one instruction does, as plain data.
//!
//! Every instruction set but x86 *lifts* a decoded instruction to such a value. Two readers
//! understand it: the abstract interpreter (`flow/apply`), which knows values as expressions, and
//! the concrete one (`effects/evaluate`), which knows them as numbers and is what the proof compares
//! with execution. Neither knows an instruction set.
//!
//! # How a value is read
//!
//! Every [`Expression::Cell`] refers to the machine *before* the instruction, whatever effect it
//! appears in: `swp`, `ldp x0, x1, [x0]` and a write-back need no order. Loads happen in the order
//! in which they are listed, and an effect may use what an earlier load brought
//! ([`Expression::Loaded`]). Then the stores happen in their order, and last the cells are set.
//! Where two `Set`s refer to the same bits, the later one holds.
//!
//! Widths are in bits; a byte is 8 bits, the lowest first: memory is little-endian unless the
//! lift swaps bytes itself.

pub mod bits;
pub mod evaluate;

use std::borrow::Cow;

use crate::registers::RegisterPart;
use crate::values::{Cell, Flag};

/// What one instruction does.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Effects {
    /// The instruction does nothing at all, its jump included, where this does not hold (an Arm
    /// instruction with a condition, or one in an IT block). `None`: it always acts.
    pub condition: Option<Condition>,
    /// Bits of control registers that are clear wherever compiled code runs. While one of them is
    /// set, the instruction does something else, which is not followed.
    pub only_while_clear: Vec<Part>,
    /// What it does to memory and to cells.
    pub list: Vec<Effect>,
    /// Where control goes.
    pub next: Next,
}

/// A run of bits of one cell.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Part {
    /// The cell.
    pub cell: Cell,
    /// The first bit.
    pub low: u16,
    /// How many bits.
    pub bits: u16,
}

impl Part {
    /// All of a cell.
    pub fn whole(cell: Cell) -> Part {
        Part { cell, low: 0, bits: cell.bits() }
    }
}

impl From<RegisterPart> for Part {
    fn from(part: RegisterPart) -> Part {
        Part { cell: Cell::Register(part.register), low: part.low_bit, bits: part.bits }
    }
}

/// One thing that an instruction does.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// A part of a cell holds a value of the same width afterwards; the rest of the cell stays. A
    /// write that clears the rest (a `w` register) sets the whole cell.
    Set(Part, Expression),
    /// Memory is read. The value is [`Expression::Loaded`] with the number of this load among the
    /// instruction's loads.
    Load(Access),
    /// Memory is written. `None`: with something that is not followed.
    Store(Access, Option<Expression>),
    /// A part of a cell may be something else afterwards, which cannot be determined.
    Havoc(Part, HavocCause),
    /// The instruction looks at a value without any effect above showing it: a count, a port, a
    /// value for a system register. An unspecified value must not arrive there.
    Use(UsedAs, Expression),
}

/// Why a cell holds something that is not followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HavocCause {
    /// The instruction computes it from something that is not an operand: a counter, a system
    /// register, a random number. Each execution gives another value.
    Varying,
    /// A function or system call that was called left it.
    Callee,
    /// It is unknown whether the cell changes at all.
    Opaque,
}

/// How [`Effect::Use`] uses a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UsedAs {
    /// As what goes into, or selects, a system register or a system operation.
    System,
    /// As a number of repetitions.
    Count,
}

/// The name of the function that is its input times the length of a predicate of SVE in bytes, which
/// is 2 to 32 and nowhere known (DDI 0487 B1.2.2, "SVE registers"); of a vector, the eighth part.
pub const PREDICATE_LENGTHS: &str = "times the predicate length";

/// A memory access.
#[derive(Clone, PartialEq, Debug)]
pub struct Access {
    /// The address of the first byte.
    pub address: Expression,
    /// How many bytes. `None` where the instruction does not tell (a vector of unknown length).
    pub bytes: Option<u64>,
    /// How many bits of cells go through memory, where the number of bytes is not known and a whole
    /// register is saved or restored.
    pub held: Option<u16>,
    /// Whether it may not happen (a predicate, a failed comparison, a failed store exclusive).
    pub conditional: bool,
    /// The alignment in bytes without which the instruction faults, on every machine.
    pub alignment: Option<u32>,
}

impl Access {
    /// An access that always happens and demands no alignment.
    pub fn plain(address: Expression, bytes: u64) -> Access {
        Access { bytes: Some(bytes), ..Access::of_unknown_length(address) }
    }

    /// An access of an unknown number of bytes that always happens and demands no alignment.
    pub fn of_unknown_length(address: Expression) -> Access {
        Access { address, bytes: None, held: None, conditional: false, alignment: None }
    }
}

/// A value, computed from the machine before the instruction.
#[derive(Clone, PartialEq, Debug)]
pub enum Expression {
    /// A number. The second field is the width; bits above 128 are 0.
    Constant(u128, u16),
    /// What a part of a cell held before the instruction.
    Cell(Part),
    /// What the load of this number brought, at the load's width.
    Loaded(usize),
    /// What an address field of the instruction leads to, at the width of an address.
    Place(Place),
    /// `bits` bits of a value, from bit `low` on. Bits beyond its end are 0, so this also widens
    /// with zeros.
    Slice {
        /// The value.
        of: Box<Expression>,
        /// The first bit.
        low: u16,
        /// How many bits.
        bits: u16,
    },
    /// Values in a row, the first in the lowest bits.
    Join(Vec<Expression>),
    /// The result of an operation, `bits` wide.
    Computed {
        /// Which.
        operation: Operation,
        /// Of what.
        inputs: Vec<Expression>,
        /// The width of the result.
        bits: u16,
    },
    /// One of two values of the same width.
    Choose(Box<Condition>, Box<Expression>, Box<Expression>),
}

/// An address that an instruction's field names.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Place {
    /// A place in the block's own code or data: the section and the offset in it.
    Own {
        /// The section, by index in the machine code.
        section: u32,
        /// The offset in it, in bytes.
        offset: u64,
    },
    /// A symbol that the block does not define, by its number in the program, plus a number of
    /// bytes.
    Symbol {
        /// The symbol.
        symbol: u32,
        /// What is added.
        addend: i64,
    },
    /// A slot that only the linker writes, which holds the address of a symbol (a GOT entry).
    Slot {
        /// The symbol.
        symbol: u32,
    },
}

/// How a value is computed. Inputs have the width of the result unless said otherwise.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Operation {
    /// The sum of all inputs.
    Add,
    /// The first input minus the second.
    Subtract,
    /// The low half of the product of all inputs.
    Multiply,
    /// Bit by bit.
    And,
    /// Bit by bit.
    Or,
    /// Bit by bit.
    Xor,
    /// Each bit inverted.
    Not,
    /// The first input shifted left by the second (any width); by its width or more: 0.
    ShiftLeft,
    /// The first input shifted right by the second, zeros moving in.
    ShiftRight,
    /// The first input shifted right by the second, its sign moving in.
    ShiftRightSigned,
    /// The first input rotated right by the second, modulo its width.
    RotateRight,
    /// The input, narrower than the result, widened with copies of its highest bit.
    SignExtend,
    /// The high half of the product of two unsigned inputs.
    MultiplyHigh,
    /// The high half of the product of two signed inputs.
    MultiplyHighSigned,
    /// One bit: whether the two inputs are equal.
    Equal,
    /// One bit: whether the first input is less, both unsigned.
    Less,
    /// One bit: whether the first input is less, both signed.
    LessSigned,
    /// One bit: the carry out of first + second + third input, the third being one bit.
    CarryOfSum,
    /// One bit: the signed overflow of first + second + third input, the third being one bit.
    OverflowOfSum,
    /// The number of zero bits above the highest one; the width for 0.
    CountLeadingZeros,
    /// The bits in reverse order.
    ReverseBits,
    /// The bytes in reverse order.
    ReverseBytes,
    /// Each lane of so many bits of the result depends on the same lane of each input, in a way
    /// that is not followed. The name distinguishes operations.
    Lanes(u16, Cow<'static, str>),
    /// Every bit depends on every bit of every input, in a way that is not followed. The name, an
    /// instruction's with what distinguishes its results, distinguishes functions: equal names and
    /// inputs give equal results.
    Function(Cow<'static, str>),
    /// What undoes the function of that name: of its result, and of the same further inputs as it
    /// had, it is the function's first input. Of anything else it is a function of its own.
    Undo(Cow<'static, str>),
    /// The same as `Function` where some bits of the inputs may not matter, and which is not known.
    Mixed(Cow<'static, str>),
}

/// A yes-or-no question about values.
#[derive(Clone, PartialEq, Debug)]
pub struct Condition {
    /// What is asked.
    pub test: Test,
    /// Whether the condition holds where the answer is no.
    pub negated: bool,
}

impl Condition {
    /// The condition that holds where the answer is yes.
    pub fn holds(test: Test) -> Condition {
        Condition { test, negated: false }
    }

    /// The condition that holds where the answer is no.
    pub fn fails(test: Test) -> Condition {
        Condition { test, negated: true }
    }
}

/// What a [`Condition`] asks.
#[derive(Clone, PartialEq, Debug)]
pub enum Test {
    /// Whether a value is 0.
    IsZero(Expression),
    /// Whether a value of one bit is 1.
    IsSet(Expression),
    /// Whether two values are equal.
    Equal(Expression, Expression),
    /// Whether the first value is less than the second, unsigned.
    Less(Expression, Expression),
    /// Whether the first value is less than the second, signed.
    LessSigned(Expression, Expression),
    /// What the condition codes ask of the status flags.
    Flags(FlagTest),
}

/// What a condition code asks of the flags, in the pairs that differ by negation (DDI 0487,
/// "Condition code"; the Arm manuals have the same table).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FlagTest {
    /// One flag is set: `eq` asks Z, `cs` C, `mi` N, `vs` V.
    Set(Flag),
    /// `hi`: C is set and Z is clear.
    Higher,
    /// `ge`: N equals V.
    GreaterOrEqual,
    /// `gt`: Z is clear, and N equals V.
    Greater,
}

impl FlagTest {
    /// The flags that it reads.
    pub fn flags(self) -> Vec<Flag> {
        match self {
            FlagTest::Set(flag) => vec![flag],
            FlagTest::Higher => vec![Flag::Carry, Flag::Zero],
            FlagTest::GreaterOrEqual => vec![Flag::Sign, Flag::Overflow],
            FlagTest::Greater => vec![Flag::Zero, Flag::Sign, Flag::Overflow],
        }
    }
}

/// Where control goes after the instruction.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Next {
    /// To the next instruction.
    #[default]
    Fall,
    /// Elsewhere, always.
    Jump(Target),
    /// Elsewhere where the condition holds, else to the next instruction.
    Branch(Condition, Target),
    /// Elsewhere, with the address of the next instruction in a cell, so that it can come back.
    Call {
        /// Where.
        target: Target,
        /// The link register.
        link: Cell,
    },
    /// To an address by an instruction that is meant for coming back from a call (`ret`, `bx lr`).
    Return(Expression),
    /// Nowhere: it always traps, and nobody comes back.
    Trap,
    /// To another context, by state that is not followed (`eret`, `mret`).
    Leave,
    /// That cannot be determined.
    Unknown,
}

/// Where a jump goes.
#[derive(Clone, PartialEq, Debug)]
pub enum Target {
    /// To a place that the instruction names.
    Place(Place),
    /// To a computed address.
    Computed(Expression),
}

// Short ways to write expressions, for lifts.
impl Expression {
    /// A number of so many bits.
    pub fn constant(value: u64, bits: u16) -> Expression {
        Expression::Constant(u128::from(value), bits)
    }

    /// All bits 0.
    pub fn zeros(bits: u16) -> Expression {
        Expression::Constant(0, bits)
    }

    /// The result of an operation.
    pub fn computed(operation: Operation, inputs: Vec<Expression>, bits: u16) -> Expression {
        Expression::Computed { operation, inputs, bits }
    }

    /// Each bit of a value inverted.
    pub fn complement(self, bits: u16) -> Expression {
        match self {
            Expression::Constant(value, width) if width == bits && bits <= 128 => {
                Expression::Constant(!value & (u128::MAX >> (128 - bits.max(1))), bits)
            }
            value => Expression::computed(Operation::Not, vec![value], bits),
        }
    }

    /// `bits` bits of the value from bit `low` on.
    pub fn slice(self, low: u16, bits: u16) -> Expression {
        Expression::Slice { of: Box::new(self), low, bits }
    }

    /// The value widened with zeros, or cut, to a width.
    pub fn zero_extend(self, bits: u16) -> Expression {
        self.slice(0, bits)
    }

    /// The value widened with its sign to a width.
    pub fn sign_extend(self, bits: u16) -> Expression {
        Expression::computed(Operation::SignExtend, vec![self], bits)
    }

    /// Whether bits of a cell are in the value as they are: moved, joined or cut, not computed with.
    pub fn copies(&self, cell: Cell) -> bool {
        match self {
            Expression::Cell(part) => part.cell == cell,
            Expression::Slice { of, .. } => of.copies(cell),
            Expression::Join(parts) => parts.iter().any(|part| part.copies(cell)),
            _ => false,
        }
    }

    /// Calls `visit` with every part of a cell that the value depends on.
    pub fn cells(&self, visit: &mut impl FnMut(Part)) {
        match self {
            Expression::Constant(..) | Expression::Loaded(_) | Expression::Place(_) => {}
            Expression::Cell(part) => visit(*part),
            Expression::Slice { of, .. } => of.cells(visit),
            Expression::Join(parts) | Expression::Computed { inputs: parts, .. } => {
                parts.iter().for_each(|part| part.cells(visit));
            }
            Expression::Choose(condition, one, other) => {
                condition.cells(visit);
                one.cells(visit);
                other.cells(visit);
            }
        }
    }
}

impl Expression {
    /// Adds to `seen` the computed values in this one, and to `repeated` what was seen before.
    fn find_repeated<'a>(&'a self, seen: &mut Vec<&'a Expression>, repeated: &mut Vec<Expression>) {
        match self {
            Expression::Computed { inputs, .. } => {
                if seen.contains(&self) {
                    if !repeated.contains(self) {
                        repeated.push(self.clone());
                    }
                    return;
                }
                seen.push(self);
                inputs.iter().for_each(|input| input.find_repeated(seen, repeated));
            }
            Expression::Slice { of, .. } => of.find_repeated(seen, repeated),
            Expression::Join(parts) => {
                parts.iter().for_each(|part| part.find_repeated(seen, repeated));
            }
            // Only one of the two counts, and which one may be known.
            Expression::Choose(..) => {}
            Expression::Constant(..)
            | Expression::Cell(_)
            | Expression::Loaded(_)
            | Expression::Place(_) => {}
        }
    }
}

impl Condition {
    /// Calls `visit` with every part of a cell that the answer depends on.
    pub fn cells(&self, visit: &mut impl FnMut(Part)) {
        match &self.test {
            Test::IsZero(value) | Test::IsSet(value) => value.cells(visit),
            Test::Equal(one, other) | Test::Less(one, other) | Test::LessSigned(one, other) => {
                one.cells(visit);
                other.cells(visit);
            }
            Test::Flags(test) => {
                test.flags().into_iter().for_each(|flag| visit(Part::whole(Cell::Flag(flag))));
            }
        }
    }
}

impl Effects {
    /// Every part of a cell that the instruction reads, in the order of its effects.
    pub fn reads(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut visit = |part| parts.push(part);
        if let Some(condition) = &self.condition {
            condition.cells(&mut visit);
        }
        for effect in &self.list {
            match effect {
                Effect::Set(_, value) | Effect::Use(_, value) => value.cells(&mut visit),
                Effect::Load(access) => access.address.cells(&mut visit),
                Effect::Store(access, value) => {
                    access.address.cells(&mut visit);
                    value.iter().for_each(|value| value.cells(&mut visit));
                }
                Effect::Havoc(..) => {}
            }
        }
        match &self.next {
            Next::Branch(condition, target) => {
                condition.cells(&mut visit);
                target.cells(&mut visit);
            }
            Next::Jump(target) | Next::Call { target, .. } => target.cells(&mut visit),
            Next::Return(value) => value.cells(&mut visit),
            Next::Fall | Next::Trap | Next::Leave | Next::Unknown => {}
        }
        parts
    }

    /// The computed values that occur more than once in what it sets, such as a sum that also decides
    /// flags: each once, none that is only a part of another one of them.
    pub fn repeated(&self) -> Vec<Expression> {
        let mut seen: Vec<&Expression> = Vec::new();
        let mut repeated: Vec<Expression> = Vec::new();
        for effect in &self.list {
            if let Effect::Set(_, value) = effect {
                value.find_repeated(&mut seen, &mut repeated);
            }
        }
        repeated
    }

    /// Every part of a cell that the instruction writes, or may write.
    pub fn writes(&self) -> Vec<Part> {
        let mut parts: Vec<Part> = self
            .list
            .iter()
            .filter_map(|effect| match effect {
                Effect::Set(part, _) | Effect::Havoc(part, _) => Some(*part),
                Effect::Load(_) | Effect::Store(..) | Effect::Use(..) => None,
            })
            .collect();
        if let Next::Call { link, .. } = self.next {
            parts.push(Part::whole(link));
        }
        parts
    }
}

impl Target {
    fn cells(&self, visit: &mut impl FnMut(Part)) {
        if let Target::Computed(value) = self {
            value.cells(visit);
        }
    }
}
