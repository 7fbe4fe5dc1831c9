//! Arithmetic on words, with the identities that real blocks rely on: pointers and counters that
//! are stepped and restored, masks, rotations, complements.

use super::{Kind, Operation, Site, Source, ValueId, Values, Word, low_mask};

/// A constant mask with more runs of equal bits than this is an ordinary operand: cutting a word
/// into many slices would cost more than it gains.
const MASK_RUNS: usize = 8;

impl Values {
    /// The word as a base and a constant that is added to it, modulo the word's width.
    pub fn split_offset(&self, word: &Word) -> (Word, u64) {
        let bits = word.bits();
        if let Some((value, 0)) = word.as_slice()
            && let Kind::Offset { base, addend } = &self.get(value).kind
        {
            // The low bits of a sum are the sum of the low bits.
            return (base.slice(0, bits), addend & low_mask(bits));
        }
        (word.clone(), 0)
    }

    /// Whether a word is all of a value, so that it has no other form.
    fn is_whole(&self, word: &Word) -> bool {
        word.as_slice().is_some_and(|(value, low)| low == 0 && self.get(value).bits == word.bits())
    }

    /// `word + addend`, modulo the word's width (at most 64 bits).
    pub fn add_constant(&mut self, word: &Word, addend: u64, site: Site) -> Word {
        let bits = word.bits();
        if addend == 0 && self.is_whole(word) {
            return word.clone();
        }
        if let Some(constant) = word.as_constant() {
            return Word::constant(constant.wrapping_add(addend), bits);
        }
        let (base, before) = self.split_offset(word);
        let addend = before.wrapping_add(addend) & low_mask(bits);
        if addend == 0 {
            return base;
        }
        let signed = signed(addend, bits);
        let kind = match base.as_slice().map(|(value, low)| (&self.get(value).kind, low)) {
            Some((&Kind::Address { section, offset }, 0)) if bits == 64 => {
                Kind::Address { section, offset: offset.wrapping_add(addend) }
            }
            Some((&Kind::Symbol { symbol, addend: before }, 0)) if bits == 64 => {
                Kind::Symbol { symbol, addend: before.wrapping_add(signed) }
            }
            _ => Kind::Offset { base, addend },
        };
        let id = self.intern(kind, bits, Some(site));
        Word::slice_of(id, 0, bits)
    }

    /// `left + right`, modulo their width.
    pub fn add(&mut self, left: &Word, right: &Word, site: Site) -> Word {
        if let Some(constant) = right.as_constant() {
            return self.add_constant(left, constant, site);
        }
        if let Some(constant) = left.as_constant() {
            return self.add_constant(right, constant, site);
        }
        let ((left, first), (right, second)) = (self.split_offset(left), self.split_offset(right));
        let sum = match (self.difference(&left), self.difference(&right)) {
            (Some((whole, taken)), _) if taken == right => whole,
            (_, Some((whole, taken))) if taken == left => whole,
            _ => {
                let bits = left.bits();
                // One form for a + b and b + a.
                let mut inputs = vec![left, right];
                inputs.sort_by_key(|input| self.digest(input));
                self.computed(Operation::Add, inputs, bits, site)
            }
        };
        self.add_constant(&sum, first.wrapping_add(second), site)
    }

    /// `left - right`, modulo their width.
    pub fn subtract(&mut self, left: &Word, right: &Word, site: Site) -> Word {
        if let Some(constant) = right.as_constant() {
            return self.add_constant(left, constant.wrapping_neg(), site);
        }
        let ((left, first), (right, second)) = (self.split_offset(left), self.split_offset(right));
        let bits = left.bits();
        let difference = match self.sum(&left) {
            _ if left == right => Word::zeros(bits),
            None if let Some(distance) = self.distance(&left, &right) => {
                Word::constant(distance & low_mask(bits), bits)
            }
            Some((one, other)) if one == right => other,
            Some((one, other)) if other == right => one,
            // a - (a - b), of which `neg` twice is the case where a is 0.
            _ if let Some((whole, taken)) = self.difference(&right)
                && whole == left =>
            {
                taken
            }
            _ => self.computed(Operation::Subtract, vec![left, right], bits, site),
        };
        self.add_constant(&difference, first.wrapping_sub(second), site)
    }

    /// How far one address is from another, if they are of one section or symbol.
    fn distance(&self, left: &Word, right: &Word) -> Option<u64> {
        let ((left, 0), (right, 0)) = (left.as_slice()?, right.as_slice()?) else { return None };
        match (&self.get(left).kind, &self.get(right).kind) {
            (Kind::Address { section, offset }, Kind::Address { section: other, offset: from })
                if section == other =>
            {
                Some(offset.wrapping_sub(*from))
            }
            (Kind::Symbol { symbol, addend }, Kind::Symbol { symbol: other, addend: from })
                if symbol == other =>
            {
                Some(addend.wrapping_sub(*from).cast_unsigned())
            }
            _ => None,
        }
    }

    fn inputs_of(&self, word: &Word, wanted: Operation) -> Option<&[Word]> {
        let (value, low) = word.as_slice()?;
        let value = self.get(value);
        match &value.kind {
            Kind::Computed { operation, inputs }
                if *operation == wanted && low == 0 && value.bits == word.bits() =>
            {
                Some(inputs)
            }
            _ => None,
        }
    }

    fn sum(&self, word: &Word) -> Option<(Word, Word)> {
        match self.inputs_of(word, Operation::Add)? {
            [left, right] => Some((left.clone(), right.clone())),
            _ => None,
        }
    }

    fn difference(&self, word: &Word) -> Option<(Word, Word)> {
        match self.inputs_of(word, Operation::Subtract)? {
            [left, right] => Some((left.clone(), right.clone())),
            _ => None,
        }
    }

    /// Every bit inverted.
    pub fn not(&mut self, word: &Word, site: Site) -> Word {
        if let Some([inner]) = self.inputs_of(word, Operation::Not) {
            return inner.clone();
        }
        let mut result = Word::default();
        let mut general = None;
        for (start, segment) in word.runs() {
            match segment.source {
                Source::Zeros => result.append(&Word::ones(segment.bits)),
                Source::Ones => result.append(&Word::zeros(segment.bits)),
                Source::Constant(value) => {
                    result.append(&Word::constant(!value.get(), segment.bits))
                }
                Source::Slice { .. } => {
                    let general = general.get_or_insert_with(|| {
                        self.computed(Operation::Not, vec![word.clone()], word.bits(), site)
                    });
                    result.append(&general.slice(start, segment.bits));
                }
            }
        }
        result
    }

    /// And, or, exclusive or of two words of one width.
    pub fn bitwise(&mut self, operation: Operation, left: &Word, right: &Word, site: Site) -> Word {
        let (left, right) = (split_masks(left), split_masks(right));
        let mut general: Option<ValueId> = None;
        let mut result = Word::default();
        let mut at = 0;
        for bits in common_runs(&left, &right) {
            let (one, other) = (piece(&left, at, bits), piece(&right, at, bits));
            let simple = match operation {
                Operation::Xor if one == other => Some(Word::zeros(bits)),
                Operation::Xor if let Some(word) = self.taken_back(&one, &other) => Some(word),
                _ if operation != Operation::Xor && one == other => Some(one.clone()),
                Operation::And if self.are_complements(&one, &other) => Some(Word::zeros(bits)),
                _ if self.are_complements(&one, &other) => Some(Word::ones(bits)),
                _ => combine(operation, &one, &other).or_else(|| combine(operation, &other, &one)),
            };
            match simple {
                Some(word) => result.append(&word),
                None if operation == Operation::Xor && is_ones(&one) => {
                    result.append(&self.not(&other, site))
                }
                None if operation == Operation::Xor && is_ones(&other) => {
                    result.append(&self.not(&one, site))
                }
                None => {
                    let value = *general.get_or_insert_with(|| {
                        let mut inputs = vec![join_all(&left), join_all(&right)];
                        inputs.sort_by_key(|input| self.digest(input));
                        let bits = inputs[0].bits();
                        let kind = Kind::Computed { operation, inputs: inputs.into() };
                        self.intern(kind, bits, Some(site))
                    });
                    result.append(&Word::slice_of(value, at, bits));
                }
            }
            at += bits;
        }
        result
    }

    /// Whether one of two words is the other with every bit inverted.
    fn are_complements(&self, one: &Word, other: &Word) -> bool {
        let of = |word: &Word, inverted: &Word| {
            let Some((value, low)) = word.as_slice() else { return false };
            match &self.get(value).kind {
                Kind::Computed { operation: Operation::Not, inputs } => {
                    inputs.first().is_some_and(|input| input.slice(low, word.bits()) == *inverted)
                }
                _ => false,
            }
        };
        of(one, other) || of(other, one)
    }

    /// What is left where one of two words under an exclusive or is itself an exclusive or with
    /// the other.
    fn taken_back(&self, one: &Word, other: &Word) -> Option<Word> {
        let of = |word: &Word, taken: &Word| {
            let (value, low) = word.as_slice()?;
            let Kind::Computed { operation: Operation::Xor, inputs } = &self.get(value).kind else {
                return None;
            };
            let [left, right] = [0, 1].map(|input| inputs.get(input));
            let (left, right) = (left?.slice(low, word.bits()), right?.slice(low, word.bits()));
            if left == *taken {
                return Some(right);
            }
            (right == *taken).then_some(left)
        };
        of(one, other).or_else(|| of(other, one))
    }
}

/// The word shifted left by less than its width, zeros moving in.
pub fn shift_left(word: &Word, count: u16) -> Word {
    Word::zeros(count).then(&word.slice(0, word.bits() - count))
}

/// The word shifted right by less than its width, zeros moving in.
pub fn shift_right(word: &Word, count: u16) -> Word {
    word.slice(count, word.bits() - count).then(&Word::zeros(count))
}

/// The word rotated left by less than its width.
pub fn rotate_left(word: &Word, count: u16) -> Word {
    let kept = word.bits() - count;
    word.slice(kept, count).then(&word.slice(0, kept))
}

/// `value`, of which the low `bits` bits count, as a signed number.
pub fn signed(value: u64, bits: u16) -> i64 {
    let unused = 64 - u32::from(bits.clamp(1, 64));
    ((value << unused) as i64) >> unused
}

fn is_ones(word: &Word) -> bool {
    matches!(word.segments(), [segment] if segment.source == Source::Ones)
}

fn is_zeros(word: &Word) -> bool {
    matches!(word.segments(), [segment] if segment.source == Source::Zeros)
}

/// The result where `mask` alone, or `mask` and a constant, decides.
fn combine(operation: Operation, mask: &Word, other: &Word) -> Option<Word> {
    let bits = mask.bits();
    if bits <= 64
        && let (Some(one), Some(two)) = (mask.as_constant(), other.as_constant())
    {
        let value = match operation {
            Operation::And => one & two,
            Operation::Or => one | two,
            _ => one ^ two,
        };
        return Some(Word::constant(value, bits));
    }
    match operation {
        Operation::And if is_zeros(mask) => Some(Word::zeros(bits)),
        Operation::And if is_ones(mask) => Some(other.clone()),
        Operation::Or if is_ones(mask) => Some(Word::ones(bits)),
        Operation::Or | Operation::Xor if is_zeros(mask) => Some(other.clone()),
        _ => None,
    }
}

/// The word's runs, with constants of few runs split into runs of equal bits.
fn split_masks(word: &Word) -> Vec<Word> {
    let mut runs = Vec::new();
    for segment in word.segments() {
        let whole = Word::from_segment(*segment);
        let Source::Constant(value) = segment.source else {
            runs.push(whole);
            continue;
        };
        let mut lengths = Vec::new();
        let (mut rest, mut left) = (value.get(), segment.bits);
        while left > 0 {
            let equal = if rest & 1 == 0 { rest.trailing_zeros() } else { rest.trailing_ones() };
            let equal = u16::try_from(equal).unwrap_or(64).min(left);
            lengths.push(equal);
            left -= equal;
            rest = rest.checked_shr(u32::from(equal)).unwrap_or(0);
        }
        if lengths.len() > MASK_RUNS {
            runs.push(whole);
            continue;
        }
        let mut at = 0;
        for bits in lengths {
            runs.push(whole.slice(at, bits));
            at += bits;
        }
    }
    runs
}

/// The lengths of the runs between any two borders of either word.
fn common_runs(left: &[Word], right: &[Word]) -> Vec<u16> {
    let borders = |words: &[Word]| {
        words
            .iter()
            .scan(0, |at, word| {
                *at += word.bits();
                Some(*at)
            })
            .collect::<Vec<u16>>()
    };
    let mut all = borders(left);
    all.extend(borders(right));
    all.sort_unstable();
    all.dedup();
    all.iter()
        .scan(0, |before, &border| {
            let bits = border - *before;
            *before = border;
            Some(bits)
        })
        .collect()
}

fn piece(words: &[Word], low: u16, bits: u16) -> Word {
    let mut start = 0;
    for word in words {
        if low < start + word.bits() {
            return word.slice(low - start, bits);
        }
        start += word.bits();
    }
    Word::zeros(bits)
}

fn join_all(words: &[Word]) -> Word {
    words.iter().fold(Word::default(), |word, part| word.then(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registers::Register;
    use crate::values::Cell;

    const SITE: Site = Site(0);

    fn registers(values: &mut Values) -> (Word, Word) {
        let mut entry = |register| values.entry(Cell::Register(register));
        (entry(Register::RAX), entry(Register::RBX))
    }

    #[test]
    fn steps_that_are_taken_back_leave_nothing() {
        let mut values = Values::default();
        let (a, b) = registers(&mut values);
        let stepped = values.add_constant(&a, 4, SITE);
        assert_ne!(stepped, a);
        let moved = values.add(&stepped, &b, SITE);
        let back = values.subtract(&moved, &b, SITE);
        assert_eq!(values.add_constant(&back, 4u64.wrapping_neg(), SITE), a);
        let narrow = values.add_constant(&stepped.slice(0, 32), 4u64.wrapping_neg(), SITE);
        assert_eq!(narrow, a.slice(0, 32));
        assert_eq!(values.subtract(&stepped, &a, SITE), Word::constant(4, 64));
        let swapped = values.add(&b, &a, SITE);
        assert_eq!(values.add(&a, &b, SITE), swapped);
    }

    #[test]
    fn what_is_done_twice_is_undone() {
        let mut values = Values::default();
        let (a, b) = registers(&mut values);
        let mixed = values.bitwise(Operation::Xor, &a, &b, SITE);
        assert_eq!(values.bitwise(Operation::Xor, &mixed, &b, SITE), a);
        assert_eq!(values.bitwise(Operation::Xor, &a, &mixed, SITE), b);
        let low = values.bitwise(Operation::Xor, &mixed.slice(8, 8), &b.slice(8, 8), SITE);
        assert_eq!(low, a.slice(8, 8));
        let shifted = values.bitwise(Operation::Xor, &mixed.slice(8, 8), &b.slice(0, 8), SITE);
        assert_ne!(shifted, a.slice(8, 8));
        let negated = values.subtract(&Word::zeros(64), &a, SITE);
        assert_eq!(values.subtract(&Word::zeros(64), &negated, SITE), a);
        let stepped = values.add_constant(&negated, 1, SITE);
        let back = values.subtract(&Word::zeros(64), &stepped, SITE);
        assert_eq!(values.add_constant(&back, 1, SITE), a);
    }

    #[test]
    fn masks_cut_words() {
        let mut values = Values::default();
        let (a, b) = registers(&mut values);
        let low = values.bitwise(Operation::And, &a, &Word::constant(0xff, 64), SITE);
        assert_eq!(low, a.slice(0, 8).zero_extend(64));
        let high = shift_left(&b.slice(0, 32).zero_extend(64), 32);
        let both = values.bitwise(Operation::Or, &high, &a.slice(0, 32).zero_extend(64), SITE);
        assert_eq!(both, a.slice(0, 32).then(&b.slice(0, 32)));
        assert_eq!(values.bitwise(Operation::Xor, &a, &a, SITE), Word::zeros(64));
        assert_eq!(values.bitwise(Operation::Or, &a, &Word::ones(64), SITE), Word::ones(64));
        let inverted = values.bitwise(Operation::Xor, &a, &Word::ones(64), SITE);
        let of_both =
            |values: &mut Values, operation| values.bitwise(operation, &inverted, &a, SITE);
        assert_eq!(of_both(&mut values, Operation::And), Word::zeros(64));
        assert_eq!(of_both(&mut values, Operation::Or), Word::ones(64));
        assert_eq!(of_both(&mut values, Operation::Xor), Word::ones(64));
        assert_eq!(values.not(&inverted, SITE), a);
        let general = values.bitwise(Operation::And, &a, &b, SITE);
        assert_eq!(values.bitwise(Operation::And, &b, &a, SITE), general);
    }

    #[test]
    fn rotations_add_up() {
        let mut values = Values::default();
        let (a, _) = registers(&mut values);
        let turned =
            [3, 13, 61, 51].iter().fold(a.clone(), |word, &count| rotate_left(&word, count));
        assert_eq!(turned, a);
        assert_eq!(shift_right(&shift_left(&a, 8), 8), a.slice(0, 56).zero_extend(64));
    }
}
