//! One call of the API: its deadline, its attempts and its waits.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use log::debug;

use crate::cancel::Cancel;
use crate::error::{ErrorKind, Refusal, seconds};
use crate::http::transport::{Answer, Transport};
use crate::meeting::Meeting;
use crate::page::Page;
use crate::page::decode;
use crate::settings::{Checked, Credential};
use crate::{Error, PageRequest, retry};

/// How long before its time a timeout may strike.
const EARLY: Duration = Duration::from_millis(10);

/// An id that is shorter than this is no credential: it may be a word that the service uses, too.
const HIDDEN_LEAST: usize = 30;

/// Where the path begins among the parts of a URL, behind its scheme and its host.
const PATH_AT: usize = 3;

/// The longest part of a base URL's path that a message shows.
const PART_MOST: usize = 24;

/// What the calls of a client share.
pub(crate) struct Shared {
    pub settings: Arc<Checked>,
    pub transport: Transport,
    pub cancel: Cancel,
    /// Until when the service takes no more requests, as it said.
    exhausted_until: Mutex<Option<Instant>>,
}

impl Shared {
    pub fn new(settings: Checked) -> Result<Self, Error> {
        let transport = Transport::new(&settings)?;
        Ok(Shared {
            settings: Arc::new(settings),
            transport,
            cancel: Cancel::default(),
            exhausted_until: Mutex::default(),
        })
    }

    /// The same again, with calls and connections of its own.
    pub fn another(&self) -> Self {
        Shared {
            settings: Arc::clone(&self.settings),
            transport: self.transport.another(),
            cancel: Cancel::default(),
            exhausted_until: Mutex::new(self.exhausted_until()),
        }
    }

    pub fn shut_down(&self) {
        self.cancel.shut_down();
        self.transport.close_idle();
    }

    fn exhausted_until(&self) -> Option<Instant> {
        *self.exhausted_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One call, which may ask for many pages, several at the same time.
pub(crate) struct Call {
    shared: Arc<Shared>,
    id: u64,
    deadline: Option<Instant>,
}

impl Call {
    pub fn new(shared: &Arc<Shared>) -> Self {
        let mut call = Call { id: shared.cancel.call(), shared: Arc::clone(shared), deadline: None };
        call.allow(shared.settings.deadline);
        call
    }

    /// Sets the deadline to this long from now.
    pub fn allow(&mut self, time: Option<Duration>) {
        self.deadline = time.and_then(|time| Instant::now().checked_add(time));
    }

    pub fn settings(&self) -> &Checked {
        &self.shared.settings
    }

    pub fn is_shut_down(&self) -> bool {
        self.shared.cancel.is_shut_down()
    }

    /// Ends the requests and waits of this call, from any thread.
    pub fn stop(&self) {
        self.shared.cancel.stop(self.id);
    }

    /// Lets a stopped call go on, once nothing of it runs.
    pub fn resume(&self) {
        self.shared.cancel.forget(self.id);
    }

    /// Asks for a page, as often as it takes and the settings allow.
    pub fn page(&self, meeting: &Meeting, request: PageRequest) -> Result<Page, Error> {
        self.page_retried(meeting, request, retry::worth_retrying)
    }

    /// Asks for a page, again and again if a failure is worth it.
    pub fn page_retried(
        &self,
        meeting: &Meeting,
        request: PageRequest,
        worth_retrying: impl Fn(&Error) -> bool,
    ) -> Result<Page, Error> {
        let url = self.url(meeting, request);
        let name = request.page_no.map_or("a page".to_string(), |number| format!("page {number}"));
        let mut attempts = 0;
        loop {
            let of_this_page = |error: Error| error.with_attempt(request.page_no, attempts);
            let left = self.await_quota().and_then(|()| self.time_left()).map_err(of_this_page)?;
            attempts += 1;
            let error = match self.attempt(meeting, &url, left) {
                Ok(page) => {
                    let total =
                        page.paging.total_count.map_or("an unknown number".to_string(), |total| total.to_string());
                    debug!("{name}: {} of {total} participants", page.rows.len());
                    return Ok(page);
                }
                Err(error) => {
                    let error = self.without_credential(error.with_attempt(request.page_no, attempts));
                    // The caller may have put a credential in the place of an id, and the service may repeat it.
                    meeting.hidden().filter(|id| id.len() >= HIDDEN_LEAST).fold(error, |error, id| error.without(&id))
                }
            };
            let delay = retry::delay(&error, attempts).min(self.settings().max_retry_wait);
            let retry_at = Instant::now() + delay;
            let too_late = self.deadline.is_some_and(|deadline| retry_at >= deadline);
            let too_long = error.retry_after().is_some_and(|asked| asked > self.settings().max_retry_wait);
            if !worth_retrying(&error) || attempts > self.settings().max_retries || too_late || too_long {
                return Err(error);
            }
            debug!("{name}: attempt {attempts} failed, the next in {}: {error}", seconds(delay));
            self.wait(retry_at).map_err(|error| error.with_attempt(request.page_no, attempts))?;
        }
    }

    /// How long the next request may take; an error if none may be sent.
    fn time_left(&self) -> Result<Option<Duration>, Error> {
        if self.is_shut_down() {
            return Err(Error::cancelled());
        }
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) { Err(self.out_of_time()) } else { Ok(left) }
    }

    fn attempt(&self, meeting: &Meeting, url: &str, left: Option<Duration>) -> Result<Page, Error> {
        let Checked { credential_source, base_url, base_url_source, .. } = self.settings();
        let place = || format!("{}{}", shown_base(base_url), meeting.shown_path());
        let answer = self.shared.transport.get(url, left, &self.shared.cancel, self.id);
        let Answer { status, ray_id, retry_after, ratelimit, challenge, undecoded, body } =
            answer.map_err(|error| {
                let too_late = self.deadline.is_some_and(|deadline| Instant::now() + EARLY >= deadline);
                if error.status() == ErrorKind::Timeout && too_late {
                    self.out_of_time().with_source(self.without_credential(error))
                } else if error.status() == ErrorKind::Decode && error.http_status().is_none() {
                    error.sent_from_elsewhere(place(), base_url_source)
                } else {
                    error
                }
            })?;
        let retry_after = retry_after.as_deref().and_then(retry::retry_after);
        let refused = |ray_id, body: &[u8]| {
            let (place, credential, base_url) = (&place(), credential_source, base_url_source);
            let http_status = status;
            Error::refused(Refusal {
                place,
                credential,
                base_url,
                http_status,
                ray_id,
                retry_after,
                challenge,
                undecoded,
                body,
            })
        };
        if !(200..300).contains(&status) {
            return Err(refused(ray_id, &body));
        }
        self.note_quota(ratelimit.as_deref());
        decode::page(body).map_err(|(error, body)| match decode::reports_failure(&body) {
            true => refused(ray_id, &body),
            false if challenge => {
                Error::decode("it is a challenge meant for browsers").with_answer(status, ray_id, &body)
            }
            false => error.with_words(&body, place, base_url_source).with_answer(status, ray_id, &body),
        })
    }

    fn out_of_time(&self) -> Error {
        let allowed = self.settings().deadline.unwrap_or_default();
        Error::timeout(format!("the call took longer than its deadline of {}", seconds(allowed)))
    }

    fn url(&self, meeting: &Meeting, request: PageRequest) -> String {
        let mut url = format!("{}{}", self.settings().base_url, meeting.path());
        let parameters = [("page_no", request.page_no), ("per_page", request.per_page)];
        for (i, (name, value)) in parameters.iter().filter_map(|(name, value)| Some((name, (*value)?))).enumerate() {
            url.push_str(&format!("{}{name}={value}", if i == 0 { '?' } else { '&' }));
        }
        url
    }

    /// Notes when the service says that this was the last request it takes for a while.
    fn note_quota(&self, ratelimit: Option<&str>) {
        let reset = ratelimit.and_then(retry::exhausted_for);
        if let Some(reset) = reset.filter(|reset| *reset <= self.settings().max_retry_wait) {
            let until = Some(Instant::now() + reset);
            let mut known = self.shared.exhausted_until.lock().unwrap_or_else(PoisonError::into_inner);
            *known = until.max(*known);
        }
    }

    /// Waits until the service takes requests again, rather than run into a refusal; not past the deadline.
    fn await_quota(&self) -> Result<(), Error> {
        let now = Instant::now();
        let in_time = |until: &Instant| *until > now && self.deadline.is_none_or(|deadline| *until < deadline);
        match self.shared.exhausted_until().filter(in_time) {
            Some(until) => {
                debug!("no request left: waiting {}", seconds(until - now));
                self.wait(until)
            }
            None => Ok(()),
        }
    }

    fn wait(&self, until: Instant) -> Result<(), Error> {
        self.shared.cancel.wait(self.id, until).then_some(()).ok_or_else(Error::cancelled)
    }

    fn without_credential(&self, error: Error) -> Error {
        match &self.settings().credential {
            Credential::Token(token) => error.without(token.expose()),
            Credential::Key { email, key } => error.without(key.expose()).without(email.expose()),
        }
    }
}

/// The base URL for messages: a long part of its path may be the secret of a gateway.
fn shown_base(base_url: &str) -> String {
    let shown = |(at, part)| if at >= PATH_AT && str::len(part) > PART_MOST { "..." } else { part };
    base_url.split('/').enumerate().map(shown).collect::<Vec<_>>().join("/")
}

impl Drop for Call {
    fn drop(&mut self) {
        self.shared.cancel.forget(self.id);
    }
}
