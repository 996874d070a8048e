//! Failures of ureq, as errors of this library.

use std::io;
use std::time::Duration;

use ureq::Timeout;

use super::content_coding::DecodeError;
use super::credential::StaleConnection;
use super::head::MAX_HEAD_LENGTH;
use super::response::MAX_BODY_LENGTH;
use super::tls;
use super::tunnel::TunnelError;
use crate::Error;
use crate::error::{excerpt, seconds};
use crate::settings::CheckedSettings;

/// Something that cannot happen, passed through ureq. It becomes an internal [`Error`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Bug(&'static str);

pub(super) fn bug(what: &'static str) -> ureq::Error {
    ureq::Error::Other(Box::new(Bug(what)))
}

/// Why there is no response to a request that was `allowed` this much time.
#[cold]
pub(super) fn request_error(settings: &CheckedSettings, allowed: Duration, error: ureq::Error) -> Error {
    let peer = peer(settings);
    match error {
        ureq::Error::Timeout(Timeout::Connect) => {
            let allowed = seconds(settings.connect_timeout.min(allowed));
            Error::timeout(format!("no connection to {peer} within {allowed}")).with_source(error)
        }
        ureq::Error::Timeout(_) => {
            Error::timeout(format!("no whole answer from {peer} within {}", seconds(allowed))).with_source(error)
        }
        ureq::Error::Protocol(_) => {
            Error::decode(format_args!("no valid HTTP from {peer}: {error}")).with_source(error)
        }
        ureq::Error::LargeResponseHeader(..) => {
            Error::decode(format_args!("a head of more than {} KiB", MAX_HEAD_LENGTH / 1024)).with_source(error)
        }
        ureq::Error::BodyExceedsLimit(_) => body_too_long().with_source(error),
        ureq::Error::Io(e) => match e.kind() {
            io::ErrorKind::UnexpectedEof => cut_short(&peer).with_source(e),
            // TLS reports in this way that it refuses the peer: it will refuse it again.
            io::ErrorKind::InvalidData => {
                let why = e.get_ref().map_or_else(|| excerpt(&e), |e| tls::explain(e, Some(settings)));
                Error::connection(format!("no safe connection to {peer}: {why}")).permanent().with_source(e)
            }
            _ => Error::connection(format!("no answer from {peer}: {e}")).with_source(e),
        },
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) | ureq::Error::TlsRequired => {
            Error::connection(format!("no safe connection to {peer}: {error}")).permanent().with_source(error)
        }
        ureq::Error::Http(_) | ureq::Error::BadUri(_) => Error::internal(&error).with_source(error),
        ureq::Error::Other(e) => match e.downcast::<StaleConnection>().map_err(|e| e.downcast::<TunnelError>()) {
            Ok(e) => Error::connection(format!("no answer from {peer}: {e}")).with_source(*e),
            Err(Ok(e)) => e.into_error(&peer),
            Err(Err(e)) => Error::internal(e),
        },
        _ => Error::connection(format!("no answer from {peer}: {error}")).with_source(error),
    }
}

/// Why the body of a response could not be decoded.
#[cold]
pub(super) fn body_error(settings: &CheckedSettings, error: DecodeError) -> Error {
    match error {
        DecodeError::CutShort => cut_short(&peer(settings)),
        DecodeError::TooLong => body_too_long(),
        DecodeError::InvalidGzip(e) => Error::decode(format_args!("no valid gzip: {e}")).with_source(e),
        DecodeError::UnknownCoding(coding) => Error::unexpected_coding(&coding),
    }
}

fn cut_short(peer: &str) -> Error {
    Error::connection(format!("the answer from {peer} was cut short"))
}

fn body_too_long() -> Error {
    Error::decode(format_args!("more than {} MiB", MAX_BODY_LENGTH / 1024 / 1024))
}

/// The other end of the connection, for messages.
fn peer(settings: &CheckedSettings) -> String {
    let host = settings.base_url.authority();
    match &settings.proxy {
        Some(proxy) => format!("{host} through the proxy {proxy}"),
        None => host.to_string(),
    }
}
