//! A service that pages through a list, and has a problem with a share of its requests, drawn at random. It can run for
//! long.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::paged_list::PagedList;
use crate::server::{Response, Server};

/// How many participants the service has.
pub const COUNT: usize = 120;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// A 5xx without a Retry-After.
    Unavailable,
    /// A 5xx that can be retried at once.
    UnavailableNow,
    /// A 429 that can be retried at once.
    RateLimited,
    /// An RST instead of a response.
    Reset,
    /// An RST in the middle of a response.
    ResetWithin,
    /// The end of the connection instead of a response.
    Closed,
    /// The end of the connection in the middle of a response.
    Cut,
    /// Not HTTP.
    Garbage,
    /// A 200 with HTML.
    Html,
    /// A 200 with JSON of another kind.
    OtherJson,
    /// A 200 that reports a failure.
    Unsuccessful,
    /// A 200 without a body.
    Empty,
    /// The right response, in parts.
    Slow,
    /// The right response in parts and without its length: the end of the connection ends it.
    Unmeasured,
    /// No response.
    Stall,
}

pub const PROBLEMS: [Problem; 15] = [
    Problem::Unavailable,
    Problem::UnavailableNow,
    Problem::RateLimited,
    Problem::Reset,
    Problem::ResetWithin,
    Problem::Closed,
    Problem::Cut,
    Problem::Garbage,
    Problem::Html,
    Problem::OtherJson,
    Problem::Unsuccessful,
    Problem::Empty,
    Problem::Slow,
    Problem::Unmeasured,
    Problem::Stall,
];

type Counts = BTreeMap<Option<Problem>, usize>;

pub struct FlakyService {
    server: Server,
    counts: Arc<Mutex<Counts>>,
}

impl FlakyService {
    /// Of a hundred requests, about `percent` have one of these problems.
    pub fn start(percent: u64, problems: &'static [Problem]) -> Self {
        let counts = Arc::new(Mutex::new(Counts::new()));
        let noted = Arc::clone(&counts);
        let random = Mutex::new(Random(1));
        let pages = PagedList::of(COUNT as u64);
        let server = Server::start_forgetful(move |request| {
            let problem = lock(&random).problem(percent, problems);
            *lock(&noted).entry(problem).or_insert(0) += 1;
            respond(problem, pages.respond(request))
        });
        FlakyService { server, counts }
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    /// How many requests had which problem, or none.
    pub fn counts(&self) -> Counts {
        lock(&self.counts).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Random numbers, the same in each run (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn problem(&mut self, percent: u64, problems: &[Problem]) -> Option<Problem> {
        let has_one = self.next() % 100 < percent;
        let which = self.next() as usize % problems.len().max(1);
        if has_one { problems.get(which).copied() } else { None }
    }
}

fn respond(problem: Option<Problem>, page: Response) -> Response {
    const PAUSE: Duration = Duration::from_millis(10);
    let bytes = page.bytes();
    let fifth = bytes.len() / 5 + 1;
    let Some(problem) = problem else { return page };
    match problem {
        Problem::Unavailable => Response::whole(502, &[], "<html>"),
        Problem::UnavailableNow => Response::whole(503, &[("Retry-After", "0")], "{}"),
        Problem::RateLimited => Response::whole(429, &[("Retry-After", "0")], "{}"),
        Problem::Reset => Response::new().reset(),
        Problem::ResetWithin => Response::new().send(&bytes[..bytes.len() / 2]).reset(),
        Problem::Closed => Response::new().close(),
        Problem::Cut => page.cut(bytes.len() / 2),
        Problem::Garbage => Response::new().send("\u{1}\u{2}garbage\r\n\r\n").close(),
        Problem::Html => {
            Response::whole(200, &[("Content-Type", "text/html")], "<!doctype html><title>Sign in</title>")
        }
        Problem::OtherJson => Response::json(r#"{"data":{"id":7},"success":true}"#),
        Problem::Unsuccessful => Response::json(r#"{"success":false,"errors":[{"code":7003,"message":"not today"}]}"#),
        Problem::Empty => Response::whole(200, &[], ""),
        Problem::Slow => page.in_parts(fifth, PAUSE),
        Problem::Unmeasured => {
            let text = String::from_utf8_lossy(&bytes);
            let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
            let headers = [("Content-Type", "application/json"), ("Connection", "close")];
            Response::head(200, &headers).send(body).in_parts(fifth, PAUSE).close()
        }
        Problem::Stall => Response::new().hang(),
    }
}
