//! TCP connections that another thread can shut down, even while they are being made, and that keep their timeouts.

use std::fmt;
use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};
use ureq::Timeout;
use ureq::unversioned::transport as ut;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout};

use super::failure::bug;
use super::happy_eyeballs::{self, PreferredAddress};
use super::resolver::Resolver;
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
            let socket = SharedSocket::open(address)?;
            let weak: Weak<SharedSocket> = Arc::downgrade(&socket);
            (details.register_shutdown)(weak).map_err(ureq::Error::into_io)?;
            Ok(socket)
        });
        let (address, socket) = connected.map_err(|e| match e.kind() {
            io::ErrorKind::TimedOut => ureq::Error::Timeout(limit.reason),
            _ => ureq::Error::Io(e),
        })?;
        if addresses.first() != Some(&address) {
            self.preferred.set(address);
        }
        socket.socket.set_tcp_nodelay(true)?;
        Ok(Some(ut::Either::B(TcpTransport {
            socket: TimedSocket { shared: socket, timeout: Duration::ZERO },
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

/// A socket that another thread may shut down.
pub(super) struct SharedSocket {
    socket: Socket,
    connecting: AtomicBool,
    shut_down: AtomicBool,
}

impl SharedSocket {
    fn open(address: SocketAddr) -> io::Result<Arc<Self>> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        Ok(Arc::new(SharedSocket { socket, connecting: AtomicBool::new(true), shut_down: AtomicBool::new(false) }))
    }

    /// Begins to connect and waits this long. Returns false if still connecting.
    pub fn connect(&self, address: SocketAddr, wait: Duration) -> io::Result<bool> {
        let connected = match self.socket.connect_timeout(&address.into(), wait) {
            // Only a timeout reported by the system has an errno.
            Err(e) if e.kind() == io::ErrorKind::TimedOut && e.raw_os_error().is_none() => Ok(false),
            connected => connected.map(|()| true),
        };
        self.unless_shut_down(connected)
    }

    /// Whether a connection that [`connect`](Self::connect) began is made.
    pub fn is_connected(&self) -> io::Result<bool> {
        self.unless_shut_down(match self.socket.take_error() {
            Ok(None) => Ok(self.socket.peer_addr().is_ok()),
            Ok(Some(e)) | Err(e) => Err(e),
        })
    }

    fn unless_shut_down(&self, connected: io::Result<bool>) -> io::Result<bool> {
        self.connecting.store(matches!(connected, Ok(false)), Ordering::SeqCst);
        if self.shut_down.load(Ordering::SeqCst) { Err(io::ErrorKind::NotConnected.into()) } else { connected }
    }
}

impl ut::ShutdownHandle for SharedSocket {
    fn shutdown(&self) {
        self.shut_down.store(true, Ordering::SeqCst);
        // A socket whose connect is about to begin can't be shut down yet: try again, for a short while.
        for _ in 0..100 {
            if self.socket.shutdown(Shutdown::Both).is_ok() || !self.connecting.load(Ordering::SeqCst) {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A socket whose operations end in time.
struct TimedSocket {
    shared: Arc<SharedSocket>,
    /// The socket's timeout, for reads and writes; zero before it is set.
    timeout: Duration,
}

impl TimedSocket {
    /// Repeats an operation until it succeeds, fails or the time is over.
    fn within(
        &mut self,
        limit: TimeLimit,
        mut operation: impl FnMut(&Socket) -> io::Result<usize>,
    ) -> Result<usize, ureq::Error> {
        loop {
            self.set_timeout(limit.left()?)?;
            match operation(&self.shared.socket) {
                Ok(amount) => return Ok(amount),
                Err(e) => match e.kind() {
                    // The socket's timeout is over, or the host program got a signal.
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted => {}
                    _ => return Err(e.into()),
                },
            }
        }
    }

    /// Sets a timeout of at most `left`: a power of two, which stays the same for most operations, because setting it
    /// takes a system call.
    fn set_timeout(&mut self, left: Duration) -> io::Result<()> {
        let timeout = Duration::from_millis(1 << left.as_millis().max(1).ilog2());
        if timeout != self.timeout {
            self.shared.socket.set_read_timeout(Some(timeout))?;
            self.shared.socket.set_write_timeout(Some(timeout))?;
            self.timeout = timeout;
        }
        Ok(())
    }
}

/// A TCP connection, as ureq uses it.
pub(super) struct TcpTransport {
    socket: TimedSocket,
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
            // Without SIGPIPE, a peer that hung up is an error. Only Rust programs ignore that signal from the start,
            // and this library serves programs in other languages.
            let sent = self.socket.within(limit, |socket| socket.send_with_flags(rest, libc::MSG_NOSIGNAL))?;
            rest = rest.get(sent..).unwrap_or_default();
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let limit = self.limit(timeout);
        let place = self.buffers.input_append_buf();
        let read = self.socket.within(limit, |mut socket| socket.read(place))?;
        self.buffers.input_appended(read);
        Ok(read > 0)
    }

    fn is_open(&mut self) -> bool {
        // ureq asks after a response, and again before the next request. The second look finds what the first would.
        if !std::mem::replace(&mut self.idle, true) {
            return true;
        }
        // A connection with anything to read, an end of file included, can't be used again.
        let peeked = self
            .socket
            .shared
            .socket
            .recv_with_flags(&mut [std::mem::MaybeUninit::uninit()], libc::MSG_PEEK | libc::MSG_DONTWAIT);
        peeked.is_err_and(|e| e.kind() == io::ErrorKind::WouldBlock)
    }
}

impl fmt::Debug for TcpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpTransport").finish_non_exhaustive()
    }
}
