//! One JSON object like the endpoint's, put together from the participants of many pages.

use std::ops::Range;

use crate::Error;
use crate::page::{Page, Paging};

/// The most memory that is reserved before there is anything to put there, in bytes.
const MAX_RESERVED: u64 = 64 * 1024 * 1024;

const BEGINNING: &[u8] = b"{\"data\":[";

/// The beginning of the object: the participants so far.
#[derive(Debug, Default)]
pub(crate) struct JsonList {
    /// Empty, or the beginning and some participants.
    text: Vec<u8>,
    /// A page did not have the rows that were to be added.
    has_gap: bool,
}

impl JsonList {
    /// Adds consecutive participants of a page.
    pub fn push(&mut self, page: &Page, rows: Range<u32>) {
        let (count, start, is_first) = (rows.len() as u64, self.text.len(), self.text.is_empty());
        self.separate();
        match page.json(rows) {
            Some(json) => self.text.extend(json),
            None => self.has_gap = true,
        }
        if is_first {
            let added = self.text.len() - start;
            let pages = page.paging.total_count.unwrap_or(0) / count.max(1);
            let expected = pages.saturating_mul(added as u64 + 64).min(MAX_RESERVED);
            // The service alone says how long the list is. What is reserved is not touched before it is needed, and the
            // system may refuse it.
            let _ = self.text.try_reserve(expected as usize);
        }
    }

    /// Adds the participants of another list.
    pub fn append(&mut self, more: &JsonList) {
        self.has_gap |= more.has_gap;
        if let Some(elements) = more.text.get(BEGINNING.len()..) {
            self.separate();
            self.text.extend_from_slice(elements);
        }
    }

    fn separate(&mut self) {
        match self.text.is_empty() {
            true => self.text.extend_from_slice(BEGINNING),
            false => self.text.push(b','),
        }
    }

    /// The whole object.
    pub fn finish(mut self, paging: Paging) -> Result<String, Error> {
        if self.has_gap {
            return Err(Error::internal("a participant is outside its page"));
        }
        if self.text.is_empty() {
            self.text.extend_from_slice(BEGINNING);
        }
        let Paging { total_count, start_offset, end_offset } = paging;
        let [total_count, start_offset, end_offset] =
            [total_count, start_offset, end_offset].map(Option::unwrap_or_default);
        let paging =
            format!(r#"{{"total_count":{total_count},"start_offset":{start_offset},"end_offset":{end_offset}}}"#);
        let end = format!(r#"],"paging":{paging},"success":true}}"#);
        self.text.extend_from_slice(end.as_bytes());
        String::from_utf8(self.text).map_err(|e| Error::internal(e.utf8_error()))
    }
}
