//! The service of the benchmarks. It looks like RealtimeKit's list of participants, and responds from memory, so that
//! the benchmarks measure the client.
//!
//! `GET /connections` gives the number of connections before this one. Below `/changing`, every other page has another
//! total.

mod list;
mod tls;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
pub use list::Kind;
use list::List;
use rustls::ServerConfig;

pub struct Settings {
    pub participants: usize,
    pub kind: Kind,
    pub seed: u64,
    /// How late everything is that the service sends: responses and, with TLS, what it sends in a handshake. With TLS,
    /// a connection is looked at that late, too, which stands for the handshake of TCP.
    pub latency: Duration,
    /// Whether clients that accept gzip get it.
    pub gzip: bool,
    /// With TLS 1.3, the file that gets the certificate of the authority to trust.
    pub tls: Option<PathBuf>,
}

impl Settings {
    /// A mixed list, plain, without latency.
    pub fn new(participants: usize) -> Self {
        Settings { participants, kind: Kind::Mixed, seed: 1, latency: Duration::ZERO, gzip: false, tls: None }
    }
}

/// Runs as long as the process, and returns the base URL.
pub fn start(settings: Settings) -> String {
    let Settings { participants, kind, seed, latency, gzip, tls } = settings;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let tls = tls.map(|ca_file| tls::config(&ca_file));
    let base = format!("{}://{address}", if tls.is_some() { "https" } else { "http" });
    let service =
        Arc::new(Service { list: List { participants, kind, seed }, latency, gzip, tls, responses: Mutex::default() });
    thread::spawn(move || {
        for (before, connection) in listener.incoming().flatten().enumerate() {
            let service = Arc::clone(&service);
            thread::spawn(move || service.accept(connection, before));
        }
    });
    base
}

/// By the target, and whether they are compressed.
type Responses = HashMap<(String, bool), Arc<Vec<u8>>>;

struct Service {
    list: List,
    latency: Duration,
    gzip: bool,
    tls: Option<Arc<ServerConfig>>,
    /// Each is made once.
    responses: Mutex<Responses>,
}

struct Request {
    target: String,
    accepts_gzip: bool,
}

impl Service {
    fn accept(&self, connection: TcpStream, before: usize) {
        connection.set_nodelay(true).expect("TCP_NODELAY");
        match &self.tls {
            None => self.serve(connection, before),
            Some(config) => {
                thread::sleep(self.latency);
                if let Ok(stream) = tls::accept(connection, config, self.latency) {
                    self.serve(stream, before);
                }
            }
        }
    }

    fn serve(&self, stream: impl Read + Write, before: usize) {
        let mut stream = BufReader::new(stream);
        while let Some(request) = read_request(&mut stream) {
            let response = if request.target == "/connections" {
                Arc::new(with_head("", before.to_string().as_bytes()))
            } else {
                thread::sleep(self.latency);
                self.response(request.target, self.gzip && request.accepts_gzip)
            };
            if stream.get_mut().write_all(&response).and_then(|()| stream.get_mut().flush()).is_err() {
                return;
            }
        }
    }

    fn response(&self, target: String, compressed: bool) -> Arc<Vec<u8>> {
        let key = (target, compressed);
        if let Some(known) = self.responses.lock().expect("responses").get(&key) {
            return Arc::clone(known);
        }
        let body = self.page(&key.0);
        let response = Arc::new(match compressed {
            true => with_head("Content-Encoding: gzip\r\n", &gzip(body.as_bytes())),
            false => with_head("", body.as_bytes()),
        });
        self.responses.lock().expect("responses").insert(key, Arc::clone(&response));
        response
    }

    fn page(&self, target: &str) -> String {
        let query = target.split_once('?').map_or("", |(_, query)| query);
        let number = |name: &str| {
            let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            value.and_then(|value| value.parse::<usize>().ok())
        };
        let (page_no, per_page) = (number("page_no").unwrap_or(1), number("per_page").unwrap_or(20));
        let changes = if target.starts_with("/changing/") { page_no % 2 } else { 0 };
        self.list.page(page_no, per_page, self.list.participants + changes)
    }
}

/// The next request; `None` at the end of the connection.
fn read_request(stream: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut request = Request { target: line.split(' ').nth(1)?.to_string(), accepts_gzip: false };
    while line.trim_end() != "" {
        line.clear();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if let Some((name, value)) = line.split_once(':') {
            request.accepts_gzip |= name.eq_ignore_ascii_case("Accept-Encoding") && value.contains("gzip");
        }
    }
    Some(request)
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(body).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}

fn with_head(fields: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut response = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{fields}Content-Length: {length}\r\n\
         CF-Ray: 8f0000000000abcd-FRA\r\nRatelimit: \"default\";r=1000;t=300\r\n\r\n"
    )
    .into_bytes();
    response.extend_from_slice(body);
    response
}
