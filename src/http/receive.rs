//! Receives responses: ureq sees a head that it can read, and no body that was received here.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use httparse::Status;
use ureq::unversioned::transport as ut;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout};

use super::failure::bug;
use super::head::{self, BodyEnd, Fields, Head, Input, MAX_HEAD_LENGTH};
use super::time_limit::TimeLimit;
use crate::sync::lock;

/// The longest body that is received here, in bytes. It is reserved before any of it has arrived.
pub(super) const MAX_RESERVED: usize = 1024 * 1024;

/// The longest line with a chunk's size that ureq reads, in bytes, its end included. A longer one is left to ureq:
/// whether it is refused must not depend on how much arrived with the head.
const MAX_SIZE_LINE: usize = 22;

/// What was received of a response besides what ureq sees.
#[derive(Default)]
pub(super) struct Received {
    pub fields: Fields,
    /// The beginning of the body, if not all of it. ureq has the rest.
    pub body: Vec<u8>,
}

/// Where a connection puts what it [`Received`].
#[derive(Clone, Default)]
pub(super) struct Receiver(Arc<Mutex<Received>>);

impl Receiver {
    pub fn take(&self) -> Received {
        std::mem::take(&mut lock(&self.0))
    }
}

/// ureq requires this of the connector that holds it, and does not print it.
impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receiver")
    }
}

/// Wraps connections in a [`ReceivingTransport`].
#[derive(Debug)]
pub(super) struct ReceivingConnector(pub Receiver);

impl<In: ut::Transport> Connector<In> for ReceivingConnector {
    type Out = ReceivingTransport<In>;

    fn connect(&self, _: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        let receiver = self.0.clone();
        Ok(chained.map(|connection| ReceivingTransport { connection, receiver, awaits_head: false, skipped: 0 }))
    }
}

/// A connection that receives responses.
#[derive(Debug)]
pub(super) struct ReceivingTransport<C> {
    connection: C,
    receiver: Receiver,
    /// A request was sent, and the head of its response has not come.
    awaits_head: bool,
    /// The length of the 1xx responses that were skipped before it, which is limited.
    skipped: usize,
}

impl<C: ut::Transport> ut::Transport for ReceivingTransport<C> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.connection.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.awaits_head = true;
        self.skipped = 0;
        self.connection.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        if !self.awaits_head {
            return self.connection.await_input(timeout);
        }
        // A service that sends one byte at a time gets no more time for each.
        let limit = TimeLimit::new(Instant::now(), timeout);
        while self.awaits_head {
            if !self.connection.await_input(limit.to_timeout())? {
                return Err(ureq::Error::Io(io::ErrorKind::UnexpectedEof.into()));
            }
            self.receive(limit)?;
        }
        Ok(true)
    }

    fn is_open(&mut self) -> bool {
        self.connection.is_open()
    }

    fn is_tls(&self) -> bool {
        self.connection.is_tls()
    }
}

impl<C: ut::Transport> ReceivingTransport<C> {
    /// Reads the head in the input buffer, if it is complete, and skips 1xx responses before it.
    fn receive(&mut self, limit: TimeLimit) -> Result<(), ureq::Error> {
        loop {
            let buffers = self.connection.buffers();
            let input = buffers.input();
            let read = match head::parse(input)? {
                Input::Incomplete if input.len() <= MAX_HEAD_LENGTH => return Ok(()),
                Input::Incomplete => input.len(),
                Input::Informational(length) => {
                    buffers.input_consume(length);
                    self.skipped += length;
                    self.skipped
                }
                Input::Head(length, head) if length <= MAX_HEAD_LENGTH => {
                    buffers.input_consume(length);
                    self.awaits_head = false;
                    return self.receive_body(head, limit);
                }
                Input::Head(length, _) => length,
                // ureq reports it.
                Input::Unreadable => {
                    self.awaits_head = false;
                    return Ok(());
                }
            };
            if read > MAX_HEAD_LENGTH {
                return Err(ureq::Error::LargeResponseHeader(read, MAX_HEAD_LENGTH));
            }
        }
    }

    /// Receives what it can of the body, and tells ureq about the rest.
    fn receive_body(&mut self, head: Head, limit: TimeLimit) -> Result<(), ureq::Error> {
        let mut body = Vec::new();
        let left = match head.body {
            BodyEnd::Length(length) if length <= MAX_RESERVED => Some(self.receive_bytes(length, &mut body, limit)),
            BodyEnd::Chunked => {
                take_chunks(self.connection.buffers(), &mut body);
                None
            }
            _ => None,
        };
        let buffers = self.connection.buffers();
        let rest = buffers.input();
        // It is no longer than the original, in whose place it must fit.
        let strict = [&head.strict_form(left), rest].concat();
        let received = rest.len();
        buffers.input_consume(received);
        let place = buffers.input_append_buf().get_mut(..strict.len());
        place.ok_or_else(|| bug("no place for a strict head"))?.copy_from_slice(&strict);
        buffers.input_appended(strict.len());
        *lock(&self.receiver.0) = Received { fields: head.fields, body };
        Ok(())
    }

    /// Receives this many bytes, and returns how many are left. If they do not come, ureq finds out when it waits for
    /// them.
    fn receive_bytes(&mut self, mut left: usize, body: &mut Vec<u8>, limit: TimeLimit) -> usize {
        body.reserve_exact(left);
        loop {
            let buffers = self.connection.buffers();
            let input = buffers.input();
            let part = input.get(..left.min(input.len())).unwrap_or_default();
            // memcpy copies parts of this size by vectors. For longer ones it takes `rep movsb`, which is slower.
            body.extend_from_slice(part);
            left -= part.len();
            buffers.input_consume(part.len());
            if left == 0 || !matches!(self.connection.await_input(limit.to_timeout()), Ok(true)) {
                return left;
            }
        }
    }
}

/// Takes the chunks that have arrived whole.
fn take_chunks(buffers: &mut dyn Buffers, body: &mut Vec<u8>) {
    while let Some((chunk, length)) = first_chunk(buffers.input()) {
        body.extend_from_slice(chunk);
        buffers.input_consume(length);
    }
}

/// The first chunk in the input, and its length with what is around it; `None` if it is not complete, or if it is the
/// empty one that ends a body.
fn first_chunk(input: &[u8]) -> Option<(&[u8], usize)> {
    let Ok(Status::Complete((start, size))) = httparse::parse_chunk_size(input) else { return None };
    let end = start.checked_add(size.try_into().ok()?)?;
    let chunk = input.get(start..end).filter(|chunk| !chunk.is_empty() && start <= MAX_SIZE_LINE)?;
    input.get(end..)?.starts_with(b"\r\n").then_some((chunk, end + 2))
}
