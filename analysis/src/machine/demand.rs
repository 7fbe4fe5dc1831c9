//! [`Demand`]: where the bits that matter come from.
//!
//! Starting from uses, the demanded bits are followed backwards through the values, bit by bit
//! where an operation allows it: what a mask hides, a truncation drops or an identity cancels is
//! not demanded, and a register that is merely saved and restored is never reached at all.

use rustc_hash::FxHashMap;

use super::record::Use;
use crate::values::{Cell, Kind, Operation, Site, Source, ValueId, Values, Word, low_mask};

/// Bits of a value of up to 64 bits one by one, of a wider one byte by byte.
pub type Bits = u64;

/// Where demanded bits come from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The value at the root: an entry value, or something new.
    pub value: ValueId,
    /// The bits (from bit 0 of the value; bytes, for a value wider than 64 bits).
    pub bits: Bits,
    /// Those of the bits that certainly matter; the others may only seem to, because it cannot be
    /// determined how an instruction mixes its operands.
    pub certain: Bits,
    /// The use that demands them, by number.
    pub wanted_by: usize,
    /// The instruction that takes the bits in, on the way to the use; `None` where the use sees
    /// the root directly.
    pub through: Option<Site>,
}

/// The roots of all demanded bits.
#[derive(Default, Debug)]
pub struct Demand {
    origins: Vec<Origin>,
}

/// What is asked of one value.
#[derive(Clone, Copy)]
struct Request {
    value: ValueId,
    bits: Bits,
    certain: bool,
    wanted_by: usize,
    through: Option<Site>,
}

/// Which bits of each value were followed: perhaps, and for certain.
enum Seen {
    /// For a few uses.
    Few(FxHashMap<ValueId, (Bits, Bits)>),
    /// For many: a place for every value.
    Many(Vec<(Bits, Bits)>),
}

impl Seen {
    fn new(values: &Values, uses: usize) -> Seen {
        match uses {
            0..=8 => Seen::Few(FxHashMap::default()),
            _ => Seen::Many(vec![(0, 0); values.len()]),
        }
    }

    fn of(&mut self, value: ValueId) -> &mut (Bits, Bits) {
        match self {
            Seen::Few(seen) => seen.entry(value).or_default(),
            Seen::Many(seen) => &mut seen[value.index()],
        }
    }
}

impl Demand {
    /// Follows the words of the uses back to their roots.
    pub fn of<'a>(values: &Values, uses: impl IntoIterator<Item = &'a Use>) -> Demand {
        let mut demand = Demand::default();
        let uses = uses.into_iter();
        let mut seen = Seen::new(values, uses.size_hint().0);
        let mut work = Vec::new();
        for (wanted_by, used) in uses.enumerate() {
            request_word(values, &used.word, Mask::All, true, wanted_by, None, &mut work);
            while let Some(request) = work.pop() {
                let (maybe, certain) = seen.of(request.value);
                let new =
                    request.bits & if request.certain { !*certain } else { !(*maybe | *certain) };
                if new == 0 {
                    continue;
                }
                *maybe |= new;
                if request.certain {
                    *certain |= new;
                }
                demand.follow(values, Request { bits: new, ..request }, &mut work);
            }
        }
        demand
    }

    /// The roots.
    pub fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// The roots that are entry values, by cell.
    pub fn entries<'a>(&'a self, values: &'a Values) -> impl Iterator<Item = (Cell, &'a Origin)> {
        self.origins.iter().filter_map(|origin| match values.get(origin.value).kind {
            Kind::Entry(cell) => Some((cell, origin)),
            _ => None,
        })
    }

    fn follow(&mut self, values: &Values, request: Request, work: &mut Vec<Request>) {
        let value = values.get(request.value);
        let Request { bits, certain, wanted_by, .. } = request;
        let mut ask = |word: &Word, mask: Mask, certain: bool| {
            request_word(values, word, mask, certain, wanted_by, value.site, work);
        };
        match &value.kind {
            Kind::Entry(_) | Kind::Fresh { .. } | Kind::Address { .. } | Kind::Symbol { .. } => {
                self.origins.push(Origin {
                    value: request.value,
                    bits,
                    certain: if certain { bits } else { 0 },
                    wanted_by,
                    through: request.through,
                });
            }
            Kind::Offset { base, .. } => ask(base, Mask::UpTo(highest(bits, value.bits)), certain),
            Kind::Joined { .. } => {
                for word in values.alternatives(request.value) {
                    let mask = Mask::Same(bits, value.bits);
                    request_word(values, word, mask, certain, wanted_by, request.through, work);
                }
            }
            Kind::Computed { operation, inputs } => {
                for (position, input) in inputs.iter().enumerate() {
                    let (mask, certain) = match operation {
                        Operation::Add | Operation::Subtract | Operation::Multiply => {
                            (Mask::UpTo(highest(bits, value.bits)), certain)
                        }
                        Operation::And | Operation::Or => {
                            let other = inputs.get(1 - position.min(1));
                            let hidden = other.map_or(0, |other| hidden_by(other, *operation));
                            let visible = if value.bits <= 64 { bits & !hidden } else { bits };
                            (Mask::Same(visible, value.bits), certain)
                        }
                        Operation::Xor | Operation::Not => (Mask::Same(bits, value.bits), certain),
                        Operation::Choose if position == 0 => (Mask::All, certain),
                        Operation::Choose => (Mask::Same(bits, value.bits), certain),
                        Operation::Lanes(lane, _) => {
                            (Mask::Same(lanes(bits, value.bits, *lane), value.bits), certain)
                        }
                        Operation::Function(_) => (Mask::All, certain),
                        Operation::Mixed(_) => (Mask::All, false),
                    };
                    ask(input, mask, certain);
                }
            }
        }
    }
}

/// Which bits of a word are demanded.
#[derive(Clone, Copy)]
enum Mask {
    All,
    /// All up to and including this bit.
    UpTo(u16),
    /// The same bits as of a value of the given width.
    Same(Bits, u16),
}

impl Mask {
    /// Which of at most 64 bits of the word, from bit `start` on, are demanded.
    fn bits_of(self, start: u16, count: u16) -> Bits {
        let all = low_mask(count);
        match self {
            Mask::All => all,
            Mask::UpTo(highest) => all & low_mask((highest + 1).saturating_sub(start)),
            Mask::Same(bits, width) if width <= 64 => {
                all & bits.checked_shr(u32::from(start)).unwrap_or(0)
            }
            Mask::Same(..) => (0..count)
                .filter(|at| self.demands(start + at))
                .fold(0, |demanded, at| demanded | 1 << at),
        }
    }

    /// Which bytes of a value are demanded whose bits, from `low` on, are the word's from `start` on.
    fn bytes_of(self, start: u16, count: u16, low: u16) -> Bits {
        if let Mask::All = self {
            let bytes = low_mask(count.div_ceil(8));
            return bytes.checked_shl(u32::from(low / 8)).unwrap_or(0);
        }
        (0..count)
            .step_by(8)
            .filter(|at| self.demands(start + at))
            .map(|at| 1u64.checked_shl(u32::from((low + at) / 8)).unwrap_or(0))
            .fold(0, |demanded, byte| demanded | byte)
    }

    /// Whether a bit of the word is demanded.
    fn demands(self, bit: u16) -> bool {
        match self {
            Mask::All => true,
            Mask::UpTo(highest) => bit <= highest,
            Mask::Same(bits, width) => {
                let unit = if width > 64 { bit / 8 } else { bit };
                unit < 64 && bits >> unit & 1 == 1
            }
        }
    }
}

fn request_word(
    values: &Values,
    word: &Word,
    mask: Mask,
    certain: bool,
    wanted_by: usize,
    through: Option<Site>,
    work: &mut Vec<Request>,
) {
    for (start, segment) in word.runs() {
        let Source::Slice { value, low } = segment.source else { continue };
        let bits = if values.get(value).bits > 64 {
            mask.bytes_of(start, segment.bits, low)
        } else {
            mask.bits_of(start, segment.bits).checked_shl(u32::from(low)).unwrap_or(0)
        };
        if bits != 0 {
            work.push(Request { value, bits, certain, wanted_by, through });
        }
    }
}

fn highest(bits: Bits, width: u16) -> u16 {
    let unit = 63 - u16::try_from(bits.leading_zeros()).unwrap_or(0).min(63);
    if width > 64 { unit * 8 + 7 } else { unit }
}

/// The bits that a known operand of `and` or `or` decides alone.
fn hidden_by(word: &Word, operation: Operation) -> Bits {
    let (mask, ones) = word.known();
    if operation == Operation::And { mask & !ones } else { mask & ones }
}

/// The bits of every lane that has a demanded bit.
fn lanes(bits: Bits, width: u16, lane: u16) -> Bits {
    let unit = if width > 64 { (lane / 8).max(1) } else { lane };
    let one = low_mask(unit);
    (0..64u16.div_ceil(unit))
        .map(|index| one.checked_shl(u32::from(index * unit)).unwrap_or(0))
        .filter(|lane| lane & bits != 0)
        .fold(0, |all, lane| all | lane)
}
