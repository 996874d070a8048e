//! A service on loopback that speaks TLS, with a certificate made for 127.0.0.1 and localhost that signs itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Answers every request alike, and notes their lines and headers.
pub struct TlsService {
    address: SocketAddr,
    connections: Arc<Mutex<Vec<Vec<String>>>>,
}

impl TlsService {
    /// `host` is an address of this machine's loopback.
    pub fn start(host: &str, body: String) -> Self {
        let listener = TcpListener::bind((host, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let connections = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&connections);
        let config = Arc::new(config());
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                noted.lock().expect("no panic").push(Vec::new());
                let connection = ServerConnection::new(Arc::clone(&config)).expect("a good configuration");
                let stream = StreamOwned::new(connection, stream.expect("a connection"));
                let (noted, body) = (Arc::clone(&noted), body.clone());
                std::thread::spawn(move || serve(stream, &body, |line| noted.lock().expect("no panic")[number].push(line)));
            }
        });
        TlsService { address, connections }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
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

/// A PEM file without a certificate.
pub fn key() -> PathBuf {
    file("key.pem")
}

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "support", "tls", name].iter().collect()
}

fn config() -> ServerConfig {
    let certificate = CertificateDer::from_pem_file(certificate()).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(key()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("protocol versions");
    builder.with_no_client_auth().with_single_cert(vec![certificate], key).expect("they belong together")
}

/// Until the other side has had enough.
fn serve(stream: impl Read + Write, body: &str, mut note: impl FnMut(String)) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while stream.read_line(&mut line).is_ok_and(|length| length > 0) {
        let content = line.trim_end().to_string();
        line.clear();
        if content.is_empty() {
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
            for (mut from, mut to) in [(&client, &service), (&service, &client)].map(|(a, b)| (a.try_clone(), b.try_clone())).map(both) {
                std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            }
        }
    });
    address
}

fn both((a, b): (std::io::Result<TcpStream>, std::io::Result<TcpStream>)) -> (TcpStream, TcpStream) {
    (a.expect("a second handle"), b.expect("a second handle"))
}
