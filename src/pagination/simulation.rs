//! Walks over a service in memory by the same plan as the real ones: for the property tests and the fuzzer.

#![allow(missing_docs)]

use crate::page::Paging;
use crate::pagination::collect::{Collected, Collection};
use crate::pagination::id_set::IdSet;
use crate::pagination::plan::{PageResult, Plan, ProbeReason, Step};

/// A page as the service sends it.
pub struct Page {
    /// The participants: each has a number in the place of an id.
    pub numbers: Vec<u64>,
    pub total_count: Option<u64>,
    pub start_offset: Option<u64>,
}

/// A request for a page.
pub enum Request {
    Page(u64),
    /// `None` means refused.
    PageZero {
        must_exist: bool,
    },
}

/// Everyone, as a list or an iterator returns them.
pub struct Everyone {
    pub numbers: Vec<u64>,
    pub total_count: u64,
    pub is_complete: bool,
}

impl Collection for Vec<u64> {
    type Page = Page;

    fn add(&mut self, page: &Page, rows: &[u32]) {
        self.extend(rows.iter().map(|row| page.numbers[*row as usize]));
    }

    fn append(&mut self, more: Self) {
        self.extend(more);
    }
}

/// Walks like `get_participants`. Up to `connections` pages are fetched before the first of them is passed to the plan.
pub fn list<E>(connections: usize, mut ask: impl FnMut(Request) -> Result<Option<Page>, E>) -> Result<Everyone, E> {
    let mut plan = Plan::new(IdSet::default());
    let mut collected = Collected::<Vec<u64>>::default();
    loop {
        match plan.next_step() {
            Step::Fetch { page, last } => {
                let fetched: Vec<_> =
                    (page..=last).take(connections).map(|number| (number, ask(Request::Page(number)))).collect();
                for (number, page) in fetched {
                    if !matches!(plan.next_step(), Step::Fetch { page, .. } if page == number) {
                        break;
                    }
                    if let Some(page) = page? {
                        collected.take(&page, &tell(&mut plan, number, &page));
                    }
                }
            }
            Step::ProbePageZero(reason) => match ask(page_zero(reason))? {
                Some(page) => collected.take(&page, &tell(&mut plan, 0, &page)),
                None => plan.page_zero_refused(),
            },
            Step::Finish(outcome) => {
                let numbers = collected.select(outcome.selection);
                let total_count = outcome.paging.total_count.unwrap_or(0);
                return Ok(Everyone { numbers, total_count, is_complete: outcome.is_complete });
            }
        }
    }
}

/// Walks as the iterator does.
pub fn iterator<E>(mut ask: impl FnMut(Request) -> Result<Option<Page>, E>) -> Result<Everyone, E> {
    let mut plan = Plan::new(IdSet::small());
    let (mut given, mut ready) = (Vec::new(), Vec::new());
    loop {
        let step = plan.next_step();
        if !step.precedes_page_one() {
            given.append(&mut ready);
        }
        let (number, request) = match step {
            Step::Fetch { page, .. } => (page, Request::Page(page)),
            Step::ProbePageZero(reason) => (0, page_zero(reason)),
            Step::Finish(outcome) => {
                let total_count = outcome.paging.total_count.unwrap_or(0);
                return Ok(Everyone { numbers: given, total_count, is_complete: outcome.seen_is_complete });
            }
        };
        match ask(request)? {
            Some(page) => {
                let result = tell(&mut plan, number, &page);
                ready.put(result.position, &page, &result.rows.into_unseen());
            }
            None => plan.page_zero_refused(),
        }
    }
}

fn page_zero(reason: ProbeReason) -> Request {
    Request::PageZero { must_exist: reason == ProbeReason::MustExist }
}

fn tell(plan: &mut Plan, number: u64, page: &Page) -> PageResult {
    let paging = Paging { total_count: page.total_count, start_offset: page.start_offset, end_offset: None };
    let ids: Vec<[u8; 8]> = page.numbers.iter().map(|number| id(*number)).collect();
    plan.page_arrived(number, ids.iter().map(|id| std::str::from_utf8(id).unwrap_or_default()), paging)
}

/// A text for a number of 32 bits, without an allocation.
fn id(number: u64) -> [u8; 8] {
    std::array::from_fn(|i| b'a' + (number >> (4 * i) & 15) as u8)
}
