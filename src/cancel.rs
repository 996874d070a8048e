//! Cancellation from another thread: the client's shutdown, or the failure of another request of the same call.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::sync::lock;

/// Interrupts a request that runs on another thread.
pub(crate) type Interrupt = Box<dyn FnOnce() + Send>;

/// Knows every request and every wait of one client, and can end them.
#[derive(Default)]
pub(crate) struct CancelRegistry {
    state: Mutex<State>,
    /// Wakes the waits when something was cancelled.
    cancelled: Condvar,
    shut_down: AtomicBool,
}

#[derive(Default)]
struct State {
    /// The cancelled calls. A call is removed once all its requests have ended.
    cancelled: Vec<CallId>,
    running: Vec<(RequestId, Interrupt)>,
    /// The last number given to a call or a request.
    last_id: u64,
}

/// A call of the client.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct CallId(u64);

/// A request in flight, and the call it belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestId {
    call: CallId,
    request: u64,
}

impl CancelRegistry {
    /// An id for a new call.
    pub fn new_call(&self) -> CallId {
        let mut state = lock(&self.state);
        state.last_id += 1;
        CallId(state.last_id)
    }

    /// Adds a request that is about to be sent; `None` if its call is cancelled.
    pub fn register(&self, call: CallId, interrupt: Interrupt) -> Option<RequestId> {
        let mut state = lock(&self.state);
        if self.is_cancelled(&state, call) {
            return None;
        }
        state.last_id += 1;
        let id = RequestId { call, request: state.last_id };
        state.running.push((id, interrupt));
        Some(id)
    }

    /// Removes a request that has ended. Returns false if its call was cancelled meanwhile.
    pub fn unregister(&self, id: RequestId) -> bool {
        let mut state = lock(&self.state);
        state.running.retain(|(running, _)| *running != id);
        !self.is_cancelled(&state, id.call)
    }

    /// Waits until `until`. Returns false, at once, when the call is cancelled.
    pub fn wait(&self, call: CallId, until: Instant) -> bool {
        let mut state = lock(&self.state);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if self.is_cancelled(&state, call) {
                return false;
            }
            if left == Duration::ZERO {
                return true;
            }
            state = self.cancelled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Cancels every call, later ones included.
    pub fn shut_down(&self) {
        self.interrupt(|_| self.shut_down.store(true, Ordering::SeqCst), |_| true);
    }

    pub fn is_shut_down(&self) -> bool {
        self.shut_down.load(Ordering::SeqCst)
    }

    /// Cancels one call.
    pub fn cancel(&self, call: CallId) {
        self.interrupt(|state| state.cancelled.push(call), |id| id.call == call);
    }

    /// Makes a call usable again after [`cancel`](Self::cancel). None of its requests may be in flight.
    pub fn reset(&self, call: CallId) {
        lock(&self.state).cancelled.retain(|cancelled| *cancelled != call);
    }

    /// Changes the state, then interrupts the requests that match and wakes all waits.
    fn interrupt(&self, change: impl FnOnce(&mut State), matches: impl Fn(RequestId) -> bool) {
        let mut state = lock(&self.state);
        change(&mut state);
        let (interrupted, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut state.running).into_iter().partition(|(id, _)| matches(*id));
        state.running = others;
        drop(state);
        self.cancelled.notify_all();
        interrupted.into_iter().for_each(|(_, interrupt)| interrupt());
    }

    fn is_cancelled(&self, state: &State, call: CallId) -> bool {
        self.is_shut_down() || state.cancelled.contains(&call)
    }
}
