//! One call of the API: its deadline, its attempts and its waits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use log::debug;

use crate::cancel::CallId;
use crate::client_state::ClientState;
use crate::error::{ErrorKind, seconds};
use crate::meeting::Meeting;
use crate::page::Page;
use crate::secret::Credential;
use crate::settings::CheckedSettings;
use crate::{Error, PageRequest, interpret, retry};

/// A request that times out this long before the deadline, or later, has run into the deadline.
const DEADLINE_TOLERANCE: Duration = Duration::from_millis(10);

/// Shorter ids are not redacted: they may be ordinary words. In bytes.
const MIN_HIDDEN_ID: usize = 30;

/// One call. It may fetch many pages, several at the same time.
pub(crate) struct Call {
    client: Arc<ClientState>,
    /// Its id in the cancel registry.
    id: CallId,
    deadline: Option<Deadline>,
}

/// When a call must end.
#[derive(Clone, Copy)]
struct Deadline {
    at: Instant,
    /// How long the whole call may take, for messages.
    allowed: Duration,
}

impl Deadline {
    fn exceeded(self) -> Error {
        Error::timeout(format!("the call took longer than its deadline of {}", seconds(self.allowed)))
    }
}

impl Call {
    pub fn new(client: &Arc<ClientState>) -> Self {
        let mut call = Call { id: client.cancel.new_call(), client: Arc::clone(client), deadline: None };
        call.restart_deadline(Duration::ZERO);
        call
    }

    /// Sets the deadline again, counted from now, for a call that has taken this long already.
    pub fn restart_deadline(&mut self, spent: Duration) {
        self.deadline = self.settings().deadline.and_then(|allowed| {
            let at = Instant::now().checked_add(allowed.saturating_sub(spent))?;
            Some(Deadline { at, allowed })
        });
    }

    pub fn settings(&self) -> &CheckedSettings {
        &self.client.settings
    }

    pub fn is_shut_down(&self) -> bool {
        self.client.cancel.is_shut_down()
    }

    /// Ends the requests and waits of this call, from any thread.
    pub fn cancel(&self) {
        self.client.cancel.cancel(self.id);
    }

    /// Makes a cancelled call usable again. None of its requests may be in flight.
    pub fn resume(&self) {
        self.client.cancel.reset(self.id);
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
            let time_left = self
                .await_quota()
                .and_then(|()| self.time_left())
                .map_err(|error| error.with_attempt(request.page_no, attempts))?;
            attempts += 1;
            let error = match self.attempt(meeting, &path, time_left) {
                Ok(page) => {
                    let total =
                        page.paging.total_count.map_or("an unknown number".to_string(), |total| total.to_string());
                    debug!("{name}: {} of {total} participants", page.rows.len());
                    return Ok(page);
                }
                Err(error) => self.redact(error, meeting).with_attempt(request.page_no, attempts),
            };
            let delay = retry::delay(&error, attempts).min(self.settings().max_retry_wait);
            let retry_at = Instant::now() + delay;
            if !worth_retrying(&error) || !self.may_retry(&error, attempts, retry_at) {
                return Err(error);
            }
            debug!("{name}: attempt {attempts} failed, the next in {}: {error}", seconds(delay));
            self.wait(retry_at).map_err(|error| error.with_attempt(request.page_no, attempts))?;
        }
    }

    /// Whether the settings and the deadline allow another attempt at this time.
    fn may_retry(&self, error: &Error, attempts: u32, retry_at: Instant) -> bool {
        let settings = self.settings();
        let in_time = self.deadline.is_none_or(|deadline| retry_at < deadline.at);
        let asked_wait_is_ok = error.retry_after().is_none_or(|asked| asked <= settings.max_retry_wait);
        attempts <= settings.max_retries && in_time && asked_wait_is_ok
    }

    /// Sends one request and reads its response.
    fn attempt(&self, meeting: &Meeting, path: &str, time_left: Option<Duration>) -> Result<Page, Error> {
        let client = &self.client;
        let response = client.http.get(path, time_left, &client.cancel, self.id);
        let response = response.map_err(|error| self.explain(error, meeting))?;
        if let Some(ratelimit) = response.ratelimit.as_deref().filter(|_| response.is_success()) {
            client.quota.update(ratelimit, self.settings().max_retry_wait);
        }
        interpret::page(response, self.settings(), meeting)
    }

    /// Adds the deadline, or the URL, to a transport error.
    fn explain(&self, error: Error, meeting: &Meeting) -> Error {
        let deadline = self.deadline.filter(|deadline| Instant::now() + DEADLINE_TOLERANCE >= deadline.at);
        match (error.status(), deadline) {
            (ErrorKind::Timeout, Some(deadline)) => deadline.exceeded().with_source(self.redact_credential(error)),
            (ErrorKind::Decode, _) if error.http_status().is_none() => {
                error.not_from_service(interpret::shown_url(self.settings(), meeting), self.settings().base_url_source)
            }
            _ => error,
        }
    }

    /// How long the next request may take, or the error that ends the call now. `None` is no limit.
    fn time_left(&self) -> Result<Option<Duration>, Error> {
        if self.is_shut_down() {
            return Err(Error::cancelled());
        }
        let Some(deadline) = self.deadline else { return Ok(None) };
        match deadline.at.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(deadline.exceeded()),
            left => Ok(Some(left)),
        }
    }

    /// Waits while the service's quota is exhausted, unless that would take longer than the deadline allows.
    fn await_quota(&self) -> Result<(), Error> {
        let now = Instant::now();
        let in_time = |until: &Instant| self.deadline.is_none_or(|deadline| *until < deadline.at);
        match self.client.quota.exhausted_until(now).filter(in_time) {
            Some(until) => {
                debug!("no request left: waiting {}", seconds(until - now));
                self.wait(until)
            }
            None => Ok(()),
        }
    }

    fn wait(&self, until: Instant) -> Result<(), Error> {
        self.client.cancel.wait(self.id, until).then_some(()).ok_or_else(Error::cancelled)
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
    let parameters = [("page_no", request.page_no), ("per_page", request.per_page)];
    for (i, (name, value)) in parameters.iter().filter_map(|(name, value)| Some((name, (*value)?))).enumerate() {
        path.push_str(&format!("{}{name}={value}", if i == 0 { '?' } else { '&' }));
    }
    path
}

impl Drop for Call {
    fn drop(&mut self) {
        self.client.cancel.reset(self.id);
    }
}
