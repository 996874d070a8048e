//! TLS 1.3 in front of the service, with a certificate as long as a public service's: its own, an intermediate
//! authority's, and the authority that clients trust.

use std::io;
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Makes an authority, and a certificate of it for 127.0.0.1. Writes the authority's certificate as PEM.
pub fn config(ca_file: &Path) -> Arc<ServerConfig> {
    let keys: Vec<KeyPair> = (0..3).map(|_| KeyPair::generate().expect("a key")).collect();
    let [authority_key, intermediate_key, key] = <[KeyPair; 3]>::try_from(keys).expect("three");
    let authority = of_authority("Benchmark Root");
    let intermediate = of_authority("Benchmark Intermediate");
    let authority_pem = authority.self_signed(&authority_key).expect("a certificate").pem();
    std::fs::write(ca_file, authority_pem).expect("the file of the authority");
    let authority = Issuer::new(authority, authority_key);
    let intermediate_certificate = intermediate.signed_by(&intermediate_key, &authority).expect("a certificate");
    let intermediate = Issuer::new(intermediate, intermediate_key);
    let own = CertificateParams::new(["127.0.0.1".to_string()]).expect("names");
    let own = own.signed_by(&key, &intermediate).expect("a certificate");

    let chain = vec![own.der().clone(), intermediate_certificate.der().clone()];
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let builder = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = builder.with_protocol_versions(&[&rustls::version::TLS13]).expect("TLS 1.3").with_no_client_auth();
    Arc::new(builder.with_single_cert(chain, key).expect("a key that belongs to the certificate"))
}

fn of_authority(name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters
}

/// The handshake. What the service sends in it is late by `latency`.
pub fn accept(
    mut connection: TcpStream,
    config: &Arc<ServerConfig>,
    latency: Duration,
) -> io::Result<StreamOwned<ServerConnection, TcpStream>> {
    let mut session = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
    while session.is_handshaking() {
        if session.read_tls(&mut connection)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        session.process_new_packets().map_err(io::Error::other)?;
        // Session tickets, which come after the handshake, go with the first response.
        if session.is_handshaking() && session.wants_write() {
            thread::sleep(latency);
            while session.wants_write() {
                session.write_tls(&mut connection)?;
            }
        }
    }
    Ok(StreamOwned::new(session, connection))
}
