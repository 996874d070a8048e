//! The content codings of a body: gzip is asked for and undone, any other is refused by its name.

use std::io::{self, Read};

use flate2::bufread::GzDecoder;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

/// What `Accept-Encoding` says.
pub(crate) const ACCEPTED: &str = "gzip";

/// What a member of gzip begins with.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// How much longer a body is expected to be than its gzip, to begin with.
const EXPECTED_RATIO: usize = 8;

/// The most codings that are undone, one behind the other, as in curl.
const CODINGS_MOST: usize = 5;

/// Why a body could not be decoded.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The end of the gzip is missing.
    CutShort,
    /// There is more than is allowed.
    TooLong,
    Broken(io::Error),
    NotAskedFor(String),
}

/// The codings that were applied, in their order, in lower case.
pub(crate) fn names(headers: &HeaderMap) -> Vec<String> {
    let values = headers
        .get_all(CONTENT_ENCODING)
        .into_iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase());
    let names = values.flat_map(|value| value.split(',').map(|name| name.trim().to_string()).collect::<Vec<_>>());
    names.filter(|name| !matches!(name.as_str(), "" | "identity" | "none")).collect()
}

/// Undoes the codings of a body, which may then be `most` bytes long. What fails leaves what could be decoded.
pub(crate) fn decode(body: &mut Vec<u8>, codings: &[String], most: usize) -> Result<(), Failure> {
    // The server compressed nothing: it has nothing to say.
    if body.is_empty() {
        return Ok(());
    }
    if codings.len() > CODINGS_MOST {
        return Err(Failure::NotAskedFor(codings.join(", ")));
    }
    for coding in codings.iter().rev() {
        if !matches!(coding.as_str(), "gzip" | "x-gzip") {
            return Err(Failure::NotAskedFor(coding.clone()));
        }
        let mut decoded = Vec::with_capacity(body.len().saturating_mul(EXPECTED_RATIO).min(most));
        let result = gunzip(body, &mut decoded, most);
        // What nothing could be decoded of stays as it came.
        if result.is_ok() || !decoded.is_empty() {
            *body = decoded;
        }
        result?;
    }
    Ok(())
}

/// Decodes the members of a gzip. What stands behind the last one is ignored, as gzip itself does.
///
/// A decoder is made on the stack, 40 KiB of it, which would be added to what a request takes.
#[inline(never)]
fn gunzip(mut gzip: &[u8], decoded: &mut Vec<u8>, most: usize) -> Result<(), Failure> {
    loop {
        let allowed = most.saturating_sub(decoded.len()) as u64 + 1;
        let mut member = GzDecoder::new(gzip).take(allowed);
        member.read_to_end(decoded).map_err(|e| match e.kind() {
            io::ErrorKind::UnexpectedEof => Failure::CutShort,
            _ => Failure::Broken(e),
        })?;
        if decoded.len() > most {
            decoded.truncate(most);
            return Err(Failure::TooLong);
        }
        gzip = member.into_inner().into_inner();
        if !gzip.starts_with(&GZIP_MAGIC) {
            return Ok(());
        }
    }
}
