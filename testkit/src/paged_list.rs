//! A list of participants in pages, paged as RealtimeKit does unless it is told otherwise.

use std::sync::Arc;
use std::time::Duration;

use crate::server::{Request, Response, Server};

/// The id of a participant, by its number.
pub fn id(number: u64) -> String {
    format!("{number:08x}-0000-4000-8000-{number:012x}")
}

/// A participant as the service sends it, without a picture.
pub fn participant(number: u64) -> String {
    let id = id(number);
    format!(
        r#"{{"id":"{id}","created_at":"2026-03-01T09:00:00.000Z","updated_at":"2026-03-01T10:00:00.117Z","custom_participant_id":"user-{number}","preset_name":"group_call_participant","name":"Participant {number}"}}"#
    )
}

/// The endpoint's JSON. `paging` is the JSON of that member; without it, the member is missing.
pub fn envelope(participants: impl IntoIterator<Item = u64>, paging: Option<&str>) -> String {
    let data: Vec<String> = participants.into_iter().map(participant).collect();
    let paging = paging.map_or(String::new(), |paging| format!(r#","paging":{paging}"#));
    format!(r#"{{"data":[{}]{paging},"success":true}}"#, data.join(","))
}

type List = dyn Fn(&Request) -> Arc<Vec<u64>> + Send + Sync;

/// A list, and how a service pages through it.
#[derive(Clone)]
pub struct PagedList {
    list: Arc<List>,
    latency: Arc<dyn Fn(&Request) -> Duration + Send + Sync>,
    first_page: u64,
    cap: u64,
    obeys_page_no: bool,
    obeys_per_page: bool,
    /// The JSON of `total_count`; `None` is the truth, an empty text leaves it out.
    total: Option<String>,
    offsets: bool,
    paging: bool,
    /// What an empty page says of itself: start, end and total.
    empty: Option<[u64; 3]>,
    page_zero: Option<Response>,
}

impl PagedList {
    /// The participants 0, 1, 2 ...
    pub fn of(count: u64) -> Self {
        let list = Arc::new((0..count).collect());
        PagedList::listing(move |_| Arc::clone(&list))
    }

    /// The list as it is when a request comes.
    pub fn changing(list: impl Fn(&Request) -> Vec<u64> + Send + Sync + 'static) -> Self {
        PagedList::listing(move |request| Arc::new(list(request)))
    }

    fn listing(list: impl Fn(&Request) -> Arc<Vec<u64>> + Send + Sync + 'static) -> Self {
        PagedList {
            list: Arc::new(list),
            latency: Arc::new(|_| Duration::ZERO),
            first_page: 1,
            cap: u64::MAX,
            obeys_page_no: true,
            obeys_per_page: true,
            total: None,
            offsets: true,
            paging: true,
            empty: None,
            page_zero: None,
        }
    }

    /// The number of the first page. A service that begins at 1 takes page 0 for page 1.
    pub fn first_page(self, number: u64) -> Self {
        PagedList { first_page: number, ..self }
    }

    /// The most that a page holds.
    pub fn cap(self, participants: u64) -> Self {
        PagedList { cap: participants, ..self }
    }

    /// Every page is the first one.
    pub fn ignoring_page_no(self) -> Self {
        PagedList { obeys_page_no: false, ..self }
    }

    /// A page holds as many as there are, or as the cap allows.
    pub fn ignoring_per_page(self) -> Self {
        PagedList { obeys_per_page: false, ..self }
    }

    /// What every page says for `total_count`, as JSON; an empty text leaves it out.
    pub fn total_count(self, json: &str) -> Self {
        PagedList { total: Some(json.into()), ..self }
    }

    pub fn without_offsets(self) -> Self {
        PagedList { offsets: false, ..self }
    }

    pub fn without_paging(self) -> Self {
        PagedList { paging: false, ..self }
    }

    /// What an empty page says for `start_offset`, `end_offset` and `total_count`.
    pub fn empty_page_says(self, paging: [u64; 3]) -> Self {
        PagedList { empty: Some(paging), ..self }
    }

    /// The response to a request for page 0.
    pub fn page_zero(self, response: Response) -> Self {
        PagedList { page_zero: Some(response), ..self }
    }

    pub fn latency(self, latency: impl Fn(&Request) -> Duration + Send + Sync + 'static) -> Self {
        PagedList { latency: Arc::new(latency), ..self }
    }

    pub fn respond(&self, request: &Request) -> Response {
        let response = match (request.page_no(), &self.page_zero) {
            (Some(0), Some(response)) => response.clone(),
            _ => Response::json(self.page(request)),
        };
        match (self.latency)(request) {
            Duration::ZERO => response,
            latency => response.after(latency),
        }
    }

    pub fn start(self) -> Server {
        Server::start(move |request| self.respond(request))
    }

    fn page(&self, request: &Request) -> String {
        let list = (self.list)(request);
        let count = list.len() as u64;
        let per_page =
            request.query("per_page").filter(|_| self.obeys_per_page).unwrap_or(u64::MAX).min(self.cap).max(1);
        let page =
            request.page_no().filter(|_| self.obeys_page_no).map_or(0, |page| page.saturating_sub(self.first_page));
        let start = page.saturating_mul(per_page).min(count);
        let end = start.saturating_add(per_page).min(count);
        let paging = self.paging.then(|| self.describe(start, end, count));
        envelope(list[start as usize..end as usize].iter().copied(), paging.as_deref())
    }

    fn describe(&self, start: u64, end: u64, count: u64) -> String {
        let [first, last, count] = match self.empty {
            Some(figures) if start == end => figures,
            _ => [start + 1, end, count],
        };
        let total = self.total.clone().unwrap_or(count.to_string());
        let mut members = Vec::new();
        if !total.is_empty() {
            members.push(format!(r#""total_count":{total}"#));
        }
        if self.offsets {
            members.push(format!(r#""start_offset":{first},"end_offset":{last}"#));
        }
        format!("{{{}}}", members.join(","))
    }
}

/// The number of a participant, by its id.
pub fn number(id: &str) -> u64 {
    let number = id.split('-').next().and_then(|number| u64::from_str_radix(number, 16).ok());
    number.unwrap_or_else(|| panic!("{id:?} is not an id of this list"))
}
