//! When an operation of a connection must end.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ureq::Timeout;
use ureq::unversioned::transport::{NextTimeout, time};

use crate::sync::lock;

/// As good as no limit.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A point in time, and the timeout that is due then.
#[derive(Clone, Copy)]
pub(super) struct TimeLimit {
    pub at: Instant,
    pub reason: Timeout,
}

impl TimeLimit {
    /// What ureq gives an operation that began at this time.
    pub fn new(began: Instant, timeout: NextTimeout) -> Self {
        let after = match timeout.after {
            time::Duration::Exact(after) => after,
            _ => FOREVER,
        };
        TimeLimit { at: began + after, reason: timeout.reason }
    }

    /// The earlier of two limits.
    pub fn min(self, other: Self) -> Self {
        if other.at < self.at { other } else { self }
    }

    /// The time that is left, which is more than 0, or the error that it is over.
    pub fn left(&self) -> Result<Duration, ureq::Error> {
        match self.at.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(ureq::Error::Timeout(self.reason)),
            left => Ok(left),
        }
    }

    /// The same limit for ureq.
    pub fn to_timeout(self) -> NextTimeout {
        let after = time::Duration::Exact(self.at.saturating_duration_since(Instant::now()));
        NextTimeout { after, reason: self.reason, ..NextTimeout::default() }
    }
}

/// When a connection must be made, TLS included; `None` once it is.
///
/// ureq restarts its timeout with each read of a proxy's response.
#[derive(Clone, Default)]
pub(super) struct ConnectLimit(Arc<Mutex<Option<TimeLimit>>>);

impl ConnectLimit {
    pub fn set(&self, limit: Option<TimeLimit>) {
        *lock(&self.0) = limit;
    }

    pub fn get(&self) -> Option<TimeLimit> {
        *lock(&self.0)
    }
}

/// ureq requires this of the connector that holds it, and does not print it.
impl fmt::Debug for ConnectLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectLimit")
    }
}
