//! Participants, as the service described them.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use crate::json::Json;

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

    pub fn id(&self, row: usize) -> &str {
        self.rows.value(row, Field::Id).and_then(|id| self.text(id)).unwrap_or_default()
    }

    /// The JSON of participants that stand one behind the other, with NULs for closing quotes.
    pub fn elements(&self, rows: Range<u32>) -> &str {
        let start_of = |row: u32| self.rows.rows.get(row as usize).map_or(self.rows.end, |row| row.start);
        let blank = [' ', '\n', '\r', '\t'];
        let elements = self.text(Span { start: start_of(rows.start), end: start_of(rows.end) }).unwrap_or_default().trim_end_matches(blank);
        elements.strip_suffix(',').unwrap_or(elements).trim_end_matches(blank)
    }
}

/// The fields of a participant, as indices of [`Row::fields`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Id,
    CustomParticipantId,
    PresetName,
    CreatedAt,
    UpdatedAt,
    Name,
    Picture,
}

/// What the service says about a page's place in the list; `None` where it says nothing usable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Paging {
    pub total_count: Option<u64>,
    pub start_offset: Option<u64>,
    pub end_offset: Option<u64>,
}

/// One participant of a meeting.
///
/// It shares the memory of the page it came with, so cloning it is cheap, and keeping it keeps that page.
#[derive(Clone)]
pub struct Participant {
    page: Arc<Page>,
    row: u32,
}

impl Participant {
    pub(crate) fn of(page: &Arc<Page>, row: u32) -> Self {
        Participant { page: Arc::clone(page), row }
    }

    /// The participant's id, a UUID.
    pub fn id(&self) -> &str {
        self.text(Field::Id).unwrap_or_default()
    }

    /// The id that the client application gave the participant.
    pub fn custom_participant_id(&self) -> &str {
        self.text(Field::CustomParticipantId).unwrap_or_default()
    }

    /// The name of the preset applied to the participant.
    pub fn preset_name(&self) -> &str {
        self.text(Field::PresetName).unwrap_or_default()
    }

    /// When the participant was created: the text as sent, such as `2019-12-27T18:11:19.117Z`.
    pub fn created_at(&self) -> &str {
        self.text(Field::CreatedAt).unwrap_or_default()
    }

    /// When the participant was last updated: the text as sent.
    pub fn updated_at(&self) -> &str {
        self.text(Field::UpdatedAt).unwrap_or_default()
    }

    /// The participant's name; `None` where the service gave none.
    pub fn name(&self) -> Option<&str> {
        self.text(Field::Name)
    }

    /// The URL of a picture of the participant; `None` where the service gave none.
    pub fn picture(&self) -> Option<&str> {
        self.text(Field::Picture)
    }

    /// [`created_at`](Self::created_at) as an instant; `None` where the text is no RFC 3339 date.
    pub fn created_at_time(&self) -> Option<SystemTime> {
        instant(self.created_at()).map(SystemTime::from)
    }

    /// [`updated_at`](Self::updated_at) as an instant; `None` where the text is no RFC 3339 date.
    pub fn updated_at_time(&self) -> Option<SystemTime> {
        instant(self.updated_at()).map(SystemTime::from)
    }

    /// [`created_at`](Self::created_at) in milliseconds since the Unix epoch; `None` where the text is no RFC 3339 date.
    pub fn created_at_ms(&self) -> Option<i64> {
        instant(self.created_at()).map(|t| t.as_millisecond())
    }

    /// [`updated_at`](Self::updated_at) in milliseconds since the Unix epoch; `None` where the text is no RFC 3339 date.
    pub fn updated_at_ms(&self) -> Option<i64> {
        instant(self.updated_at()).map(|t| t.as_millisecond())
    }

    /// The participant as the service sent it, unknown fields and all.
    pub fn to_json(&self) -> String {
        self.page.elements(self.row..self.row + 1).replace('\0', "\"")
    }

    fn span(&self, field: Field) -> Option<Span> {
        self.page.rows.value(self.row as usize, field)
    }

    fn text(&self, field: Field) -> Option<&str> {
        self.page.text(self.span(field)?)
    }

    /// A value and its NUL, for C, and what stands behind them. A U+0000 in the value reads as U+FFFD.
    pub(crate) fn c_text(&self, field: Field) -> Option<&[u8]> {
        let Span { start, end } = self.span(field)?;
        let text = self.page.text.as_bytes();
        // In JSON a U+0000 is written as an escape, so it can only be in a value that was decoded: a copy without it stands behind that.
        let decoded = start >= self.page.rows.end;
        let replaced = decoded && text.get(start as usize..end as usize)?.contains(&0);
        text.get(if replaced { end as usize + 1 } else { start as usize }..)
    }
}

impl fmt::Debug for Participant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Participant")
            .field("id", &self.id())
            .field("custom_participant_id", &self.custom_participant_id())
            .field("preset_name", &self.preset_name())
            .field("name", &self.name())
            .field("picture", &self.picture())
            .field("created_at", &self.created_at())
            .field("updated_at", &self.updated_at())
            .finish()
    }
}

/// Two participants are equal when the service sent the same text for both.
impl PartialEq for Participant {
    fn eq(&self, other: &Self) -> bool {
        self.to_json() == other.to_json()
    }
}

fn instant(text: &str) -> Option<jiff::Timestamp> {
    text.parse().ok()
}

/// The participants of a meeting, or one page of them.
#[derive(Clone)]
pub struct Participants {
    list: Vec<Participant>,
    paging: Paging,
    complete: bool,
}

impl Participants {
    pub(crate) fn new(list: Vec<Participant>, paging: Paging, complete: bool) -> Self {
        Participants { list, paging, complete }
    }

    /// How many participants this holds.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether this holds no participant.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The participant at `index`, from 0, in the service's order; `None` past the end.
    pub fn get(&self, index: usize) -> Option<&Participant> {
        self.list.get(index)
    }

    /// The participants in the service's order.
    pub fn iter(&self) -> std::slice::Iter<'_, Participant> {
        self.list.iter()
    }

    /// How many participants the meeting has, as the service last said; 0 where it said nothing usable.
    pub fn total_count(&self) -> u64 {
        self.paging.total_count.unwrap_or(0)
    }

    /// For a page: the place of its first participant, as the service said (it counts from 1); 0 where it said nothing usable.
    /// For everyone: 1, or 0 where there is no participant.
    pub fn start_offset(&self) -> u64 {
        self.paging.start_offset.unwrap_or(0)
    }

    /// For a page: the place of its last participant, as the service said; 0 where it said nothing usable. For everyone: their number.
    pub fn end_offset(&self) -> u64 {
        self.paging.end_offset.unwrap_or(0)
    }

    /// Whether this is everyone: the list held still while it was read, and there are as many as the service says.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// One JSON object as the endpoint's (`data`, `paging`, `success`). Every participant is as the service sent it, unknown fields and all.
    pub fn to_json(&self) -> String {
        let mut json = Json::default();
        for run in self.list.chunk_by(|a, b| Arc::ptr_eq(&a.page, &b.page) && a.row + 1 == b.row) {
            if let Some(first) = run.first() {
                json.push(&first.page, first.row..first.row + run.len() as u32);
            }
        }
        json.finish(self.paging)
    }
}

impl<'a> IntoIterator for &'a Participants {
    type Item = &'a Participant;
    type IntoIter = std::slice::Iter<'a, Participant>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Participants {
    type Item = Participant;
    type IntoIter = std::vec::IntoIter<Participant>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl fmt::Debug for Participants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Participants")
            .field("total_count", &self.total_count())
            .field("start_offset", &self.start_offset())
            .field("end_offset", &self.end_offset())
            .field("is_complete", &self.complete)
            .field("participants", &self.list)
            .finish()
    }
}
