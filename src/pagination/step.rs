//! Takes one step of a plan on the calling thread. Lists and the iterator use it.

use std::sync::Arc;

use crate::call::Call;
use crate::error::ErrorKind;
use crate::page::Page;
use crate::pagination::plan::{Outcome, PageResult, Plan, ProbeReason, Step};
use crate::{Error, Meeting, PageRequest, retry};

/// Called with each page and its new rows, in page order.
pub(super) type OnPage<'a> = dyn FnMut(Arc<Page>, PageResult) + 'a;

/// Takes one step of a plan. Returns the outcome if that was the last.
pub(super) fn take_step(
    call: &Call,
    meeting: &Meeting,
    plan: &mut Plan,
    on_page: &mut OnPage<'_>,
) -> Result<Option<Outcome>, Error> {
    match plan.next_step() {
        Step::Fetch { page, .. } => deliver(plan, page, call.page(meeting, request(call, page))?, on_page),
        Step::ProbePageZero(reason) => match page_zero(call, meeting, reason)? {
            Some(page) => deliver(plan, 0, page, on_page),
            None => plan.page_zero_refused(),
        },
        Step::Finish(outcome) => return Ok(Some(outcome)),
    }
    Ok(None)
}

/// Passes a page to the plan, and then on.
pub(super) fn deliver(plan: &mut Plan, number: u64, page: Page, on_page: &mut OnPage<'_>) {
    let result = plan.page_arrived(number, page.ids(), page.paging);
    on_page(Arc::new(page), result);
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
