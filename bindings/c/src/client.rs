//! Client.

use crate::cancellation::without_cancellation;
use crate::config::{builder, rtk_config};
use crate::error::rtk_error;
use crate::guard::{borrow, free, give, guard, guard_call};
use crate::status::rtk_status;
use participants::Client;

/// Asks for the participants of meetings, and keeps connections for the next call. You own it: free it with
/// `rtk_client_free` when none of its calls is in flight. Lists, errors and iterators outlive it. Threads may share it,
/// and should: so they share connections.
pub struct rtk_client {
    client: Client,
}

impl rtk_client {
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }
}

/// Makes a client. Nothing is sent.
///
/// - `config`: is copied, so it may be freed or changed afterwards. NULL: all settings come from the environment.
/// - `out`: set to a client that you own; free it with `rtk_client_free`.
///
/// Returns `RTK_STATUS_OK`, or `RTK_STATUS_INVALID_ARGUMENT` with a message that names the setting or the environment
/// variable that cannot be right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_client_new(
    config: *const rtk_config,
    out: *mut *mut rtk_client,
    err: *mut *mut rtk_error,
) -> rtk_status {
    // SAFETY: pointers are NULL or valid, by the rules of the header.
    unsafe {
        guard_call(out, err, || {
            let builder = config.as_ref().map_or_else(builder, rtk_config::builder);
            let client = builder.build()?;
            Ok(give(rtk_client { client }))
        })
    }
}

/// Makes another client with the settings of `client`, but with its own calls and connections: a shutdown of one does
/// not end the calls of the other. So a program can end one call and let others go on. Neither the environment nor a
/// file is read again. `client` may be shut down already.
///
/// - `out`: set to a client that you own; free it with `rtk_client_free`. Each of the two may be freed first.
///
/// Returns `RTK_STATUS_OK` or `RTK_STATUS_INVALID_ARGUMENT`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_client_another(
    client: *const rtk_client,
    out: *mut *mut rtk_client,
    err: *mut *mut rtk_error,
) -> rtk_status {
    // SAFETY: pointers are NULL or valid, by the rules of the header.
    unsafe { guard_call(out, err, || Ok(give(rtk_client { client: borrow(client, "client")?.client.another() }))) }
}

/// Frees a client. NULL is a no-op. No call of this client may be in flight. Its lists, errors and iterators stay
/// valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_client_free(client: *mut rtk_client) {
    // SAFETY: NULL or a client that was not freed yet, by the rules of the header.
    unsafe { free(client) };
}

/// Ends the calls in flight within a second, also those that wait, and all later calls at once: they return
/// `RTK_STATUS_CANCELLED`. Any thread may call it, but no signal handler. It does not free the client. NULL is a no-op.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_client_shutdown(client: *const rtk_client) {
    // SAFETY: NULL or a live client, by the rules of the header.
    without_cancellation(|| {
        guard((), || unsafe { client.as_ref() }.into_iter().for_each(|client| client.client.shutdown()))
    });
}
