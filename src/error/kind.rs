//! The kinds of errors.

use std::fmt;

/// What kind of failure an [`Error`](crate::Error) reports; read it with [`Error::status`](crate::Error::status).
///
/// C callers know the same kinds as numbers (`RTK_STATUS_…`). The numbers are part of the C ABI and are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
#[repr(i32)]
pub enum ErrorKind {
    /// An id, a setting or a credential is invalid. Nothing was sent.
    InvalidArgument = 2,
    /// No response arrived, or only a part of one: the name was not resolved, the connection, TLS or the proxy failed,
    /// or the connection was closed or reset.
    Connection = 3,
    /// The response was not complete within the time allowed for a connection, for a request, or for the call.
    Timeout = 4,
    /// HTTP 401: the service does not accept the credential.
    Authentication = 5,
    /// HTTP 403: the credential is not allowed to read this.
    PermissionDenied = 6,
    /// HTTP 404: there is no such account, app or meeting.
    NotFound = 7,
    /// HTTP 429: too many requests. [`Error::retry_after`](crate::Error::retry_after) returns how long to wait.
    RateLimited = 8,
    /// HTTP 5xx: the service or the network edge in front of it failed.
    Server = 9,
    /// Any other failure that the service reports. This includes redirects, and responses with a 2xx status that say
    /// `"success": false`.
    Api = 10,
    /// The response is not what the API promises: it is not HTTP, not JSON, of the wrong shape, or over 64 MiB.
    Decode = 11,
    /// The client, or a client that it is a child of, was shut down.
    Cancelled = 12,
    /// A bug in this library.
    Internal = 13,
}

/// The kind in words, such as `permission denied`.
impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            ErrorKind::InvalidArgument => "invalid argument",
            ErrorKind::Connection => "connection failed",
            ErrorKind::Timeout => "timed out",
            ErrorKind::Authentication => "authentication failed",
            ErrorKind::PermissionDenied => "permission denied",
            ErrorKind::NotFound => "not found",
            ErrorKind::RateLimited => "rate limited",
            ErrorKind::Server => "server failed",
            ErrorKind::Api => "refused by the service",
            ErrorKind::Decode => "unexpected response",
            ErrorKind::Cancelled => "cancelled",
            ErrorKind::Internal => "internal error",
        })
    }
}
