//! Puts the credential into requests at the last moment, between ureq and TLS.
//!
//! ureq logs, at trace level, everything that it writes. So the credential is added here to what ureq has written, and
//! with it the other header lines that all requests have: ureq would check them again for each request. The memory that
//! held them is wiped.

use std::fmt;
use std::io;
use std::sync::Arc;

use ureq::unversioned::transport as ut;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout};
use zeroize::{Zeroize, Zeroizing};

use super::content_coding;
use super::failure::bug;
use super::time_limit::ConnectLimit;
use crate::Error;
use crate::secret::Credential;

/// The end of a head.
const END: &[u8] = b"\r\n\r\n";

/// The header lines that all requests have, with the empty line that ends the head.
#[derive(Clone)]
pub(super) struct CommonHeaders(Arc<Zeroizing<Vec<u8>>>);

impl CommonHeaders {
    pub fn new(credential: &Credential, user_agent: &str) -> Self {
        let credential = match credential {
            Credential::Token(token) => ["Authorization: Bearer ", token.expose(), "", ""],
            Credential::Key { email, key } => ["X-Auth-Email: ", email.expose(), "\r\nX-Auth-Key: ", key.expose()],
        };
        let accept = ["\r\nAccept: application/json\r\nAccept-Encoding: ", content_coding::ACCEPTED];
        // `concat` allocates once: a string that grows leaves copies in memory.
        let lines = [&credential[..], &accept, &["\r\nUser-Agent: ", user_agent, "\r\n\r\n"]].concat().concat();
        CommonHeaders(Arc::new(Zeroizing::new(lines.into_bytes())))
    }
}

impl fmt::Debug for CommonHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Wraps connections in a [`CredentialTransport`].
#[derive(Debug)]
pub(super) struct CredentialConnector {
    pub headers: CommonHeaders,
    pub limit: ConnectLimit,
}

impl<In: ut::Transport> Connector<In> for CredentialConnector {
    type Out = CredentialTransport<In>;

    fn connect(&self, _: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        Ok(chained.map(|connection| CredentialTransport {
            connection,
            headers: self.headers.clone(),
            limit: self.limit.clone(),
            requests: 0,
            awaits_response: true,
        }))
    }
}

/// A connection, TLS included, which puts the credential into each request.
///
/// Requests have no body, and their head fits into the output buffer: everything that ureq transmits is a whole head.
#[derive(Debug)]
pub(super) struct CredentialTransport<C> {
    connection: C,
    headers: CommonHeaders,
    limit: ConnectLimit,
    requests: u64,
    /// No byte of the response to the last request has arrived.
    awaits_response: bool,
}

impl<C> CredentialTransport<C> {
    /// Whether the service may have closed this connection, which was idle before, without seeing the request.
    fn may_be_stale(&self) -> bool {
        self.requests > 1 && self.awaits_response
    }

    fn mark_if_stale(&self, error: ureq::Error) -> ureq::Error {
        match error {
            // A violation of TLS does not mean that the connection was closed.
            ureq::Error::Io(e) if self.may_be_stale() && e.kind() != io::ErrorKind::InvalidData => {
                ureq::Error::Other(Box::new(StaleConnection(e)))
            }
            error => error,
        }
    }
}

impl<C: ut::Transport> ut::Transport for CredentialTransport<C> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.connection.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let start = amount.saturating_sub(2);
        let place = start..start + self.headers.0.len();
        let output = self.connection.buffers().output();
        if !output.get(..amount).is_some_and(|head| head.ends_with(END)) {
            return Err(bug("a request without the end of its head"));
        }
        let lines = output.get_mut(place.clone()).ok_or_else(|| bug("no place for the credential"))?;
        lines.copy_from_slice(&self.headers.0);
        self.limit.set(None);
        self.requests += 1;
        self.awaits_response = true;
        let sent = self.connection.transmit_output(place.end, timeout);
        if let Some(lines) = self.connection.buffers().output().get_mut(place) {
            lines.zeroize();
        }
        sent.map_err(|e| self.mark_if_stale(e))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let received = self.connection.await_input(timeout).map_err(|e| self.mark_if_stale(e))?;
        if !received && self.may_be_stale() {
            return Err(self.mark_if_stale(ureq::Error::Io(io::ErrorKind::UnexpectedEof.into())));
        }
        self.awaits_response &= !received;
        Ok(received)
    }

    fn is_open(&mut self) -> bool {
        self.connection.is_open()
    }

    fn is_tls(&self) -> bool {
        self.connection.is_tls()
    }
}

/// The end of a connection that had been idle, before a byte of the response came.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct StaleConnection(io::Error);

pub(super) fn is_stale_connection(error: &Error) -> bool {
    std::error::Error::source(error).is_some_and(|source| source.is::<StaleConnection>())
}

#[cfg(test)]
mod tests {
    use ut::{LazyBuffers, Transport};

    use super::*;
    use crate::secret::Secret;

    /// A connection that records what is sent over it.
    #[derive(Debug)]
    struct FakeConnection {
        buffers: LazyBuffers,
        sent: Vec<u8>,
    }

    impl Transport for FakeConnection {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.buffers
        }

        fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
            let output = self.buffers.output().get(..amount).expect("no more than the buffer holds");
            self.sent.extend_from_slice(output);
            Ok(())
        }

        fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
            Ok(false)
        }

        fn is_open(&mut self) -> bool {
            true
        }
    }

    /// Transmits a head as ureq does. Returns the result, what was sent, and what is left in the buffer.
    fn transmit(head: &str) -> (Result<(), ureq::Error>, String, Vec<u8>) {
        let mut transport = CredentialTransport {
            connection: FakeConnection { buffers: LazyBuffers::new(64, 200), sent: Vec::new() },
            headers: CommonHeaders::new(&Credential::Token(Secret::new("the-token")), "me/1"),
            limit: ConnectLimit::default(),
            requests: 0,
            awaits_response: true,
        };
        transport.buffers().output()[..head.len()].copy_from_slice(head.as_bytes());
        let result = transport.transmit_output(head.len(), NextTimeout::default());
        let left = transport.buffers().output().to_vec();
        (result, String::from_utf8(transport.connection.sent).expect("ASCII"), left)
    }

    #[test]
    fn common_headers_end_the_head_and_are_wiped() {
        let head = "GET / HTTP/1.1\r\nhost: localhost\r\n";
        let (result, sent, left) = transmit(&format!("{head}\r\n"));
        result.expect("sent");
        let lines = "Authorization: Bearer the-token\r\nAccept: application/json\r\nAccept-Encoding: gzip\r\n\
                     User-Agent: me/1\r\n\r\n";
        assert_eq!(sent, [head, lines].concat());
        assert!(left.starts_with(head.as_bytes()) && left[head.len()..].iter().all(|byte| *byte == 0), "{left:?}");
    }

    #[test]
    fn request_without_a_place_for_the_credential_is_not_sent() {
        for head in ["", "\r\n", "GET / HTTP/1.1\r\n", &format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(100))] {
            let (result, sent, _) = transmit(head);
            assert_eq!(sent, "", "nothing is sent without the credential");
            assert!(matches!(result, Err(ureq::Error::Other(_))), "{result:?}");
        }
    }
}
