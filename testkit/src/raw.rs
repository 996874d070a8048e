//! An HTTP server on a raw socket, for answers that no well-behaved server gives, and a service on top of it that pages through a list.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use participants::{Builder, Client, Error, Meeting};
use socket2::SockRef;

pub const TOKEN: &str = "raw-service-token-0123456789";

/// The meeting that the tests ask for. The server looks at no path.
pub fn meeting() -> Meeting {
    Meeting::new(
        "023e105f4ecef8ad9ca31a8372d0c353",
        "14a396e7-ca44-4937-bf1f-050a69118543",
        "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e",
    )
    .expect("the three ids")
}

/// Names and values.
pub type Headers = Vec<(String, String)>;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// How many requests came so far, with this one.
    pub number: usize,
    /// How many requests for the same target came so far, with this one.
    pub time: usize,
    /// How many connections were made so far, with this one's.
    pub connection: usize,
    pub at: Instant,
    /// Such as `GET /accounts?page_no=1 HTTP/1.1`.
    pub line: String,
    pub headers: Headers,
}

impl Request {
    pub fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A number of the query.
    pub fn query(&self, name: &str) -> Option<u64> {
        let (_, query) = self.target().split_once('?')?;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?.parse().ok()
    }

    pub fn page_no(&self) -> Option<u64> {
        self.query("page_no")
    }
}

/// What is done for a request, step after step. Afterwards the connection waits for the next request, unless a step ended it.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    Send(Vec<u8>),
    /// Sends the same again and again.
    Repeat(Vec<u8>, u64),
    Pause(Duration),
    /// Does nothing more until the server is dropped, or the other side is gone.
    Hang,
    Close,
    /// Ends the connection with an RST, not a FIN.
    Reset,
}

impl Answer {
    /// Nothing yet.
    pub fn new() -> Self {
        Answer::default()
    }

    /// A whole answer with a body.
    pub fn whole(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let length = body.len().to_string();
        let mut headers = headers.to_vec();
        headers.push(("Content-Length", &length));
        Answer::head(status, &headers).send(body)
    }

    pub fn json(body: impl AsRef<[u8]>) -> Self {
        Answer::whole(200, &[("Content-Type", "application/json")], body)
    }

    /// A status line, headers and the blank line after them.
    pub fn head(status: u16, headers: &[(&str, &str)]) -> Self {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        Answer::new().send(format!("HTTP/1.1 {status} Status\r\n{headers}\r\n"))
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

    pub fn pause(self, time: Duration) -> Self {
        self.then(Step::Pause(time))
    }

    pub fn hang(self) -> Self {
        self.then(Step::Hang)
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

    /// The bytes that would be sent, for an answer that only sends.
    pub fn bytes(&self) -> Vec<u8> {
        let sent = self.steps.iter().map(|step| match step {
            Step::Send(bytes) => bytes.as_slice(),
            other => panic!("{other:?} is not bytes"),
        });
        sent.collect::<Vec<_>>().concat()
    }

    /// The first `length` bytes of this answer, and then the end of the connection.
    pub fn cut(&self, length: usize) -> Self {
        let bytes = self.bytes();
        Answer::new().send(&bytes[..length.min(bytes.len())]).close()
    }

    /// All of this answer but its last byte, and then nothing more.
    pub fn stall(&self) -> Self {
        let mut bytes = self.bytes();
        bytes.pop();
        Answer::new().send(bytes).hang()
    }

    /// This answer, a byte at a time.
    pub fn drip(&self, pause: Duration) -> Self {
        self.bytes().iter().fold(Answer::new(), |answer, byte| answer.send([*byte]).pause(pause))
    }

    /// Whether the connection ends without a byte of an answer.
    pub fn hangs_up(&self) -> bool {
        let first = self.steps.iter().find(|step| !matches!(step, Step::Pause(_)));
        matches!(first, Some(Step::Close | Step::Reset))
    }

    fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

/// A server that answers as its handler says, on a thread for each connection. It ends, connections and all, when it is dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

struct Shared {
    handler: Box<dyn Fn(&Request) -> Answer + Send + Sync>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    over: bool,
    connections: usize,
    open: HashMap<usize, Arc<TcpStream>>,
    requests: Vec<Request>,
    times: HashMap<String, usize>,
    in_flight: usize,
    most_in_flight: usize,
}

impl Server {
    pub fn start(handler: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared { handler: Box::new(handler), state: Mutex::default(), changed: Condvar::new() });
        let acceptor = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.accept(&listener)
        });
        Server { address, shared, acceptor: Some(acceptor) }
    }

    /// The same answer to every request.
    pub fn always(answer: Answer) -> Self {
        Server::start(move |_| answer.clone())
    }

    /// These answers in turn, the last one again and again.
    pub fn in_turn(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers: Vec<Answer> = answers.into_iter().collect();
        Server::start(move |request| answers[request.number.min(answers.len()) - 1].clone())
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What `base_url` is to be.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
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
        self.shared.lock().requests.iter().filter_map(Request::page_no).collect()
    }

    pub fn request_count(&self) -> usize {
        self.shared.lock().requests.len()
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        let mut state = self.shared.lock();
        state.requests.clear();
        state.times.clear();
    }

    pub fn connection_count(&self) -> usize {
        self.shared.lock().connections
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
        let limit = Duration::from_secs(30);
        let state = self.shared.lock();
        let waited = self.shared.changed.wait_timeout_while(state, limit, |state| state.requests.len() < count);
        let (state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "{} of {count} requests came", state.requests.len());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.over = true;
        for stream in state.open.values() {
            let _ = stream.shutdown(Shutdown::Both);
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
        let mut threads = Vec::new();
        for stream in listener.incoming() {
            let Ok(stream) = stream.map(Arc::new) else { break };
            let mut state = self.lock();
            if state.over {
                break;
            }
            state.connections += 1;
            let connection = state.connections;
            state.open.insert(connection, Arc::clone(&stream));
            drop(state);
            let shared = Arc::clone(self);
            threads.push(thread::spawn(move || {
                let _ = stream.set_nodelay(true);
                // However it ends, the connection is over.
                let _ = shared.serve(&stream, connection);
                shared.lock().open.remove(&connection);
            }));
        }
        threads.into_iter().for_each(|thread| drop(thread.join()));
    }

    fn serve(&self, stream: &TcpStream, connection: usize) -> io::Result<()> {
        let mut input = BufReader::new(stream);
        while let Some((line, headers)) = head(&mut input)? {
            let request = self.lock().note(connection, line, headers);
            self.changed.notify_all();
            let goes_on = self.answer(stream, &request)?;
            if !goes_on {
                break;
            }
        }
        Ok(())
    }

    /// Whether the connection is still of use.
    fn answer(&self, mut stream: &TcpStream, request: &Request) -> io::Result<bool> {
        let mut flight = Some(Flight(self));
        let answer = (self.handler)(request);
        for (i, step) in answer.steps.iter().enumerate() {
            match step {
                Step::Send(bytes) => {
                    if i + 1 == answer.steps.len() {
                        // Whoever gets the last of it may ask the next question at once.
                        flight = None;
                    }
                    stream.write_all(bytes)?;
                }
                Step::Repeat(bytes, times) => (0..*times).try_for_each(|_| stream.write_all(bytes))?,
                Step::Pause(time) => self.pause(*time)?,
                Step::Hang => {
                    stream.set_read_timeout(Some(Duration::from_millis(50)))?;
                    while stream.peek(&mut [0]).is_err_and(|e| e.kind() == io::ErrorKind::WouldBlock) {
                        self.pause(Duration::ZERO)?;
                    }
                    return Ok(false);
                }
                Step::Close => {
                    stream.shutdown(Shutdown::Both)?;
                    return Ok(false);
                }
                Step::Reset => {
                    SockRef::from(stream).set_linger(Some(Duration::ZERO))?;
                    return Ok(false);
                }
            }
        }
        drop(flight);
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
    fn note(&mut self, connection: usize, line: String, headers: Headers) -> Request {
        let time = self.times.entry(line.clone()).or_default();
        *time += 1;
        let request =
            Request { number: self.requests.len() + 1, time: *time, connection, at: Instant::now(), line, headers };
        self.requests.push(request.clone());
        self.in_flight += 1;
        self.most_in_flight = self.most_in_flight.max(self.in_flight);
        request
    }
}

/// A request that is not wholly answered.
struct Flight<'a>(&'a Shared);

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.lock().in_flight -= 1;
    }
}

/// The request line and the headers; `None` at the end of the connection.
fn head(input: &mut impl BufRead) -> io::Result<Option<(String, Headers)>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        lines.push(line.to_string());
    }
    let mut lines = lines.into_iter();
    let line = lines.next().unwrap_or_default();
    let headers =
        lines.filter_map(|header| header.split_once(':').map(|(name, value)| (name.into(), value.trim().into())));
    Ok(Some((line, headers.collect())))
}

/// The id of a participant, by its number.
pub fn id(number: u64) -> String {
    format!("{number:08x}-0000-4000-8000-{number:012x}")
}

/// A participant as the service sends it.
pub fn participant(number: u64) -> String {
    let id = id(number);
    format!(
        r#"{{"id":"{id}","created_at":"2026-03-01T09:00:00.000Z","updated_at":"2026-03-01T10:00:00.117Z","custom_participant_id":"user-{number}","preset_name":"group_call_participant","name":"Participant {number}"}}"#
    )
}

/// The endpoint's JSON. `paging` is the JSON of that member; without it, the member is missing.
pub fn envelope(participants: impl IntoIterator<Item = u64>, paging: Option<&str>) -> String {
    let data: Vec<String> = participants.into_iter().map(participant).collect();
    let paging = paging.map_or(String::new(), |paging| format!(r#","paging":{paging}"#));
    format!(r#"{{"data":[{}]{paging},"success":true}}"#, data.join(","))
}

type List = dyn Fn(&Request) -> Arc<Vec<u64>> + Send + Sync;

/// A service that pages through a list of participants, as RealtimeKit does unless it is told otherwise.
#[derive(Clone)]
pub struct Paged {
    list: Arc<List>,
    latency: Arc<dyn Fn(&Request) -> Duration + Send + Sync>,
    first_page: u64,
    cap: u64,
    heeds_page_no: bool,
    heeds_per_page: bool,
    /// The JSON of `total_count`; `None` is the truth, an empty text leaves it out.
    total: Option<String>,
    offsets: bool,
    paging: bool,
    /// What an empty page says of itself: start, end and total.
    empty: Option<[u64; 3]>,
    page_zero: Option<Answer>,
}

impl Paged {
    /// The participants 0, 1, 2 ...
    pub fn of(count: u64) -> Self {
        let list = Arc::new((0..count).collect());
        Paged::listing(move |_| Arc::clone(&list))
    }

    /// The list as it is when a request comes.
    pub fn changing(list: impl Fn(&Request) -> Vec<u64> + Send + Sync + 'static) -> Self {
        Paged::listing(move |request| Arc::new(list(request)))
    }

    fn listing(list: impl Fn(&Request) -> Arc<Vec<u64>> + Send + Sync + 'static) -> Self {
        Paged {
            list: Arc::new(list),
            latency: Arc::new(|_| Duration::ZERO),
            first_page: 1,
            cap: u64::MAX,
            heeds_page_no: true,
            heeds_per_page: true,
            total: None,
            offsets: true,
            paging: true,
            empty: None,
            page_zero: None,
        }
    }

    /// The number of the first page. A service that begins at 1 takes page 0 for page 1.
    pub fn first_page(self, number: u64) -> Self {
        Paged { first_page: number, ..self }
    }

    /// The most that a page holds.
    pub fn cap(self, participants: u64) -> Self {
        Paged { cap: participants, ..self }
    }

    /// Every page is the first one.
    pub fn ignoring_page_no(self) -> Self {
        Paged { heeds_page_no: false, ..self }
    }

    /// A page holds as many as there are, or as the cap allows.
    pub fn ignoring_per_page(self) -> Self {
        Paged { heeds_per_page: false, ..self }
    }

    /// What every page says for `total_count`, as JSON; an empty text leaves it out.
    pub fn total_count(self, json: &str) -> Self {
        Paged { total: Some(json.into()), ..self }
    }

    pub fn without_offsets(self) -> Self {
        Paged { offsets: false, ..self }
    }

    pub fn without_paging(self) -> Self {
        Paged { paging: false, ..self }
    }

    /// What an empty page says for `start_offset`, `end_offset` and `total_count`.
    pub fn empty_page_says(self, paging: [u64; 3]) -> Self {
        Paged { empty: Some(paging), ..self }
    }

    /// What is answered to whoever asks for page 0.
    pub fn page_zero(self, answer: Answer) -> Self {
        Paged { page_zero: Some(answer), ..self }
    }

    pub fn latency(self, latency: impl Fn(&Request) -> Duration + Send + Sync + 'static) -> Self {
        Paged { latency: Arc::new(latency), ..self }
    }

    pub fn answer(&self, request: &Request) -> Answer {
        let answer = match (request.page_no(), &self.page_zero) {
            (Some(0), Some(answer)) => answer.clone(),
            _ => Answer::json(self.page(request)),
        };
        match (self.latency)(request) {
            Duration::ZERO => answer,
            latency => answer.after(latency),
        }
    }

    pub fn start(self) -> Server {
        Server::start(move |request| self.answer(request))
    }

    fn page(&self, request: &Request) -> String {
        let list = (self.list)(request);
        let count = list.len() as u64;
        let per_page =
            request.query("per_page").filter(|_| self.heeds_per_page).unwrap_or(u64::MAX).min(self.cap).max(1);
        let page =
            request.page_no().filter(|_| self.heeds_page_no).map_or(0, |page| page.saturating_sub(self.first_page));
        let start = page.saturating_mul(per_page).min(count);
        let end = start.saturating_add(per_page).min(count);
        let paging = self.paging.then(|| self.describe(start, end, count));
        envelope(list[start as usize..end as usize].iter().copied(), paging.as_deref())
    }

    fn describe(&self, start: u64, end: u64, count: u64) -> String {
        let [first, last, count] = match self.empty {
            Some(figures) if start == end => figures,
            _ => [start + 1, end, count],
        };
        let total = self.total.clone().unwrap_or(count.to_string());
        let mut members = Vec::new();
        if !total.is_empty() {
            members.push(format!(r#""total_count":{total}"#));
        }
        if self.offsets {
            members.push(format!(r#""start_offset":{first},"end_offset":{last}"#));
        }
        format!("{{{}}}", members.join(","))
    }
}

/// The number of a participant, by its id.
pub fn number(id: &str) -> u64 {
    let number = id.split('-').next().and_then(|number| u64::from_str_radix(number, 16).ok());
    number.unwrap_or_else(|| panic!("{id:?} is no id of this service's"))
}

/// Everyone, as one of the two ways to ask for everyone gave them.
#[derive(Debug)]
pub struct Everyone {
    pub way: &'static str,
    pub numbers: Vec<u64>,
    pub total_count: u64,
    pub is_complete: bool,
}

/// By `get_participants`.
pub fn at_once(client: &Client) -> Result<Everyone, Error> {
    let everyone = client.get_participants(&meeting())?;
    let numbers = everyone.iter().map(|participant| number(participant.id())).collect();
    Ok(Everyone { way: "at once", numbers, total_count: everyone.total_count(), is_complete: everyone.is_complete() })
}

/// By `iter_participants`.
pub fn one_by_one(client: &Client) -> Result<Everyone, Error> {
    let mut participants = client.iter_participants(&meeting());
    let numbers =
        participants.by_ref().map(|participant| Ok(number(participant?.id()))).collect::<Result<_, Error>>()?;
    Ok(Everyone {
        way: "one by one",
        numbers,
        total_count: participants.total_count(),
        is_complete: participants.is_complete(),
    })
}

/// A way to ask for everyone.
pub type Way = fn(&Client) -> Result<Everyone, Error>;

/// Both.
pub const WAYS: [Way; 2] = [at_once, one_by_one];

/// The most memory that this process ever had in use, as Linux tells.
pub fn peak_memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the kernel tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("VmHWM");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
