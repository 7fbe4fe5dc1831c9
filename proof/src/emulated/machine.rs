//! [`Machine`]: the state of a trial as the model follows it: values, what is known about them, and
//! what depends on the bits that the second run flips.

use std::collections::HashMap;
use std::rc::Rc;

use asm_analysis::effects::Place;
use asm_analysis::effects::bits::{Bit, Bits};
use asm_analysis::effects::evaluate::{Concrete, Onward, Outcome, Touched};
use asm_analysis::values::Cell;

use super::protocol::{MEMORY, MEMORY_BYTES, memory_pattern};
use super::{Guest, Span};

/// Where the bits of each cell are.
pub struct Layout {
    spans: HashMap<Cell, Vec<Span>>,
}

impl Layout {
    /// The layout of an architecture.
    pub fn new(guest: &Guest) -> Layout {
        let mut spans: HashMap<Cell, Vec<Span>> = HashMap::new();
        for span in (guest.spans)() {
            spans.entry(span.cell).or_default().push(span);
        }
        Layout { spans }
    }

    /// Where the bits of a cell are; nothing for a cell that the state does not have.
    pub fn of(&self, cell: Cell) -> &[Span] {
        self.spans.get(&cell).map_or(&[], Vec::as_slice)
    }

    /// The cells, in no order.
    pub fn cells(&self) -> impl Iterator<Item = Cell> {
        self.spans.keys().copied()
    }
}

/// Words with three things to know of each bit.
#[derive(Clone)]
pub struct Tracked {
    /// The values.
    pub value: Vec<u64>,
    /// Which bits are known.
    pub known: Vec<u64>,
    /// Which bits may be different in the second run.
    pub tainted: Vec<u64>,
}

impl Tracked {
    fn new(value: Vec<u64>, tainted: Vec<u64>) -> Tracked {
        Tracked { known: vec![u64::MAX; value.len()], value, tainted }
    }

    fn bits(&self, word: usize, shift: u16, bits: u16) -> Bits {
        let at = |words: &[u64]| words[word] >> shift;
        Bits::from_word(at(&self.value), at(&self.known), at(&self.tainted), bits)
    }

    fn put(&mut self, word: usize, shift: u16, bits: &Bits) {
        let ones = if bits.width() == 64 { u64::MAX } else { (1 << bits.width()) - 1 };
        let set = |words: &mut Vec<u64>, part: u64| {
            words[word] = words[word] & !(ones << shift) | (part & ones) << shift;
        };
        set(&mut self.value, bits.words()[0]);
        set(&mut self.known, bits.known_words()[0]);
        set(&mut self.tainted, bits.tainted_words()[0]);
    }
}

/// The state of a trial.
#[derive(Clone)]
pub struct Machine {
    /// Registers, as the worker has them.
    pub words: Tracked,
    /// Memory, 8 bytes a word.
    pub memory: Tracked,
    /// Where the next instruction is.
    pub next: u64,
    layout: Rc<Layout>,
}

impl Machine {
    /// A machine before its first instruction.
    pub fn new(layout: Rc<Layout>, words: Vec<u64>, tainted: Vec<u64>) -> Machine {
        let mut memory = Vec::with_capacity(MEMORY_BYTES / 8);
        for at in (0..MEMORY_BYTES).step_by(8) {
            memory.push(u64::from_le_bytes(std::array::from_fn(|byte| memory_pattern(at + byte))));
        }
        let untainted = vec![0; memory.len()];
        Machine {
            words: Tracked::new(words, tainted),
            memory: Tracked::new(memory, untainted),
            next: 0,
            layout,
        }
    }

    /// Whether memory of so many bytes from an address on is there.
    pub fn has(address: u64, bytes: u64) -> bool {
        address >= MEMORY
            && address.checked_add(bytes).is_some_and(|end| end <= MEMORY + MEMORY_BYTES as u64)
    }

    /// Takes over what an instruction did.
    pub fn apply(&mut self, outcome: &Outcome) {
        for store in &outcome.stores {
            self.store(store);
        }
        let layout = Rc::clone(&self.layout);
        for (cell, value) in &outcome.cells {
            for span in layout.of(*cell) {
                self.words.put(span.word, span.shift, &value.slice(span.low, span.bits));
            }
        }
        let next = match &outcome.next {
            Onward::To(to) => to.slice(0, 64),
            Onward::Trap => Bits::known(u128::from(self.words.value[0]), 64),
            Onward::Unknown => Bits::unknown(64, true),
        };
        self.words.put(0, 0, &next);
    }

    fn store(&mut self, store: &Touched) {
        let place = store.address.number().zip(store.bytes);
        let place = place.filter(|(at, bytes)| Machine::has(*at as u64, *bytes));
        let Some((address, bytes)) = place else {
            return self.forget_memory();
        };
        let unknown = Bits::unknown(u16::try_from(8 * bytes).unwrap_or(0), true);
        let value = store.value.unwrap_or(unknown);
        for byte in 0..bytes {
            let at = (address as u64 - MEMORY + byte) as usize;
            let mut part = value.slice(8 * byte as u16, 8);
            if store.conditional {
                let old = self.memory.bits(at / 8, 8 * (at % 8) as u16, 8);
                part = Bits::bitwise(8, |bit| {
                    let (new, old) = (part.bit(bit), old.bit(bit));
                    let value = (new.value == old.value).then_some(new.value).flatten();
                    Bit { value, tainted: true }
                });
            }
            self.memory.put(at / 8, 8 * (at % 8) as u16, &part);
        }
        if store.address.is_tainted() {
            self.memory.tainted.fill(u64::MAX);
        }
    }

    /// Any of it may be anything from now on.
    fn forget_memory(&mut self) {
        self.memory.known.fill(0);
        self.memory.tainted.fill(u64::MAX);
    }
}

impl Concrete for Machine {
    fn cell(&self, cell: Cell) -> Bits {
        let spans = self.layout.of(cell);
        if spans.is_empty() {
            return Bits::unknown(cell.bits(), false);
        }
        let mut whole = Bits::known(0, cell.bits());
        for span in spans {
            whole.put(span.low, &self.words.bits(span.word, span.shift, span.bits));
        }
        whole
    }

    fn load(&self, address: u64, bytes: u64) -> Option<Bits> {
        if !Machine::has(address, bytes) {
            return None;
        }
        let mut result = Bits::known(0, u16::try_from(8 * bytes).ok()?);
        for byte in 0..bytes {
            let at = (address - MEMORY + byte) as usize;
            let value = self.memory.bits(at / 8, 8 * (at % 8) as u16, 8);
            result.put(8 * byte as u16, &value);
        }
        Some(result)
    }

    fn place(&self, place: &Place) -> Option<u64> {
        match place {
            Place::Own { offset, .. } => Some(*offset),
            Place::Symbol { .. } | Place::Slot { .. } => None,
        }
    }

    fn next(&self) -> u64 {
        self.next
    }
}
