//! The credential's way into a request: on the way out, behind TLS, and nowhere else.

use std::fmt;
use std::io;
use std::sync::Arc;

use ureq::unversioned::transport as ut;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout};
use zeroize::{Zeroize, Zeroizing};

use crate::Error;
use crate::http::tcp::ConnectLimit;
use crate::settings::Credential;

/// What stands in every request until the credential takes its place, on the way out: ureq logs, at trace level, all that it writes.
pub(crate) const PLACEHOLDER: (&str, &str) = ("authorization", "see-libparticipants");
const PLACEHOLDER_LINE: &[u8] = b"authorization: see-libparticipants\r\n";

/// The header lines of the credential, which take the placeholder's place.
#[derive(Clone)]
pub(crate) struct CredentialLines(Arc<Zeroizing<Vec<u8>>>);

impl CredentialLines {
    pub fn new(credential: &Credential) -> Self {
        // `concat` allocates once: a text that grows leaves copies behind.
        let lines = match credential {
            Credential::Token(token) => ["Authorization: Bearer ", token.expose(), "\r\n"].concat(),
            Credential::Key { email, key } => {
                ["X-Auth-Email: ", email.expose(), "\r\nX-Auth-Key: ", key.expose(), "\r\n"].concat()
            }
        };
        CredentialLines(Arc::new(Zeroizing::new(lines.into_bytes())))
    }

    /// The head of a request with the credential in it; `None` if there is no place for it.
    fn put_into(&self, head: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let at = head.windows(PLACEHOLDER_LINE.len()).position(|line| line == PLACEHOLDER_LINE)?;
        let (before, rest) = (head.get(..at)?, head.get(at + PLACEHOLDER_LINE.len()..)?);
        Some(Zeroizing::new([before, &self.0, rest].concat()))
    }
}

impl fmt::Debug for CredentialLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Makes connections [`Authorized`].
#[derive(Debug)]
pub(crate) struct Authorizer {
    pub credential: CredentialLines,
    pub limit: ConnectLimit,
}

impl<In: ut::Transport> Connector<In> for Authorizer {
    type Out = Authorized<In>;

    fn connect(&self, _: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        let (credential, limit) = (self.credential.clone(), self.limit.clone());
        Ok(chained.map(|connection| Authorized { connection, credential, limit, requests: 0, silent: true }))
    }
}

/// A connection, TLS included, on which requests get their credential.
#[derive(Debug)]
pub(crate) struct Authorized<C> {
    connection: C,
    credential: CredentialLines,
    limit: ConnectLimit,
    /// Sent so far.
    requests: u64,
    /// No byte of an answer to the last of them came yet.
    silent: bool,
}

impl<C> Authorized<C> {
    /// Whether the service may have closed this connection before it saw the request.
    fn kept(&self) -> bool {
        self.requests > 1 && self.silent
    }

    fn failure(&self, error: ureq::Error) -> ureq::Error {
        match error {
            // TLS that is violated is another matter than a connection that is closed.
            ureq::Error::Io(e) if self.kept() && e.kind() != io::ErrorKind::InvalidData => {
                ureq::Error::Other(Box::new(KeptConnection(e)))
            }
            error => error,
        }
    }
}

/// Sends what holds a credential, and leaves no copy of it in the connection's buffer.
pub(crate) fn send_secret(
    connection: &mut impl ut::Transport,
    bytes: &[u8],
    timeout: NextTimeout,
) -> Result<(), ureq::Error> {
    let capacity = connection.buffers().output().len().max(1);
    for part in bytes.chunks(capacity) {
        if let Some(output) = connection.buffers().output().get_mut(..part.len()) {
            output.copy_from_slice(part);
        }
        let sent = connection.transmit_output(part.len(), timeout);
        connection.buffers().output().get_mut(..part.len()).unwrap_or_default().zeroize();
        sent?;
    }
    Ok(())
}

/// What ended a connection that had been kept, before a byte of the answer came.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct KeptConnection(io::Error);

pub(crate) fn is_of_kept_connection(error: &Error) -> bool {
    std::error::Error::source(error).is_some_and(|source| source.is::<KeptConnection>())
}

impl<C: ut::Transport> ut::Transport for Authorized<C> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.connection.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let output = self.connection.buffers().output();
        let Some(head) = output.get(..amount).and_then(|head| self.credential.put_into(head)) else {
            return self.connection.transmit_output(amount, timeout);
        };
        self.limit.set(None);
        self.requests += 1;
        self.silent = true;
        send_secret(&mut self.connection, &head, timeout).map_err(|e| self.failure(e))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let came = self.connection.await_input(timeout).map_err(|e| self.failure(e))?;
        if !came && self.kept() {
            return Err(self.failure(ureq::Error::Io(io::ErrorKind::UnexpectedEof.into())));
        }
        self.silent &= !came;
        Ok(came)
    }

    fn is_open(&mut self) -> bool {
        self.connection.is_open()
    }

    fn is_tls(&self) -> bool {
        self.connection.is_tls()
    }
}
