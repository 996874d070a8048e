//! A service that is made up: what it gets wrong, what happens meanwhile, and what is promised of the walk all the same.
//!
//! Who makes them up is elsewhere: proptest in `tests/random_services.rs`, the fuzzer in `fuzz/targets/walk.rs`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use participants::{Client, Error, Meeting};
use serde_json::Value;

use crate::credentials::TOKEN;
use crate::paged_list::{envelope, number};
use crate::server::{Request, Response, Server};

/// How a request that is worth another attempt fails.
pub const FAILURES: [u16; 5] = [408, 409, 429, 502, 503];

/// How a page is refused for good.
pub const REFUSALS: [u16; 5] = [400, 403, 404, 500, 503];

/// What a service says of its total that is no count.
pub const NO_TOTALS: [&str; 7] = ["", "null", "-3", "1e300", "\"10\"", "10.5", "[1]"];

/// Clients that are kept for later services. Each has connections, for each of which the server has a thread.
const CLIENTS_MOST: usize = 16;

#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// How many there are before anybody asks: the numbers from 0.
    pub count: u64,
    /// What the client asks for.
    pub per_page: u32,
    pub connections: u32,
    /// The number of the first page: 0, or 1, which page 0 is then taken for.
    pub first_page: u64,
    /// The most that a page holds.
    pub cap: Option<u64>,
    pub heeds_page_no: bool,
    pub heeds_per_page: bool,
    /// Whether there is a `paging` at all.
    pub paging: bool,
    pub offsets: Offsets,
    pub total: Option<Lie>,
    /// What an empty page says for start, end and total.
    pub empty: Option<[u64; 3]>,
    /// Pages that are not what they should be, by the number that is asked for.
    pub odd_pages: BTreeMap<u64, Odd>,
    /// What happens when a request comes: the first at the first one, and so on. Afterwards nothing happens.
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
    /// The page that says it; without one, all do.
    pub page: Option<u64>,
    /// JSON. An empty text leaves it out.
    pub says: String,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Odd {
    Empty,
    /// It holds what this one should.
    Repeats(u64),
    Refused(u16),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    Nothing,
    /// Somebody joins, at this place or, if the list is shorter, at another.
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

    fn joins(&self) -> bool {
        self.events.iter().any(|event| matches!(event, Event::Join(_)))
    }

    fn leaves(&self) -> bool {
        self.events.iter().any(|event| matches!(event, Event::Leave(_)))
    }

    fn moves(&self) -> bool {
        self.joins() || self.leaves()
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

    /// Whether all pages but empty ones say the true total, and an empty page is not to be had where there is somebody.
    fn says_the_total(&self) -> bool {
        let empty_lies = |[.., total]: [u64; 3]| total > 0 || !self.odd_pages.is_empty();
        self.paging && self.total.is_none() && !self.empty.is_some_and(empty_lies)
    }

    /// Whether it pages as it should. What it says to whoever asks for a page 0 that does not exist is its own affair.
    fn is_honest(&self) -> bool {
        let mut odd_pages = self.odd_pages.iter();
        let pages = odd_pages.all(|(page, odd)| *page == 0 && self.first_page == 1 && matches!(odd, Odd::Refused(_)));
        pages && self.heeds_page_no && self.says_the_total()
    }

    /// Whether page 1 can pass for the first by what it says of itself, or page 0 holds what another should. Page 0 is found at the end then,
    /// too late for an iterator to give it first.
    fn hides_page_zero(&self) -> bool {
        let holds_anothers = matches!(self.odd_pages.get(&0), Some(Odd::Repeats(_)));
        (self.first_page == 0 && matches!(self.offsets, Offsets::Always(_))) || holds_anothers
    }

    /// Whether nobody can have everyone without this page.
    fn needs(&self, page: u64) -> bool {
        let is_one = self.first_page <= page && page < self.first_page + self.pages();
        page == 1
            || (page > 0
                && is_one
                && self.heeds_page_no
                && self.says_the_total()
                && self.odd_pages.len() == 1
                && !self.moves())
    }
}

/// A service at work for one call, and what became of its list.
struct Run {
    number: usize,
    service: Service,
    list: Vec<u64>,
    newcomer: u64,
    requests: usize,
    /// How often in a row a page failed.
    failed: HashMap<u64, u32>,
    answered: Vec<Answered>,
}

struct Answered {
    /// The page that was asked for.
    page: u64,
    /// The list as it was then.
    list: Vec<u64>,
    /// How many of them the page had.
    rows: u64,
}

impl Run {
    fn answer(&mut self, request: &Request) -> Response {
        let asked = request.page_no().expect("a walk asks by number");
        let event = self.service.events.get(self.requests).copied().unwrap_or(Event::Nothing);
        self.requests += 1;
        let length = self.list.len() as u64;
        match event {
            Event::Fail(status) => {
                let failed = self.failed.entry(asked).or_default();
                *failed += 1;
                if *failed < 4 {
                    return Response::whole(status, &[], "{}");
                }
            }
            Event::Join(place) => {
                self.newcomer += 1;
                self.list.insert((place % (length + 1)) as usize, self.newcomer);
            }
            Event::Leave(place) if length > 0 => drop(self.list.remove((place % length) as usize)),
            Event::Leave(_) | Event::Nothing => {}
        }
        self.failed.remove(&asked);
        let odd = self.service.odd_pages.get(&asked).copied();
        if let Some(Odd::Refused(status)) = odd {
            return Response::whole(status, &[], "{}");
        }
        let (rows, page) = self.page(asked, odd, request.query("per_page"));
        self.answered.push(Answered { page: asked, list: self.list.clone(), rows });
        Response::json(page)
    }

    fn page(&self, asked: u64, odd: Option<Odd>, per_page: Option<u64>) -> (u64, String) {
        let service = &self.service;
        let count = self.list.len() as u64;
        let size = per_page.filter(|_| service.heeds_per_page).unwrap_or(u64::MAX).min(service.cap.unwrap_or(u64::MAX));
        let given = if let Some(Odd::Repeats(other)) = odd { other } else { asked };
        let index = if service.heeds_page_no { given.saturating_sub(service.first_page) } else { 0 };
        let start = index.saturating_mul(size).min(count);
        let end = if odd == Some(Odd::Empty) { start } else { start.saturating_add(size).min(count) };
        let paging = service.paging.then(|| self.describe(asked, start, end));
        (end - start, envelope(self.list[start as usize..end as usize].iter().copied(), paging.as_deref()))
    }

    fn describe(&self, asked: u64, start: u64, end: u64) -> String {
        let [first, last, total] = match self.service.empty {
            Some(figures) if start == end => figures,
            _ => [start + 1, end, self.list.len() as u64],
        };
        let lie = self.service.total.as_ref().filter(|lie| lie.page.is_none_or(|page| page == asked));
        let total = lie.map_or(total.to_string(), |lie| lie.says.clone());
        let mut members = Vec::new();
        if !total.is_empty() {
            members.push(format!(r#""total_count":{total}"#));
        }
        match self.service.offsets {
            Offsets::True => members.push(format!(r#""start_offset":{first},"end_offset":{last}"#)),
            Offsets::Missing => {}
            Offsets::Always(place) => members.push(format!(r#""start_offset":{place},"end_offset":{place}"#)),
        }
        format!("{{{}}}", members.join(","))
    }

    fn passes(&self) -> usize {
        self.answered.iter().filter(|answered| answered.page == 1).count()
    }

    fn last_pass(&self) -> &[Answered] {
        let start = self.answered.iter().rposition(|answered| answered.page == 1).unwrap_or_default();
        &self.answered[start..]
    }

    /// Whether all pages of the last pass that had somebody were of lists of the same length.
    fn held_still(&self) -> bool {
        let mut full = self.last_pass().iter().filter(|answered| answered.rows > 0).map(|answered| answered.list.len());
        full.next().is_none_or(|first| full.all(|other| other == first))
    }

    fn longest(&self) -> u64 {
        self.answered.iter().map(|answered| answered.list.len() as u64).max().unwrap_or(0)
    }
}

/// Everyone, as one of the two ways to ask for everyone gave them.
#[derive(Debug, PartialEq)]
struct Everyone {
    numbers: Vec<u64>,
    total_count: u64,
    is_complete: bool,
}

type Way = fn(&Client, &Meeting) -> Result<Everyone, Error>;

fn at_once(client: &Client, meeting: &Meeting) -> Result<Everyone, Error> {
    let everyone = client.get_participants(meeting)?;
    let numbers = everyone.iter().map(|participant| number(participant.id())).collect();
    Ok(Everyone { numbers, total_count: everyone.total_count(), is_complete: everyone.is_complete() })
}

fn one_by_one(client: &Client, meeting: &Meeting) -> Result<Everyone, Error> {
    let mut participants = client.iter_participants(meeting);
    let numbers =
        participants.by_ref().map(|participant| Ok(number(participant?.id()))).collect::<Result<_, Error>>()?;
    Ok(Everyone { numbers, total_count: participants.total_count(), is_complete: participants.is_complete() })
}

/// The JSON does not tell whether it is complete.
fn as_json(client: &Client, meeting: &Meeting) -> Result<Everyone, Error> {
    let json: Value = serde_json::from_str(&client.get_participants_json(meeting)?).expect("JSON");
    let numbers = json["data"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|participant| number(participant["id"].as_str().unwrap_or_default()));
    Ok(Everyone {
        numbers: numbers.collect(),
        total_count: json["paging"]["total_count"].as_u64().unwrap_or(0),
        is_complete: false,
    })
}

/// Where the services play, one after another: a server, and clients that keep their connections to it.
pub struct Stage {
    server: Server,
    run: Arc<Mutex<Option<Run>>>,
    clients: HashMap<(u32, u32), Client>,
    runs: usize,
    requests: usize,
}

impl Stage {
    pub fn start() -> Self {
        let run = Arc::new(Mutex::new(None));
        let playing = Arc::clone(&run);
        let server = Server::start(move |request| match &mut *lock(&playing) {
            Some(run) if request.target().contains(&account(run.number)) => run.answer(request),
            // A page of a call that is over, which was under way when its end showed.
            _ => Response::whole(404, &[], "{}"),
        });
        Stage { server, run, clients: HashMap::new(), runs: 0, requests: 0 }
    }

    /// How many requests were sent so far.
    pub fn requests(&self) -> usize {
        self.requests
    }

    /// Asks a service for everyone, in both ways, and holds the answers against what is promised.
    pub fn play(&mut self, service: &Service) -> Result<(), String> {
        let (everyone, run) = self.ask(service, at_once);
        keeps_promises(service, &everyone, &run, false).map_err(|why| format!("at once: {why}: {everyone:?}"))?;
        let (again, run) = self.ask(service, one_by_one);
        keeps_promises(service, &again, &run, true).map_err(|why| format!("one by one: {why}: {again:?}"))?;
        if let (Ok(mut everyone), Ok(mut again), None, false) =
            (everyone, again, service.refused().next(), service.moves())
        {
            if service.hides_page_zero() {
                everyone.numbers.sort_unstable();
                again.numbers.sort_unstable();
            }
            promise(everyone == again, || format!("both ways agree: {everyone:?} and {again:?}"))?;
            let (json, _) = self.ask(service, as_json);
            let mut json = json.map_err(|error| format!("as JSON: {error}"))?;
            if service.hides_page_zero() {
                json.numbers.sort_unstable();
            }
            let same = (&json.numbers, json.total_count) == (&everyone.numbers, everyone.total_count);
            promise(same, || format!("the JSON agrees: {everyone:?} and {json:?}"))?;
        }
        Ok(())
    }

    fn ask(&mut self, service: &Service, way: Way) -> (Result<Everyone, Error>, Run) {
        self.runs += 1;
        self.server.forget();
        let list = Vec::from_iter(0..service.count);
        let run = Run {
            number: self.runs,
            service: service.clone(),
            list,
            newcomer: 1_000_000,
            requests: 0,
            failed: HashMap::new(),
            answered: Vec::new(),
        };
        *lock(&self.run) = Some(run);
        let url = self.server.url();
        if self.clients.len() == CLIENTS_MOST {
            self.clients.clear();
        }
        let client = self.clients.entry((service.per_page, service.connections)).or_insert_with(|| {
            let builder = Client::builder().api_token(TOKEN).base_url(&url).proxy("").max_retry_wait(Duration::ZERO);
            builder.per_page(service.per_page).max_connections(service.connections).build().expect("a client")
        });
        let meeting =
            Meeting::new(&account(self.runs), "app", "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e").expect("three ids");
        let everyone = way(client, &meeting);
        let run = lock(&self.run).take().expect("nobody else takes it");
        self.requests += run.requests;
        (everyone, run)
    }
}

fn account(run: usize) -> String {
    format!("run-{run}-")
}

fn lock(run: &Mutex<Option<Run>>) -> MutexGuard<'_, Option<Run>> {
    run.lock().unwrap_or_else(PoisonError::into_inner)
}

fn promise(kept: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if kept { Ok(()) } else { Err(what()) }
}

fn keeps_promises(
    service: &Service,
    everyone: &Result<Everyone, Error>,
    run: &Run,
    newcomers_last: bool,
) -> Result<(), String> {
    let requests = run.requests as u64;
    promise(run.passes() <= 2, || format!("two passes at most, not {}", run.passes()))?;
    // Of each pass: the pages that hold somebody, what is under way when the end shows, page 0. And what is sent again.
    let pages = run.longest().div_ceil(service.page_size()) + 2 * u64::from(service.connections) + 2;
    let refused = service.refused().count() as u64;
    let again = service.failures() + 2 * 3 * refused;
    promise(requests <= 2 * pages + again, || format!("{requests} requests"))?;

    let Everyone { numbers, total_count, is_complete } = match everyone {
        Ok(everyone) => everyone,
        Err(error) => {
            let code = error.http_status().unwrap_or_default();
            let is_it = |(page, status)| error.page() == Some(page) && (code == status || FAILURES.contains(&code));
            return promise(service.refused().any(is_it), || format!("no page is to fail: {error}"));
        }
    };
    let needed = service.refused().find(|(page, _)| service.needs(*page));
    promise(needed.is_none(), || format!("without a page that failed, it is not everyone: {needed:?}"))?;
    let set = HashSet::<u64>::from_iter(numbers.iter().copied());
    promise(set.len() == numbers.len(), || "nobody twice".into())?;
    let is_there = |number: &u64| run.answered.iter().any(|answered| answered.list.contains(number));
    promise(numbers.iter().all(is_there), || "nobody made up".into())?;
    promise(!is_complete || numbers.len() as u64 == *total_count, || "complete is as many as the service says".into())?;

    // Of several connections, some may have been answered when nobody wanted that any more.
    let all_counts = service.is_honest() && service.connections == 1;
    promise(!is_complete || !all_counts || run.held_still(), || {
        "complete, though the total was not the same on all pages".into()
    })?;

    let all = Vec::from_iter(0..service.count);
    let is_all = set.len() == all.len() && all.iter().all(|number| set.contains(number));
    match (service.is_honest(), service.joins(), service.leaves()) {
        (true, false, false) => {
            promise(*numbers == all || (newcomers_last && service.hides_page_zero() && is_all), || {
                "everyone, in order".into()
            })?;
            promise(*is_complete, || "everyone is complete".into())?;
            let few = service.pages().max(1) + 1 + service.failures() + 3 * refused;
            promise(requests <= few || service.hides_page_zero(), || format!("{requests} requests"))
        }
        (true, joins, leaves) if joins != leaves => {
            if *is_complete {
                // The newcomers of a second pass may come last.
                let is_it = |list: &Vec<u64>| {
                    list == numbers || (newcomers_last && HashSet::from_iter(list.iter().copied()) == set)
                };
                return promise(run.last_pass().iter().any(|answered| is_it(&answered.list)), || {
                    "complete, but never the list".into()
                });
            }
            let still = run.last_pass().iter().all(|answered| answered.list.len() == run.list.len());
            let some_gone = newcomers_last && leaves;
            promise(!still || some_gone, || "the list held still, which was not noticed".into())
        }
        // Of a list that does both in the midst of a pass, no client can know.
        (_, true, _) | (_, _, true) => Ok(()),
        (false, false, false) if service.says_the_total() => {
            promise(!is_complete || is_all, || "complete, but not everyone".into())
        }
        (false, false, false) => {
            let walks =
                service.heeds_page_no && service.odd_pages.is_empty() && !matches!(service.offsets, Offsets::Always(_));
            let one_lies = service.total.as_ref().is_some_and(|lie| lie.page.is_some());
            promise(!walks || one_lies || *is_complete || is_all, || "everyone, though it can't be known".into())
        }
    }
}
