//! Sockets of Unix: they block, with a timeout. A shutdown of the socket wakes the thread that waits for it.

use std::io::{self, Read};
use std::mem::MaybeUninit;
use std::net::{Shutdown, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket as RawSocket, Type};
use ureq::unversioned::transport::ShutdownHandle;

use crate::http::time_limit::TimeLimit;

/// Without SIGPIPE, a peer that hung up is an error. Only Rust programs ignore that signal from the start, and this
/// library serves programs in other languages. On Apple's systems socket2 sets `SO_NOSIGPIPE` instead: older ones don't
/// know the flag.
const NO_SIGNAL: i32 = if cfg!(target_vendor = "apple") { 0 } else { libc::MSG_NOSIGNAL };

/// How long a thread waits at most in one connect. A shutdown is known to end it on Linux; elsewhere the thread looks
/// for one after this.
const MAX_CONNECT_WAIT: Duration = if cfg!(target_os = "linux") { Duration::MAX } else { Duration::from_millis(50) };

pub(in crate::http) struct Socket {
    address: SocketAddr,
    shared: Arc<SharedSocket>,
    /// The socket's timeout, for reads and writes; zero before it is set.
    timeout: Duration,
}

impl Socket {
    /// A socket for a connection to this address.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let socket = RawSocket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        let shared = SharedSocket { socket, connecting: AtomicBool::new(true), shut_down: AtomicBool::new(false) };
        Ok(Socket { address, shared: Arc::new(shared), timeout: Duration::ZERO })
    }

    /// Ends all operations from another thread.
    pub fn shutdown_handle(&self) -> Weak<dyn ShutdownHandle> {
        let weak: Weak<SharedSocket> = Arc::downgrade(&self.shared);
        weak
    }

    /// Begins to connect and waits no longer than this. Returns false if still connecting.
    pub fn connect(&mut self, wait: Duration) -> io::Result<bool> {
        let wait = wait.min(MAX_CONNECT_WAIT);
        let connected = match self.shared.socket.connect_timeout(&self.address.into(), wait) {
            // Only a timeout reported by the system has an errno.
            Err(e) if e.kind() == io::ErrorKind::TimedOut && e.raw_os_error().is_none() => Ok(false),
            connected => connected.map(|()| true),
        };
        self.shared.unless_shut_down(connected)
    }

    /// Whether a connection that [`connect`](Self::connect) began is made.
    pub fn is_connected(&mut self) -> io::Result<bool> {
        self.shared.unless_shut_down(match self.shared.socket.take_error() {
            Ok(None) => Ok(self.shared.socket.peer_addr().is_ok()),
            Ok(Some(e)) | Err(e) => Err(e),
        })
    }

    /// Sends small amounts at once.
    pub fn set_nodelay(&self) -> io::Result<()> {
        self.shared.socket.set_tcp_nodelay(true)
    }

    /// Sends some of these bytes. Returns how many.
    pub fn send(&mut self, bytes: &[u8], limit: TimeLimit) -> Result<usize, ureq::Error> {
        self.within(limit, |socket| socket.send_with_flags(bytes, NO_SIGNAL))
    }

    /// Receives at least one byte. Returns how many, and 0 at the end.
    pub fn receive(&mut self, place: &mut [u8], limit: TimeLimit) -> Result<usize, ureq::Error> {
        self.within(limit, |mut socket| socket.read(place))
    }

    /// Whether the connection is open, and nothing was received.
    pub fn is_idle(&self) -> bool {
        let flags = libc::MSG_PEEK | libc::MSG_DONTWAIT;
        let peeked = self.shared.socket.recv_with_flags(&mut [MaybeUninit::uninit()], flags);
        peeked.is_err_and(|e| e.kind() == io::ErrorKind::WouldBlock)
    }

    /// Repeats an operation until it succeeds, fails or the time is over.
    fn within(
        &mut self,
        limit: TimeLimit,
        mut operation: impl FnMut(&RawSocket) -> io::Result<usize>,
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

struct SharedSocket {
    socket: RawSocket,
    connecting: AtomicBool,
    shut_down: AtomicBool,
}

impl SharedSocket {
    fn unless_shut_down(&self, connected: io::Result<bool>) -> io::Result<bool> {
        self.connecting.store(matches!(connected, Ok(false)), Ordering::SeqCst);
        if self.shut_down.load(Ordering::SeqCst) { Err(io::ErrorKind::NotConnected.into()) } else { connected }
    }
}

impl ShutdownHandle for SharedSocket {
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
