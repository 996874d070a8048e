//! Threads that fetch pages before they are needed.

use std::ops::RangeInclusive;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::{mem, process, thread};

use crate::call::Call;
use crate::page::Page;
use crate::pagination::reorder_buffer::{FailureOrder, ReorderBuffer, Taken};
use crate::pagination::walker::request;
use crate::{Error, Meeting, threads};

/// Fetches pages on threads of its own, and returns them in order. Dropping it ends the threads and their requests.
pub(super) struct ReadAhead {
    fetcher: Arc<Fetcher>,
    threads: Vec<JoinHandle<()>>,
    /// The process that has the threads.
    process: u32,
}

/// What the threads share.
struct Fetcher {
    call: Call,
    meeting: Meeting,
    buffer: ReorderBuffer<Page, Error>,
}

impl ReadAhead {
    /// Starts as many threads as the settings allow connections. `None` if not one can be started.
    pub fn start(call: &Call, meeting: &Meeting, pages: RangeInclusive<u64>, order: FailureOrder) -> Option<Self> {
        let threads = pages.clone().take(call.settings().max_connections).count();
        // A slow page, or a slow reader, must not let the threads run far ahead. The window includes the page being
        // read, which is no longer in the buffer: hence the - 1.
        let max_ahead = (2 * threads as u64).saturating_sub(1);
        let fetcher = Arc::new(Fetcher {
            call: call.on_threads(),
            meeting: meeting.clone(),
            buffer: ReorderBuffer::new(pages, max_ahead, order),
        });
        let start_thread = || {
            // Owned by the closure, so that it also sees a panic of the caller's hook, which runs before this.
            let end_on_panic = EndOnPanic(Arc::clone(&fetcher));
            let work = move || {
                let end_on_panic = end_on_panic;
                end_on_panic.0.fetch();
            };
            threads::builder().spawn(threads::work(call.settings().on_thread_start.clone(), work)).ok()
        };
        let threads: Vec<_> = (0..threads).map_while(|_| start_thread()).collect();
        (!threads.is_empty()).then(|| ReadAhead { fetcher, threads, process: process::id() })
    }

    /// Whether [`next`](Self::next) returns this page. A forked child has none of the threads.
    pub fn continues_with(&self, page: u64) -> bool {
        let buffer = &self.fetcher.buffer;
        self.process == process::id() && buffer.next_to_take() == page && page <= buffer.last()
    }

    /// Waits for the next page. After a failure, there is no next page.
    pub fn next(&mut self) -> Result<Page, Error> {
        let Fetcher { call, buffer, .. } = &*self.fetcher;
        let taken = match buffer.take(call.deadline().and_then(|deadline| deadline.at())) {
            Taken::TimedOut => {
                // The cancelled requests return the deadline's error, with page and attempts.
                call.cancel();
                buffer.take(None)
            }
            taken => taken,
        };
        match taken {
            Taken::Page(page) => Ok(page),
            Taken::Failure(error) => Err(error),
            // Without a limit, there is no timeout.
            Taken::End | Taken::TimedOut => {
                self.join(|panic| resume_unwind(panic));
                Err(Error::internal("the threads ended before the last page"))
            }
        }
    }

    fn join(&mut self, on_panic: impl Fn(Box<dyn std::any::Any + Send>)) {
        for thread in mem::take(&mut self.threads) {
            thread.join().unwrap_or_else(&on_panic);
        }
    }
}

impl Drop for ReadAhead {
    fn drop(&mut self) {
        if self.process == process::id() {
            self.fetcher.buffer.close();
            self.fetcher.call.cancel();
            self.join(drop);
        } else {
            // A forked child has no threads to wait for, and one of them may have held the lock of the buffer.
            mem::forget(mem::take(&mut self.threads));
        }
    }
}

impl Fetcher {
    /// What each thread does.
    fn fetch(&self) {
        while let Some(number) = self.buffer.claim() {
            self.buffer.put(number, self.call.page(&self.meeting, request(&self.call, number)));
        }
    }
}

/// Keeps a panic of one thread from leaving the reader waiting.
struct EndOnPanic(Arc<Fetcher>);

impl Drop for EndOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.buffer.close();
            self.0.call.cancel();
        }
    }
}
