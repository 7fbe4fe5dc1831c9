//! [`Remembered`]: what was found out about instructions, kept from one block to the next.

use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};

use rustc_hash::FxHashMap;

/// How many instructions are remembered. A crate has hundreds of different ones, few have thousands.
const KEPT: usize = 1 << 14;

/// What is known by some tables.
pub struct Remembered<K, V> {
    version: u64,
    known: FxHashMap<K, V>,
}

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Remembered<K, V> {
        Remembered { version: 0, known: FxHashMap::default() }
    }
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    /// What is known by the tables of a version; what was known by others is forgotten.
    pub fn get(&mut self, version: u64, key: &K) -> Option<V> {
        if self.version != version {
            *self = Remembered { version, ..Remembered::default() };
        }
        self.known.get(key).cloned()
    }

    /// Keeps what was looked for last, while there is room.
    pub fn keep(&mut self, key: K, value: &V) {
        if self.known.len() < KEPT {
            self.known.insert(key, value.clone());
        }
    }
}

/// A version that no tables have yet; that of the standard tables is 0.
pub fn new_version() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
