//! The set of participant ids that a pass has seen.

use std::hash::{BuildHasher, RandomState};

/// The most ids for each empty slot of a table, in a fast set and in a small one.
const MAX_FILL_FAST: usize = 2;
const MAX_FILL_SMALL: usize = 15;

/// The largest total that memory is reserved for before the ids have arrived.
const MAX_RESERVED: u64 = 1 << 21;

const MIN_SLOTS: usize = 64;

/// A set of ids that takes 12 bytes an id, or a little more than 8 if it is a small one.
///
/// It keeps a keyed 64-bit hash of each id. Among a million ids, the chance that two share a hash is 3 in 100 million;
/// such a pair counts as one id seen twice, which makes a result incomplete, never wrongly complete. The key is
/// random, so a service can't construct such a pair.
pub(crate) struct IdSet {
    hasher: RandomState,
    max_fill: usize,
    /// An open-addressing table: a hash is in the slot that its size points to, or in a later one with no empty
    /// slot (0) in between.
    slots: Vec<u64>,
    len: usize,
}

impl Default for IdSet {
    fn default() -> Self {
        IdSet { hasher: RandomState::new(), max_fill: MAX_FILL_FAST, slots: Vec::new(), len: 0 }
    }
}

impl IdSet {
    /// A small set: a million ids take 9 MB. Adding is slower. Where all participants are kept in memory, the smaller
    /// set saves little, and the whole call takes 5 % more CPU.
    pub fn small() -> Self {
        IdSet { max_fill: MAX_FILL_SMALL, ..IdSet::default() }
    }

    /// An empty set of the same kind, with another key.
    pub fn empty_clone(&self) -> Self {
        IdSet { max_fill: self.max_fill, ..IdSet::default() }
    }

    /// Reserves memory for this many ids if the set is still empty. A correct number saves time and memory, a wrong
    /// one does no harm.
    pub fn reserve(&mut self, total: u64) {
        if self.slots.is_empty() {
            self.grow_to(total.min(MAX_RESERVED) as usize);
        }
    }

    /// Adds an id. Returns whether it is new.
    pub fn insert(&mut self, id: &str) -> bool {
        let hash = self.hash(id);
        self.insert_hash(hash)
    }

    /// Adds ids. Returns for each whether it is new.
    pub fn insert_all<'a>(&mut self, ids: impl Iterator<Item = &'a str>) -> impl ExactSizeIterator<Item = bool> {
        // Every look-up waits for memory. With all hashes at hand, the look-ups wait at the same time: 35 % faster for
        // a million ids.
        let hashes: Vec<u64> = ids.map(|id| self.hash(id)).collect();
        hashes.into_iter().map(|hash| self.insert_hash(hash))
    }

    pub fn len(&self) -> u64 {
        self.len as u64
    }

    fn hash(&self, id: &str) -> u64 {
        self.hasher.hash_one(id).max(1)
    }

    fn insert_hash(&mut self, hash: u64) -> bool {
        let empty_slots = self.slots.len().saturating_sub(self.len);
        if self.len >= empty_slots.saturating_mul(self.max_fill) {
            self.grow_to(self.len + self.len / 2);
        }
        self.put(hash)
    }

    fn put(&mut self, hash: u64) -> bool {
        let home = ((u128::from(hash) * self.slots.len() as u128) >> 64) as usize;
        let (before, after) = self.slots.split_at_mut(home);
        for slot in after.iter_mut().chain(before) {
            if *slot == hash {
                return false;
            }
            if *slot == 0 {
                *slot = hash;
                self.len += 1;
                return true;
            }
        }
        // Not reached: a table is never full.
        false
    }

    fn grow_to(&mut self, ids: usize) {
        let slots = (ids + ids / self.max_fill + 2).max(MIN_SLOTS);
        let old = std::mem::replace(&mut self.slots, vec![0; slots]);
        self.len = 0;
        for hash in old.into_iter().filter(|hash| *hash != 0) {
            self.put(hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each_id_is_new_once(mut ids: IdSet) {
        let count = 100_000;
        for id in 0..count {
            assert!(ids.insert(&format!("id-{id}")), "{id}");
        }
        assert_eq!(ids.len(), count);
        for id in 0..count {
            assert!(!ids.insert(&format!("id-{id}")), "{id}");
        }
        assert_eq!(ids.len(), count);
    }

    #[test]
    fn id_is_new_once_whatever_was_reserved() {
        for ids in [IdSet::default(), IdSet::small()] {
            for reserved in [0, 1, 99_999, 100_000, 1_000_000, u64::MAX] {
                let mut ids = ids.empty_clone();
                ids.reserve(reserved);
                each_id_is_new_once(ids);
            }
            each_id_is_new_once(ids);
        }
    }

    #[test]
    fn id_takes_at_most_12_bytes_or_9_in_a_small_set_if_the_total_is_right() {
        for (mut ids, bytes) in [(IdSet::small().empty_clone(), 900_000), (IdSet::default(), 1_200_100)] {
            ids.reserve(100_000);
            for id in 0..100_000 {
                ids.insert(&format!("id-{id}"));
            }
            assert!(ids.slots.capacity() * 8 <= bytes, "{}", ids.slots.capacity());
        }
    }
}
