//! Times on the command line: seconds, or a number with `ms`, `s`, `m` or `h`.

use std::time::Duration;

pub fn parse(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds = match text.get(number.len()..).unwrap_or_default() {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" => 60.0,
        "h" => 3600.0,
        unit => return Err(format!("the unit {unit:?} is none of ms, s, m and h")),
    };
    let number: f64 =
        number.trim_end().parse().map_err(|_| "is not a number of seconds, such as 10, 2.5, 500ms or 2m")?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| "is not a time".to_string())
}

/// A time that is longer than none.
pub fn parse_positive(text: &str) -> Result<Duration, String> {
    parse(text).and_then(|time| if time.is_zero() { Err("is no time at all".to_string()) } else { Ok(time) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_of_seconds_or_has_a_unit() {
        for (text, milliseconds) in [("10", 10_000), ("2.5", 2_500), ("500ms", 500), ("2m", 120_000), ("1h", 3_600_000)]
        {
            assert_eq!(parse(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "s", "-1", "1d", "1 2", "nan", "1e400"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
