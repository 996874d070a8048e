//! Reads the heads of responses as leniently as other clients.

use std::borrow::Cow;
use std::mem::MaybeUninit;

use httparse::{ParserConfig, Response, Status};

use super::content_coding;
use super::failure::bug;

/// How many headers a response may have, as in ureq.
pub(super) const MAX_HEADERS: usize = 128;

/// How long the head of a response may be, in bytes.
pub(super) const MAX_HEAD_LENGTH: usize = 32 * 1024;

/// The longest `CF-Ray` that is taken for one.
const MAX_RAY_LENGTH: usize = 64;

/// What the bytes that have arrived so far are.
pub(super) enum Input {
    Incomplete,
    /// A complete head, of this length, with a 1xx status: the response follows.
    Informational(usize),
    /// A complete head, of this length.
    Head(usize, Head),
    /// Bytes that even a lenient parser rejects.
    Unreadable,
}

/// The head of a response: what ureq and later stages need of it.
pub(super) struct Head {
    version: u8,
    status: u16,
    /// The lines that say whether the connection stays open.
    connection: Vec<u8>,
    /// The lines that say where the body ends.
    framing: Vec<u8>,
    pub body: BodyEnd,
    pub fields: Fields,
}

/// Where the body of a response with the status 200 ends, if its head says that in one of the usual ways.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyEnd {
    Length(usize),
    Chunked,
    Unusual,
}

/// The header fields that later stages need.
#[derive(Default)]
pub(super) struct Fields {
    pub ray_id: Option<String>,
    pub retry_after: Option<String>,
    pub ratelimit: Option<String>,
    /// Whether the network edge responded with a browser challenge.
    pub challenge: bool,
    /// The codings of the body in the order in which they were applied, in lower case.
    pub codings: Vec<String>,
}

impl Head {
    /// What ureq, which is strict, needs of the head. If there is a `body_length`, it replaces that of the head.
    pub fn strict_form(&self, body_length: Option<usize>) -> Vec<u8> {
        let mut head = format!("HTTP/1.{} {:03}\n", self.version, self.status).into_bytes();
        head.extend_from_slice(&self.connection);
        match body_length {
            Some(length) => push_line(&mut head, "content-length", length.to_string().as_bytes()),
            None => head.extend_from_slice(&self.framing),
        }
        head.push(b'\n');
        head
    }
}

pub(super) fn parse(input: &[u8]) -> Result<Input, ureq::Error> {
    let mut headers = [MaybeUninit::uninit(); MAX_HEADERS];
    let mut response = Response::new(&mut []);
    Ok(match lenient_parser().parse_response_with_uninit_headers(&mut response, input, &mut headers) {
        Ok(Status::Complete(length)) if is_informational(&response) => Input::Informational(length),
        Ok(Status::Complete(length)) => Input::Head(length, read(&response)?),
        Ok(Status::Partial) => Input::Incomplete,
        Err(_) => Input::Unreadable,
    })
}

/// A parser as lenient as other clients.
pub(super) fn lenient_parser() -> ParserConfig {
    let mut config = ParserConfig::default();
    config
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_multiple_spaces_in_response_status_delimiters(true)
        .allow_space_before_first_header_name(true)
        .ignore_invalid_headers_in_responses(true);
    config
}

/// ureq handles 101, after which the connection no longer speaks HTTP.
fn is_informational(response: &Response) -> bool {
    response.code.is_some_and(|code| (100..200).contains(&code) && code != 101)
}

fn read(response: &Response) -> Result<Head, ureq::Error> {
    let (Some(version), Some(status)) = (response.version, response.code) else {
        return Err(bug("a complete head without a version or a status"));
    };
    let mut fields = Fields::default();
    let (mut connection, mut framing, mut body) = (Vec::new(), Vec::new(), BodyEnd::Unusual);
    for header in response.headers.iter() {
        let value = &*unfold(header.value);
        let is = |name| header.name.eq_ignore_ascii_case(name);
        if is("connection") {
            push_line(&mut connection, header.name, value);
        } else if is("content-length") || is("transfer-encoding") {
            let alone = framing.is_empty() && status == 200;
            body = match number(value) {
                Some(length) if alone && is("content-length") => BodyEnd::Length(length),
                None if alone && version == 1 && is("transfer-encoding") && value.eq_ignore_ascii_case(b"chunked") => {
                    BodyEnd::Chunked
                }
                _ => BodyEnd::Unusual,
            };
            push_line(&mut framing, header.name, value);
        } else if is("content-encoding") {
            fields.codings.extend(content_coding::codings(value));
        } else if is("cf-ray") {
            fields.ray_id = fields.ray_id.or_else(|| text(value).filter(|ray| ray.len() <= MAX_RAY_LENGTH));
        } else if is("cf-mitigated") {
            fields.challenge |= value.eq_ignore_ascii_case(b"challenge");
        } else if is("retry-after") {
            fields.retry_after = fields.retry_after.or_else(|| text(value));
        } else if is("ratelimit") {
            fields.ratelimit = fields.ratelimit.or_else(|| text(value));
        }
    }
    Ok(Head { version, status, connection, framing, body, fields })
}

/// A header value on one line, which may have been folded over several.
fn unfold(value: &[u8]) -> Cow<'_, [u8]> {
    match value.contains(&b'\n') {
        false => Cow::Borrowed(value),
        true => Cow::Owned(value.iter().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte }).collect()),
    }
}

fn text(value: &[u8]) -> Option<String> {
    String::from_utf8(value.to_vec()).ok().filter(|text| text.is_ascii())
}

/// `parse` accepts a plus sign.
fn number(value: &[u8]) -> Option<usize> {
    let digits = std::str::from_utf8(value).ok()?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

fn push_line(lines: &mut Vec<u8>, name: &str, value: &[u8]) {
    lines.reserve(name.len() + value.len() + 2);
    lines.extend_from_slice(name.as_bytes());
    lines.push(b':');
    lines.extend_from_slice(value);
    lines.push(b'\n');
}
