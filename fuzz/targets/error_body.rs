//! The body of a response that reports a failure: with any content, the error is one line of bounded length, and a
//! credential in it is redacted.

#![no_main]

use std::error::Error as _;
use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use participants::{Error, ErrorKind, fuzzing};

/// A credential that a service may repeat.
const SECRET: &str = "fuzz-token-0123456789";

/// Eight texts of 300 characters, and what is between them.
const MAX_MESSAGE: usize = 8 * (300 * 4 + 40) + 200;

#[derive(Debug, Arbitrary)]
struct Failure<'a> {
    status: u16,
    retry_after: Option<u64>,
    challenge: bool,
    body: &'a [u8],
}

fuzz_target!(|failure: Failure| {
    let Failure { status, retry_after, challenge, body } = failure;
    let error = fuzzing::refused(status, retry_after.map(Duration::from_millis), challenge, body);
    let expected = match status {
        401 => ErrorKind::Authentication,
        403 => ErrorKind::PermissionDenied,
        404 => ErrorKind::NotFound,
        429 => ErrorKind::RateLimited,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::Api,
    };
    assert_eq!((error.status(), error.http_status()), (expected, Some(status)));
    holds(&error, body);
    if let Some(wait) = retry_after {
        assert_eq!(error.retry_after(), Some(Duration::from_millis(wait)));
    }
    if let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) {
        said(&error, &value);
    }
    let error = fuzzing::redact(error, SECRET);
    holds(&error, &[]);
    no_secret(&error);

    // An answer with a 2xx status that is no page, too.
    if let Err(error) = fuzzing::page(body.to_vec()) {
        no_secret(&fuzzing::redact(error, SECRET));
    }
});

fn holds(error: &Error, body: &[u8]) {
    let message = error.to_string();
    let turns = |c| matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    assert!(!message.contains(|c: char| c.is_control() || turns(c)), "more than a line: {message:?}");
    assert!(message.len() <= MAX_MESSAGE, "{} bytes of message", message.len());
    assert!(error.service_errors().len() <= 8);
    assert!(error.service_errors().iter().all(|said| said.message.chars().count() <= 300));
    assert_eq!(error.api_code(), error.service_errors().iter().map(|said| said.code).find(|code| *code != 0));
    let kept = error.body().unwrap_or_default();
    assert!(kept.len() <= 64 * 1024);
    if let (Ok(text), true) = (std::str::from_utf8(body), body.len() < 64 * 1024) {
        assert!(body.is_empty() || kept == text, "the body is kept as it is");
    }
}

/// The first of Cloudflare's list of errors is the first in ours.
fn said(error: &Error, body: &serde_json::Value) {
    let first = &body["errors"][0];
    // A textual code would stand in front of the message.
    let named = ["error", "error_code"].iter().any(|key| first[key].is_string());
    let message = first["message"].as_str().filter(|message| !named && !message.trim().is_empty());
    if let (Some(code), Some(message)) = (first["code"].as_i64(), message) {
        let said = error.service_errors().first().expect("an error that the service reports");
        assert_eq!(said.code, code);
        assert_eq!(said.message, message.chars().take(300).collect::<String>());
    }
}

fn no_secret(error: &Error) {
    let mut shown = vec![error.to_string(), format!("{error:?}"), error.body().unwrap_or_default().into()];
    shown.extend(error.service_errors().iter().map(|said| said.message.clone()));
    let mut source = error.source();
    while let Some(cause) = source {
        shown.push(cause.to_string());
        source = cause.source();
    }
    assert!(!shown.iter().any(|text| text.contains(SECRET)), "the credential is shown: {shown:?}");
}
