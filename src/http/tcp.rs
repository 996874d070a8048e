//! TCP connections for ureq.

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use ureq::Timeout;
use ureq::unversioned::transport as ut;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout};

use super::failure::bug;
use super::happy_eyeballs::{self, PreferredAddress};
use super::resolver::Resolver;
use super::socket::Socket;
use super::time_limit::{ConnectLimit, TimeLimit};

/// Opens TCP connections, unless a connection to the service was made already, through the proxy.
#[derive(Clone)]
pub(super) struct TcpConnector {
    pub resolver: Resolver,
    /// How long a look-up may take, and then a connection.
    pub timeout: Duration,
    /// Whether both together may take no longer.
    pub look_up_counts: bool,
    pub limit: ConnectLimit,
    pub preferred: PreferredAddress,
}

impl<In: ut::Transport> Connector<In> for TcpConnector {
    type Out = ut::Either<In, TcpTransport>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        if let Some(tunnel) = chained {
            return Ok(Some(ut::Either::A(tunnel)));
        }
        let began = match details.now {
            ut::time::Instant::Exact(now) => now,
            _ => Instant::now(),
        };
        let limit = || {
            let own = TimeLimit { at: Instant::now() + self.timeout, reason: Timeout::Connect };
            own.min(TimeLimit::new(began, details.timeout))
        };
        let look_up_limit = limit();
        let addresses = self.preferred.put_first(self.resolver.resolve(details.uri, look_up_limit)?);
        let limit = if self.look_up_counts { look_up_limit } else { limit() };
        self.limit.set(Some(limit));
        let connected = happy_eyeballs::connect(&addresses, limit.at, |address| {
            let socket = Socket::open(address)?;
            (details.register_shutdown)(socket.shutdown_handle()).map_err(ureq::Error::into_io)?;
            Ok(socket)
        });
        let (address, socket) = connected.map_err(|e| match e.kind() {
            io::ErrorKind::TimedOut => ureq::Error::Timeout(limit.reason),
            _ => ureq::Error::Io(e),
        })?;
        if addresses.first() != Some(&address) {
            self.preferred.set(address);
        }
        socket.set_nodelay()?;
        Ok(Some(ut::Either::B(TcpTransport {
            socket,
            buffers: ut::LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size()),
            limit: self.limit.clone(),
            idle: false,
        })))
    }
}

/// ureq requires this of a connector, and does not print it.
impl fmt::Debug for TcpConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TcpConnector")
    }
}

/// A TCP connection, as ureq uses it.
pub(super) struct TcpTransport {
    socket: Socket,
    buffers: ut::LazyBuffers,
    limit: ConnectLimit,
    /// ureq has asked whether the connection is open since it was last used.
    idle: bool,
}

impl TcpTransport {
    fn limit(&self, timeout: NextTimeout) -> TimeLimit {
        let limit = TimeLimit::new(Instant::now(), timeout);
        self.limit.get().map_or(limit, |connect| limit.min(connect))
    }
}

impl ut::Transport for TcpTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.idle = false;
        let limit = self.limit(timeout);
        let mut rest = self.buffers.output().get(..amount).ok_or_else(|| bug("more to send than the buffer holds"))?;
        while !rest.is_empty() {
            let sent = self.socket.send(rest, limit)?;
            rest = rest.get(sent..).unwrap_or_default();
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let limit = self.limit(timeout);
        let place = self.buffers.input_append_buf();
        let read = self.socket.receive(place, limit)?;
        self.buffers.input_appended(read);
        Ok(read > 0)
    }

    fn is_open(&mut self) -> bool {
        // ureq asks after a response, and again before the next request. The second look finds what the first would.
        if !std::mem::replace(&mut self.idle, true) {
            return true;
        }
        // A connection with anything to read, an end of file included, can't be used again.
        self.socket.is_idle()
    }
}

impl fmt::Debug for TcpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpTransport").finish_non_exhaustive()
    }
}
