//! Client.

use crate::cancellation::without_cancellation;
use crate::config::{builder, rtk_config};
use crate::error::rtk_error;
use crate::guard::{borrow, free, guard, guard_call, into_handle};
use crate::logging::LogQueue;
use crate::status::rtk_status;
use participants::Client;
use std::sync::Arc;

/// Makes calls to RealtimeKit and keeps connections open for the next call. You own it: free it with `rtk_client_free`
/// when none of its calls is in flight. Lists, errors, iterators and children outlive it. Threads should share one
/// client, because they then share its connections.
pub struct rtk_client {
    client: Client,
    log_queue: Option<Arc<LogQueue>>,
}

impl rtk_client {
    /// A child with a log queue of its own, if this client has one.
    fn child(&self) -> Self {
        let child = self.client.child();
        match &self.log_queue {
            None => rtk_client { client: child, log_queue: None },
            Some(queue) => {
                let queue = Arc::new(queue.empty_copy());
                rtk_client { client: child.with_logger(Arc::clone(&queue)), log_queue: Some(queue) }
            }
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn log_queue(&self) -> Option<&LogQueue> {
        self.log_queue.as_deref()
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

/// Creates a child of a client, for calls that you want to cancel together. A shutdown of the child ends only the
/// child's calls; one of `client` also ends the child's. A child of a client that was shut down is shut down, too. A
/// child shares the settings and connections of `client`. Making one takes less than a microsecond, so you can make one
/// for each call. The two may be freed in any order. Threads may make children of one client at the same time.
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

/// Frees a client. NULL is a no-op. No call of this client may be in flight. Its lists, errors, iterators and children
/// stay valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_client_free(client: *mut rtk_client) {
    // SAFETY: NULL or a client that was not freed yet, by the rules of the header.
    unsafe { free(client) };
}

/// Cancels all calls and iterators of this client and its children. Calls in flight return `RTK_STATUS_CANCELLED`
/// within a second, later calls at once. Any thread may call it. Do not call it from a signal handler. It does not free
/// the client. NULL is a no-op.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_client_shutdown(client: *const rtk_client) {
    // SAFETY: NULL or a live client, by the rules of the header.
    without_cancellation(|| {
        guard((), || unsafe { client.as_ref() }.into_iter().for_each(|client| client.client.shutdown()))
    });
}
