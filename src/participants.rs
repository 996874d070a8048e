//! Participants as the service sent them: one, and a list of them.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::SystemTime;

use crate::Error;
use crate::date::Date;
use crate::page::json::JsonList;
use crate::page::{Field, Page, Paging};

/// One participant of a meeting: somebody who was added to it and may join it.
///
/// Only the id is always there. Any other field may be missing or null in the service's response; then it is `None`.
///
/// A participant shares the memory of the page it came with. So cloning it is cheap, and keeping it keeps that page in
/// memory.
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

    /// The URL of the participant's picture. `None` if the service sent none.
    pub fn picture(&self) -> Option<&str> {
        self.text(Field::Picture)
    }

    /// [`created_at`](Self::created_at) as a point in time. `None` if the service sent none, or the text is not an RFC
    /// 3339 date; on Windows, whose clock begins in 1601, also for an earlier date.
    pub fn created_at_time(&self) -> Option<SystemTime> {
        Date::parse(self.created_at()?)?.time()
    }

    /// [`updated_at`](Self::updated_at) as a point in time. `None` if the service sent none, or the text is not an RFC
    /// 3339 date; on Windows, whose clock begins in 1601, also for an earlier date.
    pub fn updated_at_time(&self) -> Option<SystemTime> {
        Date::parse(self.updated_at()?)?.time()
    }

    /// [`created_at`](Self::created_at) in milliseconds since the Unix epoch. `None` if the service sent none, or the
    /// text is not an RFC 3339 date.
    pub fn created_at_ms(&self) -> Option<i64> {
        Date::parse(self.created_at()?).map(Date::milliseconds)
    }

    /// [`updated_at`](Self::updated_at) in milliseconds since the Unix epoch. `None` if the service sent none, or the
    /// text is not an RFC 3339 date.
    pub fn updated_at_ms(&self) -> Option<i64> {
        Date::parse(self.updated_at()?).map(Date::milliseconds)
    }

    /// The participant's JSON as the service sent it, including fields that this library does not know.
    pub fn to_json(&self) -> String {
        // This can't fail: the page has the row, and is text. If it did, no parser would take the message for JSON.
        match self.json() {
            Some(json) => String::from_utf8(json.collect()).unwrap_or_else(|bug| bug.to_string()),
            None => Error::internal("a participant is outside its page").to_string(),
        }
    }

    fn json(&self) -> Option<impl Iterator<Item = u8>> {
        self.page.json(self.row..self.row + 1)
    }

    fn text(&self, field: Field) -> Option<&str> {
        self.page.value(self.row as usize, field)
    }

    /// The text of a field for C: UTF-8, and the NUL that ends it. A U+0000 in the text reads as U+FFFD, so there is no
    /// other NUL. `None` if the service sent none.
    ///
    /// For bindings to other languages. In Rust, use the method named after the field.
    pub fn text_with_nul(&self, field: Field) -> Option<&[u8]> {
        self.page.with_nul(self.row as usize, field)
    }
}

/// A map of all members as the service sent them, in its order, including those that this library does not know. `null`
/// is serialized as `None`, which formats without a null leave out. A number is a `u64`, an `i64`, or else the nearest
/// `f64`; [`to_json`](Participant::to_json) keeps its digits. Fails if a number is out of range, or lists and objects
/// are nested more than 128 deep.
#[cfg(feature = "serde")]
impl serde::Serialize for Participant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::page::serialize::serialize(&self.to_json(), serializer)
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
        let is_same = Arc::ptr_eq(&self.page, &other.page) && self.row == other.row;
        is_same || self.json().zip(other.json()).is_some_and(|(ours, theirs)| ours.eq(theirs))
    }
}

impl Eq for Participant {}

/// Hashes only the id: equal participants have the same.
impl Hash for Participant {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

/// The participants of a meeting, or one page of them.
///
/// Two lists are equal when they have equal participants in the same order, and the same total, offsets and
/// completeness.
#[derive(Clone, PartialEq, Eq)]
pub struct Participants {
    list: Vec<Participant>,
    paging: Paging,
    complete: bool,
}

impl Participants {
    pub(crate) fn new(list: Vec<Participant>, paging: Paging, complete: bool) -> Self {
        Participants { list, paging, complete }
    }

    /// The number of participants in this list.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether this list is empty.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The participant at `index`, counted from 0, in the service's order. `None` past the end.
    pub fn get(&self, index: usize) -> Option<&Participant> {
        self.list.get(index)
    }

    /// The participants in the service's order.
    pub fn iter(&self) -> std::slice::Iter<'_, Participant> {
        self.list.iter()
    }

    /// The number of participants in the meeting, as the service last said. 0 if it said nothing usable.
    pub fn total_count(&self) -> u64 {
        self.paging.total_count.unwrap_or(0)
    }

    /// For one page: the position of its first participant in the whole list, counted from 1, as the service said; 0 if
    /// it said nothing usable. For everyone: 1, or 0 if the list is empty.
    pub fn start_offset(&self) -> u64 {
        self.paging.start_offset.unwrap_or(0)
    }

    /// For one page: the position of its last participant in the whole list, as the service said; 0 if it said nothing
    /// usable. For everyone: the number of participants.
    pub fn end_offset(&self) -> u64 {
        self.paging.end_offset.unwrap_or(0)
    }

    /// Whether this is everyone: no change of the service's list was seen while it was read, and this list has as many
    /// different ids as the service says. A page is complete if it holds everyone.
    ///
    /// One change can't be seen: one participant leaves and another joins between two requests. Then somebody may be
    /// missing all the same.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// One JSON object like the endpoint's (`data`, `paging`, `success`). It has every participant as the service sent
    /// it, including fields that this library does not know.
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

/// A sequence of the participants. The totals, and whether it is everyone, are not part of it;
/// [`to_json`](Participants::to_json) has an object with the totals.
#[cfg(feature = "serde")]
impl serde::Serialize for Participants {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
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
