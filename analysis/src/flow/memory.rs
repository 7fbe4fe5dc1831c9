//! What is known about memory: the bytes that the block itself stored or has read, by base and
//! offset.
//!
//! Different bases are taken not to overlap, unless both are bound to the entry stack pointer
//! ([`reach`](super::reach)). That is the silent side: assuming that a saved value survived a store
//! through another pointer hides a finding, but never makes one.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::values::Word;

/// Known bytes, by base address and offset.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Memory {
    regions: Vec<Region>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Region {
    base: Word,
    /// Stretches that do not overlap, by the offset of their first byte. Shared between copies until
    /// one of them changes.
    stretches: Rc<BTreeMap<i64, Word>>,
}

/// A run of bytes of a load: what is known about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loaded {
    /// The offset of the first byte from the base.
    pub offset: i64,
    /// Its length in bits.
    pub bits: u16,
    /// What the bytes hold, if known.
    pub word: Option<Word>,
}

impl Memory {
    fn region(&mut self, base: &Word) -> &mut BTreeMap<i64, Word> {
        let position = match self.regions.iter().position(|region| region.base == *base) {
            Some(position) => position,
            None => {
                self.regions.push(Region { base: base.clone(), stretches: Rc::default() });
                self.regions.len() - 1
            }
        };
        Rc::make_mut(&mut self.regions[position].stretches)
    }

    /// How much is known, in stretches.
    pub fn size(&self) -> usize {
        self.regions.iter().map(|region| 1 + region.stretches.len()).sum()
    }

    /// About how many bytes it takes that no copy shares.
    pub fn bytes(&self) -> usize {
        let own = |region: &Region| match Rc::strong_count(&region.stretches) {
            1 => region.stretches.len() * size_of::<(i64, Word)>(),
            _ => 0,
        };
        self.regions.iter().map(|region| size_of::<Region>() + own(region)).sum()
    }

    /// Stores whole bytes.
    pub fn store(&mut self, base: &Word, offset: i64, word: Word) {
        let bytes = i64::from(word.bits() / 8);
        let region = self.region(base);
        cut_out(region, offset, bytes);
        region.insert(offset, word);
    }

    /// Forgets `bytes` bytes from `offset` on; what reaches in from outside is cut.
    pub fn forget(&mut self, base: &Word, offset: i64, bytes: i64) {
        if let Some(known) = self.regions.iter_mut().find(|region| region.base == *base) {
            cut_out(Rc::make_mut(&mut known.stretches), offset, bytes);
        }
    }

    /// The other bases at which something is known.
    pub fn other_bases(&self, base: &Word) -> Vec<Word> {
        let others = self.regions.iter().filter(|region| region.base != *base);
        others.map(|region| region.base.clone()).collect()
    }

    /// What is known at a base, by offset.
    pub fn known_at(&self, base: &Word) -> impl Iterator<Item = (i64, &Word)> {
        let region = self.regions.iter().find(|region| region.base == *base);
        let stretches = region.into_iter().flat_map(|region| &*region.stretches);
        stretches.map(|(offset, word)| (*offset, word))
    }

    /// All that is known, wherever it is.
    pub fn words(&self) -> impl Iterator<Item = &Word> {
        self.regions.iter().flat_map(|region| region.stretches.values())
    }

    /// Forgets all that is not at one of the bases for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&Word) -> bool) {
        self.regions.retain(|region| keep(&region.base));
    }

    /// Reads `bits` bits (whole bytes), as runs of known and unknown bytes, lowest first.
    pub fn load(&self, base: &Word, offset: i64, bits: u16) -> Vec<Loaded> {
        let end = offset.saturating_add(i64::from(bits / 8));
        let mut runs = Vec::new();
        let mut at = offset;
        let unknown = |from: i64, to: i64| Loaded {
            offset: from,
            bits: u16::try_from((to - from) * 8).unwrap_or(0),
            word: None,
        };
        let region = self.regions.iter().find(|region| region.base == *base);
        let stretches = region
            .into_iter()
            .flat_map(|region| region.stretches.range(offset.saturating_sub(64)..end));
        for (&start, word) in stretches {
            let stretch_end = start + i64::from(word.bits() / 8);
            if stretch_end <= at {
                continue;
            }
            if start > at {
                runs.push(unknown(at, start));
                at = start;
            }
            let to = stretch_end.min(end);
            let bits = |bytes: i64| u16::try_from(bytes * 8).unwrap_or(0);
            let word = word.slice(bits(at - start), bits(to - at));
            runs.push(Loaded { offset: at, bits: word.bits(), word: Some(word) });
            at = to;
        }
        if at < end {
            runs.push(unknown(at, end));
        }
        runs
    }

    /// Lets this memory stand for that of another path too: what only one of them knows is forgotten,
    /// and `merge` is asked for each stretch that they know differently, with what each holds there.
    /// Returns whether that changed anything.
    pub fn join(
        &mut self,
        other: &Memory,
        mut merge: impl FnMut(&Word, i64, &Word, &Word) -> Word,
    ) -> bool {
        let mut changed = false;
        self.regions.retain_mut(|region| {
            let theirs = other.regions.iter().find(|other| other.base == region.base);
            if theirs.is_some_and(|theirs| Rc::ptr_eq(&theirs.stretches, &region.stretches)) {
                return true;
            }
            let mut joined = BTreeMap::new();
            for (&offset, word) in &*region.stretches {
                let runs = other.load(&region.base, offset, word.bits());
                if let [Loaded { word: Some(theirs), .. }] = &runs[..] {
                    let both = match word == theirs {
                        true => word.clone(),
                        false => merge(&region.base, offset, word, theirs),
                    };
                    joined.insert(offset, both);
                }
            }
            if joined != *region.stretches {
                changed = true;
                region.stretches = Rc::new(joined);
            }
            let is_known = !region.stretches.is_empty();
            changed |= !is_known;
            is_known
        });
        changed
    }
}

/// Removes `bytes` bytes from `offset` on; what reaches in from outside is cut.
fn cut_out(region: &mut BTreeMap<i64, Word>, offset: i64, bytes: i64) {
    let end = offset.saturating_add(bytes);
    // Before the first stretch that can reach in: none is longer than 64 bytes.
    let touched: Vec<i64> = region
        .range(offset.saturating_sub(64)..end)
        .filter(|(start, word)| **start + i64::from(word.bits() / 8) > offset)
        .map(|(start, _)| *start)
        .collect();
    for start in touched {
        let Some(old) = region.remove(&start) else { continue };
        let old_end = start + i64::from(old.bits() / 8);
        let bits = |bytes: i64| u16::try_from(bytes * 8).unwrap_or(0);
        if start < offset {
            region.insert(start, old.slice(0, bits(offset - start)));
        }
        if old_end > end {
            region.insert(end, old.slice(bits(end - start), bits(old_end - end)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_overlap_byte_by_byte() {
        let base = Word::constant(0x1000, 64);
        let mut memory = Memory::default();
        memory.store(&base, -8, Word::constant(0x1122_3344_5566_7788, 64));
        memory.store(&base, -6, Word::constant(0xaabb, 16));
        let word = memory
            .load(&base, -8, 64)
            .into_iter()
            .try_fold(Word::default(), |word, run| Some(word.then(&run.word?)));
        assert_eq!(word, Some(Word::constant(0x1122_3344_aabb_7788, 64)));
        memory.forget(&base, -4, 2);
        let runs = memory.load(&base, -8, 128);
        let known: Vec<bool> = runs.iter().map(|run| run.word.is_some()).collect();
        assert_eq!(
            known,
            [true, true, true, false, true, false]
                .into_iter()
                .skip(6 - runs.len())
                .collect::<Vec<_>>()
        );
        assert_eq!(runs.iter().map(|run| run.bits).sum::<u16>(), 128);
    }
}
