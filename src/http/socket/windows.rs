//! Sockets of Windows: they never block, and a thread waits for a socket and for its shutdown at the same time. A
//! blocking socket must not be used any more after its timeout, and a shutdown does not end a connect.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};
use ureq::unversioned::transport::ShutdownHandle;

use crate::http::time_limit::TimeLimit;

const SOCKET: Token = Token(0);
const SHUTDOWN: Token = Token(1);

pub(in crate::http) struct Socket {
    stream: TcpStream,
    poll: Poll,
    events: Events,
    /// The socket was ready once: its connect is over.
    ready: bool,
    shutdown: Arc<ShutdownSignal>,
}

impl Socket {
    /// A socket that begins to connect to this address.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), SHUTDOWN)?;
        let mut stream = TcpStream::connect(address)?;
        poll.registry().register(&mut stream, SOCKET, Interest::WRITABLE)?;
        let shutdown = Arc::new(ShutdownSignal { given: AtomicBool::new(false), waker });
        Ok(Socket { stream, poll, events: Events::with_capacity(2), ready: false, shutdown })
    }

    /// Ends all operations from another thread.
    pub fn shutdown_handle(&self) -> Weak<dyn ShutdownHandle> {
        let weak: Weak<ShutdownSignal> = Arc::downgrade(&self.shutdown);
        weak
    }

    /// Waits for the connection, no longer than this. Returns false if still connecting.
    pub fn connect(&mut self, wait: Duration) -> io::Result<bool> {
        let until = Instant::now().checked_add(wait);
        loop {
            let left = until.map_or(wait, |until| until.saturating_duration_since(Instant::now()));
            self.wait(left)?;
            self.shutdown.check()?;
            match self.stream.take_error()? {
                Some(e) => return Err(e),
                None if self.ready || left == Duration::ZERO => return Ok(self.ready),
                None => {}
            }
        }
    }

    /// Whether the connection is made.
    pub fn is_connected(&mut self) -> io::Result<bool> {
        self.connect(Duration::ZERO)
    }

    /// Sends small amounts at once.
    pub fn set_nodelay(&self) -> io::Result<()> {
        self.stream.set_nodelay(true)
    }

    /// Sends some of these bytes. Returns how many.
    pub fn send(&mut self, bytes: &[u8], limit: TimeLimit) -> Result<usize, ureq::Error> {
        self.within(limit, Interest::WRITABLE, |stream| stream.write(bytes))
    }

    /// Receives at least one byte. Returns how many, and 0 at the end.
    pub fn receive(&mut self, place: &mut [u8], limit: TimeLimit) -> Result<usize, ureq::Error> {
        self.within(limit, Interest::READABLE, |stream| stream.read(place))
    }

    /// Whether the connection is open, and nothing was received.
    pub fn is_idle(&self) -> bool {
        self.stream.peek(&mut [0]).is_err_and(|e| e.kind() == io::ErrorKind::WouldBlock)
    }

    /// Repeats an operation until it succeeds, fails or the time is over.
    fn within(
        &mut self,
        limit: TimeLimit,
        interest: Interest,
        mut operation: impl FnMut(&mut TcpStream) -> io::Result<usize>,
    ) -> Result<usize, ureq::Error> {
        loop {
            let left = limit.left()?;
            self.shutdown.check()?;
            match operation(&mut self.stream) {
                Ok(amount) => return Ok(amount),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                    self.poll.registry().reregister(&mut self.stream, SOCKET, interest)?;
                    self.wait(left)?;
                }
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// Waits until the socket is ready, or is shut down, but no longer than this.
    fn wait(&mut self, left: Duration) -> io::Result<()> {
        match self.poll.poll(&mut self.events, Some(left)) {
            Err(e) if e.kind() != io::ErrorKind::Interrupted => return Err(e),
            _ => {}
        }
        self.ready |= self.events.iter().any(|event| event.token() == SOCKET);
        Ok(())
    }
}

struct ShutdownSignal {
    given: AtomicBool,
    waker: Waker,
}

impl ShutdownSignal {
    fn check(&self) -> io::Result<()> {
        if self.given.load(Ordering::SeqCst) { Err(io::ErrorKind::NotConnected.into()) } else { Ok(()) }
    }
}

impl ShutdownHandle for ShutdownSignal {
    fn shutdown(&self) {
        self.given.store(true, Ordering::SeqCst);
        // It fails when the system has no memory. Then the operation ends at its time limit.
        drop(self.waker.wake());
    }
}
