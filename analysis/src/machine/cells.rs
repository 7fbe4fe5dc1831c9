//! [`Cells`]: what the cells of a state hold that the block has changed.

use std::rc::Rc;

use smallvec::SmallVec;

use crate::registers::{Register, RegisterSet};
use crate::values::{Cell, Flag, Segment, Source, Word};

/// How many general registers have a place of their own.
const GENERAL: usize = 32;

/// The flags in the order of their numbers, each with a place of its own.
pub const FLAGS: [Flag; 14] = [
    Flag::Carry,
    Flag::Parity,
    Flag::Adjust,
    Flag::Zero,
    Flag::Sign,
    Flag::Interrupt,
    Flag::Direction,
    Flag::Overflow,
    Flag::AlignmentCheck,
    Flag::Saturation,
    Flag::GreaterOrEqual0,
    Flag::GreaterOrEqual1,
    Flag::GreaterOrEqual2,
    Flag::GreaterOrEqual3,
];

/// The words of changed cells. General registers and flags, which nearly all instructions are about,
/// are found without a search. The words of registers are shared between copies until one of them
/// changes; a flag's bit is kept as the one segment that it is.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Cells {
    general: [Option<Rc<Word>>; GENERAL],
    /// Which of the general registers there are, each as the bit of its number.
    changed_general: u32,
    flags: [Option<Segment>; FLAGS.len()],
    /// All others, by ascending cell.
    others: Vec<(Cell, Rc<Word>)>,
    count: usize,
}

impl Cells {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// What a cell holds, if it is changed.
    #[inline]
    pub fn get(&self, cell: Cell) -> Option<Word> {
        match cell {
            Cell::Flag(flag) => self.flags[place(flag)].map(Word::from_segment),
            _ => self.word(cell).cloned(),
        }
    }

    /// `bits` bits of what a cell holds, from bit `low` on, if it is changed.
    #[inline]
    pub fn part(&self, cell: Cell, low: u16, bits: u16) -> Option<Word> {
        match cell {
            Cell::Flag(_) => self.get(cell).map(|word| word.slice(low, bits)),
            _ => self.word(cell).map(|word| word.slice(low, bits)),
        }
    }

    /// Whether a cell is changed.
    pub fn is_changed(&self, cell: Cell) -> bool {
        match cell {
            Cell::Flag(flag) => self.flags[place(flag)].is_some(),
            _ => self.word(cell).is_some(),
        }
    }

    /// The word of a cell other than a flag.
    #[inline]
    fn word(&self, cell: Cell) -> Option<&Word> {
        match cell {
            Cell::Register(Register::General(number)) if usize::from(number) < GENERAL => {
                self.general[usize::from(number)].as_deref()
            }
            _ => {
                let position = self.position(cell).ok()?;
                Some(&self.others[position].1)
            }
        }
    }

    /// Whether one of some registers, `except` aside, is changed.
    pub fn is_any_changed(&self, registers: &RegisterSet, except: Register) -> bool {
        let is_it = |register| register != except && registers.contains(register);
        let mut general = registers.general() & u128::from(self.changed_general);
        if let Register::General(number @ 0..128) = except {
            general &= !(1 << number);
        }
        general != 0
            || self.others.iter().any(|(cell, _)| match *cell {
                Cell::Register(register) => is_it(register),
                _ => false,
            })
    }

    fn position(&self, cell: Cell) -> Result<usize, usize> {
        self.others.binary_search_by(|(known, _)| known.cmp(&cell))
    }

    /// Lets a cell hold a word.
    pub fn set(&mut self, cell: Cell, word: Word) {
        let was_changed = match cell {
            Cell::Register(Register::General(number)) if usize::from(number) < GENERAL => {
                self.changed_general |= 1 << number;
                let held = &mut self.general[usize::from(number)];
                match held {
                    Some(shared) => put(shared, word),
                    None => {
                        *held = Some(Rc::new(word));
                        false
                    }
                }
            }
            Cell::Flag(flag) => self.flags[place(flag)].replace(bit_of(&word)).is_some(),
            _ => match self.position(cell) {
                Ok(position) => put(&mut self.others[position].1, word),
                Err(position) => {
                    self.others.insert(position, (cell, Rc::new(word)));
                    false
                }
            },
        };
        self.count += usize::from(!was_changed);
    }

    /// Lets a cell hold again what it held on entry.
    pub fn restore(&mut self, cell: Cell) {
        let was_changed = match cell {
            Cell::Register(Register::General(number)) if usize::from(number) < GENERAL => {
                self.changed_general &= !(1 << number);
                self.general[usize::from(number)].take().is_some()
            }
            Cell::Flag(flag) => self.flags[place(flag)].take().is_some(),
            _ => match self.position(cell) {
                Ok(position) => {
                    self.others.remove(position);
                    true
                }
                Err(_) => false,
            },
        };
        self.count -= usize::from(was_changed);
    }

    /// The changed cells with their words, by ascending cell.
    pub fn iter(&self) -> impl Iterator<Item = (Cell, Word)> {
        let general = (0u8..).zip(&self.general).filter_map(|(number, word)| {
            Some((Cell::Register(Register::General(number)), Word::clone(word.as_ref()?)))
        });
        let flags = FLAGS
            .into_iter()
            .zip(&self.flags)
            .filter_map(|(flag, bit)| Some((Cell::Flag(flag), Word::from_segment((*bit)?))));
        let (before, after) = self.around_flags();
        general
            .chain(before.iter().map(|(cell, word)| (*cell, Word::clone(word))))
            .chain(flags)
            .chain(after.iter().map(|(cell, word)| (*cell, Word::clone(word))))
    }

    /// The others that come before the flags, and those that come after them.
    fn around_flags(&self) -> (&[(Cell, Rc<Word>)], &[(Cell, Rc<Word>)]) {
        self.others.split_at(self.others.partition_point(|(cell, _)| *cell < Cell::Flag(FLAGS[0])))
    }

    /// The cells that hold something else than among `other`, by ascending cell.
    pub fn differing(&self, other: &Cells) -> SmallVec<[Cell; 8]> {
        let mut differing = SmallVec::new();
        for ((number, mine), theirs) in (0u8..).zip(&self.general).zip(&other.general) {
            if mine != theirs {
                differing.push(Cell::Register(Register::General(number)));
            }
        }
        let (mine, theirs) = (self.around_flags(), other.around_flags());
        add_differing(mine.0, theirs.0, &mut differing);
        for ((flag, mine), theirs) in FLAGS.into_iter().zip(&self.flags).zip(&other.flags) {
            if mine != theirs {
                differing.push(Cell::Flag(flag));
            }
        }
        add_differing(mine.1, theirs.1, &mut differing);
        differing
    }
}

/// A flag's word as the one segment that it is.
fn bit_of(word: &Word) -> Segment {
    match *word.segments() {
        [bit] if bit.bits == 1 => bit,
        _ => {
            let bit = word.slice(0, 1);
            bit.segments().first().copied().unwrap_or(Segment { bits: 1, source: Source::Zeros })
        }
    }
}

/// Puts a word in another one's place. Returns that there was one.
fn put(shared: &mut Rc<Word>, word: Word) -> bool {
    match Rc::get_mut(shared) {
        Some(own) => *own = word,
        None => *shared = Rc::new(word),
    }
    true
}

fn add_differing<'a>(
    mut mine: &'a [(Cell, Rc<Word>)],
    mut theirs: &'a [(Cell, Rc<Word>)],
    differing: &mut SmallVec<[Cell; 8]>,
) {
    loop {
        let (cell, same) = match (mine.first(), theirs.first()) {
            (Some((cell, word)), Some((known, other))) if cell == known => (*cell, word == other),
            (Some((cell, _)), Some((other, _))) => (*cell.min(other), false),
            (Some((cell, _)), None) | (None, Some((cell, _))) => (*cell, false),
            (None, None) => return,
        };
        if !same {
            differing.push(cell);
        }
        for side in [&mut mine, &mut theirs] {
            if side.first().is_some_and(|(first, _)| *first == cell) {
                *side = &side[1..];
            }
        }
    }
}

/// The place of a flag.
fn place(flag: Flag) -> usize {
    match flag {
        Flag::Carry => 0,
        Flag::Parity => 1,
        Flag::Adjust => 2,
        Flag::Zero => 3,
        Flag::Sign => 4,
        Flag::Interrupt => 5,
        Flag::Direction => 6,
        Flag::Overflow => 7,
        Flag::AlignmentCheck => 8,
        Flag::Saturation => 9,
        Flag::GreaterOrEqual0 => 10,
        Flag::GreaterOrEqual1 => 11,
        Flag::GreaterOrEqual2 => 12,
        Flag::GreaterOrEqual3 => 13,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_in_order_and_counted() {
        let mut cells = Cells::default();
        let registers = [Register::Vector(3), Register::General(7), Register::General(40)];
        let mut all: Vec<Cell> = registers.map(Cell::Register).into();
        all.extend(FLAGS.map(Cell::Flag));
        all.extend([Cell::Mxcsr, Cell::OtherFlags]);
        for &cell in &all {
            cells.set(cell, Word::zeros(cell.bits()));
            assert_eq!(cells.get(cell), Some(Word::zeros(cell.bits())));
            assert!(cells.is_changed(cell));
        }
        all.sort();
        assert_eq!(cells.iter().map(|(cell, _)| cell).collect::<Vec<_>>(), all);
        assert_eq!(cells.len(), all.len());
        let registers = registers.into_iter().collect();
        for register in [Register::General(1), Register::General(7), Register::Vector(3)] {
            assert!(cells.is_any_changed(&registers, register));
            let one = [register].into_iter().collect();
            assert!(!cells.is_any_changed(&one, register));
        }
        cells.set(Cell::Register(Register::General(1)), Word::zeros(64));
        cells.restore(Cell::Register(Register::General(1)));
        let one = [Register::General(1)].into_iter().collect();
        assert!(!cells.is_any_changed(&one, Register::RAX));
        let mut others = cells.clone();
        others.set(Cell::Mxcsr, Word::ones(32));
        others.restore(Cell::Flag(Flag::Zero));
        others.restore(Cell::Flag(Flag::Zero));
        assert_eq!(cells.differing(&others)[..], [Cell::Flag(Flag::Zero), Cell::Mxcsr]);
        assert_eq!(others.len(), all.len() - 1);
        for (place_of_it, flag) in FLAGS.into_iter().enumerate() {
            assert_eq!(place(flag), place_of_it);
        }
    }
}
