//! Log.
//!
//! The library reports what happens during calls in lines of text: a page that arrived, a retry, a wait for the
//! service's quota, a list that changed, a list that is perhaps incomplete. A line names the meeting, has no line break
//! and never a credential.
//!
//! `rtk_config_set_log` passes the lines to a function. A language whose runtime must not be called from foreign
//! threads sets `rtk_config_set_log_queue` instead, and reads the lines whenever it likes.

use std::collections::VecDeque;
use std::ffi::{c_char, c_void};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::{mem, process, ptr};

use log::{Level, Log, Metadata, Record};

use crate::cancellation::without_cancellation;
use crate::client::rtk_client;
use crate::config::rtk_config;
use crate::error::c_string;
use crate::guard::{guard, write};
use crate::status::{RTK_STATUS_INTERNAL, RTK_STATUS_INVALID_ARGUMENT, RTK_STATUS_OK, rtk_status};

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
/// iterator's functions. Several threads may call it at the same time. It must return: no exception, panic or longjmp
/// may leave it.
///
/// It may call functions of this library, but must not free the client or the iterator whose line it gets. If it makes
/// calls with the same client, it is called for those, too.
///
/// While it runs, the call waits. `rtk_iter_free` and an `rtk_iter_next` that fails also wait until it has returned. So
/// a caller of this library must not hold a lock that the function takes.
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
    process: u32,
    lines: Mutex<Lines>,
    max_lines: usize,
    /// The queue of a forked child, which must not wait for a lock that a thread of its parent held during the fork.
    forked: OnceLock<Box<LogQueue>>,
}

#[derive(Default)]
struct Lines {
    queued: VecDeque<(i32, String)>,
    /// How many were dropped because the queue was full.
    dropped: u64,
}

impl LogQueue {
    pub fn new(max_lines: usize) -> Self {
        LogQueue { process: process::id(), lines: Mutex::default(), max_lines, forked: OnceLock::new() }
    }

    /// An empty queue of the same size.
    pub fn empty_copy(&self) -> Self {
        LogQueue::new(self.max_lines)
    }

    /// The lines of this process. A forked child begins without any.
    fn lines(&self) -> MutexGuard<'_, Lines> {
        let process = process::id();
        let mut own = self;
        while own.process != process {
            own = own.forked.get_or_init(|| Box::new(LogQueue::new(self.max_lines)));
        }
        own.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes the oldest line. After the last one before lines were dropped, says how many were.
    fn pop(&self) -> Option<(i32, String)> {
        let mut lines = self.lines();
        if let Some(line) = lines.queued.pop_front() {
            return Some(line);
        }
        match mem::take(&mut lines.dropped) {
            0 => None,
            dropped => Some((RTK_LOG_WARN, format!("{dropped} log lines were lost: the queue was full"))),
        }
    }
}

impl Drop for LogQueue {
    fn drop(&mut self) {
        // In a forked child: a thread of the parent held the lock during the fork. It may have been in the middle of a
        // change, so the lines can't be freed.
        if matches!(self.lines.try_lock(), Err(TryLockError::WouldBlock)) {
            let lines = self.lines.get_mut().unwrap_or_else(PoisonError::into_inner);
            mem::forget(mem::take(lines));
        }
    }
}

impl Log for LogQueue {
    fn enabled(&self, metadata: &Metadata) -> bool {
        number(metadata.level()).is_some()
    }

    fn log(&self, record: &Record) {
        let (Some(level), message) = (number(record.level()), record.args().to_string()) else { return };
        let mut lines = self.lines();
        if lines.queued.len() < self.max_lines && lines.dropped == 0 {
            lines.queued.push_back((level, message));
        } else {
            lines.dropped += 1;
        }
    }

    fn flush(&self) {}
}

/// The function that receives the log lines of the client and its children; NULL means nobody. It replaces a log queue.
/// Default: nobody.
///
/// - `user_data`: passed to the function, and otherwise not used. It must stay valid until the client, its children and
///   their iterators are freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_config_set_log(
    config: *mut rtk_config,
    log: rtk_log_fn,
    user_data: *mut c_void,
) -> rtk_status {
    // SAFETY: NULL or valid, by the rules of the header.
    unsafe { set_log(config, FunctionLog::new(log, user_data), 0) }
}

/// Gives each client of this configuration, and each child, a queue of its own for its log lines, which
/// `rtk_client_read_log` reads. It replaces a log function. For languages whose runtime must not be called from foreign
/// threads. In a forked child, the queue is empty at first. Default: no queue.
///
/// - `max_lines`: how many lines the queue holds. While it is full, new lines are dropped; once the queue has been
///   emptied, one line says how many. 0 means no queue.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_config_set_log_queue(config: *mut rtk_config, max_lines: u32) -> rtk_status {
    // SAFETY: NULL or valid, by the rules of the header. No function is called.
    unsafe { set_log(config, FunctionLog::new(None, ptr::null_mut()), max_lines) }
}

/// # Safety
/// `config` is NULL, or a live configuration that no other thread uses.
unsafe fn set_log(config: *mut rtk_config, log: FunctionLog, max_lines: u32) -> rtk_status {
    guard(RTK_STATUS_INTERNAL, || {
        // SAFETY: the caller keeps the rules of this function.
        let Some(config) = (unsafe { config.as_mut() }) else { return RTK_STATUS_INVALID_ARGUMENT };
        config.set_log(log, max_lines);
        RTK_STATUS_OK
    })
}

/// Reads the oldest line of the log queue that `rtk_config_set_log_queue` gave this client, and removes it. The queue
/// has the lines of this client's calls and iterators; a child has a queue of its own. Never blocks. Any thread may
/// call it.
///
/// - `level`: set to the line's level, `RTK_LOG_ERROR` to `RTK_LOG_DEBUG`; to 0 if there is no line. May be NULL.
/// - `buffer`: set to the line, truncated to `size - 1` bytes, and a NUL; to an empty text if there is no line.
/// - `size`: the size of `buffer` in bytes. No line is longer than 2,000 bytes.
///
/// Returns whether there was a line. False for NULL, and if `size` is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_client_read_log(
    client: *const rtk_client,
    level: *mut i32,
    buffer: *mut c_char,
    size: usize,
) -> bool {
    without_cancellation(|| {
        guard(false, || {
            // SAFETY: NULL or a live client, by the rules of the header.
            let queue = unsafe { client.as_ref() }.and_then(rtk_client::log_queue);
            let line = queue.filter(|_| !buffer.is_null() && size > 0).and_then(LogQueue::pop);
            let (number, text) = line.as_ref().map_or((0, ""), |(level, text)| (*level, text));
            // SAFETY: the pointers are NULL or writable, by the rules of the header.
            unsafe {
                write(level, number);
                copy_text(text, buffer, size);
            }
            line.is_some()
        })
    })
}

/// Copies as much of a text as fits, cut between two characters, and a NUL. Does nothing if not even the NUL fits.
///
/// # Safety
/// `buffer` is NULL or has room for `size` bytes.
unsafe fn copy_text(text: &str, buffer: *mut c_char, size: usize) {
    let Some(room) = size.checked_sub(1).filter(|_| !buffer.is_null()) else { return };
    let end = (0..=room.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    let text = text.get(..end.unwrap_or(0)).unwrap_or_default();
    // SAFETY: the caller keeps the rules of this function, and the text is at most `size - 1` bytes long.
    unsafe {
        buffer.copy_from_nonoverlapping(text.as_ptr().cast(), text.len());
        buffer.add(text.len()).write(0);
    }
}
