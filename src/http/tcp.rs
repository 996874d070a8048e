//! TCP connections that end when they are told to, and in time.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};
use ureq::unversioned::transport as ut;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout};

use crate::http::happy_eyeballs::{self, Winner};

/// As good as no limit.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Opens TCP connections that a shutdown of the agent interrupts even while they are being made, as those of ureq are not.
#[derive(Debug, Clone)]
pub(crate) struct TcpConnector {
    pub limit: ConnectLimit,
    pub winner: Winner,
}

/// Until when the connection must be made; nothing once it is. ureq counts anew with each byte that a proxy says.
#[derive(Clone, Default)]
pub(crate) struct ConnectLimit(Arc<Mutex<Option<Instant>>>);

impl ConnectLimit {
    pub fn set(&self, until: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    fn get(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ConnectLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectLimit")
    }
}

impl<In: ut::Transport> Connector<In> for TcpConnector {
    type Out = ut::Either<In, Tcp>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        if let Some(proxied) = chained {
            return Ok(Some(ut::Either::A(proxied)));
        }
        // Not from this moment on: a proxy's name was looked up meanwhile.
        let began = match details.now {
            ut::time::Instant::Exact(now) => now,
            _ => Instant::now(),
        };
        let all = time_left(details.timeout)?;
        self.limit.set(all.map(|all| began + all));
        let addresses = self.winner.first(details.addrs.iter().copied().collect());
        let connected = happy_eyeballs::connect(&addresses, began + all.unwrap_or(LONGEST), |address| {
            let shared = SharedSocket::open(address)?;
            let weak: Weak<SharedSocket> = Arc::downgrade(&shared);
            (details.register_shutdown)(weak).map_err(ureq::Error::into_io)?;
            Ok(shared)
        });
        let (address, shared) = connected.map_err(|e| match e.kind() {
            io::ErrorKind::TimedOut => ureq::Error::Timeout(details.timeout.reason),
            _ => ureq::Error::Io(e),
        })?;
        if addresses.first() != Some(&address) {
            self.winner.note(address);
        }
        shared.socket.set_tcp_nodelay(true)?;
        let buffers = ut::LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        let limit = self.limit.clone();
        Ok(Some(ut::Either::B(Tcp { shared, buffers, limit, read_timeout: None, write_timeout: None })))
    }
}

/// A socket that another thread may shut down.
pub(crate) struct SharedSocket {
    socket: Socket,
    connecting: AtomicBool,
    shut_down: AtomicBool,
}

impl SharedSocket {
    fn open(address: SocketAddr) -> io::Result<Arc<Self>> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        Ok(Arc::new(SharedSocket { socket, connecting: AtomicBool::new(true), shut_down: AtomicBool::new(false) }))
    }

    /// Begins to connect, and waits for it so long; whether it is done by then. If not, it goes on.
    pub fn connect(&self, address: SocketAddr, within: Duration) -> io::Result<bool> {
        let connected = match self.socket.connect_timeout(&address.into(), within) {
            // Those of the system have a number.
            Err(e) if e.kind() == io::ErrorKind::TimedOut && e.raw_os_error().is_none() => Ok(false),
            connected => connected.map(|()| true),
        };
        self.unless_shut_down(connected)
    }

    /// Whether what [`connect`](Self::connect) began is done.
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
        // A socket whose connect is about to begin can't be shut down yet: wait for it, but not for long.
        for _ in 0..100 {
            if self.socket.shutdown(Shutdown::Both).is_ok() || !self.connecting.load(Ordering::SeqCst) {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A TCP connection as ureq drives it.
pub(crate) struct Tcp {
    shared: Arc<SharedSocket>,
    buffers: ut::LazyBuffers,
    limit: ConnectLimit,
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
}

impl Tcp {
    /// What is left of the time; `None` is no limit.
    fn time_left(&self, timeout: NextTimeout) -> Result<Option<Duration>, ureq::Error> {
        let left = time_left(timeout)?;
        let Some(until) = self.limit.get() else { return Ok(left) };
        let to_connect = until.saturating_duration_since(Instant::now());
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
                self.shared.socket.set_read_timeout(left)?;
                self.read_timeout = left;
            }
            match (&self.shared.socket).read(self.buffers.input_append_buf()) {
                // A signal of the host's: go on with what is left of the time.
                Err(e)
                    if e.kind() == io::ErrorKind::Interrupted && until.is_none_or(|until| Instant::now() < until) => {}
                result => return result,
            }
        }
    }

    fn write(&mut self, amount: usize, left: Option<Duration>) -> io::Result<()> {
        // What is less than a microsecond would be no limit.
        let left = left.map(|left| left.max(Duration::from_millis(1)));
        if left != self.write_timeout {
            self.shared.socket.set_write_timeout(left)?;
            self.write_timeout = left;
        }
        let output = self.buffers.output().get(..amount).unwrap_or_default();
        WithoutSignal(&self.shared.socket).write_all(output)
    }
}

/// Writes to a socket. A peer that hung up is an error then, and no SIGPIPE: only Rust programs ignore that from the start, and the program
/// that this library serves may be in another language.
struct WithoutSignal<'a>(&'a Socket);

impl Write for WithoutSignal<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send_with_flags(bytes, libc::MSG_NOSIGNAL)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ut::Transport for Tcp {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let left = self.time_left(timeout)?;
        self.write(amount, left).map_err(|e| timed_out(e, timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let left = self.time_left(timeout)?;
        let read = self.read(left).map_err(|e| timed_out(e, timeout))?;
        self.buffers.input_appended(read);
        Ok(read > 0)
    }

    fn is_open(&mut self) -> bool {
        // Anything to read, the end included, means that this connection is of no more use.
        let peeked = self
            .shared
            .socket
            .recv_with_flags(&mut [std::mem::MaybeUninit::uninit()], libc::MSG_PEEK | libc::MSG_DONTWAIT);
        peeked.is_err_and(|e| e.kind() == io::ErrorKind::WouldBlock)
    }
}

impl fmt::Debug for Tcp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tcp").finish_non_exhaustive()
    }
}

/// What is left of the time; `None` is no limit. Where none is left, ureq's `not_zero` gives a second more: a service that drips would be given
/// that with every byte.
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
