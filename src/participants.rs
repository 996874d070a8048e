//! Participants, as the service described them.

use std::ffi::CStr;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::date::Date;
use crate::page::json::JsonList;
use crate::page::{Field, Page, Paging};

/// One participant of a meeting: a user who was added to it, and may join it.
///
/// Only the id is sure. Any other field may be missing or null in the service's answer, and is `None` then.
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

    /// The id that your application gave the participant when it added them. `None` if the service sent none.
    pub fn custom_participant_id(&self) -> Option<&str> {
        self.text(Field::CustomParticipantId)
    }

    /// The name of the preset applied to the participant. `None` if the service sent none.
    pub fn preset_name(&self) -> Option<&str> {
        self.text(Field::PresetName)
    }

    /// When the participant was created: the text as sent, such as `2019-12-27T18:11:19.117Z`. `None` if the service
    /// sent none.
    pub fn created_at(&self) -> Option<&str> {
        self.text(Field::CreatedAt)
    }

    /// When the participant was last updated: the text as sent. `None` if the service sent none.
    pub fn updated_at(&self) -> Option<&str> {
        self.text(Field::UpdatedAt)
    }

    /// The participant's name. `None` if the service sent none.
    pub fn name(&self) -> Option<&str> {
        self.text(Field::Name)
    }

    /// The URL of a picture of the participant. `None` if the service sent none.
    pub fn picture(&self) -> Option<&str> {
        self.text(Field::Picture)
    }

    /// [`created_at`](Self::created_at) as an instant. `None` if there is no text, or it is not an RFC 3339 date.
    pub fn created_at_time(&self) -> Option<SystemTime> {
        Date::parse(self.created_at()?)?.time()
    }

    /// [`updated_at`](Self::updated_at) as an instant. `None` if there is no text, or it is not an RFC 3339 date.
    pub fn updated_at_time(&self) -> Option<SystemTime> {
        Date::parse(self.updated_at()?)?.time()
    }

    /// [`created_at`](Self::created_at) in milliseconds since the Unix epoch. `None` as for `created_at_time`.
    pub fn created_at_ms(&self) -> Option<i64> {
        Date::parse(self.created_at()?).map(Date::milliseconds)
    }

    /// [`updated_at`](Self::updated_at) in milliseconds since the Unix epoch. `None` as for `updated_at_time`.
    pub fn updated_at_ms(&self) -> Option<i64> {
        Date::parse(self.updated_at()?).map(Date::milliseconds)
    }

    /// The participant as the service sent it, unknown fields and all.
    pub fn to_json(&self) -> String {
        let mut json = Vec::new();
        self.page.push_json(self.row..self.row + 1, &mut json);
        // A page is text, so this can't fail. If it did, no parser would take the message for JSON.
        String::from_utf8(json).unwrap_or_else(|bug| bug.to_string())
    }

    fn text(&self, field: Field) -> Option<&str> {
        self.page.value(self.row as usize, field)
    }

    /// The text of a field for C: NUL-terminated and borrowed. A U+0000 in it reads as U+FFFD. `None` if the service
    /// sent none.
    ///
    /// For bindings to other languages; Rust programs read the fields by the methods named after them.
    pub fn c_str(&self, field: Field) -> Option<&CStr> {
        self.page.c_str(self.row as usize, field)
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
        let mut json = JsonList::default();
        for run in self.list.chunk_by(|a, b| Arc::ptr_eq(&a.page, &b.page) && a.row + 1 == b.row) {
            if let Some(first) = run.first() {
                json.push(&first.page, first.row..first.row + run.len() as u32);
            }
        }
        // As for one participant: it can't fail, and no parser would take the message for JSON.
        json.finish(self.paging).unwrap_or_else(|bug| bug.to_string())
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
