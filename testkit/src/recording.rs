//! A service that answers from a recording of a good exchange, two pages of five participants, and does to it what the account in the path of
//! the request says. So the programs of all languages can name the fault they want.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::ops::Range;
use std::str::FromStr;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde_json::Value;
use socket2::SockRef;

use crate::{raw, wire};

/// How the end of a body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    Length,
    Chunked,
    /// With a length, and compressed.
    Gzip,
    /// By the end of the connection.
    Close,
}

pub const FRAMINGS: [Framing; 4] = [Framing::Length, Framing::Chunked, Framing::Gzip, Framing::Close];

/// What is done to the answer at a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection ends before this byte.
    Fin,
    /// The same, by a reset.
    Rst,
    /// This byte is changed, by an exclusive or, and the connection ends after the answer.
    Flip(u8),
    /// Nothing comes from this byte on.
    Hang,
    /// At first the answer is 503, then the connection ends before this byte, then the answer is good so many times, and then it begins again.
    BusyFin(u8),
    BusyRst(u8),
}

/// A fault in the answer to the request for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    pub fault: Fault,
    pub framing: Framing,
    pub page: usize,
    pub at: usize,
    /// Tells cases apart that are alike.
    pub run: usize,
}

/// A case as an account id.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fault, by) = match self.fault {
            Fault::Fin => ("fin", 0),
            Fault::Rst => ("rst", 0),
            Fault::Flip(by) => ("flip", by),
            Fault::Hang => ("hang", 0),
            Fault::BusyFin(good) => ("busyfin", good),
            Fault::BusyRst(good) => ("busyrst", good),
        };
        write!(f, "{fault}-{by}-{}-{}-{}-{}", self.framing as usize, self.page, self.at, self.run)
    }
}

impl FromStr for Case {
    type Err = ();

    fn from_str(account: &str) -> Result<Self, ()> {
        let (fault, figures) = account.split_once('-').ok_or(())?;
        let figures: Vec<usize> = figures.split('-').map_while(|figure| figure.parse().ok()).collect();
        let [by, framing, page, at, run] = figures[..] else { return Err(()) };
        let fault = match fault {
            "fin" => Fault::Fin,
            "rst" => Fault::Rst,
            "flip" => Fault::Flip(by as u8),
            "hang" => Fault::Hang,
            "busyfin" => Fault::BusyFin(by as u8),
            "busyrst" => Fault::BusyRst(by as u8),
            _ => return Err(()),
        };
        Ok(Case { fault, framing: FRAMINGS[framing], page, at, run })
    }
}

/// An answer as it is sent if nothing is done to it.
pub struct Recorded {
    pub bytes: Vec<u8>,
    /// Where in it the body is.
    body: Vec<Range<usize>>,
}

/// The answer to the request for page 1 or 2; or for another one, which is empty.
pub fn recorded(framing: Framing, page: usize) -> &'static Recorded {
    static ALL: LazyLock<Vec<Recorded>> =
        LazyLock::new(|| FRAMINGS.iter().flat_map(|framing| [1, 2, 3].map(|page| record(*framing, page))).collect());
    &ALL[framing as usize * 3 + page.clamp(1, 3) - 1]
}

/// The ids of everyone.
pub fn everyone() -> Vec<String> {
    (0..10).map(raw::id).collect()
}

fn record(framing: Framing, page: usize) -> Recorded {
    let numbers = if page < 3 { (page as u64 - 1) * 5..page as u64 * 5 } else { 10..10 };
    let participants: Vec<String> = numbers.clone().map(participant).collect();
    let paging = format!(r#"{{"total_count":10,"start_offset":{},"end_offset":{}}}"#, numbers.start + 1, numbers.end);
    let json = format!(r#"{{"success":true,"data":[{}],"paging":{paging}}}"#, participants.join(","));
    let mut body = json.into_bytes();
    if framing == Framing::Gzip {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&body).expect("in memory");
        body = encoder.finish().expect("in memory");
    }
    let header = match framing {
        Framing::Length => format!("Content-Length: {}", body.len()),
        Framing::Chunked => "Transfer-Encoding: chunked".to_string(),
        Framing::Gzip => format!("Content-Encoding: gzip\r\nContent-Length: {}", body.len()),
        Framing::Close => "Connection: close".to_string(),
    };
    let mut bytes =
        format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCF-Ray: 8f00-FRA\r\n{header}\r\n\r\n")
            .into_bytes();
    let mut ranges = Vec::new();
    let parts: Vec<&[u8]> = if framing == Framing::Chunked { body.chunks(230).collect() } else { vec![&body] };
    for part in parts {
        if framing == Framing::Chunked {
            bytes.extend(format!("{:x}\r\n", part.len()).into_bytes());
        }
        ranges.push(bytes.len()..bytes.len() + part.len());
        bytes.extend(part);
        if framing == Framing::Chunked {
            bytes.extend(b"\r\n");
        }
    }
    if framing == Framing::Chunked {
        bytes.extend(b"0\r\n\r\n");
    }
    Recorded { bytes, body: ranges }
}

/// Some have what not everyone has.
fn participant(number: u64) -> String {
    let plain = raw::participant(number);
    match number % 5 {
        1 => plain.replace(r#""name":"Participant 1""#, r#""name":"Zo\u00eb \"Z\" \\ 😀","picture":null"#),
        3 => plain.replacen('{', r#"{"unknown":{"a":[1,2.50,null,"]"]},"#, 1),
        4 => plain.replace(r#""name""#, r#""picture":"https:\/\/example.com\/é.png","name""#),
        _ => plain,
    }
}

impl Case {
    /// What is sent for a page, if all of it is sent.
    pub fn sent(&self, page: usize) -> Vec<u8> {
        let mut bytes = recorded(self.framing, page).bytes.clone();
        if let (Fault::Flip(by), true) = (self.fault, page == self.page) {
            bytes[self.at] ^= by;
        }
        bytes
    }

    /// Whether all of the body comes before the connection ends.
    pub fn body_is_whole(&self) -> bool {
        recorded(self.framing, self.page).body.iter().all(|range| range.end <= self.at)
    }

    pub fn is_in_head(&self) -> bool {
        self.at < recorded(self.framing, self.page).body[0].start
    }

    /// The JSON of a page, as it was sent, read by nothing of this project's; `None` if it is none.
    pub fn reading(&self, page: usize) -> Option<Value> {
        let sent = self.sent(page);
        let body = recorded(self.framing, page)
            .body
            .iter()
            .flat_map(|range| sent[range.clone()].iter().copied())
            .collect::<Vec<u8>>();
        if self.framing != Framing::Gzip {
            return serde_json::from_slice(&body).ok();
        }
        let mut text = Vec::new();
        GzDecoder::new(&body[..]).read_to_end(&mut text).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

/// The service; it runs as long as the process.
pub fn start() -> String {
    let times = Mutex::new(HashMap::new());
    wire::server(move |stream, _| {
        // However it ends, the connection is over.
        let _ = serve(&stream, &times);
    })
}

fn serve(mut stream: &TcpStream, times: &Mutex<HashMap<String, usize>>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut input = BufReader::new(stream);
    while let Some(target) = target(&mut input)? {
        let account = target.split('/').nth(2).unwrap_or_default();
        let case: Case = account.parse().unwrap_or_else(|()| panic!("{target}"));
        let page_no = target.split_once("page_no=").map_or("", |(_, rest)| rest).split('&').next().unwrap_or_default();
        // Like many that count from 1, it takes page 0 for page 1.
        let page = page_no.parse::<usize>().unwrap_or(1).max(1);
        let bytes = case.sent(page);
        let mut fault = Some(case.fault).filter(|_| page == case.page);
        if let Some(Fault::BusyFin(good) | Fault::BusyRst(good)) = fault {
            // The 503 leaves a connection, and a request on it that gets nothing is sent once more at once: that one is to get nothing either.
            let cuts = if case.at == 0 { 2 } else { 1 };
            let mut times = times.lock().expect("no panic");
            let time = times.entry(target.clone()).or_default();
            let round = *time % (1 + cuts + usize::from(good));
            *time += 1;
            drop(times);
            if round == 0 {
                stream.write_all(b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 4\r\n\r\nbusy")?;
                continue;
            }
            fault = fault.filter(|_| round <= cuts);
        }
        match fault {
            None => stream.write_all(&bytes)?,
            Some(Fault::Flip(_)) => {
                stream.write_all(&bytes)?;
                return stream.shutdown(Shutdown::Both);
            }
            Some(Fault::Hang) => {
                stream.write_all(&bytes[..case.at])?;
                while input.read(&mut [0; 64])? > 0 {}
                return Ok(());
            }
            Some(Fault::Rst | Fault::BusyRst(_)) => {
                stream.write_all(&bytes[..case.at])?;
                if case.run % 2 == 1 {
                    // Half of them strike when what came before was read.
                    std::thread::sleep(Duration::from_millis(2));
                }
                return SockRef::from(stream).set_linger(Some(Duration::ZERO));
            }
            Some(Fault::Fin | Fault::BusyFin(_)) => {
                stream.write_all(&bytes[..case.at])?;
                return stream.shutdown(Shutdown::Both);
            }
        }
        if case.framing == Framing::Close {
            return stream.shutdown(Shutdown::Both);
        }
    }
    Ok(())
}

/// The target of the next request; `None` at the end of the connection.
fn target(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    let target = line.split(' ').nth(1).map(str::to_string);
    while target.is_some() && line.trim_end() != "" {
        line.clear();
        input.read_line(&mut line)?;
    }
    Ok(target)
}
