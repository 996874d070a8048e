//! Retry-After, Ratelimit, and the time that is waited because of them.

#![no_main]

use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use participants::fuzzing;

#[derive(Debug, Arbitrary)]
struct Headers<'a> {
    text: &'a str,
    seconds: u32,
    /// What is left, and the seconds until there is more.
    policies: Vec<(u8, u64)>,
    failed_attempts: u32,
    status: u16,
    /// Of an answer that fails.
    retry_after: Option<Duration>,
}

fuzz_target!(|headers: Headers| {
    let Headers { text, seconds, policies, failed_attempts, status, retry_after } = headers;
    let read = fuzzing::retry_after(text);
    if let Ok(number) = text.trim().parse::<u32>() {
        assert_eq!(read, Some(Duration::from_secs(number.into())));
    }
    if text.trim().starts_with('-') {
        assert!(read.is_none_or(|wait| wait.is_zero()), "a wait into the past: {read:?}");
    }
    assert_eq!(fuzzing::retry_after(&format!(" {seconds}\t")), Some(Duration::from_secs(seconds.into())));

    let _ = fuzzing::exhausted_for(text);
    let policy = |(left, reset): &(u8, u64)| format!("\"a\" ; q=7;r={left}; t={reset}");
    let header: Vec<String> = policies.iter().map(policy).collect();
    let longest = policies.iter().filter(|(left, _)| *left == 0).map(|(_, reset)| Duration::from_secs(*reset)).max();
    assert_eq!(fuzzing::exhausted_for(&header.join(",")), longest);

    let error = fuzzing::refused(status, retry_after, false, text.as_bytes());
    let delay = fuzzing::delay(&error, failed_attempts);
    match error.retry_after() {
        Some(asked) => assert_eq!(delay, asked),
        None => assert!(delay >= Duration::from_millis(375) && delay <= Duration::from_secs(8), "{delay:?}"),
    }
    assert!(error.to_string().len() < 4000);
});
