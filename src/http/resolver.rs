//! Looks up the addresses of a host, in such a way that nobody has to wait for the answer.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fmt, io};

use crate::http::happy_eyeballs;
use crate::threads::{self, ThreadHook};

type Found = io::Result<Vec<SocketAddr>>;

/// Makes one look-up at a time, until another thread interrupts it.
#[derive(Clone)]
pub(crate) struct LookUp {
    state: Arc<Mutex<State>>,
    on_thread_start: ThreadHook,
}

#[derive(Default)]
struct State {
    interrupted: bool,
    waiting: Option<Arc<Outcome>>,
}

/// What comes of one look-up, whether it ends or is interrupted.
#[derive(Default)]
struct Outcome {
    found: Mutex<Option<Found>>,
    changed: Condvar,
}

impl LookUp {
    pub fn new(on_thread_start: ThreadHook) -> Self {
        LookUp { state: Arc::default(), on_thread_start }
    }

    /// The addresses of a host, with this port.
    ///
    /// The system's look-up can't be ended: it runs on a thread of its own, which goes on alone when the time is over.
    pub fn addresses(&self, host: String, port: u16, within: Duration) -> Found {
        let outcome = Arc::<Outcome>::default();
        {
            let mut state = lock(&self.state);
            if state.interrupted {
                return interrupted();
            }
            state.waiting = Some(Arc::clone(&outcome));
        }
        let teller = Arc::clone(&outcome);
        let look_up = move || teller.tell((host.as_str(), port).to_socket_addrs().map(happy_eyeballs::interleaved));
        threads::builder().spawn(threads::work(self.on_thread_start.clone(), look_up))?;
        let found = outcome.wait(within);
        lock(&self.state).waiting = None;
        found
    }

    /// Ends the look-up that is under way, and all later ones.
    pub fn interrupt(&self) {
        let mut state = lock(&self.state);
        state.interrupted = true;
        if let Some(waiting) = state.waiting.take() {
            waiting.tell(interrupted());
        }
    }
}

impl Outcome {
    /// Only what is told first counts.
    fn tell(&self, found: Found) {
        lock(&self.found).get_or_insert(found);
        self.changed.notify_all();
    }

    fn wait(&self, within: Duration) -> Found {
        let waited = self.changed.wait_timeout_while(lock(&self.found), within, |found| found.is_none());
        let mut found = waited.unwrap_or_else(PoisonError::into_inner).0;
        found.take().unwrap_or_else(|| Err(io::ErrorKind::TimedOut.into()))
    }
}

/// What ureq asks for and nobody reads: a longer one makes the library larger.
impl fmt::Debug for LookUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookUp")
    }
}

fn interrupted() -> Found {
    Err(io::ErrorKind::NotConnected.into())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
