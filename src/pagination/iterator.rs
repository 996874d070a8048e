//! Everyone, one by one.

use std::panic::{RefUnwindSafe, UnwindSafe};

use crate::call::Call;
use crate::page::Paging;
use crate::pagination::collect::Collection;
use crate::pagination::id_set::IdSet;
use crate::pagination::plan::{Plan, Step};
use crate::pagination::reorder_buffer::FailureOrder;
use crate::pagination::walker::Walker;
use crate::{Error, Meeting, Participant, Participants};

/// Everyone, one by one, made by [`Client::iter_participants`](crate::Client::iter_participants).
///
/// The first `next()` requests page 1 alone. When a second page is needed, threads begin to fetch ahead: up to
/// [`max_connections`](crate::Builder::max_connections) pages at the same time. They keep at most twice as many pages,
/// the one being read included; then they wait, without an open request, until you go on. They end with the iterator.
///
/// Besides these pages, it keeps about 7 bytes for each participant that it returned (twice that in a second reading),
/// to skip duplicates. The time between two calls of `next()` does not count towards the deadline. The participants of
/// the pages before a failed page come first, then the error, and then `None`.
pub struct ParticipantIter {
    walker: Walker,
    /// Participants that arrived and were not returned yet.
    ready: std::vec::IntoIter<Participant>,
    state: State,
}

/// `JoinHandle` is not `UnwindSafe`. But `make_ready` sets the state to `Failed` before it does anything that can
/// panic, so an iterator that panicked is at its end.
impl UnwindSafe for ParticipantIter {}
impl RefUnwindSafe for ParticipantIter {}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Walking,
    /// An error ended it, or a panic, such as one of the caller's logger.
    Failed,
    Finished {
        is_complete: bool,
    },
}

impl ParticipantIter {
    pub(crate) fn new(call: Call, meeting: Meeting) -> Self {
        if let Some(deadline) = call.deadline() {
            deadline.stop();
        }
        ParticipantIter {
            walker: Walker::new(call, meeting, Plan::new(IdSet::small()), FailureOrder::InTurn),
            ready: Vec::new().into_iter(),
            state: State::Walking,
        }
    }

    /// Once the iterator has ended: whether it returned everyone, as [`Participants::is_complete`] means it. Before
    /// that, and after an error, false.
    pub fn is_complete(&self) -> bool {
        self.state == State::Finished { is_complete: true }
    }

    /// How many participants the meeting has, as the service last said. 0 if it said nothing usable, and before the
    /// first page.
    pub fn total_count(&self) -> u64 {
        self.walker.plan.total_count().unwrap_or(0)
    }

    /// The participants of the next page that were not returned yet, at least one; `None` at the end.
    ///
    /// The list has the meeting's total, as the service last said it, but no offsets, and is never complete.
    pub fn next_page(&mut self) -> Option<Result<Participants, Error>> {
        if let Err(error) = self.make_ready() {
            return Some(Err(error));
        }
        let page: Vec<Participant> = std::mem::take(&mut self.ready).collect();
        let paging = Paging { total_count: self.walker.plan.total_count(), ..Paging::default() };
        (!page.is_empty()).then(|| Ok(Participants::new(page, paging, false)))
    }

    /// Makes sure that a participant is ready, unless the walk is over.
    fn make_ready(&mut self) -> Result<(), Error> {
        let is_shut_down = self.walker.call.is_shut_down();
        if self.state != State::Walking || (self.ready.len() > 0 && !is_shut_down) {
            return Ok(());
        }
        if let Some(deadline) = self.walker.call.deadline() {
            deadline.run();
        }
        self.state = State::Failed;
        self.ready = Vec::new().into_iter();
        let filled = if is_shut_down { Err(Error::cancelled()) } else { self.fill() };
        if let Some(deadline) = self.walker.call.deadline() {
            deadline.stop();
        }
        (self.ready, self.state) = filled?;
        Ok(())
    }

    /// Takes steps until a participant is ready or the walk is over.
    fn fill(&mut self) -> Result<(std::vec::IntoIter<Participant>, State), Error> {
        let (mut ready, mut state): (Vec<Participant>, _) = (Vec::new(), State::Walking);
        while ready.is_empty() || self.walker.plan.next_step().precedes_page_one() {
            let outcome = self.walker.step(&mut |page, result| {
                ready.put(result.position, &page, &result.rows.into_unseen());
            })?;
            if let Some(outcome) = outcome {
                state = State::Finished { is_complete: outcome.seen_is_complete };
                if !outcome.seen_is_complete {
                    self.walker.log_incomplete(self.walker.plan.seen());
                }
                break;
            }
        }
        Ok((ready.into_iter(), state))
    }
}

impl Iterator for ParticipantIter {
    type Item = Result<Participant, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.make_ready() {
            Ok(()) => self.ready.next().map(Ok),
            Err(error) => Some(Err(error)),
        }
    }

    /// The lower bound is what is left of the current page; the upper bound is what is left by the service's total.
    ///
    /// The upper bound is `None` before the first page, without a usable total, and once the list is known to have
    /// changed. More may follow if people join meanwhile.
    fn size_hint(&self) -> (usize, Option<usize>) {
        let is_walking = self.state == State::Walking;
        if is_walking && self.walker.call.is_shut_down() {
            return (1, Some(1)); // the error
        }
        let ready = self.ready.len();
        let upper = match self.walker.plan.next_step() {
            Step::Finish(_) => Some(ready),
            _ if !is_walking => Some(ready),
            _ => self.walker.plan.missing().and_then(|missing| ready.checked_add(missing.try_into().ok()?)),
        };
        (ready, upper)
    }
}

impl std::iter::FusedIterator for ParticipantIter {}

impl std::fmt::Debug for ParticipantIter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParticipantIter")
            .field("meeting", &self.walker.meeting)
            .field("over", &(self.state != State::Walking))
            .finish_non_exhaustive()
    }
}
