//! Content codings of response bodies: gzip is requested and decoded, all others are refused.

use std::io::{self, Read};

use flate2::bufread::GzDecoder;
use ureq::http::HeaderMap;
use ureq::http::header::CONTENT_ENCODING;

/// The value of `Accept-Encoding`.
pub(super) const ACCEPTED: &str = "gzip";

/// The first bytes of a gzip member.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// How much longer than its gzip a body is first assumed to be.
const EXPECTED_RATIO: usize = 8;

/// How many codings of one body are decoded, as in curl.
const MAX_CODINGS: usize = 5;

/// Why a body could not be decoded.
#[derive(Debug)]
pub(super) enum DecodeError {
    /// The end of the gzip is missing.
    CutShort,
    /// The decoded body is longer than allowed.
    TooLong,
    InvalidGzip(io::Error),
    UnknownCoding(String),
}

/// The codings of a body in the order in which they were applied, in lower case.
pub(super) fn codings(headers: &HeaderMap) -> Vec<String> {
    let values = headers
        .get_all(CONTENT_ENCODING)
        .into_iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase());
    let codings = values.flat_map(|value| value.split(',').map(|name| name.trim().to_string()).collect::<Vec<_>>());
    codings.filter(|name| !matches!(name.as_str(), "" | "identity" | "none")).collect()
}

/// Decodes a body in place, up to `max` bytes. After a failure it holds what could be decoded.
pub(super) fn decode(body: &mut Vec<u8>, codings: &[String], max: usize) -> Result<(), DecodeError> {
    // Some servers name a coding for an empty body, which has none.
    if body.is_empty() {
        return Ok(());
    }
    if codings.len() > MAX_CODINGS {
        return Err(DecodeError::UnknownCoding(codings.join(", ")));
    }
    for coding in codings.iter().rev() {
        if !matches!(coding.as_str(), "gzip" | "x-gzip") {
            return Err(DecodeError::UnknownCoding(coding.clone()));
        }
        let mut decoded = Vec::with_capacity(body.len().saturating_mul(EXPECTED_RATIO).min(max));
        let result = gunzip(body, &mut decoded, max);
        // If nothing could be decoded, the body stays as it is.
        if result.is_ok() || !decoded.is_empty() {
            *body = decoded;
        }
        result?;
    }
    Ok(())
}

/// Decodes the members of a gzip. Like gzip itself, it ignores what follows the last member.
///
/// Not inlined: a decoder takes 40 KiB of stack, which a request should not need all the time.
#[inline(never)]
fn gunzip(mut gzip: &[u8], decoded: &mut Vec<u8>, max: usize) -> Result<(), DecodeError> {
    loop {
        let allowed = max.saturating_sub(decoded.len()) as u64 + 1;
        let mut member = GzDecoder::new(gzip).take(allowed);
        member.read_to_end(decoded).map_err(|e| match e.kind() {
            io::ErrorKind::UnexpectedEof => DecodeError::CutShort,
            _ => DecodeError::InvalidGzip(e),
        })?;
        if decoded.len() > max {
            decoded.truncate(max);
            return Err(DecodeError::TooLong);
        }
        gzip = member.into_inner().into_inner();
        if !gzip.starts_with(&GZIP_MAGIC) {
            return Ok(());
        }
    }
}
