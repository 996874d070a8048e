//! The certificates of a file, as the world's tools write them.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{Error as PemError, PemObject, SectionKind};

/// The names that OpenSSL reads besides `CERTIFICATE`, for the same.
const CERTIFICATE_TOO: [&str; 2] = ["TRUSTED CERTIFICATE", "X509 CERTIFICATE"];

/// Object identifiers in DER: for the services of TLS, for any purpose.
const FOR_SERVERS: [&[u8]; 2] = [b"\x2b\x06\x01\x05\x05\x07\x03\x01", b"\x55\x1d\x25\x00"];

/// What is told of a file whose certificates all have trust settings that exclude services.
const NOT_FOR_SERVERS: &str = "that may vouch for services, by OpenSSL's trust settings in it";

/// What a file holds.
pub(crate) struct Content {
    pub certificates: Vec<CertificateDer<'static>>,
    /// What is wrong with the first certificate that can't be read.
    pub unreadable: Option<String>,
    /// What is wrong with a file that has no certificate.
    pub none: String,
}

pub(crate) fn read(file: &[u8]) -> Content {
    let (pem, other) = plain(&String::from_utf8_lossy(file));
    let mut content = Content { certificates: Vec::new(), unreadable: None, none: "holds no certificate".into() };
    let mut count = 0;
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(pem.as_bytes()) {
        let read = match section {
            Ok((SectionKind::Certificate, der)) => certificate(&der).ok_or("can't be read"),
            Ok(_) => continue,
            Err(PemError::MissingSectionEnd { .. }) => Err("has no END line"),
            Err(PemError::IllegalSectionStart { .. }) => Err("has a BEGIN line that does not end in five hyphens"),
            Err(PemError::Base64Decode(_)) => Err("is not valid base64"),
            Err(_) => Err("can't be read"),
        };
        count += 1;
        match read {
            Ok((certificate, true)) => content.certificates.push(certificate),
            Ok((_, false)) => content.none = format!("holds no certificate {NOT_FOR_SERVERS}"),
            Err(why) => content.unreadable = content.unreadable.or(Some(format!("certificate {count} in it {why}"))),
        }
    }
    if count == 0 {
        content.none += &match (other, file.trim_ascii()) {
            (Some(label), _) => format!(": the first section in it is called {label}"),
            (_, []) => ": it is empty".into(),
            (_, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) => ": it is text in UTF-16, not in UTF-8".into(),
            (_, [0x30, ..]) => {
                // One certificate in DER, which is what a `.cer` of Windows mostly is.
                content.certificates.extend(certificate(file).map(|(certificate, _)| certificate));
                ": it is binary data, neither PEM nor one certificate in DER".into()
            }
            _ => String::new(),
        };
    }
    content
}

/// The text as the parser takes it: no byte order marks, no indentation, one name for certificates, each boundary on a
/// line of its own. Also the name of the first section of another kind.
fn plain(text: &str) -> (String, Option<String>) {
    let (mut plain, mut other) = (String::with_capacity(text.len()), None);
    for line in text.split(['\n', '\r']) {
        let line = line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        // Files that do not end in a line break, one behind the other.
        for line in line.replace("----------BEGIN ", "-----\n-----BEGIN ").lines() {
            match boundary(line) {
                Some((edge, label)) if CERTIFICATE_TOO.contains(&label) => {
                    plain.extend(["-----", edge, " CERTIFICATE-----"]);
                }
                Some(("BEGIN", label)) if label != "CERTIFICATE" => {
                    other = other.or_else(|| is_name(label).then(|| label.to_string()));
                    plain.push_str(line);
                }
                _ => plain.push_str(line),
            }
            plain.push('\n');
        }
    }
    (plain, other)
}

/// `BEGIN` or `END`, and of what.
fn boundary(line: &str) -> Option<(&str, &str)> {
    let (edge, label) = line.strip_prefix("-----")?.strip_suffix("-----")?.split_once(' ')?;
    matches!(edge, "BEGIN" | "END").then_some((edge, label))
}

/// Whether it is fit for a message.
fn is_name(label: &str) -> bool {
    label.len() <= 40 && label.bytes().all(|b| b == b' ' || b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// A certificate, and whether it may vouch for services: OpenSSL can write behind a certificate what it is trusted for.
fn certificate(der: &[u8]) -> Option<(CertificateDer<'static>, bool)> {
    let (_, _, settings) = element(der)?;
    let alone = CertificateDer::from(der.get(..der.len() - settings.len())?);
    RootCertStore::empty().add(alone.clone()).ok()?;
    Some((alone.into_owned(), settings.is_empty() || is_for_servers(settings)?))
}

/// Reads OpenSSL's `X509_CERT_AUX`. It may have a list of purposes, which must name services then, and a list of
/// refused purposes, `[0]`, which must not.
fn is_for_servers(settings: &[u8]) -> Option<bool> {
    let (0x30, mut rest, []) = element(settings)? else { return None };
    let mut allowed = true;
    while !rest.is_empty() {
        let (tag, purposes, more) = element(rest)?;
        match tag {
            0x30 => allowed &= names_servers(purposes)?,
            0xa0 => allowed &= !names_servers(purposes)?,
            _ => {}
        }
        rest = more;
    }
    Some(allowed)
}

fn names_servers(mut purposes: &[u8]) -> Option<bool> {
    let mut named = false;
    while !purposes.is_empty() {
        let (_, purpose, more) = element(purposes)?;
        named |= FOR_SERVERS.contains(&purpose);
        purposes = more;
    }
    Some(named)
}

/// The tag and the content of the first element of DER, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&short, rest) = rest.split_first()?;
    let (length, rest) = match short {
        0..=0x7f => (usize::from(short), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(short & 0x7f))?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}
