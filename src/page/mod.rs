//! A page: its text, and where in it the participants and their fields are.
//!
//! [`decode`] makes one from the bytes of a response: [`scan`] finds the participants and their fields. [`json`] and
//! `serialize` write participants out again.

pub(crate) mod decode;
pub(crate) mod json;
mod next_keys;
mod rows;
mod scan;
#[cfg(feature = "serde")]
pub(crate) mod serialize;
mod skip;
mod syntax;
mod text;
mod unescape;

use std::ops::Range;

use rows::Rows;
use text::PageText;

use crate::Error;

/// One page as the service sent it. Its text is the only copy of the values.
#[derive(Debug)]
pub(crate) struct Page {
    text: PageText,
    pub rows: Rows,
    pub paging: Paging,
}

impl Page {
    fn new(text: PageText, rows: Rows, paging: Paging) -> Result<Self, Error> {
        let page = Page { text, rows, paging };
        // Everything else may rely on this: an id is never missing.
        match (0..page.rows.len()).all(|row| page.value(row, Field::Id).is_some()) {
            true => Ok(page),
            false => Err(Error::internal("the id of a participant is outside its page")),
        }
    }

    /// The value of a field; `None` if the participant has none.
    pub fn value(&self, row: usize, field: Field) -> Option<&str> {
        self.text.value(self.rows.value(row, field)?)
    }

    pub fn id(&self, row: usize) -> &str {
        // `new` has checked that every row has one.
        self.value(row, Field::Id).unwrap_or_default()
    }

    /// The ids of all participants, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> + Clone {
        (0..self.rows.len()).map(|row| self.id(row))
    }

    /// The value of a field for C, with the NUL after it. A U+0000 in the value reads as U+FFFD.
    pub fn with_nul(&self, row: usize, field: Field) -> Option<&[u8]> {
        self.text.with_nul(self.rows.value(row, field)?)
    }

    /// The JSON of consecutive participants, as the service sent it. `None` if the page has no such rows.
    pub fn json(&self, rows: Range<u32>) -> Option<impl Iterator<Item = u8>> {
        self.text.json(self.rows.elements(rows)?)
    }
}

/// A text field of a participant, for [`Participant::text_with_nul`](crate::Participant::text_with_nul).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
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

impl Field {
    pub(crate) const COUNT: usize = 7;

    /// The field that has this key in the service's JSON.
    pub(crate) fn of_key(key: &[u8]) -> Option<Self> {
        match key {
            b"id" => Some(Field::Id),
            b"custom_participant_id" => Some(Field::CustomParticipantId),
            b"preset_name" => Some(Field::PresetName),
            b"created_at" => Some(Field::CreatedAt),
            b"updated_at" => Some(Field::UpdatedAt),
            b"name" => Some(Field::Name),
            b"picture" => Some(Field::Picture),
            _ => None,
        }
    }
}

/// What the service says about a page's place in the list; `None` where it says nothing usable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Paging {
    pub total_count: Option<u64>,
    pub start_offset: Option<u64>,
    pub end_offset: Option<u64>,
}
