//! What is tried again, and when.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

use crate::error::{Error, ErrorKind};

const FIRST_DELAY: Duration = Duration::from_millis(500);
const LONGEST_DELAY: Duration = Duration::from_secs(8);

/// Whether a request that failed in this way may succeed when it is sent again.
///
/// An answer that does not decode is not asked for again: it would come out the same.
pub(crate) fn worth_retrying(error: &Error) -> bool {
    match error.status() {
        ErrorKind::Connection => !error.is_permanent(),
        ErrorKind::Timeout | ErrorKind::RateLimited | ErrorKind::Server => true,
        ErrorKind::Api => matches!(error.http_status(), Some(408 | 409)),
        _ => false,
    }
}

/// How long to wait before another attempt: what the service asks for, else min(0.5 s · 2ⁿ, 8 s) less up to a quarter at random.
pub(crate) fn delay(error: &Error, failed_attempts: u32) -> Duration {
    error.retry_after().unwrap_or_else(|| {
        let doublings = failed_attempts.saturating_sub(1).min(16);
        let full = FIRST_DELAY.saturating_mul(1 << doublings).min(LONGEST_DELAY);
        full.mul_f64(1.0 - 0.25 * random())
    })
}

/// From 0 to 1. The standard library seeds each of these anew, which is random enough to keep clients apart.
fn random() -> f64 {
    RandomState::new().hash_one(0) as f64 / u64::MAX as f64
}

/// A `Retry-After`: seconds, or an HTTP date.
pub(crate) fn retry_after(value: &str) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let at = httpdate::parse_http_date(value).ok()?;
    Some(at.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO))
}

/// When the service takes requests again, if a `Ratelimit` header (`"default";r=0;t=30`) says that none is left.
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
    fn a_ratelimit_header_holds_requests_back_only_when_nothing_is_left() {
        let seconds = |s| Some(Duration::from_secs(s));
        assert_eq!(exhausted_for("\"default\";r=50;t=30"), None);
        assert_eq!(exhausted_for("\"default\";r=0;t=30"), seconds(30));
        assert_eq!(exhausted_for("\"burst\";r=0;t=2, \"default\" ; r=0 ; t=7"), seconds(7));
        assert_eq!(exhausted_for("\"burst\";r=1;t=2,\"default\";r=0;t=7"), seconds(7));
        for unusable in ["", "r", ";;;", "\"default\";r=0", "\"default\";t=30", "\"default\";r=-1;t=3", "r=0;t=1e3"] {
            assert_eq!(exhausted_for(unusable), None, "{unusable}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after(" 30 "), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("0"), Some(Duration::ZERO));
        assert_eq!(retry_after("1.5"), Some(Duration::from_millis(1500)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        let soon = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
        let wait = retry_after(&soon).expect("a date");
        assert!(wait > Duration::from_secs(80) && wait <= Duration::from_secs(100), "{wait:?}");
        for unusable in ["", "soon", "-1", "1e300", "NaN", "inf"] {
            assert_eq!(retry_after(unusable), None, "{unusable}");
        }
    }

    #[test]
    fn the_delay_doubles_up_to_eight_seconds_less_at_most_a_quarter() {
        let error = Error::connection("");
        for (attempt, full) in [(1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0), (5, 8.0), (6, 8.0), (u32::MAX, 8.0)] {
            let delays: Vec<f64> = (0..100).map(|_| delay(&error, attempt).as_secs_f64() / full).collect();
            assert!(delays.iter().all(|delay| *delay >= 0.75 - 1e-9 && *delay <= 1.0 + 1e-9), "{attempt}: {delays:?}");
            // At random: a hundred do not all come to the same half.
            assert!(
                delays.iter().any(|delay| *delay < 0.875) && delays.iter().any(|delay| *delay > 0.875),
                "{attempt}: {delays:?}"
            );
        }
    }
}
