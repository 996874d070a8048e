//! The ids that a pass has seen.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

/// How many ids are kept in a hash table, which is fast but takes three times the memory.
const RECENT_MOST: usize = 1 << 16;

/// A set of ids that takes 8 bytes an id, so that walking a million participants one by one stays small.
///
/// It keeps a keyed 64-bit hash of each. Two of a million ids share one with a chance of 3 in 100 million; such a pair counts as an id
/// seen twice, which makes the answer incomplete, never wrongly complete. The key is random, so a service can't bring a pair about.
#[derive(Default)]
pub(crate) struct Seen {
    keyed: RandomState,
    sorted: Vec<u64>,
    recent: HashSet<u64, BuildHasherDefault<AlreadyHashed>>,
}

impl Seen {
    /// Adds an id; whether it is new.
    pub fn insert(&mut self, id: &str) -> bool {
        let hash = self.keyed.hash_one(id);
        if self.sorted.binary_search(&hash).is_ok() || !self.recent.insert(hash) {
            return false;
        }
        if self.recent.len() == RECENT_MOST {
            self.merge();
        }
        true
    }

    pub fn len(&self) -> u64 {
        (self.sorted.len() + self.recent.len()) as u64
    }

    /// Moves the recent ids in among the sorted ones, from the back, in place.
    fn merge(&mut self) {
        let mut recent: Vec<u64> = self.recent.drain().collect();
        recent.sort_unstable();
        let mut left = self.sorted.len();
        self.sorted.reserve_exact(recent.len());
        self.sorted.resize(left + recent.len(), 0);
        while let Some(largest) = recent.pop() {
            let at = self.sorted.get(..left).unwrap_or_default().partition_point(|hash| *hash < largest);
            self.sorted.copy_within(at..left, at + recent.len() + 1);
            if let Some(place) = self.sorted.get_mut(at + recent.len()) {
                *place = largest;
            }
            left = at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_however_many_there_are() {
        let mut seen = Seen::default();
        let count = 3 * RECENT_MOST + 17;
        for id in 0..count {
            assert!(seen.insert(&format!("id-{id}")), "{id}");
        }
        assert_eq!(seen.len(), count as u64);
        for id in 0..count {
            assert!(!seen.insert(&format!("id-{id}")), "{id}");
        }
        assert!(seen.sorted.is_sorted());
    }
}

/// The hashes are random already.
#[derive(Default)]
struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
