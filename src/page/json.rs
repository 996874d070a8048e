//! The JSON of many participants, put together from what the service sent.

use std::ops::Range;

use crate::page::{Page, Paging};

/// The most memory that is set aside before there is anything to put there, in bytes.
const EXPECTED_MOST: u64 = 64 * 1024 * 1024;

const BEGINNING: &[u8] = b"{\"data\":[";

/// One JSON object as the endpoint's, as far as it has come.
#[derive(Debug, Default)]
pub(crate) struct Json {
    /// Empty, or the beginning and some participants.
    text: Vec<u8>,
}

impl Json {
    /// Adds participants that stand one behind the other on a page, in one piece.
    pub fn push(&mut self, page: &Page, rows: Range<u32>) {
        let count = rows.len() as u64;
        let elements = page.elements(rows);
        if self.text.is_empty() {
            let pages = page.paging.total_count.unwrap_or(0) / count.max(1) + 1;
            // What is set aside on the service's word alone is not touched before it is needed, and may be refused.
            let _ = self.text.try_reserve(pages.saturating_mul(elements.len() as u64 + 64).min(EXPECTED_MOST) as usize);
        }
        self.separate();
        self.text.extend(elements.bytes().map(|byte| if byte == 0 { b'"' } else { byte }));
    }

    /// Adds the participants of another one.
    pub fn append(&mut self, more: &Json) {
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

    pub fn finish(mut self, paging: Paging) -> String {
        if self.text.is_empty() {
            self.text.extend_from_slice(BEGINNING);
        }
        let Paging { total_count, start_offset, end_offset } = paging;
        let [total_count, start_offset, end_offset] =
            [total_count, start_offset, end_offset].map(Option::unwrap_or_default);
        let end = format!(
            r#"],"paging":{{"total_count":{total_count},"start_offset":{start_offset},"end_offset":{end_offset}}},"success":true}}"#
        );
        self.text.extend_from_slice(end.as_bytes());
        // It is: all of it comes from texts, and a quote is as good as a NUL.
        String::from_utf8(self.text).unwrap_or_default()
    }
}
