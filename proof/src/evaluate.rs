//! Evaluates the interpreter's words for a given state at entry: the bits that it claims to know
//! become bits that can be compared with what the processor left.

use std::collections::HashMap;

use asm_analysis::registers::Register;
use asm_analysis::values::{Cell, Kind, Operation, Source, ValueId, Values, Word};

use crate::native::CODE;
use crate::state::{State, word};

/// TF, IOPL, NT and ID in `rflags`.
pub const OTHER_FLAGS: u64 = 0x0020_7100;

/// How many words the widest register has.
const WORDS: usize = 8;

/// A value of up to 512 bits of which some are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Known {
    /// Which bits are known.
    pub mask: [u64; WORDS],
    /// Their values; 0 where not known.
    pub value: [u64; WORDS],
}

impl Known {
    fn constant(value: [u64; WORDS], bits: u16) -> Known {
        let mut known = Known { mask: [0; WORDS], value };
        for (place, mask) in known.mask.iter_mut().enumerate() {
            *mask = low_mask(i32::from(bits) - 64 * place as i32);
        }
        for (value, mask) in known.value.iter_mut().zip(known.mask) {
            *value &= mask;
        }
        known
    }

    /// A number of 64 bits.
    pub fn number(value: u64) -> Known {
        Known::constant([value, 0, 0, 0, 0, 0, 0, 0], 64)
    }

    /// The value, if so many low bits of it are known.
    pub fn as_number(&self, bits: u16) -> Option<u64> {
        let mask = low_mask(i32::from(bits));
        (self.mask[0] & mask == mask).then_some(self.value[0] & mask)
    }

    /// The value, if all of the low 64 bits are known.
    pub fn as_address(&self) -> Option<u64> {
        (self.mask[0] == u64::MAX).then_some(self.value[0])
    }

    /// How many bits from bit 0 on are known without a gap, up to 64.
    fn known_prefix(&self) -> u32 {
        self.mask[0].trailing_ones()
    }

    /// At most 64 bits from `low` on: which are known, and their values.
    pub fn get(&self, low: u16, bits: u16) -> (u64, u64) {
        let part = self.slice(low, bits.min(64));
        (part.mask[0], part.value[0])
    }

    /// Makes at most 64 bits from `low` on known.
    pub fn put(&mut self, low: u16, bits: u16, value: u64) {
        let part = Known::constant([value, 0, 0, 0, 0, 0, 0, 0], bits.min(64));
        (0..bits).for_each(|at| self.copy_bit(low + at, &part, at));
    }

    /// The bits from `low` on, `bits` of them.
    fn slice(&self, low: u16, bits: u16) -> Known {
        let mut out = Known::default();
        for at in 0..bits {
            out.copy_bit(at, self, low + at);
        }
        out
    }

    fn copy_bit(&mut self, to: u16, source: &Known, from: u16) {
        let (word, bit) = (usize::from(from / 64), from % 64);
        let (to_word, to_bit) = (usize::from(to / 64), to % 64);
        if word < WORDS && to_word < WORDS {
            self.mask[to_word] |= (source.mask[word] >> bit & 1) << to_bit;
            self.value[to_word] |= (source.value[word] >> bit & 1) << to_bit;
        }
    }
}

fn low_mask(bits: i32) -> u64 {
    match bits {
        ..=0 => 0,
        64.. => u64::MAX,
        bits => (1 << bits) - 1,
    }
}

/// What a cell holds in a state; `None` for cells that the harness does not see. x87 cells count
/// from the top of stack at entry.
pub fn cell_value(state: &State, cell: Cell, top: usize) -> Option<[u64; WORDS]> {
    let mut value = [0; WORDS];
    match cell {
        Cell::Register(Register::General(number)) => {
            value[0] = state[word::GENERAL + usize::from(number)];
        }
        Cell::Register(Register::Vector(number)) => {
            let first = word::VECTOR + WORDS * usize::from(number);
            value.copy_from_slice(&state.words()[first..first + WORDS]);
        }
        Cell::Register(Register::Mask(number)) => {
            value[0] = state[word::MASK + usize::from(number)];
        }
        Cell::Register(Register::Mmx(number)) => {
            value[0] = state[word::X87 + 2 * usize::from(number)];
        }
        Cell::Register(Register::X87(number)) => {
            let first = word::X87 + 2 * ((top + usize::from(number)) & 7);
            value[..2].copy_from_slice(&state.words()[first..first + 2]);
        }
        Cell::Flag(flag) => value[0] = (state[word::FLAGS] | 0x202) >> flag.bit() & 1,
        Cell::OtherFlags => value[0] = state[word::FLAGS] & OTHER_FLAGS,
        Cell::Mxcsr => value[0] = state[word::MXCSR],
        Cell::X87Control => value[0] = state[word::X87_CONTROL],
        Cell::X87Status => value[0] = state[word::X87_STATUS],
        _ => return None,
    }
    Some(value)
}

/// What code is entered with.
pub trait Entry {
    /// What is known of a cell, at the cell's width.
    fn cell(&self, cell: Cell) -> Known;
    /// What is known of the address at an offset of the code, as code holds it.
    fn address(&self, offset: u64) -> Known;
}

impl Entry for State {
    fn cell(&self, cell: Cell) -> Known {
        cell_value(self, cell, self.x87_top())
            .map_or_else(Known::default, |words| Known::constant(words, cell.bits()))
    }

    fn address(&self, offset: u64) -> Known {
        Known::number(CODE.wrapping_add(offset))
    }
}

/// Evaluates words of one interpretation for one state at entry.
pub struct Evaluator<'facts> {
    values: &'facts Values,
    entry: &'facts dyn Entry,
    done: HashMap<ValueId, Known>,
}

impl<'facts> Evaluator<'facts> {
    /// An evaluator for what was interpreted, entered in that way.
    pub fn new(values: &'facts Values, entry: &'facts dyn Entry) -> Evaluator<'facts> {
        Evaluator { values, entry, done: HashMap::new() }
    }

    /// What is known about a word.
    pub fn word(&mut self, word: &Word) -> Known {
        let mut out = Known::default();
        for (start, segment) in word.runs() {
            let source = match segment.source {
                Source::Zeros => Known::constant([0; WORDS], segment.bits),
                Source::Ones => Known::constant([u64::MAX; WORDS], segment.bits),
                Source::Constant(value) => {
                    Known::constant([value.get(), 0, 0, 0, 0, 0, 0, 0], segment.bits)
                }
                Source::Slice { value, low } => self.value(value).slice(low, segment.bits),
            };
            for at in 0..segment.bits {
                out.copy_bit(start + at, &source, at);
            }
        }
        out
    }

    fn value(&mut self, id: ValueId) -> Known {
        if let Some(known) = self.done.get(&id) {
            return *known;
        }
        let value = self.values.get(id);
        let bits = value.bits;
        let known = match &value.kind {
            Kind::Entry(cell) => self.entry.cell(*cell).slice(0, bits),
            Kind::Address { offset, .. } => self.entry.address(*offset).slice(0, bits),
            Kind::Offset { base, addend } => {
                let base = self.word(base);
                low_bits(base.value[0].wrapping_add(*addend), base.known_prefix(), bits)
            }
            Kind::Computed { operation, inputs } => {
                let inputs: Vec<Known> = inputs.iter().map(|input| self.word(input)).collect();
                compute(*operation, &inputs, bits)
            }
            Kind::Symbol { .. } | Kind::Fresh { .. } | Kind::Joined { .. } => Known::default(),
        };
        self.done.insert(id, known);
        known
    }
}

/// A result of which only so many low bits are known.
fn low_bits(value: u64, known: u32, bits: u16) -> Known {
    let known = known.min(u32::from(bits)) as u16;
    Known::constant([value, 0, 0, 0, 0, 0, 0, 0], known)
}

fn compute(operation: Operation, inputs: &[Known], bits: u16) -> Known {
    let prefix = inputs.iter().map(Known::known_prefix).min().unwrap_or(0);
    match (operation, inputs) {
        (Operation::Add, [first, second]) if bits <= 64 => {
            low_bits(first.value[0].wrapping_add(second.value[0]), prefix, bits)
        }
        (Operation::Subtract, [first, second]) if bits <= 64 => {
            low_bits(first.value[0].wrapping_sub(second.value[0]), prefix, bits)
        }
        (Operation::Multiply, [first, second]) if bits <= 64 => {
            low_bits(first.value[0].wrapping_mul(second.value[0]), prefix, bits)
        }
        (Operation::And, [first, second]) => bitwise(bits, |place| {
            let zero = |known: &Known| known.mask[place] & !known.value[place];
            let value = first.value[place] & second.value[place];
            (first.mask[place] & second.mask[place] | zero(first) | zero(second), value)
        }),
        (Operation::Or, [first, second]) => bitwise(bits, |place| {
            let value = first.value[place] | second.value[place];
            (first.mask[place] & second.mask[place] | value, value)
        }),
        (Operation::Xor, [first, second]) => bitwise(bits, |place| {
            let mask = first.mask[place] & second.mask[place];
            (mask, (first.value[place] ^ second.value[place]) & mask)
        }),
        (Operation::Not, [only]) => {
            bitwise(bits, |place| (only.mask[place], !only.value[place] & only.mask[place]))
        }
        _ => Known::default(),
    }
}

fn bitwise(bits: u16, mut word: impl FnMut(usize) -> (u64, u64)) -> Known {
    let all = Known::constant([u64::MAX; WORDS], bits);
    let mut out = Known::default();
    for place in 0..WORDS {
        let (mask, value) = word(place);
        out.mask[place] = mask & all.mask[place];
        out.value[place] = value & out.mask[place];
    }
    out
}
