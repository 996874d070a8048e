//! A buffer between threads that fetch numbered pages and one that takes them in order.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::sync::lock;

/// Pages (`T`), or failures to fetch them (`E`), which arrive in any order and leave in order.
pub(super) struct ReorderBuffer<T, E> {
    state: Mutex<State<T, E>>,
    changed: Condvar,
    last: u64,
    max_ahead: u64,
    order: FailureOrder,
}

struct State<T, E> {
    next_to_claim: u64,
    next_to_take: u64,
    arrived: BTreeMap<u64, T>,
    /// The first failure, by the number of the page.
    failure: Option<(u64, E)>,
    is_closed: bool,
}

/// What [`take`](ReorderBuffer::take) returns.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken<T, E> {
    Page(T),
    Failure(E),
    /// The last page was taken, or the buffer was closed.
    End,
    TimedOut,
}

/// When a failure is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FailureOrder {
    /// After the pages before it.
    InTurn,
    /// Before all pages: they are of no use without the one that failed.
    AtOnce,
}

impl<T, E> ReorderBuffer<T, E> {
    /// A buffer for these numbers. A number is claimed only if it is less than `max_ahead` after the next one to take.
    pub fn new(numbers: RangeInclusive<u64>, max_ahead: u64, order: FailureOrder) -> Self {
        let (first, last) = numbers.into_inner();
        let state = State {
            next_to_claim: first,
            next_to_take: first,
            arrived: BTreeMap::new(),
            failure: None,
            is_closed: false,
        };
        ReorderBuffer { state: Mutex::new(state), changed: Condvar::new(), last, max_ahead, order }
    }

    /// The next number to fetch. Waits while it is too far ahead. `None` when there is nothing more to fetch.
    pub fn claim(&self) -> Option<u64> {
        let mut state = lock(&self.state);
        loop {
            if state.is_closed || state.failure.is_some() || state.next_to_claim > self.last {
                return None;
            }
            if state.next_to_claim < state.next_to_take + self.max_ahead {
                state.next_to_claim += 1;
                return Some(state.next_to_claim - 1);
            }
            state = self.wait(state);
        }
    }

    /// Stores the result for a claimed number.
    pub fn put(&self, number: u64, result: Result<T, E>) {
        let mut state = lock(&self.state);
        match result {
            Ok(page) => drop(state.arrived.insert(number, page)),
            Err(_) if state.failure.as_ref().is_some_and(|(first, _)| *first < number) => {}
            Err(error) => state.failure = Some((number, error)),
        }
        drop(state);
        self.changed.notify_all();
    }

    pub fn last(&self) -> u64 {
        self.last
    }

    /// The number of the page that [`take`](Self::take) returns next.
    pub fn next_to_take(&self) -> u64 {
        lock(&self.state).next_to_take
    }

    /// Takes the next page in order, or a failure. Waits for it, at most until `until`.
    pub fn take(&self, until: Option<Instant>) -> Taken<T, E> {
        let mut state = lock(&self.state);
        let number = state.next_to_take;
        loop {
            if state.is_closed || number > self.last {
                return Taken::End;
            }
            if let Some((_, error)) =
                state.failure.take_if(|(at, _)| *at == number || self.order == FailureOrder::AtOnce)
            {
                state.is_closed = true;
                self.changed.notify_all();
                return Taken::Failure(error);
            }
            if let Some(page) = state.arrived.remove(&number) {
                state.next_to_take += 1;
                drop(state);
                self.changed.notify_all();
                return Taken::Page(page);
            }
            match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => state = self.wait(state),
                Some(Duration::ZERO) => return Taken::TimedOut,
                Some(left) => {
                    state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }

    /// Ends all waiting: nothing is claimed or taken any more.
    pub fn close(&self) {
        lock(&self.state).is_closed = true;
        self.changed.notify_all();
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<T, E>>) -> MutexGuard<'a, State<T, E>> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::iter;
    use std::thread;

    use super::FailureOrder::{AtOnce, InTurn};
    use super::*;

    fn buffer(numbers: RangeInclusive<u64>, max_ahead: u64, order: FailureOrder) -> ReorderBuffer<u64, &'static str> {
        ReorderBuffer::new(numbers, max_ahead, order)
    }

    fn page(taken: Taken<u64, &'static str>) -> Option<u64> {
        match taken {
            Taken::Page(page) => Some(page),
            _ => None,
        }
    }

    #[test]
    fn pages_leave_in_order_whatever_order_they_arrive_in() {
        let buffer = buffer(2..=5, 10, InTurn);
        assert_eq!(Vec::from_iter(iter::from_fn(|| buffer.claim())), [2, 3, 4, 5]);
        for number in [4, 2, 5, 3] {
            buffer.put(number, Ok(number));
        }
        assert_eq!(Vec::from_iter(iter::from_fn(|| page(buffer.take(None)))), [2, 3, 4, 5]);
        assert_eq!(buffer.take(None), Taken::End);
    }

    #[test]
    fn no_thread_runs_further_ahead_than_allowed() {
        let buffer = buffer(1..=100, 4, AtOnce);
        let claimed = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while let Some(number) = buffer.claim() {
                        lock(&claimed).push((number, buffer.next_to_take()));
                        buffer.put(number, Ok(number));
                    }
                });
            }
            assert_eq!(iter::from_fn(|| page(buffer.take(None))).sum::<u64>(), 5050);
        });
        let claimed = lock(&claimed);
        assert!(claimed.iter().all(|(number, next_to_take)| *number < next_to_take + 4), "{claimed:?}");
    }

    #[test]
    fn failure_in_turn_follows_the_pages_before_it_and_ends_the_claims() {
        let buffer = buffer(1..=100, 10, InTurn);
        assert_eq!(Vec::from_iter(iter::from_fn(|| buffer.claim()).take(4)), [1, 2, 3, 4]);
        buffer.put(4, Err("the fourth"));
        assert_eq!(buffer.claim(), None);
        buffer.put(3, Err("the third"));
        buffer.put(2, Ok(2));
        buffer.put(1, Ok(1));
        assert_eq!([(); 2].map(|()| page(buffer.take(None))), [Some(1), Some(2)]);
        assert_eq!(buffer.take(None), Taken::Failure("the third"));
        assert_eq!(buffer.take(None), Taken::End);
    }

    #[test]
    fn failure_at_once_does_not_wait_for_the_pages_before_it() {
        let buffer = buffer(1..=100, 10, AtOnce);
        assert_eq!(Vec::from_iter(iter::from_fn(|| buffer.claim()).take(2)), [1, 2]);
        buffer.put(2, Err("the second"));
        assert_eq!(buffer.take(None), Taken::Failure("the second"));
        assert_eq!(buffer.take(None), Taken::End);
    }

    #[test]
    fn closing_ends_all_waiting() {
        let buffer = buffer(1..=100, 1, InTurn);
        assert_eq!(buffer.claim(), Some(1));
        thread::scope(|scope| {
            let waiting = [scope.spawn(|| buffer.claim().is_none()), scope.spawn(|| buffer.take(None) == Taken::End)];
            buffer.close();
            assert!(waiting.into_iter().all(|thread| thread.join().expect("no panic")));
        });
    }

    #[test]
    fn taking_times_out() {
        let buffer = buffer(1..=1, 1, InTurn);
        assert_eq!(buffer.take(Some(Instant::now())), Taken::TimedOut);
        buffer.put(1, Ok(1));
        assert_eq!(buffer.take(Some(Instant::now())), Taken::Page(1));
    }
}
