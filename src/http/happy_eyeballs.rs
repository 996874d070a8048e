//! Which of a host's addresses is connected to: RFC 8305, so that a dead one costs next to nothing.
//!
//! It needs no threads: an attempt that takes long goes on in the kernel while the next is made.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::http::tcp::SharedSocket;

/// How long an attempt goes on alone before the next begins.
const HEAD_START: Duration = Duration::from_millis(250);

/// How often attempts that go on at the same time are looked at.
const LOOK: Duration = Duration::from_millis(5);

/// How long the address that won is tried first. Then the system's order counts again: what was dead may be alive.
const REMEMBERED: Duration = Duration::from_secs(600);

/// The address of a client's host that answered before those in front of it did.
#[derive(Clone, Default)]
pub(crate) struct Winner(Arc<Mutex<Option<(SocketAddr, Instant)>>>);

impl Winner {
    /// Puts the winner in front.
    pub fn first(&self, mut addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let winner = known.filter(|(_, since)| since.elapsed() < REMEMBERED);
        if let Some((winner, _)) = winner.filter(|(winner, _)| addresses.contains(winner)) {
            addresses.retain(|address| *address != winner);
            addresses.insert(0, winner);
        }
        addresses
    }

    pub fn note(&self, winner: SocketAddr) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((winner, Instant::now()));
    }
}

/// What ureq asks for and nobody reads.
impl fmt::Debug for Winner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Winner")
    }
}

/// The addresses in the system's order, each once, but the families take turns: one of them may be dead as a whole.
pub(crate) fn interleaved(found: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let mut unique: Vec<SocketAddr> = Vec::new();
    for address in found {
        if !unique.contains(&address) {
            unique.push(address);
        }
    }
    let v6_first = unique.first().is_some_and(SocketAddr::is_ipv6);
    let (preferred, other): (Vec<_>, Vec<_>) = unique.into_iter().partition(|address| address.is_ipv6() == v6_first);
    let (mut preferred, mut other, mut all) = (preferred.into_iter(), other.into_iter(), Vec::new());
    loop {
        match (preferred.next(), other.next()) {
            (None, None) => return all,
            (one, another) => all.extend(one.into_iter().chain(another)),
        }
    }
}

/// Connects to the first of these addresses that can be connected to until then.
///
/// The next attempt begins when the last one has had its head start, or at once when one fails. `open` makes a socket.
pub(crate) fn connect(
    addresses: &[SocketAddr],
    until: Instant,
    open: impl Fn(SocketAddr) -> io::Result<Arc<SharedSocket>>,
) -> io::Result<(SocketAddr, Arc<SharedSocket>)> {
    let mut waiting = addresses.iter().copied();
    let mut pending: Vec<(SocketAddr, Arc<SharedSocket>)> = Vec::new();
    let mut failure = Failure::default();
    let mut next_at = Instant::now();
    loop {
        let now = Instant::now();
        if now >= until {
            break;
        }
        if pending.is_empty() || now >= next_at {
            if let Some(address) = waiting.next() {
                // A short time is shared, so that every address has its turn.
                let share = until.saturating_duration_since(now) / (waiting.len() as u32 + 1);
                let head_start = if waiting.len() == 0 { share } else { share.min(HEAD_START) };
                next_at = now + head_start;
                let alone = pending.is_empty();
                let begun = open(address).and_then(|socket| {
                    let connected = socket.connect(address, if alone { head_start } else { LOOK })?;
                    Ok((socket, connected))
                });
                match begun {
                    Ok((socket, true)) => return Ok((address, socket)),
                    Ok((socket, false)) => pending.push((address, socket)),
                    Err(e) => {
                        failure.note(e);
                        next_at = now;
                    }
                }
                continue;
            }
        }
        if pending.is_empty() {
            break;
        }
        std::thread::sleep(LOOK);
        let mut connected = None;
        pending.retain(|(address, socket)| match socket.is_connected() {
            Ok(false) => true,
            Ok(true) => {
                connected = connected.take().or(Some((*address, Arc::clone(socket))));
                true
            }
            Err(e) => {
                failure.note(e);
                next_at = now;
                false
            }
        });
        if let Some(connected) = connected {
            return Ok(connected);
        }
    }
    if !pending.is_empty() {
        failure.note(io::ErrorKind::TimedOut.into());
    }
    Err(failure.0.unwrap_or_else(|| io::ErrorKind::TimedOut.into()))
}

/// What is told where no address can be connected to: of all failures, the one that tells most.
#[derive(Default)]
struct Failure(Option<io::Error>);

impl Failure {
    fn note(&mut self, error: io::Error) {
        if self.0.as_ref().is_none_or(|known| tells(known) < tells(&error)) {
            self.0 = Some(error);
        }
    }
}

/// A host that refuses tells more than one that does not answer. An address that this machine has no route to tells
/// least: without IPv6, that is how it should be.
fn tells(error: &io::Error) -> u8 {
    match error.kind() {
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable => 0,
        _ if error.raw_os_error() == Some(libc::EAFNOSUPPORT) => 0,
        io::ErrorKind::TimedOut => 1,
        _ => 2,
    }
}
