//! Looks up the addresses of a host, in such a way that nobody has to wait for the answer.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::walk::THREAD_NAME;

type Found = io::Result<Vec<SocketAddr>>;

/// Makes one look-up at a time, until another thread interrupts it.
#[derive(Clone, Default)]
pub(crate) struct LookUp(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    interrupted: bool,
    waiting: Option<Arc<Answer>>,
}

/// What a look-up comes to. (A channel would do, too, and makes the library 20 kB larger.)
#[derive(Default)]
struct Answer {
    found: Mutex<Option<Found>>,
    told: Condvar,
}

impl LookUp {
    /// The addresses of a host, with this port.
    ///
    /// The system's look-up can't be ended: it runs on a thread of its own, which goes on alone when the time is over.
    pub fn addresses(&self, host: String, port: u16, within: Duration) -> Found {
        let answer = Arc::new(Answer::default());
        {
            let mut state = self.lock();
            if state.interrupted {
                return interrupted();
            }
            state.waiting = Some(Arc::clone(&answer));
        }
        let told = Arc::clone(&answer);
        let look_up = move || told.tell((host.as_str(), port).to_socket_addrs().map(Iterator::collect));
        thread::Builder::new().name(THREAD_NAME.into()).spawn(look_up)?;
        let found = answer.wait(within);
        self.lock().waiting = None;
        found.unwrap_or_else(|| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Ends the look-up that is under way, and all later ones.
    pub fn interrupt(&self) {
        let mut state = self.lock();
        state.interrupted = true;
        if let Some(waiting) = state.waiting.take() {
            waiting.tell(interrupted());
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answer {
    fn tell(&self, found: Found) {
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        self.told.notify_one();
    }

    fn wait(&self, within: Duration) -> Option<Found> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.told.wait_timeout_while(found, within, |found| found.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.take()
    }
}

impl fmt::Debug for LookUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookUp")
    }
}

fn interrupted() -> Found {
    Err(io::ErrorKind::NotConnected.into())
}
