//! The text of a page, with NULs so that C can read the values in place. Only this file writes NULs, relies on them,
//! and restores the quotes.

use std::ffi::CStr;

use super::rows::Span;
use crate::Error;

/// The JSON of a page as the service sent it, except that a NUL replaces the closing quote of every value of a known
/// field. JSON never holds a NUL, so each one is such a quote.
///
/// A value that was sent with escapes follows the JSON once more, decoded, with a NUL of its own. If it holds a U+0000
/// itself, a copy for C follows, in which that reads as U+FFFD.
#[derive(Debug)]
pub(crate) struct PageText(String);

impl PageText {
    /// `decoded` holds the values that were sent with escapes, as [`push_decoded`] writes them. `values` are the places
    /// of all values, in `json` with `decoded` after it.
    pub fn new(json: String, decoded: &str, values: impl Iterator<Item = Span>) -> Result<Self, Error> {
        let length = json.len();
        let mut bytes = json.into_bytes();
        for value in values {
            // Decoded values have their NUL.
            if let Some(closing_quote) = bytes.get_mut(..length).and_then(|json| json.get_mut(value.end as usize)) {
                *closing_quote = 0;
            }
        }
        bytes.extend_from_slice(decoded.as_bytes());
        String::from_utf8(bytes).map(PageText).map_err(|e| Error::internal(e.utf8_error()))
    }

    pub fn value(&self, value: Span) -> Option<&str> {
        self.0.get(value.range())
    }

    /// A value for C. A U+0000 in it reads as U+FFFD.
    pub fn c_str(&self, value: Span) -> Option<&CStr> {
        let text = self.0.as_bytes();
        let with_nul = text.get(value.start as usize..=value.end as usize)?;
        match CStr::from_bytes_with_nul(with_nul) {
            Ok(value) => Some(value),
            // A NUL within the value: its copy for C comes next.
            Err(_) => CStr::from_bytes_until_nul(text.get(value.end as usize + 1..)?).ok(),
        }
    }

    /// A part of the JSON, as the service sent it. `None` if there is no such part.
    pub fn json(&self, part: Span) -> Option<impl Iterator<Item = u8>> {
        let part = self.0.get(part.range())?;
        let blank = [' ', '\n', '\r', '\t'];
        let part = part.trim_end_matches(blank);
        let part = part.strip_suffix(',').unwrap_or(part).trim_end_matches(blank);
        Some(part.bytes().map(|byte| if byte == 0 { b'"' } else { byte }))
    }
}

/// Appends a value that was sent with escapes, for [`PageText::new`].
pub(crate) fn push_decoded(decoded: &mut String, value: &str) {
    decoded.push_str(value);
    decoded.push('\0');
    if value.contains('\0') {
        decoded.push_str(&value.replace('\0', "\u{FFFD}"));
        decoded.push('\0');
    }
}
