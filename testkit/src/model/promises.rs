//! What a client promises about any service, checked against what it gave.

use super::{FAILURES, Offsets, Run, Service};

/// A method to ask for everyone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    List,
    Iterator,
}

/// Everyone, as one of the methods gave them.
#[derive(Debug, PartialEq)]
pub struct Everyone {
    pub numbers: Vec<u64>,
    pub total_count: u64,
    pub is_complete: bool,
}

/// Why a call failed.
#[derive(Debug)]
pub struct Failure {
    pub page: Option<u64>,
    pub status: Option<u16>,
    pub message: String,
}

impl Failure {
    pub(super) fn of(page: u64, status: u16) -> Self {
        Failure { page: Some(page), status: Some(status), message: String::new() }
    }
}

impl Everyone {
    /// Sorts the participants if the methods need not agree about their order.
    pub(super) fn sort_for(mut self, service: &Service) -> Self {
        if service.hides_page_zero() {
            self.numbers.sort_unstable();
        }
        self
    }
}

/// Asks for everyone by both methods, each time from a service at its start, and checks the promises. Returns everyone
/// if a third method would have to agree.
pub fn check(
    service: &Service,
    mut ask: impl FnMut(Method) -> (Result<Everyone, Failure>, Run),
) -> Result<Option<Everyone>, String> {
    let mut checked = |method| {
        let (everyone, run) = ask(method);
        keeps_promises(service, &everyone, &run, method).map_err(|why| format!("{method:?}: {why}: {everyone:?}"))?;
        Ok::<_, String>(everyone)
    };
    let (list, iterator) = (checked(Method::List)?, checked(Method::Iterator)?);
    match (list, iterator) {
        (Ok(list), Ok(iterator)) if service.refused().next().is_none() && !service.changes() => {
            let (list, iterator) = (list.sort_for(service), iterator.sort_for(service));
            promise(list == iterator, || format!("the methods disagree: {list:?} and {iterator:?}"))?;
            Ok(Some(list))
        }
        _ => Ok(None),
    }
}

/// `broken` says what is wrong if the promise is not kept.
pub(super) fn promise(is_kept: bool, broken: impl FnOnce() -> String) -> Result<(), String> {
    if is_kept { Ok(()) } else { Err(broken()) }
}

fn keeps_promises(
    service: &Service,
    everyone: &Result<Everyone, Failure>,
    run: &Run,
    method: Method,
) -> Result<(), String> {
    let requests = run.requests() as u64;
    promise(run.passes() <= 2, || format!("{} passes", run.passes()))?;
    // In each pass: the pages that hold somebody, those in flight when the end shows, and page 0; and all retries. If
    // the page number is ignored, every newcomer may make a page look like another one.
    let looks_new = if service.heeds_page_no { 0 } else { service.joins() };
    let pages = run.longest().div_ceil(service.page_size()) + looks_new + 2 * u64::from(service.connections) + 2;
    let refused = service.refused().count() as u64;
    let retries = service.failures() + 2 * 3 * refused;
    promise(requests <= 2 * pages + retries, || format!("{requests} requests"))?;

    let Everyone { numbers, total_count, is_complete } = match everyone {
        Ok(everyone) => everyone,
        Err(failure) => {
            let status = failure.status.unwrap_or_default();
            let explains =
                |(page, refusal)| failure.page == Some(page) && (status == refusal || FAILURES.contains(&status));
            return promise(service.refused().any(explains), || format!("failed for no reason: {failure:?}"));
        }
    };
    let needed = service.refused().find(|(page, _)| service.needs(*page));
    promise(needed.is_none(), || format!("succeeded without a page that it needs: {needed:?}"))?;
    let sorted = sort(numbers);
    promise(sorted.windows(2).all(|pair| pair[0] != pair[1]), || "a participant twice".into())?;
    let was_listed = |number: &u64| run.answered.iter().any(|answered| answered.list.contains(number));
    promise(numbers.iter().all(was_listed), || "a participant that was never on the list".into())?;
    promise(!is_complete || numbers.len() as u64 == *total_count, || "complete, but not as many as the total".into())?;

    // With several connections, some pages may have been sent that nobody wanted any more.
    let all_pages_count = service.is_honest() && service.connections == 1;
    promise(!is_complete || !all_pages_count || run.held_still(), || {
        "complete, though the total was not the same on all pages".into()
    })?;

    let all = Vec::from_iter(0..service.count);
    let is_all = sorted == all;
    // An iterator gives those that only the second pass found at its end.
    let may_be_late = method == Method::Iterator;
    match (service.is_honest(), service.joins() > 0, service.leaves() > 0) {
        (true, false, false) => {
            let is_right = *numbers == all || (may_be_late && service.hides_page_zero() && is_all);
            promise(is_right, || "not everyone, or not in order".into())?;
            promise(*is_complete, || "everyone, but not complete".into())?;
            let few = service.pages().max(1) + 1 + service.failures() + 3 * refused;
            promise(requests <= few || service.hides_page_zero(), || format!("{requests} requests"))
        }
        (true, joins, leaves) if joins != leaves => {
            if *is_complete {
                let matches = |list: &[u64]| list == numbers || (may_be_late && sort(list) == sorted);
                return promise(run.last_pass().iter().any(|answered| matches(&answered.list)), || {
                    "complete, but never the list".into()
                });
            }
            let held_still = run.last_pass().iter().all(|answered| answered.list.len() == run.list.len());
            let gave_some_who_left = may_be_late && leaves;
            promise(!held_still || gave_some_who_left, || "not complete, though the list held still".into())
        }
        // If participants join and leave during a pass, no client can notice.
        (_, true, _) | (_, _, true) => Ok(()),
        (false, false, false) if service.says_the_total() => {
            promise(!is_complete || is_all, || "complete, but not everyone".into())
        }
        (false, false, false) => {
            let walks =
                service.heeds_page_no && service.odd_pages.is_empty() && !matches!(service.offsets, Offsets::Always(_));
            let one_lies = service.total.as_ref().is_some_and(|lie| lie.page.is_some());
            promise(!walks || one_lies || *is_complete || is_all, || "not everyone, though all pages are there".into())
        }
    }
}

fn sort(numbers: &[u64]) -> Vec<u64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted
}
