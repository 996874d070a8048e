//! Certificates: one in a file, which signs itself, and those that tests make.

use std::path::PathBuf;
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};
use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate for 127.0.0.1 and localhost, which signs itself.
pub fn certificate() -> PathBuf {
    file("certificate.pem")
}

/// Its private key: a PEM file without a certificate.
pub fn key() -> PathBuf {
    file("key.pem")
}

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "src", "certificates", name].iter().collect()
}

/// A section of a PEM file.
pub fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let mut lines = String::new();
    for (i, c) in text.chars().enumerate() {
        if i % 64 == 0 && i > 0 {
            lines.push('\n');
        }
        lines.push(c);
    }
    format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
}

/// A server's certificate, with those between it and an authority, and its private key.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    fn new(chain: &[&Certificate], key: &KeyPair) -> Self {
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        Identity { chain: chain.iter().map(|certificate| certificate.der().clone()).collect(), key }
    }

    /// That of the files [`certificate`] and [`key`].
    pub fn from_files() -> Self {
        let certificate = CertificateDer::from_pem_file(certificate()).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(key()).expect("a key");
        Identity { chain: vec![certificate], key }
    }

    /// A certificate that signs itself, of an authority or of a server, and its PEM.
    pub fn self_signed(authority: bool) -> (Self, String) {
        let mut parameters = for_loopback();
        if authority {
            parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.self_signed(&key).expect("a certificate");
        (Identity::new(&[&certificate], &key), certificate.pem())
    }

    pub fn config(self) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.expect("protocol versions").with_no_client_auth();
        builder.with_single_cert(self.chain, self.key).expect("a key that belongs to the certificate")
    }
}

/// The parameters of a certificate for 127.0.0.1 and localhost.
pub fn for_loopback() -> CertificateParams {
    CertificateParams::new(["127.0.0.1".to_string(), "localhost".to_string()]).expect("names")
}

/// A certificate authority.
pub struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.self_signed(&key).expect("a certificate");
        Authority { certificate, issuer: Issuer::new(parameters, key) }
    }

    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    pub fn der(&self) -> &[u8] {
        self.certificate.der()
    }

    /// Its certificate as OpenSSL's `x509 -trustout` writes it, with these trust settings in DER behind it.
    pub fn trusted_pem(&self, settings: &[u8]) -> String {
        pem("TRUSTED CERTIFICATE", &[self.der(), settings].concat())
    }

    /// A server's certificate.
    pub fn issue(&self, parameters: &CertificateParams) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.signed_by(&key, &self.issuer).expect("a certificate");
        Identity::new(&[&certificate], &key)
    }

    /// A server's certificate, signed by an intermediate authority.
    pub fn issue_by_intermediate(&self, parameters: &CertificateParams) -> Identity {
        let mut intermediate = CertificateParams::default();
        intermediate.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        intermediate.distinguished_name.push(DnType::CommonName, "intermediate");
        let intermediate_key = KeyPair::generate().expect("a key");
        let intermediate_certificate = intermediate.signed_by(&intermediate_key, &self.issuer).expect("a certificate");
        let key = KeyPair::generate().expect("a key");
        let certificate =
            parameters.signed_by(&key, &Issuer::new(intermediate, intermediate_key)).expect("a certificate");
        Identity::new(&[&certificate, &intermediate_certificate], &key)
    }
}
