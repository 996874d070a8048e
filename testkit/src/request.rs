//! The one parser of request heads.

use std::fmt;
use std::io::{self, BufRead, ErrorKind};

/// The request line and the headers of a request.
#[derive(Debug, Clone)]
pub struct Head {
    /// Such as `GET /accounts?page_no=1 HTTP/1.1`.
    pub line: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// Reads a head. `None` at the end of the connection, an error for bytes that are not HTTP, such as a TLS
    /// handshake.
    pub fn read(input: &mut impl BufRead) -> io::Result<Option<Self>> {
        if input.fill_buf()?.first().is_some_and(|byte| !byte.is_ascii_uppercase()) {
            return Err(ErrorKind::InvalidData.into());
        }
        let Some(line) = read_line(input)? else { return Ok(None) };
        let mut headers = Vec::new();
        loop {
            match read_line(input)? {
                None => return Ok(None),
                Some(header) if header.is_empty() => return Ok(Some(Head { line, headers })),
                Some(header) => {
                    headers.extend(header.split_once(':').map(|(name, value)| (name.into(), value.trim().into())));
                }
            }
        }
    }

    /// What is asked for: a path and a query, or the host and port of a `CONNECT`.
    pub fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A number in the query.
    pub fn query(&self, name: &str) -> Option<u64> {
        query(self.target(), name)
    }

    pub fn page_no(&self) -> Option<u64> {
        self.query("page_no")
    }

    /// The account id in the path.
    pub fn account(&self) -> &str {
        self.target().split('/').nth(2).unwrap_or_default()
    }
}

/// The head as it is sent.
impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\r\n", self.line)?;
        self.headers.iter().try_for_each(|(name, value)| write!(f, "{name}: {value}\r\n"))?;
        write!(f, "\r\n")
    }
}

/// A line without its end; `None` at the end of the connection.
fn read_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    let length = input.read_line(&mut line)?;
    Ok((length > 0).then(|| line.trim_end().to_string()))
}

/// A number in the query of a target.
pub fn query(target: &str, name: &str) -> Option<u64> {
    let (_, query) = target.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?.parse().ok()
}
