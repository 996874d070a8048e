//! The certificates of a PEM file, in the variants that common tools write.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{Error as PemError, PemObject, SectionKind};

/// OpenSSL's other names for `CERTIFICATE`.
const OTHER_CERTIFICATE_LABELS: [&str; 2] = ["TRUSTED CERTIFICATE", "X509 CERTIFICATE"];

/// Object identifiers in DER: TLS servers, and any purpose.
const SERVER_PURPOSES: [&[u8]; 2] = [b"\x2b\x06\x01\x05\x05\x07\x03\x01", b"\x55\x1d\x25\x00"];

/// The longest label of a PEM section that a message shows.
const MAX_LABEL_LENGTH: usize = 40;

pub(super) struct PemFile {
    pub certificates: Vec<CertificateDer<'static>>,
    /// What is wrong with the first certificate that can't be read.
    pub unreadable: Option<String>,
    /// What is wrong with the file if it has no certificate.
    pub why_empty: String,
}

pub(super) fn read(bytes: &[u8]) -> PemFile {
    let (pem, other_label) = normalize(&String::from_utf8_lossy(bytes));
    let mut file = PemFile { certificates: Vec::new(), unreadable: None, why_empty: "holds no certificate".into() };
    let mut count = 0;
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(pem.as_bytes()) {
        let certificate = match section {
            Ok((SectionKind::Certificate, der)) => parse_certificate(&der).ok_or("can't be read"),
            Ok(_) => continue,
            Err(PemError::MissingSectionEnd { .. }) => Err("has no END line"),
            Err(PemError::IllegalSectionStart { .. }) => Err("has a BEGIN line that does not end in five hyphens"),
            Err(PemError::Base64Decode(_)) => Err("is not valid base64"),
            Err(_) => Err("can't be read"),
        };
        count += 1;
        match certificate {
            Ok((certificate, true)) => file.certificates.push(certificate),
            Ok((_, false)) => {
                file.why_empty =
                    "holds no certificate that may vouch for services, by OpenSSL's trust settings in it".into();
            }
            Err(why) => file.unreadable = file.unreadable.or(Some(format!("certificate {count} in it {why}"))),
        }
    }
    if count == 0 {
        file.why_empty += &match (other_label, bytes.trim_ascii()) {
            (Some(label), _) => format!(": the first section in it is called {label}"),
            (_, []) => ": it is empty".into(),
            (_, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) => ": it is text in UTF-16, not in UTF-8".into(),
            (_, [0x30, ..]) => {
                // One certificate in DER, as a `.cer` file of Windows mostly is.
                file.certificates.extend(parse_certificate(bytes).map(|(certificate, _)| certificate));
                ": it is binary data, neither PEM nor one certificate in DER".into()
            }
            _ => String::new(),
        };
    }
    file
}

/// Rewrites a text for the parser: without byte order marks and indentation, with one label for certificates, and with
/// each boundary on its own line. Also returns the label of the first section other than a certificate.
fn normalize(text: &str) -> (String, Option<String>) {
    let (mut normalized, mut other_label) = (String::with_capacity(text.len()), None);
    for line in text.split(['\n', '\r']) {
        let line = line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        // Files that were concatenated without a line break between them.
        for line in line.replace("----------BEGIN ", "-----\n-----BEGIN ").lines() {
            match parse_boundary(line) {
                Some((edge, label)) if OTHER_CERTIFICATE_LABELS.contains(&label) => {
                    normalized.extend(["-----", edge, " CERTIFICATE-----"]);
                }
                Some(("BEGIN", label)) if label != "CERTIFICATE" => {
                    other_label = other_label.or_else(|| is_printable_label(label).then(|| label.to_string()));
                    normalized.push_str(line);
                }
                _ => normalized.push_str(line),
            }
            normalized.push('\n');
        }
    }
    (normalized, other_label)
}

/// `BEGIN` or `END`, and the label.
fn parse_boundary(line: &str) -> Option<(&str, &str)> {
    let (edge, label) = line.strip_prefix("-----")?.strip_suffix("-----")?.split_once(' ')?;
    matches!(edge, "BEGIN" | "END").then_some((edge, label))
}

fn is_printable_label(label: &str) -> bool {
    label.len() <= MAX_LABEL_LENGTH && label.bytes().all(|b| b == b' ' || b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// A certificate, and whether it may vouch for servers: OpenSSL can append what a certificate is trusted for.
fn parse_certificate(der: &[u8]) -> Option<(CertificateDer<'static>, bool)> {
    let (_, _, trust_settings) = parse_element(der)?;
    let certificate = CertificateDer::from(der.get(..der.len() - trust_settings.len())?);
    RootCertStore::empty().add(certificate.clone()).ok()?;
    let for_servers = trust_settings.is_empty() || is_trusted_for_servers(trust_settings)?;
    Some((certificate.into_owned(), for_servers))
}

/// Reads OpenSSL's `X509_CERT_AUX`: a list of purposes, which if present must include servers, and a list of rejected
/// purposes, `[0]`, which must not.
fn is_trusted_for_servers(trust_settings: &[u8]) -> Option<bool> {
    let (0x30, mut rest, []) = parse_element(trust_settings)? else { return None };
    let mut trusted = true;
    while !rest.is_empty() {
        let (tag, purposes, more) = parse_element(rest)?;
        match tag {
            0x30 => trusted &= include_servers(purposes)?,
            0xa0 => trusted &= !include_servers(purposes)?,
            _ => {}
        }
        rest = more;
    }
    Some(trusted)
}

fn include_servers(mut purposes: &[u8]) -> Option<bool> {
    let mut included = false;
    while !purposes.is_empty() {
        let (_, purpose, more) = parse_element(purposes)?;
        included |= SERVER_PURPOSES.contains(&purpose);
        purposes = more;
    }
    Some(included)
}

/// The tag and the content of the first element of DER, and what follows the element.
fn parse_element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}
