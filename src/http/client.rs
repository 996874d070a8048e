//! Sends one request and reads its response, interruptibly.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::http::Uri;

use super::connection::{Connection, ConnectionFactory};
use super::credential::is_stale_connection;
use super::failure::request_error;
use super::pool::ConnectionPool;
use super::response::Response;
use super::roots;
use crate::Error;
use crate::cancel::{CancelRegistry, CancelScope};
use crate::settings::CheckedSettings;

/// Sends requests to the API, over connections that it keeps.
pub(crate) struct HttpClient {
    settings: Arc<CheckedSettings>,
    pool: ConnectionPool,
}

/// The trait objects of ureq and rustls do not say so, but what they keep does not change, except for TLS sessions,
/// which are behind a lock. A connection that a panic interrupts is not used again.
impl UnwindSafe for HttpClient {}
impl RefUnwindSafe for HttpClient {}

/// A request, and what cancels it.
struct Request<'a> {
    uri: &'a Uri,
    /// For messages: how long the request may take, a second attempt on a new connection included.
    allowed: Duration,
    cancel: &'a CancelRegistry,
    scope: &'a Arc<CancelScope>,
}

impl HttpClient {
    pub fn new(settings: &Arc<CheckedSettings>) -> Result<Self, Error> {
        let factory = ConnectionFactory::new(settings, roots::load(settings)?);
        Ok(HttpClient { settings: Arc::clone(settings), pool: ConnectionPool::new(factory) })
    }

    /// A client with the same settings, which shares nothing that a lock protects.
    pub fn unconnected_copy(&self) -> Self {
        HttpClient { settings: Arc::clone(&self.settings), pool: self.pool.unconnected_copy() }
    }

    /// Requests an endpoint, whose path and query follow the base URL. The request takes no longer than the timeout of
    /// the settings, nor than `time_left`. It ends early when `scope` is cancelled.
    pub fn get(
        &self,
        path_and_query: &str,
        time_left: Option<Duration>,
        cancel: &CancelRegistry,
        scope: &Arc<CancelScope>,
    ) -> Result<Response, Error> {
        let uri = self.settings.base_url.endpoint(path_and_query)?;
        let allowed = time_left.map_or(self.settings.timeout, |left| left.min(self.settings.timeout));
        let request = Request { uri: &uri, allowed, cancel, scope };
        let began = Instant::now();
        let result = self.send(&request, self.pool.take(), allowed);
        let left = allowed.saturating_sub(began.elapsed());
        match result {
            Err(error) if left > Duration::ZERO && is_stale_connection(&error) => {
                let response = self.send(&request, self.pool.open(), left)?;
                Ok(Response { reopened_connection: true, ..response })
            }
            result => result,
        }
    }

    fn send(&self, request: &Request, connection: Connection, timeout: Duration) -> Result<Response, Error> {
        let interrupted = connection.clone();
        let Some(id) = request.cancel.register(request.scope, Box::new(move || interrupted.shut_down())) else {
            return Err(Error::cancelled());
        };
        let result = self.exchange(request, &connection, timeout);
        if !request.cancel.unregister(id, request.scope) {
            // Whatever the result is: the body of an interrupted response can look complete.
            return Err(Error::cancelled());
        }
        if result.is_ok() {
            self.pool.put_back(connection);
        }
        result
    }

    fn exchange(&self, request: &Request, connection: &Connection, timeout: Duration) -> Result<Response, Error> {
        let timeout = Some(timeout).filter(|timeout| *timeout < self.settings.timeout);
        let response = connection.get(request.uri.clone(), timeout);
        let (response, received) = response.map_err(|e| request_error(&self.settings, request.allowed, e))?;
        Response::read(response, received, &self.settings, request.allowed)
    }

    /// Closes the idle connections, and those in use when they become idle.
    pub fn close(&self) {
        self.pool.close();
    }
}
