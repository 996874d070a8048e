//! From a response of the service to a page, or to an error that says what is wrong.

use crate::error::{Error, ErrorResponse};
use crate::http::Response;
use crate::meeting::Meeting;
use crate::page::{Page, decode};
use crate::retry;
use crate::settings::CheckedSettings;

/// The page in a response, or the failure that it reports.
pub(crate) fn page(mut response: Response, settings: &CheckedSettings, meeting: &Meeting) -> Result<Page, Error> {
    if !response.is_success() {
        return Err(reported_failure(response, settings, meeting));
    }
    decode::page(std::mem::take(&mut response.body)).map_err(|(error, body)| {
        if decode::reports_failure(&body) {
            return reported_failure(Response { body, ..response }, settings, meeting);
        }
        let error = match response.challenge {
            true => Error::decode("it is a challenge meant for browsers"),
            false => error.with_service_errors(&body, || shown_url(settings, meeting), settings.base_url_source),
        };
        error.with_response(response.status, response.ray_id, &body)
    })
}

fn reported_failure(response: Response, settings: &CheckedSettings, meeting: &Meeting) -> Error {
    Error::from_response(ErrorResponse {
        url: &shown_url(settings, meeting),
        credential_source: settings.credential_source,
        base_url_source: settings.base_url_source,
        http_status: response.status,
        ray_id: response.ray_id,
        retry_after: response.retry_after.as_deref().and_then(retry::retry_after),
        challenge: response.challenge,
        decode_error: response.decode_error,
        body: &response.body,
    })
}

/// The URL of a meeting's participants for messages: without its query, and without what may be a secret.
pub(crate) fn shown_url(settings: &CheckedSettings, meeting: &Meeting) -> String {
    format!("{}{}", settings.base_url, meeting.shown_path())
}
