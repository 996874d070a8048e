//! Tunnels to the service, which a proxy opens.

use std::fmt;
use std::io;
use std::sync::Arc;

use httparse::EMPTY_HEADER;
use log::debug;
use ureq::config::AutoHeaderValue;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use zeroize::Zeroizing;

use crate::Error;
use crate::error::excerpt;
use crate::http::credential::send_secret;
use crate::http::head::{HEAD_MOST, LINES_MOST, lenient};
use crate::http::proxy::Proxy;
use crate::http::resolver::LookUp;
use crate::http::tcp::TcpConnector;
use crate::http::tls;
use crate::http::tls::Trusted;
use crate::http::transport::{SharedTls, addresses, port};

/// Has the proxy, if there is one, open a tunnel to the service. TLS to the service begins inside it.
#[derive(Debug)]
pub(crate) struct TunnelConnector {
    pub proxy: Option<Arc<Proxy>>,
    /// The way to the proxy.
    pub look_up: LookUp,
    pub tcp: TcpConnector,
    pub tls: SharedTls,
    pub trusted: Trusted,
}

impl<In: Transport> Connector<In> for TunnelConnector {
    type Out = Tunnel;

    fn connect(&self, details: &ConnectionDetails, _: Option<In>) -> Result<Option<Tunnel>, ureq::Error> {
        let Some(proxy) = &self.proxy else { return Ok(None) };
        let mut connection = self.connect_to(proxy, details)?;
        let request = request(proxy, details)?;
        send_secret(&mut connection, &request, details.timeout).map_err(lost)?;
        match answer(&mut connection, details.timeout)? {
            200..=299 => {
                debug!("the proxy {proxy} opened a tunnel");
                Ok(Some(Tunnel(connection)))
            }
            status => Err(refused(status, proxy.credentials.is_some())),
        }
    }
}

impl TunnelConnector {
    fn connect_to(&self, proxy: &Proxy, details: &ConnectionDetails) -> Result<Box<dyn Transport>, ureq::Error> {
        let to_proxy = ConnectionDetails {
            uri: &proxy.uri,
            addrs: addresses(&self.look_up, &proxy.uri, details.timeout).map_err(unreachable)?,
            current_time: Arc::clone(&details.current_time),
            run_connector: Arc::clone(&details.run_connector),
            register_shutdown: Arc::clone(&details.register_shutdown),
            ..*details
        };
        let tcp = Connector::<Tunnel>::connect(&self.tcp, &to_proxy, None).map_err(unreachable)?;
        let safe = self
            .tls
            .connect(&to_proxy, Some(tcp.ok_or(ureq::Error::ConnectionFailed)?))
            .map_err(|e| not_safe(e, Some(&self.trusted)))?;
        Ok(Box::new(safe.ok_or(ureq::Error::ConnectionFailed)?))
    }
}

fn request(proxy: &Proxy, details: &ConnectionDetails) -> Result<Zeroizing<Vec<u8>>, ureq::Error> {
    let uri = details.uri;
    let (Some(host), Some(port)) = (uri.host(), port(uri)) else {
        return Err(ureq::Error::HostNotFound);
    };
    let target = format!("{host}:{port}");
    let user_agent = match details.config.user_agent() {
        AutoHeaderValue::Provided(text) => text.as_str(),
        _ => "",
    };
    let (name, credentials, end) = match &proxy.credentials {
        Some(credentials) => ("Proxy-Authorization: Basic ", credentials.expose(), "\r\n"),
        None => ("", "", ""),
    };
    let lines = [
        "CONNECT ",
        &target,
        " HTTP/1.1\r\nHost: ",
        &target,
        "\r\nUser-Agent: ",
        user_agent,
        "\r\nProxy-Connection: Keep-Alive\r\n",
    ];
    // `concat` allocates once: a text that grows leaves copies behind.
    Ok(Zeroizing::new([lines.concat().as_str(), name, credentials, end, "\r\n"].concat().into_bytes()))
}

/// The status of the proxy's answer. What a 2xx says of a body is void: whatever follows its head is from inside the
/// tunnel (RFC 9110, 9.3.6).
fn answer(connection: &mut impl Transport, timeout: NextTimeout) -> Result<u16, ureq::Error> {
    loop {
        match head(connection.buffers().input())? {
            Some((status, length)) => {
                connection.buffers().input_consume(length);
                if !(100..200).contains(&status) {
                    return Ok(status);
                }
            }
            None => match connection.await_input(timeout) {
                Ok(true) => {}
                Ok(false) => return Err(lost(ureq::Error::Io(io::ErrorKind::UnexpectedEof.into()))),
                Err(e) => return Err(lost(e)),
            },
        }
    }
}

/// The status of the first head in what came, and the length of the head; `None` if more has to come.
fn head(input: &[u8]) -> Result<Option<(u16, usize)>, ureq::Error> {
    let mut headers = [EMPTY_HEADER; LINES_MOST];
    let mut response = httparse::Response::new(&mut headers);
    let too_long =
        || NoTunnel::for_good(format!("the head of the proxy's answer has more than {} KiB", HEAD_MOST / 1024));
    // Of all of the lines, the first alone matters here.
    match lenient().parse_response(&mut response, input) {
        Ok(httparse::Status::Complete(length)) if length > HEAD_MOST => Err(too_long()),
        Ok(httparse::Status::Partial) if input.len() > HEAD_MOST => Err(too_long()),
        Ok(httparse::Status::Partial) => Ok(None),
        Ok(httparse::Status::Complete(length)) => match response.code {
            Some(status @ 100..) => Ok(Some((status, length))),
            _ => Err(not_http(httparse::Error::Status)),
        },
        Err(httparse::Error::TooManyHeaders) => {
            Err(NoTunnel::for_good(format!("the proxy's answer has more than {LINES_MOST} header lines")))
        }
        Err(e) => Err(not_http(e)),
    }
}

fn not_http(error: httparse::Error) -> ureq::Error {
    NoTunnel::for_good(format!("the proxy's answer is not HTTP: {error}"))
}

/// Why a proxy opened no tunnel.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub(crate) struct NoTunnel {
    why: String,
    /// Another attempt would fail in the same way.
    permanent: bool,
    source: Option<ureq::Error>,
}

impl NoTunnel {
    /// The same, as a caller sees it.
    pub fn into_error(self, host: &str) -> Error {
        let error = Error::connection(format!("no answer from {host}: {}", self.why));
        let error = if self.permanent { error.permanent() } else { error };
        error.with_source(self)
    }

    fn for_good(why: String) -> ureq::Error {
        NoTunnel { why, permanent: true, source: None }.into()
    }

    fn for_now(why: String, source: ureq::Error) -> ureq::Error {
        NoTunnel { why, permanent: false, source: Some(source) }.into()
    }
}

impl From<NoTunnel> for ureq::Error {
    fn from(fault: NoTunnel) -> Self {
        ureq::Error::Other(Box::new(fault))
    }
}

fn refused(status: u16, sent_credentials: bool) -> ureq::Error {
    let why = match status {
        // A wrong password is 401 to some proxies.
        401 | 407 if sent_credentials => {
            format!("the proxy does not accept the user name and the password (HTTP {status})")
        }
        401 | 407 => format!("the proxy wants a user name and a password (HTTP {status})"),
        _ => format!("the proxy opens no tunnel (HTTP {status})"),
    };
    let permanent = (400..500).contains(&status) && !matches!(status, 408 | 429);
    NoTunnel { why, permanent, source: None }.into()
}

fn unreachable(error: ureq::Error) -> ureq::Error {
    match error {
        ureq::Error::Timeout(_) => error,
        error => NoTunnel::for_now(format!("the proxy can't be reached: {}", words(&error)), error),
    }
}

fn not_safe(error: ureq::Error, trusted: Option<&Trusted>) -> ureq::Error {
    let why = match &error {
        ureq::Error::Timeout(_) => return error,
        // This is how TLS reports that it refuses the peer: it will refuse it again.
        ureq::Error::Io(e) if e.kind() == io::ErrorKind::InvalidData => {
            e.get_ref().map_or_else(|| excerpt(e), |e| tls::explain(e, trusted))
        }
        ureq::Error::Io(_) => return lost(error),
        error => error.to_string(),
    };
    NoTunnel { why: format!("no safe connection to the proxy: {why}"), permanent: true, source: Some(error) }.into()
}

/// The end of a connection to a proxy that did not answer yet.
fn lost(error: ureq::Error) -> ureq::Error {
    match error {
        ureq::Error::Timeout(_) => error,
        // Certificates were looked at before.
        ureq::Error::Io(e) if e.kind() == io::ErrorKind::InvalidData => not_safe(ureq::Error::Io(e), None),
        ureq::Error::Io(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
            NoTunnel::for_now("the proxy hung up before it answered".into(), ureq::Error::Io(e))
        }
        error => NoTunnel::for_now(format!("the proxy did not answer: {}", words(&error)), error),
    }
}

fn words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(e) => e.to_string(),
        error => error.to_string(),
    }
}

/// A connection to the service by way of a proxy. Even if TLS protects the way to the proxy, that to the service is
/// still to be made safe.
pub(crate) struct Tunnel(Box<dyn Transport>);

impl Transport for Tunnel {
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

impl fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tunnel").field(&self.0).finish()
    }
}
