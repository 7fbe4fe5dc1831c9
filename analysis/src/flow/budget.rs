//! [`Budget`]: what the interpretation of one block may cost, in work and in memory.
//!
//! Nearly every block costs a thousandth of it. The rest is generated, or made to take long: what it
//! does is then not known, and the block is not judged. Work is counted, not timed, so that a verdict
//! depends on the block alone.

use crate::facts::DoubtKind;
use crate::machine::state::State;

/// What one executed instruction costs, in the unit of work: one part of a state that is copied,
/// compared or merged ([`State::size`]).
const INSTRUCTION: usize = 32;

/// How much work one interpretation may be, in executed instructions.
pub const WORK: usize = 600_000;

/// How much work all interpretations of one block may be together: with other registers, with other
/// constants, and for the questions that interpret it once more. About a second in a release build.
pub const WORK_OF_BLOCK: usize = 2 * WORK;

/// How many bytes may be kept.
const BYTES: usize = 256 << 20;

/// So often, in executed instructions, what is kept is added up.
const PERIOD: u32 = 512;

/// What is spent so far.
#[derive(Debug)]
pub struct Budget {
    work: usize,
    /// How much there is.
    most: usize,
    /// The bytes of the states that are kept.
    states: usize,
    /// Instructions until what is kept is added up.
    left: u32,
}

/// What there is too much of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exceeded {
    /// Work.
    Work,
    /// Memory.
    Bytes,
}

impl From<Exceeded> for DoubtKind {
    fn from(_: Exceeded) -> DoubtKind {
        DoubtKind::TooMuchWork
    }
}

impl Budget {
    /// Nothing spent, of so much work in executed instructions.
    pub fn new(instructions: usize) -> Budget {
        Budget { work: 0, most: instructions.saturating_mul(INSTRUCTION), states: 0, left: 0 }
    }

    /// Counts an instruction that is about to be executed. `kept` are the bytes of what is known apart
    /// from states.
    ///
    /// # Errors
    /// Where the budget is exceeded.
    pub fn execute(&mut self, kept: impl Fn() -> usize) -> Result<(), Exceeded> {
        self.work += INSTRUCTION;
        if self.work > self.most {
            return Err(Exceeded::Work);
        }
        if self.left == 0 {
            self.left = PERIOD;
            if self.states + kept() > BYTES {
                return Err(Exceeded::Bytes);
            }
        }
        self.left -= 1;
        Ok(())
    }

    /// Counts work on states, in their parts.
    pub fn spend(&mut self, parts: usize) {
        self.work += parts;
    }

    /// Counts a state that is kept.
    pub fn keep(&mut self, state: &State) {
        self.states += state.bytes();
    }

    /// The work so far, in executed instructions.
    pub fn spent(&self) -> usize {
        self.work / INSTRUCTION
    }
}
