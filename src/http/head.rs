//! Reads response heads as leniently as other clients: corrects what some servers get wrong before ureq, which is
//! strict, sees it.

use std::borrow::Cow;
use std::io;
use std::time::Instant;

use httparse::{EMPTY_HEADER, ParserConfig, Response, Status};
use ureq::http::HeaderName;
use ureq::unversioned::transport as ut;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout};

use super::failure::bug;
use super::time_limit::TimeLimit;

/// How many headers a response may have, as in ureq.
pub(super) const MAX_HEADERS: usize = 128;

/// How long the head of a response may be, in bytes.
pub(super) const MAX_HEAD_LENGTH: usize = 32 * 1024;

/// What the bytes that have arrived so far are.
#[derive(Debug, PartialEq, Eq)]
enum Head {
    /// The beginning of a head that ureq can read.
    Partial,
    /// The beginning of a head that only a lenient parser can read: hidden from ureq until it is complete.
    Incomplete,
    /// A complete head, of this length, with a 1xx status: the response follows.
    Informational(usize),
    /// A complete head that ureq can read, or bytes that even a lenient parser rejects, which ureq then reports.
    PassThrough,
    /// A complete head, of this length, and its strict form.
    Corrected(usize, Vec<u8>),
}

fn parse(input: &[u8]) -> Result<Head, ureq::Error> {
    let mut headers = [EMPTY_HEADER; MAX_HEADERS];
    let mut response = Response::new(&mut headers);
    match response.parse(input) {
        Ok(Status::Complete(length)) if is_informational(&response) => return Ok(Head::Informational(length)),
        Ok(Status::Partial) => return Ok(Head::Partial),
        Ok(Status::Complete(_)) | Err(httparse::Error::TooManyHeaders) => return Ok(Head::PassThrough),
        Err(_) => {}
    }
    let mut response = Response::new(&mut headers);
    Ok(match lenient_parser().parse_response(&mut response, input) {
        Ok(Status::Complete(length)) if is_informational(&response) => Head::Informational(length),
        Ok(Status::Complete(length)) => Head::Corrected(length, strict_form(&response)?),
        Ok(Status::Partial) => Head::Incomplete,
        Err(_) => Head::PassThrough,
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

/// A head as ureq can read it. It is never longer than the original, in whose place it must fit.
fn strict_form(response: &Response) -> Result<Vec<u8>, ureq::Error> {
    let (Some(version), Some(code)) = (response.version, response.code) else {
        return Err(bug("a complete head without a version or a status"));
    };
    let mut head = format!("HTTP/1.{version} {code:03}\n").into_bytes();
    for header in response.headers.iter().filter(|header| HeaderName::from_bytes(header.name.as_bytes()).is_ok()) {
        head.extend_from_slice(header.name.as_bytes());
        head.push(b':');
        head.extend_from_slice(&unfold(header.value));
        head.push(b'\n');
    }
    head.push(b'\n');
    Ok(head)
}

/// A header value on one line, which may have been folded over several.
fn unfold(value: &[u8]) -> Cow<'_, [u8]> {
    match value.contains(&b'\n') {
        false => Cow::Borrowed(value),
        true => Cow::Owned(value.iter().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte }).collect()),
    }
}

/// Wraps connections in a [`LenientHeadTransport`].
#[derive(Debug)]
pub(super) struct LenientHeadConnector;

impl<In: ut::Transport> Connector<In> for LenientHeadConnector {
    type Out = LenientHeadTransport<In>;

    fn connect(&self, _: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        Ok(chained.map(|connection| LenientHeadTransport { connection, awaits_head: false, skipped: 0 }))
    }
}

/// A connection that corrects the heads of responses.
#[derive(Debug)]
pub(super) struct LenientHeadTransport<C> {
    connection: C,
    /// A request was sent, and the head of its response has not come.
    awaits_head: bool,
    /// The length of the 1xx responses that were skipped before it, which is limited.
    skipped: usize,
}

impl<C: ut::Transport> ut::Transport for LenientHeadTransport<C> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.connection.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.awaits_head = true;
        self.skipped = 0;
        self.connection.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        // A service that sends one byte at a time gets no more time for each.
        let limit = self.awaits_head.then(|| TimeLimit::new(Instant::now(), timeout));
        let mut hidden = false;
        loop {
            let received = self.connection.await_input(limit.map_or(timeout, TimeLimit::to_timeout))?;
            if !received && hidden {
                return Err(ureq::Error::Io(io::ErrorKind::UnexpectedEof.into()));
            }
            if !received || !self.awaits_head || self.correct_heads()? {
                return Ok(received);
            }
            if self.skipped > MAX_HEAD_LENGTH {
                return Err(ureq::Error::LargeResponseHeader(self.skipped, MAX_HEAD_LENGTH));
            }
            hidden = true;
        }
    }

    fn is_open(&mut self) -> bool {
        self.connection.is_open()
    }

    fn is_tls(&self) -> bool {
        self.connection.is_tls()
    }
}

impl<C: ut::Transport> LenientHeadTransport<C> {
    /// Corrects the head in the input buffer. Returns false if ureq must not see the buffer before more arrives.
    fn correct_heads(&mut self) -> Result<bool, ureq::Error> {
        let buffers = self.connection.buffers();
        loop {
            let input = buffers.input();
            match parse(input)? {
                Head::Informational(length) => {
                    buffers.input_consume(length);
                    self.skipped += length;
                    if buffers.input().is_empty() || self.skipped > MAX_HEAD_LENGTH {
                        return Ok(false);
                    }
                }
                // ureq reports one that is too long.
                Head::Incomplete => return Ok(input.len() > MAX_HEAD_LENGTH),
                Head::Partial => return Ok(true),
                Head::PassThrough => {
                    self.awaits_head = false;
                    return Ok(true);
                }
                Head::Corrected(length, mut corrected) => {
                    let body = input.get(length..).ok_or_else(|| bug("a head longer than the input"))?;
                    corrected.extend_from_slice(body);
                    let all = input.len();
                    buffers.input_consume(all);
                    let place = buffers.input_append_buf().get_mut(..corrected.len());
                    place.ok_or_else(|| bug("no place for a corrected head"))?.copy_from_slice(&corrected);
                    buffers.input_appended(corrected.len());
                    self.awaits_head = false;
                    return Ok(true);
                }
            }
        }
    }
}
