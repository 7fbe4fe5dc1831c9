//! The numbers that stand for constants whose value is not known.
//!
//! A generic constant has any value that its users choose, of those with which the block assembles.
//! So a block is read with several: small ones, and the largest of each usual field, since an
//! instruction often means something else at the ends of its range (a shift by 63 leaves one bit).
//! Where several constants have ranges of their own, one of them is large and the others are small:
//! Armv8 knows the coprocessors 14 and 15, whose operations have three bits.

use crate::block::{Block, Operand};

/// A number for each constant of unknown value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StandIns {
    /// The number of all of them.
    pub all: i64,
    /// The operand that has another one, and which.
    pub except: Option<(usize, i64)>,
}

/// What is tried until the block assembles. Directives and encodings that reject one of them (a
/// scale, an alignment, a shift, a condition of the author's) take another.
const FIRST: Numbers =
    Numbers { same: &[1, 0, 2, 8, 64, -1, 4096, 15], beside_large: &[1, 0], otherwise: &[] };

/// With what the block is read again, until it was read [`FURTHER_READINGS`] times: no bit, a number
/// that most fields hold, and where they do not, the largest of fields with six to two bits.
const FURTHER: Numbers =
    Numbers { same: &[0, 64], beside_large: &[7, 0, 2, 1], otherwise: &[63, 31, 15, 7, 3, 2] };

/// How many times a block is read with other numbers, if so many of them assemble.
pub const FURTHER_READINGS: usize = 2;

/// The largest number of a field with four bits, which is the widest of those that select something.
const LARGE: i64 = 15;

/// Numbers in the order in which they are tried.
struct Numbers {
    /// For all constants.
    same: &'static [i64],
    /// For all but one, which is [`LARGE`], where there are several constants.
    beside_large: &'static [i64],
    /// For all constants, after that.
    otherwise: &'static [i64],
}

impl Numbers {
    fn nth(&self, block: &Block, number: usize) -> Option<StandIns> {
        if let Some(&same) = self.same.get(number) {
            return Some(StandIns::same(same));
        }
        let number = number - self.same.len();
        let count = match unknown_constants(block).count() {
            // One alone has all numbers by itself.
            1 => 0,
            several => several,
        };
        match unknown_constants(block).take(count).nth(number / self.beside_large.len()) {
            Some(large) => Some(StandIns {
                all: self.beside_large[number % self.beside_large.len()],
                except: Some((large, LARGE)),
            }),
            None => {
                let left = number - count * self.beside_large.len();
                self.otherwise.get(left).copied().map(StandIns::same)
            }
        }
    }
}

impl StandIns {
    /// One number for all.
    pub const fn same(all: i64) -> StandIns {
        StandIns { all, except: None }
    }

    /// The number of an operand.
    pub fn of(self, operand: usize) -> i64 {
        match self.except {
            Some((one, number)) if one == operand => number,
            _ => self.all,
        }
    }

    /// What is tried at the given attempt to assemble a block; `None` after the last one.
    pub fn first(block: &Block, attempt: usize) -> Option<StandIns> {
        match unknown_constants(block).next() {
            None => (attempt == 0).then_some(StandIns::same(FIRST.same[0])),
            Some(_) => FIRST.nth(block, attempt),
        }
    }

    /// What a block is read with again at the given attempt; `None` after the last one.
    pub fn further(block: &Block, attempt: usize) -> Option<StandIns> {
        unknown_constants(block).next().and_then(|_| FURTHER.nth(block, attempt))
    }
}

/// The operands that are constants of unknown value.
pub(super) fn unknown_constants(block: &Block) -> impl Iterator<Item = usize> {
    let operands = block.operands.iter().enumerate();
    operands
        .filter_map(|(index, operand)| matches!(operand, Operand::Constant(None)).then_some(index))
}
