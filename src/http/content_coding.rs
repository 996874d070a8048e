//! Content codings of response bodies: gzip is requested and decoded, all others are refused.

use flate2::{Decompress, DecompressError, FlushDecompress, Status};

/// The value of `Accept-Encoding`.
pub(super) const ACCEPTED: &str = "gzip";

/// The first bytes of a gzip member.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Deflate's largest window, which every gzip may use.
const WINDOW_BITS: u8 = 15;

/// How many times as long as its gzip a body can be for which memory is reserved at once. A page of participants is
/// 6 to 8 times as long, a hostile body 1,000 times.
const MAX_RESERVED_RATIO: usize = 32;

/// How much is reserved after a body. The decoder is fast only while there is room for so much.
const SPARE: usize = 260;

/// How many codings of one body are decoded, as in curl.
const MAX_CODINGS: usize = 5;

/// Why a body could not be decoded.
#[derive(Debug)]
pub(super) enum DecodeError {
    /// The end of the gzip is missing.
    CutShort,
    /// The decoded body is longer than allowed.
    TooLong,
    InvalidGzip(DecompressError),
    UnknownCoding(String),
}

/// The codings that a `Content-Encoding` names, in lower case.
pub(super) fn codings(value: &[u8]) -> Vec<String> {
    let value = String::from_utf8_lossy(value).to_ascii_lowercase();
    let names = value.split(',').map(str::trim).filter(|name| !matches!(*name, "" | "identity" | "none"));
    names.map(str::to_string).collect()
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
        let mut decoded = Vec::with_capacity(expected_length(body).min(max) + SPARE);
        let result = gunzip(body, &mut decoded, max);
        // If nothing could be decoded, the body stays as it is.
        if result.is_ok() || !decoded.is_empty() {
            *body = decoded;
        }
        result?;
    }
    Ok(())
}

/// How long the decoded body will be, if the last four bytes of the gzip are true and it has one member.
fn expected_length(gzip: &[u8]) -> usize {
    let length = gzip.last_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize);
    length.clamp(gzip.len(), gzip.len().saturating_mul(MAX_RESERVED_RATIO))
}

/// Decodes the members of a gzip. Like gzip itself, it ignores what follows the last member.
fn gunzip(mut gzip: &[u8], decoded: &mut Vec<u8>, max: usize) -> Result<(), DecodeError> {
    let mut member = Decompress::new_gzip(WINDOW_BITS);
    loop {
        let (read, full) = (member.total_in(), decoded.capacity());
        let status = member.decompress_vec(gzip, decoded, FlushDecompress::Finish);
        gzip = gzip.get((member.total_in() - read) as usize..).unwrap_or_default();
        if decoded.len() > max {
            decoded.truncate(max);
            return Err(DecodeError::TooLong);
        }
        match status.map_err(DecodeError::InvalidGzip)? {
            Status::StreamEnd if !gzip.starts_with(&GZIP_MAGIC) => return Ok(()),
            Status::StreamEnd => member = Decompress::new_gzip(WINDOW_BITS),
            _ if decoded.len() < full => return Err(DecodeError::CutShort),
            _ => decoded.reserve_exact(full.min(max + 1 - full)),
        }
    }
}
