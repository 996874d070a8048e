//! Participants, as the service described them.

use std::ffi::CStr;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

/// One page as the service sent it: its text, and where in it the participants and their fields are.
///
/// The text is the only copy. The closing quote of every field's value is a NUL in it, so that C reads the value where it
/// stands; no NUL is ever part of JSON, which makes turning it back into a quote safe. A value that was written with escapes
/// stands once more behind the JSON, decoded and with its own NUL.
#[derive(Debug)]
pub(crate) struct Page {
    pub text: String,
    pub rows: Vec<Row>,
    pub paging: Paging,
}

/// Where one participant stands in its page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub json: Span,
    /// In the order of [`Field`].
    pub fields: [Span; 7],
}

/// A part of a page's text. Bodies are limited to 64 MiB, so 32 bits do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: u32,
    pub end: u32,
}

/// The fields of a participant, as indices of [`Row::fields`].
#[derive(Debug, Clone, Copy)]
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

impl Span {
    pub(crate) const NONE: Span = Span { start: u32::MAX, end: u32::MAX };

    fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl Page {
    fn text(&self, span: Span) -> Option<&str> {
        self.text.get(span.range())
    }

    pub fn id(&self, row: usize) -> &str {
        self.rows.get(row).and_then(|row| self.text(*row.fields.first()?)).unwrap_or_default()
    }
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
        let mut json = String::new();
        self.push_json(&mut json);
        json
    }

    /// [`id`](Self::id) for C: NUL-terminated, borrowed, a U+0000 in it reads as U+FFFD.
    pub fn id_c_str(&self) -> &CStr {
        self.c_str(Field::Id).unwrap_or_default()
    }

    /// [`custom_participant_id`](Self::custom_participant_id) for C, like [`id_c_str`](Self::id_c_str).
    pub fn custom_participant_id_c_str(&self) -> &CStr {
        self.c_str(Field::CustomParticipantId).unwrap_or_default()
    }

    /// [`preset_name`](Self::preset_name) for C, like [`id_c_str`](Self::id_c_str).
    pub fn preset_name_c_str(&self) -> &CStr {
        self.c_str(Field::PresetName).unwrap_or_default()
    }

    /// [`created_at`](Self::created_at) for C, like [`id_c_str`](Self::id_c_str).
    pub fn created_at_c_str(&self) -> &CStr {
        self.c_str(Field::CreatedAt).unwrap_or_default()
    }

    /// [`updated_at`](Self::updated_at) for C, like [`id_c_str`](Self::id_c_str).
    pub fn updated_at_c_str(&self) -> &CStr {
        self.c_str(Field::UpdatedAt).unwrap_or_default()
    }

    /// [`name`](Self::name) for C, like [`id_c_str`](Self::id_c_str).
    pub fn name_c_str(&self) -> Option<&CStr> {
        self.c_str(Field::Name)
    }

    /// [`picture`](Self::picture) for C, like [`id_c_str`](Self::id_c_str).
    pub fn picture_c_str(&self) -> Option<&CStr> {
        self.c_str(Field::Picture)
    }

    fn row(&self) -> Option<&Row> {
        self.page.rows.get(self.row as usize)
    }

    fn span(&self, field: Field) -> Option<Span> {
        self.row()?.fields.get(field as usize).copied()
    }

    fn text(&self, field: Field) -> Option<&str> {
        self.page.text(self.span(field)?)
    }

    fn c_str(&self, field: Field) -> Option<&CStr> {
        let Range { start, end } = self.span(field)?.range();
        let bytes = self.page.text.as_bytes();
        let value = CStr::from_bytes_until_nul(bytes.get(start..)?).ok()?;
        if start + value.count_bytes() == end {
            return Some(value);
        }
        // The value itself holds a U+0000; the copy without it stands behind it.
        CStr::from_bytes_until_nul(bytes.get(end + 1..)?).ok()
    }

    fn push_json(&self, json: &mut String) {
        let element = self.row().and_then(|row| self.page.text(row.json)).unwrap_or_default();
        for (i, part) in element.split('\0').enumerate() {
            if i > 0 {
                json.push('"');
            }
            json.push_str(part);
        }
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
        let size: usize = self.list.iter().filter_map(Participant::row).map(|row| row.json.range().len() + 1).sum();
        let mut json = String::with_capacity(size + 128);
        json.push_str("{\"data\":[");
        for (i, participant) in self.list.iter().enumerate() {
            if i > 0 {
                json.push(',');
            }
            participant.push_json(&mut json);
        }
        json.push_str(&format!(
            "],\"paging\":{{\"total_count\":{},\"start_offset\":{},\"end_offset\":{}}},\"success\":true}}",
            self.total_count(),
            self.start_offset(),
            self.end_offset()
        ));
        json
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
