//! The deadline of a call: a clock that runs while the caller waits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::Error;
use crate::error::seconds;

/// A request that times out this long before the deadline, or later, has run into the deadline.
const TOLERANCE: Duration = Duration::from_millis(10);

/// Set in [`Deadline::clock`] while the clock is stopped.
const STOPPED: u64 = 1 << 63;

/// How long a call may take. Only the time that its caller waits counts: an iterator's clock stops between two pages,
/// while threads fetch ahead.
pub(crate) struct Deadline {
    allowed: Duration,
    made_at: Instant,
    /// While the clock runs, when the call must end, in nanoseconds after `made_at`. While it is stopped, the
    /// nanoseconds that are left, and `STOPPED`. Atomic, because a lock could be held during a fork.
    clock: AtomicU64,
}

impl Deadline {
    /// A clock that runs from now on.
    pub fn new(allowed: Duration) -> Self {
        let deadline =
            Deadline { allowed, made_at: Instant::now(), clock: AtomicU64::new(nanoseconds(allowed) | STOPPED) };
        deadline.run();
        deadline
    }

    /// Lets the clock run on with the time that is left.
    pub fn run(&self) {
        let ends_after = self.made_at.elapsed().saturating_add(self.left());
        self.clock.store(nanoseconds(ends_after), Ordering::SeqCst);
    }

    pub fn stop(&self) {
        self.clock.store(nanoseconds(self.left()) | STOPPED, Ordering::SeqCst);
    }

    /// When the call must end; `None` while the clock is stopped.
    pub fn at(&self) -> Option<Instant> {
        let clock = self.clock.load(Ordering::SeqCst);
        (clock & STOPPED == 0).then(|| self.made_at + Duration::from_nanos(clock))
    }

    /// When the call must end if the caller waits from now on.
    pub fn earliest(&self) -> Instant {
        Instant::now() + self.left()
    }

    /// Whether a timeout that occurs now is due to the deadline.
    pub fn is_due(&self) -> bool {
        self.at().is_some_and(|at| Instant::now() + TOLERANCE >= at)
    }

    pub fn exceeded(&self) -> Error {
        Error::timeout(format!("the call took longer than its deadline of {}", seconds(self.allowed)))
    }

    fn left(&self) -> Duration {
        let clock = self.clock.load(Ordering::SeqCst);
        let time = Duration::from_nanos(clock & !STOPPED);
        if clock & STOPPED != 0 { time } else { time.saturating_sub(self.made_at.elapsed()) }
    }
}

/// As many as fit beside `STOPPED`: 292 years.
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX) & !STOPPED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stopped_clock_keeps_the_time_that_is_left() {
        let deadline = Deadline::new(Duration::from_secs(3600));
        assert!(deadline.at().is_some_and(|at| at > Instant::now() + Duration::from_secs(3000)));
        deadline.stop();
        let left = deadline.left();
        assert!(left > Duration::from_secs(3000) && left <= Duration::from_secs(3600), "{left:?}");
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!((deadline.left(), deadline.at(), deadline.is_due()), (left, None, false));
        deadline.run();
        assert!(deadline.at().is_some_and(|at| at <= deadline.earliest() + Duration::from_millis(1)));
        assert!(deadline.left() <= left);
    }

    #[test]
    fn clock_that_has_run_out_is_due_until_it_is_stopped() {
        let deadline = Deadline::new(Duration::ZERO);
        assert!(deadline.is_due() && deadline.left() == Duration::ZERO);
        deadline.stop();
        assert!(!deadline.is_due() && deadline.left() == Duration::ZERO);
    }
}
