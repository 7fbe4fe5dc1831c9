//! [`Formula`]: what a block computes, as an expression of its inputs that a person can read and
//! that can be written as Rust.
//!
//! Made from the [`Word`]s of an interpretation. Where a word depends on something that is not
//! followed, the formula is [`Shape::Unknown`], and a story names what it depends on instead.

use std::cell::Cell;

use crate::block::{Block, Operand};
use crate::facts::Facts;
use crate::isa::x86::comparison::Ordered;
use crate::substitute::operand_of_symbol;
use crate::values::{Cell as MachineCell, Kind, Operation, Segment, Source, ValueId, Word};

use super::question::{Question, Test, question_of_flags};
use crate::machine::functions::SPREAD;
use crate::questions::comparison;

/// A formula of a certain width.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Formula {
    /// The width of its value in bits.
    pub bits: u16,
    /// How the value is computed.
    pub shape: Shape,
}

/// How the value of a [`Formula`] is computed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Shape {
    /// A number; at most 128 bits wide.
    Number(u128),
    /// The input of an operand, by its index. The width is that of the operand's type.
    Input(usize),
    /// The address of a symbol, plus a number of bytes.
    Place {
        /// The operand that is the symbol, if one is.
        operand: Option<usize>,
        /// The symbol's name.
        name: String,
        /// What is added.
        addend: i64,
    },
    /// Memory, as the value that was loaded.
    Loaded {
        /// The value, for distinguishing loads.
        value: ValueId,
        /// Where.
        address: Box<Formula>,
    },
    /// An operation on two values of the same width, modulo the width.
    Binary(Operator, Box<Formula>, Box<Formula>),
    /// Each bit inverted.
    Not(Box<Formula>),
    /// Some bits of a wider value, from this bit on.
    Part(Box<Formula>, u16),
    /// Values in a row, the first in the lowest bits.
    Join(Vec<Formula>),
    /// Copies of one bit.
    Spread(Box<Formula>),
    /// The high half of the product of two values as wide as itself.
    High {
        /// Whether they are signed numbers.
        is_signed: bool,
        /// The one.
        one: Box<Formula>,
        /// The other.
        other: Box<Formula>,
    },
    /// A value shifted by another one.
    Shifted(Shift, Box<Formula>, Box<Formula>),
    /// One of two values.
    Choice(Box<Question>, Box<Formula>, Box<Formula>),
    /// One bit: the answer to a question.
    Answer(Box<Question>),
    /// What an instruction makes of a value and of constants, by the instruction's name.
    Applied(String, Vec<Formula>),
    /// Not followed.
    Unknown,
}

/// An operation on two values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each name says it")]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    And,
    Or,
    Xor,
}

/// How a value is shifted. By its width or more, nothing of it is left but its sign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shift {
    /// To the left.
    Left,
    /// To the right, zeros moving in.
    Right,
    /// To the right, the sign moving in.
    RightSigned,
    /// Rotated to the right.
    Rotated,
}

impl Operator {
    /// The operator's sign in Rust and in a text.
    pub fn sign(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::And => "&",
            Operator::Or => "|",
            Operator::Xor => "^",
        }
    }
}

/// How deep a formula may be before it is not worth reading.
const DEPTH: usize = 24;

/// How many parts a formula may have. A value that is used twice is a part twice, so that their number
/// can double with each step.
const MOST_PARTS: usize = 2000;

/// Reads formulas off an interpretation.
pub struct Reader<'a> {
    /// The block.
    pub block: &'a Block,
    /// What it does.
    pub facts: &'a Facts,
    /// How many parts the formula that is being read may still have.
    left: Cell<usize>,
}

impl<'a> Reader<'a> {
    /// A reader of a block's facts.
    pub fn new(block: &'a Block, facts: &'a Facts) -> Reader<'a> {
        Reader { block, facts, left: Cell::new(0) }
    }

    /// Begins another formula.
    pub(super) fn start(&self) {
        self.left.set(MOST_PARTS);
    }

    /// The formula of a word; not known where it has too many parts.
    pub fn formula(&self, word: &Word) -> Formula {
        self.start();
        let formula = self.word(word, 0);
        // What ran out of parts may have some of them missing.
        if self.left.get() == 0 { Formula::unknown(word.bits()) } else { formula }
    }

    /// How many parts the formula had that was read last.
    pub(super) fn parts(&self) -> usize {
        MOST_PARTS - self.left.get()
    }

    pub(super) fn word(&self, word: &Word, depth: usize) -> Formula {
        let segments = word.segments();
        if let Some(number) = constant(word) {
            return Formula { bits: word.bits(), shape: Shape::Number(number) };
        }
        let mut parts: Vec<Formula> =
            segments.iter().map(|segment| self.segment(*segment, depth)).collect();
        if parts.iter().any(|part| part.shape == Shape::Unknown) {
            return Formula::unknown(word.bits());
        }
        match parts.len() {
            1 => parts.remove(0),
            _ => Formula { bits: word.bits(), shape: Shape::Join(parts) },
        }
    }

    fn segment(&self, segment: Segment, depth: usize) -> Formula {
        match segment.source {
            Source::Slice { value, low } => self.part(value, low, segment.bits, depth),
            _ => match constant(&Word::from_segment(segment)) {
                Some(number) => Formula { bits: segment.bits, shape: Shape::Number(number) },
                None => Formula::unknown(segment.bits),
            },
        }
    }

    /// Some bits of a value.
    fn part(&self, value: ValueId, low: u16, bits: u16, depth: usize) -> Formula {
        self.left.set(self.left.get().saturating_sub(1));
        if depth > DEPTH || self.left.get() == 0 {
            return Formula::unknown(bits);
        }
        if let Kind::Entry(cell) = self.facts.values.get(value).kind {
            return self.entry(cell, low, bits);
        }
        if bits == 1
            && let Some(question) = question_of_flags(self, &[(value, low)], depth)
        {
            return Formula { bits, shape: Shape::Answer(Box::new(question)) };
        }
        if let Some(load) = self.part_of_load(value, low, bits, depth) {
            return load;
        }
        if let Some(narrow) = self.narrow(value, low, bits, depth) {
            return narrow;
        }
        self.value(value, depth).part(low, bits)
    }

    /// Some bytes of what was loaded, as a load of just these.
    fn part_of_load(&self, id: ValueId, low: u16, bits: u16, depth: usize) -> Option<Formula> {
        let value = self.facts.values.get(id);
        let Kind::Fresh { slot, .. } = &value.kind else { return None };
        let address = value.kind.loaded_from()?;
        // A segment's base is not part of the address.
        let mut accesses = self.facts.accesses.iter();
        if accesses.any(|access| Some(access.site) == value.site && access.segment.is_some()) {
            return Some(Formula::unknown(bits));
        }
        // The slot is the bit of the whole load at which this value begins.
        let first = slot + low;
        if first % 8 != 0 || bits % 8 != 0 {
            return None;
        }
        let address = offset(self.word(address, depth + 1), u64::from(first / 8));
        if !address.is_known() {
            return Some(Formula::unknown(bits));
        }
        Some(Formula { bits, shape: Shape::Loaded { value: id, address: Box::new(address) } })
    }

    /// Some bits of a value whose operation keeps these bits apart from others: the low bits of a
    /// sum are the sum of the low bits.
    fn narrow(&self, value: ValueId, low: u16, bits: u16, depth: usize) -> Option<Formula> {
        let part = |word: &Word| {
            (word.bits() >= low + bits).then(|| self.word(&word.slice(low, bits), depth + 1))
        };
        match &self.facts.values.get(value).kind {
            Kind::Offset { base, addend } if low == 0 && bits <= 64 => {
                Some(offset(part(base)?, *addend))
            }
            Kind::Computed { operation: Operation::Choose, inputs } => {
                let [decides, one, other] = &inputs[..] else { return None };
                Some(self.chosen(decides, part(one)?, part(other)?, depth))
            }
            Kind::Computed { operation: Operation::Not, inputs } => {
                let inner = part(inputs.first()?)?;
                Some(if inner.is_known() { inner.inverted() } else { inner })
            }
            Kind::Computed { operation, inputs } => {
                let operator = operator(*operation)?;
                let is_bitwise = matches!(operator, Operator::And | Operator::Or | Operator::Xor);
                if low > 0 && !is_bitwise {
                    return None;
                }
                let parts: Option<Vec<Formula>> = inputs.iter().map(part).collect();
                parts?.into_iter().reduce(|one, other| binary(operator, one, other))
            }
            _ => None,
        }
    }

    /// One of two values, as a word decides.
    fn chosen(&self, decides: &Word, one: Formula, other: Formula, depth: usize) -> Formula {
        let bits = one.bits;
        let question = super::question::of_word(self, decides, depth + 1);
        match question {
            _ if !one.is_known() || !other.is_known() => Formula::unknown(bits),
            Some(question) => choice(question, one, other),
            None => Formula::unknown(bits),
        }
    }

    fn value(&self, id: ValueId, depth: usize) -> Formula {
        let value = self.facts.values.get(id);
        let bits = value.bits;
        match &value.kind {
            Kind::Entry(cell) => self.entry(*cell, 0, bits),
            Kind::Offset { base, addend } => offset(self.word(base, depth + 1), *addend),
            Kind::Symbol { symbol, addend } => {
                let names = &self.facts.symbols;
                let Some(name) = names.get(*symbol as usize) else { return Formula::unknown(bits) };
                let operand = operand_of_symbol(name);
                let shape = Shape::Place { operand, name: name.clone(), addend: *addend };
                Formula { bits, shape }
            }
            kind if kind.loaded_from().is_some() => {
                self.part_of_load(id, 0, bits, depth).unwrap_or_else(|| Formula::unknown(bits))
            }
            Kind::Computed { operation, inputs } => {
                self.computed(id, *operation, inputs, bits, depth + 1)
            }
            Kind::Address { .. } | Kind::Fresh { .. } | Kind::Joined { .. } => {
                Formula::unknown(bits)
            }
        }
    }

    fn computed(
        &self,
        id: ValueId,
        operation: Operation,
        inputs: &[Word],
        bits: u16,
        depth: usize,
    ) -> Formula {
        if let Some(operator) = operator(operation) {
            // A third summand is a carry.
            let inputs = inputs.iter().map(|input| self.word(input, depth));
            let all = inputs.reduce(|one, other| binary(operator, one, other));
            return all.unwrap_or_else(|| Formula::unknown(bits));
        }
        match (operation, inputs) {
            (Operation::Not, [inner]) => match self.word(inner, depth) {
                Formula { shape: Shape::Unknown, bits } => Formula::unknown(bits),
                inner => inner.inverted(),
            },
            (Operation::Choose, [decides, one, other]) => {
                self.chosen(decides, self.word(one, depth), self.word(other, depth), depth)
            }
            (Operation::Function(SPREAD), [bit]) => match self.word(bit, depth) {
                Formula { shape: Shape::Unknown, .. } => Formula::unknown(bits),
                bit => Formula { bits, shape: Shape::Spread(Box::new(bit)) },
            },
            _ => {
                if let Some(formula) = self.ordered(operation, inputs, bits, depth) {
                    return formula;
                }
                super::question::of_function(self, id, bits, depth).map_or_else(
                    || self.applied(id, operation, inputs, depth),
                    |question| {
                        Formula { bits: 1, shape: Shape::Answer(Box::new(question)) }.part(0, bits)
                    },
                )
            }
        }
    }

    /// High halves of products, and shifts by a value.
    fn ordered(
        &self,
        operation: Operation,
        inputs: &[Word],
        bits: u16,
        depth: usize,
    ) -> Option<Formula> {
        let (Operation::Function(number), [one, other]) = (operation, inputs) else { return None };
        let how = comparison::ordered(self.block.target.architecture, number)?;
        let (one, other) = (self.word(one, depth), self.word(other, depth));
        let is_known = one.is_known() && other.is_known() && one.bits == bits;
        if !is_known {
            return Some(Formula::unknown(bits));
        }
        let (one, other) = (Box::new(one), Box::new(other));
        let shape = match how {
            Ordered::ProductHigh => Shape::High { is_signed: false, one, other },
            Ordered::ProductHighSigned => Shape::High { is_signed: true, one, other },
            Ordered::ShiftLeft => Shape::Shifted(Shift::Left, one, other),
            Ordered::ShiftRight => Shape::Shifted(Shift::Right, one, other),
            Ordered::ShiftRightSigned => Shape::Shifted(Shift::RightSigned, one, other),
            Ordered::RotateRight => Shape::Shifted(Shift::Rotated, one, other),
        };
        Some(Formula { bits, shape })
    }

    /// What an instruction makes of one value: of several, their order is not known.
    fn applied(&self, id: ValueId, operation: Operation, inputs: &[Word], depth: usize) -> Formula {
        let value = self.facts.values.get(id);
        let unknown = Formula::unknown(value.bits);
        let (
            Operation::Function(number) | Operation::Mixed(number) | Operation::Lanes(_, number),
            Some(site),
        ) = (operation, value.site)
        else {
            return unknown;
        };
        let instruction = &self.facts.instruction(site).instruction;
        if !instruction.has_one_result(number) {
            return unknown;
        }
        let mut inputs: Vec<Formula> = inputs.iter().map(|input| self.word(input, depth)).collect();
        // The constants are the immediates.
        inputs.sort_by_key(|input| matches!(input.shape, Shape::Number(_)));
        let is_number = |input: &Formula| matches!(input.shape, Shape::Number(_));
        let of_one = inputs.iter().filter(|input| !is_number(input)).count() == 1;
        if !of_one || !inputs.iter().all(Formula::is_known) {
            return unknown;
        }
        let name = instruction.mnemonic().into_owned();
        Formula { bits: value.bits, shape: Shape::Applied(name, inputs) }
    }

    /// What a cell held on entry: the input of an operand, as far as the input reaches.
    fn entry(&self, cell: MachineCell, low: u16, bits: u16) -> Formula {
        let found = self.facts.registers.iter().enumerate().find_map(|(operand, part)| {
            let part = (*part)?;
            let Operand::Register(declared) = self.block.operands.get(operand)? else {
                return None;
            };
            let input = declared.input.as_ref()?;
            let here = MachineCell::Register(part.register) == cell
                && part.low_bit <= low
                && low + bits <= part.low_bit + input.bits;
            here.then(|| {
                let whole = Formula { bits: input.bits, shape: Shape::Input(operand) };
                match input.constant {
                    Some(number) => {
                        Formula { bits: input.bits, shape: Shape::Number(u128::from(number)) }
                    }
                    None => whole,
                }
                .part(low - part.low_bit, bits)
            })
        });
        found.unwrap_or_else(|| Formula::unknown(bits))
    }
}

impl Formula {
    /// A value that is not followed.
    pub fn unknown(bits: u16) -> Formula {
        Formula { bits, shape: Shape::Unknown }
    }

    /// Whether all of it is known.
    pub fn is_known(&self) -> bool {
        self.shape != Shape::Unknown
    }

    /// `bits` bits of the formula from bit `low` on.
    pub fn part(self, low: u16, bits: u16) -> Formula {
        if low == 0 && bits == self.bits {
            return self;
        }
        let shape = match self.shape {
            Shape::Unknown => Shape::Unknown,
            Shape::Number(number) => {
                let shifted = number.checked_shr(u32::from(low)).unwrap_or(0);
                Shape::Number(shifted & mask(bits))
            }
            Shape::Part(inner, from) => Shape::Part(inner, from + low),
            _ if low == 0 && bits > self.bits => {
                let above = Formula { bits: bits - self.bits, shape: Shape::Number(0) };
                Shape::Join(vec![self, above])
            }
            _ => Shape::Part(Box::new(self), low),
        };
        Formula { bits, shape }
    }

    /// The formula plus a number of bytes.
    pub fn plus(self, bytes: i64) -> Formula {
        offset(self, bytes as u64)
    }

    fn inverted(self) -> Formula {
        match self.shape {
            Shape::Answer(mut question) if self.bits == 1 => {
                question.negated = !question.negated;
                Formula { bits: 1, shape: Shape::Answer(question) }
            }
            _ => Formula { bits: self.bits, shape: Shape::Not(Box::new(self)) },
        }
    }

    /// Calls `visit` with this formula and everything that it is made of.
    pub fn visit(&self, visit: &mut impl FnMut(&Formula)) {
        visit(self);
        match &self.shape {
            Shape::Number(_) | Shape::Input(_) | Shape::Place { .. } | Shape::Unknown => {}
            Shape::Loaded { address: inner, .. }
            | Shape::Not(inner)
            | Shape::Part(inner, _)
            | Shape::Spread(inner) => inner.visit(visit),
            Shape::Binary(_, one, other)
            | Shape::High { one, other, .. }
            | Shape::Shifted(_, one, other) => {
                one.visit(visit);
                other.visit(visit);
            }
            Shape::Join(parts) | Shape::Applied(_, parts) => {
                parts.iter().for_each(|part| part.visit(visit));
            }
            Shape::Choice(question, one, other) => {
                question.visit(visit);
                one.visit(visit);
                other.visit(visit);
            }
            Shape::Answer(question) => question.visit(visit),
        }
    }
}

fn operator(operation: Operation) -> Option<Operator> {
    Some(match operation {
        Operation::Add => Operator::Add,
        Operation::Subtract => Operator::Subtract,
        Operation::Multiply => Operator::Multiply,
        Operation::And => Operator::And,
        Operation::Or => Operator::Or,
        Operation::Xor => Operator::Xor,
        _ => return None,
    })
}

fn binary(operator: Operator, one: Formula, other: Formula) -> Formula {
    let bits = one.bits;
    if !one.is_known() || !other.is_known() || other.bits != bits || bits > 128 {
        return Formula::unknown(bits);
    }
    // What adds nothing is not written.
    let is_zero = |formula: &Formula| formula.shape == Shape::Number(0);
    match operator {
        Operator::Add | Operator::Or | Operator::Xor if is_zero(&one) => return other,
        Operator::Add | Operator::Subtract | Operator::Or | Operator::Xor if is_zero(&other) => {
            return one;
        }
        _ => {}
    }
    Formula { bits, shape: Shape::Binary(operator, Box::new(one), Box::new(other)) }
}

/// One of two values. What is chosen where values are equal is either of them.
pub(super) fn choice(question: Question, one: Formula, other: Formula) -> Formula {
    let bits = one.bits;
    if one == other {
        return one;
    }
    if let Test::Equal(left, right) = &question.test {
        let pair = (&one, &other);
        if pair == (left, right) || pair == (right, left) {
            return if question.negated { one } else { other };
        }
    }
    let (one, other) = (Box::new(one), Box::new(other));
    Formula { bits, shape: Shape::Choice(Box::new(question), one, other) }
}

/// A value plus a constant, modulo the width; a constant with its highest bit set is subtracted.
fn offset(base: Formula, addend: u64) -> Formula {
    let bits = base.bits;
    let addend = u128::from(addend) & mask(bits.min(64));
    if addend == 0 || !base.is_known() {
        return base;
    }
    if bits > 64 {
        return Formula::unknown(bits);
    }
    if let Shape::Place { operand, name, addend: before } = base.shape {
        let addend = before.wrapping_add(addend as u64 as i64);
        return Formula { bits, shape: Shape::Place { operand, name, addend } };
    }
    // Two steps are one.
    if let Shape::Binary(operator @ (Operator::Add | Operator::Subtract), inner, step) = &base.shape
        && let Shape::Number(before) = step.shape
    {
        let before = if *operator == Operator::Add { before } else { before.wrapping_neg() };
        let whole = before.wrapping_add(addend) & mask(bits);
        return offset((**inner).clone(), whole as u64);
    }
    let (operator, number) = match addend >> (bits - 1) & 1 {
        1 => (Operator::Subtract, (mask(bits) + 1 - addend) & mask(bits)),
        _ => (Operator::Add, addend),
    };
    binary(operator, base, Formula { bits, shape: Shape::Number(number) })
}

fn mask(bits: u16) -> u128 {
    if bits >= 128 { u128::MAX } else { (1 << bits) - 1 }
}

/// The number that a word is, if it is one and at most 128 bits of it are not 0.
fn constant(word: &Word) -> Option<u128> {
    let low = word.slice(0, word.bits().min(64)).as_constant()?;
    let rest = word.bits().saturating_sub(64);
    let middle = word.slice(64, rest.min(64)).as_constant()?;
    let above = rest.saturating_sub(64);
    let high = word.slice(128, above).as_constant()?;
    (high == 0).then_some(u128::from(low) | u128::from(middle) << 64)
}
