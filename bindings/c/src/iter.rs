//! Iterator.
//!
//! Returns everyone, one by one, with a few pages in memory. It requests only page 1 at first. When a second page is
//! needed, threads of the library begin to fetch ahead: up to `max_connections` pages at the same time. They keep at
//! most twice as many pages, the one being read included; then they wait, without an open request, until you go on.
//! `rtk_iter_free` ends them.
//!
//! An iterator belongs to one thread at a time. The deadline covers the time inside the iterator's functions only.

use std::ffi::c_char;

use crate::calls::meeting;
use crate::client::rtk_client;
use crate::error::rtk_error;
use crate::guard::{borrow, free, guard, guard_call, guard_step, into_handle};
use crate::list::rtk_participants;
use crate::participant::rtk_participant;
use crate::status::{RTK_STATUS_DONE, RTK_STATUS_OK, rtk_status};
use participants::{Error, Participant, ParticipantIter};

/// Everyone in a meeting, one by one, with a few pages in memory. You own it: free it with `rtk_iter_free`. It outlives
/// the client, and belongs to one thread at a time.
pub struct rtk_iter {
    iter: ParticipantIter,
    current: Option<Participant>,
    /// The failure that ended it. Without it, a later call could not tell a failure from the end.
    failed: Option<rtk_error>,
}

/// Creates an iterator over everyone in a meeting. Nothing is sent before the first `rtk_iter_next` or
/// `rtk_iter_next_page`.
///
/// - `out`: set to an iterator that you own; free it with `rtk_iter_free`.
///
/// Returns `RTK_STATUS_OK` or `RTK_STATUS_INVALID_ARGUMENT`; `RTK_STATUS_INTERNAL` for a bug.
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
            Ok(into_handle(rtk_iter { iter: client.client().iter_participants(&meeting), current: None, failed: None }))
        })
    }
}

/// Gets the next participant. Blocks while it fetches a page.
///
/// - `out`: set to a participant that the iterator owns. It is valid until the next `rtk_iter_next`,
///   `rtk_iter_next_page` or `rtk_iter_free`.
///
/// Returns `RTK_STATUS_OK`; at the end `RTK_STATUS_DONE`, with `*out` NULL; or any failure. The participants of the
/// pages before a failed page come first; then this call and every later one return the failure.
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

/// Returns the remaining participants of the current page, or those of the next page. The list has at least one
/// participant and none that was returned before. May be mixed with `rtk_iter_next`.
///
/// - `out`: set to a list that you own; free it with `rtk_participants_free`. The list knows the total count, but not
///   its offsets, and is never complete.
///
/// Returns what `rtk_iter_next` returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_iter_next_page(
    iter: *mut rtk_iter,
    out: *mut *mut rtk_participants,
    err: *mut *mut rtk_error,
) -> rtk_status {
    // SAFETY: pointers are NULL or valid, by the rules of the header.
    unsafe { step(iter, out, err, |iter| Ok(iter.iter.next_page().transpose()?.map(|page| into_handle(page.into())))) }
}

/// Takes the next thing from an iterator, unless it has failed before.
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
        // SAFETY: the caller keeps the rules of this function.
        let iter = unsafe { iter.as_mut() }.ok_or_else(|| rtk_error::null("iter"))?;
        iter.current = None;
        if let Some(error) = &iter.failed {
            return Err(error.clone());
        }
        // After a panic the iterator is in no state to be asked again.
        iter.failed = Some(rtk_error::panicked());
        let taken = take(iter).map_err(rtk_error::from);
        iter.failed = taken.as_ref().err().cloned();
        Ok(taken?.map_or((RTK_STATUS_DONE, std::ptr::null_mut()), |value| (RTK_STATUS_OK, value)))
    };
    // SAFETY: the caller keeps the rules of this function.
    unsafe { guard_step(out, err, checked) }
}

/// Returns how many participants the meeting has, as the service last said: for a progress bar. 0 before the first
/// page, if the service said nothing usable, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_iter_total_count(iter: *const rtk_iter) -> u64 {
    // SAFETY: NULL or a live iterator, by the rules of the header.
    guard(0, || unsafe { iter.as_ref() }.map_or(0, |iter| iter.iter.total_count()))
}

/// After `RTK_STATUS_DONE`, returns whether the iterator returned everyone, as defined by
/// `rtk_participants_is_complete`. False before the end, after a failure and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_iter_is_complete(iter: *const rtk_iter) -> bool {
    // SAFETY: NULL or a live iterator, by the rules of the header.
    guard(false, || unsafe { iter.as_ref() }.is_some_and(|iter| iter.iter.is_complete()))
}

/// Frees an iterator and its current participant. It need not be at its end: its threads and their requests end first.
/// NULL is a no-op.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_iter_free(iter: *mut rtk_iter) {
    // SAFETY: NULL or an iterator that was not freed yet, by the rules of the header.
    unsafe { free(iter) };
}
