//! The ids that a pass has seen.

use std::hash::{BuildHasher, RandomState};

/// How many ids there are at most for each empty slot of a table.
const QUICK: usize = 2;
const SMALL: usize = 15;

/// The largest total that memory is set aside for on the service's word alone.
const EXPECTED_MOST: u64 = 1 << 21;

/// The fewest slots of a table.
const SLOTS_LEAST: usize = 64;

/// A set of ids that takes 12 bytes an id or, if it is to be small, little more than 8.
///
/// It keeps a keyed 64-bit hash of each. Two of a million ids share one with a chance of 3 in 100 million; such a pair counts as an id
/// seen twice, which makes the answer incomplete, never wrongly complete. The key is random, so a service can't bring a pair about.
pub(crate) struct Seen {
    keyed: RandomState,
    ids_per_empty_slot: usize,
    /// A hash stands at or behind the place that its size gives it, with no empty slot (0) in between.
    slots: Vec<u64>,
    count: usize,
}

impl Default for Seen {
    fn default() -> Self {
        Seen { keyed: RandomState::new(), ids_per_empty_slot: QUICK, slots: Vec::new(), count: 0 }
    }
}

impl Seen {
    /// One for walking a million participants one by one, in 9 MB. Adding takes longer: of a million participants in memory, where room for ids
    /// is small change, all of the call took 5 % more CPU.
    pub fn small() -> Self {
        Seen { ids_per_empty_slot: SMALL, ..Seen::default() }
    }

    /// Another one of the same kind.
    pub fn another(&self) -> Self {
        Seen { ids_per_empty_slot: self.ids_per_empty_slot, ..Seen::default() }
    }

    /// Makes room for a list of this length, if nothing was seen yet. A right figure saves time and memory, a wrong one does no harm.
    pub fn expect(&mut self, total: u64) {
        if self.slots.is_empty() {
            self.grow_to(total.min(EXPECTED_MOST) as usize);
        }
    }

    /// Adds an id; whether it is new.
    pub fn insert(&mut self, id: &str) -> bool {
        let hash = self.hash(id);
        self.insert_hash(hash)
    }

    /// Adds ids; for each, whether it is new.
    pub fn insert_all<'a>(&mut self, ids: impl Iterator<Item = &'a str>) -> impl Iterator<Item = bool> {
        // All hashes first: then the look-ups, each of which waits for memory, wait together. A million ids: 35 % less time.
        let hashes: Vec<u64> = ids.map(|id| self.hash(id)).collect();
        hashes.into_iter().map(|hash| self.insert_hash(hash))
    }

    fn hash(&self, id: &str) -> u64 {
        self.keyed.hash_one(id).max(1)
    }

    fn insert_hash(&mut self, hash: u64) -> bool {
        let empty_slots = self.slots.len().saturating_sub(self.count);
        if self.count >= empty_slots.saturating_mul(self.ids_per_empty_slot) {
            self.grow_to(self.count + self.count / 2);
        }
        self.put(hash)
    }

    pub fn len(&self) -> u64 {
        self.count as u64
    }

    fn put(&mut self, hash: u64) -> bool {
        let home = ((u128::from(hash) * self.slots.len() as u128) >> 64) as usize;
        let (before, behind) = self.slots.split_at_mut(home);
        for slot in behind.iter_mut().chain(before) {
            if *slot == hash {
                return false;
            }
            if *slot == 0 {
                *slot = hash;
                self.count += 1;
                return true;
            }
        }
        // A table is never full.
        false
    }

    fn grow_to(&mut self, ids: usize) {
        let slots = (ids + ids / self.ids_per_empty_slot + 2).max(SLOTS_LEAST);
        let old = std::mem::replace(&mut self.slots, vec![0; slots]);
        self.count = 0;
        for hash in old.into_iter().filter(|hash| *hash != 0) {
            self.put(hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn an_id_is_new_once(mut seen: Seen) {
        let count = 100_000;
        for id in 0..count {
            assert!(seen.insert(&format!("id-{id}")), "{id}");
        }
        assert_eq!(seen.len(), count);
        for id in 0..count {
            assert!(!seen.insert(&format!("id-{id}")), "{id}");
        }
        assert_eq!(seen.len(), count);
    }

    #[test]
    fn an_id_is_new_once_whatever_length_was_expected() {
        for seen in [Seen::default(), Seen::small()] {
            for expected in [0, 1, 99_999, 100_000, 1_000_000, u64::MAX] {
                let mut seen = seen.another();
                seen.expect(expected);
                an_id_is_new_once(seen);
            }
            an_id_is_new_once(seen);
        }
    }

    #[test]
    fn a_right_total_takes_nine_bytes_an_id_at_most_or_twelve() {
        for (mut seen, bytes) in [(Seen::small().another(), 900_000), (Seen::default(), 1_200_100)] {
            seen.expect(100_000);
            for id in 0..100_000 {
                seen.insert(&format!("id-{id}"));
            }
            assert!(seen.slots.capacity() * 8 <= bytes, "{}", seen.slots.capacity());
        }
    }
}
