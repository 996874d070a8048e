//! Everyone, one by one.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::{Duration, Instant};

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
/// [`max_connections`](crate::Builder::max_connections) pages at the same time, and never more than twice as many ahead
/// of the page that is read. They end with the iterator.
///
/// It keeps those pages in memory, and about 9 bytes for each returned participant (twice that in a second reading), to
/// skip duplicates. The time between two calls of `next()` does not count towards the deadline. A page that fails ends
/// the iterator, after the participants of the pages before it: after an error it returns `None`.
pub struct ParticipantIter {
    walker: Walker,
    /// Participants that arrived and were not returned yet.
    ready: std::vec::IntoIter<Participant>,
    /// How long the caller has waited for pages so far.
    spent: Duration,
    state: State,
}

/// The handles of its threads do not say so. But it is over before anything in it can panic, until that went well.
impl UnwindSafe for ParticipantIter {}
impl RefUnwindSafe for ParticipantIter {}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Walking,
    /// An error ended it, or a panic, such as one of the caller's logger: then a page may be lost.
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
            spent: Duration::ZERO,
            state: State::Walking,
        }
    }

    /// Once the iterator has ended: whether it returned everyone. Before that, and after an error, false.
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
        let began = Instant::now();
        if let Some(deadline) = self.walker.call.deadline() {
            deadline.run(self.spent);
        }
        self.state = State::Failed;
        self.ready = Vec::new().into_iter();
        let filled = if is_shut_down { Err(Error::cancelled()) } else { self.fill() };
        self.spent += began.elapsed();
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
                    self.walker.log_incomplete(&outcome);
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

    /// At least the participants of the current page that are left; at most all that are left by the service's total.
    ///
    /// The upper bound is `None` before the first page, without a usable total, and once the list is known to have
    /// changed. It is as good as the service's word: if people join the list while it is read, more may follow.
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
