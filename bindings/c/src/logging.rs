//! Log.
//!
//! The library reports what happens during calls in lines of text: a page that arrived, a retry, a wait for the
//! service's quota, a list that changed, a list that is perhaps incomplete. A line names the meeting, has no line break
//! and never a credential.
//!
//! `rtk_config_set_log` passes the lines to a function. A language whose runtime must not be called from foreign
//! threads sets `rtk_config_set_log_queue` instead, and reads the lines when it likes.

use std::collections::VecDeque;
use std::ffi::{c_char, c_void};
use std::sync::{Mutex, MutexGuard, TryLockError};
use std::thread;

use log::{Level, Log, Metadata, Record};

use crate::error::c_string;

/// The level of a line about a failure. None is logged so far: a failure is an `rtk_error`.
pub const RTK_LOG_ERROR: i32 = 1;
/// The level of a line about a retry, or about a list that is perhaps incomplete.
pub const RTK_LOG_WARN: i32 = 2;
/// The level of a line about a wait for the service's quota, or about a list that changed and is read a second time.
pub const RTK_LOG_INFO: i32 = 3;
/// The level of a line about a page that arrived, or about a connection that is opened again.
pub const RTK_LOG_DEBUG: i32 = 4;

/// Receives the log lines of a client.
///
/// - `user_data`: what was passed to `rtk_config_set_log`.
/// - `level`: `RTK_LOG_ERROR` to `RTK_LOG_DEBUG`. Later versions may add levels.
/// - `message`: one line, UTF-8, without a credential. It is valid during this call only.
///
/// It is called on the thread that makes a call, and on threads that the library starts, also between two calls of an
/// iterator's functions. Several threads may call it at the same time. It may call functions of this library, but must
/// not free the client or the iterator whose line it gets. It must return: no exception, panic or longjmp may leave it.
/// While it runs, the call waits.
pub type rtk_log_fn = Option<unsafe extern "C" fn(user_data: *mut c_void, level: i32, message: *const c_char)>;

/// The number of a level; `None` for levels that this interface does not have.
fn number(level: Level) -> Option<i32> {
    match level {
        Level::Error => Some(RTK_LOG_ERROR),
        Level::Warn => Some(RTK_LOG_WARN),
        Level::Info => Some(RTK_LOG_INFO),
        Level::Debug => Some(RTK_LOG_DEBUG),
        Level::Trace => None,
    }
}

/// Passes log records to a function of the caller.
pub(crate) struct FunctionLog {
    function: rtk_log_fn,
    user_data: *mut c_void,
}

impl FunctionLog {
    /// # Safety
    /// `function` may be called with `user_data` on any thread, several at the same time, as long as a client has it.
    pub unsafe fn new(function: rtk_log_fn, user_data: *mut c_void) -> Self {
        FunctionLog { function, user_data }
    }
}

// SAFETY: only the caller's function uses the pointer, and `new` demands that any thread may call it.
unsafe impl Send for FunctionLog {}
// SAFETY: as above.
unsafe impl Sync for FunctionLog {}

impl Log for FunctionLog {
    fn enabled(&self, metadata: &Metadata) -> bool {
        self.function.is_some() && number(metadata.level()).is_some()
    }

    fn log(&self, record: &Record) {
        if let (Some(function), Some(level)) = (self.function, number(record.level())) {
            let message = c_string(record.args().to_string());
            // SAFETY: `new` demands that any thread may call it. The message lives until it has returned.
            unsafe { function(self.user_data, level, message.as_ptr()) };
        }
    }

    fn flush(&self) {}
}

/// Keeps log lines until the caller reads them.
pub(crate) struct LogQueue {
    lines: Mutex<Lines>,
    max_lines: usize,
}

#[derive(Default)]
struct Lines {
    queued: VecDeque<(i32, String)>,
    /// How many were dropped because the queue was full.
    lost: u64,
}

impl LogQueue {
    pub fn new(max_lines: u32) -> Self {
        LogQueue { lines: Mutex::default(), max_lines: max_lines as usize }
    }

    /// Removes the oldest line. After the last one before lines were lost, says how many were.
    pub fn pop(&self) -> Option<(i32, String)> {
        let mut lines = self.lock()?;
        if let Some(line) = lines.queued.pop_front() {
            return Some(line);
        }
        match std::mem::take(&mut lines.lost) {
            0 => None,
            lost => Some((RTK_LOG_WARN, format!("{lost} log lines were lost: the queue was full"))),
        }
    }

    /// Locks the lines, which takes a moment at most. `None` in a forked child, if another thread of its parent held
    /// the lock during the fork: it stays locked there.
    fn lock(&self) -> Option<MutexGuard<'_, Lines>> {
        const MAX_ATTEMPTS: u32 = 10_000;
        for _ in 0..MAX_ATTEMPTS {
            match self.lines.try_lock() {
                Ok(lines) => return Some(lines),
                Err(TryLockError::Poisoned(lines)) => return Some(lines.into_inner()),
                Err(TryLockError::WouldBlock) => thread::yield_now(),
            }
        }
        None
    }
}

impl Log for LogQueue {
    fn enabled(&self, metadata: &Metadata) -> bool {
        number(metadata.level()).is_some()
    }

    fn log(&self, record: &Record) {
        let (Some(level), message) = (number(record.level()), record.args().to_string()) else { return };
        let Some(mut lines) = self.lock() else { return };
        if lines.queued.len() < self.max_lines && lines.lost == 0 {
            lines.queued.push_back((level, message));
        } else {
            lines.lost += 1;
        }
    }

    fn flush(&self) {}
}

/// Copies as much of a text as fits, cut between two characters, and a NUL. Does nothing if not even the NUL fits.
///
/// # Safety
/// `buffer` is NULL or has room for `size` bytes.
pub(crate) unsafe fn copy_text(text: &str, buffer: *mut c_char, size: usize) {
    let Some(room) = size.checked_sub(1).filter(|_| !buffer.is_null()) else { return };
    let end = (0..=room.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    let text = text.get(..end.unwrap_or(0)).unwrap_or_default();
    // SAFETY: the caller keeps the rules of this function, and the text is at most `size - 1` bytes long.
    unsafe {
        buffer.copy_from_nonoverlapping(text.as_ptr().cast(), text.len());
        buffer.add(text.len()).write(0);
    }
}
