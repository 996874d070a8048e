//! The proxy: the caller's, or the environment's, which is read as curl reads it.

use std::fmt;
use std::net::Ipv6Addr;

use base64::prelude::{BASE64_STANDARD, Engine};
use percent_encoding::percent_decode_str;
use ureq::http::Uri;
use zeroize::Zeroizing;

use super::base_url::{BaseUrl, WRONG_PORT, is_loopback};
use super::no_proxy;
use crate::Error;
use crate::environment::{check_length, env};
use crate::secret::Secret;

/// curl's default port of an `http://` proxy.
const DEFAULT_HTTP_PORT: u16 = 1080;
const DEFAULT_HTTPS_PORT: u16 = 443;

const NOT_A_PROXY_URL: &str = "is not the URL of a proxy";

/// A proxy, used through CONNECT.
#[derive(Debug)]
pub(crate) struct Proxy {
    /// The setting or the environment variable that it came from.
    source: &'static str,
    /// Its host and port.
    authority: String,
    /// Scheme, host and port, without user name and password.
    pub uri: Uri,
    /// The value of `Proxy-Authorization`, without the prefix `Basic`.
    pub credentials: Option<Secret>,
}

impl Proxy {
    /// The proxy for requests to `base_url`: the one that the caller set, or else the environment's. A blank setting
    /// means none.
    pub fn from_setting_or_env(setting: Option<Secret>, base_url: &BaseUrl) -> Result<Option<Self>, Error> {
        match setting {
            Some(url) if url.expose().trim().is_empty() => Ok(None),
            Some(url) => Proxy::from_setting(url.expose(), base_url).map(Some),
            None => Proxy::from_env(base_url),
        }
    }

    fn from_setting(url: &str, base_url: &BaseUrl) -> Result<Self, Error> {
        let refuse = |why: String| Error::invalid_argument(format!(r#"proxy: {why}; proxy="" goes without one"#));
        check_length("proxy", url.len())?;
        let url = ProxyUrl::parse(url).map_err(refuse)?;
        let proxy = url.to_proxy("proxy").map_err(refuse)?;
        if !base_url.is_https() && !is_loopback(&url.host) {
            let why = "would see the credential in the clear: a service by http:// is reached through a proxy on \
                       loopback only";
            return Err(refuse(why.into()));
        }
        Ok(proxy)
    }

    fn from_env(base_url: &BaseUrl) -> Result<Option<Self>, Error> {
        let host = base_url.host();
        let exceptions = env(&["no_proxy", "NO_PROXY"])?;
        if exceptions.as_ref().is_some_and(|(_, list)| no_proxy::covers(list.expose(), host)) {
            return Ok(None);
        }
        // A web server that runs this program by CGI puts a visitor's `Proxy` header into HTTP_PROXY.
        let by_cgi = std::env::var_os("REQUEST_METHOD").is_some_and(|method| !method.is_empty());
        let variables: &[&'static str] = match base_url.is_https() {
            true => &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
            false if by_cgi => &["http_proxy", "all_proxy", "ALL_PROXY"],
            false => &["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
        };
        let Some((variable, url)) = env(variables)? else {
            return Ok(None);
        };
        let refuse = |why: String| {
            let list = exceptions.as_ref().map_or("NO_PROXY", |(variable, _)| variable);
            Error::invalid_argument(format!(
                r#"{variable}: {why}; proxy="" goes without one, and so does {host} in {list}"#
            ))
        };
        check_length(variable, url.expose().len())?;
        let url = ProxyUrl::parse(url.expose()).map_err(refuse)?;
        // A proxy on another machine can't reach this one's loopback, and must not see what is sent there in the clear.
        if is_loopback(host) && !is_loopback(&url.host) {
            return Ok(None);
        }
        url.to_proxy(variable).map_err(refuse).map(Some)
    }
}

/// For messages: where the proxy is, and which environment variable says so.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.authority)?;
        match self.source {
            "proxy" => Ok(()),
            variable => write!(f, " ({variable})"),
        }
    }
}

/// The parts of a proxy's URL.
struct ProxyUrl<'a> {
    scheme: String,
    user_info: Option<&'a str>,
    host: String,
    port: Option<u16>,
}

impl<'a> ProxyUrl<'a> {
    fn parse(url: &'a str) -> Result<Self, String> {
        let (scheme, rest) = match url.split_once(":/") {
            Some((scheme, rest)) if is_scheme(scheme) => (scheme, rest.trim_start_matches('/')),
            _ => ("http", url),
        };
        // The path of a proxy is ignored. But an @ in it is the end of a password with a slash: what precedes the slash
        // must not be taken for a host, which would be connected to and shown.
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if path.contains('@') {
            return Err("has a /, ? or # before its @: in a user name or a password they are %2F, %3F and %23".into());
        }
        let (user_info, place) = match authority.split_once('@') {
            Some((user_info, place)) => (Some(user_info), place),
            None => (None, authority),
        };
        if place.contains('@') {
            return Err("has more than one @: in a user name or a password it is %40".into());
        }
        let (host, port) = match place.find(']') {
            Some(end) => place.split_at(end + 1),
            None => place.split_at(place.find(':').unwrap_or(place.len())),
        };
        let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_valid_host = match literal {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
        };
        if !is_valid_host {
            return Err(NOT_A_PROXY_URL.into());
        }
        let port = match port.strip_prefix(':') {
            None if !port.is_empty() => return Err(NOT_A_PROXY_URL.into()),
            None | Some("") => None,
            // `parse` accepts a plus sign.
            Some(digits) if digits.starts_with('+') => return Err(WRONG_PORT.into()),
            Some(digits) => Some(digits.parse().map_err(|_| WRONG_PORT.to_string())?),
        };
        Ok(ProxyUrl { scheme: scheme.to_ascii_lowercase(), user_info, host: host.to_string(), port })
    }

    fn to_proxy(&self, source: &'static str) -> Result<Proxy, String> {
        let default_port = match self.scheme.as_str() {
            "http" => DEFAULT_HTTP_PORT,
            "https" => DEFAULT_HTTPS_PORT,
            kind @ ("socks" | "socks4" | "socks4a" | "socks5" | "socks5h") => {
                return Err(format!(
                    "is a SOCKS proxy ({kind}://), and only http:// and https:// proxies are supported"
                ));
            }
            _ => return Err("is of another kind than the http:// and https:// proxies that are supported".into()),
        };
        let authority = format!("{}:{}", self.host, self.port.unwrap_or(default_port));
        let uri = Uri::builder().scheme(self.scheme.as_str()).authority(authority.as_str()).path_and_query("/").build();
        let credentials = self.user_info.map(basic_credentials).transpose()?;
        Ok(Proxy { source, authority, uri: uri.map_err(|_| NOT_A_PROXY_URL.to_string())?, credentials })
    }
}

fn is_scheme(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// The user name and password of a URL, encoded for Basic authentication.
fn basic_credentials(user_info: &str) -> Result<Secret, String> {
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    // All of it is reserved at once: a vector that grows leaves copies in memory.
    let mut pair = Zeroizing::new(Vec::with_capacity(user_info.len() + 1));
    pair.extend(percent_decode_str(user));
    pair.push(b':');
    pair.extend(percent_decode_str(password));
    match pair.iter().any(u8::is_ascii_control) || user_info.contains(' ') {
        true => Err("has a blank or a control character in its user name or password".into()),
        false => Ok(Secret::new(&Zeroizing::new(BASE64_STANDARD.encode(&*pair)))),
    }
}
