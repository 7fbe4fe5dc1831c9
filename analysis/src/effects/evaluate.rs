//! Runs [`Effects`] on numbers.
//!
//! The proof compares with execution what comes out here: values where they are known, and what
//! they depend on where some bits of the start are tainted. What the abstract interpreter does with
//! the same effects is tested apart from it.

use super::bits::{Bit, Bits, WIDEST};
use super::{
    Condition, Effect, Effects, Expression, FlagTest, Next, Operation, Part, Place, Target, Test,
};
use crate::values::{Cell, Flag};

/// What an instruction is executed on.
pub trait Concrete {
    /// What a cell holds, at the cell's width.
    fn cell(&self, cell: Cell) -> Bits;
    /// What memory holds. `None`: not known, which does not mean tainted.
    fn load(&self, address: u64, bytes: u64) -> Option<Bits>;
    /// Where a place is.
    fn place(&self, place: &Place) -> Option<u64>;
    /// Where the next instruction is.
    fn next(&self) -> u64;
}

/// Memory that an instruction accesses.
#[derive(Clone, PartialEq, Debug)]
pub struct Touched {
    /// Where.
    pub address: Bits,
    /// How many bytes.
    pub bytes: Option<u64>,
    /// Whether it may also not happen.
    pub conditional: bool,
    /// The alignment that is demanded.
    pub alignment: Option<u32>,
    /// For a store: what is stored, where that is followed.
    pub value: Option<Bits>,
}

/// Where control goes.
#[derive(Clone, PartialEq, Debug)]
pub enum Onward {
    /// To the next instruction or to an address: the address. Tainted where a branch is.
    To(Bits),
    /// It traps.
    Trap,
    /// It cannot be determined.
    Unknown,
}

/// What an instruction did.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// Cells with what they hold afterwards, in no order; every one that may be written.
    pub cells: Vec<(Cell, Bits)>,
    /// Memory that is read.
    pub loads: Vec<Touched>,
    /// Memory that is written.
    pub stores: Vec<Touched>,
    /// Where control goes.
    pub next: Onward,
}

/// Executes an instruction.
pub fn evaluate(effects: &Effects, on: &impl Concrete) -> Outcome {
    let mut run = Run { on, loaded: Vec::new() };
    let next = Bits::known(u128::from(on.next()), 64);
    let acts = effects.condition.as_ref().map(|condition| run.condition(condition));
    let mut outcome = Outcome {
        cells: Vec::new(),
        loads: Vec::new(),
        stores: Vec::new(),
        next: Onward::To(next),
    };
    if matches!(acts, Some(Bit { value: Some(false), tainted: false })) {
        return outcome;
    }
    let is_clear = |part: &Part| on.cell(part.cell).slice(part.low, part.bits).number() == Some(0);
    if !effects.only_while_clear.iter().all(is_clear) {
        return Outcome { next: Onward::Unknown, ..outcome };
    }
    for effect in &effects.list {
        run.effect(effect, &mut outcome);
    }
    outcome.next = run.next(&effects.next, next, &mut outcome.cells);
    if let Some(acts) = acts {
        run.perhaps(acts, next, &mut outcome);
    }
    outcome
}

/// One execution.
struct Run<'on, On> {
    on: &'on On,
    loaded: Vec<Bits>,
}

impl<On: Concrete> Run<'_, On> {
    fn effect(&mut self, effect: &Effect, outcome: &mut Outcome) {
        match effect {
            Effect::Set(part, value) => {
                let value = self.value(value);
                self.put(*part, &value, &mut outcome.cells);
            }
            Effect::Havoc(part, _) => {
                // What comes is new each time, so nothing can be said about it.
                self.put(*part, &Bits::unknown(part.bits, true), &mut outcome.cells);
            }
            Effect::Load(access) => {
                let address = self.value(&access.address);
                let known = address.number().zip(access.bytes);
                let value = known.and_then(|(at, bytes)| self.on.load(at as u64, bytes));
                let value = value.unwrap_or_else(|| match access.bytes {
                    Some(bytes) => Bits::unknown(u16::try_from(bytes * 8).unwrap_or(WIDEST), false),
                    // Of whatever is read, some bit may be tainted.
                    None => Bits::unknown(WIDEST, true),
                });
                let value =
                    if address.is_tainted() { value.with_taint(&[u64::MAX; 8]) } else { value };
                self.loaded.push(value);
                outcome.loads.push(touched(access, address, None));
            }
            Effect::Store(access, value) => {
                let address = self.value(&access.address);
                let value = value.as_ref().map(|value| self.value(value));
                outcome.stores.push(touched(access, address, value));
            }
            Effect::Use(..) => {}
        }
    }

    fn next(&mut self, next: &Next, after: Bits, cells: &mut Vec<(Cell, Bits)>) -> Onward {
        match next {
            Next::Fall => Onward::To(after),
            Next::Jump(target) => self.target(target),
            Next::Return(value) => Onward::To(self.value(value)),
            Next::Call { target, link } => {
                let to = self.target(target);
                self.put(Part::whole(*link), &after.slice(0, link.bits()), cells);
                to
            }
            Next::Branch(condition, target) => {
                let taken = self.condition(condition);
                let Onward::To(to) = self.target(target) else { return Onward::Unknown };
                Onward::To(choose(taken, &to, &after))
            }
            Next::Trap => Onward::Trap,
            Next::Leave | Next::Unknown => Onward::Unknown,
        }
    }

    fn target(&mut self, target: &Target) -> Onward {
        match target {
            Target::Place(place) => match self.on.place(place) {
                Some(address) => Onward::To(Bits::known(u128::from(address), 64)),
                None => Onward::Unknown,
            },
            Target::Computed(value) => Onward::To(self.value(value)),
        }
    }

    /// Merges an outcome with nothing having happened.
    fn perhaps(&mut self, acts: Bit, after: Bits, outcome: &mut Outcome) {
        if acts == (Bit { value: Some(true), tainted: false }) {
            return;
        }
        for (cell, value) in &mut outcome.cells {
            *value = choose(acts, value, &self.on.cell(*cell));
        }
        for touched in outcome.loads.iter_mut().chain(&mut outcome.stores) {
            touched.conditional = true;
        }
        outcome.next = match (&outcome.next, acts.value) {
            (Onward::To(to), _) => Onward::To(choose(acts, to, &after)),
            (_, Some(false)) => Onward::To(after.with_taint(&[u64::MAX])),
            (Onward::Trap, Some(true)) => Onward::Trap,
            _ => Onward::Unknown,
        };
    }

    /// Writes a part of a cell.
    fn put(&self, part: Part, value: &Bits, cells: &mut Vec<(Cell, Bits)>) {
        let index = match cells.iter().position(|(cell, _)| *cell == part.cell) {
            Some(index) => index,
            None => {
                cells.push((part.cell, self.on.cell(part.cell)));
                cells.len() - 1
            }
        };
        cells[index].1.put(part.low, value);
    }

    fn value(&self, expression: &Expression) -> Bits {
        match expression {
            Expression::Constant(value, bits) => Bits::known(*value, *bits),
            Expression::Cell(part) => self.on.cell(part.cell).slice(part.low, part.bits),
            Expression::Loaded(number) => {
                self.loaded.get(*number).copied().unwrap_or(Bits::unknown(512, true))
            }
            Expression::Place(place) => match self.on.place(place) {
                Some(address) => Bits::known(u128::from(address), 64),
                None => Bits::unknown(64, false),
            },
            Expression::Slice { of, low, bits } => self.value(of).slice(*low, *bits),
            Expression::Join(parts) => {
                let parts: Vec<Bits> = parts.iter().map(|part| self.value(part)).collect();
                let mut joined = Bits::known(0, parts.iter().map(|part| part.width()).sum());
                let mut low = 0;
                for part in parts {
                    joined.put(low, &part);
                    low += part.width();
                }
                joined
            }
            Expression::Computed { operation, inputs, bits } => {
                let inputs: Vec<Bits> = inputs.iter().map(|input| self.value(input)).collect();
                compute(operation, &inputs, *bits)
            }
            Expression::Choose(condition, one, other) => {
                choose(self.condition(condition), &self.value(one), &self.value(other))
            }
        }
    }

    /// Whether a condition holds.
    fn condition(&self, condition: &Condition) -> Bit {
        let two = |operation, one: &Expression, other: &Expression| {
            compute(&operation, &[self.value(one), self.value(other)], 1).bit(0)
        };
        let bit = match &condition.test {
            Test::IsZero(value) => {
                let value = self.value(value);
                let some = (0..value.width()).any(|bit| value.bit(bit).value == Some(true));
                let all = (0..value.width()).all(|bit| value.bit(bit).value == Some(false));
                Bit { value: (some || all).then_some(all), tainted: value.is_tainted() }
            }
            Test::IsSet(value) => self.value(value).bit(0),
            Test::Equal(one, other) => two(Operation::Equal, one, other),
            Test::Less(one, other) => two(Operation::Less, one, other),
            Test::LessSigned(one, other) => two(Operation::LessSigned, one, other),
            Test::Flags(test) => self.flags(*test),
        };
        if condition.negated { not(bit) } else { bit }
    }

    fn flags(&self, test: FlagTest) -> Bit {
        let flag = |flag| self.on.cell(Cell::Flag(flag)).bit(0);
        let same = not(xor(flag(Flag::Sign), flag(Flag::Overflow)));
        match test {
            FlagTest::Set(set) => flag(set),
            FlagTest::Higher => and(flag(Flag::Carry), not(flag(Flag::Zero))),
            FlagTest::GreaterOrEqual => same,
            FlagTest::Greater => and(same, not(flag(Flag::Zero))),
        }
    }
}

fn touched(access: &super::Access, address: Bits, value: Option<Bits>) -> Touched {
    let super::Access { bytes, conditional, alignment, .. } = *access;
    Touched { address, bytes, conditional, alignment, value }
}

fn not(bit: Bit) -> Bit {
    Bit { value: bit.value.map(|value| !value), ..bit }
}

fn xor(one: Bit, other: Bit) -> Bit {
    Bit {
        value: one.value.zip(other.value).map(|(one, other)| one != other),
        tainted: one.tainted || other.tainted,
    }
}

fn and(one: Bit, other: Bit) -> Bit {
    let decides = |bit: Bit| bit.value == Some(false) && !bit.tainted;
    let value = match (one.value, other.value) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    };
    Bit { value, tainted: (one.tainted || other.tainted) && !decides(one) && !decides(other) }
}

fn or(one: Bit, other: Bit) -> Bit {
    not(and(not(one), not(other)))
}

/// One of two values, bit by bit where it is not known which.
fn choose(condition: Bit, one: &Bits, other: &Bits) -> Bits {
    Bits::bitwise(one.width(), |number| {
        let (one, other) = (one.bit(number), other.bit(number));
        let chosen = match condition.value {
            Some(true) => one,
            Some(false) => other,
            None => Bit {
                value: (one.value == other.value).then_some(one.value).flatten(),
                tainted: one.tainted || other.tainted,
            },
        };
        let same = one.value.is_some() && one.value == other.value;
        let both_firm = same && !one.tainted && !other.tainted;
        let tainted = chosen.tainted
            || condition.tainted && !both_firm
            || condition.value.is_none() && (one.tainted || other.tainted);
        Bit { tainted, ..chosen }
    })
}

/// The result of an operation.
fn compute(operation: &Operation, inputs: &[Bits], bits: u16) -> Bits {
    let any_tainted = inputs.iter().any(Bits::is_tainted);
    let input = |index: usize| inputs.get(index).copied().unwrap_or(Bits::unknown(bits, true));
    let fold = |join: fn(Bit, Bit) -> Bit, neutral: bool| {
        Bits::bitwise(bits, |number| {
            inputs
                .iter()
                .map(|input| input.bit(number))
                .fold(Bit { value: Some(neutral), tainted: false }, join)
        })
    };
    match operation {
        Operation::And => fold(and, true),
        Operation::Or => fold(or, false),
        Operation::Xor => fold(xor, false),
        Operation::Not => Bits::bitwise(bits, |number| not(input(0).bit(number))),
        Operation::Add | Operation::Subtract | Operation::Multiply => {
            carrying(operation, inputs, bits)
        }
        Operation::ShiftLeft
        | Operation::ShiftRight
        | Operation::ShiftRightSigned
        | Operation::RotateRight => shift(operation, &input(0), &input(1), bits),
        Operation::SignExtend => {
            let value = input(0);
            let top = value.width().saturating_sub(1);
            Bits::bitwise(bits, |number| value.bit(number.min(top)))
        }
        Operation::ReverseBits => Bits::bitwise(bits, |number| input(0).bit(bits - 1 - number)),
        Operation::ReverseBytes => {
            Bits::bitwise(bits, |number| input(0).bit((bits / 8 - 1 - number / 8) * 8 + number % 8))
        }
        Operation::Lanes(lane, _) => Bits::bitwise(bits, |number| {
            let lane = (*lane).max(1);
            let first = number / lane * lane;
            let tainted = inputs
                .iter()
                .any(|input| (first..first + lane).any(|number| input.bit(number).tainted));
            Bit { value: None, tainted }
        }),
        Operation::Function(_) | Operation::Undo(_) | Operation::Mixed(_) => {
            Bits::unknown(bits, any_tainted)
        }
        Operation::MultiplyHigh
        | Operation::MultiplyHighSigned
        | Operation::Equal
        | Operation::Less
        | Operation::LessSigned
        | Operation::CarryOfSum
        | Operation::OverflowOfSum
        | Operation::CountLeadingZeros => {
            let taint = if any_tainted { [u64::MAX; 8] } else { [0; 8] };
            let numbers: Option<Vec<u128>> = inputs.iter().map(Bits::number).collect();
            let result = numbers
                .filter(|_| input(0).width() <= 64)
                .map(|numbers| mixing(operation, &numbers, input(0).width()));
            match result {
                Some(result) => Bits::known(result, bits).with_taint(&taint),
                None => Bits::unknown(bits, any_tainted),
            }
        }
    }
}

/// Sums and products: a bit depends on the bits below it, too.
fn carrying(operation: &Operation, inputs: &[Bits], bits: u16) -> Bits {
    let unknown = inputs.iter().map(|input| input.first(|bit| bit.value.is_none())).min();
    let tainted = inputs.iter().map(|input| input.first(|bit| bit.tainted)).min();
    let (unknown, tainted) = (unknown.unwrap_or(bits), tainted.unwrap_or(bits));
    let number = |input: &Bits| u128::from(input.words()[0]) | u128::from(input.words()[1]) << 64;
    let mut numbers = inputs.iter().map(number);
    let first = numbers.next().unwrap_or(0);
    let result = numbers.fold(first, |sum, next| match operation {
        Operation::Add => sum.wrapping_add(next),
        Operation::Subtract => sum.wrapping_sub(next),
        _ => sum.wrapping_mul(next),
    });
    let result = Bits::known(result, bits.min(128)).slice(0, bits);
    Bits::bitwise(bits, |number| Bit {
        value: result.bit(number).value.filter(|_| number < unknown && number < 128),
        tainted: number >= tainted,
    })
}

fn shift(operation: &Operation, value: &Bits, amount: &Bits, bits: u16) -> Bits {
    let Some(distance) = amount.number() else {
        return Bits::unknown(bits, value.is_tainted() || amount.is_tainted());
    };
    let top = bits - 1;
    let far = distance >= u128::from(bits);
    let distance = (distance % (u128::from(bits) * 65536)) as u32;
    let zero = Bit { value: Some(false), tainted: false };
    let result = Bits::bitwise(bits, |number| {
        let above = u32::from(number) + distance;
        match operation {
            Operation::ShiftLeft if far || u32::from(number) < distance => zero,
            Operation::ShiftLeft => value.bit(number - distance as u16),
            Operation::ShiftRight if far || above > u32::from(top) => zero,
            Operation::ShiftRightSigned if far || above > u32::from(top) => value.bit(top),
            Operation::RotateRight => value.bit((above % u32::from(bits)) as u16),
            _ => value.bit(above as u16),
        }
    });
    if amount.is_tainted() { result.with_taint(&[u64::MAX; 8]) } else { result }
}

/// Operations of which every bit depends on every bit, on inputs of `bits` bits.
fn mixing(operation: &Operation, inputs: &[u128], bits: u16) -> u128 {
    let input = |index: usize| inputs.get(index).copied().unwrap_or(0);
    let signed = |index: usize| {
        let unused = 128 - u32::from(bits);
        (input(index) << unused) as i128 >> unused
    };
    match operation {
        Operation::MultiplyHigh => (input(0) * input(1)) >> bits,
        Operation::MultiplyHighSigned => ((signed(0) * signed(1)) >> bits) as u128,
        Operation::Equal => u128::from(input(0) == input(1)),
        Operation::Less => u128::from(input(0) < input(1)),
        Operation::LessSigned => u128::from(signed(0) < signed(1)),
        Operation::CarryOfSum => (input(0) + input(1) + input(2)) >> bits & 1,
        Operation::OverflowOfSum => {
            let sum = signed(0) + signed(1) + input(2) as i128;
            let range = 1i128 << (bits - 1);
            u128::from(sum < -range || sum >= range)
        }
        Operation::CountLeadingZeros => {
            u128::from(input(0).leading_zeros()) - (128 - u128::from(bits))
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registers::Register;

    struct Two;

    impl Concrete for Two {
        fn cell(&self, cell: Cell) -> Bits {
            match cell {
                Cell::Register(Register::General(0)) => Bits::known(0xFF, 64),
                Cell::Register(Register::General(1)) => Bits::known(3, 64).with_taint(&[0x10]),
                _ => Bits::unknown(cell.bits(), false),
            }
        }
        fn load(&self, _: u64, bytes: u64) -> Option<Bits> {
            Some(Bits::unknown(8 * bytes as u16, false))
        }
        fn place(&self, _: &Place) -> Option<u64> {
            None
        }
        fn next(&self) -> u64 {
            4
        }
    }

    fn x(number: u8) -> Expression {
        Expression::Cell(Part::whole(Cell::Register(Register::General(number))))
    }

    #[test]
    fn sums_carry_values_and_taint_upwards() {
        let run = Run { on: &Two, loaded: Vec::new() };
        let sum = run.value(&Expression::computed(Operation::Add, vec![x(0), x(1)], 64));
        assert_eq!(sum.number(), Some(0x102));
        assert_eq!(sum.first(|bit| bit.tainted), 4);
        let masked = Expression::computed(
            Operation::And,
            vec![Expression::computed(Operation::Add, vec![x(0), x(1)], 64), x(9).zero_extend(64)],
            64,
        );
        assert_eq!(run.value(&masked).number(), None);
        let low = run.value(&Expression::computed(
            Operation::And,
            vec![x(1), Expression::constant(0xF, 64)],
            64,
        ));
        assert!(!low.is_tainted());
    }

    #[test]
    fn signed_operations_know_their_width() {
        let value = |operation, inputs: &[u128], bits, out| {
            let inputs: Vec<Bits> = inputs.iter().map(|input| Bits::known(*input, bits)).collect();
            compute(&operation, &inputs, out).number()
        };
        assert_eq!(value(Operation::LessSigned, &[0xFF, 1], 8, 1), Some(1));
        assert_eq!(value(Operation::Less, &[0xFF, 1], 8, 1), Some(0));
        assert_eq!(value(Operation::MultiplyHighSigned, &[0xFF, 0xFF], 8, 8), Some(0));
        assert_eq!(value(Operation::MultiplyHigh, &[0xFF, 0xFF], 8, 8), Some(0xFE));
        assert_eq!(value(Operation::OverflowOfSum, &[0x7F, 0, 1], 8, 1), Some(1));
        assert_eq!(value(Operation::CountLeadingZeros, &[1], 32, 32), Some(31));
        assert_eq!(value(Operation::ShiftRightSigned, &[0x80, 7], 8, 8), Some(0xFF));
        assert_eq!(value(Operation::RotateRight, &[0x81, 1], 8, 8), Some(0xC0));
    }
}
