//! The text of a page, with NULs so that C can read the values in place. Only this file writes NULs, relies on them,
//! and restores the quotes.

use std::ops::Range;

use memchr::memchr;

use super::rows::Span;
use super::unescape::unescape;

/// The JSON of a page, and the values in it that were sent with escapes.
#[derive(Debug)]
pub(crate) struct PageText {
    /// As the service sent it, except that a NUL replaces the closing quote of every value of a known field. JSON never
    /// holds a NUL, so each one is such a quote.
    json: String,
    /// As [`push_decoded`] writes them. Not after the JSON, which would have to move to make room.
    decoded: String,
}

impl PageText {
    /// `values` are the places of all values, as if `decoded` followed `json`. Gives the JSON back if it is not UTF-8.
    pub fn new(mut json: Vec<u8>, decoded: Vec<u8>, values: impl Iterator<Item = Span>) -> Result<Self, Vec<u8>> {
        values.for_each(|value| {
            // Decoded values have their NUL.
            if let Some(closing_quote) = json.get_mut(value.end as usize) {
                *closing_quote = 0;
            }
        });
        let json = String::from_utf8(json).map_err(|e| restore_quotes(e.into_bytes()))?;
        // A decoded value that is not UTF-8 was not before it was decoded.
        let mut decoded = String::from_utf8(decoded).map_err(|_| restore_quotes(json.clone().into_bytes()))?;
        decoded.shrink_to_fit();
        Ok(PageText { json, decoded })
    }

    /// The text that a value is in, and where in it.
    fn find(&self, value: Span) -> (&str, Range<usize>) {
        match value.range().start.checked_sub(self.json.len()) {
            None => (&self.json, value.range()),
            Some(start) => (&self.decoded, start..start + value.range().len()),
        }
    }

    pub fn value(&self, value: Span) -> Option<&str> {
        let (text, range) = self.find(value);
        text.get(range)
    }

    /// A value for C, with the NUL after it. A U+0000 in the value reads as U+FFFD.
    pub fn with_nul(&self, value: Span) -> Option<&[u8]> {
        let Range { start, end } = value.range();
        let Some(start) = start.checked_sub(self.json.len()) else {
            return self.json.as_bytes().get(start..=end).filter(|with_nul| with_nul.last() == Some(&0));
        };
        let length = value.range().len();
        let (with_nul, rest) = self.decoded.as_bytes().get(start..)?.split_at_checked(length + 1)?;
        // JSON has no NUL, so only a decoded value can hold one. Its copy for C comes next.
        match memchr(0, with_nul)? == length {
            true => Some(with_nul),
            false => rest.get(..=memchr(0, rest)?),
        }
    }

    /// A part of the JSON, as the service sent it. `None` if there is no such part.
    pub fn json(&self, part: Span) -> Option<impl Iterator<Item = u8>> {
        let part = self.json.get(part.range())?;
        let blank = [' ', '\n', '\r', '\t'];
        let part = part.trim_end_matches(blank);
        let part = part.strip_suffix(',').unwrap_or(part).trim_end_matches(blank);
        Some(part.bytes().map(or_quote))
    }
}

/// Appends a value that was sent with escapes, decoded, and a NUL. If it holds a U+0000 itself, a copy for C follows,
/// in which that reads as U+FFFD, and another NUL. Returns the length of the value.
pub(super) fn push_decoded(value: &[u8], decoded: &mut Vec<u8>) -> Option<usize> {
    let start = decoded.len();
    unescape(value, decoded)?;
    let end = decoded.len();
    decoded.push(0);
    if memchr(0, decoded.get(start..end)?).is_some() {
        for at in start..end {
            match *decoded.get(at)? {
                0 => decoded.extend_from_slice("\u{FFFD}".as_bytes()),
                byte => decoded.push(byte),
            }
        }
        decoded.push(0);
    }
    Some(end - start)
}

fn restore_quotes(json: Vec<u8>) -> Vec<u8> {
    json.into_iter().map(or_quote).collect()
}

/// A byte of the JSON as the service sent it: a NUL replaces a quote.
fn or_quote(byte: u8) -> u8 {
    if byte == 0 { b'"' } else { byte }
}
