//! TLS by ureq, and readable reasons for failed handshakes.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error as TlsError, PeerIncompatible};
use ureq::unversioned::transport::{ConnectionDetails, Connector, RustlsConnector, Transport};

use crate::error::excerpt;
use crate::settings::CheckedSettings;

/// How many names of a certificate a message repeats.
const MAX_NAMES: usize = 3;

/// ureq's TLS, configured once and shared by all connections of a client, so that sessions are resumed.
#[derive(Debug, Clone, Default)]
pub(super) struct TlsConnector(Arc<RustlsConnector>);

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = <RustlsConnector as Connector<In>>::Out;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        // ureq would create a TLS configuration for each request with its own timeout, so hide that.
        let shared = ConnectionDetails {
            request_level: false,
            addrs: details.addrs.clone(),
            current_time: Arc::clone(&details.current_time),
            run_connector: Arc::clone(&details.run_connector),
            register_shutdown: Arc::clone(&details.register_shutdown),
            ..*details
        };
        self.0.connect(&shared, chained)
    }
}

/// Why a handshake failed. If the certificate's issuer is not trusted and `settings` are given, it says which root
/// certificates are trusted. The peer's text is truncated; the path of the caller's own file is not.
pub(super) fn explain(error: &(dyn StdError + 'static), settings: Option<&CheckedSettings>) -> String {
    let why = excerpt(reason(error));
    match (error.downcast_ref(), settings) {
        (Some(TlsError::InvalidCertificate(CertificateError::UnknownIssuer)), Some(settings)) => {
            format!("{why}; {}", describe_roots(settings))
        }
        _ => why,
    }
}

fn reason(error: &(dyn StdError + 'static)) -> String {
    match error.downcast_ref::<TlsError>() {
        Some(TlsError::InvalidCertificate(e)) => explain_certificate(e),
        Some(
            TlsError::AlertReceived(AlertDescription::ProtocolVersion)
            | TlsError::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            ),
        ) => "it speaks neither TLS 1.2 nor TLS 1.3".into(),
        Some(TlsError::InvalidMessage(e)) => format!("what it says is not TLS ({e:?})"),
        _ => error.to_string(),
    }
}

fn explain_certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => {
            "its certificate is signed by itself, or by an authority that is not trusted".into()
        }
        CertificateError::BadSignature => "its certificate is not signed by the authority that it names".into(),
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("its certificate expired on {}", date(*not_after))
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("its certificate is not valid before {}", date(*not_before))
        }
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            "its certificate names no host".into()
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<&str> = presented.iter().map(|name| inner_text(name)).take(MAX_NAMES).collect();
            let more = if presented.len() > MAX_NAMES { " and others" } else { "" };
            format!("its certificate is for {}{more}", names.join(", "))
        }
        // The certificate of an authority instead of a service's. Only its Debug form has a name.
        CertificateError::Other(e) if format!("{:?}", e.0) == "CaUsedAsEndEntity" => {
            "its certificate is an authority's, as those that are signed by themselves often are, and not a service's"
                .into()
        }
        _ => format!("its certificate is not accepted: {error}"),
    }
}

/// Which root certificates are trusted, and which settings would trust others. A path comes last: it can be long.
fn describe_roots(settings: &CheckedSettings) -> String {
    const NATIVE: &str = "the authorities of the operating system";
    let Some(file) = &settings.ca_file else {
        return match settings.native_ca {
            true => format!("native_ca trusts {NATIVE}, and the setting ca_file adds those of a file"),
            false => format!("the setting native_ca trusts {NATIVE}, and ca_file those of a file"),
        };
    };
    let other = if file.explicit { "" } else { "the setting ca_file names another file; " };
    let file = format!("those of {} {}", file.source, file.path.display());
    match settings.native_ca {
        true => format!("{other}trusted are {NATIVE}, by native_ca, and {file}"),
        false => format!("{other}the setting native_ca adds {NATIVE} to {file}"),
    }
}

/// The name in a text such as `DnsName("example.com")`.
fn inner_text(name: &str) -> &str {
    name.split_once('(').map_or(name, |(_, rest)| rest.trim_end_matches(')').trim_matches('"'))
}

fn date(time: UnixTime) -> String {
    /// The end of the year 9999, the last one that such a date can have.
    const END: u64 = 253_402_300_800;
    match time.as_secs() {
        seconds @ ..END => httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)),
        _ => "a date after the year 9999".into(),
    }
}
