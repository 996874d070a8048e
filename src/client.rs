//! The client and its builder.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::call::{Call, Shared};
use crate::pagination::walk::{self, ParticipantIter};
use crate::settings::{Secret, Settings};
use crate::threads::ThreadHook;
use crate::{Error, Meeting, Participants};

/// Which page to ask for. What is `None` is left out of the request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// The number of the page. The service counts from 1, as far as is known.
    pub page_no: Option<u64>,
    /// How many participants a page holds. The service may give fewer.
    pub per_page: Option<u64>,
}

/// Asks RealtimeKit for the participants of meetings: who was added to a meeting, not who is connected to it at this
/// moment.
///
/// All methods block. A client keeps its connections for the next call, and may be used by several threads at the same time;
/// clones share it.
///
/// ```no_run
/// use participants::{Client, Meeting};
///
/// # fn main() -> Result<(), participants::Error> {
/// let client = Client::from_env()?;
/// let meeting = Meeting::new(
///     "023e105f4ecef8ad9ca31a8372d0c353",
///     "14a396e7-ca44-4937-bf1f-050a69118543",
///     "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e",
/// )?;
/// for participant in &client.get_participants(&meeting)? {
///     println!("{} {}", participant.id(), participant.name().unwrap_or("(no name)"));
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

impl Client {
    /// A client whose settings come from the caller and, where the caller is silent, from the environment.
    pub fn builder() -> Builder {
        Builder { settings: Settings::default() }
    }

    /// A client whose settings all come from the environment.
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn from_env() -> Result<Self, Error> {
        Client::builder().build()
    }

    /// Everyone in a meeting: all pages are asked for, several at the same time.
    ///
    /// Nobody is in the answer twice. [`Participants::is_complete`] tells whether it is certain that it is everyone: a list that
    /// changes while it is read is read once more, and if it changes again, the answer is what both readings saw. A reading ends after
    /// 10,000 pages, whatever the service claims.
    ///
    /// An answer may say that it was the last one that the service gives for a while: `Ratelimit: "default";r=0;t=3`.
    /// Then the client's next request, of whatever thread and call, waits these 3 seconds first, rather than be
    /// refused; if that is longer than [`Builder::max_retry_wait`] or would pass the call's deadline, it is sent at
    /// once. This holds for every method that asks the service.
    ///
    /// # Errors
    /// Any kind. If one page fails, after its retries, the call fails.
    pub fn get_participants(&self, meeting: &Meeting) -> Result<Participants, Error> {
        walk::everyone(&Call::new(&self.shared), meeting)
    }

    /// Everyone in a meeting, as the JSON that [`Participants::to_json`] gives of them, in half the memory.
    ///
    /// It does not say whether it is complete: compare `paging.total_count` with the length of `data`, or ask for the [`Participants`].
    ///
    /// # Errors
    /// As [`Client::get_participants`].
    pub fn get_participants_json(&self, meeting: &Meeting) -> Result<String, Error> {
        walk::everyone_json(&Call::new(&self.shared), meeting)
    }

    /// One page, as the service pages.
    ///
    /// # Errors
    /// Any kind.
    pub fn get_participants_page(&self, meeting: &Meeting, page: PageRequest) -> Result<Participants, Error> {
        walk::one_page(&Call::new(&self.shared), meeting, page)
    }

    /// Everyone in a meeting, one by one, with one page in memory.
    ///
    /// Nothing is asked before the first `next()`. If the list changes while it is read, it is read once more, and whoever is new comes at the end.
    pub fn iter_participants(&self, meeting: &Meeting) -> ParticipantIter {
        ParticipantIter::new(Call::new(&self.shared), meeting.clone())
    }

    /// Another client of the same settings, as they were when this one was made, with calls and connections of its own: a shutdown of one does not
    /// end those of the other. Nothing is read again, neither the environment nor a file.
    pub fn another(&self) -> Client {
        Client { shared: Arc::new(self.shared.another()) }
    }

    /// Ends the calls in flight, the waiting ones included, and all later ones, with
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled). May be called from any thread.
    pub fn shutdown(&self) {
        self.shared.shut_down();
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("settings", &self.shared.settings).finish()
    }
}

/// The settings of a [`Client`]. What is not set comes from the environment, or has its default.
///
/// ```
/// use std::time::Duration;
///
/// # fn main() -> Result<(), participants::Error> {
/// let client = participants::Client::builder()
///     .api_token("Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY")
///     .deadline(Duration::from_secs(30))
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    settings: Settings,
}

impl Builder {
    /// The API token, with the permission Realtime or Realtime Admin. Default: `CLOUDFLARE_API_TOKEN`.
    pub fn api_token(mut self, token: &str) -> Self {
        self.settings.api_token = Some(Secret::new(token));
        self
    }

    /// The older pair of e-mail address and key, used where no token is set. Default: `CLOUDFLARE_EMAIL` and
    /// `CLOUDFLARE_API_KEY`, used where there is no `CLOUDFLARE_API_TOKEN` either.
    pub fn api_key(mut self, email: &str, key: &str) -> Self {
        self.settings.api_key = Some((Secret::new(email), Secret::new(key)));
        self
    }

    /// Where the API is; `http://` only to a loopback host. Default: `CLOUDFLARE_BASE_URL`, else
    /// `https://api.cloudflare.com/client/v4`.
    pub fn base_url(mut self, url: &str) -> Self {
        self.settings.base_url = Some(Secret::new(url));
        self
    }

    /// How long one request may take, from connect to the last byte; more than 0. Default: 60 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = Some(timeout);
        self
    }

    /// How long the look-up of a host may take, and then making a connection, TLS included; more than 0. Default: 5 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.connect_timeout = Some(timeout);
        self
    }

    /// How long one whole call may take: every page, retry and wait; for an iterator, all its waiting together; 0 is no
    /// limit. Default: 0.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = Some(deadline);
        self
    }

    /// How often a failed request is sent again. Default: 3.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.settings.max_retries = Some(retries);
        self
    }

    /// The longest `Retry-After` that is waited for; a longer one fails at once, with the figure in the error; no wait
    /// between attempts is longer. Default: 60 s.
    pub fn max_retry_wait(mut self, wait: Duration) -> Self {
        self.settings.max_retry_wait = Some(wait);
        self
    }

    /// How many pages of one call are asked for at the same time; at least 1. Default: 4.
    pub fn max_connections(mut self, connections: u32) -> Self {
        self.settings.max_connections = Some(connections);
        self
    }

    /// How many participants a page is asked to hold when everyone is asked for; at least 1. Default: 100.
    pub fn per_page(mut self, participants: u32) -> Self {
        self.settings.per_page = Some(participants);
        self
    }

    /// The `User-Agent` header. Default: `participants/` and the version.
    pub fn user_agent(mut self, text: &str) -> Self {
        self.settings.user_agent = Some(text.to_owned());
        self
    }

    /// The URL of an `http://` or `https://` proxy (not SOCKS); empty for none. One that is set here is used whatever
    /// `NO_PROXY` says, and must be on loopback if `base_url` is `http://`. Default: read as curl reads it: none for
    /// the hosts of `no_proxy` or `NO_PROXY`; else, for `https://`, the first of `https_proxy`, `HTTPS_PROXY`,
    /// `all_proxy` and `ALL_PROXY`; for `http://`, the first of `http_proxy`, `HTTP_PROXY` (not where `REQUEST_METHOD`
    /// is set), `all_proxy` and `ALL_PROXY`; for a loopback host only if the proxy is on loopback too.
    pub fn proxy(mut self, url: &str) -> Self {
        self.settings.proxy = Some(Secret::new(url));
        self
    }

    /// A PEM file with the certificates of the authorities to trust, instead of the bundled ones. Default:
    /// `SSL_CERT_FILE`.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.ca_file = Some(path.into());
        self
    }

    /// Whether to trust the operating system's authorities instead of the bundled ones. Those of `ca_file`, or else of
    /// `SSL_CERT_FILE`, are trusted as well; on Linux, the folders of `SSL_CERT_DIR` too. All are read once, when the
    /// client is made. Default: false.
    pub fn native_ca(mut self, trust: bool) -> Self {
        self.settings.native_ca = trust;
        self
    }

    /// A function that is called first on each thread that the library starts: the threads that fetch the pages of one
    /// call at the same time, and those that look up the name of a host. It must not panic. Default: none.
    pub fn on_thread_start(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.settings.on_thread_start = ThreadHook::new(hook);
        self
    }

    /// Checks the settings, reads from the environment what is missing, and makes the client. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument), which names the setting or the variable that
    /// cannot be right.
    pub fn build(self) -> Result<Client, Error> {
        Ok(Client { shared: Arc::new(Shared::new(self.settings.check()?)?) })
    }
}
