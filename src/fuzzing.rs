//! Internals exposed to `fuzz/`. Not part of the library: compiled only by cargo-fuzz.

#![allow(missing_docs)]

use std::ffi::CStr;
use std::sync::Arc;
use std::time::Duration;

use crate::Field;
use crate::error::ErrorResponse;
use crate::page::decode;
use crate::{Error, Meeting, Participant, Participants, quota, retry};

/// Parses a page.
pub fn page(body: Vec<u8>) -> Result<Participants, Error> {
    let page = decode::page(body).map_err(|(error, body)| match decode::reports_failure(&body) {
        true => refused(200, None, false, &body),
        false => error.with_response(200, None, &body),
    })?;
    let (rows, paging) = (0..page.rows.len() as u32, page.paging);
    let page = Arc::new(page);
    Ok(Participants::new(rows.map(|row| Participant::of(&page, row)).collect(), paging, false))
}

/// A participant's id, custom id, preset's name, dates, name and picture, as C reads them.
pub fn c_texts(participant: &Participant) -> [Option<&CStr>; 7] {
    use Field::{CreatedAt, CustomParticipantId, Id, Name, Picture, PresetName, UpdatedAt};
    let fields = [Id, CustomParticipantId, PresetName, CreatedAt, UpdatedAt, Name, Picture];
    fields.map(|field| CStr::from_bytes_with_nul(participant.text_with_nul(field)?).ok())
}

/// The error for a response that reports a failure.
pub fn refused(http_status: u16, retry_after: Option<Duration>, challenge: bool, body: &[u8]) -> Error {
    Error::from_response(ErrorResponse {
        url: "https://example.com/accounts",
        credential_source: "api_token",
        base_url_source: "base_url",
        http_status,
        ray_id: None,
        retry_after,
        challenge,
        decode_error: None,
        body,
    })
}

pub fn redact(error: Error, secret: &str) -> Error {
    error.redact(secret)
}

pub fn retry_after(value: &str) -> Option<Duration> {
    retry::retry_after(value)
}

pub fn exhausted_for(ratelimit: &str) -> Option<Duration> {
    quota::exhausted_for(ratelimit)
}

pub fn delay(error: &Error, failed_attempts: u32) -> Duration {
    retry::delay(error, failed_attempts)
}

/// The path of the participants endpoint.
pub fn path(meeting: &Meeting) -> String {
    meeting.path()
}

/// Walks in memory.
pub use crate::pagination::simulation as plan;
