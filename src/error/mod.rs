//! The error type: why a call failed.

mod kind;
mod response;

use std::fmt;
use std::time::Duration;

pub use crate::error::kind::ErrorKind;
use crate::error::response::ErrorBody;

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

/// Why a call failed.
///
/// [`status`](Error::status) tells the kind of failure. The message (`Display`) is one line: what failed, what the
/// service said, and the figures its support asks for. It never contains a credential. The `Debug` form is the same
/// line, so that a `main` that returns an error prints it readably; `{:#?}` shows everything that is known.
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
#[error("{}", self.line())]
struct Detail {
    kind: ErrorKind,
    /// What failed.
    what: String,
    /// What to do about it, where `what` does not say so.
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
    /// Whether another attempt would fail in the same way.
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
    /// How much of a response body an error keeps, in bytes.
    pub const MAX_BODY: usize = 64 * 1024;

    #[cold]
    fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Error(Box::new(Detail::new(kind, what.into())))
    }

    pub(crate) fn invalid_argument(what: impl Into<String>) -> Self {
        Error::new(ErrorKind::InvalidArgument, what)
    }

    pub(crate) fn connection(what: impl Into<String>) -> Self {
        Error::new(ErrorKind::Connection, what)
    }

    pub(crate) fn timeout(what: impl Into<String>) -> Self {
        Error::new(ErrorKind::Timeout, what)
    }

    pub(crate) fn decode(what: impl fmt::Display) -> Self {
        Error::new(ErrorKind::Decode, format!("the answer is not what the API promises: {}", short(what)))
    }

    /// For a body in a content coding, such as `br`, that the request did not ask for.
    #[cold]
    pub(crate) fn unasked_coding(coding: &str) -> Self {
        Error::new(ErrorKind::Decode, format!("the answer is in {}, which was not asked for", short(coding)))
    }

    pub(crate) fn cancelled() -> Self {
        Error::new(ErrorKind::Cancelled, "the client was shut down")
    }

    pub(crate) fn internal(what: impl fmt::Display) -> Self {
        Error::new(ErrorKind::Internal, format!("a bug in libparticipants: {what}"))
    }

    /// The failure that an answer of the service reports, by its HTTP status; with a 2xx status, by `"success": false`.
    #[cold]
    pub(crate) fn refused(refusal: Refusal<'_>) -> Self {
        let body = ErrorBody::read(refusal.body);
        let repeated = || Duration::try_from_secs_f64(body.retry_after()?).ok();
        let (what, tells_place) = what_failed(&refusal, &body);
        let kind = match refusal.http_status {
            401 => ErrorKind::Authentication,
            403 => ErrorKind::PermissionDenied,
            404 => ErrorKind::NotFound,
            429 => ErrorKind::RateLimited,
            500..=599 => ErrorKind::Server,
            _ => ErrorKind::Api,
        };
        Error(Box::new(Detail {
            place: tells_place.then(|| refusal.place.to_string()),
            http_status: Some(refusal.http_status),
            said: body.errors(),
            retry_after: refusal.retry_after.or_else(repeated),
            plain: refusal.undecoded.or(body.plain),
            ray_id: refusal.ray_id,
            body: kept(refusal.body),
            ..Detail::new(kind, what)
        }))
    }

    /// The kind of failure.
    pub fn status(&self) -> ErrorKind {
        self.0.kind
    }

    /// The HTTP status of the answer; `None` where there was no answer.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// The first code of Cloudflare's list of errors, such as 10000; `None` where the answer has none.
    pub fn api_code(&self) -> Option<i64> {
        self.service_errors().iter().map(|e| e.code).find(|code| *code != 0)
    }

    /// Cloudflare's codes and messages, in its order, each followed by those of its `error_chain`.
    pub fn service_errors(&self) -> &[ServiceError] {
        &self.0.said
    }

    /// The `CF-Ray` of the answer, which Cloudflare's support asks for.
    pub fn ray_id(&self) -> Option<&str> {
        self.0.ray_id.as_deref()
    }

    /// How long the service asks to wait before the next request.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What the service sent, at most 64 KiB of it. What is not UTF-8 in it reads as U+FFFD.
    pub fn body(&self) -> Option<&str> {
        self.0.body.as_deref()
    }

    /// The number of the page that failed; `None` where no page was asked for by number.
    pub fn page(&self) -> Option<u64> {
        self.0.page
    }

    /// How many requests were sent for the page that failed, failed connections included; 0 where nothing was sent.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Says that another attempt would fail in the same way.
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
        // One that repeats a text of the service's tells no more than the message, at length.
        self.0.source = Some(source).filter(|source| source.to_string().len() <= SOURCE_MOST);
        self
    }

    #[cold]
    pub(crate) fn with_answer(mut self, http_status: u16, ray_id: Option<String>, body: &[u8]) -> Self {
        let detail = &mut self.0;
        detail.http_status = Some(http_status);
        detail.ray_id = ray_id;
        detail.body = kept(body);
        self
    }

    /// For an answer that is not the service's: says where it came from, and what to check.
    #[cold]
    pub(crate) fn sent_from_elsewhere(mut self, place: String, base_url: &str) -> Self {
        let detail = &mut self.0;
        detail.advice = Some(format!("check {base_url}"));
        detail.place = Some(place);
        self
    }

    /// Adds what an answer says that is neither a list nor a failure by its status, and where it came from if that is
    /// not the service.
    #[cold]
    pub(crate) fn with_words(mut self, body: &[u8], place: impl Fn() -> String, base_url: &str) -> Self {
        let read = ErrorBody::read(body);
        self.0.said = read.words_without_a_list();
        if read.may_be_a_page() { self } else { self.sent_from_elsewhere(place(), base_url) }
    }

    pub(crate) fn with_attempt(mut self, page: Option<u64>, attempts: u32) -> Self {
        let detail = &mut self.0;
        detail.page = page;
        detail.attempts = attempts;
        self
    }

    /// Strikes out a credential that the service sent back.
    pub(crate) fn without(mut self, secret: &str) -> Self {
        if secret.len() < SHORTEST_SECRET {
            return self;
        }
        let detail = &mut self.0;
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
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match f.alternate() {
            true => f.debug_tuple("Error").field(&self.0).finish(),
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
    fn new(kind: ErrorKind, what: String) -> Self {
        Detail {
            kind,
            what,
            advice: None,
            place: None,
            http_status: None,
            said: Vec::new(),
            plain: None,
            ray_id: None,
            retry_after: None,
            body: None,
            page: None,
            attempts: 0,
            permanent: false,
            source: None,
        }
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

/// The part of a body that an error keeps: at most [`Error::MAX_BODY`] bytes, as text.
fn kept(body: &[u8]) -> Option<String> {
    let mut text = String::from_utf8_lossy(body.get(..Error::MAX_BODY).unwrap_or(body)).into_owned();
    cut_to_what_is_kept(&mut text);
    if body.len() >= Error::MAX_BODY {
        // What is left of a character that was cut through.
        text.truncate(text.trim_end_matches(char::REPLACEMENT_CHARACTER).len());
    }
    (!text.is_empty()).then_some(text)
}

/// Cuts the text of a body, between two characters, at the most that an error keeps of one.
pub(crate) fn cut_to_what_is_kept(text: &mut String) {
    let mut end = text.len().min(Error::MAX_BODY);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
}

/// Of a peer's text, which can be as long as its answer, no more than a log bears.
pub(crate) fn short(text: impl fmt::Display) -> String {
    text.to_string().chars().take(SAID_KEPT).collect()
}
