//! What is known about memory: the bytes that the block itself stored or has read, by base and
//! offset.
//!
//! Pointers that have nothing to do with each other may be equal all the same: what was stored through
//! one is only perhaps still there after a store through another, and a load says so
//! ([`Loaded::overlaid`]). The block's own stack is apart: nobody holds a pointer into it, and for
//! addresses that are bound to the entry stack pointer [`reach`](super::reach) says which overlap.
//! What was saved there, of registers and return addresses, is taken to survive stores at distances
//! that are computed: those go into arrays beside it.

use std::collections::BTreeMap;
use std::rc::Rc;

use smallvec::SmallVec;

use crate::values::Word;

/// At so many bases memory is known, the block's own stack aside. Blocks have a handful of pointers;
/// only chains of loops, each of which steps them on, have more bases.
const MOST_REGIONS: usize = 128;

/// Known bytes, by base address and offset.
#[derive(Clone, Default, Debug)]
pub struct Memory {
    regions: Vec<Region>,
    /// How many stores there were that other regions might notice.
    stores: u32,
    /// The images that were saved.
    images: Vec<Image>,
}

/// An image of processor state, whose words are known at a base of its own: the bytes that it takes.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Image {
    words: Word,
    base: Word,
    offset: i64,
    bytes: i64,
}

/// What other bases may lead to the memory at a base.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overlap {
    /// None but those that are bound to the entry stack pointer, which are compared apart.
    Stack,
    /// Any but that of another symbol.
    Symbol,
    /// Any.
    Any,
}

impl Overlap {
    /// Whether memory at a base of this kind may be memory at a base of another kind.
    fn meets(self, other: Overlap) -> bool {
        match (self, other) {
            (Overlap::Stack, _) | (_, Overlap::Stack) => false,
            (Overlap::Symbol, Overlap::Symbol) => false,
            _ => true,
        }
    }
}

#[derive(Clone, Debug)]
struct Region {
    base: Word,
    overlap: Overlap,
    /// A number for the last store through another base that may have reached this region; what was
    /// stored here before has a lower one. 0 if there was none.
    overlaid: u32,
    /// Stretches that do not overlap, by the offset of their first byte. Shared between copies until
    /// one of them changes.
    stretches: Rc<BTreeMap<i64, Stretch>>,
}

#[derive(Clone, Debug)]
struct Stretch {
    word: Word,
    /// A number for the store, growing in time from 1 on; 0 for what is overlaid on another path.
    stored: u32,
}

impl Region {
    fn is_overlaid(&self, stretch: &Stretch) -> bool {
        stretch.stored < self.overlaid
    }
}

// When something was stored is of no interest, only whether something else was stored since.
impl PartialEq for Region {
    fn eq(&self, other: &Region) -> bool {
        let alike = |((at, one), (other_at, theirs)): ((&i64, &Stretch), (&i64, &Stretch))| {
            at == other_at
                && one.word == theirs.word
                && self.is_overlaid(one) == other.is_overlaid(theirs)
        };
        self.base == other.base
            && self.stretches.len() == other.stretches.len()
            && self.stretches.iter().zip(&*other.stretches).all(alike)
    }
}

impl PartialEq for Memory {
    fn eq(&self, other: &Memory) -> bool {
        self.regions == other.regions
    }
}

impl Eq for Memory {}

/// A run of bytes of a load: what is known about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loaded {
    /// The offset of the first byte from the base.
    pub offset: i64,
    /// Its length in bits.
    pub bits: u16,
    /// What the bytes hold, if known.
    pub word: Option<Word>,
    /// Whether a store through another base may have changed that.
    pub overlaid: bool,
}

impl Memory {
    fn region(&mut self, base: &Word, overlap: Overlap) -> &mut Region {
        let position = match self.regions.iter().position(|region| region.base == *base) {
            Some(position) => position,
            None => {
                self.make_room();
                let stretches = Rc::default();
                self.regions.push(Region { base: base.clone(), overlap, overlaid: 0, stretches });
                self.regions.len() - 1
            }
        };
        &mut self.regions[position]
    }

    /// Forgets what is known at the base that came first, where there are many, so that looking for one
    /// does not take long. What the block has on its own stack stays.
    fn make_room(&mut self) {
        if self.regions.len() >= MOST_REGIONS
            && let Some(first) =
                self.regions.iter().position(|region| region.overlap != Overlap::Stack)
        {
            self.regions.remove(first);
        }
    }

    /// How much is known, in stretches.
    pub fn size(&self) -> usize {
        self.regions.iter().map(|region| 1 + region.stretches.len()).sum()
    }

    /// About how many bytes it takes that no copy shares.
    pub fn bytes(&self) -> usize {
        let own = |region: &Region| match Rc::strong_count(&region.stretches) {
            1 => region.stretches.len() * size_of::<(i64, Stretch)>(),
            _ => 0,
        };
        self.regions.iter().map(|region| size_of::<Region>() + own(region)).sum()
    }

    /// Stores whole bytes. For what else that may change see [`overlay`](Self::overlay).
    pub fn store(&mut self, base: &Word, overlap: Overlap, offset: i64, word: Word) {
        let bytes = i64::from(word.bits() / 8);
        let stored = self.stores.saturating_add(1);
        let region = self.region(base, overlap);
        let stretches = Rc::make_mut(&mut region.stretches);
        cut_out(stretches, offset, bytes);
        stretches.insert(offset, Stretch { word, stored });
    }

    /// Notes that something is stored somewhere at a base: memory at other bases that it may be
    /// holds what it did only perhaps.
    pub fn overlay(&mut self, base: &Word, overlap: Overlap) {
        if overlap == Overlap::Stack {
            return;
        }
        let next = self.count_store();
        for region in &mut self.regions {
            if overlap.meets(region.overlap) && region.base != *base {
                region.overlaid = next;
            }
        }
    }

    /// Counts a store, and returns the number of what is stored after it.
    fn count_store(&mut self) -> u32 {
        self.stores = self.stores.saturating_add(1);
        self.stores.saturating_add(1)
    }

    /// Notes that what is known at the base `words` is an image which takes so many bytes at
    /// `base + offset`.
    pub fn add_image(&mut self, words: &Word, base: &Word, offset: i64, bytes: i64) {
        let image = Image { words: words.clone(), base: base.clone(), offset, bytes };
        if !self.images.contains(&image) {
            self.images.push(image);
        }
    }

    /// Notes that so many bytes at `base + offset` are written: images that they are among hold
    /// only perhaps what was saved there.
    pub fn disturb_images(&mut self, base: &Word, offset: i64, bytes: i64) {
        let is_hit = |image: &&Image| {
            image.base == *base
                && offset < image.offset.saturating_add(image.bytes)
                && image.offset < offset.saturating_add(bytes)
        };
        let hit: Vec<Word> =
            self.images.iter().filter(is_hit).map(|image| image.words.clone()).collect();
        for words in hit {
            self.overlay_at(&words);
        }
    }

    /// Notes that memory at a base holds what it did only perhaps.
    pub fn overlay_at(&mut self, base: &Word) {
        let next = self.count_store();
        if let Some(region) = self.regions.iter_mut().find(|region| region.base == *base) {
            region.overlaid = next;
        }
    }

    /// Puts a word instead of one that is known, without a store.
    pub fn replace(&mut self, base: &Word, offset: i64, word: Word) {
        if let Some(region) = self.regions.iter_mut().find(|region| region.base == *base)
            && let Some(stretch) = Rc::make_mut(&mut region.stretches).get_mut(&offset)
        {
            stretch.word = word;
        }
    }

    /// Forgets `bytes` bytes from `offset` on; what reaches in from outside is cut.
    pub fn forget(&mut self, base: &Word, offset: i64, bytes: i64) {
        if let Some(known) = self.regions.iter_mut().find(|region| region.base == *base) {
            cut_out(Rc::make_mut(&mut known.stretches), offset, bytes);
        }
    }

    /// Whether something is known at another base.
    pub fn has_other_bases(&self, base: &Word) -> bool {
        self.regions.iter().any(|region| region.base != *base)
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
        stretches.map(|(offset, stretch)| (*offset, &stretch.word))
    }

    /// All that is known, wherever it is.
    pub fn words(&self) -> impl Iterator<Item = &Word> {
        let stretches = self.regions.iter().flat_map(|region| region.stretches.values());
        stretches.map(|stretch| &stretch.word)
    }

    /// Forgets all that is not at one of the bases for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&Word) -> bool) {
        self.regions.retain(|region| keep(&region.base));
    }

    /// Reads `bits` bits (whole bytes), as runs of known and unknown bytes, lowest first.
    pub fn load(&self, base: &Word, offset: i64, bits: u16) -> SmallVec<[Loaded; 1]> {
        let region = self.regions.iter().find(|region| region.base == *base);
        load_from(region, offset, bits)
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
        // Both have come from one state, so that most are in the same order.
        let mut expected = 0;
        self.regions.retain_mut(|region| {
            let is_it = |other: &Region| other.base == region.base;
            let place = match other.regions.get(expected).is_some_and(is_it) {
                true => Some(expected),
                false => other.regions.iter().position(is_it),
            };
            expected = place.map_or(expected, |place| place + 1);
            let theirs = place.map(|place| &other.regions[place]);
            let is_one = |theirs: &Region| {
                Rc::ptr_eq(&theirs.stretches, &region.stretches)
                    && theirs.overlaid == region.overlaid
            };
            if theirs.is_some_and(is_one) {
                return true;
            }
            // Something is overlaid if it is on one of the paths.
            region.overlaid = region.overlaid.max(1);
            let mut joined = BTreeMap::new();
            let mut is_new = false;
            for (&offset, stretch) in &*region.stretches {
                let Stretch { word, stored } = stretch;
                let runs = load_from(theirs, offset, word.bits());
                if let [Loaded { word: Some(theirs), overlaid, .. }] = &runs[..] {
                    let both = match word == theirs {
                        true => word.clone(),
                        false => merge(&region.base, offset, word, theirs),
                    };
                    let newly_overlaid = *overlaid && !region.is_overlaid(stretch);
                    let stored = if newly_overlaid { 0 } else { *stored };
                    is_new |= both != *word || newly_overlaid;
                    joined.insert(offset, Stretch { word: both, stored });
                }
            }
            if is_new || joined.len() != region.stretches.len() {
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

/// Reads so much of a region, see [`Memory::load`].
fn load_from(region: Option<&Region>, offset: i64, bits: u16) -> SmallVec<[Loaded; 1]> {
    let end = offset.saturating_add(i64::from(bits / 8));
    let mut runs = SmallVec::new();
    let mut at = offset;
    let unknown = |from: i64, to: i64| Loaded {
        offset: from,
        bits: u16::try_from((to - from) * 8).unwrap_or(0),
        word: None,
        overlaid: false,
    };
    let stretches = region
        .into_iter()
        .flat_map(|region| region.stretches.range(offset.saturating_sub(64)..end))
        .map(|(start, stretch)| (*start, stretch));
    for (start, stretch) in stretches {
        let word = &stretch.word;
        let overlaid = region.is_some_and(|region| region.is_overlaid(stretch));
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
        runs.push(Loaded { offset: at, bits: word.bits(), word: Some(word), overlaid });
        at = to;
    }
    if at < end {
        runs.push(unknown(at, end));
    }
    runs
}

/// Removes `bytes` bytes from `offset` on; what reaches in from outside is cut.
fn cut_out(region: &mut BTreeMap<i64, Stretch>, offset: i64, bytes: i64) {
    let end = offset.saturating_add(bytes);
    // Before the first stretch that can reach in: none is longer than 64 bytes.
    let touched: Vec<i64> = region
        .range(offset.saturating_sub(64)..end)
        .filter(|(start, stretch)| **start + i64::from(stretch.word.bits() / 8) > offset)
        .map(|(start, _)| *start)
        .collect();
    for start in touched {
        let Some(Stretch { word: old, stored }) = region.remove(&start) else { continue };
        let old_end = start + i64::from(old.bits() / 8);
        let bits = |bytes: i64| u16::try_from(bytes * 8).unwrap_or(0);
        if start < offset {
            let word = old.slice(0, bits(offset - start));
            region.insert(start, Stretch { word, stored });
        }
        if old_end > end {
            let word = old.slice(bits(end - start), bits(old_end - end));
            region.insert(end, Stretch { word, stored });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_bases_the_first_is_forgotten_but_not_the_stack() {
        let base = |number: usize| Word::constant(number as u64, 64);
        let mut memory = Memory::default();
        memory.store(&base(0), Overlap::Stack, 0, Word::zeros(64));
        for number in 1..=MOST_REGIONS {
            memory.store(&base(number), Overlap::Any, 0, Word::zeros(64));
        }
        let is_known = |number| memory.load(&base(number), 0, 64)[0].word.is_some();
        assert!(is_known(0) && !is_known(1) && is_known(2) && is_known(MOST_REGIONS));
    }

    #[test]
    fn stores_overlap_byte_by_byte() {
        let base = Word::constant(0x1000, 64);
        let mut memory = Memory::default();
        memory.store(&base, Overlap::Any, -8, Word::constant(0x1122_3344_5566_7788, 64));
        memory.store(&base, Overlap::Any, -6, Word::constant(0xaabb, 16));
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
    #[test]
    fn a_store_elsewhere_leaves_a_word_only_perhaps() {
        let [one, other] = [0x1000, 0x2000].map(|base| Word::constant(base, 64));
        let mut memory = Memory::default();
        let overlaid = |memory: &Memory| memory.load(&one, 0, 64)[0].overlaid;
        memory.store(&one, Overlap::Any, 0, Word::ones(64));
        memory.overlay(&one, Overlap::Any);
        assert!(!overlaid(&memory), "its own base is compared by offset");
        let before = memory.clone();
        memory.overlay(&other, Overlap::Stack);
        assert_eq!(memory, before);
        memory.overlay(&other, Overlap::Symbol);
        assert!(overlaid(&memory));
        assert_ne!(memory, before);
        // Where paths meet, it is so if it is so on one of them.
        let mut joined = before.clone();
        assert!(joined.join(&memory, |_, _, word, _| word.clone()));
        assert!(overlaid(&joined));
        assert!(!joined.join(&before, |_, _, word, _| word.clone()));
        assert!(overlaid(&joined));
        // What is stored afterwards is certain.
        memory.store(&one, Overlap::Any, 0, Word::zeros(64));
        assert!(!overlaid(&memory));
    }
}
