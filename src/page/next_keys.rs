//! Remembers which key follows which in participants.
//!
//! Most participants of a list have the same keys in the same order, with the same blanks between them. So the next key
//! need not be read: it is enough to compare the text with what came last time in the same place. A participant that
//! lacks a field, or has one more, costs one key that is read. In the same way, an unknown member often has the value
//! that it had in the participant before.

use super::Field;
use super::rows::Span;

/// The longest text that is remembered: `,"custom_participant_id":` and seven blanks.
const MAX_LENGTH: usize = 32;

/// How many unknown members of a participant are told apart.
const MAX_UNKNOWN: usize = 4;

/// Where in a participant a key is expected.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Place(usize);

impl Place {
    const COUNT: usize = Field::COUNT + MAX_UNKNOWN + 1;
    /// After the opening brace.
    pub const BEGIN: Place = Place(Place::COUNT - 1);

    pub fn after(field: Field) -> Self {
        Place(field as usize)
    }

    /// After this many unknown members, at least one, and the value of the last of them.
    pub fn after_unknown(count: usize) -> Self {
        Place(Field::COUNT + count.min(MAX_UNKNOWN) - 1)
    }
}

/// A key of a participant.
#[derive(Clone, Copy)]
pub(super) struct Key {
    /// `None` if it is unknown.
    pub field: Option<Field>,
    /// Where the key is in the page: in this participant, or in an earlier one.
    pub span: Span,
}

/// The key that came last in each place.
#[derive(Default)]
pub(super) struct NextKeys([Option<Expected>; Place::COUNT]);

/// The text from the end of a value to the beginning of the next, with a key in it.
#[derive(Clone, Copy)]
struct Expected {
    text: [u8; MAX_LENGTH],
    /// 0xff for each byte of the text, and 0 for the rest.
    mask: [u8; MAX_LENGTH],
    length: usize,
    key: Key,
    /// The value of the last unknown member with this key. Empty if there was none.
    value: Span,
}

impl NextKeys {
    /// If this text begins as expected in this place: the key, and the length of what precedes its value.
    #[inline(always)]
    pub fn expected(&self, place: Place, text: &[u8]) -> Option<(Key, usize)> {
        let expected = self.0.get(place.0)?.as_ref()?;
        let text: &[u8; MAX_LENGTH] = text.first_chunk()?;
        // All bytes are compared, which is faster than as many as needed: there is no loop.
        let differences =
            text.iter().zip(&expected.text).zip(&expected.mask).fold(0, |all, ((a, b), mask)| all | ((a ^ b) & mask));
        (differences == 0).then_some((expected.key, expected.length))
    }

    /// Expects this text in this place from now on, unless it is too long.
    pub fn learn(&mut self, place: Place, key: Key, text: &[u8]) {
        let mut expected =
            Expected { text: [0; MAX_LENGTH], mask: [0; MAX_LENGTH], length: text.len(), key, value: Span::default() };
        if let (Some(slot), Some(to), Some(mask)) =
            (self.0.get_mut(place.0), expected.text.get_mut(..text.len()), expected.mask.get_mut(..text.len()))
        {
            to.copy_from_slice(text);
            mask.fill(0xff);
            *slot = Some(expected);
        }
    }

    /// The value of the last unknown member whose key was in this place. Empty if there was none.
    pub fn last_value(&self, place: Place) -> Span {
        self.0.get(place.0).and_then(Option::as_ref).map(|expected| expected.value).unwrap_or_default()
    }

    /// Notes the value of the unknown member whose key was in this place.
    pub fn learn_value(&mut self, place: Place, value: Span) {
        if let Some(Some(expected)) = self.0.get_mut(place.0) {
            expected.value = value;
        }
    }
}
