//! Settings.
//!
//! A setting that you do not set comes from the environment when `rtk_client_new` is called, or else has its default. A
//! setter wins over the environment. A setter copies its arguments. `rtk_client_new` checks the values.
//!
//! A setter returns `RTK_STATUS_OK`, or `RTK_STATUS_INVALID_ARGUMENT` for NULL, unless NULL has a meaning, and for text
//! that is not UTF-8. Then it changes nothing.

use std::ffi::c_char;
use std::sync::Arc;
use std::time::Duration;

use crate::error::rtk_error;
use crate::guard::{borrow_text, free, guard, into_handle};
use crate::loaded;
use crate::logging::{FunctionLog, LogQueue};
use crate::silence;
use crate::status::{RTK_STATUS_INTERNAL, RTK_STATUS_OK, rtk_status};
use participants::{Builder, Client};

/// Settings of a client. You own them: free them with `rtk_config_free`, before or after the client. They belong to one
/// thread at a time.
pub struct rtk_config {
    builder: Builder,
    /// How many lines the log queues of its clients hold; 0 is no queue.
    max_log_lines: u32,
}

impl rtk_config {
    /// The settings of a new client, and its log queue.
    pub(crate) fn settings(&self) -> (Builder, Option<Arc<LogQueue>>) {
        let builder = self.builder.clone();
        match self.max_log_lines {
            0 => (builder, None),
            max_lines => {
                let queue = Arc::new(LogQueue::new(max_lines as usize));
                (builder.logger(Arc::clone(&queue)), Some(queue))
            }
        }
    }

    /// Replaces the log function and the log queue.
    pub(crate) fn set_log(&mut self, log: FunctionLog, max_log_lines: u32) {
        self.builder = self.builder.clone().logger(log);
        self.max_log_lines = max_log_lines;
    }
}

/// The settings of every client: the threads that it starts are as silent as the calls that start them, and find their
/// code when they are late.
pub(crate) fn builder() -> Builder {
    loaded::keep();
    Client::builder().on_thread_start(|| {
        silence::set(true);
    })
}

/// # Safety
/// `config` is NULL, or a live configuration that no other thread uses.
unsafe fn set(config: *mut rtk_config, change: impl FnOnce(Builder) -> Result<Builder, rtk_error>) -> rtk_status {
    guard(RTK_STATUS_INTERNAL, || {
        // SAFETY: the caller keeps the rules of this function.
        let changed = match unsafe { config.as_mut() } {
            None => Err(rtk_error::null("config")),
            Some(config) => change(config.builder.clone()).map(|builder| config.builder = builder),
        };
        changed.map_or_else(|error| error.status(), |()| RTK_STATUS_OK)
    })
}

/// # Safety
/// As for [`set`], and `text` is NULL or a NUL-terminated string.
unsafe fn set_text(
    config: *mut rtk_config,
    text: *const c_char,
    change: impl FnOnce(Builder, &str) -> Builder,
) -> rtk_status {
    // SAFETY: the caller keeps the rules of this function.
    unsafe { set(config, |builder| borrow_text(text, "text").map(|text| change(builder, text))) }
}

/// Creates a configuration in which nothing is set. You own it: free it with `rtk_config_free`. Never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn rtk_config_new() -> *mut rtk_config {
    guard(std::ptr::null_mut(), || into_handle(rtk_config { builder: builder(), max_log_lines: 0 }))
}

/// Frees settings. NULL is a no-op.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_config_free(config: *mut rtk_config) {
    // SAFETY: NULL or settings that were not freed yet, by the rules of the header.
    unsafe { free(config) };
}

/// The API token. It needs the permission Realtime or Realtime Admin. Default: `CLOUDFLARE_API_TOKEN`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_config_set_api_token(config: *mut rtk_config, token: *const c_char) -> rtk_status {
    // SAFETY: NULL or valid, by the rules of the header.
    unsafe { set_text(config, token, |builder, token| builder.api_token(token)) }
}

/// An e-mail address and the API key that belongs to it, Cloudflare's older way to authenticate; used only if no token
/// is set. Default: `CLOUDFLARE_EMAIL` and `CLOUDFLARE_API_KEY`, used only if `CLOUDFLARE_API_TOKEN` is not set either.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_config_set_api_key(
    config: *mut rtk_config,
    email: *const c_char,
    key: *const c_char,
) -> rtk_status {
    // SAFETY: NULL or valid, by the rules of the header.
    unsafe { set(config, |builder| Ok(builder.api_key(borrow_text(email, "email")?, borrow_text(key, "key")?))) }
}

/// The URL of the API; `http://` is accepted only for a loopback host. Default: `CLOUDFLARE_BASE_URL`, else
/// `https://api.cloudflare.com/client/v4`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_config_set_base_url(config: *mut rtk_config, url: *const c_char) -> rtk_status {
    // SAFETY: NULL or valid, by the rules of the header.
    unsafe { set_text(config, url, |builder, url| builder.base_url(url)) }
}

/// The time limit of one request, from connect to the last byte; more than 0. Default: 60 s.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_config_set_timeout_ms(config: *mut rtk_config, milliseconds: u64) -> rtk_status {
    // SAFETY: NULL or valid, by the rules of the header.
    unsafe { set(config, |builder| Ok(builder.timeout(Duration::from_millis(milliseconds)))) }
}

/// The time limit for the name look-up, and separately for the connection, proxy and TLS included; more than 0.
/// Default: 5 s.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_config_set_connect_timeout_ms(config: *mut rtk_config, milliseconds: u64) -> rtk_status {
    // SAFETY: NULL or valid, by the rules of the header.
    unsafe { set(config, |builder| Ok(builder.connect_timeout(Duration::from_millis(milliseconds)))) }
}

/// The time limit of one whole call: every page, retry and wait. For an iterator: of all its calls together, without
/// the time between them. 0 means no limit. Default: 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_config_set_deadline_ms(config: *mut rtk_config, milliseconds: u64) -> rtk_status {
    // SAFETY: NULL or valid, by the rules of the header.
    unsafe { set(config, |builder| Ok(builder.deadline(Duration::from_millis(milliseconds)))) }
}

/// How many times a failed request is sent again. Default: 3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_config_set_max_retries(config: *mut rtk_config, retries: u32) -> rtk_status {
    // SAFETY: NULL or valid, by the rules of the header.
    unsafe { set(config, |builder| Ok(builder.max_retries(retries))) }
}

/// The longest wait before a retry. If the service's `Retry-After` is longer, the call fails at once, and the error has
/// the `Retry-After`. Default: 60 s.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_config_set_max_retry_wait_ms(config: *mut rtk_config, milliseconds: u64) -> rtk_status {
    // SAFETY: NULL or valid, by the rules of the header.
    unsafe { set(config, |builder| Ok(builder.max_retry_wait(Duration::from_millis(milliseconds)))) }
}

/// How many pages one call may request at the same time; at least 1. With 1, nothing is fetched ahead. Default: 4.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_config_set_max_connections(config: *mut rtk_config, connections: u32) -> rtk_status {
    // SAFETY: NULL or valid, by the rules of the header.
    unsafe { set(config, |builder| Ok(builder.max_connections(connections))) }
}

/// How many participants to request per page when a call reads the whole list; at least 1. Default: 100.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_config_set_per_page(config: *mut rtk_config, participants: u32) -> rtk_status {
    // SAFETY: NULL or valid, by the rules of the header.
    unsafe { set(config, |builder| Ok(builder.per_page(participants))) }
}

/// The `User-Agent` header. Default: `participants/` and the version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_config_set_user_agent(config: *mut rtk_config, text: *const c_char) -> rtk_status {
    // SAFETY: NULL or valid, by the rules of the header.
    unsafe { set_text(config, text, |builder, text| builder.user_agent(text)) }
}

/// The URL of an `http://` or `https://` proxy (SOCKS is not supported); an empty text means no proxy. `NO_PROXY` does
/// not apply to a proxy set here, which must be on loopback if `base_url` is `http://`. Default: the environment, read
/// as curl reads it: no proxy for the hosts in `no_proxy` or `NO_PROXY`; else, for `https://`, the first of
/// `https_proxy`, `HTTPS_PROXY`, `all_proxy` and `ALL_PROXY`; for `http://`, the first of `http_proxy`, `HTTP_PROXY`
/// (ignored if `REQUEST_METHOD` is set), `all_proxy` and `ALL_PROXY`; for a loopback host, only a proxy on loopback.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_config_set_proxy(config: *mut rtk_config, url: *const c_char) -> rtk_status {
    // SAFETY: NULL or valid, by the rules of the header.
    unsafe { set_text(config, url, |builder, url| builder.proxy(url)) }
}

/// A PEM file with the certificates of the authorities to trust instead of the bundled ones. Default: `SSL_CERT_FILE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_config_set_ca_file(config: *mut rtk_config, path: *const c_char) -> rtk_status {
    // SAFETY: NULL or valid, by the rules of the header.
    unsafe { set_text(config, path, |builder, path| builder.ca_file(path)) }
}

/// Whether to trust the operating system's authorities instead of the bundled ones. The authorities in `ca_file`, or
/// else in `SSL_CERT_FILE`, are trusted too; on Linux, so are those in the folders of `SSL_CERT_DIR`. All are read
/// once, when the client is made. Default: false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtk_config_set_native_ca(config: *mut rtk_config, trust: bool) -> rtk_status {
    // SAFETY: NULL or valid, by the rules of the header.
    unsafe { set(config, |builder| Ok(builder.native_ca(trust))) }
}
