//! [`Bits`]: a number of which some bits may not be known, and which remembers what it depends on.

/// How many 64-bit words a number has.
const WORDS: usize = 8;

/// The widest number, in bits: a vector register.
pub const WIDEST: u16 = 512;

/// A number of up to [`WIDEST`] bits.
///
/// Three things are kept for each bit: its value, whether the value is known, and whether it is
/// *tainted*: whether it may be different where the tainted bits of the start are different. A bit
/// may be known and tainted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bits {
    width: u16,
    value: [u64; WORDS],
    known: [u64; WORDS],
    tainted: [u64; WORDS],
}

/// One bit of a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bit {
    /// Its value, where that is known.
    pub value: Option<bool>,
    /// Whether it may depend on what is tainted.
    pub tainted: bool,
}

impl Bits {
    /// A number whose bits are all known and untainted.
    pub fn from_words(words: &[u64], width: u16) -> Bits {
        let mut value = [0; WORDS];
        for (to, from) in value.iter_mut().zip(words) {
            *to = *from;
        }
        Bits { width: width.min(WIDEST), value, known: [u64::MAX; WORDS], tainted: [0; WORDS] }
            .cut()
    }

    /// A number of at most 64 bits from its three words.
    pub fn from_word(value: u64, known: u64, tainted: u64, width: u16) -> Bits {
        let word = |word: u64| std::array::from_fn(|index| if index == 0 { word } else { 0 });
        Bits {
            width: width.min(64),
            value: word(value),
            known: word(known),
            tainted: word(tainted),
        }
        .cut()
    }

    /// A known number.
    pub fn known(value: u128, width: u16) -> Bits {
        Bits::from_words(&[value as u64, (value >> 64) as u64], width)
    }

    /// A number of which nothing is known.
    pub fn unknown(width: u16, tainted: bool) -> Bits {
        let tainted = if tainted { u64::MAX } else { 0 };
        Bits {
            width: width.min(WIDEST),
            value: [0; WORDS],
            known: [0; WORDS],
            tainted: [tainted; WORDS],
        }
        .cut()
    }

    /// The same with more bits tainted.
    pub fn with_taint(mut self, words: &[u64]) -> Bits {
        for (to, from) in self.tainted.iter_mut().zip(words) {
            *to |= from;
        }
        self.cut()
    }

    /// How many bits it has.
    pub fn width(self) -> u16 {
        self.width
    }

    /// The bits of the value in words, the lowest first; unknown bits are 0.
    pub fn words(&self) -> &[u64; WORDS] {
        &self.value
    }

    /// Which bits are known.
    pub fn known_words(&self) -> &[u64; WORDS] {
        &self.known
    }

    /// Which bits are tainted.
    pub fn tainted_words(&self) -> &[u64; WORDS] {
        &self.tainted
    }

    /// One bit. Beyond the end there are zeros.
    pub fn bit(&self, number: u16) -> Bit {
        if number >= self.width {
            return Bit { value: Some(false), tainted: false };
        }
        let (word, bit) = (usize::from(number / 64), number % 64);
        let at = |words: &[u64; WORDS]| words[word] >> bit & 1 == 1;
        Bit { value: at(&self.known).then(|| at(&self.value)), tainted: at(&self.tainted) }
    }

    /// Changes one bit.
    pub fn set_bit(&mut self, number: u16, bit: Bit) {
        if number >= self.width {
            return;
        }
        let (word, position) = (usize::from(number / 64), number % 64);
        let mask = 1u64 << position;
        let put = |words: &mut [u64; WORDS], is: bool| {
            words[word] = words[word] & !mask | if is { mask } else { 0 };
        };
        put(&mut self.value, bit.value == Some(true));
        put(&mut self.known, bit.value.is_some());
        put(&mut self.tainted, bit.tainted);
    }

    /// The number, where all of it is known and it has at most 128 bits.
    pub fn number(&self) -> Option<u128> {
        if self.width > 128 {
            return None;
        }
        let all = (0..self.width).all(|bit| self.bit(bit).value.is_some());
        all.then(|| u128::from(self.value[0]) | u128::from(self.value[1]) << 64)
    }

    /// Whether any bit is tainted.
    pub fn is_tainted(&self) -> bool {
        self.tainted.iter().any(|word| *word != 0)
    }

    /// `width` bits from `low` on; zeros beyond the end.
    pub fn slice(&self, low: u16, width: u16) -> Bits {
        let mut result = Bits::known(0, width);
        let (skip, shift) = (usize::from(low / 64), u32::from(low % 64));
        let beyond = self.beyond();
        let take = |words: &[u64; WORDS], rest: &[u64; WORDS]| {
            let get = |index: usize| {
                let known = words.get(index).copied().unwrap_or(0);
                known | rest.get(index).copied().unwrap_or(rest[WORDS - 1])
            };
            std::array::from_fn(|index| {
                let from = index + skip;
                let high = if shift == 0 { 0 } else { get(from + 1) << (64 - shift) };
                get(from) >> shift | high
            })
        };
        let none = [0; WORDS];
        result.value = take(&self.value, &none);
        result.tainted = take(&self.tainted, &none);
        result.known = take(&self.known, &beyond);
        if usize::from(low) + usize::from(width) > usize::from(WIDEST) {
            // Bits beyond the widest number are zeros.
            for bit in 0..result.width {
                if low + bit >= self.width {
                    result.set_bit(bit, Bit { value: Some(false), tainted: false });
                }
            }
        }
        result.cut()
    }

    /// Puts another number over the bits from `low` on.
    pub fn put(&mut self, low: u16, part: &Bits) {
        let end = low.saturating_add(part.width);
        if low.is_multiple_of(64) && part.width.is_multiple_of(64) && end <= self.width {
            let (first, words) = (usize::from(low / 64), usize::from(part.width / 64));
            for word in 0..words {
                self.value[first + word] = part.value[word];
                self.known[first + word] = part.known[word];
                self.tainted[first + word] = part.tainted[word];
            }
            return;
        }
        for bit in 0..part.width {
            self.set_bit(low + bit, part.bit(bit));
        }
    }

    /// Ones where a bit is beyond the end.
    fn beyond(&self) -> [u64; WORDS] {
        std::array::from_fn(|word| {
            let first = word as u16 * 64;
            match self.width.saturating_sub(first) {
                0 => u64::MAX,
                64.. => 0,
                inside => u64::MAX << inside,
            }
        })
    }

    /// Clears what is beyond the end.
    fn cut(mut self) -> Bits {
        let beyond = self.beyond();
        for (word, beyond) in beyond.iter().enumerate() {
            self.value[word] &= !beyond & self.known[word];
            self.known[word] &= !beyond;
            self.tainted[word] &= !beyond;
        }
        self
    }

    /// A number whose bits are made one by one from those of others.
    pub fn bitwise(width: u16, make: impl Fn(u16) -> Bit) -> Bits {
        let mut result = Bits::known(0, width);
        for bit in 0..result.width {
            result.set_bit(bit, make(bit));
        }
        result
    }

    /// The first bit of which `is` says so, or the width.
    pub fn first(&self, is: impl Fn(Bit) -> bool) -> u16 {
        (0..self.width).find(|bit| is(self.bit(*bit))).unwrap_or(self.width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_move_values_and_what_is_known_of_them() {
        let mut number = Bits::from_words(&[0x1122_3344_5566_7788, 0x99AA_BBCC_DDEE_FF00], 128);
        number.set_bit(4, Bit { value: None, tainted: true });
        assert_eq!(number.slice(8, 16).number(), Some(0x6677));
        assert_eq!(number.slice(60, 8).number(), Some(0x01));
        assert_eq!(number.slice(0, 8).number(), None);
        assert!(number.slice(0, 8).is_tainted());
        assert_eq!(number.slice(120, 64).number(), Some(0x99));
        assert_eq!(number.slice(0, 8).slice(0, 64).bit(8).value, Some(false));
        let mut whole = Bits::known(0, 512);
        whole.put(500, &Bits::known(0xFFF, 12));
        assert_eq!(whole.slice(496, 64).number(), Some(0xFFF0));
    }
}
