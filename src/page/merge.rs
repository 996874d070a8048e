//! Participants of many pages, copied into one, so that a long list is in few large blocks of memory.

use super::rows::{Rows, Span};
use super::text::PageText;
use super::{Page, Paging};

/// A page that is put together.
pub(crate) struct MergedPage {
    text: PageText,
    rows: Rows,
}

impl MergedPage {
    pub fn with_room(bytes: usize) -> Self {
        MergedPage { text: PageText::with_room(bytes), rows: Rows::for_json_of(bytes) }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Copies as many of these participants as there is room for. Returns how many.
    pub fn push(&mut self, page: &Page, rows: &[u32]) -> usize {
        rows.iter().take_while(|row| self.push_row(page, **row).is_some()).count()
    }

    fn push_row(&mut self, page: &Page, row: u32) -> Option<()> {
        let MergedPage { text, rows } = self;
        let json = page.rows.elements(row..row + 1)?;
        let is_last = row as usize + 1 == page.rows.len();
        if !text.has_room_for(json) {
            return None;
        }
        let start = text.end();
        let moved = |at: u32| (at - json.start) + start;
        let row = rows.moved(&page.rows, row as usize, start, |value| match page.text.is_decoded(value) {
            true => text.push_decoded(&page.text, value),
            false => Some(Span { start: moved(value.start), end: moved(value.end) }),
        })?;
        text.push_json(&page.text, json)?;
        if is_last {
            // The others have one.
            text.push_comma();
        }
        rows.push(row);
        Some(())
    }

    pub fn finish(mut self) -> Page {
        self.text.shrink_to_fit();
        self.rows.finish(self.text.end());
        Page { text: self.text, rows: self.rows, paging: Paging::default() }
    }
}
