//! One HTTP request and its answer, by ureq.

use std::fmt;
use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::Uri;
use log::debug;
use ureq::config::Config;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::typestate::WithoutBody;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport as ut;
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout};
use ureq::{RequestBuilder, Timeout};

use crate::Error;
use crate::cancel::CancelRegistry;
use crate::error::{excerpt, seconds};
use crate::http::credential::{Authorizer, CredentialLines, KeptConnection, PLACEHOLDER, is_of_kept_connection};
use crate::http::happy_eyeballs::Winner;
use crate::http::head::{HEAD_MOST, LenientHeads};
use crate::http::proxy::Proxy;
use crate::http::resolver::LookUp;
use crate::http::tcp::{ConnectLimit, TcpConnector};
use crate::http::tls::Trusted;
use crate::http::tunnel::{NoTunnel, TunnelConnector};
use crate::http::{content_coding, tls};
use crate::settings::Checked;
use crate::threads::ThreadHook;

/// The longest body that is read, after decompression.
const BODY_MOST: usize = 64 * 1024 * 1024;

/// A connection's buffers. The input one must hold more than the longest head.
const INPUT_BUFFER: usize = 64 * 1024;
const OUTPUT_BUFFER: usize = 8 * 1024;

/// How long a connection waits for another request before it is closed.
const IDLE_MOST: Duration = Duration::from_secs(15);

/// The longest `CF-Ray` that is one.
const RAY_MOST: usize = 64;

/// What is reserved for a body before any of it came, whatever its Content-Length says.
const RESERVED_MOST: u64 = 1024 * 1024;

/// An answer of the service, whatever its status.
pub(crate) struct Answer {
    pub status: u16,
    pub ray_id: Option<String>,
    pub retry_after: Option<String>,
    pub ratelimit: Option<String>,
    /// The edge wants to see a browser first.
    pub challenge: bool,
    /// Of a failure: why its body could not be decoded.
    pub undecoded: Option<String>,
    pub body: Vec<u8>,
}

/// Sends requests, over connections that are kept for the next one.
///
/// Every connection has an agent of its own, so that interrupting a request touches no other; they share the TLS session cache.
pub(crate) struct Transport {
    config: Config,
    credential: CredentialLines,
    /// With whom this speaks, for messages.
    host: String,
    proxy: Option<Arc<Proxy>>,
    tls: SharedTls,
    trusted: Trusted,
    winner: Winner,
    on_thread_start: ThreadHook,
    idle: Mutex<Idle>,
}

/// The connections that wait for a request.
struct Idle {
    /// The process they belong to: a forked child must leave its parent's alone.
    process: u32,
    agents: Vec<(Agent, Instant)>,
}

impl Default for Idle {
    fn default() -> Self {
        Idle { process: std::process::id(), agents: Vec::new() }
    }
}

impl Transport {
    pub fn new(settings: &Checked) -> Result<Self, Error> {
        let uri = settings.base_url.parse::<Uri>().map_err(|_| Error::invalid_argument("base_url: is not a URL"))?;
        let host = uri.authority().map(|authority| authority.to_string()).unwrap_or_default();
        let host = match &settings.proxy {
            Some(proxy) => format!("{host} through the proxy {proxy}"),
            None => host,
        };
        let (trusted, roots) = tls::authorities(settings)?;
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(settings.timeout))
            // ureq gives a name's look-up its own time, and none would be that of the whole request.
            .timeout_resolve(Some(settings.connect_timeout))
            .timeout_connect(Some(settings.connect_timeout))
            .max_response_header_size(HEAD_MOST)
            .input_buffer_size(INPUT_BUFFER)
            .output_buffer_size(OUTPUT_BUFFER)
            .user_agent(settings.user_agent.as_str())
            .accept("application/json")
            .accept_encoding(content_coding::ACCEPTED)
            .max_idle_age(IDLE_MOST)
            // The environment's, which ureq would read otherwise.
            .proxy(None)
            .tls_config(TlsConfig::builder().root_certs(roots.unwrap_or(RootCerts::WebPki)).build())
            .build();
        Ok(Transport {
            config,
            credential: CredentialLines::new(&settings.credential),
            host,
            proxy: settings.proxy.clone(),
            tls: SharedTls::default(),
            trusted,
            winner: Winner::default(),
            on_thread_start: settings.on_thread_start.clone(),
            idle: Mutex::new(Idle::default()),
        })
    }

    /// The same again, with connections of its own.
    pub fn another(&self) -> Self {
        Transport {
            config: self.config.clone(),
            credential: self.credential.clone(),
            host: self.host.clone(),
            proxy: self.proxy.clone(),
            tls: self.tls.clone(),
            trusted: self.trusted.clone(),
            winner: self.winner.clone(),
            on_thread_start: self.on_thread_start.clone(),
            idle: Mutex::new(Idle::default()),
        }
    }

    /// Asks for `url`, on behalf of `call`, within `limit` if it is sooner than the timeout of the settings.
    pub fn get(&self, url: &str, limit: Option<Duration>, cancel: &CancelRegistry, call: u64) -> Result<Answer, Error> {
        let timeout = self.config.timeouts().global.unwrap_or(Duration::MAX);
        let allowed = limit.map_or(timeout, |limit| limit.min(timeout));
        let began = Instant::now();
        let answer = self.get_by(self.agent(), url, allowed, allowed, cancel, call);
        let left = allowed.saturating_sub(began.elapsed());
        match answer {
            Err(error) if left > Duration::ZERO && is_of_kept_connection(&error) => {
                debug!("a connection that was kept is closed: sending the request on a new one");
                self.get_by(self.new_agent(), url, allowed, left, cancel, call)
            }
            answer => answer,
        }
    }

    /// `left` of what was `allowed`.
    fn get_by(
        &self,
        agent: Agent,
        url: &str,
        allowed: Duration,
        left: Duration,
        cancel: &CancelRegistry,
        call: u64,
    ) -> Result<Answer, Error> {
        let (process, interrupted) = (std::process::id(), agent.clone());
        let interrupt = Box::new(move || {
            // In a forked child this would end its parent's request: they share the socket.
            if process == std::process::id() {
                interrupted.shutdown();
            }
        });
        let Some(ticket) = cancel.register(call, interrupt) else {
            return Err(Error::cancelled());
        };
        let answer = self.exchange(&agent, url, allowed, left);
        if !cancel.unregister(ticket) {
            // Whatever came of it: an interrupted body can look like a whole one.
            return Err(Error::cancelled());
        }
        if answer.is_ok() {
            self.keep(agent);
        }
        answer
    }

    fn exchange(&self, agent: &Agent, url: &str, allowed: Duration, left: Duration) -> Result<Answer, Error> {
        let mut request = agent.get(url).header(PLACEHOLDER.0, PLACEHOLDER.1);
        if self.config.timeouts().global.is_none_or(|timeout| left < timeout) {
            request = request.config().timeout_global(Some(left)).build();
        }
        let mut response = request.call().map_err(|e| self.failure(e, allowed))?;
        let status = response.status().as_u16();
        let text = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_string);
        let ray_id = text("cf-ray").filter(|ray| ray.len() <= RAY_MOST);
        let (retry_after, ratelimit) = (text("retry-after"), text("ratelimit"));
        let challenge = text("cf-mitigated").is_some_and(|value| value.eq_ignore_ascii_case("challenge"));

        let codings = content_coding::names(response.headers());

        let expected = response.body().content_length().unwrap_or(0).min(RESERVED_MOST);
        let mut body = Vec::with_capacity(expected as usize + 1);
        let success = (200..300).contains(&status);
        let most = if success { BODY_MOST } else { Error::MAX_BODY };
        let read = response.body_mut().with_config().limit(most as u64).reader().read_to_end(&mut body);
        let failed = read.err().map(|e| self.failure(e.into(), allowed));
        let undecoded = content_coding::decode(&mut body, &codings, most).err();
        if success {
            if let Some(error) = failed.or(undecoded.map(|e| self.undecoded(e))) {
                return Err(error.with_response(status, ray_id, &body));
            }
            return Ok(Answer { status, ray_id, retry_after, ratelimit, challenge, undecoded: None, body });
        }
        // Of an error's body, what came is enough: the status says what it is.
        let unreadable = |e: &content_coding::Failure| {
            matches!(e, content_coding::Failure::Broken(_) | content_coding::Failure::NotAskedFor(_))
        };
        let undecoded = undecoded.filter(unreadable).map(|e| self.undecoded(e).to_string());
        Ok(Answer { status, ray_id, retry_after, ratelimit, challenge, undecoded, body })
    }

    /// A connection that waits, or a new one.
    fn agent(&self) -> Agent {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.process != std::process::id() {
            idle.process = std::process::id();
            idle.agents.clear();
        }
        let kept = idle.agents.pop();
        drop(idle);
        kept.map(|(agent, _)| agent).unwrap_or_else(|| self.new_agent())
    }

    fn new_agent(&self) -> Agent {
        let (look_up, limit) = (LookUp::new(self.on_thread_start.clone()), ConnectLimit::default());
        let (tcp, tls) = (TcpConnector { limit: limit.clone(), winner: self.winner.clone() }, self.tls.clone());
        let tunnel = TunnelConnector {
            proxy: self.proxy.clone(),
            look_up: look_up.clone(),
            tcp: tcp.clone(),
            tls: tls.clone(),
            trusted: self.trusted.clone(),
        };
        let connector =
            ().chain(tunnel).chain(tcp).chain(tls).chain(Authorizer { credential: self.credential.clone(), limit });
        let connector = connector.chain(LenientHeads);
        let names = NameResolver { look_up: look_up.clone(), by_proxy: self.proxy.is_some() };
        Agent { agent: ureq::Agent::with_parts(self.config.clone(), connector, names), look_up }
    }

    fn keep(&self, agent: Agent) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.process == std::process::id() {
            let now = Instant::now();
            idle.agents.retain(|(_, since)| now.duration_since(*since) < IDLE_MOST);
            idle.agents.push((agent, now));
        }
    }

    /// Drops the connections that wait.
    pub fn close_idle(&self) {
        let idle = std::mem::take(&mut self.idle.lock().unwrap_or_else(PoisonError::into_inner).agents);
        drop(idle);
    }

    #[cold]
    fn undecoded(&self, failure: content_coding::Failure) -> Error {
        match failure {
            content_coding::Failure::CutShort => {
                Error::connection(format!("the answer from {} was cut short", self.host))
            }
            content_coding::Failure::TooLong => too_long(),
            content_coding::Failure::Broken(e) => Error::decode(format_args!("no valid gzip: {e}")).with_source(e),
            content_coding::Failure::NotAskedFor(coding) => Error::unexpected_coding(&coding),
        }
    }

    #[cold]
    fn failure(&self, error: ureq::Error, allowed: Duration) -> Error {
        let host = &self.host;
        match error {
            ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
                let allowed = self.config.timeouts().connect.unwrap_or(allowed).min(allowed);
                Error::timeout(format!("no connection to {host} within {}", seconds(allowed))).with_source(error)
            }
            ureq::Error::Timeout(_) => {
                Error::timeout(format!("no whole answer from {host} within {}", seconds(allowed))).with_source(error)
            }
            ureq::Error::Protocol(_) => {
                Error::decode(format_args!("no valid HTTP from {host}: {error}")).with_source(error)
            }
            ureq::Error::LargeResponseHeader(..) => {
                Error::decode(format_args!("a head of more than {} KiB", HEAD_MOST / 1024)).with_source(error)
            }
            ureq::Error::BodyExceedsLimit(_) => too_long().with_source(error),
            ureq::Error::Io(e) => match e.kind() {
                io::ErrorKind::UnexpectedEof => {
                    Error::connection(format!("the answer from {host} was cut short")).with_source(e)
                }
                // This is how TLS reports that it refuses the peer: it will refuse it again.
                io::ErrorKind::InvalidData => {
                    let why = e.get_ref().map_or_else(|| excerpt(&e), |e| tls::explain(e, Some(&self.trusted)));
                    Error::connection(format!("no safe connection to {host}: {why}")).permanent().with_source(e)
                }
                _ => Error::connection(format!("no answer from {host}: {e}")).with_source(e),
            },
            ureq::Error::Rustls(_) | ureq::Error::Tls(_) | ureq::Error::TlsRequired => {
                Error::connection(format!("no safe connection to {host}: {error}")).permanent().with_source(error)
            }
            ureq::Error::Http(_) | ureq::Error::BadUri(_) => Error::internal(&error).with_source(error),
            ureq::Error::Other(e) => match e.downcast::<KeptConnection>().map_err(|e| e.downcast::<NoTunnel>()) {
                Ok(e) => Error::connection(format!("no answer from {host}: {e}")).with_source(*e),
                Err(Ok(e)) => e.into_error(host),
                Err(Err(e)) => Error::internal(e),
            },
            _ => Error::connection(format!("no answer from {host}: {error}")).with_source(error),
        }
    }
}

fn too_long() -> Error {
    Error::decode(format_args!("more than {} MiB", BODY_MOST / 1024 / 1024))
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("host", &self.host).finish_non_exhaustive()
    }
}

/// An agent of ureq's, and its look-up of names, which ureq could not interrupt.
#[derive(Clone)]
struct Agent {
    agent: ureq::Agent,
    look_up: LookUp,
}

impl Agent {
    fn get(&self, url: &str) -> RequestBuilder<WithoutBody> {
        self.agent.get(url)
    }

    fn shutdown(self) {
        self.look_up.interrupt();
        self.agent.shutdown();
    }
}

/// Finds the addresses of the service for ureq.
#[derive(Debug)]
struct NameResolver {
    look_up: LookUp,
    /// Only the proxy may know the name.
    by_proxy: bool,
}

impl Resolver for NameResolver {
    fn resolve(&self, uri: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        match self.by_proxy {
            true => Ok(self.empty()),
            false => addresses(&self.look_up, uri, timeout),
        }
    }
}

/// The addresses of a URL's host; a literal needs no look-up.
pub(crate) fn addresses(look_up: &LookUp, uri: &Uri, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
    let host = uri.host().map(|host| host.trim_matches(['[', ']']).to_string());
    let (Some(host), Some(port)) = (host, port(uri)) else {
        return Err(ureq::Error::HostNotFound);
    };
    let mut found = ResolvedSocketAddrs::from_fn(|_| SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)));
    if let Ok(address) = host.parse::<IpAddr>() {
        found.push(SocketAddr::new(address, port));
        return Ok(found);
    }
    let addresses = look_up.addresses(host, port, *timeout.after).map_err(|e| match e.kind() {
        io::ErrorKind::TimedOut => ureq::Error::Timeout(timeout.reason),
        _ => e.into(),
    });
    for address in addresses? {
        if found.try_push(address).is_err() {
            break;
        }
    }
    if found.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(found) }
}

pub(crate) fn port(uri: &Uri) -> Option<u16> {
    uri.port_u16().or(match uri.scheme_str() {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    })
}

/// ureq's TLS, set up once and shared by all agents.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedTls(Arc<ut::RustlsConnector>);

impl<In: ut::Transport> Connector<In> for SharedTls {
    type Out = <ut::RustlsConnector as Connector<In>>::Out;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        // To ureq, a request with less time than others has settings of its own, for which TLS would be set up anew and no session be resumed.
        let of_all_requests = ConnectionDetails {
            request_level: false,
            addrs: details.addrs.clone(),
            current_time: Arc::clone(&details.current_time),
            run_connector: Arc::clone(&details.run_connector),
            register_shutdown: Arc::clone(&details.register_shutdown),
            ..*details
        };
        self.0.connect(&of_all_requests, chained)
    }
}
