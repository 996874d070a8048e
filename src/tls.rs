//! Whom TLS trusts, and in what words it is told why it trusts somebody not. The only file that names rustls.

use std::error::Error as StdError;
use std::time::{Duration, SystemTime};

use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{AlertDescription, CertificateError, Error as TlsError, PeerIncompatible, RootCertStore};
use ureq::tls::{PemItem, RootCerts};

use crate::Error;
use crate::settings::CaFile;

/// How many names of a certificate a message repeats.
const NAMES_MOST: usize = 3;

/// The certificates of a PEM file. Those that can't be read ureq would drop in silence: a service that needs them would seem untrustworthy.
pub(crate) fn root_certs(file: &CaFile) -> Result<RootCerts, Error> {
    let refuse = |why: String| Error::invalid_argument(format!("{}: {}: {why}", file.origin, file.path.display()));
    let pem = std::fs::read(&file.path).map_err(|e| refuse(e.to_string()).with_source(e))?;
    let (mut certificates, mut unreadable, mut count) = (Vec::new(), None, 0);
    for item in ureq::tls::parse_pem(&pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => {
                count += 1;
                match RootCertStore::empty().add(CertificateDer::from(certificate.der())) {
                    Ok(()) => certificates.push(certificate),
                    Err(e) => unreadable = unreadable.or(Some(refuse(format!("certificate {count} in it can't be read")).with_source(e))),
                }
            }
            Ok(_) => {}
            Err(e) => return Err(refuse(e.to_string())),
        }
    }
    match unreadable {
        Some(error) if file.explicit || certificates.is_empty() => Err(error),
        _ if certificates.is_empty() => Err(refuse("holds no certificate".into())),
        _ => Ok(certificates.into()),
    }
}

/// Why there is no safe connection.
pub(crate) fn explain(error: &(dyn StdError + 'static)) -> String {
    match error.downcast_ref::<TlsError>() {
        Some(TlsError::InvalidCertificate(e)) => explain_certificate(e),
        Some(
            TlsError::AlertReceived(AlertDescription::ProtocolVersion)
            | TlsError::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13 | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            ),
        ) => "it speaks neither TLS 1.2 nor TLS 1.3".into(),
        Some(TlsError::InvalidMessage(e)) => format!("what it says is not TLS ({e:?})"),
        _ => error.to_string(),
    }
}

fn explain_certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => "its certificate is signed by itself, or by an authority that is not trusted".into(),
        CertificateError::BadSignature => "its certificate is not signed by the authority that it names".into(),
        CertificateError::ExpiredContext { not_after, .. } => format!("its certificate expired on {}", date(*not_after)),
        CertificateError::NotValidYetContext { not_before, .. } => format!("its certificate is not valid before {}", date(*not_before)),
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => "its certificate names no host".into(),
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<&str> = presented.iter().map(|name| bare(name)).take(NAMES_MOST).collect();
            let more = if presented.len() > NAMES_MOST { " and others" } else { "" };
            format!("its certificate is for {}{more}", names.join(", "))
        }
        // That of an authority in the place of a service's, by the name that only its Debug form has.
        CertificateError::Other(e) if format!("{:?}", e.0) == "CaUsedAsEndEntity" => {
            "its certificate is an authority's, as those that are signed by themselves often are, and not a service's".into()
        }
        _ => format!("its certificate is not accepted: {error}"),
    }
}

/// The name in a text like `DnsName("example.com")`.
fn bare(name: &str) -> &str {
    name.split_once('(').map_or(name, |(_, rest)| rest.trim_end_matches(')').trim_matches('"'))
}

fn date(time: UnixTime) -> String {
    /// The end of the year 9999, after which there is no such date.
    const END: u64 = 253_402_300_800;
    match time.as_secs() {
        seconds @ ..END => httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)),
        _ => "a date after the year 9999".into(),
    }
}
