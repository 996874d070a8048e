//! The deadline of a call: a clock that runs while the caller waits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::Error;
use crate::error::seconds;

/// A request that times out this long before the deadline, or later, has run into the deadline.
const TOLERANCE: Duration = Duration::from_millis(10);

/// While the clock is stopped.
const STOPPED: u64 = u64::MAX;

/// How long a call may take. Only the time that its caller waits counts: an iterator's clock stops between two pages,
/// while threads fetch ahead.
pub(crate) struct Deadline {
    allowed: Duration,
    made_at: Instant,
    /// When the call must end, in nanoseconds after `made_at`. Atomic, because a lock could be held during a fork.
    ends_after: AtomicU64,
}

impl Deadline {
    /// A clock that runs from now on.
    pub fn new(allowed: Duration) -> Self {
        let deadline = Deadline { allowed, made_at: Instant::now(), ends_after: AtomicU64::new(STOPPED) };
        deadline.run(Duration::ZERO);
        deadline
    }

    /// Lets the clock run on, for a caller who has waited this long already.
    pub fn run(&self, waited: Duration) {
        let ends_after = self.made_at.elapsed().saturating_add(self.allowed.saturating_sub(waited));
        self.ends_after.store(u64::try_from(ends_after.as_nanos()).unwrap_or(STOPPED), Ordering::SeqCst);
    }

    pub fn stop(&self) {
        self.ends_after.store(STOPPED, Ordering::SeqCst);
    }

    /// When the call must end; `None` while the clock is stopped.
    pub fn at(&self) -> Option<Instant> {
        match self.ends_after.load(Ordering::SeqCst) {
            STOPPED => None,
            nanoseconds => self.made_at.checked_add(Duration::from_nanos(nanoseconds)),
        }
    }

    /// Whether a timeout that occurs now is due to the deadline.
    pub fn is_due(&self) -> bool {
        self.at().is_some_and(|at| Instant::now() + TOLERANCE >= at)
    }

    pub fn exceeded(&self) -> Error {
        Error::timeout(format!("the call took longer than its deadline of {}", seconds(self.allowed)))
    }
}
