//! Takes the steps of a plan: fetches the pages that it asks for, ahead where it allows that.

use std::sync::Arc;

use crate::call::Call;
use crate::error::ErrorKind;
use crate::page::Page;
use crate::pagination::plan::{Outcome, PageResult, Plan, ProbeReason, Step};
use crate::pagination::read_ahead::ReadAhead;
use crate::pagination::reorder_buffer::FailureOrder;
use crate::{Error, Meeting, PageRequest, retry};

/// Called with each page and its new rows, in page order.
pub(super) type OnPage<'a> = dyn FnMut(Arc<Page>, PageResult) + 'a;

/// Walks over the list of a meeting, step by step.
pub(super) struct Walker {
    pub call: Call,
    pub meeting: Meeting,
    pub plan: Plan,
    failure_order: FailureOrder,
    read_ahead: Option<ReadAhead>,
}

impl Walker {
    pub fn new(call: Call, meeting: Meeting, plan: Plan, failure_order: FailureOrder) -> Self {
        Walker { call, meeting, plan, failure_order, read_ahead: None }
    }

    /// Takes one step. Returns the outcome if that was the last. No step may follow a failure.
    pub fn step(&mut self, on_page: &mut OnPage<'_>) -> Result<Option<Outcome>, Error> {
        let stepped = self.try_step(on_page);
        if !matches!(stepped, Ok(None)) {
            self.read_ahead = None;
        }
        stepped
    }

    fn try_step(&mut self, on_page: &mut OnPage<'_>) -> Result<Option<Outcome>, Error> {
        match self.plan.next_step() {
            Step::Fetch { page, last } => {
                if self.plan.list_changed() {
                    self.call.logger().list_changed(&self.meeting);
                }
                let fetched = self.fetch(page, last)?;
                self.deliver(page, fetched, on_page);
            }
            Step::ProbePageZero(reason) => match page_zero(&self.call, &self.meeting, reason)? {
                Some(page) => self.deliver(0, page, on_page),
                None => self.plan.page_zero_refused(),
            },
            Step::Finish(outcome) => return Ok(Some(outcome)),
        }
        Ok(None)
    }

    /// Logs that a result with this many participants is not certain to be everyone.
    pub fn log_incomplete(&self, found: u64) {
        self.call.logger().incomplete(&self.meeting, found, self.plan.total_count());
    }

    fn fetch(&mut self, page: u64, last: u64) -> Result<Page, Error> {
        let Walker { call, meeting, failure_order, read_ahead, .. } = self;
        if !read_ahead.as_ref().is_some_and(|threads| threads.continues_with(page)) {
            // Ends the old threads before new ones begin.
            *read_ahead = None;
            if last > page && call.settings().max_connections > 1 {
                *read_ahead = ReadAhead::start(call, meeting, page..=last, *failure_order);
            }
        }
        match read_ahead {
            Some(threads) => threads.next(),
            None => call.page(meeting, request(call, page)),
        }
    }

    /// Passes a page to the plan, and then on.
    fn deliver(&mut self, number: u64, page: Page, on_page: &mut OnPage<'_>) {
        let result = self.plan.page_arrived(number, page.ids(), page.paging);
        on_page(Arc::new(page), result);
    }
}

pub(super) fn request(call: &Call, page: u64) -> PageRequest {
    PageRequest { page_no: Some(page), per_page: Some(call.settings().per_page) }
}

/// Page 0; `None` if the service has none.
fn page_zero(call: &Call, meeting: &Meeting, reason: ProbeReason) -> Result<Option<Page>, Error> {
    // A service that fails over a page it never mentioned has no such page. A 500 for page 0 is not retried: the next
    // attempt would fail, too.
    let may_crash = reason != ProbeReason::MustExist;
    let worth_retrying = |e: &Error| retry::worth_retrying(e) && !(may_crash && e.http_status() == Some(500));
    match call.page_with_retries(meeting, request(call, 0), worth_retrying) {
        Ok(page) => Ok(Some(page)),
        Err(e) if matches!(e.status(), ErrorKind::Api | ErrorKind::NotFound) => Ok(None),
        Err(e) if may_crash && e.status() == ErrorKind::Server => Ok(None),
        Err(e) => Err(e),
    }
}
