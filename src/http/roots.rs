//! Root certificates: those of a file, of the operating system, or the bundled ones.

use rustls::pki_types::CertificateDer;
#[cfg(all(unix, not(target_os = "macos")))]
use rustls_native_certs::load_certs_from_paths;
use ureq::tls::{Certificate, RootCerts};

use super::pem;
use crate::Error;
use crate::settings::{CaFile, CheckedSettings};

/// The root certificates that these settings name, or else the bundled ones.
pub(super) fn load(settings: &CheckedSettings) -> Result<RootCerts, Error> {
    let mut certificates = Vec::new();
    if let Some(file) = &settings.ca_file {
        certificates.extend(read_file(file)?);
    }
    if settings.native_ca {
        certificates.extend(read_native()?);
    }
    if certificates.is_empty() {
        return Ok(RootCerts::WebPki);
    }
    Ok(certificates.iter().map(|der| Certificate::from_der(der).to_owned()).collect::<Vec<_>>().into())
}

/// ureq would skip certificates that can't be read, and then not trust the services that need them.
fn read_file(file: &CaFile) -> Result<Vec<CertificateDer<'static>>, Error> {
    let refuse = |why: String| Error::invalid_argument(format!("{}: {}: {why}", file.source, file.path.display()));
    let content = pem::read(&std::fs::read(&file.path).map_err(|e| refuse(e.to_string()).with_source(e))?);
    match content.unreadable {
        Some(why) if file.explicit || content.certificates.is_empty() => Err(refuse(why)),
        _ if content.certificates.is_empty() => Err(refuse(content.why_empty)),
        _ => Ok(content.certificates),
    }
}

fn read_native() -> Result<Vec<CertificateDer<'static>>, Error> {
    let (certificates, failures) = find_native();
    if certificates.is_empty() {
        let why = failures.first().map(|failure| format!(": {failure}")).unwrap_or_default();
        let message = format!("native_ca: the operating system has no authorities to trust{why}");
        return Err(Error::invalid_argument(message));
    }
    Ok(certificates)
}

type Native = (Vec<CertificateDer<'static>>, Vec<rustls_native_certs::Error>);

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn find_native() -> Native {
    let found = rustls_native_certs::load_native_certs();
    (found.certs, found.errors)
}

/// The certificates are in files, in one of several places. `SSL_CERT_FILE` and `SSL_CERT_DIR` add to them. With
/// `load_native_certs` they would replace them, and a variable must not undo what the caller set.
#[cfg(all(unix, not(target_os = "macos")))]
fn find_native() -> Native {
    let from_env = std::env::var_os("SSL_CERT_DIR").unwrap_or_default();
    let mut folders: Vec<std::path::PathBuf> = openssl_probe::candidate_cert_dirs().map(Into::into).collect();
    for folder in std::env::split_paths(&from_env).filter(|folder| folder.is_dir()) {
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
