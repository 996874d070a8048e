//! The ids that a pass has seen.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

/// How many ids wait to be merged at the least: below this, merging costs nothing.
const RECENT_LEAST: usize = 4096;

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
        if self.recent.len() > RECENT_LEAST.max(self.sorted.len() / 16) {
            self.merge();
        }
        true
    }

    pub fn len(&self) -> u64 {
        (self.sorted.len() + self.recent.len()) as u64
    }

    fn merge(&mut self) {
        self.sorted.reserve_exact(self.recent.len());
        self.sorted.extend(self.recent.drain());
        self.sorted.sort_unstable();
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
