//! Lists.

use std::ffi::{CString, c_char};
use std::sync::OnceLock;

use crate::error::c_string;
use crate::guard::{free, guard, write};
use crate::participant::rtk_participant;
use participants::Participants;

/// A list: everyone in a meeting, or one page, in the service's order. You own it: free it with
/// `rtk_participants_free`. It outlives the client. It does not change, so threads may share it.
pub struct rtk_participants {
    list: Participants,
    /// Made on first use.
    json: OnceLock<CString>,
}

impl From<Participants> for rtk_participants {
    fn from(list: Participants) -> Self {
        rtk_participants { list, json: OnceLock::new() }
    }
}

/// # Safety
/// `participants` is NULL or a live handle.
unsafe fn read<T>(participants: *const rtk_participants, missing: T, read: impl FnOnce(&Participants) -> T) -> T
where
    T: Copy,
{
    // SAFETY: the caller keeps the rules of this function.
    guard(missing, || unsafe { participants.as_ref() }.map_or(missing, |participants| read(&participants.list)))
}

/// Returns how many participants are in the list. 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participants_count(participants: *const rtk_participants) -> usize {
    // SAFETY: NULL or a live handle, by the rules of the header.
    unsafe { read(participants, 0, Participants::len) }
}

/// Returns the participant at `index`, which counts from 0; NULL past the end, and for NULL. The list owns it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participants_at(
    participants: *const rtk_participants,
    index: usize,
) -> *const rtk_participant {
    let null = std::ptr::null();
    // SAFETY: NULL or a live handle, by the rules of the header.
    unsafe { read(participants, null, |list| list.get(index).map_or(null, rtk_participant::pointer)) }
}

/// Returns how many participants the meeting has, as the service last said; 0 if it said nothing usable, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participants_total_count(participants: *const rtk_participants) -> u64 {
    // SAFETY: NULL or a live handle, by the rules of the header.
    unsafe { read(participants, 0, Participants::total_count) }
}

/// For a page: returns the place of its first participant in the meeting's list, as the service said (it counts from
/// 1); 0 if it said nothing usable. For everyone: 1, or 0 if there is no participant. 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participants_start_offset(participants: *const rtk_participants) -> u64 {
    // SAFETY: NULL or a live handle, by the rules of the header.
    unsafe { read(participants, 0, Participants::start_offset) }
}

/// For a page: returns the place of its last participant, as the service said; 0 if it said nothing usable. For
/// everyone: the number of participants. 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participants_end_offset(participants: *const rtk_participants) -> u64 {
    // SAFETY: NULL or a live handle, by the rules of the header.
    unsafe { read(participants, 0, Participants::end_offset) }
}

/// Whether the list is certain to be everyone: it did not change while it was read, and has as many different ids as
/// the service says there are participants. False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participants_is_complete(participants: *const rtk_participants) -> bool {
    // SAFETY: NULL or a live handle, by the rules of the header.
    unsafe { read(participants, false, Participants::is_complete) }
}

/// Returns the list as one JSON object like the endpoint's, with `data`, `paging` and `success`. Every participant is
/// as the service sent it, with all fields. The list owns the text, which is made at the first call; threads may call
/// at the same time. NULL for NULL.
///
/// - `len`: if not NULL, set to the length in bytes, without the NUL at the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participants_json(
    participants: *const rtk_participants,
    len: *mut usize,
) -> *const c_char {
    let json = guard(None, || {
        // SAFETY: NULL or a live handle, by the rules of the header.
        let participants = unsafe { participants.as_ref() }?;
        Some(participants.json.get_or_init(|| c_string(participants.list.to_json())).as_c_str())
    });
    // SAFETY: NULL or writable, by the rules of the header.
    unsafe { write(len, json.map_or(0, |json| json.count_bytes())) };
    json.map_or(std::ptr::null(), |json| json.as_ptr())
}

/// Frees a list, and with it its participants and their texts. NULL is a no-op.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participants_free(participants: *mut rtk_participants) {
    // SAFETY: NULL or a handle that was not freed yet, by the rules of the header.
    unsafe { free(participants) };
}
