//! The heads of responses, read as other clients read them: what some servers get wrong is put right before ureq,
//! which is strict, sees it.

use std::borrow::Cow;
use std::io;
use std::time::Instant;

use http::HeaderName;
use httparse::{EMPTY_HEADER, ParserConfig, Response, Status};
use ureq::unversioned::transport as ut;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout};

/// The most header lines of a response, as in ureq.
pub(crate) const LINES_MOST: usize = 128;

/// The longest head of a response, in bytes.
pub(crate) const HEAD_MOST: usize = 32 * 1024;

/// What the bytes that came so far are.
#[derive(Debug, PartialEq, Eq)]
enum Head {
    /// The beginning of a head that only a lenient reader understands: ureq must not see it before the rest is there.
    LenientPart,
    /// A whole head of this length with a 1xx status: the response is still to come.
    Informational(usize),
    /// The beginning of a head that ureq reads as it is.
    StrictPart,
    /// A whole head that ureq reads as it is; or bytes that nobody takes for a head, for which ureq has the words.
    Strict,
    /// A whole head of this length, and how it is to be written.
    Lenient(usize, Vec<u8>),
}

fn read(input: &[u8]) -> Head {
    let mut lines = [EMPTY_HEADER; LINES_MOST];
    let mut response = Response::new(&mut lines);
    match response.parse(input) {
        Ok(Status::Complete(length)) if is_informational(&response) => return Head::Informational(length),
        Ok(Status::Partial) => return Head::StrictPart,
        Ok(Status::Complete(_)) | Err(httparse::Error::TooManyHeaders) => return Head::Strict,
        Err(_) => {}
    }
    let mut response = Response::new(&mut lines);
    match lenient().parse_response(&mut response, input) {
        Ok(Status::Complete(length)) if is_informational(&response) => Head::Informational(length),
        Ok(Status::Complete(length)) => Head::Lenient(length, rewritten(&response)),
        Ok(Status::Partial) => Head::LenientPart,
        Err(_) => Head::Strict,
    }
}

/// How other clients read heads.
pub(crate) fn lenient() -> ParserConfig {
    let mut config = ParserConfig::default();
    config
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_multiple_spaces_in_response_status_delimiters(true)
        .allow_space_before_first_header_name(true)
        .ignore_invalid_headers_in_responses(true);
    config
}

/// 101 is left to ureq: behind it nothing is HTTP any more.
fn is_informational(response: &Response) -> bool {
    response.code.is_some_and(|code| (100..200).contains(&code) && code != 101)
}

/// The head in its strict form, which is never longer: it must fit in the place of the other one.
fn rewritten(response: &Response) -> Vec<u8> {
    let status = format!("HTTP/1.{} {:03}\n", response.version.unwrap_or(1), response.code.unwrap_or_default());
    let mut head = status.into_bytes();
    for line in response.headers.iter().filter(|line| HeaderName::from_bytes(line.name.as_bytes()).is_ok()) {
        head.extend_from_slice(line.name.as_bytes());
        head.push(b':');
        head.extend_from_slice(&unfolded(line.value));
        head.push(b'\n');
    }
    head.push(b'\n');
    head
}

/// A value in one line, which may have been written in several.
fn unfolded(value: &[u8]) -> Cow<'_, [u8]> {
    match value.contains(&b'\n') {
        false => Cow::Borrowed(value),
        true => Cow::Owned(value.iter().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte }).collect()),
    }
}

/// What is left of the time of a step that began a while ago.
fn less(timeout: NextTimeout, began: Instant) -> NextTimeout {
    let after = match timeout.after {
        ut::time::Duration::Exact(after) => ut::time::Duration::Exact(after.saturating_sub(began.elapsed())),
        never => never,
    };
    NextTimeout { after, ..timeout }
}

/// Makes connections on which [`read`] looks at every head.
#[derive(Debug)]
pub(crate) struct LenientHeads;

impl<In: ut::Transport> Connector<In> for LenientHeads {
    type Out = WithLenientHeads<In>;

    fn connect(&self, _: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        Ok(chained.map(|connection| WithLenientHeads { connection, awaits_head: false, passed_over: 0 }))
    }
}

#[derive(Debug)]
pub(crate) struct WithLenientHeads<C> {
    connection: C,
    /// A request was sent, and the head of its response is still to come.
    awaits_head: bool,
    /// The bytes of 1xx responses in front of it, which are not without end.
    passed_over: usize,
}

impl<C: ut::Transport> ut::Transport for WithLenientHeads<C> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.connection.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.awaits_head = true;
        self.passed_over = 0;
        self.connection.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let began = self.awaits_head.then(Instant::now);
        let mut holds_back = false;
        loop {
            let left = match began {
                // Each round counts: a service that drips is not given more time for every byte.
                Some(began) => less(timeout, began),
                None => timeout,
            };
            let came = self.connection.await_input(left)?;
            if !came && holds_back {
                return Err(ureq::Error::Io(io::ErrorKind::UnexpectedEof.into()));
            }
            if !came || !self.awaits_head || self.read_heads() {
                return Ok(came);
            }
            if self.passed_over > HEAD_MOST {
                return Err(ureq::Error::LargeResponseHeader(self.passed_over, HEAD_MOST));
            }
            holds_back = true;
        }
    }

    fn is_open(&mut self) -> bool {
        self.connection.is_open()
    }

    fn is_tls(&self) -> bool {
        self.connection.is_tls()
    }
}

impl<C: ut::Transport> WithLenientHeads<C> {
    /// Puts the head right that stands in the buffer. `false` if ureq is not to see the buffer before more has come.
    fn read_heads(&mut self) -> bool {
        let buffers = self.connection.buffers();
        loop {
            let input = buffers.input();
            match read(input) {
                Head::Informational(length) => {
                    buffers.input_consume(length);
                    self.passed_over += length;
                    if buffers.input().is_empty() || self.passed_over > HEAD_MOST {
                        return false;
                    }
                }
                // ureq has the words for one that is too long.
                Head::LenientPart => return input.len() > HEAD_MOST,
                Head::StrictPart => return true,
                Head::Strict => {
                    self.awaits_head = false;
                    return true;
                }
                Head::Lenient(length, mut head) => {
                    head.extend_from_slice(input.get(length..).unwrap_or_default());
                    let all = input.len();
                    buffers.input_consume(all);
                    if let Some(place) = buffers.input_append_buf().get_mut(..head.len()) {
                        place.copy_from_slice(&head);
                        buffers.input_appended(head.len());
                    }
                    self.awaits_head = false;
                    return true;
                }
            }
        }
    }
}
