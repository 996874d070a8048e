//! A buffer between threads that fetch numbered pages and one that takes them in order.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::sync::lock;

/// Pages (`T`) that arrive in any order and leave in order, until the buffer is closed, perhaps by a failure (`E`).
pub(super) struct ReorderBuffer<T, E> {
    state: Mutex<State<T, E>>,
    changed: Condvar,
    last: u64,
    max_ahead: u64,
}

struct State<T, E> {
    next_to_claim: u64,
    next_to_take: u64,
    arrived: BTreeMap<u64, T>,
    is_closed: bool,
    failure: Option<E>,
}

impl<T, E> ReorderBuffer<T, E> {
    /// A buffer for these numbers. None is claimed that is `max_ahead` or more after the next one to take.
    pub fn new(numbers: RangeInclusive<u64>, max_ahead: u64) -> Self {
        let (first, last) = numbers.into_inner();
        let state = State {
            next_to_claim: first,
            next_to_take: first,
            arrived: BTreeMap::new(),
            is_closed: false,
            failure: None,
        };
        ReorderBuffer { state: Mutex::new(state), changed: Condvar::new(), last, max_ahead }
    }

    /// The next number to fetch. Waits while it is too far ahead. `None` when there is nothing more to fetch.
    pub fn claim(&self) -> Option<u64> {
        let mut state = lock(&self.state);
        while !state.is_closed
            && state.next_to_claim <= self.last
            && state.next_to_claim >= state.next_to_take + self.max_ahead
        {
            state = self.wait(state);
        }
        if state.is_closed || state.next_to_claim > self.last {
            return None;
        }
        state.next_to_claim += 1;
        Some(state.next_to_claim - 1)
    }

    pub fn put(&self, number: u64, page: T) {
        lock(&self.state).arrived.insert(number, page);
        self.changed.notify_all();
    }

    /// The next page in order. Waits for it. `None` after the last one, and when the buffer is closed.
    pub fn take_next(&self) -> Option<(u64, T)> {
        let mut state = lock(&self.state);
        let number = state.next_to_take;
        while !state.is_closed && number <= self.last {
            if let Some(page) = state.arrived.remove(&number) {
                state.next_to_take += 1;
                drop(state);
                self.changed.notify_all();
                return Some((number, page));
            }
            state = self.wait(state);
        }
        None
    }

    /// Ends all waiting. Only the first call counts: returns whether this is it.
    pub fn close(&self, failure: Option<E>) -> bool {
        let mut state = lock(&self.state);
        if state.is_closed {
            return false;
        }
        state.is_closed = true;
        state.failure = failure;
        drop(state);
        self.changed.notify_all();
        true
    }

    /// The failure that the buffer was closed with.
    pub fn into_failure(self) -> Option<E> {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).failure
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<T, E>>) -> MutexGuard<'a, State<T, E>> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::iter;
    use std::thread;

    use super::*;

    fn buffer(numbers: RangeInclusive<u64>, max_ahead: u64) -> ReorderBuffer<String, &'static str> {
        ReorderBuffer::new(numbers, max_ahead)
    }

    #[test]
    fn pages_leave_in_order_whatever_order_they_arrive_in() {
        let buffer = buffer(2..=5, 10);
        assert_eq!(Vec::from_iter(iter::from_fn(|| buffer.claim())), [2, 3, 4, 5]);
        for number in [4, 2, 5, 3] {
            buffer.put(number, format!("page {number}"));
        }
        let taken = Vec::from_iter(iter::from_fn(|| buffer.take_next()));
        assert_eq!(taken, [2, 3, 4, 5].map(|number| (number, format!("page {number}"))));
        assert_eq!(buffer.into_failure(), None);
    }

    #[test]
    fn no_thread_runs_further_ahead_than_allowed() {
        let buffer = buffer(1..=100, 4);
        let claimed = std::sync::Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while let Some(number) = buffer.claim() {
                        let next_to_take = lock(&buffer.state).next_to_take;
                        lock(&claimed).push((number, next_to_take));
                        buffer.put(number, String::new());
                    }
                });
            }
            assert_eq!(iter::from_fn(|| buffer.take_next()).map(|(number, _)| number).sum::<u64>(), 5050);
        });
        let claimed = lock(&claimed);
        assert!(claimed.iter().all(|(number, next_to_take)| *number < next_to_take + 4), "{claimed:?}");
    }

    #[test]
    fn closing_ends_all_waiting_and_only_the_first_failure_counts() {
        let buffer = buffer(1..=100, 1);
        assert_eq!(buffer.claim(), Some(1));
        thread::scope(|scope| {
            let waiting = [scope.spawn(|| buffer.claim().is_none()), scope.spawn(|| buffer.take_next().is_none())];
            assert!(buffer.close(Some("the first")));
            assert!(!buffer.close(Some("a later one")));
            assert!(waiting.into_iter().all(|thread| thread.join().expect("no panic")));
        });
        assert_eq!((buffer.claim(), buffer.take_next()), (None, None));
        assert_eq!(buffer.into_failure(), Some("the first"));
    }
}
