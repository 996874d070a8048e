//! Takes the steps of a plan on the calling thread, one page at a time.

use std::sync::Arc;

use crate::call::Call;
use crate::error::ErrorKind;
use crate::page::Page;
use crate::pagination::plan::{Arrival, Outcome, Plan, Reason, Step};
use crate::{Error, Meeting, PageRequest, retry};

/// Takes pages and their new participants in the order in which the plan asked for them.
pub(super) type Take<'a> = dyn FnMut(Arc<Page>, Arrival) + 'a;

/// Takes one step of a plan. Returns the outcome if that was the last.
pub(super) fn take_step(
    call: &Call,
    meeting: &Meeting,
    plan: &mut Plan,
    take: &mut Take<'_>,
) -> Result<Option<Outcome>, Error> {
    match plan.next_step() {
        Step::Fetch { page, .. } => deliver(plan, page, call.page(meeting, request(call, page))?, take),
        Step::ProbePageZero(reason) => match page_zero(call, meeting, reason)? {
            Some(page) => deliver(plan, 0, page, take),
            None => plan.page_zero_refused(),
        },
        Step::Finish(outcome) => return Ok(Some(outcome)),
    }
    Ok(None)
}

/// Tells the plan of a page, and hands the page on.
pub(super) fn deliver(plan: &mut Plan, number: u64, page: Page, take: &mut Take<'_>) {
    let arrival = plan.page_arrived(number, page.ids(), page.paging);
    take(Arc::new(page), arrival);
}

pub(super) fn request(call: &Call, page: u64) -> PageRequest {
    PageRequest { page_no: Some(page), per_page: Some(call.settings().per_page) }
}

/// Page 0; `None` if the service has none.
fn page_zero(call: &Call, meeting: &Meeting, reason: Reason) -> Result<Option<Page>, Error> {
    // A service that fails over a page it never mentioned has no such page. If page 0 makes it crash, another attempt
    // is no use.
    let may_crash = reason != Reason::MustExist;
    let worth_retrying = |e: &Error| retry::worth_retrying(e) && !(may_crash && e.http_status() == Some(500));
    match call.page_with_retries(meeting, request(call, 0), worth_retrying) {
        Ok(page) => Ok(Some(page)),
        Err(e) if matches!(e.status(), ErrorKind::Api | ErrorKind::NotFound) => Ok(None),
        Err(e) if may_crash && e.status() == ErrorKind::Server => Ok(None),
        Err(e) => Err(e),
    }
}
