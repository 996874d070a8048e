//! Puts the credential into requests at the last moment, between ureq and TLS.
//!
//! ureq logs, at trace level, everything that it writes. Therefore it writes a placeholder, which is replaced here. The
//! memory that held the credential is wiped.

use std::fmt;
use std::io;
use std::sync::Arc;

use ureq::unversioned::transport as ut;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout};
use zeroize::{Zeroize, Zeroizing};

use super::failure::bug;
use super::time_limit::ConnectLimit;
use crate::Error;
use crate::secret::Credential;

/// The name and the value of the header that ureq writes instead of the credential.
pub(super) const PLACEHOLDER: (&str, &str) = ("authorization", "see-libparticipants");
const PLACEHOLDER_LINE: &[u8] = b"authorization: see-libparticipants\r\n";

/// The header lines with the credential.
#[derive(Clone)]
pub(super) struct CredentialHeaders(Arc<Zeroizing<Vec<u8>>>);

impl CredentialHeaders {
    pub fn new(credential: &Credential) -> Self {
        // `concat` allocates once: a string that grows leaves copies in memory.
        let lines = match credential {
            Credential::Token(token) => ["Authorization: Bearer ", token.expose(), "\r\n"].concat(),
            Credential::Key { email, key } => {
                ["X-Auth-Email: ", email.expose(), "\r\nX-Auth-Key: ", key.expose(), "\r\n"].concat()
            }
        };
        CredentialHeaders(Arc::new(Zeroizing::new(lines.into_bytes())))
    }

    /// The head of a request with the credential in the place of the placeholder; `None` if it has no placeholder.
    fn insert_into(&self, head: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let at = head.windows(PLACEHOLDER_LINE.len()).position(|line| line == PLACEHOLDER_LINE)?;
        let (before, rest) = (head.get(..at)?, head.get(at + PLACEHOLDER_LINE.len()..)?);
        Some(Zeroizing::new([before, &self.0, rest].concat()))
    }
}

impl fmt::Debug for CredentialHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Wraps connections in a [`CredentialTransport`].
#[derive(Debug)]
pub(super) struct CredentialConnector {
    pub credential: CredentialHeaders,
    pub limit: ConnectLimit,
}

impl<In: ut::Transport> Connector<In> for CredentialConnector {
    type Out = CredentialTransport<In>;

    fn connect(&self, _: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        Ok(chained.map(|connection| CredentialTransport {
            connection,
            credential: self.credential.clone(),
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
    credential: CredentialHeaders,
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
        let output = self.connection.buffers().output();
        let head = output.get(..amount).and_then(|head| self.credential.insert_into(head));
        let head = head.ok_or_else(|| bug("a request without a place for the credential"))?;
        self.limit.set(None);
        self.requests += 1;
        self.awaits_response = true;
        send_secret(&mut self.connection, &head, timeout).map_err(|e| self.mark_if_stale(e))
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

/// Sends bytes that hold a credential, and wipes them from the connection's buffer.
pub(super) fn send_secret(
    connection: &mut impl ut::Transport,
    bytes: &[u8],
    timeout: NextTimeout,
) -> Result<(), ureq::Error> {
    let capacity = connection.buffers().output().len().max(1);
    for part in bytes.chunks(capacity) {
        let output = connection.buffers().output().get_mut(..part.len());
        output.ok_or_else(|| bug("a connection without an output buffer"))?.copy_from_slice(part);
        let sent = connection.transmit_output(part.len(), timeout);
        connection.buffers().output().iter_mut().take(part.len()).for_each(Zeroize::zeroize);
        sent?;
    }
    Ok(())
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

    /// Transmits a head as ureq does. Returns the result, and what was sent.
    fn transmit(head: &str) -> (Result<(), ureq::Error>, String) {
        let mut transport = CredentialTransport {
            connection: FakeConnection { buffers: LazyBuffers::new(64, 1024), sent: Vec::new() },
            credential: CredentialHeaders::new(&Credential::Token(Secret::new("the-token"))),
            limit: ConnectLimit::default(),
            requests: 0,
            awaits_response: true,
        };
        transport.buffers().output()[..head.len()].copy_from_slice(head.as_bytes());
        let result = transport.transmit_output(head.len(), NextTimeout::default());
        (result, String::from_utf8(transport.connection.sent).expect("ASCII"))
    }

    #[test]
    fn credential_replaces_the_placeholder() {
        let (result, sent) = transmit("GET / HTTP/1.1\r\nauthorization: see-libparticipants\r\naccept: */*\r\n\r\n");
        result.expect("sent");
        assert_eq!(sent, "GET / HTTP/1.1\r\nAuthorization: Bearer the-token\r\naccept: */*\r\n\r\n");
    }

    #[test]
    fn request_without_placeholder_is_not_sent() {
        for line in ["", "authorization: another\r\n", "Authorization: see-libparticipants\r\n"] {
            let (result, sent) = transmit(&format!("GET / HTTP/1.1\r\n{line}accept: */*\r\n\r\n"));
            assert_eq!(sent, "", "nothing is sent without the credential");
            assert!(matches!(result, Err(ureq::Error::Other(_))), "{result:?}");
        }
    }
}
