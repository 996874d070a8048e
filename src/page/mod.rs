//! A page: its text, and where in it the participants and their fields are.

pub(crate) mod decode;
pub(crate) mod json;
pub(crate) mod scan;

use std::ffi::CStr;
use std::ops::Range;

/// One page as the service sent it: its text, and where in it the participants and their fields are.
///
/// The text is the only copy. The closing quote of every field's value is a NUL in it, so that C reads the value where it
/// stands; no NUL is ever part of JSON, which makes turning it back into a quote safe. A value that was written with escapes
/// stands once more behind the JSON, decoded and with its own NUL.
#[derive(Debug)]
pub(crate) struct Page {
    pub text: String,
    pub rows: Rows,
    pub paging: Paging,
}

/// Where the participants of a page stand in its text.
///
/// Of a million participants in memory, these places are a tenth: they are kept small, 32 bytes a participant.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    rows: Vec<Row>,
    /// The values that are too far from the beginning of their participant, or too long, for a [`Place`].
    far: Vec<Span>,
    /// Where the list of participants ends.
    end: u32,
}

#[derive(Debug)]
struct Row {
    start: u32,
    /// In the order of [`Field`].
    fields: [Place; 7],
}

/// Where a value stands: 15 bits of distance from the beginning of its participant and 16 bits of length; with the highest bit set, an
/// index of [`Rows::far`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place(u32);

/// A part of a page's text. Bodies are limited to 64 MiB, so 32 bits do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl Place {
    const ABSENT: Place = Place(u32::MAX);
    const FAR: u32 = 1 << 31;

    fn near(row: u32, value: Span) -> Option<Place> {
        let distance = u16::try_from(value.start.checked_sub(row)?).ok().filter(|distance| *distance < 1 << 15)?;
        let length = u16::try_from(value.end.checked_sub(value.start)?).ok()?;
        Some(Place(u32::from(distance) << 16 | u32::from(length)))
    }
}

impl Rows {
    pub fn with_capacity(rows: usize) -> Self {
        Rows { rows: Vec::with_capacity(rows), ..Rows::default() }
    }

    pub fn push(&mut self, start: u32, fields: [Option<Span>; 7]) {
        let fields = fields.map(|value| match value {
            None => Place::ABSENT,
            Some(value) => Place::near(start, value).unwrap_or_else(|| {
                self.far.push(value);
                Place(Place::FAR | (self.far.len() - 1) as u32)
            }),
        });
        self.rows.push(Row { start, fields });
    }

    /// Says where the list ends; nothing more is pushed.
    pub fn finish(&mut self, end: u32) {
        self.end = end;
        self.rows.shrink_to_fit();
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn value(&self, row: usize, field: Field) -> Option<Span> {
        let row = self.rows.get(row)?;
        self.span(row, *row.fields.get(field as usize)?)
    }

    /// Where all the values stand.
    pub fn values(&self) -> impl Iterator<Item = Span> {
        self.rows.iter().flat_map(|row| row.fields.iter().filter_map(|place| self.span(row, *place)))
    }

    fn span(&self, row: &Row, place: Place) -> Option<Span> {
        match place {
            Place::ABSENT => None,
            Place(far) if far & Place::FAR != 0 => self.far.get((far & !Place::FAR) as usize).copied(),
            Place(near) => {
                let start = row.start + (near >> 16);
                Some(Span { start, end: start + (near & 0xffff) })
            }
        }
    }
}

impl Page {
    fn text(&self, span: Span) -> Option<&str> {
        self.text.get(span.range())
    }

    pub fn value(&self, row: usize, field: Field) -> Option<&str> {
        self.text(self.rows.value(row, field)?)
    }

    pub fn id(&self, row: usize) -> &str {
        self.value(row, Field::Id).unwrap_or_default()
    }

    /// A value with its NUL, for C. A U+0000 in the value reads as U+FFFD.
    pub fn c_str(&self, row: usize, field: Field) -> Option<&CStr> {
        let Span { start, end } = self.rows.value(row, field)?;
        let with_nul = self.text.as_bytes().get(start as usize..=end as usize)?;
        // A NUL within the value: a copy without it stands behind that.
        let whole = CStr::from_bytes_with_nul(with_nul).ok();
        whole.or_else(|| CStr::from_bytes_until_nul(self.text.as_bytes().get(end as usize + 1..)?).ok())
    }

    /// The JSON of participants that stand one behind the other, with NULs for closing quotes.
    pub fn elements(&self, rows: Range<u32>) -> &str {
        let start_of = |row: u32| self.rows.rows.get(row as usize).map_or(self.rows.end, |row| row.start);
        let blank = [' ', '\n', '\r', '\t'];
        let elements = self
            .text(Span { start: start_of(rows.start), end: start_of(rows.end) })
            .unwrap_or_default()
            .trim_end_matches(blank);
        elements.strip_suffix(',').unwrap_or(elements).trim_end_matches(blank)
    }
}

/// A text field of a participant, for [`Participant::c_str`](crate::Participant::c_str).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    // In the order of `Row::fields`.
    /// The participant's id.
    Id,
    /// The id that your application gave the participant.
    CustomParticipantId,
    /// The name of the preset.
    PresetName,
    /// When the participant was created, as sent.
    CreatedAt,
    /// When the participant was last updated, as sent.
    UpdatedAt,
    /// The participant's name.
    Name,
    /// The URL of a picture.
    Picture,
}

/// What the service says about a page's place in the list; `None` where it says nothing usable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Paging {
    pub total_count: Option<u64>,
    pub start_offset: Option<u64>,
    pub end_offset: Option<u64>,
}
