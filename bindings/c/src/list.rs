use std::ffi::{CString, c_char};
use std::sync::OnceLock;

use crate::error::c_string;
use crate::guard::{end, guard, write};
use crate::participant::rtk_participant;
use participants::Participants;

/// The participants of a meeting, or one page of them, in the service's order. It is yours: end it with `rtk_participants_free`. It does
/// not change, so threads may share it; it outlives the client.
pub struct rtk_participants {
    list: Participants,
    /// Made when it is first asked for.
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
    // SAFETY: as of this function.
    guard(missing, || unsafe { participants.as_ref() }.map_or(missing, |participants| read(&participants.list)))
}

/// How many participants there are here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participants_count(participants: *const rtk_participants) -> usize {
    // SAFETY: NULL or a live handle, by the rules of the header.
    unsafe { read(participants, 0, Participants::len) }
}

/// The participant at `index`, from 0; NULL past the end. Borrowed from `participants`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participants_at(
    participants: *const rtk_participants,
    index: usize,
) -> *const rtk_participant {
    let null = std::ptr::null();
    // SAFETY: NULL or a live handle, by the rules of the header.
    unsafe { read(participants, null, |list| list.get(index).map_or(null, rtk_participant::pointer)) }
}

/// How many participants the meeting has, as the service last said; 0 where it said nothing usable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participants_total_count(participants: *const rtk_participants) -> u64 {
    // SAFETY: NULL or a live handle, by the rules of the header.
    unsafe { read(participants, 0, Participants::total_count) }
}

/// For a page: the place of its first participant in the meeting's list, as the service said (it counts from 1); 0 where it said nothing
/// usable. For everyone: 1, or 0 where there is no participant.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participants_start_offset(participants: *const rtk_participants) -> u64 {
    // SAFETY: NULL or a live handle, by the rules of the header.
    unsafe { read(participants, 0, Participants::start_offset) }
}

/// For a page: the place of its last participant, as the service said; 0 where it said nothing usable. For everyone: their number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participants_end_offset(participants: *const rtk_participants) -> u64 {
    // SAFETY: NULL or a live handle, by the rules of the header.
    unsafe { read(participants, 0, Participants::end_offset) }
}

/// Whether this is certain to be everyone: the list held still while it was read, and there are as many different ids as the service says
/// there are participants.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participants_is_complete(participants: *const rtk_participants) -> bool {
    // SAFETY: NULL or a live handle, by the rules of the header.
    unsafe { read(participants, false, Participants::is_complete) }
}

/// All of this as one JSON object like the endpoint's: `data`, `paging`, `success`; every participant as the service sent it, unknown
/// fields and all. `len`, which may be NULL, is set to its length in bytes, without the NUL. Made at the first call, and borrowed from
/// `participants`.
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

/// Frees the list, and with it its participants and texts. NULL is a no-op.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_participants_free(participants: *mut rtk_participants) {
    // SAFETY: NULL or a handle that was not ended yet, by the rules of the header.
    unsafe { end(participants) };
}
