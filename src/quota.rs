//! The service's quota of requests, as its `Ratelimit` header reports it.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::sync::lock;

/// Until when the service accepts no requests from this client.
#[derive(Default)]
pub(crate) struct Quota {
    exhausted_until: Mutex<Option<Instant>>,
}

impl Quota {
    /// Reads the `Ratelimit` header of a response. A reset further away than `max_wait` is ignored.
    pub fn update(&self, ratelimit: &str, max_wait: Duration) {
        if let Some(reset) = exhausted_for(ratelimit).filter(|reset| *reset <= max_wait) {
            let until = Some(Instant::now() + reset);
            let mut known = lock(&self.exhausted_until);
            *known = until.max(*known);
        }
    }

    /// When the service accepts requests again; `None` if, as far as is known, it accepts them now.
    pub fn exhausted_until(&self, now: Instant) -> Option<Instant> {
        lock(&self.exhausted_until).filter(|until| *until > now)
    }
}

/// The time until the service accepts requests again, if a `Ratelimit` header (`"default";r=0;t=30`) says that no
/// request is left.
pub(crate) fn exhausted_for(ratelimit: &str) -> Option<Duration> {
    let reset = |policy: &str| {
        let parameter = |name: &str| {
            let value =
                policy.split(';').filter_map(|part| part.trim().strip_prefix(name)?.strip_prefix('=')).next()?;
            value.trim().parse::<u64>().ok()
        };
        (parameter("r")? == 0).then_some(Duration::from_secs(parameter("t")?))
    };
    ratelimit.split(',').filter_map(reset).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratelimit_header_counts_only_when_no_request_is_left() {
        let seconds = |s| Some(Duration::from_secs(s));
        assert_eq!(exhausted_for("\"default\";r=50;t=30"), None);
        assert_eq!(exhausted_for("\"default\";r=0;t=30"), seconds(30));
        assert_eq!(exhausted_for("\"burst\";r=0;t=2, \"default\" ; r=0 ; t=7"), seconds(7));
        assert_eq!(exhausted_for("\"burst\";r=1;t=2,\"default\";r=0;t=7"), seconds(7));
        for unusable in ["", "r", ";;;", "\"default\";r=0", "\"default\";t=30", "\"default\";r=-1;t=3", "r=0;t=1e3"] {
            assert_eq!(exhausted_for(unusable), None, "{unusable}");
        }
    }
}
