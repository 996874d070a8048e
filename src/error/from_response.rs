//! From a response that reports a failure to an error: which kind it is, what failed, and what to do about it.

use std::time::Duration;

use crate::error::body::ErrorBody;
use crate::error::{Detail, Error, ErrorKind, body_text};

/// Cloudflare's codes for a credential that is malformed, missing, invalid or not allowed, whatever the HTTP status.
const CREDENTIAL_CODES: [i64; 5] = [6003, 6111, 9106, 9109, 10000];

/// Cloudflare's codes for a URL that it does not know.
const UNKNOWN_URL_CODES: [i64; 2] = [7000, 7003];

/// A response that reports a failure: by its HTTP status or, with a 2xx status, by `"success": false`.
pub(crate) struct ErrorResponse<'a> {
    /// The URL of the request without its query, as messages may show it.
    pub url: &'a str,
    /// Where the credential came from, such as `CLOUDFLARE_API_TOKEN`.
    pub credential_source: &'a str,
    /// Where the base URL came from, such as `CLOUDFLARE_BASE_URL`: the setting to check if the service is not there.
    pub base_url_source: &'a str,
    pub http_status: u16,
    pub ray_id: Option<String>,
    /// The `Retry-After` header.
    pub retry_after: Option<Duration>,
    /// Whether the network edge responded with a browser challenge.
    pub challenge: bool,
    /// Why the body could not be decoded.
    pub decode_error: Option<String>,
    pub body: &'a [u8],
}

/// What failed, and what to do about it: the beginning of a message.
struct Summary {
    text: String,
    /// Whether it helps to know the URL of the request.
    shows_url: bool,
}

impl Summary {
    fn new(text: impl Into<String>) -> Self {
        Summary { text: text.into(), shows_url: false }
    }

    fn with_url(text: impl Into<String>) -> Self {
        Summary { text: text.into(), shows_url: true }
    }
}

impl Error {
    /// The failure that a response reports.
    #[cold]
    pub(crate) fn from_response(response: ErrorResponse<'_>) -> Self {
        let body = ErrorBody::read(response.body);
        let summary = response.summary(&body);
        let retry_after = || Duration::try_from_secs_f64(body.retry_after()?).ok();
        Error(Box::new(Detail {
            url: summary.shows_url.then(|| response.url.to_string()),
            http_status: Some(response.http_status),
            service_errors: body.errors(),
            retry_after: response.retry_after.or_else(retry_after),
            text: response.decode_error.or(body.text),
            ray_id: response.ray_id,
            body: body_text(response.body),
            ..Detail::new(kind(response.http_status), summary.text)
        }))
    }
}

/// The kind of failure that a response reports with this HTTP status.
fn kind(http_status: u16) -> ErrorKind {
    match http_status {
        401 => ErrorKind::Authentication,
        403 => ErrorKind::PermissionDenied,
        404 => ErrorKind::NotFound,
        429 => ErrorKind::RateLimited,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::Api,
    }
}

impl ErrorResponse<'_> {
    fn summary(&self, body: &ErrorBody) -> Summary {
        let ErrorResponse { credential_source, base_url_source, .. } = self;
        let from_service = body.is_from_service();
        let errors = body.errors();
        let has_code = |codes: &[i64]| errors.iter().any(|error| codes.contains(&error.code));
        let check_base_url = |what: &str| Summary::with_url(format!("{what}: check {base_url_source}"));
        match self.http_status {
            _ if self.challenge => Summary::new("the network edge answered with a challenge meant for browsers"),
            401 => Summary::new(format!("the service refused the credential from {credential_source}")),
            403 if from_service => Summary::new(format!(
                "the credential from {credential_source} may not read these participants: it may lack the permission \
                 Realtime or Realtime Admin"
            )),
            403 => Summary::with_url(format!(
                "access is refused, and not by the service itself: a firewall or a proxy is in the way, or the \
                 credential from {credential_source} lacks the permission Realtime or Realtime Admin"
            )),
            _ if errors.first().is_some_and(|error| UNKNOWN_URL_CODES.contains(&error.code)) => Summary::with_url(
                format!("the service has no such address: check account_id, app_id, meeting_id and {base_url_source}"),
            ),
            404 if from_service => Summary::new(
                "the service knows no such account, app or meeting: check account_id, app_id and meeting_id",
            ),
            404 => check_base_url("this is not an endpoint of the API"),
            429 => Summary::new("too many requests"),
            500..=599 => Summary::new("the service failed"),
            300..=399 => check_base_url("the service redirects elsewhere, and redirects are not followed"),
            _ if has_code(&CREDENTIAL_CODES) => {
                Summary::new(format!("the service does not accept the credential from {credential_source}"))
            }
            // The network edge responds with these to requests that may be retried.
            408 | 409 => Summary::new("the service reported a failure"),
            400..=499 if !from_service => check_base_url("this does not answer as the API does"),
            _ => Summary::new("the service reported a failure"),
        }
    }
}
