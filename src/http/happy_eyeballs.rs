//! Happy Eyeballs (RFC 8305): connects to several addresses of a host in turn, so that a dead one costs little time.
//!
//! It needs no threads: a connect that takes long goes on in the kernel while the next one begins.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::socket::{self, Socket};
use crate::sync::lock;

/// How long after one attempt the next begins.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// How often running attempts are polled.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// How long a preferred address stays in front. Then the system's order counts again: an address that was dead may have
/// come back.
const PREFERENCE_LIFETIME: Duration = Duration::from_secs(600);

/// The last address that connected although it was not first in the list.
#[derive(Clone, Default)]
pub(super) struct PreferredAddress(Arc<Mutex<Option<(SocketAddr, Instant)>>>);

impl PreferredAddress {
    /// Moves the preferred address, if it is one of these, to the front.
    pub fn put_first(&self, mut addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
        let preferred = *lock(&self.0);
        let preferred = preferred.filter(|(_, since)| since.elapsed() < PREFERENCE_LIFETIME);
        if let Some((preferred, _)) = preferred.filter(|(preferred, _)| addresses.contains(preferred)) {
            addresses.retain(|address| *address != preferred);
            addresses.insert(0, preferred);
        }
        addresses
    }

    pub fn set(&self, address: SocketAddr) {
        *lock(&self.0) = Some((address, Instant::now()));
    }
}

/// ureq requires this of the connector that holds it, and does not print it.
impl fmt::Debug for PreferredAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PreferredAddress")
    }
}

/// The distinct addresses in the system's order, except that IPv4 and IPv6 alternate: one family may be unreachable.
pub(super) fn interleave(addresses: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let mut distinct: Vec<SocketAddr> = Vec::new();
    for address in addresses {
        if !distinct.contains(&address) {
            distinct.push(address);
        }
    }
    let v6_first = distinct.first().is_some_and(SocketAddr::is_ipv6);
    let (preferred, other): (Vec<_>, Vec<_>) = distinct.into_iter().partition(|address| address.is_ipv6() == v6_first);
    let (mut preferred, mut other, mut all) = (preferred.into_iter(), other.into_iter(), Vec::new());
    loop {
        match (preferred.next(), other.next()) {
            (None, None) => return all,
            (one, another) => all.extend(one.into_iter().chain(another)),
        }
    }
}

/// Connects to the first of these addresses that can be connected to before `deadline`. `open` makes a socket.
///
/// The next attempt begins [`ATTEMPT_DELAY`] after the last one, or at once when one fails.
pub(super) fn connect(
    addresses: &[SocketAddr],
    deadline: Instant,
    open: impl Fn(SocketAddr) -> io::Result<Socket>,
) -> io::Result<(SocketAddr, Socket)> {
    let mut untried = addresses.iter().copied();
    let mut running: Vec<(SocketAddr, Socket)> = Vec::new();
    let mut failure = MainFailure::default();
    let mut next_at = Instant::now();
    loop {
        let now = Instant::now();
        if now >= deadline {
            break;
        }
        if running.is_empty() || now >= next_at {
            if let Some(address) = untried.next() {
                // If little time is left, the addresses share it, so that each is tried.
                let share = deadline.saturating_duration_since(now) / (untried.len() as u32 + 1);
                let delay = if untried.len() == 0 { share } else { share.min(ATTEMPT_DELAY) };
                next_at = now + delay;
                let wait = if running.is_empty() { delay } else { POLL_INTERVAL };
                let attempt = open(address).and_then(|mut socket| {
                    let connected = socket.connect(wait)?;
                    Ok((socket, connected))
                });
                match attempt {
                    Ok((socket, true)) => return Ok((address, socket)),
                    Ok((socket, false)) => running.push((address, socket)),
                    Err(e) => {
                        failure.add(e);
                        next_at = now;
                    }
                }
                continue;
            }
        }
        if running.is_empty() {
            break;
        }
        std::thread::sleep(POLL_INTERVAL);
        for (address, mut socket) in std::mem::take(&mut running) {
            match socket.is_connected() {
                Ok(true) => return Ok((address, socket)),
                Ok(false) => running.push((address, socket)),
                Err(e) => {
                    failure.add(e);
                    next_at = now;
                }
            }
        }
    }
    if !running.is_empty() {
        failure.add(io::ErrorKind::TimedOut.into());
    }
    Err(failure.0.unwrap_or_else(|| io::ErrorKind::TimedOut.into()))
}

/// Of the failures of all attempts, the most informative one.
#[derive(Default)]
struct MainFailure(Option<io::Error>);

impl MainFailure {
    fn add(&mut self, error: io::Error) {
        if self.0.as_ref().is_none_or(|known| rank(known) < rank(&error)) {
            self.0 = Some(error);
        }
    }
}

/// How informative a failure is. A refused connection says more than no answer. An address without a route says least:
/// on a machine without IPv6 that is normal.
fn rank(error: &io::Error) -> u8 {
    match error.kind() {
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable => 0,
        _ if socket::is_family_missing(error) => 0,
        io::ErrorKind::TimedOut => 1,
        _ => 2,
    }
}
