//! [`Word`]: what a register, a flag or a stretch of memory holds, as a row of bit slices.
//!
//! Moving, truncating, extending, shifting by a constant, masking and reassembling are all done
//! by cutting and joining slices, so that "this register again holds what it held on entry" is
//! plain equality, whichever way the bits went.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::ValueId;

/// Where a run of bits comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Source {
    /// All bits are 0.
    Zeros,
    /// All bits are 1.
    Ones,
    /// A constant of at most 64 bits that is neither all 0 nor all 1.
    Constant(Number),
    /// The bits of a value from bit `low` on.
    Slice {
        /// The value.
        value: ValueId,
        /// The first of its bits.
        low: u16,
    },
}

/// A number of 64 bits, in halves: so that a [`Segment`] takes 16 bytes, for there are millions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Number([u32; 2]);

impl Number {
    /// The number.
    pub fn get(self) -> u64 {
        let [low, high] = self.0.map(u64::from);
        high << 32 | low
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Number {
        Number([number as u32, (number >> 32) as u32])
    }
}

/// A run of bits with one source.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Segment {
    /// How many bits.
    pub bits: u16,
    /// Where they come from.
    pub source: Source,
}

/// A row of [`Segment`]s, lowest bits first, in a normal form: neighbours that could be one
/// segment are one.
#[derive(PartialEq, Eq, Hash, Debug, Default)]
pub struct Word {
    segments: SmallVec<[Segment; 2]>,
}

impl Clone for Word {
    #[inline]
    fn clone(&self) -> Word {
        // The derived one would clone segment by segment; words are copied all the time, and nearly
        // all are one segment.
        match *self.segments {
            [segment] => Word::of_one(segment),
            ref segments => Word { segments: SmallVec::from_slice(segments) },
        }
    }
}

/// The low `bits` bits set; `bits` is at most 64.
pub fn low_mask(bits: u16) -> u64 {
    match bits {
        64.. => u64::MAX,
        bits => (1 << bits) - 1,
    }
}

impl Word {
    /// A constant of the given width; bits above 64 are 0.
    pub fn constant(value: u64, bits: u16) -> Word {
        let mut word = Word::default();
        let low = bits.min(64);
        word.push(constant_segment(value & low_mask(low), low));
        word.push(Segment { bits: bits - low, source: Source::Zeros });
        word
    }

    /// No bits yet, and room for so many segments.
    pub fn with_room(segments: usize) -> Word {
        Word { segments: SmallVec::with_capacity(segments) }
    }

    /// All bits 0.
    pub fn zeros(bits: u16) -> Word {
        Word::from_segment(Segment { bits, source: Source::Zeros })
    }

    /// All bits 1.
    pub fn ones(bits: u16) -> Word {
        Word::from_segment(Segment { bits, source: Source::Ones })
    }

    /// A run of a value's bits.
    #[inline]
    pub fn slice_of(value: ValueId, low: u16, bits: u16) -> Word {
        Word::from_segment(Segment { bits, source: Source::Slice { value, low } })
    }

    /// The word that is this one segment.
    #[inline]
    pub fn from_segment(segment: Segment) -> Word {
        if segment.bits == 0 { Word::default() } else { Word::of_one(segment) }
    }

    /// The word that is this one segment, which has bits.
    #[inline]
    fn of_one(segment: Segment) -> Word {
        Word { segments: SmallVec::from_buf_and_len([segment; 2], 1) }
    }

    /// Width in bits.
    #[inline]
    pub fn bits(&self) -> u16 {
        self.segments.iter().map(|segment| segment.bits).sum()
    }

    /// The segments, lowest first.
    #[inline]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The segments with the bit at which each begins.
    pub fn runs(&self) -> impl Iterator<Item = (u16, Segment)> + '_ {
        self.segments.iter().scan(0, |at, segment| {
            let start = *at;
            *at += segment.bits;
            Some((start, *segment))
        })
    }

    /// Puts a segment on top.
    pub fn push(&mut self, segment: Segment) {
        if segment.bits == 0 {
            return;
        }
        if let Some(last) = self.segments.last_mut()
            && let Some(merged) = merge(*last, segment)
        {
            *last = merged;
            return;
        }
        self.segments.push(segment);
    }

    /// Puts another word on top.
    pub fn append(&mut self, above: &Word) {
        for &segment in &above.segments {
            self.push(segment);
        }
    }

    /// This word with another on top.
    pub fn then(mut self, above: &Word) -> Word {
        self.append(above);
        self
    }

    /// The bits from `low` on, `bits` of them. Bits beyond the word's end are 0.
    #[inline]
    pub fn slice(&self, low: u16, bits: u16) -> Word {
        match *self.segments {
            [segment] if low == 0 && bits == segment.bits => Word::of_one(segment),
            [segment] if bits > 0 && low + bits <= segment.bits => {
                Word::of_one(cut(segment, low, bits))
            }
            _ => self.slice_of_several(low, bits),
        }
    }

    fn slice_of_several(&self, low: u16, bits: u16) -> Word {
        let mut word = Word::default();
        let high = low + bits;
        let mut end = 0;
        for (start, segment) in self.runs() {
            end = start + segment.bits;
            let (from, to) = (start.max(low), end.min(high));
            if from < to {
                word.push(cut(segment, from - start, to - from));
            }
        }
        word.push(Segment { bits: high - end.max(low).min(high), source: Source::Zeros });
        word
    }

    /// This word with the bits from `low` on replaced by `inner`.
    pub fn with(&self, low: u16, inner: &Word) -> Word {
        let (bits, high) = (self.bits(), low + inner.bits());
        if low == 0 && high >= bits {
            return inner.clone();
        }
        let mut word = if low == 0 { inner.clone() } else { self.slice(0, low).then(inner) };
        if high < bits {
            word.append(&self.slice(high, bits - high));
        }
        word
    }

    /// Widened with zeros, or cut, to the given width.
    #[inline]
    pub fn zero_extend(&self, bits: u16) -> Word {
        // Bits beyond the end are 0.
        self.slice(0, bits)
    }

    /// The same without a copy of a word that has that width.
    #[inline]
    pub fn at_width(&self, bits: u16) -> Cow<'_, Word> {
        match self.bits() == bits {
            true => Cow::Borrowed(self),
            false => Cow::Owned(self.slice(0, bits)),
        }
    }

    /// The constant it is, if it is one and at most 64 bits of it are not 0.
    pub fn as_constant(&self) -> Option<u64> {
        let mut value = 0;
        for (start, segment) in self.runs() {
            let bits = match segment.source {
                Source::Zeros => continue,
                Source::Ones => low_mask(segment.bits),
                Source::Constant(bits) => bits.get(),
                Source::Slice { .. } => return None,
            };
            if start + segment.bits > 64 {
                return None;
            }
            value |= bits << start;
        }
        Some(value)
    }

    /// The value and first bit, if the word is one unbroken slice.
    #[inline]
    pub fn as_slice(&self) -> Option<(ValueId, u16)> {
        match self.segments[..] {
            [Segment { source: Source::Slice { value, low }, .. }] => Some((value, low)),
            _ => None,
        }
    }

    /// Whether each bit is the bit of the same number of `value`, from bit `low` on.
    pub fn is_slice(&self, value: ValueId, low: u16) -> bool {
        self.as_slice() == Some((value, low))
    }

    /// The values that the word has bits of.
    pub fn values(&self) -> impl Iterator<Item = ValueId> + '_ {
        self.segments.iter().filter_map(|segment| match segment.source {
            Source::Slice { value, .. } => Some(value),
            _ => None,
        })
    }

    /// For at most 64 bits: which are known, and their values (0 where not known).
    pub fn known(&self) -> (u64, u64) {
        let (mut mask, mut value) = (0, 0);
        for (start, segment) in self.runs().take_while(|(start, _)| *start < 64) {
            let run = low_mask(segment.bits) << start;
            let bits = match segment.source {
                Source::Zeros => 0,
                Source::Ones => run,
                Source::Constant(bits) => bits.get() << start,
                Source::Slice { .. } => continue,
            };
            mask |= run;
            value |= bits;
        }
        (mask, value)
    }

    /// The word with its bytes in reverse order. The width is a multiple of 8.
    pub fn reverse_bytes(&self) -> Word {
        let bytes = self.bits() / 8;
        let mut word = Word::default();
        for byte in (0..bytes).rev() {
            word.append(&self.slice(byte * 8, 8));
        }
        word
    }
}

fn constant_segment(value: u64, bits: u16) -> Segment {
    let source = match value {
        0 => Source::Zeros,
        value if value == low_mask(bits) => Source::Ones,
        value => Source::Constant(value.into()),
    };
    Segment { bits, source }
}

fn constant_of(segment: Segment) -> Option<u64> {
    match segment.source {
        _ if segment.bits > 64 => None,
        Source::Zeros => Some(0),
        Source::Ones => Some(low_mask(segment.bits)),
        Source::Constant(value) => Some(value.get()),
        Source::Slice { .. } => None,
    }
}

/// The one segment that two neighbours are, if they are one.
fn merge(below: Segment, above: Segment) -> Option<Segment> {
    let bits = below.bits + above.bits;
    match (below.source, above.source) {
        (Source::Zeros, Source::Zeros) | (Source::Ones, Source::Ones) => {
            Some(Segment { bits, source: below.source })
        }
        (Source::Slice { value, low }, Source::Slice { value: other, low: next })
            if value == other && low + below.bits == next =>
        {
            Some(Segment { bits, source: below.source })
        }
        _ if bits <= 64 => {
            let (low, high) = (constant_of(below)?, constant_of(above)?);
            Some(constant_segment(low | high << below.bits, bits))
        }
        _ => None,
    }
}

/// The `bits` bits of a segment from bit `from` on.
#[inline]
fn cut(segment: Segment, from: u16, bits: u16) -> Segment {
    match segment.source {
        Source::Zeros | Source::Ones => Segment { bits, source: segment.source },
        Source::Constant(value) => constant_segment(value.get() >> from & low_mask(bits), bits),
        Source::Slice { value, low } => {
            Segment { bits, source: Source::Slice { value, low: low + from } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: ValueId = ValueId::from_index(7);

    #[test]
    fn what_is_cut_and_joined_again_is_the_same() {
        let word = Word::slice_of(VALUE, 0, 64);
        let rotated = word.slice(3, 61).then(&word.slice(0, 3));
        assert_ne!(rotated, word);
        assert_eq!(rotated.slice(61, 3).then(&rotated.slice(0, 61)), word);
        assert_eq!(word.reverse_bytes().reverse_bytes(), word);
        assert_eq!(word.with(8, &word.slice(8, 8)), word);
    }

    #[test]
    fn constants_have_one_form() {
        let word = Word::constant(5, 16).then(&Word::zeros(48));
        assert_eq!(word, Word::constant(5, 64));
        assert_eq!(word.slice(0, 3).then(&word.slice(3, 61)), word);
        assert_eq!(Word::constant(u64::MAX, 512).as_constant(), Some(u64::MAX));
        assert_eq!(Word::ones(32), Word::constant(0xffff_ffff, 32));
        assert_eq!(word.known(), (u64::MAX, 5));
    }

    #[test]
    fn bits_beyond_the_end_are_zero() {
        let word = Word::slice_of(VALUE, 0, 8).slice(4, 16);
        assert_eq!(word.segments().len(), 2);
        assert_eq!(word.known(), (0xfff0, 0));
    }
}
