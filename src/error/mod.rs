//! Every way to fail.

mod response;

use std::fmt;
use std::time::Duration;

use crate::error::response::ErrorBody;

/// How much of an answer's body an [`Error`] keeps.
pub(crate) const BODY_KEPT: usize = 64 * 1024;

/// The longest text of the service that a message repeats.
const SAID_KEPT: usize = 300;

/// The longest text of an error that another one has as its source, in bytes.
const SOURCE_MOST: usize = 1024;

/// Cloudflare's codes for a credential that is malformed, missing, invalid or not allowed, whatever the HTTP status.
const OF_THE_CREDENTIAL: [i64; 5] = [6003, 6111, 9106, 9109, 10000];

/// A part of a secret that is shorter than this may be an ordinary word.
const SHORTEST_PART: usize = 12;

/// What stands in the place of a secret.
const STRUCK: &str = "[redacted]";

/// Cloudflare's codes for an address that it does not know.
const NO_ROUTE: [i64; 2] = [7000, 7003];

/// A text shorter than this is no credential, and striking it out would garble ordinary words.
const SHORTEST_SECRET: usize = 8;

/// What an [`Error`] is, as a number that C callers know too (`RTK_STATUS_…`).
///
/// The numbers are part of the C ABI and are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(i32)]
pub enum Status {
    /// See [`Error::InvalidArgument`].
    InvalidArgument = 2,
    /// See [`Error::Connection`].
    Connection = 3,
    /// See [`Error::Timeout`].
    Timeout = 4,
    /// See [`Error::Authentication`].
    Authentication = 5,
    /// See [`Error::PermissionDenied`].
    PermissionDenied = 6,
    /// See [`Error::NotFound`].
    NotFound = 7,
    /// See [`Error::RateLimited`].
    RateLimited = 8,
    /// See [`Error::Server`].
    Server = 9,
    /// See [`Error::Api`].
    Api = 10,
    /// See [`Error::Decode`].
    Decode = 11,
    /// See [`Error::Cancelled`].
    Cancelled = 12,
    /// See [`Error::Internal`].
    Internal = 13,
}

/// Why a call failed.
///
/// The message (`Display`) is one line: what failed, what the service said, and the figures its support asks for. It
/// never holds a credential. Each kind carries the same [`Detail`], read through the methods here. The `Debug` form
/// is the same line, so that a `main` that returns an error prints it readably; `{:#?}` shows everything that is
/// known.
///
/// ```
/// use participants::{Client, Meeting, Status};
///
/// let error = Meeting::new("account", "app", "not-a-uuid").unwrap_err();
/// assert_eq!(error.status(), Status::InvalidArgument);
/// assert_eq!(error.http_status(), None);
/// assert_eq!(error.to_string(), "meeting_id: is not a UUID");
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An id, a setting or a credential that cannot be right. Nothing was sent.
    #[error(transparent)]
    InvalidArgument(Box<Detail>),
    /// There was no answer, or it was cut short: name resolution, connect, TLS, proxy, a connection closed or reset.
    #[error(transparent)]
    Connection(Box<Detail>),
    /// No whole answer came within the time allowed for a connection, for a request, or for the call.
    #[error(transparent)]
    Timeout(Box<Detail>),
    /// HTTP 401: the service does not accept the credential.
    #[error(transparent)]
    Authentication(Box<Detail>),
    /// HTTP 403: the credential is not allowed to read this.
    #[error(transparent)]
    PermissionDenied(Box<Detail>),
    /// HTTP 404: no such account, app or meeting.
    #[error(transparent)]
    NotFound(Box<Detail>),
    /// HTTP 429: too many requests; [`Error::retry_after`] tells how long to wait.
    #[error(transparent)]
    RateLimited(Box<Detail>),
    /// HTTP 5xx: the service or the network edge in front of it failed.
    #[error(transparent)]
    Server(Box<Detail>),
    /// Any other failure that the service reports, an answer that says `"success": false` and a redirect included.
    #[error(transparent)]
    Api(Box<Detail>),
    /// An answer that is not what the API promises: not HTTP, not JSON, the wrong shape, or over 64 MiB.
    #[error(transparent)]
    Decode(Box<Detail>),
    /// The client was shut down.
    #[error(transparent)]
    Cancelled(Box<Detail>),
    /// A bug in this library.
    #[error(transparent)]
    Internal(Box<Detail>),
}

/// What is known of a failure. Read it through the methods of [`Error`].
#[derive(Debug, Default, thiserror::Error)]
#[error("{}", self.line())]
pub struct Detail {
    what: String,
    /// What to do about it, where that does not stand in `what`.
    advice: Option<String>,
    /// Host and path of the request, if they are a part of the message.
    place: Option<String>,
    http_status: Option<u16>,
    said: Vec<ServiceError>,
    /// What the service said in plain text.
    plain: Option<String>,
    ray_id: Option<String>,
    retry_after: Option<Duration>,
    body: Option<String>,
    page: Option<u64>,
    attempts: u32,
    permanent: bool,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// One entry of the service's own list of errors.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceError {
    /// Cloudflare's code, such as 10000; 0 where the service gave none.
    pub code: i64,
    /// The service's own words.
    pub message: String,
}

/// An answer that reports a failure, before it has become an [`Error`].
pub(crate) struct Refusal<'a> {
    /// Host and path that the request was for.
    pub place: &'a str,
    /// Where the credential came from, such as `CLOUDFLARE_API_TOKEN`.
    pub credential: &'a str,
    /// What to check if the service is not there: the name of the setting, and where it came from.
    pub base_url: &'a str,
    pub http_status: u16,
    pub ray_id: Option<String>,
    pub retry_after: Option<Duration>,
    pub challenge: bool,
    /// Why the body could not be decoded.
    pub undecoded: Option<String>,
    pub body: &'a [u8],
}

impl Error {
    /// How much of a response's body an error keeps, in bytes.
    pub const MAX_BODY: usize = BODY_KEPT;

    pub(crate) fn invalid_argument(what: impl Into<String>) -> Self {
        Error::InvalidArgument(Detail::new(what))
    }

    pub(crate) fn connection(what: impl Into<String>) -> Self {
        Error::Connection(Detail::new(what))
    }

    pub(crate) fn timeout(what: impl Into<String>) -> Self {
        Error::Timeout(Detail::new(what))
    }

    pub(crate) fn decode(what: impl fmt::Display) -> Self {
        Error::Decode(Detail::new(format!("the answer is not what the API promises: {}", short(what))))
    }

    /// For a body in a content coding, such as `br`, that the request did not ask for.
    #[cold]
    pub(crate) fn unasked_coding(coding: &str) -> Self {
        Error::Decode(Detail::new(format!("the answer is in {}, which was not asked for", short(coding))))
    }

    pub(crate) fn cancelled() -> Self {
        Error::Cancelled(Detail::new("the client was shut down"))
    }

    pub(crate) fn internal(what: impl fmt::Display) -> Self {
        Error::Internal(Detail::new(format!("a bug in libparticipants: {what}")))
    }

    /// The failure that an answer of the service reports, by its HTTP status; with a 2xx status, by `"success": false`.
    #[cold]
    pub(crate) fn refused(refusal: Refusal<'_>) -> Self {
        let body = ErrorBody::read(refusal.body);
        let repeated = || Duration::try_from_secs_f64(body.retry_after()?).ok();
        let (what, tells_place) = what_failed(&refusal, &body);
        let detail = Box::new(Detail {
            what,
            place: tells_place.then(|| refusal.place.to_string()),
            http_status: Some(refusal.http_status),
            said: body.errors(),
            retry_after: refusal.retry_after.or_else(repeated),
            plain: refusal.undecoded.or(body.plain),
            ray_id: refusal.ray_id,
            body: kept(refusal.body),
            ..Detail::default()
        });
        match refusal.http_status {
            401 => Error::Authentication(detail),
            403 => Error::PermissionDenied(detail),
            404 => Error::NotFound(detail),
            429 => Error::RateLimited(detail),
            500..=599 => Error::Server(detail),
            _ => Error::Api(detail),
        }
    }

    /// What this is, as a number.
    pub fn status(&self) -> Status {
        match self {
            Error::InvalidArgument(_) => Status::InvalidArgument,
            Error::Connection(_) => Status::Connection,
            Error::Timeout(_) => Status::Timeout,
            Error::Authentication(_) => Status::Authentication,
            Error::PermissionDenied(_) => Status::PermissionDenied,
            Error::NotFound(_) => Status::NotFound,
            Error::RateLimited(_) => Status::RateLimited,
            Error::Server(_) => Status::Server,
            Error::Api(_) => Status::Api,
            Error::Decode(_) => Status::Decode,
            Error::Cancelled(_) => Status::Cancelled,
            Error::Internal(_) => Status::Internal,
        }
    }

    /// The HTTP status of the answer; `None` where there was no answer.
    pub fn http_status(&self) -> Option<u16> {
        self.detail().http_status
    }

    /// The first code of Cloudflare's list of errors, such as 10000; `None` where the answer has none.
    pub fn api_code(&self) -> Option<i64> {
        self.service_errors().iter().map(|e| e.code).find(|code| *code != 0)
    }

    /// Cloudflare's codes and messages, in its order, each followed by those of its `error_chain`.
    pub fn service_errors(&self) -> &[ServiceError] {
        &self.detail().said
    }

    /// The `CF-Ray` of the answer, which Cloudflare's support asks for.
    pub fn ray_id(&self) -> Option<&str> {
        self.detail().ray_id.as_deref()
    }

    /// How long the service asks to wait before the next request.
    pub fn retry_after(&self) -> Option<Duration> {
        self.detail().retry_after
    }

    /// What the service sent, at most 64 KiB of it. What is not UTF-8 in it reads as U+FFFD.
    pub fn body(&self) -> Option<&str> {
        self.detail().body.as_deref()
    }

    /// The number of the page that failed; `None` where no page was asked for by number.
    pub fn page(&self) -> Option<u64> {
        self.detail().page
    }

    /// How many requests were sent for the page that failed, failed connections included; 0 where nothing was sent.
    pub fn attempts(&self) -> u32 {
        self.detail().attempts
    }

    /// Says that another attempt would fail in the same way.
    pub(crate) fn permanent(mut self) -> Self {
        self.detail_mut().permanent = true;
        self
    }

    pub(crate) fn is_permanent(&self) -> bool {
        self.detail().permanent
    }

    pub(crate) fn with_source(self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.with_boxed_source(Box::new(source))
    }

    #[cold]
    fn with_boxed_source(mut self, source: Box<dyn std::error::Error + Send + Sync>) -> Self {
        // One that repeats a text of the service's tells no more than the message, at length.
        self.detail_mut().source = Some(source).filter(|source| source.to_string().len() <= SOURCE_MOST);
        self
    }

    #[cold]
    pub(crate) fn with_answer(mut self, http_status: u16, ray_id: Option<String>, body: &[u8]) -> Self {
        let detail = self.detail_mut();
        detail.http_status = Some(http_status);
        detail.ray_id = ray_id;
        detail.body = kept(body);
        self
    }

    /// For an answer that is not the service's: says where it came from, and what to check.
    #[cold]
    pub(crate) fn sent_from_elsewhere(mut self, place: String, base_url: &str) -> Self {
        let detail = self.detail_mut();
        detail.advice = Some(format!("check {base_url}"));
        detail.place = Some(place);
        self
    }

    /// Adds what an answer says that is neither a list nor a failure by its status, and where it came from if that is
    /// not the service.
    #[cold]
    pub(crate) fn with_words(mut self, body: &[u8], place: impl Fn() -> String, base_url: &str) -> Self {
        let read = ErrorBody::read(body);
        self.detail_mut().said = read.words_without_a_list();
        if read.may_be_a_page() { self } else { self.sent_from_elsewhere(place(), base_url) }
    }

    pub(crate) fn with_attempt(mut self, page: Option<u64>, attempts: u32) -> Self {
        let detail = self.detail_mut();
        detail.page = page;
        detail.attempts = attempts;
        self
    }

    /// Strikes out a credential that the service sent back.
    pub(crate) fn without(mut self, secret: &str) -> Self {
        if secret.len() < SHORTEST_SECRET {
            return self;
        }
        let detail = self.detail_mut();
        let said = detail.said.iter_mut().map(|e| &mut e.message);
        let texts = [&mut detail.what]
            .into_iter()
            .chain(said)
            .chain(&mut detail.plain)
            .chain(&mut detail.place)
            .chain(&mut detail.ray_id);
        for text in texts.chain(&mut detail.body) {
            strike_out(text, secret);
        }
        // What stands for a credential may be longer.
        detail.body.iter_mut().for_each(cut_to_what_is_kept);
        detail.source = detail.source.take().filter(|source| !source.to_string().contains(secret));
        self
    }

    fn detail(&self) -> &Detail {
        match self {
            Error::InvalidArgument(d)
            | Error::Connection(d)
            | Error::Timeout(d)
            | Error::Authentication(d)
            | Error::PermissionDenied(d)
            | Error::NotFound(d)
            | Error::RateLimited(d)
            | Error::Server(d)
            | Error::Api(d)
            | Error::Decode(d)
            | Error::Cancelled(d)
            | Error::Internal(d) => d,
        }
    }

    fn detail_mut(&mut self) -> &mut Detail {
        match self {
            Error::InvalidArgument(d)
            | Error::Connection(d)
            | Error::Timeout(d)
            | Error::Authentication(d)
            | Error::PermissionDenied(d)
            | Error::NotFound(d)
            | Error::RateLimited(d)
            | Error::Server(d)
            | Error::Api(d)
            | Error::Decode(d)
            | Error::Cancelled(d)
            | Error::Internal(d) => d,
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match f.alternate() {
            true => f.debug_struct("Error").field("status", &self.status()).field("detail", self.detail()).finish(),
            false => fmt::Display::fmt(self, f),
        }
    }
}

/// What failed and, where there is something, what to do about it; and whether it helps to know where the request went.
fn what_failed(refusal: &Refusal<'_>, body: &ErrorBody) -> (String, bool) {
    let Refusal { credential, base_url, http_status, challenge, .. } = refusal;
    let from_service = body.is_of_the_service();
    let errors = body.errors();
    let has_code = |codes: &[i64]| errors.iter().any(|error| codes.contains(&error.code));
    let nowhere = |what: &str| (format!("{what}: check {base_url}"), true);
    let what = match http_status {
        _ if *challenge => "the network edge answered with a challenge meant for browsers".into(),
        401 => format!("the service refused the credential from {credential}"),
        403 if from_service => {
            format!(
                "the credential from {credential} may not read these participants: it may lack the permission Realtime or \
                 Realtime Admin"
            )
        }
        403 => {
            let what = "access is refused, and not by the service itself: a firewall or a proxy is in the way, or \
                        the credential";
            return (format!("{what} from {credential} lacks the permission Realtime or Realtime Admin"), true);
        }
        _ if errors.first().is_some_and(|error| NO_ROUTE.contains(&error.code)) => {
            return (
                format!("the service has no such address: check account_id, app_id, meeting_id and {base_url}"),
                true,
            );
        }
        404 if from_service => {
            "the service knows no such account, app or meeting: check account_id, app_id and meeting_id".into()
        }
        404 => return nowhere("this is not an endpoint of the API"),
        429 => "too many requests".into(),
        500..=599 => "the service failed".into(),
        300..=399 => return nowhere("the service redirects elsewhere, and redirects are not followed"),
        _ if has_code(&OF_THE_CREDENTIAL) => {
            format!("the service does not accept the credential from {credential}")
        }
        // What the network edge says of a request that may be sent again.
        408 | 409 => "the service reported a failure".into(),
        400..=499 if !from_service => return nowhere("this does not answer as the API does"),
        _ => "the service reported a failure".into(),
    };
    (what, false)
}

impl Detail {
    #[cold]
    fn new(what: impl Into<String>) -> Box<Self> {
        Box::new(Detail { what: what.into(), ..Detail::default() })
    }

    #[cold]
    fn line(&self) -> String {
        let mut facts = Vec::new();
        if let Some(status) = self.http_status {
            let mut fact = format!("HTTP {status}");
            for (i, error) in self.said.iter().enumerate() {
                fact.push_str(if i == 0 { ", " } else { " > " });
                match error.code {
                    0 => fact.push_str(&error.message),
                    code => fact.push_str(&format!("code {code}: {}", error.message)),
                }
            }
            if let Some(text) = &self.plain {
                fact.push_str(&format!(", {text}"));
            }
            facts.push(fact);
        }
        facts.extend(self.place.clone());
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
        let mut line = self.what.clone();
        if let Some(advice) = &self.advice {
            line.push_str(&format!("; {advice}"));
        }
        if !facts.is_empty() {
            line.push_str(&format!(" ({})", facts.join("; ")));
        }
        line.replace(breaks_the_line, " ")
    }
}

/// Whether a character of the service's words would end the line, drive a terminal, or turn the text around.
fn breaks_the_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Replaces a secret, every longer part of it, and what is left of it where the text was cut within it.
fn strike_out(text: &mut String, secret: &str) {
    if text.contains(secret) {
        *text = text.replace(secret, STRUCK);
    }
    // The beginning of an unreadable answer stands in quotes.
    let end = text.trim_end_matches('"').len();
    let left = (SHORTEST_SECRET..secret.len()).rev().find(|length| {
        let beginning = secret.as_bytes().get(..*length);
        text.as_bytes().get(..end).zip(beginning).is_some_and(|(text, beginning)| text.ends_with(beginning))
    });
    if let Some(length) = left {
        text.replace_range(end - length..end, STRUCK);
    }
    strike_out_parts(text, secret.as_bytes());
}

/// Replaces the parts of a secret that are so long that no word is one by chance.
fn strike_out_parts(text: &mut String, secret: &[u8]) {
    let least = SHORTEST_PART.max(secret.len() / 3);
    let is_part = |window: &[u8]| secret.windows(least).any(|part| part == window);
    let mut struck = String::new();
    let (mut kept, mut at) = (0, 0);
    while let Some(window) = text.as_bytes().get(at..at + least) {
        if !is_part(window) {
            at += 1;
            continue;
        }
        let end = text.as_bytes().windows(least).skip(at).take_while(|window| is_part(window)).count() + at + least - 1;
        // A secret is ASCII, so these are boundaries of characters.
        struck.push_str(text.get(kept..at).unwrap_or_default());
        struck.push_str(STRUCK);
        (kept, at) = (end, end);
    }
    if kept > 0 {
        struck.push_str(text.get(kept..).unwrap_or_default());
        *text = struck;
    }
}

/// A time for messages, such as `60 s` or `0.25 s`: to the millisecond.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{} s", time.as_millis() as f64 / 1000.0)
}

/// The part of a body that an error keeps: at most [`BODY_KEPT`] bytes, as text.
fn kept(body: &[u8]) -> Option<String> {
    let mut text = String::from_utf8_lossy(body.get(..BODY_KEPT).unwrap_or(body)).into_owned();
    cut_to_what_is_kept(&mut text);
    if body.len() >= BODY_KEPT {
        // What is left of a character that was cut through.
        text.truncate(text.trim_end_matches(char::REPLACEMENT_CHARACTER).len());
    }
    (!text.is_empty()).then_some(text)
}

/// Cuts the text of a body, between two characters, at the most that an error keeps of one.
pub(crate) fn cut_to_what_is_kept(text: &mut String) {
    let mut end = text.len().min(BODY_KEPT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
}

/// Of a peer's text, which can be as long as its answer, no more than a log bears.
pub(crate) fn short(text: impl fmt::Display) -> String {
    text.to_string().chars().take(SAID_KEPT).collect()
}
