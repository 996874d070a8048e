use std::ffi::c_char;

use crate::client::{meeting, rtk_client};
use crate::error::rtk_error;
use crate::guard::{borrow, end, give, guard, guard_call, guard_step};
use crate::list::rtk_participants;
use crate::participant::rtk_participant;
use crate::status::{RTK_STATUS_DONE, RTK_STATUS_OK, rtk_status};
use participants::{Error, Participant, ParticipantIter};

/// Everyone in a meeting, one by one, with one page in memory. It is yours: end it with `rtk_iter_free`. It outlives the client, and belongs
/// to one thread at a time.
pub struct rtk_iter {
    iter: ParticipantIter,
    current: Option<Participant>,
    /// Once a page has failed, there is no telling failure from the end but by remembering it.
    failed: Option<rtk_error>,
}

/// Begins to walk through everyone in a meeting, one by one. Nothing is sent before the first `rtk_iter_next`.
///
/// Returns `RTK_STATUS_OK` or `RTK_STATUS_INVALID_ARGUMENT`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_iter_participants(
    client: *const rtk_client,
    account_id: *const c_char,
    app_id: *const c_char,
    meeting_id: *const c_char,
    out: *mut *mut rtk_iter,
    err: *mut *mut rtk_error,
) -> rtk_status {
    // SAFETY: pointers are NULL or valid, by the rules of the header.
    unsafe {
        guard_call(out, err, || {
            let client = borrow(client, "client")?;
            let meeting = meeting(account_id, app_id, meeting_id)?;
            Ok(give(rtk_iter { iter: client.client().iter_participants(&meeting), current: None, failed: None }))
        })
    }
}

/// Gives the next participant, which stays valid until the next call with this iterator. Blocks when a page must be fetched.
///
/// Returns `RTK_STATUS_OK`; `RTK_STATUS_DONE`, with `*out` NULL, at the end; any failure. After a failure to get a page the iterator gives
/// nothing more, and goes on to return that failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_iter_next(
    iter: *mut rtk_iter,
    out: *mut *const rtk_participant,
    err: *mut *mut rtk_error,
) -> rtk_status {
    // SAFETY: pointers are NULL or valid, by the rules of the header.
    unsafe {
        step(iter, out.cast(), err, |iter| {
            iter.current = iter.iter.next().transpose()?;
            Ok(iter.current.as_ref().map(|participant| rtk_participant::pointer(participant).cast_mut()))
        })
    }
}

/// Gives the participants of the next page that were not given yet, at least one, as a list that is yours: end it with
/// `rtk_participants_free`. Blocks when a page must be fetched. Of its place in the meeting the list knows the total count alone, and it is
/// never complete.
///
/// Returns as `rtk_iter_next` does, and may be mixed with it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_iter_next_page(
    iter: *mut rtk_iter,
    out: *mut *mut rtk_participants,
    err: *mut *mut rtk_error,
) -> rtk_status {
    // SAFETY: pointers are NULL or valid, by the rules of the header.
    unsafe { step(iter, out, err, |iter| Ok(iter.iter.next_page().transpose()?.map(|page| give(page.into())))) }
}

/// Takes something of an iterator, unless it failed before.
///
/// # Safety
/// `iter` is NULL, or a live iterator that no other thread uses; `out` and `err` are NULL or writable.
unsafe fn step<T>(
    iter: *mut rtk_iter,
    out: *mut *mut T,
    err: *mut *mut rtk_error,
    take: impl FnOnce(&mut rtk_iter) -> Result<Option<*mut T>, Error>,
) -> rtk_status {
    let checked = || {
        // SAFETY: as of this function.
        let iter = unsafe { iter.as_mut() }.ok_or_else(|| rtk_error::null("iter"))?;
        iter.current = None;
        if let Some(error) = &iter.failed {
            return Err(error.clone());
        }
        // What a panic leaves behind is not to be asked again.
        iter.failed = Some(rtk_error::panicked());
        let taken = take(iter).map_err(rtk_error::from);
        iter.failed = taken.as_ref().err().cloned();
        Ok(taken?.map_or((RTK_STATUS_DONE, std::ptr::null_mut()), |value| (RTK_STATUS_OK, value)))
    };
    // SAFETY: as of this function.
    unsafe { guard_step(out, err, checked) }
}

/// After `RTK_STATUS_DONE`: whether it is certain that the iterator gave everyone, as `rtk_participants_is_complete` says of a list. False
/// before that, after a failure and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_iter_is_complete(iter: *const rtk_iter) -> bool {
    // SAFETY: NULL or a live iterator, by the rules of the header.
    guard(false, || unsafe { iter.as_ref() }.is_some_and(|iter| iter.iter.is_complete()))
}

/// Frees an iterator, at any time, and with it the participant it last gave. NULL is a no-op.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_iter_free(iter: *mut rtk_iter) {
    // SAFETY: NULL or an iterator that was not ended yet, by the rules of the header.
    unsafe { end(iter) };
}
