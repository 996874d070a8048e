//! The error type: why a call failed, and all that is known about it.

mod body;
mod from_response;
mod kind;
mod redact;

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

pub(crate) use crate::error::body::BYTE_ORDER_MARK;
use crate::error::body::ErrorBody;
pub(crate) use crate::error::from_response::ErrorResponse;
pub use crate::error::kind::ErrorKind;

/// The longest text of a peer that a message repeats, in characters.
const MAX_EXCERPT: usize = 300;

/// The longest text of an error that becomes the source of another one, in bytes.
const MAX_SOURCE: usize = 1024;

/// Why a call failed.
///
/// [`status`](Error::status) returns the kind. The message (`Display`) is one line: what failed, what the service said,
/// and the ids that Cloudflare's support needs. It never contains a credential. The `Debug` form is the same line, so
/// that a `main` that returns an error prints it readably; `{:#?}` shows everything that is known.
///
/// ```
/// use participants::{ErrorKind, Meeting};
///
/// let error = Meeting::new("account", "app", "not-a-uuid").unwrap_err();
/// assert_eq!(error.status(), ErrorKind::InvalidArgument);
/// assert_eq!(error.http_status(), None);
/// assert_eq!(error.to_string(), "meeting_id: is not a UUID");
/// ```
#[derive(thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Detail>);

/// What an [`Error`] knows about the failure. It is boxed, so that a `Result` stays small.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message())]
struct Detail {
    kind: ErrorKind,
    /// What failed: the beginning of the message.
    summary: String,
    /// What to do about it, where the summary does not say so.
    advice: Option<String>,
    /// The URL of the request without its query, if it is part of the message.
    url: Option<String>,
    http_status: Option<u16>,
    service_errors: Vec<ServiceError>,
    /// What the service said in plain text, or why its body could not be decoded.
    text: Option<String>,
    ray_id: Option<String>,
    retry_after: Option<Duration>,
    body: Option<String>,
    page: Option<u64>,
    attempts: u32,
    /// Whether a retry would fail in the same way.
    permanent: bool,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Nothing changes an error once it is returned, so a panic cannot interrupt a change.
impl UnwindSafe for Error {}
impl RefUnwindSafe for Error {}

/// One entry of the service's own list of errors.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ServiceError {
    /// Cloudflare's code, such as 10000; 0 if the service gave none.
    pub code: i64,
    /// The service's own message.
    pub message: String,
}

impl Error {
    /// How much of a response body an error keeps, in bytes.
    pub const MAX_BODY: usize = 64 * 1024;

    #[cold]
    fn new(kind: ErrorKind, summary: impl Into<String>) -> Self {
        Error(Box::new(Detail::new(kind, summary.into())))
    }

    pub(crate) fn invalid_argument(summary: impl Into<String>) -> Self {
        Error::new(ErrorKind::InvalidArgument, summary)
    }

    pub(crate) fn connection(summary: impl Into<String>) -> Self {
        Error::new(ErrorKind::Connection, summary)
    }

    pub(crate) fn timeout(summary: impl Into<String>) -> Self {
        Error::new(ErrorKind::Timeout, summary)
    }

    pub(crate) fn decode(reason: impl fmt::Display) -> Self {
        Error::new(ErrorKind::Decode, format!("the answer is not what the API promises: {}", excerpt(reason)))
    }

    /// The body has a content coding, such as `br`, that the request did not ask for.
    #[cold]
    pub(crate) fn unexpected_coding(coding: &str) -> Self {
        Error::new(ErrorKind::Decode, format!("the answer is in {}, which was not asked for", excerpt(coding)))
    }

    pub(crate) fn cancelled() -> Self {
        Error::new(ErrorKind::Cancelled, "the client was shut down")
    }

    pub(crate) fn internal(reason: impl fmt::Display) -> Self {
        Error::new(ErrorKind::Internal, format!("a bug in libparticipants: {reason}"))
    }

    /// The kind of failure.
    pub fn status(&self) -> ErrorKind {
        self.0.kind
    }

    /// The HTTP status of the response; `None` if there was no response.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// The first code of Cloudflare's list of errors, such as 10000; `None` if the response has none.
    pub fn api_code(&self) -> Option<i64> {
        self.service_errors().iter().map(|error| error.code).find(|code| *code != 0)
    }

    /// Cloudflare's codes and messages, in its order, each followed by those of its `error_chain`.
    pub fn service_errors(&self) -> &[ServiceError] {
        &self.0.service_errors
    }

    /// The `CF-Ray` of the response, which Cloudflare's support asks for.
    pub fn ray_id(&self) -> Option<&str> {
        self.0.ray_id.as_deref()
    }

    /// How long the service asks to wait before the next request.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What the service sent, truncated to [`MAX_BODY`](Error::MAX_BODY) bytes. Bytes that are not UTF-8 become
    /// U+FFFD.
    pub fn body(&self) -> Option<&str> {
        self.0.body.as_deref()
    }

    /// The number of the page that failed; `None` if no page was requested by number.
    pub fn page(&self) -> Option<u64> {
        self.0.page
    }

    /// How many requests were sent for the page that failed, failed connections included; 0 if nothing was sent.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Marks a failure that a retry would repeat.
    pub(crate) fn permanent(mut self) -> Self {
        self.0.permanent = true;
        self
    }

    pub(crate) fn is_permanent(&self) -> bool {
        self.0.permanent
    }

    pub(crate) fn with_source(self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.with_boxed_source(Box::new(source))
    }

    #[cold]
    fn with_boxed_source(mut self, source: Box<dyn std::error::Error + Send + Sync>) -> Self {
        // A longer source repeats service text that the message already contains.
        self.0.source = Some(source).filter(|source| source.to_string().len() <= MAX_SOURCE);
        self
    }

    /// Adds what is known of a response that could not be used.
    #[cold]
    pub(crate) fn with_response(mut self, http_status: u16, ray_id: Option<String>, body: &[u8]) -> Self {
        let detail = &mut self.0;
        detail.http_status = Some(http_status);
        detail.ray_id = ray_id;
        detail.body = body_text(body);
        self
    }

    /// Marks a response that is not the service's: says which URL it came from, and which setting to check.
    #[cold]
    pub(crate) fn not_from_service(mut self, url: String, base_url_source: &str) -> Self {
        let detail = &mut self.0;
        detail.advice = Some(format!("check {base_url_source}"));
        detail.url = Some(url);
        self
    }

    /// Adds the service's messages from the body of a response that is neither a page nor a reported failure, and
    /// the URL if the response is not the service's.
    #[cold]
    pub(crate) fn with_service_errors(
        mut self,
        body: &[u8],
        url: impl FnOnce() -> String,
        base_url_source: &str,
    ) -> Self {
        let body = ErrorBody::read(body);
        self.0.service_errors = body.errors_unless_list();
        if body.may_be_a_page() { self } else { self.not_from_service(url(), base_url_source) }
    }

    /// Adds which page failed, and how many requests were sent for it.
    pub(crate) fn with_attempt(mut self, page: Option<u64>, attempts: u32) -> Self {
        let detail = &mut self.0;
        detail.page = page;
        detail.attempts = attempts;
        self
    }

    /// Removes a secret that the service sent back.
    pub(crate) fn redact(mut self, secret: &str) -> Self {
        self.0.redact(secret);
        self
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match f.alternate() {
            true => f.debug_tuple("Error").field(&self.0).finish(),
            false => fmt::Display::fmt(self, f),
        }
    }
}

impl Detail {
    fn new(kind: ErrorKind, summary: String) -> Self {
        Detail {
            kind,
            summary,
            advice: None,
            url: None,
            http_status: None,
            service_errors: Vec::new(),
            text: None,
            ray_id: None,
            retry_after: None,
            body: None,
            page: None,
            attempts: 0,
            permanent: false,
            source: None,
        }
    }

    /// The message: one line.
    #[cold]
    fn message(&self) -> String {
        let mut facts = Vec::new();
        if let Some(status) = self.http_status {
            let mut fact = format!("HTTP {status}");
            for (i, error) in self.service_errors.iter().enumerate() {
                fact.push_str(if i == 0 { ", " } else { " > " });
                match error.code {
                    0 => fact.push_str(&error.message),
                    code => fact.push_str(&format!("code {code}: {}", error.message)),
                }
            }
            if let Some(text) = &self.text {
                fact.push_str(&format!(", {text}"));
            }
            facts.push(fact);
        }
        facts.extend(self.url.clone());
        if let Some(wait) = self.retry_after {
            facts.push(format!("try again in {}", seconds(wait)));
        }
        if let Some(ray) = &self.ray_id {
            facts.push(format!("Ray {ray}"));
        }
        if let Some(page) = self.page {
            facts.push(format!("page {page}"));
        }
        if self.attempts > 1 {
            facts.push(format!("{} attempts", self.attempts));
        }
        let mut message = self.summary.clone();
        if let Some(advice) = &self.advice {
            message.push_str(&format!("; {advice}"));
        }
        if !facts.is_empty() {
            message.push_str(&format!(" ({})", facts.join("; ")));
        }
        message.replace(is_unsafe_to_print, " ")
    }
}

/// Whether a character would end the line, control a terminal, or reverse the direction of the text.
fn is_unsafe_to_print(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}')
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A time for messages, such as `60 s` or `0.25 s`, to the millisecond.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{} s", time.as_millis() as f64 / 1000.0)
}

/// The beginning of a peer's text, which can be as long as its response, for messages.
pub(crate) fn excerpt(text: impl fmt::Display) -> String {
    text.to_string().chars().take(MAX_EXCERPT).collect()
}

/// The part of a body that an error keeps, as text; `None` if it is empty.
fn body_text(body: &[u8]) -> Option<String> {
    let mut text = String::from_utf8_lossy(body.get(..Error::MAX_BODY).unwrap_or(body)).into_owned();
    truncate_body(&mut text);
    if body.len() >= Error::MAX_BODY {
        // The last character may have been cut through.
        text.truncate(text.trim_end_matches(char::REPLACEMENT_CHARACTER).len());
    }
    (!text.is_empty()).then_some(text)
}

/// Truncates the text of a body to what an error keeps.
fn truncate_body(text: &mut String) {
    truncate(text, Error::MAX_BODY);
}

/// Truncates a text, between two characters, to this many bytes.
pub(crate) fn truncate(text: &mut String, bytes: usize) {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
}
