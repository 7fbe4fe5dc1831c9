//! Finds forms of an instruction set with a fixed width by asking its decoder.

use std::borrow::Cow;
use std::collections::HashMap;

use fastrand::Rng;

/// Finds one word for each form that `name` tells apart, by random words and by changing bits of
/// words that are known. The same seed finds the same.
pub fn discover(
    rounds: usize,
    name: impl Fn(u32) -> Option<Cow<'static, str>>,
) -> Vec<(String, u32)> {
    let mut rng = Rng::with_seed(1);
    let mut found: HashMap<Cow<'static, str>, u32> = HashMap::new();
    let mut queue: Vec<u32> = Vec::new();
    let mut look = |word: u32, queue: &mut Vec<u32>| {
        if let Some(name) = name(word)
            && let std::collections::hash_map::Entry::Vacant(entry) = found.entry(name)
        {
            entry.insert(word);
            queue.push(word);
        }
    };
    // All high halves, and the next bits at random.
    for high in 0..1 << 16 {
        for _ in 0..4 {
            look(high << 16 | rng.u32(..1 << 16), &mut queue);
        }
    }
    let mut next = 0;
    for round in 0..rounds {
        if queue.is_empty() {
            break;
        }
        let word = queue[next % queue.len()];
        next += 1;
        if round < queue.len() {
            (0..32).for_each(|bit| look(word ^ 1 << bit, &mut queue));
        }
        // Fields of 5 bits to all zeros or all ones, and a few random bits.
        let field = [0, 5, 10, 16][rng.usize(..4)];
        look(word & !(31 << field), &mut queue);
        look(word | 31 << field, &mut queue);
        look(word ^ 1 << rng.u32(..32) ^ 1 << rng.u32(..32), &mut queue);
        look(word ^ rng.u32(..) & rng.u32(..) & rng.u32(..), &mut queue);
    }
    let mut forms: Vec<(String, u32)> =
        found.into_iter().map(|(name, word)| (name.into_owned(), word)).collect();
    forms.sort();
    forms
}

/// The bits of a word that can be changed without leaving its form, one by one.
pub fn free_bits(word: u32, same: impl Fn(u32) -> bool) -> u32 {
    (0..32).filter(|bit| same(word ^ 1 << bit)).map(|bit| 1 << bit).sum()
}
