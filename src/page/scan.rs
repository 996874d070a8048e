//! Finds the participants and their fields in the JSON of a page, in one pass and without copying them.
//!
//! It detects a text that is not a page; [`decode`](crate::page::decode) explains why, with serde_json, and checks that
//! the text is UTF-8. docs/performance.md says what the scanner gains.

use std::borrow::Cow;

use super::Field;
use super::next_keys::{Key, NextKeys, Place};
use super::rows::{Position, Row, Rows, Span};
use super::syntax::{Content, Reader};
use super::text::push_decoded;
use super::unescape::unescape;

/// What a page holds.
pub(super) struct ScannedPage {
    /// `None` if `data` is missing or null.
    pub rows: Option<Rows>,
    pub paging: Option<Span>,
    /// The values that were sent with escapes, decoded, for [`PageText::new`](super::text::PageText::new).
    pub decoded: Vec<u8>,
}

/// The usual length of a short participant, to reserve memory for the rows of a page.
const SHORT_PARTICIPANT: usize = 192;

/// The longest JSON, so that 32 bits are enough for every position. The decoded values, whose positions follow, are at
/// most twice as long: one that holds a U+0000 is there twice.
const MAX_LENGTH: usize = u32::MAX as usize / 3;

/// Scans a page. If it is not what the API promises, the error is the path to the first problem, such as `data[3].id`.
pub(super) fn page(json: &[u8]) -> Result<ScannedPage, String> {
    let mut scanner =
        Scanner { reader: Reader::new(json), row: None, key: None, decoded: Vec::new(), open: Vec::new() };
    let page = if json.len() <= MAX_LENGTH { scanner.page() } else { None };
    page.ok_or_else(|| scanner.path())
}

struct Scanner<'a> {
    reader: Reader<'a>,
    /// The current participant, and the current key in it or, outside the list, in the outer object.
    row: Option<usize>,
    key: Option<Span>,
    decoded: Vec<u8>,
    /// For [`Reader::value`].
    open: Vec<u8>,
}

impl Scanner<'_> {
    fn page(&mut self) -> Option<ScannedPage> {
        let (mut rows, mut paging, mut success) = (None, None, None);
        self.reader.expect(b'{')?;
        let mut over = self.reader.eat(b'}');
        while !over {
            self.key = None;
            let key = self.reader.key()?;
            self.key = Some(key.span);
            match &*self.key_bytes(key)? {
                b"data" if rows.is_none() => rows = Some(self.list_or_null()?),
                b"paging" if paging.is_none() => paging = Some(self.reader.value(&mut self.open)?),
                b"success" if success.is_none() => success = Some(self.reader.value(&mut self.open)?),
                b"data" | b"paging" | b"success" => return None,
                _ => drop(self.reader.value(&mut self.open)?),
            }
            over = self.reader.ends(b'}')?;
        }
        self.key = None;
        self.reader.skip_blanks();
        let success = success.map(|value| self.reader.json.get(value.range()));
        let is_page = self.reader.peek().is_none() && matches!(success, None | Some(Some(b"true" | b"null")));
        is_page.then(|| ScannedPage { rows: rows.flatten(), paging, decoded: std::mem::take(&mut self.decoded) })
    }

    fn path(&self) -> String {
        let key = self.key.and_then(|key| self.reader.json.get(key.range())).map(String::from_utf8_lossy);
        match (self.row, key) {
            (Some(row), Some(key)) => format!("data[{row}].{key}"),
            (Some(row), None) => format!("data[{row}]"),
            (None, key) => key.unwrap_or_default().to_string(),
        }
    }

    fn list_or_null(&mut self) -> Option<Option<Rows>> {
        match self.reader.word(b"null") {
            Some(()) => Some(None),
            None => self.list().map(Some),
        }
    }

    fn list(&mut self) -> Option<Rows> {
        self.reader.expect(b'[')?;
        if self.reader.eat(b']') {
            return Some(Rows::default());
        }
        // If the text ends here, the error is in `data`, and not in its first participant.
        self.reader.peek()?;
        let mut rows = Rows::with_capacity((self.reader.json.len() - self.reader.at) / SHORT_PARTICIPANT);
        let mut keys = NextKeys::default();
        loop {
            self.row = Some(rows.len());
            self.key = None;
            self.reader.skip_blanks();
            let row = self.row(&mut rows, &mut keys)?;
            rows.push(row);
            if self.reader.ends(b']')? {
                self.row = None;
                rows.finish(self.reader.at as u32 - 1);
                return Some(rows);
            }
        }
    }

    /// A participant. Not inlined, and with a reader of its own, so that the position is in a register.
    #[inline(never)]
    fn row(&mut self, rows: &mut Rows, keys: &mut NextKeys) -> Option<Row> {
        let mut reader = self.reader;
        let mut row = Row::new(reader.at as u32);
        reader.expect(b'{')?;
        let mut place = Place::BEGIN;
        let mut unknown = 0;
        while let Some(key) = self.next_key(&mut reader, place, keys)? {
            self.key = Some(key.span);
            place = match key.field {
                Some(field) => {
                    // Of two members with the same name the last one counts, as in other JSON parsers.
                    row.set(field, self.field_value(&mut reader, field, row.start, rows)?);
                    Place::after(field)
                }
                None => {
                    if reader.value_like(keys.last_value(place)).is_none() {
                        keys.learn_value(place, reader.value(&mut self.open)?);
                    }
                    unknown += 1;
                    Place::after_unknown(unknown)
                }
            };
        }
        self.key = None;
        self.reader = reader;
        row.has_id().then_some(row)
    }

    /// The next key of a participant, and what is between it and its value. `None` within: there is no other key.
    #[inline(always)]
    fn next_key(&mut self, reader: &mut Reader, place: Place, keys: &mut NextKeys) -> Option<Option<Key>> {
        if let Some((key, length)) = keys.expected(place, reader.json.get(reader.at..)?) {
            reader.at += length;
            reader.skip_blanks();
            return Some(Some(key));
        }
        let before = reader.at;
        let over = if place == Place::BEGIN { reader.eat(b'}') } else { reader.ends(b'}')? };
        if over {
            return Some(None);
        }
        self.key = None;
        let content = reader.key()?;
        let key = Key { field: Field::of_key(&self.key_bytes(content)?), span: content.span };
        keys.learn(place, key, reader.json.get(before..reader.at)?);
        Some(Some(key))
    }

    fn key_bytes(&self, key: Content) -> Option<Cow<'_, [u8]>> {
        let bytes = self.reader.json.get(key.span.range())?;
        if !key.has_escapes {
            return Some(Cow::Borrowed(bytes));
        }
        let mut decoded = Vec::new();
        unescape(bytes, &mut decoded)?;
        Some(Cow::Owned(decoded))
    }

    /// The value of a field: a string, or null, which counts as missing. An id is never missing.
    #[inline(always)]
    fn field_value(&mut self, reader: &mut Reader, field: Field, row: u32, rows: &mut Rows) -> Option<Position> {
        let Some(Content { span, has_escapes }) = reader.string() else {
            return reader.word(b"null").filter(|()| field != Field::Id).map(|()| Position::ABSENT);
        };
        let value = if has_escapes { self.decode(span)? } else { span };
        Some(rows.position(row, value))
    }

    /// Decodes a value that was sent with escapes. Returns its place, as if the decoded values followed the JSON.
    fn decode(&mut self, content: Span) -> Option<Span> {
        let start = self.reader.json.len() + self.decoded.len();
        let length = push_decoded(self.reader.json.get(content.range())?, &mut self.decoded)?;
        Some(Span { start: start as u32, end: (start + length) as u32 })
    }
}
