//! Client.

use crate::cancellation::without_cancellation;
use crate::config::{builder, rtk_config};
use crate::error::rtk_error;
use crate::guard::{borrow, free, guard, guard_call, into_handle, write};
use crate::logging::{LogQueue, copy_text};
use crate::status::rtk_status;
use participants::Client;
use std::ffi::c_char;
use std::sync::Arc;

/// Makes calls to RealtimeKit and keeps connections open for the next call. You own it: free it with `rtk_client_free`
/// when none of its calls is in flight. Lists, errors and iterators outlive it. Threads should share one client,
/// because they then share its connections.
pub struct rtk_client {
    client: Client,
    log_queue: Option<Arc<LogQueue>>,
}

impl rtk_client {
    fn child(&self) -> Self {
        rtk_client { client: self.client.child(), log_queue: self.log_queue.clone() }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }
}

/// Creates a client. Sends nothing.
///
/// - `config`: copied; may be freed or changed afterwards. NULL: all settings come from the environment.
/// - `out`: set to a client that you own; free it with `rtk_client_free`.
///
/// Returns `RTK_STATUS_OK`, or `RTK_STATUS_INVALID_ARGUMENT` with a message that names the setting or the environment
/// variable that is invalid; `RTK_STATUS_INTERNAL` for a bug.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_client_new(
    config: *const rtk_config,
    out: *mut *mut rtk_client,
    err: *mut *mut rtk_error,
) -> rtk_status {
    // SAFETY: pointers are NULL or valid, by the rules of the header.
    unsafe {
        guard_call(out, err, || {
            let (builder, log_queue) = config.as_ref().map_or_else(|| (builder(), None), rtk_config::settings);
            Ok(into_handle(rtk_client { client: builder.build()?, log_queue }))
        })
    }
}

/// Creates a child of a client, for calls that are cancelled together: `rtk_client_shutdown` of the child ends the
/// child's calls and iterators alone, and one of `client` ends those of the child too. A child shares the settings and
/// connections of `client`. Making one takes less than a microsecond, so you may make one for each call. The two may be
/// freed in any order. Threads may make children of one client at the same time.
///
/// - `out`: set to a client that you own; free it with `rtk_client_free`.
///
/// Returns `RTK_STATUS_OK` or `RTK_STATUS_INVALID_ARGUMENT`; `RTK_STATUS_INTERNAL` for a bug.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_client_child(
    client: *const rtk_client,
    out: *mut *mut rtk_client,
    err: *mut *mut rtk_error,
) -> rtk_status {
    // SAFETY: pointers are NULL or valid, by the rules of the header.
    unsafe { guard_call(out, err, || Ok(into_handle(borrow(client, "client")?.child()))) }
}

/// Frees a client. NULL is a no-op. No call of this client may be in flight. Its lists, errors and iterators stay
/// valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_client_free(client: *mut rtk_client) {
    // SAFETY: NULL or a client that was not freed yet, by the rules of the header.
    unsafe { free(client) };
}

/// Cancels all calls and iterators of this client and its children. Calls in flight return `RTK_STATUS_CANCELLED` within
/// a second, later calls at once. Any thread may call it. Do not call it from a signal handler. It does not free the
/// client. NULL is a no-op.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_client_shutdown(client: *const rtk_client) {
    // SAFETY: NULL or a live client, by the rules of the header.
    without_cancellation(|| {
        guard((), || unsafe { client.as_ref() }.into_iter().for_each(|client| client.client.shutdown()))
    });
}

/// Reads the oldest line of the log queue that `rtk_config_set_log_queue` gave this client, and removes it. A client
/// and its children share one queue. Never blocks. Any thread may call it.
///
/// - `level`: set to the line's level, `RTK_LOG_ERROR` to `RTK_LOG_DEBUG`; to 0 if there is no line. May be NULL.
/// - `buffer`: set to the line, truncated to `size - 1` bytes, and a NUL; to an empty text if there is no line.
/// - `size`: the size of `buffer` in bytes. Lines have at most a few hundred bytes.
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
            let queue = unsafe { client.as_ref() }.and_then(|client| client.log_queue.as_deref());
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
