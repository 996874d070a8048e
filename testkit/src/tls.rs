//! A service on loopback that speaks TLS: with the certificate in the folder `tls`, made for 127.0.0.1 and localhost, which signs itself, or with
//! one that a test makes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{HandshakeKind, ServerConfig, ServerConnection, StreamOwned};

/// Answers every request alike, and notes their lines and headers.
pub struct TlsService {
    address: SocketAddr,
    connections: Arc<Mutex<Vec<Vec<String>>>>,
    hang_up: Arc<AtomicBool>,
    resumed: Arc<AtomicUsize>,
}

impl TlsService {
    /// `host` is an address of this machine's loopback.
    pub fn start(host: &str, body: String) -> Self {
        let certificate = CertificateDer::from_pem_file(certificate()).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(key()).expect("a key");
        TlsService::start_as(Identity { chain: vec![certificate], key }, host, body)
    }

    /// A service that shows this certificate.
    pub fn start_as(identity: Identity, host: &str, body: String) -> Self {
        let listener = TcpListener::bind((host, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let connections = Arc::new(Mutex::new(Vec::new()));
        let hang_up = Arc::new(AtomicBool::new(false));
        let resumed = Arc::new(AtomicUsize::new(0));
        let (noted, over, resumptions) = (Arc::clone(&connections), Arc::clone(&hang_up), Arc::clone(&resumed));
        let config = Arc::new(config(identity));
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                noted.lock().expect("no panic").push(Vec::new());
                let mut connection = ServerConnection::new(Arc::clone(&config)).expect("a good configuration");
                let mut stream = stream.expect("a connection");
                let (noted, over, resumptions, body) =
                    (Arc::clone(&noted), Arc::clone(&over), Arc::clone(&resumptions), body.clone());
                std::thread::spawn(move || {
                    // A handshake that fails shows when something is to be read.
                    let _ = connection.complete_io(&mut stream);
                    let is_resumed = connection.handshake_kind() == Some(HandshakeKind::Resumed);
                    resumptions.fetch_add(usize::from(is_resumed), Ordering::SeqCst);
                    let stream = StreamOwned::new(connection, stream);
                    serve(stream, &body, &over, |line| noted.lock().expect("no panic")[number].push(line));
                });
            }
        });
        TlsService { address, connections, hang_up, resumed }
    }

    /// The next request is answered by the end of its connection.
    pub fn hang_up_over_the_next_request(&self) {
        self.hang_up.store(true, Ordering::SeqCst);
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections went on with the session of an earlier one.
    pub fn resumed(&self) -> usize {
        self.resumed.load(Ordering::SeqCst)
    }

    /// The lines that came, by connection.
    pub fn connections(&self) -> Vec<Vec<String>> {
        self.connections.lock().expect("no panic").clone()
    }
}

/// The certificate, for whoever is to trust this service.
pub fn certificate() -> PathBuf {
    file("certificate.pem")
}

/// A section of a PEM file.
pub fn pem(label: &str, der: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = der.chunks(3).flat_map(|bytes| {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | u32::from(bytes.get(at).copied().unwrap_or_default()));
        let digit = move |at: usize| DIGITS[(bits >> (18 - 6 * at)) as usize & 63].into();
        (0..4).map(move |at| if at > bytes.len() { '=' } else { digit(at) }).collect::<Vec<char>>()
    });
    let digits: Vec<char> = digits.collect();
    let lines: String = digits.chunks(64).map(|line| line.iter().collect::<String>() + "\n").collect();
    format!("-----BEGIN {label}-----\n{lines}-----END {label}-----\n")
}

/// A PEM file without a certificate.
pub fn key() -> PathBuf {
    file("key.pem")
}

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "src", "tls", name].iter().collect()
}

fn config(identity: Identity) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("protocol versions");
    builder.with_no_client_auth().with_single_cert(identity.chain, identity.key).expect("they belong together")
}

/// What a service shows of itself.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    fn new(chain: &[&Certificate], key: &KeyPair) -> Self {
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        Identity { chain: chain.iter().map(|certificate| certificate.der().clone()).collect(), key }
    }

    /// A certificate that signs itself, of an authority or of a service, and its PEM.
    pub fn signed_by_itself(authority: bool) -> (Self, String) {
        let mut parameters = for_loopback();
        if authority {
            parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.self_signed(&key).expect("a certificate");
        (Identity::new(&[&certificate], &key), certificate.pem())
    }
}

/// A certificate for 127.0.0.1 and localhost, as it is to be.
pub fn for_loopback() -> CertificateParams {
    CertificateParams::new(["127.0.0.1".to_string(), "localhost".to_string()]).expect("names")
}

/// One that vouches for services.
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

    /// A service's certificate.
    pub fn vouches_for(&self, parameters: &CertificateParams) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.signed_by(&key, &self.issuer).expect("a certificate");
        Identity::new(&[&certificate], &key)
    }

    /// A service's certificate that another authority signed, for which this one vouches.
    pub fn vouches_by_another_for(&self, parameters: &CertificateParams) -> Identity {
        let mut between = CertificateParams::default();
        between.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        between.distinguished_name.push(DnType::CommonName, "between");
        let between_key = KeyPair::generate().expect("a key");
        let between_certificate = between.signed_by(&between_key, &self.issuer).expect("a certificate");
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.signed_by(&key, &Issuer::new(between, between_key)).expect("a certificate");
        Identity::new(&[&certificate, &between_certificate], &key)
    }
}

/// Until the other side has had enough.
fn serve(stream: impl Read + Write, body: &str, over: &AtomicBool, mut note: impl FnMut(String)) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while stream.read_line(&mut line).is_ok_and(|length| length > 0) {
        let content = line.trim_end().to_string();
        line.clear();
        if content.is_empty() && over.swap(false, Ordering::SeqCst) {
            return;
        } else if content.is_empty() {
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            if stream.get_mut().write_all(answer.as_bytes()).and_then(|()| stream.get_mut().flush()).is_err() {
                return;
            }
        } else {
            note(content);
        }
    }
}

/// A proxy that opens the tunnels it is asked for.
pub fn tunnel() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.expect("a connection");
            let mut head = BufReader::new(client.try_clone().expect("a second handle")).lines().map_while(Result::ok);
            let target = head.next().and_then(|line| line.split(' ').nth(1).map(str::to_string)).expect("CONNECT");
            head.by_ref().take_while(|line| !line.is_empty()).for_each(drop);
            let service = TcpStream::connect(target).expect("the service");
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").expect("a client that waits");
            for (mut from, mut to) in
                [(&client, &service), (&service, &client)].map(|(a, b)| (a.try_clone(), b.try_clone())).map(both)
            {
                std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            }
        }
    });
    address
}

fn both((a, b): (std::io::Result<TcpStream>, std::io::Result<TcpStream>)) -> (TcpStream, TcpStream) {
    (a.expect("a second handle"), b.expect("a second handle"))
}

/// A proxy that speaks TLS, and opens the tunnels it is asked for.
pub struct TlsProxy {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl TlsProxy {
    pub fn start() -> Self {
        let certificate = CertificateDer::from_pem_file(certificate()).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(key()).expect("a key");
        let config = Arc::new(config(Identity { chain: vec![certificate], key }));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&heard);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let connection = ServerConnection::new(Arc::clone(&config)).expect("a good configuration");
                let stream = StreamOwned::new(connection, client.expect("a connection"));
                let noted = Arc::clone(&noted);
                // Without a client that trusts it, there is nothing to do.
                std::thread::spawn(move || {
                    relay(stream, |bytes| noted.lock().expect("no panic").extend_from_slice(bytes))
                });
            }
        });
        TlsProxy { address, heard }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What clients said inside TLS so far.
    pub fn heard(&self) -> Vec<u8> {
        self.heard.lock().expect("no panic").clone()
    }
}

fn relay(mut client: StreamOwned<ServerConnection, TcpStream>, mut note: impl FnMut(&[u8])) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    note(&head);
    let target = String::from_utf8_lossy(&head).split(' ').nth(1).expect("CONNECT").to_string();
    let mut service = TcpStream::connect(target)?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    // One thread has both: it looks at each in turn.
    let turn = Some(std::time::Duration::from_millis(10));
    client.sock.set_read_timeout(turn)?;
    service.set_read_timeout(turn)?;
    let mut bytes = [0; 16 * 1024];
    loop {
        match client.read(&mut bytes) {
            Ok(0) => return Ok(()),
            Ok(length) => {
                note(&bytes[..length]);
                service.write_all(&bytes[..length])?;
            }
            Err(e) if is_not_yet(&e) => {}
            Err(e) => return Err(e),
        }
        match service.read(&mut bytes) {
            Ok(0) => return Ok(()),
            Ok(length) => client.write_all(&bytes[..length])?,
            Err(e) if is_not_yet(&e) => {}
            Err(e) => return Err(e),
        }
    }
}

fn is_not_yet(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}

/// An authority, its certificate in a file that is alone in its folder, and a service with a list of three that it
/// vouches for.
pub struct Vouched {
    pub service: TlsService,
    pub file: PathBuf,
}

impl Vouched {
    /// No other test has this name.
    pub fn new(name: &str) -> Self {
        let authority = Authority::new(name);
        // As long as paths can be: messages name them whole.
        let long = "a-folder-with-a-long-name-".repeat(9);
        let folder = crate::build::scratch().join(format!("vouched-{name}")).join(long);
        std::fs::create_dir_all(&folder).expect("a scratch folder");
        let file = folder.join("authority.pem");
        std::fs::write(&file, authority.pem()).expect("a scratch file");
        let identity = authority.vouches_for(&for_loopback());
        Vouched { service: TlsService::start_as(identity, "127.0.0.1", super::whole_list(3)), file }
    }

    pub fn folder(&self) -> &Path {
        self.file.parent().expect("a folder")
    }
}
