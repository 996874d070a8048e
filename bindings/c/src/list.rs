//! Lists.

use std::ffi::{CString, c_char};
use std::sync::OnceLock;

use crate::error::c_json;
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

/// Returns how many participants the meeting has, as the service last said; 0 if the response had no usable number, and
/// for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participants_total_count(participants: *const rtk_participants) -> u64 {
    // SAFETY: NULL or a live handle, by the rules of the header.
    unsafe { read(participants, 0, Participants::total_count) }
}

/// Returns the position of the first participant in the service's list, counted from 1. For a list of
/// `rtk_get_participants`: 1, or 0 if the list is empty. For a page: as the service says, or 0 if the response had no
/// usable number. 0 for a list of `rtk_iter_next_page`, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participants_start_offset(participants: *const rtk_participants) -> u64 {
    // SAFETY: NULL or a live handle, by the rules of the header.
    unsafe { read(participants, 0, Participants::start_offset) }
}

/// Returns the position of the last participant in the service's list, counted from 1. For a list of
/// `rtk_get_participants`: the number of participants. For a page: as the service says, or 0 if the response had no
/// usable number. 0 for a list of `rtk_iter_next_page`, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participants_end_offset(participants: *const rtk_participants) -> u64 {
    // SAFETY: NULL or a live handle, by the rules of the header.
    unsafe { read(participants, 0, Participants::end_offset) }
}

/// Returns whether the list is complete: no change of the service's list was seen while it was read, and this list has
/// as many different ids as the total. A page is complete if it holds everyone. False for a list of
/// `rtk_iter_next_page`, and for NULL.
///
/// One change can't be seen: one participant leaves and another joins between two requests. Then somebody may be
/// missing all the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participants_is_complete(participants: *const rtk_participants) -> bool {
    // SAFETY: NULL or a live handle, by the rules of the header.
    unsafe { read(participants, false, Participants::is_complete) }
}

/// Returns the list as one JSON object like the endpoint's, with `data`, `paging` and `success`. Each participant is as
/// the service sent it, byte for byte, with all fields. The list owns the text, and creates it on the first call.
/// Threads may call it at the same time. Returns NULL for NULL.
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
        Some(participants.json.get_or_init(|| c_json(participants.list.to_json())).as_c_str())
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
