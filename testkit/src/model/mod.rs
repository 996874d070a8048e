//! A model of a service: what it gets wrong, what happens while it is asked, and what a client must make of it.
//!
//! It needs no socket. `stage` plays it over one; `random` makes services up, and so does the fuzzer.

use std::collections::BTreeMap;
use std::sync::Arc;

mod promises;
pub mod random;
mod stage;

pub use promises::{Everyone, Failure, Method, check};
pub use stage::Stage;

/// Statuses of a failed request that is worth another attempt.
pub const FAILURES: [u16; 5] = [408, 409, 429, 502, 503];

/// Statuses with which a page is refused, however often it is asked for.
pub const REFUSALS: [u16; 5] = [400, 403, 404, 500, 503];

/// What a service may send as its total that is not a count.
pub const UNUSABLE_TOTALS: [&str; 7] = ["", "null", "-3", "1e300", "\"10\"", "10.5", "[1]"];

/// The most attempts that a client makes for one page.
const MAX_ATTEMPTS: u32 = 4;

#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// How many participants there are at the start: the numbers from 0.
    pub count: u64,
    /// What the client asks for.
    pub per_page: u32,
    pub connections: u32,
    /// The number of the first page: 0, or 1. With 1, page 0 is taken for page 1.
    pub first_page: u64,
    /// The most participants that a page holds.
    pub cap: Option<u64>,
    pub heeds_page_no: bool,
    pub heeds_per_page: bool,
    /// Whether a page has a `paging` at all.
    pub paging: bool,
    pub offsets: Offsets,
    pub total: Option<Lie>,
    /// What an empty page says for start, end and total.
    pub empty: Option<[u64; 3]>,
    /// Pages that are not what they should be, by the number that is asked for.
    pub odd_pages: BTreeMap<u64, Odd>,
    /// What happens at each request: the first event at the first one, and so on. Then nothing happens.
    pub events: Vec<Event>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Offsets {
    True,
    Missing,
    Always(u64),
}

/// A total that is not the true one.
#[derive(Debug, Clone, PartialEq)]
pub struct Lie {
    /// The page that says it; without one, all pages do.
    pub page: Option<u64>,
    pub total: Total,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Total {
    Count(u64),
    /// This JSON. An empty text leaves the member out.
    Unusable(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Odd {
    Empty,
    /// It holds what this page should hold.
    Repeats(u64),
    Refused(u16),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    Nothing,
    /// A participant joins, at this place in the list (modulo its length).
    Join(u64),
    Leave(u64),
    /// The request fails. The same page does not fail four times in a row.
    Fail(u16),
}

impl Service {
    /// How many participants a page holds.
    fn page_size(&self) -> u64 {
        let asked = if self.heeds_per_page { self.per_page.into() } else { u64::MAX };
        asked.min(self.cap.unwrap_or(u64::MAX))
    }

    fn pages(&self) -> u64 {
        self.count.div_ceil(self.page_size())
    }

    fn joins(&self) -> u64 {
        self.events.iter().filter(|event| matches!(event, Event::Join(_))).count() as u64
    }

    fn leaves(&self) -> u64 {
        self.events.iter().filter(|event| matches!(event, Event::Leave(_))).count() as u64
    }

    fn changes(&self) -> bool {
        self.joins() + self.leaves() > 0
    }

    fn failures(&self) -> u64 {
        self.events.iter().filter(|event| matches!(event, Event::Fail(_))).count() as u64
    }

    fn refused(&self) -> impl Iterator<Item = (u64, u16)> {
        self.odd_pages.iter().filter_map(|(page, odd)| match odd {
            Odd::Refused(status) => Some((*page, *status)),
            _ => None,
        })
    }

    /// Whether all pages say the true total, except for empty ones past the end.
    fn says_the_total(&self) -> bool {
        let empty_lies = |[.., total]: [u64; 3]| total > 0 || !self.odd_pages.is_empty();
        self.paging && self.total.is_none() && !self.empty.is_some_and(empty_lies)
    }

    /// Whether it pages as it should. It may refuse a page 0 that it does not have.
    fn is_honest(&self) -> bool {
        let mut odd_pages = self.odd_pages.iter();
        let pages = odd_pages.all(|(page, odd)| *page == 0 && self.first_page == 1 && matches!(odd, Odd::Refused(_)));
        pages && self.heeds_page_no && self.says_the_total()
    }

    /// Whether page 1 looks like the first page although it is not, or one of the two holds what another page should.
    /// Then page 0 is found at the end, too late for an iterator to give it first.
    fn hides_page_zero(&self) -> bool {
        let holds_anothers = [0, 1].iter().any(|page| matches!(self.odd_pages.get(page), Some(Odd::Repeats(_))));
        (self.first_page == 0 && matches!(self.offsets, Offsets::Always(_))) || holds_anothers
    }

    /// Whether no client can have everyone without this page.
    fn needs(&self, page: u64) -> bool {
        let exists = self.first_page <= page && page < self.first_page + self.pages();
        page == 1
            || (page > 0
                && exists
                && self.heeds_page_no
                && self.says_the_total()
                && self.odd_pages.len() == 1
                && !self.changes())
    }
}

/// A page as the service sends it.
#[derive(Debug)]
pub struct Sent {
    pub numbers: Vec<u64>,
    pub paging: Option<Figures>,
}

#[derive(Debug)]
pub struct Figures {
    pub total: Total,
    pub start_and_end: Option<[u64; 2]>,
}

impl Sent {
    /// The total, if a client can use it.
    pub fn total_count(&self) -> Option<u64> {
        match self.paging.as_ref()?.total {
            Total::Count(count) => Some(count),
            Total::Unusable(_) => None,
        }
    }

    pub fn start_offset(&self) -> Option<u64> {
        self.paging.as_ref()?.start_and_end.map(|[start, _]| start)
    }
}

/// A service at work for one call, and what became of its list.
pub struct Run {
    service: Service,
    list: Arc<Vec<u64>>,
    last_newcomer: u64,
    requests: usize,
    /// How often in a row a page failed.
    failed: BTreeMap<u64, u32>,
    answered: Vec<Answered>,
}

struct Answered {
    /// The page that was asked for.
    page: u64,
    /// The list as it was then.
    list: Arc<Vec<u64>>,
    /// How many participants of it the page had.
    rows: u64,
}

impl Run {
    pub fn new(service: &Service) -> Self {
        Run {
            service: service.clone(),
            list: Arc::new(Vec::from_iter(0..service.count)),
            last_newcomer: 1_000_000,
            requests: 0,
            failed: BTreeMap::new(),
            answered: Vec::new(),
        }
    }

    /// How many requests were sent.
    pub fn requests(&self) -> usize {
        self.requests
    }

    /// Answers one request: with a page, or with the status of a failure.
    pub fn answer(&mut self, asked: u64, per_page: Option<u64>) -> Result<Sent, u16> {
        let event = self.service.events.get(self.requests).copied().unwrap_or(Event::Nothing);
        self.requests += 1;
        let length = self.list.len() as u64;
        match event {
            Event::Fail(status) => {
                let failed = self.failed.entry(asked).or_default();
                *failed += 1;
                if *failed < MAX_ATTEMPTS {
                    return Err(status);
                }
            }
            Event::Join(place) => {
                self.last_newcomer += 1;
                Arc::make_mut(&mut self.list).insert((place % (length + 1)) as usize, self.last_newcomer);
            }
            Event::Leave(place) if length > 0 => {
                Arc::make_mut(&mut self.list).remove((place % length) as usize);
            }
            Event::Leave(_) | Event::Nothing => {}
        }
        self.failed.remove(&asked);
        let odd = self.service.odd_pages.get(&asked).copied();
        if let Some(Odd::Refused(status)) = odd {
            return Err(status);
        }
        let sent = self.page(asked, odd, per_page);
        let rows = sent.numbers.len() as u64;
        self.answered.push(Answered { page: asked, list: Arc::clone(&self.list), rows });
        Ok(sent)
    }

    /// Asks for a page as a client does, with its retries.
    pub fn fetch(&mut self, page: u64) -> Result<Sent, Failure> {
        self.retried(page, |status| matches!(status, 408 | 409 | 429 | 500..))
    }

    /// Asks for page 0, which may not exist, as a client does: `None` if there is none. If it must exist, a failure of
    /// the service does not mean that.
    pub fn probe_page_zero(&mut self, must_exist: bool) -> Result<Option<Sent>, Failure> {
        let worth_retrying = |status| matches!(status, 408 | 409 | 429 | 501..) || (status == 500 && must_exist);
        match self.retried(0, worth_retrying) {
            Ok(sent) => Ok(Some(sent)),
            Err(failure) if matches!(failure.status, Some(401 | 403 | 429)) => Err(failure),
            Err(failure) if must_exist && failure.status >= Some(500) => Err(failure),
            Err(_) => Ok(None),
        }
    }

    fn retried(&mut self, page: u64, worth_retrying: impl Fn(u16) -> bool) -> Result<Sent, Failure> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            match self.answer(page, Some(self.service.per_page.into())) {
                Ok(sent) => return Ok(sent),
                Err(status) if attempts < MAX_ATTEMPTS && worth_retrying(status) => {}
                Err(status) => return Err(Failure::of(page, status)),
            }
        }
    }

    fn page(&self, asked: u64, odd: Option<Odd>, per_page: Option<u64>) -> Sent {
        let service = &self.service;
        let count = self.list.len() as u64;
        let size = per_page.filter(|_| service.heeds_per_page).unwrap_or(u64::MAX).min(service.cap.unwrap_or(u64::MAX));
        let given = if let Some(Odd::Repeats(other)) = odd { other } else { asked };
        let index = if service.heeds_page_no { given.saturating_sub(service.first_page) } else { 0 };
        let start = index.saturating_mul(size).min(count);
        let end = if odd == Some(Odd::Empty) { start } else { start.saturating_add(size).min(count) };
        Sent {
            numbers: self.list[start as usize..end as usize].to_vec(),
            paging: service.paging.then(|| self.figures(asked, start, end)),
        }
    }

    fn figures(&self, asked: u64, start: u64, end: u64) -> Figures {
        let [first, last, total] = match self.service.empty {
            Some(figures) if start == end => figures,
            _ => [start + 1, end, self.list.len() as u64],
        };
        let lie = self.service.total.as_ref().filter(|lie| lie.page.is_none_or(|page| page == asked));
        Figures {
            total: lie.map_or(Total::Count(total), |lie| lie.total),
            start_and_end: match self.service.offsets {
                Offsets::True => Some([first, last]),
                Offsets::Missing => None,
                Offsets::Always(place) => Some([place, place]),
            },
        }
    }

    fn passes(&self) -> usize {
        self.answered.iter().filter(|answered| answered.page == 1).count()
    }

    fn last_pass(&self) -> &[Answered] {
        let start = self.answered.iter().rposition(|answered| answered.page == 1).unwrap_or_default();
        &self.answered[start..]
    }

    /// Whether the list had the same length at all pages of the last pass that were not empty.
    fn held_still(&self) -> bool {
        let mut full = self.last_pass().iter().filter(|answered| answered.rows > 0).map(|answered| answered.list.len());
        full.next().is_none_or(|first| full.all(|other| other == first))
    }

    /// The length of the list when it was longest.
    fn longest(&self) -> u64 {
        self.answered.iter().map(|answered| answered.list.len() as u64).max().unwrap_or(0)
    }
}
