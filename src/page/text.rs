//! The text of a page, with NULs so that C can read the values in place. Only this file writes NULs, relies on them,
//! and restores the quotes.

use memchr::memchr;

use super::rows::Span;
use super::unescape::unescape;

/// The JSON of a page as the service sent it, except that a NUL replaces the closing quote of every value of a known
/// field. JSON never holds a NUL, so each one is such a quote.
///
/// A value that was sent with escapes follows the JSON once more, decoded, with a NUL of its own. If it holds a U+0000
/// itself, a copy for C follows, in which that reads as U+FFFD.
#[derive(Debug)]
pub(crate) struct PageText {
    text: String,
    /// The length of the JSON. What follows it are decoded values.
    json_length: usize,
}

impl PageText {
    /// `decoded` holds the values that were sent with escapes, as [`push_decoded`] writes them. `values` are the places
    /// of all values, in `json` with `decoded` after it. Gives the JSON back if it is not UTF-8.
    pub fn new(json: Vec<u8>, decoded: &[u8], values: impl Iterator<Item = Span>) -> Result<Self, Vec<u8>> {
        let (json_length, mut bytes) = (json.len(), json);
        values.for_each(|value| {
            // Decoded values have their NUL.
            if let Some(closing_quote) = bytes.get_mut(value.end as usize) {
                *closing_quote = 0;
            }
        });
        // `extend` alone would reserve twice the memory.
        bytes.reserve_exact(decoded.len());
        bytes.extend_from_slice(decoded);
        match String::from_utf8(bytes) {
            Ok(text) => Ok(PageText { text, json_length }),
            Err(e) => Err(e.into_bytes().into_iter().take(json_length).map(or_quote).collect()),
        }
    }

    pub fn value(&self, value: Span) -> Option<&str> {
        self.text.get(value.range())
    }

    /// A value for C, with the NUL after it. A U+0000 in the value reads as U+FFFD.
    pub fn with_nul(&self, value: Span) -> Option<&[u8]> {
        let text = self.text.as_bytes();
        let with_nul = text.get(value.start as usize..=value.end as usize)?;
        let contains_nul = || memchr(0, with_nul).is_some_and(|at| at + 1 < with_nul.len());
        // JSON has no NUL, so only a decoded value can have one.
        if (value.start as usize) < self.json_length || !contains_nul() {
            return Some(with_nul);
        }
        // Its copy for C comes next.
        let copy = text.get(value.end as usize + 1..)?;
        copy.get(..=memchr(0, copy)?)
    }

    /// A part of the JSON, as the service sent it. `None` if there is no such part.
    pub fn json(&self, part: Span) -> Option<impl Iterator<Item = u8>> {
        let part = self.text.get(part.range())?;
        let blank = [' ', '\n', '\r', '\t'];
        let part = part.trim_end_matches(blank);
        let part = part.strip_suffix(',').unwrap_or(part).trim_end_matches(blank);
        Some(part.bytes().map(or_quote))
    }
}

/// Appends a value that was sent with escapes, decoded, for [`PageText::new`]. Returns its length.
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

/// A byte of the JSON as the service sent it: a NUL replaces a quote.
fn or_quote(byte: u8) -> u8 {
    if byte == 0 { b'"' } else { byte }
}
