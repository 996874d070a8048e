//! Whom TLS trusts, and in what words it is told why it trusts somebody not. Only this file and `pem.rs` name rustls.

use std::error::Error as StdError;
use std::time::{Duration, SystemTime};

use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{AlertDescription, CertificateError, Error as TlsError, PeerIncompatible};
#[cfg(all(unix, not(target_os = "macos")))]
use rustls_native_certs::load_certs_from_paths;
use ureq::tls::{Certificate, RootCerts};

use crate::Error;
use crate::error::excerpt;
use crate::http::pem;
use crate::settings::{CaFile, Checked};

/// How many names of a certificate a message repeats.
const NAMES_MOST: usize = 3;

/// Who is trusted, for messages.
#[derive(Debug, Clone)]
pub(crate) struct Trusted {
    file: Option<CaFile>,
    native: bool,
}

/// The authorities that these settings name, where they are not those that ureq brings along.
pub(crate) fn authorities(settings: &Checked) -> Result<(Trusted, Option<RootCerts>), Error> {
    let mut certificates = Vec::new();
    if let Some(file) = &settings.ca_file {
        certificates.extend(of_file(file)?);
    }
    if settings.native_ca {
        certificates.extend(of_system()?);
    }
    let roots: Vec<_> = certificates.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    let trusted = Trusted { file: settings.ca_file.clone(), native: settings.native_ca };
    Ok((trusted, (!roots.is_empty()).then(|| roots.into())))
}

/// The certificates of a file. ureq would drop those that can't be read in silence, and then not trust the services
/// that need them.
fn of_file(file: &CaFile) -> Result<Vec<CertificateDer<'static>>, Error> {
    let refuse = |why: String| Error::invalid_argument(format!("{}: {}: {why}", file.origin, file.path.display()));
    let content = pem::read(&std::fs::read(&file.path).map_err(|e| refuse(e.to_string()).with_source(e))?);
    match content.unreadable {
        Some(why) if file.explicit || content.certificates.is_empty() => Err(refuse(why)),
        _ if content.certificates.is_empty() => Err(refuse(content.none)),
        _ => Ok(content.certificates),
    }
}

fn of_system() -> Result<Vec<CertificateDer<'static>>, Error> {
    let (certificates, failures) = system_s();
    if certificates.is_empty() {
        let why = failures.first().map(|failure| format!(": {failure}")).unwrap_or_default();
        let refusal = format!("native_ca: the operating system has no authorities to trust{why}");
        return Err(Error::invalid_argument(refusal));
    }
    Ok(certificates)
}

type Found = (Vec<CertificateDer<'static>>, Vec<rustls_native_certs::Error>);

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn system_s() -> Found {
    let found = rustls_native_certs::load_native_certs();
    (found.certs, found.errors)
}

/// Files in one of several places. `SSL_CERT_FILE` and `SSL_CERT_DIR` add to the system's folders; in
/// `load_native_certs` they would replace them, and a variable must not undo what the caller set.
#[cfg(all(unix, not(target_os = "macos")))]
fn system_s() -> Found {
    let named = std::env::var_os("SSL_CERT_DIR").unwrap_or_default();
    let mut folders: Vec<std::path::PathBuf> = openssl_probe::candidate_cert_dirs().map(Into::into).collect();
    for folder in std::env::split_paths(&named).filter(|folder| folder.is_dir()) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    let mut folders = folders.iter();
    let file = openssl_probe::probe().cert_file;
    let mut found = load_certs_from_paths(file.as_deref(), folders.next().map(AsRef::as_ref));
    for folder in folders {
        let more = load_certs_from_paths(None, Some(folder));
        found.certs.extend(more.certs);
        found.errors.extend(more.errors);
    }
    (found.certs, found.errors)
}

/// Why there is no safe connection. What the peer says is shortened; the path of the caller's own file is not.
pub(crate) fn explain(error: &(dyn StdError + 'static), trusted: Option<&Trusted>) -> String {
    let why = excerpt(reason(error));
    match (error.downcast_ref(), trusted) {
        (Some(TlsError::InvalidCertificate(CertificateError::UnknownIssuer)), Some(trusted)) => {
            format!("{why}; {}", whom(trusted))
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
            let names: Vec<&str> = presented.iter().map(|name| bare(name)).take(NAMES_MOST).collect();
            let more = if presented.len() > NAMES_MOST { " and others" } else { "" };
            format!("its certificate is for {}{more}", names.join(", "))
        }
        // That of an authority in the place of a service's, by the name that only its Debug form has.
        CertificateError::Other(e) if format!("{:?}", e.0) == "CaUsedAsEndEntity" => {
            "its certificate is an authority's, as those that are signed by themselves often are, and not a service's"
                .into()
        }
        _ => format!("its certificate is not accepted: {error}"),
    }
}

/// Who is trusted, and what settings trust others. A path comes last: it can be long.
fn whom(trusted: &Trusted) -> String {
    const SYSTEM: &str = "the authorities of the operating system";
    let Some(file) = &trusted.file else {
        return match trusted.native {
            true => format!("native_ca trusts {SYSTEM}, and the setting ca_file adds those of a file"),
            false => format!("the setting native_ca trusts {SYSTEM}, and ca_file those of a file"),
        };
    };
    let other = if file.explicit { "" } else { "the setting ca_file names another file; " };
    let file = format!("those of {} {}", file.origin, file.path.display());
    match trusted.native {
        true => format!("{other}trusted are {SYSTEM}, by native_ca, and {file}"),
        false => format!("{other}the setting native_ca adds {SYSTEM} to {file}"),
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
