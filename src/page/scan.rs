//! Finds the participants and their fields in the text of a page, in one pass and without copying them.
//!
//! It reads strings, objects and lists itself, and leaves all other values to serde_json. It detects a text that is not
//! a page; [`decode`](crate::page::decode) explains why, with serde_json. docs/performance.md says what the scanner
//! gains.

use std::borrow::Cow;
use std::fmt;

use memchr::memchr;
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use serde_json::value::RawValue;

use super::Field;
use super::rows::{Rows, Span};
use super::text::push_decoded;

/// What a page holds.
pub(crate) struct ScannedPage<'a> {
    /// `None` if `data` is missing or null.
    pub rows: Option<Rows>,
    pub paging: Option<&'a str>,
    /// The values that were sent with escapes, decoded, for [`PageText::new`](super::text::PageText::new).
    pub decoded: String,
}

/// The usual length of a short participant, to reserve memory for the rows of a page.
const SHORT_PARTICIPANT: usize = 192;

/// Where the values of a participant's fields are, in the order of [`Field`].
type Fields = [Option<Span>; Field::COUNT];

/// Scans a page. If it is not what the API promises, the error is the path to the first problem, such as `data[3].id`.
pub(crate) fn page(text: &str) -> Result<ScannedPage<'_>, String> {
    let clean = is_clean(text.as_bytes());
    let mut scanner = Scanner { text, at: 0, clean, row: None, key: None, decoded: String::new() };
    scanner.page().ok_or_else(|| scanner.path())
}

/// The layout of a participant's JSON: everything but the values of its fields, in order.
#[derive(Default)]
struct Layout {
    /// A field, and the text between its value and the value before it.
    fields: Vec<(Field, Span)>,
    /// The text after the last value, the closing brace included.
    end: Option<Span>,
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// The text has no backslash and no control character, so a string ends at the next quote.
    clean: bool,
    /// The current participant, and the current key in it or, outside the list, in the outer object.
    row: Option<usize>,
    key: Option<Span>,
    decoded: String,
}

impl<'a> Scanner<'a> {
    fn page(&mut self) -> Option<ScannedPage<'a>> {
        let (mut rows, mut paging, mut success) = (None, None, None);
        self.expect(b'{')?;
        let mut over = self.is_empty(b'}');
        while !over {
            match &*self.key()? {
                "data" if rows.is_none() => rows = Some(self.list_or_null()?),
                "paging" if paging.is_none() => paging = Some(self.value()?),
                "success" if success.is_none() => success = Some(self.value()?),
                "data" | "paging" | "success" => return None,
                _ => {
                    self.value()?;
                }
            }
            over = self.ends(b'}')?;
        }
        self.key = None;
        self.blanks();
        let whole = self.at == self.text.len() && matches!(success, None | Some("true" | "null"));
        whole.then(|| ScannedPage { rows: rows.flatten(), paging, decoded: std::mem::take(&mut self.decoded) })
    }

    fn path(&self) -> String {
        let key = self.key.and_then(|key| self.text.get(key.range()));
        match (self.row, key) {
            (Some(row), Some(key)) => format!("data[{row}].{key}"),
            (Some(row), None) => format!("data[{row}]"),
            (None, key) => key.unwrap_or_default().to_string(),
        }
    }

    fn list_or_null(&mut self) -> Option<Option<Rows>> {
        self.blanks();
        match self.null() {
            Some(()) => Some(None),
            None => self.list().map(Some),
        }
    }

    fn list(&mut self) -> Option<Rows> {
        self.expect(b'[')?;
        if self.is_empty(b']') {
            return Some(Rows::default());
        }
        self.peek()?;
        let mut rows = Rows::with_capacity((self.text.len() - self.at) / SHORT_PARTICIPANT);
        let mut layout = Layout::default();
        loop {
            self.row = Some(rows.len());
            self.key = None;
            self.blanks();
            let start = self.at;
            let fields = self.row_like(&layout).or_else(|| {
                self.at = start;
                self.row(&mut layout)
            })?;
            rows.push(u32::try_from(start).ok()?, fields);
            if self.ends(b']')? {
                self.row = None;
                rows.finish(u32::try_from(self.at).ok()? - 1);
                return Some(rows);
            }
        }
    }

    /// A participant with the layout of the one before, as most have: only the values are scanned. docs/performance.md
    /// says what this gains.
    fn row_like(&mut self, layout: &Layout) -> Option<Fields> {
        let end = layout.end?;
        let mut fields = Fields::default();
        for (field, between) in &layout.fields {
            self.skip(*between)?;
            let value = self.plain_string();
            if value.is_none() {
                self.null().filter(|()| *field != Field::Id)?;
            }
            *fields.get_mut(*field as usize)? = value;
        }
        self.skip(end)?;
        Some(fields)
    }

    /// A participant of any layout. Keeps the layout.
    fn row(&mut self, layout: &mut Layout) -> Option<Fields> {
        layout.fields.clear();
        let mut fields = Fields::default();
        let mut before = self.at;
        self.expect(b'{')?;
        loop {
            let key = self.key()?;
            let field = Field::of_key(&key);
            self.blanks();
            match field {
                None => {
                    self.value()?;
                }
                Some(field) => {
                    layout.fields.push((field, Span::new(before, self.at)?));
                    let value = self.field()?;
                    if value.is_none() && field == Field::Id {
                        return None;
                    }
                    // Of two members with the same name the last one counts, as in other JSON parsers.
                    *fields.get_mut(field as usize)? = value;
                    before = self.at;
                }
            }
            if self.ends(b'}')? {
                break;
            }
        }
        self.key = None;
        layout.end = Some(Span::new(before, self.at)?);
        fields.first()?.is_some().then_some(fields)
    }

    /// Skips a text that is the same as the one at `like`.
    fn skip(&mut self, like: Span) -> Option<()> {
        let like = self.text.as_bytes().get(like.range())?;
        self.text.as_bytes().get(self.at..)?.starts_with(like).then(|| self.at += like.len())
    }

    fn null(&mut self) -> Option<()> {
        self.text.as_bytes().get(self.at..)?.starts_with(b"null").then(|| self.at += 4)
    }

    /// The value of a field: a string, or null, which counts as missing.
    fn field(&mut self) -> Option<Option<Span>> {
        if let Some(plain) = self.plain_string() {
            return Some(Some(plain));
        }
        match self.value()? {
            "null" => Some(None),
            escaped => {
                let value: Text = serde_json::from_str(escaped).ok()?;
                self.keep_decoded(&value.decode()).map(Some)
            }
        }
    }

    /// Keeps a decoded value, and returns where it will be: after the text.
    fn keep_decoded(&mut self, value: &str) -> Option<Span> {
        let start = self.text.len() + self.decoded.len();
        push_decoded(&mut self.decoded, value);
        Span::new(start, start + value.len())
    }

    /// The key of an object's member, and the colon after it.
    fn key(&mut self) -> Option<Cow<'a, str>> {
        self.blanks();
        self.key = self.plain_string();
        let key = match self.key {
            Some(key) => Cow::Borrowed(self.text.get(key.range())?),
            // A key that is not Unicode, such as half of a surrogate pair, is unknown. Treat it as the empty key, which
            // is unknown, too.
            None if self.peek()? == b'"' => Cow::Owned(serde_json::from_str(self.value()?).unwrap_or_default()),
            None => return None,
        };
        self.expect(b':')?;
        Some(key)
    }

    /// A string without escapes: where the text between its quotes is.
    fn plain_string(&mut self) -> Option<Span> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let content = rest.strip_prefix(b"\"")?;
        let length = memchr(b'"', content)?;
        if !self.clean && !is_clean(content.get(..length)?) {
            return None;
        }
        let start = self.at + 1;
        self.at = start + length + 1;
        Span::new(start, start + length)
    }

    /// Any value.
    fn value(&mut self) -> Option<&'a str> {
        self.blanks();
        let mut values = serde_json::Deserializer::from_str(self.text.get(self.at..)?).into_iter::<&'a RawValue>();
        let value = values.next()?.ok()?;
        self.at += values.byte_offset();
        Some(value.get())
    }

    /// Whether the list or object that begins here is empty.
    fn is_empty(&mut self, end: u8) -> bool {
        self.blanks();
        let empty = self.peek() == Some(end);
        self.at += usize::from(empty);
        empty
    }

    /// Whether a list or an object ends here. `false`: a comma follows.
    fn ends(&mut self, end: u8) -> Option<bool> {
        match self.next()? {
            b',' => Some(false),
            byte => (byte == end).then_some(true),
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    /// The next byte that is not whitespace.
    fn next(&mut self) -> Option<u8> {
        self.blanks();
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }
}

/// Whether a text has neither a backslash nor a control character. The loop never ends early, so that the compiler can
/// check 32 bytes at a time.
fn is_clean(text: &[u8]) -> bool {
    text.iter().fold(true, |clean, byte| clean & (*byte != b'\\') & (*byte >= 0x20))
}

/// Makes a string of decoded bytes: UTF-8, except for lone surrogates of three bytes each, which become U+FFFD.
fn without_surrogates(mut bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    while let Some(chunk) = bytes.utf8_chunks().next() {
        text.push_str(chunk.valid());
        let surrogate = if chunk.invalid().is_empty() { 0 } else { 3 };
        text.extend((surrogate > 0).then_some(char::REPLACEMENT_CHARACTER));
        bytes = bytes.get(chunk.valid().len() + surrogate..).unwrap_or_default();
    }
    text
}

/// A JSON string: borrowed from the body or, if it has escapes, decoded.
pub(crate) struct Text<'a>(Cow<'a, [u8]>);

impl Text<'_> {
    pub fn decode(&self) -> String {
        without_surrogates(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Read as bytes, a lone surrogate (half of a truncated emoji) is accepted. As a string, it would fail the list.
        deserializer.deserialize_bytes(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_bytes<E: de::Error>(self, value: &'de [u8]) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(value)))
    }

    fn visit_bytes<E: de::Error>(self, value: &[u8]) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(value.to_vec())))
    }
}
