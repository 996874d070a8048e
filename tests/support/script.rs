//! A service on loopback that answers as a script says, and remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What is answered to one request.
#[derive(Clone)]
pub struct Answer {
    bytes: Vec<u8>,
    then: Then,
}

/// What becomes of the connection after an answer.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Stay,
    Close,
    Hang,
}

impl Answer {
    /// A whole answer; the connection stays open.
    pub fn new(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut head = format!("HTTP/1.1 {status} Text\r\nContent-Length: {}\r\n", body.len());
        headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        Answer { bytes: [head.as_bytes(), b"\r\n", body].concat(), then: Then::Stay }
    }

    pub fn ok(body: impl AsRef<[u8]>) -> Self {
        Answer::new(200, &[("Content-Type", "application/json")], body)
    }

    /// Nothing: the connection is closed.
    pub fn closed() -> Self {
        Answer { bytes: Vec::new(), then: Then::Close }
    }

    /// Nothing: the connection stays open and silent.
    pub fn silence() -> Self {
        Answer { bytes: Vec::new(), then: Then::Hang }
    }

    /// Only its first bytes; then the connection is closed.
    pub fn cut_at(mut self, length: usize) -> Self {
        self.bytes.truncate(length);
        self.then = Then::Close;
        self
    }

    /// All but its last byte; the connection stays open and silent.
    pub fn stalled(mut self) -> Self {
        self.bytes.pop();
        self.then = Then::Hang;
        self
    }

    /// After it, the connection is closed.
    pub fn and_close(mut self) -> Self {
        self.then = Then::Close;
        self
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub at: Instant,
    /// Which connection it came on, from 0.
    pub connection: usize,
    /// `GET /path?query HTTP/1.1`
    pub line: String,
    headers: Vec<(String, String)>,
}

impl Request {
    /// Path and query.
    pub fn target(&self) -> &str {
        self.line.split(' ').nth(1).expect("a request line")
    }

    /// A parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target().split_once('?')?;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

pub struct Script {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    requests: Vec<Request>,
    connections: usize,
}

impl Script {
    /// Gives these answers in turn, the last one again and again.
    pub fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let mut answers: Vec<Answer> = answers.into_iter().collect();
        answers.reverse();
        let answers = Mutex::new(answers);
        Script::respond(move |_| {
            let mut answers = lock(&answers);
            match answers.len() {
                1 => answers[0].clone(),
                _ => answers.pop().expect("an answer"),
            }
        })
    }

    /// Answers each request as this says, several at the same time.
    pub fn respond(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                let (shared, answer) = (Arc::clone(&shared), Arc::clone(&answer));
                lock(&shared).connections += 1;
                std::thread::spawn(move || serve(stream.expect("a connection"), connection, &shared, &*answer));
            }
        });
        Script { address, state }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn requests(&self) -> Vec<Request> {
        lock(&self.state).requests.clone()
    }

    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }

    /// Waits until so many requests have come.
    pub fn await_requests(&self, count: usize) {
        while lock(&self.state).requests.len() < count {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(mut stream: TcpStream, connection: usize, state: &Mutex<State>, answer: &dyn Fn(&Request) -> Answer) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    while let Some((line, headers)) = read_head(&mut reader) {
        let request = Request { at: Instant::now(), connection, line, headers };
        lock(state).requests.push(request.clone());
        let answer = answer(&request);
        if stream.write_all(&answer.bytes).is_err() || answer.then == Then::Close {
            return;
        }
        if answer.then == Then::Hang {
            let _ = reader.read_to_end(&mut Vec::new());
            return;
        }
    }
}

/// The request line and the headers; `None` at the end of the connection.
fn read_head(reader: &mut impl BufRead) -> Option<(String, Vec<(String, String)>)> {
    let mut lines = reader.lines().map_while(Result::ok);
    let first = lines.next()?;
    let headers = lines.take_while(|line| !line.is_empty());
    let headers = headers.filter_map(|line| line.split_once(": ").map(|(name, value)| (name.into(), value.into()))).collect();
    Some((first, headers))
}
