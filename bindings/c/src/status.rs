//! Statuses.

use std::ffi::{CStr, c_char};

use crate::guard::guard;

/// How a call ended: `RTK_STATUS_OK`, `RTK_STATUS_DONE`, or the kind of failure. A number is never reused. Later
/// versions may add numbers: treat one that you do not know as a failure.
pub type rtk_status = i32;

/// Success.
pub const RTK_STATUS_OK: rtk_status = 0;
/// The iterator is at its end. Not a failure.
pub const RTK_STATUS_DONE: rtk_status = 1;
/// NULL for a required argument, text that is not UTF-8, an invalid id or an invalid setting. No request was sent.
pub const RTK_STATUS_INVALID_ARGUMENT: rtk_status = 2;
/// No complete response arrived: name look-up, connect, TLS or the proxy failed, or the connection was closed or reset.
pub const RTK_STATUS_CONNECTION: rtk_status = 3;
/// A timeout: of a connection, of a request, or of the whole call (its deadline).
pub const RTK_STATUS_TIMEOUT: rtk_status = 4;
/// HTTP 401: the service does not accept the credential.
pub const RTK_STATUS_AUTHENTICATION: rtk_status = 5;
/// HTTP 403: the credential is not allowed to read this.
pub const RTK_STATUS_PERMISSION_DENIED: rtk_status = 6;
/// HTTP 404: no such account, app or meeting.
pub const RTK_STATUS_NOT_FOUND: rtk_status = 7;
/// HTTP 429: too many requests. `rtk_error_retry_after_ms` returns how long to wait.
pub const RTK_STATUS_RATE_LIMITED: rtk_status = 8;
/// HTTP 5xx: the service or the network edge in front of it failed.
pub const RTK_STATUS_SERVER: rtk_status = 9;
/// Any other failure that the service reports: another HTTP status, or a response with `"success": false`.
pub const RTK_STATUS_API: rtk_status = 10;
/// The response does not follow the API: it is not HTTP, not JSON, JSON of another shape, or longer than 64 MiB.
pub const RTK_STATUS_DECODE: rtk_status = 11;
/// The client, or a client that it is a child of, was shut down.
pub const RTK_STATUS_CANCELLED: rtk_status = 12;
/// A bug in this library.
pub const RTK_STATUS_INTERNAL: rtk_status = 13;

/// Returns the name of a status, such as `"RTK_STATUS_OK"`; `"RTK_STATUS_UNKNOWN"` for any other number. Static: never
/// free it. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn rtk_status_name(status: rtk_status) -> *const c_char {
    let name: &'static CStr = guard(c"RTK_STATUS_INTERNAL", || match status {
        RTK_STATUS_OK => c"RTK_STATUS_OK",
        RTK_STATUS_DONE => c"RTK_STATUS_DONE",
        RTK_STATUS_INVALID_ARGUMENT => c"RTK_STATUS_INVALID_ARGUMENT",
        RTK_STATUS_CONNECTION => c"RTK_STATUS_CONNECTION",
        RTK_STATUS_TIMEOUT => c"RTK_STATUS_TIMEOUT",
        RTK_STATUS_AUTHENTICATION => c"RTK_STATUS_AUTHENTICATION",
        RTK_STATUS_PERMISSION_DENIED => c"RTK_STATUS_PERMISSION_DENIED",
        RTK_STATUS_NOT_FOUND => c"RTK_STATUS_NOT_FOUND",
        RTK_STATUS_RATE_LIMITED => c"RTK_STATUS_RATE_LIMITED",
        RTK_STATUS_SERVER => c"RTK_STATUS_SERVER",
        RTK_STATUS_API => c"RTK_STATUS_API",
        RTK_STATUS_DECODE => c"RTK_STATUS_DECODE",
        RTK_STATUS_CANCELLED => c"RTK_STATUS_CANCELLED",
        RTK_STATUS_INTERNAL => c"RTK_STATUS_INTERNAL",
        _ => c"RTK_STATUS_UNKNOWN",
    });
    name.as_ptr()
}
