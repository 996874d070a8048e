//! An HTTP server that does what it is told, for responses that no well-behaved server sends. With or without TLS.

use std::collections::HashMap;
use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::ops::Deref;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use participants::{Builder, Client};
use rustls::{HandshakeKind, ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;

use crate::credentials::TOKEN;
use crate::request::Head;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// How many requests came so far, with this one.
    pub number: usize,
    /// How many requests with the same request line came so far, with this one.
    pub attempt: usize,
    /// How many connections were made so far, with this one's.
    pub connection: usize,
    pub at: Instant,
    pub head: Head,
}

impl Deref for Request {
    type Target = Head;

    fn deref(&self) -> &Head {
        &self.head
    }
}

/// What is done for a request, step after step. Afterwards the connection waits for the next request, unless a step
/// ended it.
#[derive(Debug, Clone, Default)]
pub struct Response {
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    Send(Vec<u8>),
    /// Sends the same again and again.
    Repeat(Vec<u8>, u64),
    /// Waits for some bytes, and ignores them.
    Receive,
    Pause(Duration),
    /// Does nothing more until the server is dropped, or the other side is gone.
    Hang,
    /// Sends a FIN; the connection stays open.
    Finish,
    Close,
    /// Ends the connection with an RST, not a FIN.
    Reset,
}

impl Response {
    /// Nothing yet.
    pub fn new() -> Self {
        Response::default()
    }

    /// A whole response with a body.
    pub fn whole(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let length = body.len().to_string();
        let mut headers = headers.to_vec();
        headers.push(("Content-Length", &length));
        Response::head(status, &headers).send(body)
    }

    pub fn json(body: impl AsRef<[u8]>) -> Self {
        Response::whole(200, &[("Content-Type", "application/json")], body)
    }

    /// A status line, headers and the blank line after them.
    pub fn head(status: u16, headers: &[(&str, &str)]) -> Self {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        Response::new().send(format!("HTTP/1.1 {status} Status\r\n{headers}\r\n"))
    }

    /// One chunk of a body with `Transfer-Encoding: chunked`; an empty one is the last.
    pub fn chunk(self, part: impl AsRef<[u8]>) -> Self {
        let part = part.as_ref();
        self.send(format!("{:x}\r\n", part.len())).send(part).send("\r\n")
    }

    pub fn send(self, bytes: impl AsRef<[u8]>) -> Self {
        self.then(Step::Send(bytes.as_ref().to_vec()))
    }

    pub fn repeat(self, bytes: impl AsRef<[u8]>, times: u64) -> Self {
        self.then(Step::Repeat(bytes.as_ref().to_vec(), times))
    }

    pub fn receive(self) -> Self {
        self.then(Step::Receive)
    }

    pub fn pause(self, time: Duration) -> Self {
        self.then(Step::Pause(time))
    }

    pub fn hang(self) -> Self {
        self.then(Step::Hang)
    }

    pub fn finish(self) -> Self {
        self.then(Step::Finish)
    }

    pub fn close(self) -> Self {
        self.then(Step::Close)
    }

    pub fn reset(self) -> Self {
        self.then(Step::Reset)
    }

    /// The same, begun later.
    pub fn after(mut self, time: Duration) -> Self {
        self.steps.insert(0, Step::Pause(time));
        self
    }

    /// The bytes that would be sent, for a response that only sends.
    pub fn bytes(&self) -> Vec<u8> {
        let sent = self.steps.iter().map(|step| match step {
            Step::Send(bytes) => bytes.as_slice(),
            other => panic!("{other:?} is not bytes"),
        });
        sent.collect::<Vec<_>>().concat()
    }

    /// The first `length` bytes of this response, and then the end of the connection.
    pub fn cut(&self, length: usize) -> Self {
        let bytes = self.bytes();
        Response::new().send(&bytes[..length.min(bytes.len())]).close()
    }

    /// All of this response but its last byte, and then nothing more.
    pub fn stall(&self) -> Self {
        let mut bytes = self.bytes();
        bytes.pop();
        Response::new().send(bytes).hang()
    }

    /// This response, so many bytes at a time.
    pub fn in_parts(&self, length: usize, pause: Duration) -> Self {
        self.bytes().chunks(length).fold(Response::new(), |response, part| response.send(part).pause(pause))
    }

    /// This response, a byte at a time.
    pub fn drip(&self, pause: Duration) -> Self {
        self.in_parts(1, pause)
    }

    /// Whether the connection ends before a byte of the response is sent.
    pub fn hangs_up(&self) -> bool {
        let first = self.steps.iter().find(|step| !matches!(step, Step::Pause(_)));
        matches!(first, Some(Step::Close | Step::Reset))
    }

    fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

type Handler = Box<dyn Fn(&Request) -> Response + Send + Sync>;

/// What a server does with a connection.
enum Script {
    /// Reads requests, and responds to each.
    ByRequest(Handler),
    /// Does the same on every connection, whatever comes.
    ByConnection(Response),
}

/// A server with a thread for each connection. It ends, connections and all, when it is dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

struct Shared {
    script: Script,
    tls: Option<Arc<ServerConfig>>,
    keeps_requests: bool,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    over: bool,
    connections: usize,
    resumed: usize,
    open: HashMap<usize, Arc<TcpStream>>,
    request_count: usize,
    requests: Vec<Request>,
    attempts: HashMap<String, usize>,
    in_flight: usize,
    most_in_flight: usize,
}

impl Server {
    pub fn start(handler: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        Server::start_at("127.0.0.1", handler).expect("a free port")
    }

    /// A server at another address of this machine, which may not have it.
    pub fn start_at(host: &str, handler: impl Fn(&Request) -> Response + Send + Sync + 'static) -> io::Result<Self> {
        Server::listen(host, Script::ByRequest(Box::new(handler)), None, true)
    }

    /// A server that speaks TLS.
    pub fn start_tls(
        host: &str,
        config: ServerConfig,
        handler: impl Fn(&Request) -> Response + Send + Sync + 'static,
    ) -> Self {
        let script = Script::ByRequest(Box::new(handler));
        Server::listen(host, script, Some(Arc::new(config)), true).expect("a free port")
    }

    /// A server that forgets its requests, so that it can run for long.
    pub fn start_forgetful(handler: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        Server::listen("127.0.0.1", Script::ByRequest(Box::new(handler)), None, false).expect("a free port")
    }

    /// A server that does the same on every connection, and reads no request unless it is told to.
    pub fn on_connect(response: Response) -> Self {
        Server::listen("127.0.0.1", Script::ByConnection(response), None, true).expect("a free port")
    }

    /// The same response to every request.
    pub fn always(response: Response) -> Self {
        Server::start(move |_| response.clone())
    }

    /// These responses in turn, the last one again and again.
    pub fn in_turn(responses: impl IntoIterator<Item = Response>) -> Self {
        let responses: Vec<Response> = responses.into_iter().collect();
        Server::start(move |request| responses[request.number.min(responses.len()) - 1].clone())
    }

    /// Takes connections and requests, and never responds.
    pub fn silent() -> Self {
        Server::always(Response::new().hang())
    }

    /// Hangs up before the client says anything, with a FIN and an RST.
    pub fn resetting() -> Self {
        Server::on_connect(Response::new().finish().reset())
    }

    fn listen(host: &str, script: Script, tls: Option<Arc<ServerConfig>>, keeps_requests: bool) -> io::Result<Self> {
        let listener = TcpListener::bind((host, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { script, tls, keeps_requests, state: Mutex::default(), changed: Condvar::new() });
        let acceptor = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.accept(&listener)
        });
        Ok(Server { address, shared, acceptor: Some(acceptor) })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL for clients of this server.
    pub fn url(&self) -> String {
        let scheme = if self.shared.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// A client of this server that waits for nothing between its attempts.
    pub fn builder(&self) -> Builder {
        Client::builder().api_token(TOKEN).base_url(&self.url()).proxy("").max_retry_wait(Duration::ZERO)
    }

    pub fn client(&self) -> Client {
        self.builder().build().expect("a client")
    }

    /// The requests so far, in the order in which they came.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().requests.clone()
    }

    /// The page numbers asked for so far, in the order in which the requests came.
    pub fn pages(&self) -> Vec<u64> {
        self.shared.lock().requests.iter().filter_map(|request| request.page_no()).collect()
    }

    pub fn request_count(&self) -> usize {
        self.shared.lock().request_count
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        let mut state = self.shared.lock();
        state.request_count = 0;
        state.requests.clear();
        state.attempts.clear();
    }

    pub fn connection_count(&self) -> usize {
        self.shared.lock().connections
    }

    /// How many connections resumed the TLS session of an earlier one.
    pub fn resumed_count(&self) -> usize {
        self.shared.lock().resumed
    }

    /// How many connections are open now.
    pub fn open_connections(&self) -> usize {
        self.shared.lock().open.len()
    }

    /// The largest number of requests that were here and not wholly answered at the same time.
    pub fn most_in_flight(&self) -> usize {
        self.shared.lock().most_in_flight
    }

    /// Waits until this many requests have come.
    pub fn await_requests(&self, count: usize) {
        // Only against a hang. wine takes a minute for what Linux does in a second.
        let limit = Duration::from_secs(if cfg!(windows) { 120 } else { 30 });
        let state = self.shared.lock();
        let waited = self.shared.changed.wait_timeout_while(state, limit, |state| state.request_count < count);
        let (state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "{} of {count} requests came", state.request_count);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.over = true;
        for socket in state.open.values() {
            let _ = socket.shutdown(Shutdown::Both);
        }
        drop(state);
        self.shared.changed.notify_all();
        // One more connection wakes the acceptor.
        let _ = TcpStream::connect(self.address);
        let _ = self.acceptor.take().map(JoinHandle::join);
    }
}

impl Shared {
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        let mut threads: Vec<JoinHandle<()>> = Vec::new();
        for socket in listener.incoming() {
            let Ok(socket) = socket.map(Arc::new) else { break };
            let mut state = self.lock();
            if state.over {
                break;
            }
            state.connections += 1;
            let connection = state.connections;
            state.open.insert(connection, Arc::clone(&socket));
            drop(state);
            let shared = Arc::clone(self);
            threads.retain(|thread| !thread.is_finished());
            threads.push(thread::spawn(move || {
                let _ = socket.set_nodelay(true);
                // However it ends, the connection is over.
                let _ = shared.serve(&socket, connection);
                shared.lock().open.remove(&connection);
            }));
        }
        threads.into_iter().for_each(|thread| drop(thread.join()));
    }

    fn serve(&self, mut socket: &TcpStream, connection: usize) -> io::Result<()> {
        let Some(config) = &self.tls else { return self.follow_script(socket, socket, connection) };
        let mut tls = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        // A handshake that fails shows when the request is read.
        let _ = tls.complete_io(&mut socket);
        if tls.handshake_kind() == Some(HandshakeKind::Resumed) {
            self.lock().resumed += 1;
        }
        self.follow_script(StreamOwned::new(tls, socket), socket, connection)
    }

    /// Talks on the stream, which may be TLS over the socket.
    fn follow_script(&self, stream: impl Read + Write, socket: &TcpStream, connection: usize) -> io::Result<()> {
        let mut input = BufReader::new(stream);
        let handler = match &self.script {
            Script::ByRequest(handler) => handler,
            Script::ByConnection(response) => {
                self.send(response, input.get_mut(), socket, || {})?;
                return Ok(());
            }
        };
        while let Some(head) = Head::read(&mut input)? {
            let request = self.lock().note(connection, head, self.keeps_requests);
            self.changed.notify_all();
            let mut flight = Some(Flight(self));
            let response = handler(&request);
            if !self.send(&response, input.get_mut(), socket, || flight = None)? {
                break;
            }
        }
        Ok(())
    }

    /// Goes through the steps of a response. Whether the connection is still of use.
    fn send(
        &self,
        response: &Response,
        stream: &mut (impl Read + Write),
        socket: &TcpStream,
        mut before_last: impl FnMut(),
    ) -> io::Result<bool> {
        for (i, step) in response.steps.iter().enumerate() {
            match step {
                Step::Send(bytes) => {
                    if i + 1 == response.steps.len() {
                        // Whoever gets the last bytes may send the next request at once.
                        before_last();
                    }
                    stream.write_all(bytes)?;
                    stream.flush()?;
                }
                Step::Repeat(bytes, times) => (0..*times).try_for_each(|_| stream.write_all(bytes))?,
                Step::Receive => drop(stream.read(&mut [0; 4096])?),
                Step::Pause(time) => self.pause(*time)?,
                Step::Hang => {
                    socket.set_read_timeout(Some(Duration::from_millis(50)))?;
                    while socket.peek(&mut [0]).is_err_and(|e| is_timeout(&e)) {
                        self.pause(Duration::ZERO)?;
                    }
                    return Ok(false);
                }
                Step::Finish => socket.shutdown(Shutdown::Write)?,
                Step::Close => {
                    socket.shutdown(Shutdown::Both)?;
                    return Ok(false);
                }
                Step::Reset => {
                    SockRef::from(socket).set_linger(Some(Duration::ZERO))?;
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Fails when the server ends.
    fn pause(&self, time: Duration) -> io::Result<()> {
        let paused = self.changed.wait_timeout_while(self.lock(), time, |state| !state.over);
        let (state, _) = paused.unwrap_or_else(PoisonError::into_inner);
        if state.over { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn note(&mut self, connection: usize, head: Head, keep: bool) -> Request {
        let attempt = self.attempts.entry(head.line.clone()).or_default();
        *attempt += 1;
        self.request_count += 1;
        let request = Request { number: self.request_count, attempt: *attempt, connection, at: Instant::now(), head };
        if keep {
            self.requests.push(request.clone());
        }
        self.in_flight += 1;
        self.most_in_flight = self.most_in_flight.max(self.in_flight);
        request
    }
}

/// Whether the socket's timeout is over, in the words of Unix or of Windows.
pub(crate) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// A request that is not wholly answered.
struct Flight<'a>(&'a Shared);

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.lock().in_flight -= 1;
    }
}
