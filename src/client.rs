//! The client and its builder.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::call::Call;
use crate::cancel::CancelScope;
use crate::client_state::ClientState;
use crate::logger::Logger;
use crate::pagination::{self, ParticipantIter};
use crate::secret::Secret;
use crate::settings::Settings;
use crate::threads::ThreadHook;
use crate::{Error, Meeting, Participants};

/// Which page to request. A `None` is left out of the request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// The number of the page. As far as is known, the service counts from 1.
    pub page_no: Option<u64>,
    /// How many participants the page should hold. The service may return fewer.
    pub per_page: Option<u64>,
}

/// Lists the participants of RealtimeKit meetings: everyone who was added to a meeting, whether or not they are
/// connected at this moment.
///
/// All methods block. A client keeps its connections open for the next call. Several threads may use a client at the
/// same time. A clone is a handle to the same client.
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
    state: Arc<ClientState>,
    scope: Arc<CancelScope>,
    logger: Logger,
}

impl Client {
    /// A builder for a client. Settings that are not set come from the environment.
    pub fn builder() -> Builder {
        Builder { settings: Settings::default() }
    }

    /// A client whose settings all come from the environment.
    ///
    /// # Errors
    /// See [`Builder::build`].
    pub fn from_env() -> Result<Self, Error> {
        Client::builder().build()
    }

    /// Returns everyone in a meeting. Requests all pages, several at the same time.
    ///
    /// The list has no duplicates. [`Participants::is_complete`] says whether it is everyone: a list that changes while
    /// it is read is read a second time, and if it changes again, the result has everyone from both readings. Each
    /// reading fetches at most 10,000 pages.
    ///
    /// A response may say that the service accepts no more requests for a while: `Ratelimit: "default";r=0;t=3`. Then
    /// the next request of this client, from any thread and call, waits these 3 seconds first, so that it is not
    /// refused. If the wait is longer than [`Builder::max_retry_wait`], or would pass the deadline of the call, the
    /// request is sent at once. This holds for all methods that send requests.
    ///
    /// # Errors
    /// Any kind. If one page fails after its retries, the call fails.
    pub fn get_participants(&self, meeting: &Meeting) -> Result<Participants, Error> {
        pagination::everyone(self.call(), meeting)
    }

    /// Returns everyone in a meeting, as the JSON of [`Participants::to_json`], in half the memory.
    ///
    /// The JSON does not say whether it is complete. If `paging.total_count` and the length of `data` differ, it is
    /// not, but if they are equal, it may still not be. If that matters, use
    /// [`get_participants`](Client::get_participants) and [`Participants::is_complete`].
    ///
    /// # Errors
    /// As [`Client::get_participants`].
    pub fn get_participants_json(&self, meeting: &Meeting) -> Result<String, Error> {
        pagination::everyone_json(self.call(), meeting)
    }

    /// Returns one page of the service's list. Its [`is_complete`](Participants::is_complete) is true if it holds
    /// everyone.
    ///
    /// # Errors
    /// Any kind.
    pub fn get_participants_page(&self, meeting: &Meeting, page: PageRequest) -> Result<Participants, Error> {
        pagination::one_page(&self.call(), meeting, page)
    }

    /// Iterates over everyone in a meeting, with a few pages in memory at a time.
    ///
    /// The first `next()` sends the first request. If the list changes while it is read, it is read a second time, and
    /// participants that only the second reading saw come at the end.
    pub fn iter_participants(&self, meeting: &Meeting) -> ParticipantIter {
        ParticipantIter::new(self.call(), meeting.clone())
    }

    /// Makes a client for calls that you want to cancel together: a [`shutdown`](Self::shutdown) of the child ends only
    /// the child's calls; a shutdown of this client also ends the child's.
    ///
    /// A child shares the settings, the connections, the log and the quota of this client. Making one takes less than a
    /// microsecond, so a program may make one for each call. It outlives this client. A child of a client that was shut
    /// down is shut down, too.
    ///
    /// ```no_run
    /// # fn example(client: &participants::Client, meeting: &participants::Meeting) {
    /// use std::sync::mpsc;
    /// use std::time::Duration;
    ///
    /// let child = client.child();
    /// let (sender, receiver) = mpsc::channel();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| sender.send(child.get_participants(meeting)));
    ///     match receiver.recv_timeout(Duration::from_millis(300)) {
    ///         Ok(result) => println!("{result:?}"),
    ///         // Ends this call; other calls of `client` go on.
    ///         Err(_) => child.shutdown(),
    ///     }
    /// });
    /// # }
    /// ```
    pub fn child(&self) -> Client {
        Client { state: Arc::clone(&self.state), scope: CancelScope::within(&self.scope), logger: self.logger.clone() }
    }

    /// A handle to the same client whose calls log to another logger, as if [`Builder::logger`] had set it. Children
    /// that are made of it log there, too.
    ///
    /// ```no_run
    /// # fn example(client: &participants::Client, logger: impl log::Log + 'static) {
    /// let child = client.child().with_logger(logger);
    /// # }
    /// ```
    #[must_use]
    pub fn with_logger(self, logger: impl log::Log + 'static) -> Client {
        Client { logger: Logger::new(logger), ..self }
    }

    /// Cancels all calls of this client and its [children](Self::child), present and future: they return
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled). Calls in flight return within a second, later ones at
    /// once. May be called from any thread.
    pub fn shutdown(&self) {
        self.state.shut_down(&self.scope);
    }

    fn call(&self) -> Call {
        Call::new(&self.state, &self.scope, &self.logger)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("settings", &self.state.settings).finish()
    }
}

/// The settings of a [`Client`]. Settings that are not set come from the environment, or have their defaults.
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
    /// The API token. It needs the permission Realtime or Realtime Admin. Default: `CLOUDFLARE_API_TOKEN`.
    pub fn api_token(mut self, token: &str) -> Self {
        self.settings.api_token = Some(Secret::new(token));
        self
    }

    /// An e-mail address and the API key that belongs to it, Cloudflare's older way to authenticate; used only if no
    /// token is set. Default: `CLOUDFLARE_EMAIL` and `CLOUDFLARE_API_KEY`, used only if `CLOUDFLARE_API_TOKEN` is not
    /// set either.
    pub fn api_key(mut self, email: &str, key: &str) -> Self {
        self.settings.api_key = Some((Secret::new(email), Secret::new(key)));
        self
    }

    /// The URL of the API; `http://` is accepted only for a loopback host. Default: `CLOUDFLARE_BASE_URL`, else
    /// `https://api.cloudflare.com/client/v4`.
    pub fn base_url(mut self, url: &str) -> Self {
        self.settings.base_url = Some(Secret::new(url));
        self
    }

    /// The time limit of one request, from connect to the last byte; more than 0. Default: 60 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = Some(timeout);
        self
    }

    /// The time limit for the name look-up, and separately for the connection, proxy and TLS included; more than 0.
    /// Default: 5 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.connect_timeout = Some(timeout);
        self
    }

    /// The time limit of one whole call: every page, retry and wait. For an iterator: of all its calls together,
    /// without the time between them. 0 means no limit. Default: 0.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = Some(deadline);
        self
    }

    /// How many times a failed request is sent again. Default: 3.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.settings.max_retries = Some(retries);
        self
    }

    /// The longest wait before a retry. If the service's `Retry-After` is longer, the call fails at once, and the error
    /// has the `Retry-After`. Default: 60 s.
    pub fn max_retry_wait(mut self, wait: Duration) -> Self {
        self.settings.max_retry_wait = Some(wait);
        self
    }

    /// How many pages one call may request at the same time; at least 1. With 1, nothing is fetched ahead. Default: 4.
    pub fn max_connections(mut self, connections: u32) -> Self {
        self.settings.max_connections = Some(connections);
        self
    }

    /// How many participants to request per page when a call reads the whole list; at least 1. Default: 100.
    pub fn per_page(mut self, participants: u32) -> Self {
        self.settings.per_page = Some(participants);
        self
    }

    /// The `User-Agent` header. Default: `participants/` and the version.
    pub fn user_agent(mut self, text: &str) -> Self {
        self.settings.user_agent = Some(text.to_owned());
        self
    }

    /// The URL of an `http://` or `https://` proxy (SOCKS is not supported); an empty text means no proxy. `NO_PROXY`
    /// does not apply to a proxy set here, which must be on loopback if `base_url` is `http://`. Default: the
    /// environment, read as curl reads it: no proxy for the hosts in `no_proxy` or `NO_PROXY`; else, for `https://`,
    /// the first of `https_proxy`, `HTTPS_PROXY`, `all_proxy` and `ALL_PROXY`; for `http://`, the first of
    /// `http_proxy`, `HTTP_PROXY` (ignored if `REQUEST_METHOD` is set), `all_proxy` and `ALL_PROXY`; for a loopback
    /// host, only a proxy on loopback.
    pub fn proxy(mut self, url: &str) -> Self {
        self.settings.proxy = Some(Secret::new(url));
        self
    }

    /// A PEM file with the certificates of the authorities to trust instead of the bundled ones. Default:
    /// `SSL_CERT_FILE`.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.ca_file = Some(path.into());
        self
    }

    /// Whether to trust the operating system's authorities instead of the bundled ones. The authorities in `ca_file`,
    /// or else in `SSL_CERT_FILE`, are trusted too; on Linux, so are those in the folders of `SSL_CERT_DIR`. All are
    /// read once, when the client is made. Default: false.
    pub fn native_ca(mut self, trust: bool) -> Self {
        self.settings.native_ca = trust;
        self
    }

    /// Where the client's log records go instead of the logger of the crate `log`. They have the target `participants`.
    /// Each record is passed on if the logger's `enabled` accepts it; `log::max_level` is ignored. The logger is called
    /// on the thread that makes a call and on threads of the library, several at a time. It must not panic. Default:
    /// the logger of the crate `log`.
    ///
    /// - debug: a page arrived; the service had closed a kept connection.
    /// - info: the client waits for the service's quota; the list changed, and is read a second time.
    /// - warn: a request failed and will be sent again; the list may be incomplete.
    ///
    /// A record is one line of at most 2,000 bytes, and never has a credential. The documentation of the crate has an
    /// [example](crate#logging).
    pub fn logger(mut self, logger: impl log::Log + 'static) -> Self {
        self.settings.logger = Logger::new(logger);
        self
    }

    /// A function that runs first on each thread that the library starts. These are the threads that fetch the pages of
    /// one call at the same time, and those that look up the name of a host. It must not panic. Default: none.
    pub fn on_thread_start(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.settings.on_thread_start = ThreadHook::new(hook);
        self
    }

    /// Checks the settings, reads those that are not set from the environment, and makes the client. Sends nothing.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument), which names the setting or the variable that
    /// cannot be right.
    pub fn build(self) -> Result<Client, Error> {
        let logger = self.settings.logger.clone();
        let state = Arc::new(ClientState::new(self.settings.check()?)?);
        Ok(Client { state, scope: Arc::default(), logger })
    }
}
