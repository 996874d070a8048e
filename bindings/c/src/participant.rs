//! Participants.
//!
//! Only the id is always present. Any other field is NULL if it is missing or null in the response. The texts live as
//! long as the participant. Threads may read at the same time.

use std::ffi::c_char;

use crate::guard::guard;
use participants::{Field, Participant};

/// One participant. The `rtk_participants` or the `rtk_iter` that it came from owns it: never free it. It does not
/// change, so threads may share it.
pub struct rtk_participant {
    _opaque: (),
}

impl rtk_participant {
    /// C holds a pointer to a participant of the Rust API, and reads it through the functions here alone.
    pub(crate) fn pointer(participant: &Participant) -> *const Self {
        std::ptr::from_ref(participant).cast()
    }
}

/// # Safety
/// `participant` is NULL, or came from [`rtk_participant::pointer`] and its owner lives for `'a`.
unsafe fn borrow<'a>(participant: *const rtk_participant) -> Option<&'a Participant> {
    // SAFETY: the caller keeps the rules of this function.
    unsafe { participant.cast::<Participant>().as_ref() }
}

/// # Safety
/// As for [`borrow`].
unsafe fn text(participant: *const rtk_participant, field: Field) -> *const c_char {
    // SAFETY: the caller keeps the rules of this function.
    let text = || unsafe { borrow(participant) }.and_then(|participant| participant.text_with_nul(field));
    guard(std::ptr::null(), || text().map_or(std::ptr::null(), |text| text.as_ptr().cast()))
}

/// # Safety
/// As for [`borrow`].
unsafe fn date<'a>(participant: *const rtk_participant, read: impl FnOnce(&'a Participant) -> Option<i64>) -> i64 {
    // SAFETY: the caller keeps the rules of this function.
    guard(0, || unsafe { borrow(participant) }.map_or(0, |participant| read(participant).unwrap_or(i64::MIN)))
}

/// Returns the participant's id, a UUID. NULL only for a NULL participant.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participant_id(participant: *const rtk_participant) -> *const c_char {
    // SAFETY: NULL or a live participant, by the rules of the header.
    unsafe { text(participant, Field::Id) }
}

/// Returns the id that your application assigned when it added the participant; NULL if the service sent none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participant_custom_participant_id(participant: *const rtk_participant) -> *const c_char {
    // SAFETY: NULL or a live participant, by the rules of the header.
    unsafe { text(participant, Field::CustomParticipantId) }
}

/// Returns the name of the preset applied to the participant; NULL if the service sent none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participant_preset_name(participant: *const rtk_participant) -> *const c_char {
    // SAFETY: NULL or a live participant, by the rules of the header.
    unsafe { text(participant, Field::PresetName) }
}

/// Returns when the participant was created: the text as sent, such as `"2019-12-27T18:11:19.117Z"`; NULL if the
/// service sent none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participant_created_at(participant: *const rtk_participant) -> *const c_char {
    // SAFETY: NULL or a live participant, by the rules of the header.
    unsafe { text(participant, Field::CreatedAt) }
}

/// Returns when the participant was last updated: the text as sent; NULL if the service sent none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participant_updated_at(participant: *const rtk_participant) -> *const c_char {
    // SAFETY: NULL or a live participant, by the rules of the header.
    unsafe { text(participant, Field::UpdatedAt) }
}

/// Returns the participant's name; NULL if the service sent none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participant_name(participant: *const rtk_participant) -> *const c_char {
    // SAFETY: NULL or a live participant, by the rules of the header.
    unsafe { text(participant, Field::Name) }
}

/// Returns the URL of a picture of the participant; NULL if the service sent none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participant_picture(participant: *const rtk_participant) -> *const c_char {
    // SAFETY: NULL or a live participant, by the rules of the header.
    unsafe { text(participant, Field::Picture) }
}

/// Returns when the participant was created, in milliseconds since 1970-01-01T00:00:00Z; `INT64_MIN` if the service
/// sent no text, or one that is not an RFC 3339 date; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participant_created_at_ms(participant: *const rtk_participant) -> i64 {
    // SAFETY: NULL or a live participant, by the rules of the header.
    unsafe { date(participant, Participant::created_at_ms) }
}

/// Returns when the participant was last updated, in milliseconds since 1970-01-01T00:00:00Z; `INT64_MIN` if the
/// service sent no text, or one that is not an RFC 3339 date; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participant_updated_at_ms(participant: *const rtk_participant) -> i64 {
    // SAFETY: NULL or a live participant, by the rules of the header.
    unsafe { date(participant, Participant::updated_at_ms) }
}
