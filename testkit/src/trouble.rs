//! A service that pages through a list, and meets a share of its requests with some trouble, drawn at random. It keeps no requests, so that
//! it may run for long.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use crate::{page_of, raw, wire};

/// How many participants the service has: the numbers from 0, as in [`raw`].
pub const COUNT: usize = 120;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// A 5xx that does not say when to come again.
    Unavailable,
    /// A 5xx that says to come again at once.
    UnavailableNow,
    /// A 429 that says the same.
    RateLimited,
    /// An RST instead of an answer.
    Reset,
    /// An RST in the midst of an answer.
    ResetWithin,
    /// The end of the connection instead of an answer.
    Closed,
    /// The end of the connection in the midst of an answer.
    Cut,
    /// What is no HTTP.
    Garbage,
    /// A 200 with HTML.
    Html,
    /// A 200 with JSON of another kind.
    OtherJson,
    /// A 200 that reports a failure.
    Unsuccessful,
    /// A 200 with nothing.
    Empty,
    /// The right answer, by and by.
    Slow,
    /// The same, without its length: the end of the connection ends it.
    Unmeasured,
    /// No answer at all.
    Stall,
}

pub const ALL: [Trouble; 15] = [
    Trouble::Unavailable,
    Trouble::UnavailableNow,
    Trouble::RateLimited,
    Trouble::Reset,
    Trouble::ResetWithin,
    Trouble::Closed,
    Trouble::Cut,
    Trouble::Garbage,
    Trouble::Html,
    Trouble::OtherJson,
    Trouble::Unsuccessful,
    Trouble::Empty,
    Trouble::Slow,
    Trouble::Unmeasured,
    Trouble::Stall,
];

/// Runs as long as the process.
pub struct Service {
    url: String,
    met: Arc<Mutex<BTreeMap<Option<Trouble>, usize>>>,
}

impl Service {
    /// Of a hundred requests, about `percent` meet one of these troubles.
    pub fn start(percent: u64, troubles: &'static [Trouble]) -> Self {
        let met = Arc::new(Mutex::new(BTreeMap::new()));
        let noted = Arc::clone(&met);
        let draws = Mutex::new(Draws(1));
        let participants: Vec<String> = (0..COUNT as u64).map(raw::participant).collect();
        let url = wire::server(move |stream, _| {
            let _ = stream.set_nodelay(true);
            let mut input = BufReader::new(&stream);
            while let Some(target) = target(&mut input) {
                let trouble = draws.lock().unwrap_or_else(PoisonError::into_inner).trouble(percent, troubles);
                *noted.lock().unwrap_or_else(PoisonError::into_inner).entry(trouble).or_insert(0) += 1;
                let page = whole("200 OK", "Content-Type: application/json\r\n", &page(&target, &participants));
                // The client may be gone.
                if !answer(&stream, trouble, &page).unwrap_or(false) {
                    break;
                }
            }
        });
        Service { url, met }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many requests met which trouble, or none.
    pub fn met(&self) -> BTreeMap<Option<Trouble>, usize> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Random numbers, the same in each run (SplitMix64).
struct Draws(u64);

impl Draws {
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn trouble(&mut self, percent: u64, troubles: &[Trouble]) -> Option<Trouble> {
        let meets = self.draw() % 100 < percent;
        let which = self.draw() as usize % troubles.len().max(1);
        if meets { troubles.get(which).copied() } else { None }
    }
}

/// Reads a request; what it asks for, or `None` if the client hung up.
fn target(input: &mut impl BufRead) -> Option<String> {
    let mut first = String::new();
    input.read_line(&mut first).ok().filter(|length| *length > 0)?;
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        input.read_line(&mut line).ok().filter(|length| *length > 0)?;
    }
    first.split(' ').nth(1).map(str::to_string)
}

fn page(target: &str, participants: &[String]) -> String {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let number = |name: &str| {
        let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.and_then(|value| value.parse::<usize>().ok())
    };
    let per_page = number("per_page").unwrap_or(20).max(1);
    let start = number("page_no").unwrap_or(1).saturating_sub(1).saturating_mul(per_page).min(COUNT);
    let end = start.saturating_add(per_page).min(COUNT);
    page_of(&participants[start..end], COUNT, start + 1)
}

fn whole(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// Whether the connection is still of use.
fn answer(mut stream: &TcpStream, trouble: Option<Trouble>, page: &str) -> io::Result<bool> {
    let (half, _) = page.split_at(page.len() / 2);
    let (text, stays) = match trouble {
        None => (page.to_string(), true),
        Some(Trouble::Unavailable) => (whole("502 Bad Gateway", "", "<html>"), true),
        Some(Trouble::UnavailableNow) => (whole("503 Service Unavailable", "Retry-After: 0\r\n", "{}"), true),
        Some(Trouble::RateLimited) => (whole("429 Too Many Requests", "Retry-After: 0\r\n", "{}"), true),
        Some(Trouble::Reset | Trouble::Closed | Trouble::Stall) => (String::new(), false),
        Some(Trouble::ResetWithin | Trouble::Cut) => (half.to_string(), false),
        Some(Trouble::Garbage) => ("\u{1}\u{2}garbage\r\n\r\n".to_string(), false),
        Some(Trouble::Html) => {
            (whole("200 OK", "Content-Type: text/html\r\n", "<!doctype html><title>Sign in</title>"), true)
        }
        Some(Trouble::OtherJson) => (whole("200 OK", "", r#"{"data":{"id":7},"success":true}"#), true),
        Some(Trouble::Unsuccessful) => {
            (whole("200 OK", "", r#"{"success":false,"errors":[{"code":7003,"message":"not today"}]}"#), true)
        }
        Some(Trouble::Empty) => (whole("200 OK", "", ""), true),
        Some(Trouble::Slow) => {
            by_and_by(stream, page)?;
            (String::new(), true)
        }
        Some(Trouble::Unmeasured) => {
            let (head, body) = page.split_once("\r\n\r\n").unwrap_or_default();
            let (head, _) = head.split_once("Content-Length").unwrap_or_default();
            by_and_by(stream, &format!("{head}Connection: close\r\n\r\n{body}"))?;
            (String::new(), false)
        }
    };
    stream.write_all(text.as_bytes())?;
    match trouble {
        Some(Trouble::Reset | Trouble::ResetWithin) => SockRef::from(stream).set_linger(Some(Duration::ZERO))?,
        // Until the client has had enough.
        Some(Trouble::Stall) => drop(stream.read(&mut [0])?),
        _ => {}
    }
    Ok(stays)
}

fn by_and_by(mut stream: &TcpStream, text: &str) -> io::Result<()> {
    for part in text.as_bytes().chunks(text.len() / 5 + 1) {
        stream.write_all(part)?;
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}
