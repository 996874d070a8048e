//! Retries: which failures are worth one, and how long to wait before it.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

use crate::error::{Error, ErrorKind};

const FIRST_DELAY: Duration = Duration::from_millis(500);
const MAX_DELAY: Duration = Duration::from_secs(8);

/// Whether a request that failed with this error may succeed when it is sent again.
///
/// A response that does not decode is not worth a retry: the next one would be the same.
pub(crate) fn worth_retrying(error: &Error) -> bool {
    match error.status() {
        ErrorKind::Connection => !error.is_permanent(),
        ErrorKind::Timeout | ErrorKind::RateLimited | ErrorKind::Server => true,
        ErrorKind::Api => matches!(error.http_status(), Some(408 | 409)),
        _ => false,
    }
}

/// How long to wait before the next attempt: as long as the service asks for; otherwise min(0.5 s · 2ⁿ, 8 s), reduced
/// by up to a quarter at random.
pub(crate) fn delay(error: &Error, failed_attempts: u32) -> Duration {
    error.retry_after().unwrap_or_else(|| {
        let doublings = failed_attempts.saturating_sub(1).min(16);
        let longest = FIRST_DELAY.saturating_mul(1 << doublings).min(MAX_DELAY);
        longest.mul_f64(1.0 - 0.25 * random())
    })
}

/// A number from 0 to 1. The standard library seeds every `RandomState` differently, which is random enough to keep
/// clients from retrying at the same moment.
fn random() -> f64 {
    RandomState::new().hash_one(0) as f64 / u64::MAX as f64
}

/// Reads a `Retry-After` header: seconds, or an HTTP date. A date in the past is no wait.
pub(crate) fn retry_after(value: &str) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let at = httpdate::parse_http_date(value).ok()?;
    Some(at.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn delay_doubles_up_to_eight_seconds_minus_at_most_a_quarter() {
        let error = Error::connection("");
        for (attempt, full) in [(1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0), (5, 8.0), (6, 8.0), (u32::MAX, 8.0)] {
            let delays: Vec<f64> = (0..100).map(|_| delay(&error, attempt).as_secs_f64() / full).collect();
            assert!(delays.iter().all(|delay| *delay >= 0.75 - 1e-9 && *delay <= 1.0 + 1e-9), "{attempt}: {delays:?}");
            // Random: a hundred delays are not all in the same half of the range.
            assert!(
                delays.iter().any(|delay| *delay < 0.875) && delays.iter().any(|delay| *delay > 0.875),
                "{attempt}: {delays:?}"
            );
        }
    }
}
