//! Settings, from the caller and from the environment, and their checks.

use std::path::PathBuf;
use std::time::Duration;

use crate::Error;
use crate::environment::{check_length, env};
use crate::http::{BaseUrl, Proxy};
use crate::logger::Logger;
use crate::pasted::{edge_problem, paste_problem};
use crate::secret::{Credential, Secret};
use crate::threads::ThreadHook;

const PUBLIC_BASE_URL: &str = "https://api.cloudflare.com/client/v4";

/// The longest time that is used: longer ones could overflow a clock.
const MAX_TIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);

const MISSING_CREDENTIAL: &str = "api_token: there is no credential: set api_token or CLOUDFLARE_API_TOKEN";

/// The settings as the caller set them; `None` is not set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    pub api_token: Option<Secret>,
    pub api_key: Option<(Secret, Secret)>,
    /// May hold a password; then [`check`](Self::check) refuses it.
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
    pub logger: Logger,
    pub on_thread_start: ThreadHook,
}

/// The settings, checked and parsed, with the environment's values and the defaults.
#[derive(Debug)]
pub(crate) struct CheckedSettings {
    pub credential: Credential,
    /// The setting or the variables that the credential came from, for messages.
    pub credential_source: &'static str,
    pub base_url: BaseUrl,
    /// Where the base URL came from, for messages.
    pub base_url_source: &'static str,
    pub timeout: Duration,
    pub connect_timeout: Duration,
    pub deadline: Option<Duration>,
    pub max_retries: u32,
    pub max_retry_wait: Duration,
    pub max_connections: usize,
    pub per_page: u64,
    pub user_agent: String,
    pub proxy: Option<Proxy>,
    pub ca_file: Option<CaFile>,
    pub native_ca: bool,
    pub on_thread_start: ThreadHook,
}

/// A file with root certificates.
#[derive(Debug)]
pub(crate) struct CaFile {
    /// The setting or the variable that it came from, for messages.
    pub source: &'static str,
    pub path: PathBuf,
    /// The caller chose it. The environment's file, which others chose, may hold certificates that can't be read.
    pub explicit: bool,
}

impl Settings {
    /// Checks the settings, and reads from the environment those that are not set.
    pub fn check(self) -> Result<CheckedSettings, Error> {
        let (credential_source, credential) = credential(self.api_token, self.api_key)?;
        let (source, base_url) = match self.base_url {
            Some(url) => ("base_url", url),
            None => env(&["CLOUDFLARE_BASE_URL"])?.unwrap_or_else(|| ("base_url", Secret::new(PUBLIC_BASE_URL))),
        };
        let base_url = BaseUrl::parse(source, base_url.expose())?;
        let base_url_source = match source {
            "base_url" => source,
            _ => "base_url, which came from CLOUDFLARE_BASE_URL",
        };
        let proxy = Proxy::from_setting_or_env(self.proxy, &base_url)?;
        let ca_file = match self.ca_file {
            Some(path) => Some(CaFile { source: "ca_file", path, explicit: true }),
            // http:// needs no root certificates, so the variable is ignored.
            None if !base_url.is_https() => None,
            None => env(&["SSL_CERT_FILE"])?.map(|(source, path)| {
                let path = path.expose().into();
                CaFile { source, path, explicit: false }
            }),
        };
        if let Some(CaFile { source, path, .. }) = &ca_file {
            let text = path.to_string_lossy();
            if text.contains("-----BEGIN") || text.contains('\n') {
                // The message does not show it: it may be a private key.
                return Err(Error::invalid_argument(format!("{source}: holds the text of a file, and not its path")));
            }
            check_length(source, path.as_os_str().len())?;
        }
        Ok(CheckedSettings {
            credential,
            credential_source,
            base_url,
            base_url_source,
            timeout: time("timeout", self.timeout, 60_000)?,
            connect_timeout: time("connect_timeout", self.connect_timeout, 5_000)?,
            deadline: self.deadline.filter(|deadline| !deadline.is_zero()).map(|deadline| deadline.min(MAX_TIME)),
            max_retries: self.max_retries.unwrap_or(3),
            max_retry_wait: self.max_retry_wait.unwrap_or(Duration::from_secs(60)).min(MAX_TIME),
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

/// Where the credential came from, and the credential.
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
        (None, None) => Err(Error::invalid_argument(MISSING_CREDENTIAL)),
        (email, _) => {
            let (set, missing) = if email.is_some() {
                ("CLOUDFLARE_EMAIL", "CLOUDFLARE_API_KEY")
            } else {
                ("CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL")
            };
            Err(Error::invalid_argument(format!("{MISSING_CREDENTIAL}; {set} is set, but {missing} is not")))
        }
    }
}

fn key_pair(email: (&str, Secret), key: (&str, Secret)) -> Result<Credential, Error> {
    Ok(Credential::Key { email: checked_secret(email.0, email.1)?, key: checked_token(key.0, key.1)? })
}

/// A header can hold visible ASCII. Anything else in a credential is a mistake, such as the line break of the file that
/// it was read from.
fn checked_secret(name: &str, secret: Secret) -> Result<Secret, Error> {
    let text = secret.expose();
    let refuse = |problem: &str| Err(Error::invalid_argument(format!("{name}: {problem}")));
    if text.is_empty() {
        return refuse("is empty");
    }
    check_length(name, text.len())?;
    if let Some(problem) = edge_problem(text).or_else(|| paste_problem(text)) {
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

/// A token or a key never holds a quote. An e-mail address may.
fn checked_token(name: &str, secret: Secret) -> Result<Secret, Error> {
    let secret = checked_secret(name, secret)?;
    match secret.expose().bytes().position(|b| matches!(b, b'"' | b'\'' | b'`')) {
        None => Ok(secret),
        Some(at) => Err(Error::invalid_argument(format!("{name}: holds a quote at byte {at}"))),
    }
}

fn time(name: &str, set: Option<Duration>, default_ms: u64) -> Result<Duration, Error> {
    match set {
        Some(Duration::ZERO) => Err(Error::invalid_argument(format!("{name}: must be more than 0"))),
        set => Ok(set.unwrap_or(Duration::from_millis(default_ms)).min(MAX_TIME)),
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
    check_length("user_agent", text.len())?;
    match text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) && !text.trim().is_empty() {
        true => Ok(text),
        false => Err(Error::invalid_argument("user_agent: must be visible ASCII text")),
    }
}
