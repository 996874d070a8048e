//! Which proxy a host is reached through: the caller's, or the environment's, which is read as curl reads it.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};
use http::Uri;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use crate::Error;
use crate::settings::{Host, Secret, WRONG_PORT, env, is_loopback, limit};

/// A proxy that is asked for tunnels.
#[derive(Debug)]
pub(crate) struct Proxy {
    /// The setting or the variable that names it.
    origin: &'static str,
    /// Its scheme, host and port.
    pub uri: Uri,
    /// What `Proxy-Authorization: Basic` is followed by.
    pub credentials: Option<Secret>,
}

impl Proxy {
    /// The proxy for requests to this host: the caller's, which may be none, else the environment's.
    pub fn of(setting: Option<Secret>, host: &Host) -> Result<Option<Arc<Self>>, Error> {
        let proxy = match setting {
            Some(url) if url.expose().trim().is_empty() => None,
            Some(url) => Some(Proxy::set(url.expose(), host)?),
            None => Proxy::from_env(host)?,
        };
        Ok(proxy.map(Arc::new))
    }

    fn set(url: &str, host: &Host) -> Result<Self, Error> {
        let refuse = |why: String| Error::invalid_argument(format!(r#"proxy: {why}; proxy="" goes without one"#));
        limit("proxy", url.len())?;
        let parts = Parts::of(url).map_err(refuse)?;
        let proxy = parts.proxy("proxy").map_err(refuse)?;
        if !host.https && !is_loopback(&parts.host) {
            let why = "would see the credential in the clear: a service by http:// is reached through a proxy on loopback only";
            return Err(refuse(why.into()));
        }
        Ok(proxy)
    }

    fn from_env(host: &Host) -> Result<Option<Self>, Error> {
        let exceptions = env(&["no_proxy", "NO_PROXY"])?;
        if exceptions.as_ref().is_some_and(|(_, list)| covers(list.expose(), &host.name)) {
            return Ok(None);
        }
        // A web server that runs this program by CGI puts a visitor's `Proxy` header into HTTP_PROXY, which to Windows
        // is http_proxy.
        let by_cgi = std::env::var_os("REQUEST_METHOD").is_some_and(|method| !method.is_empty());
        let names: &[&'static str] = match host.https {
            true => &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
            false if by_cgi && cfg!(windows) => &["all_proxy", "ALL_PROXY"],
            false if by_cgi => &["http_proxy", "all_proxy", "ALL_PROXY"],
            false => &["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
        };
        let Some((origin, url)) = env(names)? else {
            return Ok(None);
        };
        let refuse = |why: String| {
            let (name, list) = (&host.name, exceptions.as_ref().map_or("NO_PROXY", |(list, _)| list));
            Error::invalid_argument(format!(
                r#"{origin}: {why}; proxy="" goes without one, and so does {name} in {list}"#
            ))
        };
        limit(origin, url.expose().len())?;
        let parts = Parts::of(url.expose()).map_err(refuse)?;
        // A proxy elsewhere can't reach this machine's loopback, and must not see what is sent there in the clear.
        if is_loopback(&host.name) && !is_loopback(&parts.host) {
            return Ok(None);
        }
        parts.proxy(origin).map_err(refuse).map(Some)
    }
}

/// For messages: where it is, and which variable says so.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.authority().map_or(Ok(()), |place| f.write_str(place.as_str()))?;
        match self.origin {
            "proxy" => Ok(()),
            variable => write!(f, " ({variable})"),
        }
    }
}

const NO_URL: &str = "is not the URL of a proxy";

/// The parts of a proxy's URL.
struct Parts<'a> {
    scheme: String,
    user_info: Option<&'a str>,
    host: String,
    port: Option<u16>,
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Result<Self, String> {
        let (scheme, rest) = match url.split_once(":/") {
            Some((scheme, rest)) if is_scheme(scheme) => (scheme, rest.trim_start_matches('/')),
            _ => ("http", url),
        };
        // A path means nothing here, but one with an @ is the end of a password: its beginning must not be taken for a
        // host, which would be asked for, and be shown.
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
        let host_is_one = match literal {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
        };
        if !host_is_one {
            return Err(NO_URL.into());
        }
        let port = match port.strip_prefix(':') {
            None if !port.is_empty() => return Err(NO_URL.into()),
            None | Some("") => None,
            // `parse` takes a plus sign.
            Some(digits) if digits.starts_with('+') => return Err(WRONG_PORT.into()),
            Some(digits) => Some(digits.parse().map_err(|_| WRONG_PORT.to_string())?),
        };
        Ok(Parts { scheme: scheme.to_ascii_lowercase(), user_info, host: host.to_string(), port })
    }

    fn proxy(&self, origin: &'static str) -> Result<Proxy, String> {
        let default_port = match self.scheme.as_str() {
            // As curl has it.
            "http" => 1080,
            "https" => 443,
            kind @ ("socks" | "socks4" | "socks4a" | "socks5" | "socks5h") => {
                return Err(format!(
                    "is a SOCKS proxy ({kind}://), and only http:// and https:// proxies are supported"
                ));
            }
            _ => return Err("is of another kind than the http:// and https:// proxies that are supported".into()),
        };
        let authority = format!("{}:{}", self.host, self.port.unwrap_or(default_port));
        let uri = Uri::builder().scheme(self.scheme.as_str()).authority(authority).path_and_query("/").build();
        let credentials = self.user_info.map(credentials).transpose()?;
        Ok(Proxy { origin, uri: uri.map_err(|_| NO_URL.to_string())?, credentials })
    }
}

fn is_scheme(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// A user name and a password, as Basic authentication sends them.
fn credentials(user_info: &str) -> Result<Secret, String> {
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    // Its length is known: a text that grows leaves copies behind.
    let mut pair = Zeroizing::new(Vec::with_capacity(user_info.len() + 1));
    pair.extend(percent_decode_str(user));
    pair.push(b':');
    pair.extend(percent_decode_str(password));
    match pair.iter().any(u8::is_ascii_control) || user_info.contains(' ') {
        true => Err("has a blank or a control character in its user name or password".into()),
        false => Ok(Secret::new(&Zeroizing::new(BASE64_STANDARD.encode(&*pair)))),
    }
}

/// Whether this value of `NO_PROXY` covers a host.
fn covers(list: &str, host: &str) -> bool {
    // An asterisk means everything only where it is alone.
    list == "*" || list.split([',', ' ', '\t']).any(|entry| covers_host(entry, host))
}

fn covers_host(entry: &str, host: &str) -> bool {
    if let Ok(address) = host.parse::<IpAddr>() {
        return covers_address(entry, address).unwrap_or(false);
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    let entry = entry.strip_suffix('.').unwrap_or(entry);
    let entry = entry.strip_prefix('.').unwrap_or(entry);
    let parts = host.len().checked_sub(entry.len()).and_then(|at| host.split_at_checked(at));
    parts.is_some_and(|(before, end)| {
        !end.is_empty() && end.eq_ignore_ascii_case(entry) && (before.is_empty() || before.ends_with('.'))
    })
}

/// An entry for addresses is one, or a network such as `10.0.0.0/8`. A length of 0 is none, to curl.
fn covers_address(entry: &str, address: IpAddr) -> Option<bool> {
    let (network, length) = match entry.split_once('/') {
        Some((network, length)) => (network, length.parse::<u32>().ok()?),
        None => (entry, 0),
    };
    let network = match network.strip_prefix('[').and_then(|network| network.strip_suffix(']')) {
        Some(literal) => IpAddr::V6(literal.parse().ok()?),
        None => network.parse().ok()?,
    };
    let (difference, all) = match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => (u128::from(address.to_bits() ^ network.to_bits()), 32),
        (IpAddr::V6(address), IpAddr::V6(network)) => (address.to_bits() ^ network.to_bits(), 128),
        _ => return None,
    };
    let length = if length == 0 { all } else { length };
    Some(difference.checked_shr(all.checked_sub(length)?)? == 0)
}
