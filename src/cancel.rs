//! What ends a call before its answer: the client's shutdown, or a failed sibling request.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Interrupts a request that runs on another thread.
pub(crate) type Interrupt = Box<dyn FnOnce() + Send>;

/// All that runs or waits on behalf of one client.
#[derive(Default)]
pub(crate) struct Cancel {
    state: Mutex<State>,
    changed: Condvar,
    shut_down: AtomicBool,
}

#[derive(Default)]
struct State {
    /// The calls that were stopped and have requests still to notice it.
    stopped: Vec<u64>,
    running: Vec<(Ticket, Interrupt)>,
    last: u64,
}

/// Names a request in flight, and the call it belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    call: u64,
    request: u64,
}

impl Cancel {
    /// A number for a new call.
    pub fn call(&self) -> u64 {
        let mut state = self.lock();
        state.last += 1;
        state.last
    }

    /// Notes a request in flight; `None` if its call is to end.
    pub fn begin(&self, call: u64, interrupt: Interrupt) -> Option<Ticket> {
        let mut state = self.lock();
        if self.ends(&state, call) {
            return None;
        }
        state.last += 1;
        let ticket = Ticket { call, request: state.last };
        state.running.push((ticket, interrupt));
        Some(ticket)
    }

    /// The request is over; whether its call goes on.
    pub fn end(&self, ticket: Ticket) -> bool {
        let mut state = self.lock();
        state.running.retain(|(running, _)| *running != ticket);
        !self.ends(&state, ticket.call)
    }

    /// Waits until `until`; false, at once, if the call is to end.
    pub fn wait(&self, call: u64, until: Instant) -> bool {
        let mut state = self.lock();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if self.ends(&state, call) {
                return false;
            }
            if left == Duration::ZERO {
                return true;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Ends every call, those to come included.
    pub fn shut_down(&self) {
        self.interrupt(|_| self.shut_down.store(true, Ordering::SeqCst), |_| true);
    }

    pub fn is_shut_down(&self) -> bool {
        self.shut_down.load(Ordering::SeqCst)
    }

    /// Ends the requests of one call.
    pub fn stop(&self, call: u64) {
        self.interrupt(|state| state.stopped.push(call), |ticket| ticket.call == call);
    }

    /// The call is over: nothing of it runs or waits any more.
    pub fn forget(&self, call: u64) {
        self.lock().stopped.retain(|stopped| *stopped != call);
    }

    fn interrupt(&self, note: impl FnOnce(&mut State), of: impl Fn(Ticket) -> bool) {
        let mut state = self.lock();
        note(&mut state);
        let (hit, spared) = std::mem::take(&mut state.running).into_iter().partition(|(ticket, _)| of(*ticket));
        state.running = spared;
        drop(state);
        self.changed.notify_all();
        let hit: Vec<(Ticket, Interrupt)> = hit;
        hit.into_iter().for_each(|(_, interrupt)| interrupt());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ends(&self, state: &State, call: u64) -> bool {
        self.is_shut_down() || state.stopped.contains(&call)
    }
}
