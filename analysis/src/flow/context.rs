//! Which calls of the block's own code a path is in.
//!
//! A subroutine that is called from several places returns to each of them. If the states of all
//! callers were merged in it, the return address would be one of several, and the return a jump
//! that can't be followed. So states meet only where their callers are the same ones, as far as the
//! number of different rows of callers stays small.

use rustc_hash::FxHashMap;

use crate::machine::code::CodeAddress;

/// A row of callers, by number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Context(u32);

impl Context {
    /// In no call.
    pub const ENTRY: Context = Context(0);

    /// The number.
    pub fn number(self) -> u32 {
        self.0
    }
}

/// How many rows of callers are distinguished in a block at least. Handwritten code has a few, unrolled
/// code about a hundred; what has more is generated, or calls that do not return.
const MOST: usize = 128;

/// How many calls deep a row of callers may be. Calls that return are never that deep.
const DEEPEST: u32 = 128;

/// All rows of callers that were met.
#[derive(Debug)]
pub struct Contexts {
    /// For each context the one that it was entered from, and where it returns to.
    callers: Vec<Caller>,
    /// How many calls deep each context is.
    depths: Vec<u32>,
    /// The number of each but the first.
    numbers: FxHashMap<Caller, u32>,
}

/// Where a context was entered from, and where it returns to.
type Caller = (Context, Option<CodeAddress>);

impl Default for Contexts {
    fn default() -> Contexts {
        Contexts {
            callers: vec![(Context::ENTRY, None)],
            depths: vec![0],
            numbers: FxHashMap::default(),
        }
    }
}

impl Contexts {
    /// The context after a call that returns to `back`. `None` where there are too many, or where
    /// there are many and `may_add` does not allow more: the callee is then followed for all
    /// further callers together.
    pub fn enter(&mut self, from: Context, back: CodeAddress, may_add: bool) -> Option<Context> {
        // Recursion, or a call that never returned, such as one that only pushes the block's address.
        if let Some(known) = self.outwards(from).find(|&known| self.returns_to(known, back)) {
            return Some(known);
        }
        let entered = (from, Some(back));
        let number = match self.numbers.get(&entered) {
            Some(&known) => known,
            None if !may_add && self.callers.len() >= MOST => return None,
            None => {
                let depth = self.depths[from.0 as usize] + 1;
                if depth > DEEPEST {
                    return None;
                }
                self.depths.push(depth);
                let number = u32::try_from(self.callers.len()).unwrap_or(u32::MAX);
                self.callers.push(entered);
                self.numbers.insert(entered, number);
                number
            }
        };
        Some(Context(number))
    }

    /// The context where control continues at an address: outside of the call, if that is where the
    /// call returns to.
    pub fn go(&self, from: Context, to: CodeAddress) -> Context {
        if self.returns_to(from, to) { self.callers[from.0 as usize].0 } else { from }
    }

    fn returns_to(&self, context: Context, address: CodeAddress) -> bool {
        self.callers[context.0 as usize].1 == Some(address)
    }

    /// A context and all that it is in, the innermost first.
    fn outwards(&self, from: Context) -> impl Iterator<Item = Context> {
        std::iter::successors(Some(from), |&context| {
            (context != Context::ENTRY).then(|| self.callers[context.0 as usize].0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(offset: u64) -> CodeAddress {
        CodeAddress { section: 0, offset }
    }

    #[test]
    fn callers_are_told_apart() {
        let mut contexts = Contexts::default();
        let mut enter = |from, back| contexts.enter(from, at(back), false).unwrap();
        let one = enter(Context::ENTRY, 5);
        let other = enter(Context::ENTRY, 10);
        assert_ne!(one, other);
        let inner = enter(one, 20);
        assert_eq!(contexts.go(inner, at(20)), one);
        assert_eq!(contexts.go(one, at(5)), Context::ENTRY);
        assert_eq!(contexts.go(one, at(10)), one);
    }

    #[test]
    fn recursion_comes_to_an_end() {
        let mut contexts = Contexts::default();
        let mut enter = |from, back| contexts.enter(from, at(back), false).unwrap();
        let outer = enter(Context::ENTRY, 5);
        let inner = enter(outer, 20);
        assert_eq!(enter(inner, 20), inner);
        assert_eq!(enter(inner, 5), outer);
    }

    #[test]
    fn there_are_not_too_many() {
        let enter_all = |may_add| {
            let mut contexts = Contexts::default();
            let calls = (0..1000).map(|call| contexts.enter(Context::ENTRY, at(call), may_add));
            calls.flatten().count()
        };
        assert_eq!(enter_all(false), MOST - 1);
        assert_eq!(enter_all(true), 1000);
    }

    #[test]
    fn calls_that_never_return_come_to_an_end() {
        let mut contexts = Contexts::default();
        let mut from = Context::ENTRY;
        let mut depth = 0;
        while let Some(entered) = contexts.enter(from, at(depth), true) {
            (from, depth) = (entered, depth + 1);
        }
        assert_eq!(depth, u64::from(DEEPEST));
    }
}
