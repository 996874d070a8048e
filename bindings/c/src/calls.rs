//! Calls.
//!
//! Calls block until they have a result. Threads may make calls with the same client at the same time.
//!
//! A response may say that the service takes no more requests for a while: `Ratelimit: "default";r=0;t=3`. Then the
//! client's next request, in any thread and call, waits these 3 seconds first. If that is longer than
//! `max_retry_wait_ms`, or would pass the call's deadline, the request is sent at once.

use std::ffi::{CString, c_char};

use crate::client::rtk_client;
use crate::error::{c_json, rtk_error};
use crate::guard::{borrow, borrow_text, guard, guard_call, into_handle};
use crate::list::rtk_participants;
use crate::status::rtk_status;
use participants::{Meeting, PageRequest};

/// Checks the three ids.
///
/// # Safety
/// Each is NULL or a NUL-terminated string.
pub(crate) unsafe fn meeting(
    account_id: *const c_char,
    app_id: *const c_char,
    meeting_id: *const c_char,
) -> Result<Meeting, rtk_error> {
    // SAFETY: the caller keeps the rules of this function.
    let (account_id, app_id, meeting_id) = unsafe {
        (borrow_text(account_id, "account_id")?, borrow_text(app_id, "app_id")?, borrow_text(meeting_id, "meeting_id")?)
    };
    Ok(Meeting::new(account_id, app_id, meeting_id)?)
}

/// Gets everyone in a meeting. No participant is in the list twice, and `rtk_participants_is_complete` returns whether
/// the list is complete. Reads at most 10,000 pages, twice if the list changes. Requests up to `max_connections` pages
/// at the same time.
///
/// - `account_id`: the Cloudflare account. Real ids are 32 hexadecimal digits; of other texts, a UUID is refused.
/// - `app_id`: the RealtimeKit app. Real ids are UUIDs; other texts are sent, too.
/// - `meeting_id`: the meeting. It must be a UUID. Here and below, the three ids are copied and must not be NULL.
/// - `out`: set to a list that you own; free it with `rtk_participants_free`.
///
/// Returns `RTK_STATUS_OK` or any failure. If a page fails after its retries, the call fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_get_participants(
    client: *const rtk_client,
    account_id: *const c_char,
    app_id: *const c_char,
    meeting_id: *const c_char,
    out: *mut *mut rtk_participants,
    err: *mut *mut rtk_error,
) -> rtk_status {
    // SAFETY: pointers are NULL or valid, by the rules of the header.
    unsafe {
        guard_call(out, err, || {
            let client = borrow(client, "client")?;
            let meeting = meeting(account_id, app_id, meeting_id)?;
            Ok(into_handle(client.client().get_participants(&meeting)?.into()))
        })
    }
}

/// Gets one page of the service's list. `rtk_participants_is_complete` returns true for it if it holds everyone.
///
/// - `page_no`: the number of the page. The service counts from 1, as far as is known. Negative: not sent.
/// - `per_page`: how many participants to request. The service may return fewer. Negative: not sent.
/// - `out`: set to a list that you own; free it with `rtk_participants_free`.
///
/// Returns `RTK_STATUS_OK` or any failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_get_participants_page(
    client: *const rtk_client,
    account_id: *const c_char,
    app_id: *const c_char,
    meeting_id: *const c_char,
    page_no: i64,
    per_page: i64,
    out: *mut *mut rtk_participants,
    err: *mut *mut rtk_error,
) -> rtk_status {
    // SAFETY: pointers are NULL or valid, by the rules of the header.
    unsafe {
        guard_call(out, err, || {
            let client = borrow(client, "client")?;
            let meeting = meeting(account_id, app_id, meeting_id)?;
            let page = PageRequest { page_no: page_no.try_into().ok(), per_page: per_page.try_into().ok() };
            Ok(into_handle(client.client().get_participants_page(&meeting, page)?.into()))
        })
    }
}

/// Like `rtk_get_participants`, but returns one JSON object like the endpoint's, with `data`, `paging` and `success`.
/// Each participant is as the service sent it, byte for byte, with all fields. It takes half the memory of the list.
///
/// The JSON does not say whether it is complete. If `paging.total_count` and the length of `data` differ, it is not,
/// but if they are equal, it may still not be. If that matters, use `rtk_get_participants`,
/// `rtk_participants_is_complete` and `rtk_participants_json`.
///
/// - `json`: set to a string that you own; free it with `rtk_string_free`, not with `free`.
///
/// Returns `RTK_STATUS_OK` or any failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_get_participants_json(
    client: *const rtk_client,
    account_id: *const c_char,
    app_id: *const c_char,
    meeting_id: *const c_char,
    json: *mut *mut c_char,
    err: *mut *mut rtk_error,
) -> rtk_status {
    // SAFETY: pointers are NULL or valid, by the rules of the header.
    unsafe {
        guard_call(json, err, || {
            let client = borrow(client, "client")?;
            let meeting = meeting(account_id, app_id, meeting_id)?;
            Ok(c_json(client.client().get_participants_json(&meeting)?).into_raw())
        })
    }
}

/// Frees the string of `rtk_get_participants_json`, and no other string. NULL is a no-op.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_string_free(string: *mut c_char) {
    if !string.is_null() {
        // SAFETY: a string of ours that was not freed yet, by the rules of the header.
        guard((), || drop(unsafe { CString::from_raw(string) }));
    }
}
