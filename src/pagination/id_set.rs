//! The set of participant ids that a pass has seen.

use std::hash::BuildHasher;
use std::hint::black_box;

use foldhash::quality::RandomState;

/// The most ids for each empty slot of a table, in a fast set and in a small one.
const MAX_FILL_FAST: usize = 2;
const MAX_FILL_SMALL: usize = 7;

/// The largest total that memory is reserved for before the ids have arrived.
const MAX_RESERVED: u64 = 1 << 21;

/// How many ids the smallest table holds.
const MIN_IDS: usize = 64;

/// A set of ids that takes 9 bytes an id, or 7 if it is a small one.
///
/// It keeps 48 bits of a keyed 64-bit hash of each id, near the place that the whole hash points to. Among a million
/// ids, the chance that two are taken for one is 1 in 10 million, or 4 in 10 million in a small set. Such a pair counts
/// as one id seen twice, which makes a result incomplete, never wrongly complete. The key is random and the service
/// sees no hash, so it can't construct such a pair. (Who sees hashes of foldhash can find the key.)
pub(crate) struct IdSet {
    hasher: RandomState,
    max_fill: usize,
    /// There is one, unless there are more ids than were expected. All but the last are full.
    tables: Vec<Table>,
    len: usize,
}

impl Default for IdSet {
    fn default() -> Self {
        IdSet { hasher: RandomState::default(), max_fill: MAX_FILL_FAST, tables: Vec::new(), len: 0 }
    }
}

impl IdSet {
    /// A small set: a million ids take 7 MB. Adding is slower. Where all participants are kept in memory, the smaller
    /// set saves little.
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
        if self.tables.is_empty() {
            self.add_table(total.min(MAX_RESERVED) as usize);
        }
    }

    /// Adds an id. Returns whether it is new.
    pub fn insert(&mut self, id: &str) -> bool {
        let hash = self.hash(id);
        self.insert_hash(hash)
    }

    /// Adds ids. Returns for each whether it is new.
    pub fn insert_all<'a>(&mut self, ids: impl Iterator<Item = &'a str>) -> impl ExactSizeIterator<Item = bool> {
        // Every look-up waits for memory. Reading all slots first, with nothing to decide in between, lets the CPU wait
        // for many at the same time.
        let hashes: Vec<u64> = ids.map(|id| self.hash(id)).collect();
        if let Some(table) = self.tables.last() {
            black_box(hashes.iter().fold(0, |all, hash| {
                all ^ table.slots.get(home(*hash, table.slots.len())).map_or(0, |slot| slot.0[0])
            }));
        }
        hashes.into_iter().map(|hash| self.insert_hash(hash))
    }

    pub fn len(&self) -> u64 {
        self.len as u64
    }

    fn hash(&self, id: &str) -> u64 {
        self.hasher.hash_one(id)
    }

    fn insert_hash(&mut self, hash: u64) -> bool {
        if let Some((last, full)) = self.tables.split_last_mut() {
            if full.iter().any(|table| table.contains(hash)) {
                return false;
            }
            if last.room > 0 {
                let is_new = last.insert(hash);
                self.len += usize::from(is_new);
                return is_new;
            }
            if last.contains(hash) {
                return false;
            }
        }
        // Room for as many again.
        self.add_table(self.len);
        let is_new = self.tables.last_mut().is_some_and(|table| table.insert(hash));
        self.len += usize::from(is_new);
        is_new
    }

    fn add_table(&mut self, ids: usize) {
        self.tables.push(Table::new(ids.max(MIN_IDS), self.max_fill));
    }
}

/// 48 bits of a hash, as a number; 0 is an empty slot.
#[derive(Clone, Copy, Default)]
struct Slot([u8; 6]);

impl Slot {
    fn new(fingerprint: u64) -> Self {
        let [a, b, c, d, e, f, ..] = fingerprint.to_le_bytes();
        Slot([a, b, c, d, e, f])
    }

    fn fingerprint(self) -> u64 {
        let [a, b, c, d, e, f] = self.0;
        u64::from_le_bytes([a, b, c, d, e, f, 0, 0])
    }
}

/// An open-addressing table: a fingerprint is in the slot that its hash points to, or in a later one with no empty slot
/// in between.
struct Table {
    slots: Vec<Slot>,
    /// How many more ids it may hold.
    room: usize,
}

impl Table {
    fn new(ids: usize, max_fill: usize) -> Self {
        Table { slots: vec![Slot::default(); ids + ids / max_fill + 1], room: ids }
    }

    /// Adds a hash if it is new. There must be room.
    fn insert(&mut self, hash: u64) -> bool {
        let (home, fingerprint) = (home(hash, self.slots.len()), fingerprint(hash));
        let (before, after) = self.slots.split_at_mut(home);
        for slot in after.iter_mut().chain(before) {
            match slot.fingerprint() {
                0 => {
                    *slot = Slot::new(fingerprint);
                    self.room = self.room.saturating_sub(1);
                    return true;
                }
                found if found == fingerprint => return false,
                _ => {}
            }
        }
        // Not reached: a table is never full.
        false
    }

    fn contains(&self, hash: u64) -> bool {
        let (home, fingerprint) = (home(hash, self.slots.len()), fingerprint(hash));
        let (before, after) = self.slots.split_at(home);
        let probed = after.iter().chain(before).map(|slot| slot.fingerprint());
        probed.take_while(|found| *found != 0).any(|found| found == fingerprint)
    }
}

/// The slot that a hash points to: its high bits, scaled.
fn home(hash: u64, slots: usize) -> usize {
    ((u128::from(hash) * slots as u128) >> 64) as usize
}

fn fingerprint(hash: u64) -> u64 {
    /// An odd number, which mixes all bits of the hash into the high ones. Without that, fingerprints near each other
    /// would have the same high bits, which chose the slot, and would tell fewer ids apart.
    const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
    (hash.wrapping_mul(MIX) >> 16).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each_id_is_new_once(mut ids: IdSet) {
        let count = 20_000;
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
            for reserved in [0, 1, 19_999, 20_000, 200_000, u64::MAX] {
                let mut ids = ids.empty_clone();
                ids.reserve(reserved);
                each_id_is_new_once(ids);
            }
            each_id_is_new_once(ids);
        }
    }

    #[test]
    fn id_takes_at_most_9_bytes_or_7_in_a_small_set_if_the_total_is_right() {
        for (mut ids, bytes) in [(IdSet::small().empty_clone(), 700_000), (IdSet::default(), 900_100)] {
            ids.reserve(100_000);
            for id in 0..100_000 {
                ids.insert(&format!("id-{id}"));
            }
            let taken: usize = ids.tables.iter().map(|table| size_of_val(table.slots.as_slice())).sum();
            assert!(taken <= bytes, "{taken}");
        }
    }
}
