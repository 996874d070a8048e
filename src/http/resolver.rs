//! Looks up the addresses of hosts, so that a look-up can be interrupted and never outlasts its timeout.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fmt, io};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver as UreqResolver};
use ureq::unversioned::transport::NextTimeout;

use super::base_url::without_brackets;
use super::failure::bug;
use super::happy_eyeballs;
use super::time_limit::TimeLimit;
use crate::sync::lock;
use crate::threads::{self, ThreadHook};

type Addresses = io::Result<Vec<SocketAddr>>;

/// The resolver of one connection: it makes one look-up at a time, until it is shut down.
#[derive(Clone)]
pub(super) struct Resolver {
    state: Arc<Mutex<State>>,
    on_thread_start: ThreadHook,
}

#[derive(Default)]
struct State {
    shut_down: bool,
    running: Option<Arc<LookUp>>,
}

impl Resolver {
    pub fn new(on_thread_start: ThreadHook) -> Self {
        Resolver { state: Arc::default(), on_thread_start }
    }

    /// The addresses of a URL's host, with the URL's port.
    pub fn resolve(&self, uri: &Uri, limit: TimeLimit) -> Result<Vec<SocketAddr>, ureq::Error> {
        let (host, port) = host_and_port(uri)?;
        let host = without_brackets(host);
        if let Ok(address) = host.parse::<IpAddr>() {
            // As IPv4, which IPv6 sockets of Windows don't speak.
            return Ok(vec![SocketAddr::new(address.to_canonical(), port)]);
        }
        let timeout = limit.at.saturating_duration_since(Instant::now());
        // musl finds the names of /etc/hosts only as they are spelled there.
        match self.look_up(host.to_ascii_lowercase(), port, timeout) {
            Ok(addresses) if addresses.is_empty() => Err(ureq::Error::HostNotFound),
            Err(e) if e.kind() == io::ErrorKind::TimedOut => Err(ureq::Error::Timeout(limit.reason)),
            addresses => Ok(addresses?),
        }
    }

    /// The system's look-up can't be interrupted: it runs on a thread of its own, which is abandoned at the timeout.
    fn look_up(&self, host: String, port: u16, timeout: Duration) -> Addresses {
        let look_up = Arc::<LookUp>::default();
        {
            let mut state = lock(&self.state);
            if state.shut_down {
                return interrupted();
            }
            state.running = Some(Arc::clone(&look_up));
        }
        let on_thread = CompleteOnDrop(Arc::clone(&look_up));
        let work = move || {
            // The closure must own the whole guard, which ends the wait also if the caller's hook panics before this.
            let on_thread = on_thread;
            on_thread.0.complete((host.as_str(), port).to_socket_addrs().map(happy_eyeballs::interleave));
        };
        threads::builder().spawn(threads::work(self.on_thread_start.clone(), work))?;
        let addresses = look_up.wait(timeout);
        lock(&self.state).running = None;
        addresses
    }

    /// Interrupts the running look-up, and refuses all later ones.
    pub fn shut_down(&self) {
        let mut state = lock(&self.state);
        state.shut_down = true;
        if let Some(running) = state.running.take() {
            running.complete(interrupted());
        }
    }
}

/// ureq requires this of a resolver, and does not print it.
impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}

/// Fails a look-up whose thread ends without a result.
struct CompleteOnDrop(Arc<LookUp>);

impl Drop for CompleteOnDrop {
    fn drop(&mut self) {
        self.0.complete(Err(io::Error::other("the thread that looks up names panicked")));
    }
}

/// A look-up that one thread waits for.
#[derive(Default)]
struct LookUp {
    result: Mutex<Option<Addresses>>,
    changed: Condvar,
}

impl LookUp {
    /// Sets the result, unless there is one already.
    fn complete(&self, addresses: Addresses) {
        lock(&self.result).get_or_insert(addresses);
        self.changed.notify_all();
    }

    fn wait(&self, timeout: Duration) -> Addresses {
        let waited = self.changed.wait_timeout_while(lock(&self.result), timeout, |result| result.is_none());
        let mut result = waited.unwrap_or_else(PoisonError::into_inner).0;
        result.take().unwrap_or_else(|| Err(io::ErrorKind::TimedOut.into()))
    }
}

/// Gives ureq no addresses: it would have them looked up for each request. A [`TcpConnector`](super::tcp::TcpConnector)
/// looks them up when it makes a connection.
#[derive(Debug)]
pub(super) struct NoLookUp;

impl UreqResolver for NoLookUp {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}

/// The host of a URL, an IPv6 address in brackets, and its port or the default port of its scheme.
pub(super) fn host_and_port(uri: &Uri) -> Result<(&str, u16), ureq::Error> {
    let port = uri.port_u16().or(match uri.scheme_str() {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    });
    uri.host().zip(port).ok_or_else(|| bug("a URL without a host or a known scheme"))
}

fn interrupted() -> Addresses {
    Err(io::ErrorKind::NotConnected.into())
}
