//! A service that sends a recorded list of two pages with five participants each, and does to it what the account in
//! the path of the request says. So programs of every language can name the fault they want.

use std::fmt;
use std::io::{Read, Write};
use std::ops::Range;
use std::str::FromStr;
use std::sync::LazyLock;
use std::time::Duration;

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde_json::Value;

use crate::paged_list;
use crate::server::{Response, Server};

/// How a body says where it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    Length,
    Chunked,
    /// Compressed, with a length.
    Gzip,
    /// By the end of the connection.
    Close,
}

pub const FRAMINGS: [Framing; 4] = [Framing::Length, Framing::Chunked, Framing::Gzip, Framing::Close];

/// What is done to the response at a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection ends before this byte.
    Fin,
    /// The same, with a reset.
    Rst,
    /// An exclusive or changes this byte, and the connection ends after the response.
    Flip(u8),
    /// Nothing comes from this byte on.
    Hang,
    /// The first response is 503, the next one ends before this byte, so many are good, and then it begins again.
    BusyFin(u8),
    BusyRst(u8),
}

/// A fault in the response to the request for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    pub fault: Fault,
    pub framing: Framing,
    pub page: usize,
    pub at: usize,
    /// Makes equal cases different.
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

/// A response without a fault.
pub struct Recorded {
    pub bytes: Vec<u8>,
    /// Where the body is in it.
    body: Vec<Range<usize>>,
}

/// The response to the request for page 1 or 2, or for another one, which is empty.
pub fn recorded(framing: Framing, page: usize) -> &'static Recorded {
    static ALL: LazyLock<Vec<Recorded>> =
        LazyLock::new(|| FRAMINGS.iter().flat_map(|framing| [1, 2, 3].map(|page| record(*framing, page))).collect());
    &ALL[framing as usize * 3 + page.clamp(1, 3) - 1]
}

/// The ids of everyone.
pub fn everyone() -> Vec<String> {
    (0..10).map(paged_list::id).collect()
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

/// Some participants have escapes, unknown fields or a null.
fn participant(number: u64) -> String {
    let plain = paged_list::participant(number);
    match number % 5 {
        1 => plain.replace(r#""name":"Participant 1""#, r#""name":"Zo\u00eb \"Z\" \\ 😀","picture":null"#),
        3 => plain.replacen('{', r#"{"unknown":{"a":[1,2.50,null,"]"]},"#, 1),
        4 => plain.replace(r#""name""#, r#""picture":"https:\/\/example.com\/é.png","name""#),
        _ => plain,
    }
}

impl Case {
    /// What is sent for a page if the connection does not end.
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

    fn respond(&self, page: usize, attempt: usize) -> Response {
        let bytes = self.sent(page);
        let mut fault = Some(self.fault).filter(|_| page == self.page);
        if let Some(Fault::BusyFin(good) | Fault::BusyRst(good)) = fault {
            // The 503 leaves a connection. A request on it that gets no response is sent again at once, and must get
            // none again.
            let cuts = if self.at == 0 { 2 } else { 1 };
            let round = (attempt - 1) % (1 + cuts + usize::from(good));
            if round == 0 {
                return Response::whole(503, &[("Retry-After", "0")], "busy");
            }
            fault = fault.filter(|_| round <= cuts);
        }
        let cut = || Response::new().send(&bytes[..self.at]);
        match fault {
            None if self.framing == Framing::Close => Response::new().send(&bytes).close(),
            None => Response::new().send(&bytes),
            Some(Fault::Flip(_)) => Response::new().send(&bytes).close(),
            Some(Fault::Hang) => cut().hang(),
            // Half of the resets come when the client has read what was sent before.
            Some(Fault::Rst | Fault::BusyRst(_)) if self.run % 2 == 1 => cut().pause(Duration::from_millis(2)).reset(),
            Some(Fault::Rst | Fault::BusyRst(_)) => cut().reset(),
            Some(Fault::Fin | Fault::BusyFin(_)) => cut().close(),
        }
    }

    /// The JSON of a page as it was sent, without this project's parser; `None` if it is not JSON.
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

pub fn start() -> Server {
    Server::start_forgetful(|request| {
        let case: Case = request.account().parse().unwrap_or_else(|()| panic!("{}", request.line));
        // Like many that count from 1, it takes page 0 for page 1.
        let page = request.page_no().unwrap_or(1).max(1) as usize;
        case.respond(page, request.attempt)
    })
}
