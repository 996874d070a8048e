//! Errors.
//!
//! An accessor never changes the error: threads may read at the same time.

use std::ffi::{CString, c_char};

use crate::guard::{free, guard, write};
use crate::status::{RTK_STATUS_INTERNAL, RTK_STATUS_INVALID_ARGUMENT, RTK_STATUS_OK, rtk_status};
use participants::Error;

/// Why a call failed. You own it: free it with `rtk_error_free`. It outlives the client. It does not change, so threads
/// may share it.
#[derive(Clone)]
pub struct rtk_error {
    status: rtk_status,
    message: CString,
    http_status: i32,
    api_code: i64,
    ray_id: Option<CString>,
    retry_after_ms: i64,
    body: Option<CString>,
    page: i64,
    attempts: u32,
}

impl rtk_error {
    pub(crate) fn invalid(message: String) -> Self {
        Self::new(RTK_STATUS_INVALID_ARGUMENT, &message)
    }

    pub(crate) fn null(name: &str) -> Self {
        Self::invalid(format!("{name} is NULL"))
    }

    pub(crate) fn panicked() -> Self {
        Self::new(RTK_STATUS_INTERNAL, "a bug in libparticipants: a panic was caught")
    }

    fn new(status: rtk_status, message: &str) -> Self {
        rtk_error {
            status,
            message: c_string(message),
            http_status: 0,
            api_code: 0,
            ray_id: None,
            retry_after_ms: -1,
            body: None,
            page: -1,
            attempts: 0,
        }
    }

    pub(crate) fn status(&self) -> rtk_status {
        self.status
    }
}

impl From<Error> for rtk_error {
    fn from(error: Error) -> Self {
        rtk_error {
            status: error.status() as rtk_status,
            message: c_string(error.to_string()),
            http_status: error.http_status().map_or(0, i32::from),
            api_code: error.api_code().unwrap_or(0),
            ray_id: error.ray_id().map(c_string),
            retry_after_ms: error.retry_after().map_or(-1, |wait| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)),
            body: error.body().map(|body| {
                // The replacement is longer than what it replaces.
                let mut body = body.replace('\0', "\u{FFFD}");
                truncate(&mut body, Error::MAX_BODY);
                c_string(body)
            }),
            page: error.page().map_or(-1, |page| i64::try_from(page).unwrap_or(i64::MAX)),
            attempts: error.attempts(),
        }
    }
}

/// Truncates a text to at most `max` bytes, between two characters.
fn truncate(text: &mut String, max: usize) {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
}

/// JSON for C. Unlike [`c_string`], it does not look for NULs: that takes a fifth of what reading the pages takes.
pub(crate) fn c_json(json: String) -> CString {
    // SAFETY: the client's JSON has no NUL: it writes a quote where a page has one.
    unsafe { CString::from_vec_unchecked(json.into_bytes()) }
}

/// A text for C, with U+FFFD in the place of every U+0000.
pub(crate) fn c_string(text: impl Into<String>) -> CString {
    CString::new(text.into()).unwrap_or_else(|e| {
        let text = String::from_utf8(e.into_vec()).unwrap_or_default();
        CString::new(text.replace('\0', "\u{FFFD}")).unwrap_or_default()
    })
}

/// Returns the kind of failure. `RTK_STATUS_OK` for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_error_status(error: *const rtk_error) -> rtk_status {
    // SAFETY: NULL or a live error, by the rules of the header.
    guard(RTK_STATUS_INTERNAL, || unsafe { error.as_ref() }.map_or(RTK_STATUS_OK, |error| error.status))
}

/// Returns what failed and what the service said about it, in one line. Never NULL for a non-NULL error; never contains
/// a credential. The error owns the text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_error_message(error: *const rtk_error) -> *const c_char {
    let null = std::ptr::null();
    // SAFETY: NULL or a live error, by the rules of the header.
    guard(null, || unsafe { error.as_ref() }.map_or(null, |error| error.message.as_ptr()))
}

/// Returns the HTTP status of the response, such as 404; 0 if there was no response, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_error_http_status(error: *const rtk_error) -> i32 {
    // SAFETY: NULL or a live error, by the rules of the header.
    guard(0, || unsafe { error.as_ref() }.map_or(0, |error| error.http_status))
}

/// Returns the first code in Cloudflare's list of errors, such as 10000; 0 if there is none, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_error_api_code(error: *const rtk_error) -> i64 {
    // SAFETY: NULL or a live error, by the rules of the header.
    guard(0, || unsafe { error.as_ref() }.map_or(0, |error| error.api_code))
}

/// Returns the CF-Ray of the response, which Cloudflare's support asks for; NULL if there is none. The error owns the
/// text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_error_ray_id(error: *const rtk_error) -> *const c_char {
    let null = std::ptr::null();
    // SAFETY: NULL or a live error, by the rules of the header.
    guard(null, || unsafe { error.as_ref() }.and_then(|error| error.ray_id.as_ref()).map_or(null, |ray| ray.as_ptr()))
}

/// Returns the service's Retry-After, the header's or else the body's, in milliseconds; -1 if it sent none; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_error_retry_after_ms(error: *const rtk_error) -> i64 {
    // SAFETY: NULL or a live error, by the rules of the header.
    guard(0, || unsafe { error.as_ref() }.map_or(0, |error| error.retry_after_ms))
}

/// Returns the body of the response, truncated to 64 KiB; NULL if there is none. Bytes that are not UTF-8 read as
/// U+FFFD. The error owns the text.
///
/// - `len`: if not NULL, set to the length in bytes, without the NUL at the end; 0 if there is no body.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_error_body(error: *const rtk_error, len: *mut usize) -> *const c_char {
    // SAFETY: NULL or a live error, by the rules of the header.
    let body = guard(None, || unsafe { error.as_ref() }.and_then(|error| error.body.as_deref()));
    // SAFETY: NULL or writable, by the rules of the header.
    unsafe { write(len, body.map_or(0, |body| body.count_bytes())) };
    body.map_or(std::ptr::null(), |body| body.as_ptr())
}

/// Returns the number of the page that failed; -1 if the failure is not about a numbered page; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_error_page(error: *const rtk_error) -> i64 {
    // SAFETY: NULL or a live error, by the rules of the header.
    guard(0, || unsafe { error.as_ref() }.map_or(0, |error| error.page))
}

/// Returns how many requests were sent for the page that failed, failed connections included; 0 if none was, and for
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_error_attempts(error: *const rtk_error) -> u32 {
    // SAFETY: NULL or a live error, by the rules of the header.
    guard(0, || unsafe { error.as_ref() }.map_or(0, |error| error.attempts))
}

/// Frees an error. NULL is a no-op.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_error_free(error: *mut rtk_error) {
    // SAFETY: NULL or an error that was not freed yet, by the rules of the header.
    unsafe { free(error) };
}
