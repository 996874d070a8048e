//! RFC 3339 dates, such as `2019-12-27T18:11:19.117Z`.

use std::time::{Duration, SystemTime};

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// A point in time: seconds since the Unix epoch, and nanoseconds after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    seconds: i64,
    nanoseconds: u32,
}

impl Date {
    /// `None` if the text is not an RFC 3339 date. A leap second counts as the one before it, as in Unix time.
    pub fn parse(text: &str) -> Option<Self> {
        let mut text = Reader(text.as_bytes());
        let year = text.number(4)?;
        let month = text.expect(b"-")?.number(2)?;
        let day = text.expect(b"-")?.number(2)?;
        let hour = text.expect(b"Tt ")?.number(2)?;
        let minute = text.expect(b":")?.number(2)?;
        let second = text.expect(b":")?.number(2)?;
        let nanoseconds = text.fraction()?;
        let offset = text.offset()?;
        let is_valid = (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second <= 60;
        let seconds_of_day = (hour * 60 + minute) * 60 + second.min(59) - offset;
        (is_valid && text.0.is_empty())
            .then_some(Date { seconds: days_before(year, month, day) * SECONDS_PER_DAY + seconds_of_day, nanoseconds })
    }

    pub fn milliseconds(self) -> i64 {
        self.seconds * 1000 + i64::from(self.nanoseconds / 1_000_000)
    }

    pub fn time(self) -> Option<SystemTime> {
        let distance = Duration::from_secs(self.seconds.unsigned_abs());
        let whole = match self.seconds < 0 {
            true => SystemTime::UNIX_EPOCH.checked_sub(distance),
            false => SystemTime::UNIX_EPOCH.checked_add(distance),
        };
        whole?.checked_add(Duration::from_nanos(self.nanoseconds.into()))
    }
}

/// The rest of a text.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    /// Skips one of these bytes.
    fn expect(&mut self, bytes: &[u8]) -> Option<&mut Self> {
        let (first, rest) = self.0.split_first()?;
        bytes.contains(first).then_some(())?;
        self.0 = rest;
        Some(self)
    }

    fn number(&mut self, digits: usize) -> Option<i64> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
    }

    /// The nanoseconds of a fraction of a second, which may be missing, and may have any number of digits.
    fn fraction(&mut self) -> Option<u32> {
        if self.expect(b".").is_none() {
            return Some(0);
        }
        let length = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at_checked(length).filter(|_| length > 0)?;
        self.0 = rest;
        let padded = digits.iter().chain([b'0'; 9].iter()).take(9);
        Some(padded.fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
    }

    /// Seconds by which the clock is ahead of UTC.
    fn offset(&mut self) -> Option<i64> {
        if self.expect(b"Zz").is_some() {
            return Some(0);
        }
        let sign = if self.0.first() == Some(&b'-') { -1 } else { 1 };
        let hours = self.expect(b"+-")?.number(2)?;
        let minutes = self.expect(b":")?.number(2)?;
        (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60)
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from 1970-01-01 to a day of the Gregorian calendar.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    // A year that begins in March ends with the leap day.
    let (year, months) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // From March on, five months have 153 days.
    year * 365 + leap_days + (153 * months + 2) / 5 + day - 1 - DAYS_TO_1970
}

/// From the first of March of the year 0 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_468;
