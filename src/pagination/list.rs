//! Everyone as a list. The pages of a long one are merged: they are then in few large blocks of memory, which cost the
//! system much less than many small ones.

use std::sync::Arc;

use crate::Participant;
use crate::page::Page;
use crate::page::merge::MergedPage;
use crate::pagination::collect::Collection;

/// How much JSON is merged at most, in bytes. Who keeps one participant keeps all of it. A multiple of the system's
/// large pages.
const MAX_MERGED: u64 = 4 * 1024 * 1024;

/// A list with at least so much JSON is long. The memory of shorter ones is often used again by the next call.
const LONG: u64 = 8 * 1024 * 1024;

/// For how many participants room is made before they have arrived.
const MAX_RESERVED: u64 = 4 * 1024 * 1024;

/// The participants of many pages, in order.
#[derive(Default)]
pub(super) struct List {
    participants: Vec<Participant>,
    /// Those that come next, while more pages are added to them.
    merged: Option<MergedPage>,
}

impl List {
    pub fn finish(mut self) -> Vec<Participant> {
        self.finish_merged();
        self.participants
    }

    fn finish_merged(&mut self) {
        if let Some(merged) = self.merged.take() {
            let page = Arc::new(merged.finish());
            self.participants.extend((0..page.rows.len() as u32).map(|row| Participant::of(&page, row)));
        }
    }

    /// Begins to merge pages if the list is long, as far as this page tells.
    fn begin_merged(&mut self, page: &Page) -> Option<MergedPage> {
        let rows = page.rows.len() as u32;
        let bytes = page.rows.elements(0..rows)?.range().len() as u64;
        let total = page.paging.total_count?;
        let json_of = |participants: u64| participants.saturating_mul(bytes) / u64::from(rows).max(1);
        if json_of(total) < LONG {
            return None;
        }
        let left = total.saturating_sub(self.participants.len() as u64);
        // The service alone says how long the list is. What is reserved is not touched before it is needed, and the
        // system may refuse it.
        let _ = self.participants.try_reserve(left.min(MAX_RESERVED) as usize);
        Some(MergedPage::with_room(json_of(left).min(MAX_MERGED) as usize))
    }
}

impl Collection for List {
    type Page = Arc<Page>;

    fn add(&mut self, page: &Arc<Page>, mut rows: &[u32]) {
        while !rows.is_empty() {
            if self.merged.is_none() {
                self.merged = self.begin_merged(page);
            }
            let Some(merged) = &mut self.merged else { break };
            let taken = merged.push(page, rows);
            rows = rows.get(taken..).unwrap_or_default();
            let is_empty = merged.len() == 0;
            if !rows.is_empty() {
                self.finish_merged();
            }
            // A participant that is longer than all that is merged.
            if is_empty {
                break;
            }
        }
        self.participants.add(page, rows);
    }

    fn append(&mut self, more: Self) {
        self.finish_merged();
        self.participants.extend(more.finish());
    }
}
