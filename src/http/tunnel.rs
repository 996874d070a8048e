//! Tunnels to the service, which the proxy opens.

use std::fmt;
use std::io;
use std::sync::Arc;

use httparse::EMPTY_HEADER;
use log::debug;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use zeroize::{Zeroize, Zeroizing};

use super::failure::bug;
use super::head::{MAX_HEAD_LENGTH, MAX_HEADERS, lenient_parser};
use super::proxy::Proxy;
use super::resolver::host_and_port;
use super::tcp::TcpConnector;
use super::tls::{self, TlsConnector};
use crate::Error;
use crate::error::excerpt;
use crate::settings::CheckedSettings;

/// Connects to the proxy, if there is one, and has it open a tunnel. TLS to the service begins inside it.
#[derive(Debug)]
pub(super) struct TunnelConnector {
    pub settings: Arc<CheckedSettings>,
    pub tcp: TcpConnector,
    pub tls: TlsConnector,
}

impl<In: Transport> Connector<In> for TunnelConnector {
    type Out = TunnelTransport;

    fn connect(&self, details: &ConnectionDetails, _: Option<In>) -> Result<Option<TunnelTransport>, ureq::Error> {
        let Some(proxy) = &self.settings.proxy else { return Ok(None) };
        let mut connection = self.connect_to_proxy(proxy, details)?;
        let request = connect_request(proxy, &self.settings.user_agent, details)?;
        send_secret(&mut connection, &request, details.timeout).map_err(no_response)?;
        match read_status(&mut connection, details.timeout)? {
            200..=299 => {
                debug!("the proxy {proxy} opened a tunnel");
                Ok(Some(TunnelTransport(connection)))
            }
            status => Err(refused(status, proxy.credentials.is_some())),
        }
    }
}

impl TunnelConnector {
    fn connect_to_proxy(&self, proxy: &Proxy, details: &ConnectionDetails) -> Result<Box<dyn Transport>, ureq::Error> {
        let to_proxy = ConnectionDetails {
            uri: &proxy.uri,
            addrs: details.addrs.clone(),
            current_time: Arc::clone(&details.current_time),
            run_connector: Arc::clone(&details.run_connector),
            register_shutdown: Arc::clone(&details.register_shutdown),
            ..*details
        };
        let tcp = Connector::<TunnelTransport>::connect(&self.tcp, &to_proxy, None).map_err(unreachable)?;
        let tcp = tcp.ok_or_else(|| bug("no TCP connection"))?;
        // For a proxy by http:// this is the TCP connection as it is.
        let connection = self.tls.connect(&to_proxy, Some(tcp)).map_err(|e| tls_failed(e, Some(&self.settings)))?;
        Ok(Box::new(connection.ok_or_else(|| bug("no connection from TLS"))?))
    }
}

fn connect_request(
    proxy: &Proxy,
    user_agent: &str,
    details: &ConnectionDetails,
) -> Result<Zeroizing<Vec<u8>>, ureq::Error> {
    let (host, port) = host_and_port(details.uri)?;
    let target = format!("{host}:{port}");
    let (name, credentials, end) = match &proxy.credentials {
        Some(credentials) => ("Proxy-Authorization: Basic ", credentials.expose(), "\r\n"),
        None => ("", "", ""),
    };
    let head = format!(
        "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nUser-Agent: {user_agent}\r\nProxy-Connection: Keep-Alive\r\n"
    );
    // `concat` allocates once: a string that grows leaves copies in memory.
    Ok(Zeroizing::new([&head, name, credentials, end, "\r\n"].concat().into_bytes()))
}

/// Sends bytes that hold a credential, and wipes them from the connection's buffer.
fn send_secret(connection: &mut impl Transport, bytes: &[u8], timeout: NextTimeout) -> Result<(), ureq::Error> {
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

/// The status of the proxy's response. A 2xx response has no body, whatever its headers say: what follows its head
/// comes from inside the tunnel (RFC 9110, 9.3.6).
fn read_status(connection: &mut impl Transport, timeout: NextTimeout) -> Result<u16, ureq::Error> {
    loop {
        match parse_head(connection.buffers().input())? {
            Some((status, length)) => {
                connection.buffers().input_consume(length);
                if !(100..200).contains(&status) {
                    return Ok(status);
                }
            }
            None => match connection.await_input(timeout) {
                Ok(true) => {}
                Ok(false) => return Err(no_response(ureq::Error::Io(io::ErrorKind::UnexpectedEof.into()))),
                Err(e) => return Err(no_response(e)),
            },
        }
    }
}

/// The status of the first head in the input, and the head's length; `None` if the head is not complete.
fn parse_head(input: &[u8]) -> Result<Option<(u16, usize)>, ureq::Error> {
    let mut headers = [EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let too_long = || {
        let limit = MAX_HEAD_LENGTH / 1024;
        TunnelError::permanent(format!("the head of the proxy's answer has more than {limit} KiB"))
    };
    match lenient_parser().parse_response(&mut response, input) {
        Ok(httparse::Status::Complete(length)) if length > MAX_HEAD_LENGTH => Err(too_long()),
        Ok(httparse::Status::Partial) if input.len() > MAX_HEAD_LENGTH => Err(too_long()),
        Ok(httparse::Status::Partial) => Ok(None),
        Ok(httparse::Status::Complete(length)) => match response.code {
            Some(status @ 100..) => Ok(Some((status, length))),
            _ => Err(not_http(httparse::Error::Status)),
        },
        Err(httparse::Error::TooManyHeaders) => {
            Err(TunnelError::permanent(format!("the proxy's answer has more than {MAX_HEADERS} header lines")))
        }
        Err(e) => Err(not_http(e)),
    }
}

/// Why there is no tunnel.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub(super) struct TunnelError {
    why: String,
    /// A retry would fail in the same way.
    permanent: bool,
    source: Option<ureq::Error>,
}

impl TunnelError {
    /// `peer` is the service and its proxy, for messages.
    pub fn into_error(self, peer: &str) -> Error {
        let error = Error::connection(format!("no answer from {peer}: {}", self.why));
        let error = if self.permanent { error.permanent() } else { error };
        error.with_source(self)
    }

    fn permanent(why: String) -> ureq::Error {
        TunnelError { why, permanent: true, source: None }.into()
    }

    fn temporary(why: String, source: ureq::Error) -> ureq::Error {
        TunnelError { why, permanent: false, source: Some(source) }.into()
    }
}

impl From<TunnelError> for ureq::Error {
    fn from(error: TunnelError) -> Self {
        ureq::Error::Other(Box::new(error))
    }
}

fn not_http(error: httparse::Error) -> ureq::Error {
    TunnelError::permanent(format!("the proxy's answer is not HTTP: {error}"))
}

fn refused(status: u16, sent_credentials: bool) -> ureq::Error {
    let why = match status {
        // Some proxies respond to a wrong password with 401.
        401 | 407 if sent_credentials => {
            format!("the proxy does not accept the user name and the password (HTTP {status})")
        }
        401 | 407 => format!("the proxy wants a user name and a password (HTTP {status})"),
        _ => format!("the proxy opens no tunnel (HTTP {status})"),
    };
    let permanent = (400..500).contains(&status) && !matches!(status, 408 | 429);
    TunnelError { why, permanent, source: None }.into()
}

fn unreachable(error: ureq::Error) -> ureq::Error {
    match error {
        ureq::Error::Timeout(_) | ureq::Error::Other(_) => error,
        error => TunnelError::temporary(format!("the proxy can't be reached: {}", message(&error)), error),
    }
}

fn tls_failed(error: ureq::Error, settings: Option<&CheckedSettings>) -> ureq::Error {
    let why = match &error {
        ureq::Error::Timeout(_) | ureq::Error::Other(_) => return error,
        // TLS reports in this way that it refuses the peer: it will refuse it again.
        ureq::Error::Io(e) if e.kind() == io::ErrorKind::InvalidData => {
            e.get_ref().map_or_else(|| excerpt(e), |e| tls::explain(e, settings))
        }
        ureq::Error::Io(_) => return no_response(error),
        error => error.to_string(),
    };
    TunnelError { why: format!("no safe connection to the proxy: {why}"), permanent: true, source: Some(error) }.into()
}

/// The failure of a connection to the proxy before the proxy responded.
fn no_response(error: ureq::Error) -> ureq::Error {
    match error {
        ureq::Error::Timeout(_) | ureq::Error::Other(_) => error,
        // The handshake is over, so it is not about certificates.
        ureq::Error::Io(e) if e.kind() == io::ErrorKind::InvalidData => tls_failed(ureq::Error::Io(e), None),
        ureq::Error::Io(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
            TunnelError::temporary("the proxy hung up before it answered".into(), ureq::Error::Io(e))
        }
        error => TunnelError::temporary(format!("the proxy did not answer: {}", message(&error)), error),
    }
}

/// The message of an error, without ureq's prefix.
fn message(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(e) => e.to_string(),
        error => error.to_string(),
    }
}

/// A connection to the service through the proxy. Even if TLS protects the connection to the proxy, the one to the
/// service still has to be protected.
pub(super) struct TunnelTransport(Box<dyn Transport>);

impl Transport for TunnelTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        false
    }
}

impl fmt::Debug for TunnelTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TunnelTransport").field(&self.0).finish()
    }
}
