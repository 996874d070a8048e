//! The base URL of the API: checked and parsed once, then used for requests and in messages.

use std::fmt;
use std::net::IpAddr;

use ureq::http::Uri;
use ureq::http::uri::{Authority, Scheme};

use crate::Error;
use crate::environment::check_length;
use crate::pasted::{edge_problem, paste_problem};

/// The longest segment of the path that a message shows: a longer one may be the secret of a gateway.
const MAX_SHOWN_SEGMENT: usize = 24;

pub(super) const WRONG_PORT: &str = "has a port that is not a number from 0 to 65535";

/// An `https://` URL, or the `http://` URL of a loopback host, without user name, query and fragment.
#[derive(Debug)]
pub(crate) struct BaseUrl {
    scheme: Scheme,
    authority: Authority,
    /// Without slashes at its end.
    path: String,
}

impl BaseUrl {
    /// Checks and parses a URL, which `source` set: a setting or an environment variable.
    pub fn parse(source: &str, url: &str) -> Result<Self, Error> {
        check_length(source, url.len())?;
        let refuse = |why: &str| Err(Error::invalid_argument(format!("{source}: {why}")));
        if let Some(problem) = edge_problem(url).filter(|_| !url.is_empty()).or_else(|| paste_problem(url)) {
            return refuse(problem);
        }
        let Ok(uri) = url.parse::<Uri>() else {
            return refuse("is not a URL");
        };
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return refuse("is not an absolute URL such as https://api.cloudflare.com/client/v4");
        };
        if authority.as_str().contains('@') {
            return refuse("holds a user name or password");
        }
        if uri.query().is_some() || url.contains('#') {
            return refuse("has a query or a fragment");
        }
        if without_brackets(authority.host()).is_empty() {
            return refuse("has no host");
        }
        if has_wrong_port(authority) {
            return refuse(WRONG_PORT);
        }
        match scheme.as_str() {
            "https" => {}
            "http" if is_loopback(authority.host()) => {}
            "http" => return refuse("http:// would send the credential in the clear; it is for loopback hosts only"),
            _ => return refuse("is neither https:// nor http://"),
        }
        let path = uri.path().trim_end_matches('/').to_string();
        Ok(BaseUrl { scheme: scheme.clone(), authority: authority.clone(), path })
    }

    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// The host, an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        without_brackets(self.authority.host())
    }

    /// The host, and the port if there is one.
    pub fn authority(&self) -> &str {
        self.authority.as_str()
    }

    /// The URL of an endpoint of the API, whose path and query follow the base URL.
    pub fn endpoint(&self, path_and_query: &str) -> Result<Uri, Error> {
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query([&self.path, path_and_query].concat())
            .build()
            .map_err(|e| Error::internal(&e).with_source(e))
    }
}

/// For messages: long segments of the path are left out.
impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |segment| if str::len(segment) > MAX_SHOWN_SEGMENT { "..." } else { segment };
        let path: Vec<&str> = self.path.split('/').map(shown).collect();
        write!(f, "{}://{}{}", self.scheme, self.authority, path.join("/"))
    }
}

/// Whether something other than a port number follows the host: ureq would use the default port then.
fn has_wrong_port(authority: &Authority) -> bool {
    authority.port().is_none() && authority.as_str() != authority.host()
}

pub(super) fn is_loopback(host: &str) -> bool {
    let host = without_brackets(host);
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// The host of a URL, without the brackets of an IPv6 address.
pub(super) fn without_brackets(host: &str) -> &str {
    host.trim_matches(['[', ']'])
}
