//! Cancellation from another thread: a client's shutdown, or the end of a call while some of its requests run.

use std::iter;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::sync::lock;

/// Interrupts a request that runs on another thread.
pub(crate) type Interrupt = Box<dyn FnOnce() + Send>;

/// What is cancelled together: all of a client, or some requests of one call. A scope may have a parent, and is
/// cancelled with it.
#[derive(Default)]
pub(crate) struct CancelScope {
    parent: Option<Arc<CancelScope>>,
    cancelled: AtomicBool,
}

impl CancelScope {
    /// A scope that is cancelled with its parent, and can be cancelled alone.
    pub fn within(parent: &Arc<CancelScope>) -> Arc<Self> {
        Arc::new(CancelScope { parent: Some(Arc::clone(parent)), cancelled: AtomicBool::new(false) })
    }

    pub fn is_cancelled(&self) -> bool {
        self.ancestry().any(|scope| scope.cancelled.load(Ordering::SeqCst))
    }

    pub fn has_parent(&self) -> bool {
        self.parent.is_some()
    }

    fn is_within(&self, other: &CancelScope) -> bool {
        self.ancestry().any(|scope| std::ptr::eq(scope, other))
    }

    /// This scope, its parent, and so on.
    fn ancestry(&self) -> impl Iterator<Item = &CancelScope> {
        iter::successors(Some(self), |scope| scope.parent.as_deref())
    }
}

impl Drop for CancelScope {
    fn drop(&mut self) {
        // Without recursion, which could exhaust the stack: a program may make a child of a child of a child.
        let mut parent = self.parent.take();
        while let Some(scope) = parent {
            parent = Arc::into_inner(scope).and_then(|mut scope| scope.parent.take());
        }
    }
}

/// Ends the requests and waits of a client and its children.
#[derive(Default)]
pub(crate) struct CancelRegistry {
    state: Mutex<State>,
    /// Wakes the waits when something was cancelled.
    cancelled: Condvar,
}

#[derive(Default)]
struct State {
    running: Vec<RunningRequest>,
    last_id: u64,
}

struct RunningRequest {
    id: RequestId,
    scope: Arc<CancelScope>,
    interrupt: Interrupt,
}

/// A request in flight.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestId(u64);

impl CancelRegistry {
    /// Adds a request that is about to be sent; `None` if its scope is cancelled.
    pub fn register(&self, scope: &Arc<CancelScope>, interrupt: Interrupt) -> Option<RequestId> {
        let mut state = lock(&self.state);
        if scope.is_cancelled() {
            return None;
        }
        state.last_id += 1;
        let id = RequestId(state.last_id);
        state.running.push(RunningRequest { id, scope: Arc::clone(scope), interrupt });
        Some(id)
    }

    /// Removes a request that has ended. Returns false if its scope was cancelled meanwhile.
    pub fn unregister(&self, id: RequestId, scope: &CancelScope) -> bool {
        let mut state = lock(&self.state);
        state.running.retain(|request| request.id != id);
        !scope.is_cancelled()
    }

    /// Waits until `until`. Returns false, at once, when the scope is cancelled.
    pub fn wait(&self, scope: &CancelScope, until: Instant) -> bool {
        let mut state = lock(&self.state);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if scope.is_cancelled() {
                return false;
            }
            if left == Duration::ZERO {
                return true;
            }
            state = self.cancelled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Cancels everything in a scope: what runs now, and what begins later.
    pub fn cancel(&self, scope: &CancelScope) {
        let mut state = lock(&self.state);
        scope.cancelled.store(true, Ordering::SeqCst);
        let (interrupted, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut state.running).into_iter().partition(|request| request.scope.is_within(scope));
        state.running = others;
        drop(state);
        self.cancelled.notify_all();
        interrupted.into_iter().for_each(|request| (request.interrupt)());
    }
}
