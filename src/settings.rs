//! Settings, from the caller and from the environment, and their checks.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use http::uri::Authority;
use zeroize::Zeroizing;

use crate::Error;
use crate::http::proxy::Proxy;
use crate::pasted::{edges, pasted_wrongly};
use crate::threads::ThreadHook;

const PUBLIC_BASE_URL: &str = "https://api.cloudflare.com/client/v4";

/// Longer times are as good as this one, and could overflow a clock.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

const NO_CREDENTIAL: &str = "api_token: there is no credential: set api_token or CLOUDFLARE_API_TOKEN";

/// The longest text of a setting, in bytes: more than any that is right, and little enough for what is sent to fit its buffer.
const TEXT_MOST: usize = 4096;

/// A credential: wiped from memory when dropped, and never shown.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: &str) -> Self {
        Secret(Zeroizing::new(text.to_owned()))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What a request is authorised with.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    Token(Secret),
    Key { email: Secret, key: Secret },
}

/// The settings as the caller made them: `None` is not set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    pub api_token: Option<Secret>,
    pub api_key: Option<(Secret, Secret)>,
    /// May hold a password, and is refused then.
    pub base_url: Option<Secret>,
    pub timeout: Option<Duration>,
    pub connect_timeout: Option<Duration>,
    pub deadline: Option<Duration>,
    pub max_retries: Option<u32>,
    pub max_retry_wait: Option<Duration>,
    pub max_connections: Option<u32>,
    pub per_page: Option<u32>,
    pub user_agent: Option<String>,
    /// May hold a password.
    pub proxy: Option<Secret>,
    pub ca_file: Option<PathBuf>,
    pub native_ca: bool,
    pub on_thread_start: ThreadHook,
}

/// The settings, checked, with their defaults.
#[derive(Debug)]
pub(crate) struct Checked {
    pub credential: Credential,
    /// Where it came from, for messages.
    pub credential_source: &'static str,
    pub base_url: String,
    /// Where it came from, for messages.
    pub base_url_source: &'static str,
    pub timeout: Duration,
    pub connect_timeout: Duration,
    pub deadline: Option<Duration>,
    pub max_retries: u32,
    pub max_retry_wait: Duration,
    pub max_connections: usize,
    pub per_page: u64,
    pub user_agent: String,
    pub proxy: Option<Arc<Proxy>>,
    pub ca_file: Option<CaFile>,
    pub native_ca: bool,
    pub on_thread_start: ThreadHook,
}

/// The authorities to trust.
#[derive(Debug, Clone)]
pub(crate) struct CaFile {
    /// Where it was set: for messages.
    pub origin: &'static str,
    pub path: PathBuf,
    /// The environment's file, which is not the caller's choice, may hold certificates that can't be read.
    pub explicit: bool,
}

impl Settings {
    /// Checks what was set, and takes from the environment what was not.
    pub fn check(self) -> Result<Checked, Error> {
        let (credential_source, credential) = credential(self.api_token, self.api_key)?;
        let (origin, base_url) = match self.base_url {
            Some(url) => ("base_url", url),
            None => env(&["CLOUDFLARE_BASE_URL"])?.unwrap_or_else(|| ("base_url", Secret::new(PUBLIC_BASE_URL))),
        };
        let base_url = base_url.expose();
        let host = checked_host(origin, base_url)?;
        let proxy = Proxy::of(self.proxy, &host)?;
        let ca_file = match self.ca_file {
            // The roots matter to https alone: a stray variable is no reason to refuse a loopback service.
            None if host.https => env(&["SSL_CERT_FILE"])?.map(|(origin, path)| CaFile {
                origin,
                path: path.expose().into(),
                explicit: false,
            }),
            explicit => explicit.map(|path| CaFile { origin: "ca_file", path, explicit: true }),
        };
        if let Some(CaFile { origin, path, .. }) = &ca_file {
            let text = path.to_string_lossy();
            if text.contains("-----BEGIN") || text.contains('\n') {
                // It is not shown: it may be a private key.
                return Err(Error::invalid_argument(format!("{origin}: holds the text of a file, and not its path")));
            }
            limit(origin, path.as_os_str().len())?;
        }
        Ok(Checked {
            credential,
            credential_source,
            base_url_source: if origin == "base_url" {
                origin
            } else {
                "base_url, which came from CLOUDFLARE_BASE_URL"
            },
            base_url: base_url.trim_end_matches('/').to_string(),
            timeout: time("timeout", self.timeout, 60_000)?,
            connect_timeout: time("connect_timeout", self.connect_timeout, 5_000)?,
            deadline: self.deadline.filter(|deadline| !deadline.is_zero()).map(|deadline| deadline.min(LONGEST)),
            max_retries: self.max_retries.unwrap_or(3),
            max_retry_wait: self.max_retry_wait.unwrap_or(Duration::from_secs(60)).min(LONGEST),
            max_connections: count("max_connections", self.max_connections, 4)? as usize,
            per_page: count("per_page", self.per_page, 100)?.into(),
            user_agent: user_agent(self.user_agent)?,
            proxy,
            ca_file,
            native_ca: self.native_ca,
            on_thread_start: self.on_thread_start,
        })
    }
}

/// The credential, and where it came from.
fn credential(token: Option<Secret>, key: Option<(Secret, Secret)>) -> Result<(&'static str, Credential), Error> {
    if let Some(token) = token {
        return Ok(("api_token", Credential::Token(checked_token("api_token", token)?)));
    }
    if let Some((email, key)) = key {
        return Ok(("api_key", key_pair(("api_key: the e-mail", email), ("api_key: the key", key))?));
    }
    if let Some((name, token)) = env(&["CLOUDFLARE_API_TOKEN"])? {
        return Ok((name, Credential::Token(checked_token(name, token)?)));
    }
    match (env(&["CLOUDFLARE_EMAIL"])?, env(&["CLOUDFLARE_API_KEY"])?) {
        (Some((email_name, email)), Some((key_name, key))) => {
            Ok(("CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY", key_pair((email_name, email), (key_name, key))?))
        }
        (None, None) => Err(Error::invalid_argument(NO_CREDENTIAL)),
        (email, _) => {
            let (set, missing) = if email.is_some() {
                ("CLOUDFLARE_EMAIL", "CLOUDFLARE_API_KEY")
            } else {
                ("CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL")
            };
            Err(Error::invalid_argument(format!("{NO_CREDENTIAL}; {set} is set, but {missing} is not")))
        }
    }
}

fn key_pair(email: (&str, Secret), key: (&str, Secret)) -> Result<Credential, Error> {
    Ok(Credential::Key { email: checked_secret(email.0, email.1)?, key: checked_token(key.0, key.1)? })
}

/// A header can carry visible ASCII; anything else in a credential is a slip, such as the line break of the file it was read from.
fn checked_secret(name: &str, secret: Secret) -> Result<Secret, Error> {
    let text = secret.expose();
    let refuse = |problem: &str| Err(Error::invalid_argument(format!("{name}: {problem}")));
    if text.is_empty() {
        return refuse("is empty");
    }
    limit(name, text.len())?;
    if let Some(problem) = edges(text).or_else(|| pasted_wrongly(text)) {
        return refuse(problem);
    }
    if text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
        return refuse("begins with the word Bearer: leave it out");
    }
    match text.bytes().position(|b| !b.is_ascii_graphic()) {
        None => Ok(secret),
        Some(at) => refuse(&format!("holds a blank, a control character or non-ASCII text at byte {at}")),
    }
}

/// A token or a key, which never holds a quote. An e-mail address may.
fn checked_token(name: &str, secret: Secret) -> Result<Secret, Error> {
    let secret = checked_secret(name, secret)?;
    match secret.expose().bytes().position(|b| matches!(b, b'"' | b'\'' | b'`')) {
        None => Ok(secret),
        Some(at) => Err(Error::invalid_argument(format!("{name}: holds a quote at byte {at}"))),
    }
}

/// The host of the base URL.
pub(crate) struct Host {
    pub name: String,
    pub https: bool,
}

fn checked_host(origin: &str, base_url: &str) -> Result<Host, Error> {
    limit(origin, base_url.len())?;
    let refuse = |why: &str| Err(Error::invalid_argument(format!("{origin}: {why}")));
    if let Some(problem) = edges(base_url).filter(|_| !base_url.is_empty()).or_else(|| pasted_wrongly(base_url)) {
        return refuse(problem);
    }
    let Ok(uri) = base_url.parse::<Uri>() else {
        return refuse("is not a URL");
    };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return refuse("is not an absolute URL such as https://api.cloudflare.com/client/v4");
    };
    if authority.as_str().contains('@') {
        return refuse("holds a user name or password");
    }
    if uri.query().is_some() || base_url.contains('#') {
        return refuse("has a query or a fragment");
    }
    let name = authority.host().trim_matches(['[', ']']).to_string();
    if name.is_empty() {
        return refuse("has no host");
    }
    if has_wrong_port(authority) {
        return refuse(WRONG_PORT);
    }
    match scheme {
        "https" => Ok(Host { name, https: true }),
        "http" if is_loopback(&name) => Ok(Host { name, https: false }),
        "http" => refuse("http:// would send the credential in the clear; it is for loopback hosts only"),
        _ => refuse("is neither https:// nor http://"),
    }
}

pub(crate) const WRONG_PORT: &str = "has a port that is not a number from 0 to 65535";

/// Whether a URL has text after its host that is not a port number; ureq would use the default port then.
fn has_wrong_port(authority: &Authority) -> bool {
    let place = authority.as_str().rsplit('@').next();
    authority.port().is_none() && place != Some(authority.host())
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

fn time(name: &str, set: Option<Duration>, default_ms: u64) -> Result<Duration, Error> {
    match set {
        Some(Duration::ZERO) => Err(Error::invalid_argument(format!("{name}: must be more than 0"))),
        set => Ok(set.unwrap_or(Duration::from_millis(default_ms)).min(LONGEST)),
    }
}

fn count(name: &str, set: Option<u32>, default: u32) -> Result<u32, Error> {
    match set {
        Some(0) => Err(Error::invalid_argument(format!("{name}: must be at least 1"))),
        set => Ok(set.unwrap_or(default)),
    }
}

fn user_agent(set: Option<String>) -> Result<String, Error> {
    let text = set.unwrap_or_else(|| concat!("participants/", env!("CARGO_PKG_VERSION")).to_string());
    limit("user_agent", text.len())?;
    match text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) && !text.trim().is_empty() {
        true => Ok(text),
        false => Err(Error::invalid_argument("user_agent: must be visible ASCII text")),
    }
}

pub(crate) fn limit(name: &str, bytes: usize) -> Result<(), Error> {
    match bytes > TEXT_MOST {
        true => Err(Error::invalid_argument(format!("{name}: is longer than {TEXT_MOST} bytes"))),
        false => Ok(()),
    }
}

/// The first of these environment variables that is set, trimmed, and its name. Blank is unset. It may be a credential.
pub(crate) fn env(names: &[&'static str]) -> Result<Option<(&'static str, Secret)>, Error> {
    for name in names {
        let Some(value) = std::env::var_os(name) else {
            continue;
        };
        let Ok(value) = value.into_string().map(Zeroizing::new) else {
            return Err(Error::invalid_argument(format!("{name}: is not UTF-8")));
        };
        if !value.trim().is_empty() {
            return Ok(Some((name, Secret::new(value.trim()))));
        }
    }
    Ok(None)
}
