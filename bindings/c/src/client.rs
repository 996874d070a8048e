use std::ffi::{CString, c_char};

use crate::cancellation::held_off;
use crate::config::rtk_config;
use crate::error::{c_string, rtk_error};
use crate::guard::{borrow, borrow_text, end, give, guard, guard_call};
use crate::list::rtk_participants;
use crate::status::rtk_status;
use participants::{Client, Meeting, PageRequest};

/// Asks for the participants of meetings. It is yours: end it with `rtk_client_free`, when no call is in flight. Threads may share it, and
/// should: it keeps its connections for the next call.
pub struct rtk_client {
    client: Client,
}

impl rtk_client {
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }
}

/// Checks the three ids.
///
/// # Safety
/// Each is NULL or a NUL-terminated string.
pub(crate) unsafe fn meeting(
    account_id: *const c_char,
    app_id: *const c_char,
    meeting_id: *const c_char,
) -> Result<Meeting, rtk_error> {
    // SAFETY: as of this function.
    let (account_id, app_id, meeting_id) = unsafe {
        (borrow_text(account_id, "account_id")?, borrow_text(app_id, "app_id")?, borrow_text(meeting_id, "meeting_id")?)
    };
    Ok(Meeting::new(account_id, app_id, meeting_id)?)
}

/// Makes a client. `config` is copied, and may be ended or changed afterwards; NULL: all settings come from the environment. Nothing is
/// sent.
///
/// Returns `RTK_STATUS_OK` or `RTK_STATUS_INVALID_ARGUMENT`, whose message names the setting or the variable that cannot be right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_client_new(
    config: *const rtk_config,
    out: *mut *mut rtk_client,
    err: *mut *mut rtk_error,
) -> rtk_status {
    // SAFETY: pointers are NULL or valid, by the rules of the header.
    unsafe {
        guard_call(out, err, || {
            let client = match config.as_ref() {
                Some(config) => config.builder().build()?,
                None => Client::from_env()?,
            };
            Ok(give(rtk_client { client }))
        })
    }
}

/// Makes another client of the same settings, as they were when `client` was made, with calls and connections of its own: a shutdown of one does
/// not end the calls of the other. So a program can end one call and let others go on. Neither the environment nor a file is read again, and
/// `client` may have been shut down.
///
/// Returns `RTK_STATUS_OK` or `RTK_STATUS_INVALID_ARGUMENT`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_client_another(
    client: *const rtk_client,
    out: *mut *mut rtk_client,
    err: *mut *mut rtk_error,
) -> rtk_status {
    // SAFETY: pointers are NULL or valid, by the rules of the header.
    unsafe { guard_call(out, err, || Ok(give(rtk_client { client: borrow(client, "client")?.client.another() }))) }
}

/// Frees a client. NULL is a no-op. Results, errors and iterators that came from it stay valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_client_free(client: *mut rtk_client) {
    // SAFETY: NULL or a client that was not ended yet, by the rules of the header.
    unsafe { end(client) };
}

/// Ends the calls in flight, the waiting ones included, within a second, and all later ones at once, with `RTK_STATUS_CANCELLED`. From any
/// thread; not from a signal handler. The client remains to be freed. NULL is a no-op.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_client_shutdown(client: *const rtk_client) {
    // SAFETY: NULL or a live client, by the rules of the header.
    held_off(|| guard((), || unsafe { client.as_ref() }.into_iter().for_each(|client| client.client.shutdown())));
}

/// Gets everyone in a meeting: all pages, several at the same time. Nobody is in the answer twice, and `rtk_participants_is_complete` tells
/// whether it is certain to be everyone.
///
/// An answer may say that it was the last one that the service gives for a while: `Ratelimit: "default";r=0;t=3`. Then
/// the client's next request, of whatever thread and call, waits these 3 seconds first, rather than be refused; if that
/// is longer than `max_retry_wait_ms` or would pass the call's deadline, it is sent at once. This holds for every
/// function that asks the service.
///
/// Returns `RTK_STATUS_OK` or any failure. If one page fails, after its retries, the call fails.
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
            Ok(give(client.client.get_participants(&meeting)?.into()))
        })
    }
}

/// Gets one page, as the service pages. `page_no` counts from 1, as far as is known; `per_page` is how many participants to ask for.
/// Negative: the parameter is left out of the request.
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
            Ok(give(client.client.get_participants_page(&meeting, page)?.into()))
        })
    }
}

/// Gets everyone in a meeting, as `rtk_get_participants` does, as one JSON object like the endpoint's: `data`, `paging`, `success`; every
/// participant as the service sent it, unknown fields and all. `*json` is yours: end it with `rtk_string_free`.
///
/// The JSON does not say whether it is complete: compare `paging.total_count` with the length of `data`, or use `rtk_get_participants` and
/// `rtk_participants_json`.
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
            Ok(c_string(client.client.get_participants_json(&meeting)?).into_raw())
        })
    }
}

/// Frees a string of `rtk_get_participants_json`. NULL is a no-op.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_string_free(string: *mut c_char) {
    if !string.is_null() {
        // SAFETY: a string of ours that was not ended yet, by the rules of the header.
        guard((), || drop(unsafe { CString::from_raw(string) }));
    }
}
