//! The floor: requests over one socket, answers read to their end and not looked at. `raw_socket BASE_URL PER_PAGE
//! ROUNDS all|page`

use std::io::{Read, Write};
use std::net::TcpStream;

use compare::Arguments;

fn main() {
    let Arguments { base, per_page, rounds, mode } = compare::arguments();
    let mut socket = TcpStream::connect(base.trim_start_matches("http://")).expect("a connection");
    socket.set_nodelay(true).expect("TCP_NODELAY");
    let mut answer = vec![0; 1 << 20];
    let mut total = 0;
    for _ in 0..rounds {
        let mut page_no = 1;
        loop {
            let target = compare::url("", page_no, per_page);
            write!(socket, "GET {target} HTTP/1.1\r\nHost: loopback\r\nAuthorization: Bearer token-0123456789\r\n\r\n")
                .expect("sent");
            let mut filled = socket.read(&mut answer).expect("an answer");
            let head = find(&answer[..filled], "\r\n\r\n") + 4;
            let end = head + number_after(&answer[..head], "Content-Length: ");
            if end > answer.len() {
                answer.resize(end, 0);
            }
            while filled < end {
                filled += socket.read(&mut answer[filled..end]).expect("the rest");
            }
            if total == 0 {
                total = number_after(&answer[end.saturating_sub(200)..end], "\"total_count\":");
            }
            if mode == "page" || page_no * per_page >= total {
                break;
            }
            page_no += 1;
        }
    }
    println!("{}", if mode == "page" { per_page.min(total) } else { total });
}

fn find(text: &[u8], what: &str) -> usize {
    text.windows(what.len()).position(|window| window == what.as_bytes()).expect(what)
}

fn number_after(text: &[u8], what: &str) -> usize {
    let digits = text[find(text, what) + what.len()..].iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'))
}
