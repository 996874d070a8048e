//! One call of the API: its deadline, its attempts and its waits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cancel::CancelScope;
use crate::client_state::{ClientState, Network};
use crate::deadline::Deadline;
use crate::error::ErrorKind;
use crate::logger::Logger;
use crate::meeting::Meeting;
use crate::page::Page;
use crate::secret::Credential;
use crate::settings::CheckedSettings;
use crate::{Error, PageRequest, interpret, retry};

/// Shorter ids are not redacted: they may be ordinary words. In bytes.
const MIN_HIDDEN_ID: usize = 30;

/// One call. It may fetch many pages, several at the same time.
#[derive(Clone)]
pub(crate) struct Call {
    client: Arc<ClientState>,
    /// The scope of the client that makes the call.
    client_scope: Arc<CancelScope>,
    /// The scope of the requests: the client's, or one within it.
    scope: Arc<CancelScope>,
    logger: Logger,
    deadline: Option<Arc<Deadline>>,
    /// Whether the caller waits on another thread, which cancels the requests at the deadline. The deadline may move
    /// while a request runs.
    caller_waits_elsewhere: bool,
}

impl Call {
    pub fn new(client: &Arc<ClientState>, client_scope: &Arc<CancelScope>, logger: &Logger) -> Self {
        Call {
            client: Arc::clone(client),
            client_scope: Arc::clone(client_scope),
            scope: Arc::clone(client_scope),
            logger: logger.clone(),
            deadline: client.settings.deadline.map(|allowed| Arc::new(Deadline::new(allowed))),
            caller_waits_elsewhere: false,
        }
    }

    /// The same call for threads. The caller [cancels](Self::cancel) their requests at the deadline, or when it needs
    /// no more of them.
    pub fn on_threads(&self) -> Self {
        Call { scope: CancelScope::within(&self.scope), caller_waits_elsewhere: true, ..self.clone() }
    }

    /// Ends the requests and waits of the threads, from any thread.
    pub fn cancel(&self) {
        self.client.network().cancel.cancel(&self.scope);
    }

    pub fn settings(&self) -> &CheckedSettings {
        &self.client.settings
    }

    pub fn logger(&self) -> &Logger {
        &self.logger
    }

    pub fn deadline(&self) -> Option<&Deadline> {
        self.deadline.as_deref()
    }

    pub fn is_shut_down(&self) -> bool {
        self.client_scope.is_cancelled()
    }

    /// Fetches a page, with retries.
    pub fn page(&self, meeting: &Meeting, request: PageRequest) -> Result<Page, Error> {
        self.page_with_retries(meeting, request, retry::worth_retrying)
    }

    /// Fetches a page; retries the failures that `worth_retrying` accepts.
    pub fn page_with_retries(
        &self,
        meeting: &Meeting,
        request: PageRequest,
        worth_retrying: impl Fn(&Error) -> bool,
    ) -> Result<Page, Error> {
        let path = path_and_query(meeting, request);
        let name = request.page_no.map_or("a page".to_string(), |number| format!("page {number}"));
        let mut attempts = 0;
        loop {
            // Looked up once: each look takes a system call.
            let network = self.client.network();
            let time_left = self
                .await_quota(network, meeting, &name)
                .and_then(|()| self.time_left())
                .map_err(|error| error.with_attempt(request.page_no, attempts))?;
            attempts += 1;
            let began = Instant::now();
            let error = match self.attempt(network, meeting, &path, time_left) {
                Ok(page) => {
                    self.logger().page(meeting, &name, &page, began.elapsed());
                    return Ok(page);
                }
                Err(error) => self.redact(error, meeting).with_attempt(request.page_no, attempts),
            };
            let delay = retry::delay(&error, attempts).min(self.settings().max_retry_wait);
            let retry_at = Instant::now() + delay;
            if !worth_retrying(&error) || !self.may_retry(&error, attempts, retry_at) {
                return Err(error);
            }
            self.logger().retry(meeting, &name, &error, attempts, delay);
            self.wait(retry_at).map_err(|error| error.with_attempt(request.page_no, attempts))?;
        }
    }

    /// Whether the settings and the deadline allow another attempt at this time.
    fn may_retry(&self, error: &Error, attempts: u32, retry_at: Instant) -> bool {
        let settings = self.settings();
        let in_time = self.allows_waiting_until(retry_at);
        let asked_wait_is_ok = error.retry_after().is_none_or(|asked| asked <= settings.max_retry_wait);
        attempts <= settings.max_retries && in_time && asked_wait_is_ok
    }

    /// Sends one request and reads its response.
    fn attempt(
        &self,
        network: &Network,
        meeting: &Meeting,
        path: &str,
        time_left: Option<Duration>,
    ) -> Result<Page, Error> {
        let response = network.http.get(path, time_left, &network.cancel, &self.scope);
        if response.as_ref().is_ok_and(|response| response.reopened_connection) {
            self.logger().connection_reopened(meeting);
        }
        let response = response.map_err(|error| self.explain(error, meeting))?;
        if let Some(ratelimit) = response.ratelimit.as_deref().filter(|_| response.is_success()) {
            network.quota.update(ratelimit, self.settings().max_retry_wait);
        }
        interpret::page(response, self.settings(), meeting)
    }

    /// Adds the deadline, or the URL, to a transport error.
    fn explain(&self, error: Error, meeting: &Meeting) -> Error {
        match (error.status(), self.deadline().filter(|deadline| deadline.is_due())) {
            (ErrorKind::Timeout, Some(deadline)) => deadline.exceeded().with_source(self.redact_credential(error)),
            (ErrorKind::Cancelled, _) => self.cancelled(),
            (ErrorKind::Decode, _) if error.http_status().is_none() => {
                error.not_from_service(interpret::shown_url(self.settings(), meeting), self.settings().base_url_source)
            }
            _ => error,
        }
    }

    /// How long the next request may take, or the error that ends the call now. `None` is no limit.
    fn time_left(&self) -> Result<Option<Duration>, Error> {
        if self.scope.is_cancelled() {
            return Err(self.cancelled());
        }
        let Some((deadline, end)) = self.deadline().and_then(|deadline| Some((deadline, deadline.at()?))) else {
            return Ok(None);
        };
        match end.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(deadline.exceeded()),
            _ if self.caller_waits_elsewhere => Ok(None),
            left => Ok(Some(left)),
        }
    }

    /// Whether a wait until then ends before the deadline.
    fn allows_waiting_until(&self, until: Instant) -> bool {
        self.deadline().is_none_or(|deadline| until < deadline.earliest())
    }

    /// The error of a cancelled request. The client was shut down, or the caller, who waits elsewhere, has reached the
    /// deadline. It also cancels requests when it needs no more of them, but then it reads no result.
    fn cancelled(&self) -> Error {
        match self.deadline().filter(|_| self.caller_waits_elsewhere && !self.is_shut_down()) {
            Some(deadline) => deadline.exceeded(),
            None => Error::cancelled(),
        }
    }

    /// Waits while the service's quota is exhausted, unless that would take longer than the deadline allows.
    fn await_quota(&self, network: &Network, meeting: &Meeting, name: &str) -> Result<(), Error> {
        let now = Instant::now();
        match network.quota.exhausted_until(now).filter(|until| self.allows_waiting_until(*until)) {
            Some(_) if self.scope.is_cancelled() => Err(self.cancelled()),
            Some(until) => {
                self.logger().quota(meeting, name, until - now);
                self.wait(until)
            }
            None => Ok(()),
        }
    }

    fn wait(&self, until: Instant) -> Result<(), Error> {
        self.client.network().cancel.wait(&self.scope, until).then_some(()).ok_or_else(|| self.cancelled())
    }

    /// Removes the secrets that the service may have sent back. Somebody may have passed a credential as an id.
    fn redact(&self, error: Error, meeting: &Meeting) -> Error {
        let ids = meeting.hidden_ids().filter(|id| id.len() >= MIN_HIDDEN_ID);
        ids.fold(self.redact_credential(error), |error, id| error.redact(&id))
    }

    fn redact_credential(&self, error: Error) -> Error {
        match &self.settings().credential {
            Credential::Token(token) => error.redact(token.expose()),
            Credential::Key { email, key } => error.redact(key.expose()).redact(email.expose()),
        }
    }
}

/// The endpoint and the query of a request, which follow the base URL.
fn path_and_query(meeting: &Meeting, request: PageRequest) -> String {
    let mut path = meeting.path();
    let mut separator = "?";
    for (name, value) in [("page_no=", request.page_no), ("per_page=", request.per_page)] {
        if let Some(value) = value {
            path.extend([separator, name, &value.to_string()]);
            separator = "&";
        }
    }
    path
}
