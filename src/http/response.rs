//! The response to a request: what later stages need of its head, and its decoded body.

use std::io::Read;
use std::time::Duration;

use ureq::Body;

use super::content_coding::{self, DecodeError};
use super::failure::{body_error, request_error};
use super::head::Fields;
use super::receive::{MAX_RESERVED, Received};
use crate::Error;
use crate::settings::CheckedSettings;

/// How long the body of a 2xx response may be, after decoding.
pub(super) const MAX_BODY_LENGTH: usize = 64 * 1024 * 1024;

/// A response of the service, with any status.
pub(crate) struct Response {
    pub status: u16,
    pub ray_id: Option<String>,
    pub retry_after: Option<String>,
    pub ratelimit: Option<String>,
    /// Whether the network edge responded with a browser challenge.
    pub challenge: bool,
    /// Why the body of a response that is not 2xx could not be decoded.
    pub decode_error: Option<String>,
    pub body: Vec<u8>,
    /// Whether the service had closed the connection that was to be used.
    pub reopened_connection: bool,
}

impl Response {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Reads what is left of the body of a response to a request that was `allowed` this much time.
    pub(super) fn read(
        mut response: ureq::http::Response<Body>,
        received: Received,
        settings: &CheckedSettings,
        allowed: Duration,
    ) -> Result<Self, Error> {
        let status = response.status().as_u16();
        let Received { fields, mut body } = received;
        let Fields { ray_id, retry_after, ratelimit, challenge, codings } = fields;
        let success = response.status().is_success();
        let max = if success { MAX_BODY_LENGTH } else { Error::MAX_BODY };
        let limit = max.saturating_sub(body.len()) as u64;
        let rest = response.body().content_length().unwrap_or(0).min(limit).min(MAX_RESERVED as u64);
        body.reserve_exact(rest as usize);
        let read = response.body_mut().with_config().limit(limit).reader().read_to_end(&mut body);
        let failed = read.err().map(|e| request_error(settings, allowed, e.into()));
        let decode_error = content_coding::decode(&mut body, &codings, max).err();
        if success {
            if let Some(error) = failed.or(decode_error.map(|e| body_error(settings, e))) {
                return Err(error.with_response(status, ray_id, &body));
            }
            return Ok(Response {
                status,
                ray_id,
                retry_after,
                ratelimit,
                challenge,
                decode_error: None,
                body,
                reopened_connection: false,
            });
        }
        // The status says what failed: a part of the body is enough.
        let unreadable = |e: &DecodeError| matches!(e, DecodeError::InvalidGzip(_) | DecodeError::UnknownCoding(_));
        let decode_error = decode_error.filter(unreadable).map(|e| body_error(settings, e).to_string());
        Ok(Response {
            status,
            ray_id,
            retry_after,
            ratelimit,
            challenge,
            decode_error,
            body,
            reopened_connection: false,
        })
    }
}
