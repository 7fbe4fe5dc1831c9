//! [`State`]: the machine at one point of one path through the block.

use std::rc::Rc;

use smallvec::SmallVec;

use super::cells::Cells;
use super::memory::Memory;
use crate::registers::{Register, RegisterSet};
use crate::values::{Cell, Flag, JoinSlot, Site, Values, Word};

/// A condition on a path, in the form in which equal conditions are equal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Condition {
    /// Which question is asked of the words; see [`super::condition`].
    pub question: u8,
    /// The words that it is asked of.
    pub words: Vec<Word>,
}

/// What branches asked, and whether the answer was yes. Most paths pass few.
pub type Assumptions = SmallVec<[(Rc<Condition>, bool); 4]>;

/// The machine's state. Cells that hold their entry value are not stored.
///
/// A state is copied wherever a path parts, and kept wherever paths may meet: so its parts are shared
/// between copies until one of them changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State {
    changed: Rc<Cells>,
    /// Known memory.
    pub memory: Memory,
    /// The x87 stack.
    pub x87: X87,
    /// What the branches taken so far say.
    pub assumptions: Assumptions,
    /// Stacks that the block switched to: base and offset of what was loaded into the stack pointer.
    pub stacks: Vec<(Word, i64)>,
    /// The late outputs that have been written, by operand, with the first write.
    pub late_written: Vec<(usize, Site)>,
    /// Distinguishes executions of one instruction on one path.
    pub serial: u32,
}

/// The x87 register stack. Physical registers are numbered so that `st(i)` at entry is number i.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct X87 {
    /// The physical register that is `st(0)`.
    pub top: u8,
    /// What is in each physical register.
    pub slots: [X87Slot; 8],
    /// Whether MMX instructions have left every tag valid.
    pub mmx: bool,
    /// Whether an MMX register was written at all.
    pub mmx_written: bool,
    /// The first instruction that popped or read an empty register.
    pub underflow: Option<Site>,
}

/// The tag of a physical x87 register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum X87Slot {
    /// As on entry, whether full or empty.
    Entry,
    /// Empty, and so it was (or had to be) on entry.
    Empty,
    /// Filled by the block; it had to be empty before.
    Filled,
    /// The block popped what was there on entry.
    Drained,
    /// The block filled it after popping what was there on entry.
    Refilled,
}

impl X87Slot {
    const ALL: [X87Slot; 5] =
        [X87Slot::Entry, X87Slot::Empty, X87Slot::Filled, X87Slot::Drained, X87Slot::Refilled];

    /// The same register once its content is gone.
    fn emptied(self) -> X87Slot {
        match self {
            X87Slot::Filled | X87Slot::Empty => X87Slot::Empty,
            X87Slot::Entry | X87Slot::Drained | X87Slot::Refilled => X87Slot::Drained,
        }
    }
}

impl X87 {
    /// The state at entry: known to be empty if the block clobbers the stack (rules.x86-x87).
    pub fn entry(empty: bool) -> X87 {
        let slot = if empty { X87Slot::Empty } else { X87Slot::Entry };
        X87 { top: 0, slots: [slot; 8], mmx: false, mmx_written: false, underflow: None }
    }

    /// The physical register that `st(position)` is.
    pub fn physical(&self, position: u8) -> u8 {
        (self.top + position) & 7
    }

    /// Makes room for a new `st(0)`.
    pub fn push(&mut self) {
        self.top = (self.top + 7) & 7;
        let slot = &mut self.slots[usize::from(self.top)];
        *slot = match *slot {
            X87Slot::Entry | X87Slot::Empty => X87Slot::Filled,
            X87Slot::Drained => X87Slot::Refilled,
            full => full,
        };
    }

    /// Drops `st(0)`.
    pub fn pop(&mut self, site: Site) {
        self.require(0, site);
        self.free(0);
        self.top = (self.top + 1) & 7;
    }

    /// Notes that an instruction reads `st(position)`.
    pub fn require(&mut self, position: u8, site: Site) {
        let slot = self.slots[usize::from(self.physical(position))];
        if matches!(slot, X87Slot::Empty | X87Slot::Drained) {
            self.underflow.get_or_insert(site);
        }
    }

    /// Empties `st(position)` without moving the top (`ffree`).
    pub fn free(&mut self, position: u8) {
        let slot = &mut self.slots[usize::from(self.physical(position))];
        *slot = slot.emptied();
    }

    /// How the stack lies, as a number for an image in memory.
    pub fn layout(&self) -> u64 {
        let slots = self.slots.iter().fold(0, |number, slot| number << 3 | *slot as u64);
        slots << 5
            | u64::from(self.top) << 2
            | u64::from(self.mmx) << 1
            | u64::from(self.mmx_written)
    }

    /// The stack that a [`layout`](Self::layout) describes.
    pub fn from_layout(layout: u64, underflow: Option<Site>) -> X87 {
        let slot = |position: usize| {
            let number = layout >> (5 + 3 * (7 - position)) & 7;
            let known = X87Slot::ALL.into_iter().find(|slot| *slot as u64 == number);
            known.unwrap_or(X87Slot::Entry)
        };
        X87 {
            top: (layout >> 2 & 7) as u8,
            slots: std::array::from_fn(slot),
            mmx: layout >> 1 & 1 == 1,
            mmx_written: layout & 1 == 1,
            underflow,
        }
    }

    /// Empties every register without moving the top (`emms`, `fninit`).
    pub fn clear(&mut self) {
        self.slots = self.slots.map(X87Slot::emptied);
        self.mmx = false;
    }
}

impl State {
    /// The state at entry.
    pub fn entry(x87_empty: bool) -> State {
        State {
            changed: Rc::default(),
            memory: Memory::default(),
            x87: X87::entry(x87_empty),
            assumptions: Assumptions::new(),
            stacks: Vec::new(),
            late_written: Vec::new(),
            serial: 0,
        }
    }

    /// Whether nothing that follows can differ: all but the serial number is the same.
    pub fn is_same(&self, other: &State) -> bool {
        self.changed == other.changed
            && self.memory == other.memory
            && self.x87 == other.x87
            && self.assumptions == other.assumptions
            && self.stacks == other.stacks
            && self.late_written == other.late_written
    }

    /// How much there is to copy, to compare and to keep, in parts of some ten bytes.
    pub fn size(&self) -> usize {
        self.changed.len() + self.assumptions.len() + self.memory.size()
    }

    /// About how many bytes it takes.
    pub fn bytes(&self) -> usize {
        let parts = 16 * (self.changed.len() + self.assumptions.len());
        size_of::<State>() + size_of::<Cells>() + parts + self.memory.bytes()
    }

    /// What the cell holds.
    pub fn get(&self, cell: Cell, values: &mut Values) -> Word {
        self.changed.get(cell).unwrap_or_else(|| values.entry(cell))
    }

    /// `bits` bits of what the cell holds, from bit `low` on.
    pub fn part(&self, cell: Cell, low: u16, bits: u16, values: &mut Values) -> Word {
        self.changed.part(cell, low, bits).unwrap_or_else(|| values.entry(cell).slice(low, bits))
    }

    /// What the cell holds once a word takes the place of its bits from bit `low` on.
    pub fn with(&self, cell: Cell, low: u16, word: Word, values: &mut Values) -> Word {
        match low == 0 && word.bits() == cell.bits() {
            true => word,
            false => self.get(cell, values).with(low, &word),
        }
    }

    /// What the cell holds, if the block has changed it.
    pub fn changed(&self, cell: Cell) -> Option<Word> {
        self.changed.get(cell)
    }

    /// Whether the cell holds something else than on entry.
    pub fn is_changed(&self, cell: Cell) -> bool {
        self.changed.is_changed(cell)
    }

    /// Whether one of some registers, `except` aside, holds something else than on entry.
    pub fn is_any_changed(&self, registers: &RegisterSet, except: Register) -> bool {
        self.changed.is_any_changed(registers, except)
    }

    /// The cells that hold something else than on entry.
    pub fn changes(&self) -> impl Iterator<Item = (Cell, Word)> {
        self.changed.iter()
    }

    /// Lets the cell hold the word.
    pub fn set(&mut self, cell: Cell, word: Word, values: &mut Values) {
        match values.is_entry(cell, &word) {
            // What is as on entry already stays shared with other copies.
            true if !self.changed.is_changed(cell) => {}
            true => Rc::make_mut(&mut self.changed).restore(cell),
            false => Rc::make_mut(&mut self.changed).set(cell, word),
        }
    }

    /// One flag, as a word of one bit.
    pub fn flag(&self, flag: Flag, values: &mut Values) -> Word {
        self.get(Cell::Flag(flag), values)
    }

    /// Lets this state stand for another one too, at the place `node`. Returns whether that
    /// changed it.
    pub fn join(&mut self, other: &State, node: u32, values: &mut Values) -> bool {
        let mut grown = false;
        for cell in self.changed.differing(&other.changed) {
            let (mine, theirs) = (self.get(cell, values), other.get(cell, values));
            let (word, new) = values.join(node, JoinSlot::Cell(cell), [&mine, &theirs]);
            grown |= new || word != mine;
            self.set(cell, word, values);
        }
        grown |= self.memory.join(&other.memory, |base, offset, mine, theirs| {
            let slot = JoinSlot::Memory(base.clone(), offset);
            let (word, new) = values.join(node, slot, [mine, theirs]);
            grown |= new;
            word
        });
        let lengths =
            |state: &State| (state.assumptions.len(), state.stacks.len(), state.late_written.len());
        let before = (lengths(self), self.x87, self.serial);
        self.assumptions.retain(|assumption| other.assumptions.contains(assumption));
        for stack in &other.stacks {
            if !self.stacks.contains(stack) {
                self.stacks.push(stack.clone());
            }
        }
        for &(operand, site) in &other.late_written {
            if self.late_written.iter().all(|(known, _)| *known != operand) {
                self.late_written.push((operand, site));
            }
        }
        if self.x87 != other.x87 {
            self.x87.underflow = self.x87.underflow.or(other.x87.underflow);
            self.x87.mmx |= other.x87.mmx;
            self.x87.mmx_written |= other.x87.mmx_written;
        }
        // A serial number of its own, so that what follows is the same each time round.
        self.serial = State::merged_serial(node);
        grown || (lengths(self), self.x87, self.serial) != before
    }

    /// The serial number from which executions on from a merged state are counted.
    pub fn merged_serial(node: u32) -> u32 {
        1 << 31 | node.wrapping_shl(12)
    }
}
