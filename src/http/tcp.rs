//! TCP connections that another thread can shut down, even while they are being made, and that keep their timeouts.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};
use ureq::unversioned::transport as ut;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout};

use super::failure::bug;
use super::happy_eyeballs::{self, PreferredAddress};
use crate::sync::lock;

/// As good as no timeout.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Opens TCP connections, unless a connection to the service was made already, through the proxy.
#[derive(Debug, Clone)]
pub(super) struct TcpConnector {
    pub deadline: ConnectDeadline,
    pub preferred: PreferredAddress,
}

/// When the connection must be made, TLS included; `None` once it is.
///
/// ureq restarts its timeout with each read of a proxy's response or TLS handshake.
#[derive(Clone, Default)]
pub(super) struct ConnectDeadline(Arc<Mutex<Option<Instant>>>);

impl ConnectDeadline {
    pub fn set(&self, deadline: Option<Instant>) {
        *lock(&self.0) = deadline;
    }

    fn get(&self) -> Option<Instant> {
        *lock(&self.0)
    }
}

impl fmt::Debug for ConnectDeadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectDeadline")
    }
}

impl<In: ut::Transport> Connector<In> for TcpConnector {
    type Out = ut::Either<In, TcpTransport>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        if let Some(tunnel) = chained {
            return Ok(Some(ut::Either::A(tunnel)));
        }
        // ureq's time of the connect, which is before the look-up of a proxy's name.
        let began = match details.now {
            ut::time::Instant::Exact(now) => now,
            _ => Instant::now(),
        };
        let timeout = time_left(details.timeout)?;
        self.deadline.set(timeout.map(|timeout| began + timeout));
        let addresses = self.preferred.put_first(details.addrs.iter().copied().collect());
        let connected = happy_eyeballs::connect(&addresses, began + timeout.unwrap_or(FOREVER), |address| {
            let socket = SharedSocket::open(address)?;
            let weak: Weak<SharedSocket> = Arc::downgrade(&socket);
            (details.register_shutdown)(weak).map_err(ureq::Error::into_io)?;
            Ok(socket)
        });
        let (address, socket) = connected.map_err(|e| match e.kind() {
            io::ErrorKind::TimedOut => ureq::Error::Timeout(details.timeout.reason),
            _ => ureq::Error::Io(e),
        })?;
        if addresses.first() != Some(&address) {
            self.preferred.set(address);
        }
        socket.socket.set_tcp_nodelay(true)?;
        Ok(Some(ut::Either::B(TcpTransport {
            socket,
            buffers: ut::LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size()),
            deadline: self.deadline.clone(),
            read_timeout: None,
            write_timeout: None,
        })))
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

/// A TCP connection, as ureq uses it.
pub(super) struct TcpTransport {
    socket: Arc<SharedSocket>,
    buffers: ut::LazyBuffers,
    deadline: ConnectDeadline,
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
}

impl TcpTransport {
    /// The time left for a read or a write; `None` is no limit.
    fn time_left(&self, timeout: NextTimeout) -> Result<Option<Duration>, ureq::Error> {
        let left = time_left(timeout)?;
        let Some(deadline) = self.deadline.get() else { return Ok(left) };
        let to_connect = deadline.saturating_duration_since(Instant::now());
        match to_connect.is_zero() {
            true => Err(ureq::Error::Timeout(timeout.reason)),
            false => Ok(Some(left.map_or(to_connect, |left| left.min(to_connect)))),
        }
    }

    fn read(&mut self, left: Option<Duration>) -> io::Result<usize> {
        let until = left.map(|left| Instant::now() + left);
        loop {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1)));
            if left != self.read_timeout {
                self.socket.socket.set_read_timeout(left)?;
                self.read_timeout = left;
            }
            match (&self.socket.socket).read(self.buffers.input_append_buf()) {
                // A signal of the host program: try again in the time that is left.
                Err(e)
                    if e.kind() == io::ErrorKind::Interrupted && until.is_none_or(|until| Instant::now() < until) => {}
                result => return result,
            }
        }
    }

    fn set_write_timeout(&mut self, left: Option<Duration>) -> io::Result<()> {
        // The system takes less than a microsecond for no timeout.
        let left = left.map(|left| left.max(Duration::from_millis(1)));
        if left != self.write_timeout {
            self.socket.socket.set_write_timeout(left)?;
            self.write_timeout = left;
        }
        Ok(())
    }
}

/// Writes to a socket without SIGPIPE: a peer that hung up is an error. Only Rust programs ignore that signal from the
/// start, and this library serves programs in other languages.
struct WithoutSigpipe<'a>(&'a Socket);

impl Write for WithoutSigpipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send_with_flags(bytes, libc::MSG_NOSIGNAL)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ut::Transport for TcpTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let left = self.time_left(timeout)?;
        self.set_write_timeout(left).map_err(|e| timed_out(e, timeout))?;
        let output = self.buffers.output().get(..amount).ok_or_else(|| bug("more to send than the buffer holds"))?;
        WithoutSigpipe(&self.socket.socket).write_all(output).map_err(|e| timed_out(e, timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let left = self.time_left(timeout)?;
        let read = self.read(left).map_err(|e| timed_out(e, timeout))?;
        self.buffers.input_appended(read);
        Ok(read > 0)
    }

    fn is_open(&mut self) -> bool {
        // A connection with anything to read, an end of file included, can't be used again.
        let peeked = self
            .socket
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

/// The time left; `None` is no limit. If none is left, ureq's `not_zero` would give one second more, again and again to
/// a service that sends one byte at a time.
fn time_left(timeout: NextTimeout) -> Result<Option<Duration>, ureq::Error> {
    match timeout.not_zero() {
        Some(_) if timeout.after.is_zero() => Err(ureq::Error::Timeout(timeout.reason)),
        left => Ok(left.map(|left| *left)),
    }
}

fn timed_out(error: io::Error, timeout: NextTimeout) -> ureq::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted => {
            ureq::Error::Timeout(timeout.reason)
        }
        _ => ureq::Error::Io(error),
    }
}
