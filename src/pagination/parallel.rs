//! Takes the steps of a plan, fetching several pages at the same time where the plan allows it.

use std::ops::RangeInclusive;
use std::thread;

use crate::call::Call;
use crate::page::Page;
use crate::pagination::plan::{Outcome, Plan, Step};
use crate::pagination::reorder_buffer::ReorderBuffer;
use crate::pagination::step::{OnPage, deliver, request, take_step};
use crate::{Error, Meeting, threads};

/// Takes all steps of a plan, on as many connections as the settings allow.
pub(super) fn walk(
    call: &Call,
    meeting: &Meeting,
    plan: &mut Plan,
    on_page: &mut OnPage<'_>,
) -> Result<Outcome, Error> {
    let mut connections = call.settings().max_connections;
    loop {
        match plan.next_step() {
            Step::Fetch { page, last } if last > page && connections > 1 => {
                let has_threads = fetch(call, meeting, page..=last, connections, |number, page| {
                    deliver(plan, number, page, on_page);
                    matches!(plan.next_step(), Step::Fetch { page, .. } if page == number + 1)
                })?;
                if !has_threads {
                    connections = 1;
                }
            }
            _ => {
                if let Some(outcome) = take_step(call, meeting, plan, on_page)? {
                    return Ok(outcome);
                }
            }
        }
    }
}

/// Fetches pages on several threads and passes them to `take` in order, until `take` returns false. Returns false if no
/// thread could be started.
fn fetch(
    call: &Call,
    meeting: &Meeting,
    pages: RangeInclusive<u64>,
    connections: usize,
    mut take: impl FnMut(u64, Page) -> bool,
) -> Result<bool, Error> {
    let threads = pages.clone().take(connections).count();
    // A slow page must not let the other threads run far ahead of it.
    let fetchers = Fetchers { call, meeting, buffer: ReorderBuffer::new(pages, 2 * threads as u64) };
    let has_threads = thread::scope(|scope| {
        let _guard = StopOnPanic(&fetchers);
        let worker = || {
            let guard = StopOnPanic(&fetchers);
            let work = move || {
                // The closure must own the whole guard (not a copy of its reference), so that a panic of the caller's
                // hook, which runs before this, ends the call as well.
                let guard = guard;
                guard.0.work();
            };
            threads::builder().spawn_scoped(scope, threads::work(call.settings().on_thread_start.clone(), work))
        };
        if (0..threads).take_while(|_| worker().is_ok()).count() == 0 {
            return false;
        }
        while let Some((number, page)) = fetchers.buffer.take_next() {
            if !take(number, page) {
                break;
            }
        }
        fetchers.stop(None);
        true
    });
    call.resume();
    fetchers.buffer.into_failure().map_or(Ok(has_threads), Err)
}

/// Threads that fetch pages of one call.
struct Fetchers<'a> {
    call: &'a Call,
    meeting: &'a Meeting,
    buffer: ReorderBuffer<Page, Error>,
}

impl Fetchers<'_> {
    /// What each thread does.
    fn work(&self) {
        while let Some(number) = self.buffer.claim() {
            match self.call.page(self.meeting, request(self.call, number)) {
                Ok(page) => self.buffer.put(number, page),
                Err(error) => self.stop(Some(error)),
            }
        }
    }

    /// Ends all requests in flight. Only the first failure counts: the later ones are caused by this.
    fn stop(&self, failure: Option<Error>) {
        if self.buffer.close(failure) {
            self.call.cancel();
        }
    }
}

/// Keeps a panic of one thread from leaving the others waiting.
struct StopOnPanic<'a>(&'a Fetchers<'a>);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.stop(Some(Error::internal("a thread panicked")));
        }
    }
}
