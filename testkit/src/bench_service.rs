//! The service of the benchmarks. It stands apart from the other servers because the benchmarks compile it alone,
//! without cargo and dependencies, and because it responds from memory, so that they measure the client.
//!
//! `rustc -O bench_service.rs` makes a program: `bench_service PARTICIPANTS LATENCY_MS` prints its base URL and runs
//! until its standard input ends.
//!
//! `GET /connections` gives the number of connections before this one. Below `/changing`, every other page has another
//! total.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

type Pages = Arc<Mutex<HashMap<String, Arc<Vec<u8>>>>>;

#[allow(dead_code)] // This file is also a module.
fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let participants = arguments.next().expect("PARTICIPANTS");
    let latency = Duration::from_millis(arguments.next().expect("LATENCY_MS") as u64);
    println!("{}", start(participants, latency));
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

/// Runs as long as the process, and returns the base URL.
pub fn start(participants: usize, latency: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let pages = Pages::default();
    thread::spawn(move || {
        for (before, connection) in listener.incoming().flatten().enumerate() {
            let pages = Arc::clone(&pages);
            thread::spawn(move || serve(connection, participants, latency, &pages, before));
        }
    });
    base
}

fn serve(connection: TcpStream, total: usize, latency: Duration, pages: &Pages, before: usize) {
    connection.set_nodelay(true).expect("TCP_NODELAY");
    let mut writer = connection.try_clone().expect("a clone");
    let mut reader = BufReader::new(connection);
    while let Some(target) = request(&mut reader) {
        let response = if target == "/connections" {
            Arc::new(with_head(before.to_string()))
        } else {
            thread::sleep(latency);
            let known = pages.lock().expect("pages").get(&target).cloned();
            known.unwrap_or_else(|| {
                let response = Arc::new(with_head(page(&target, total)));
                pages.lock().expect("pages").insert(target, Arc::clone(&response));
                response
            })
        };
        if writer.write_all(&response).is_err() {
            return;
        }
    }
}

/// The target of the next request; `None` at the end of the connection.
fn request(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let target = line.split(' ').nth(1)?.to_string();
    while line.trim_end() != "" {
        line.clear();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    }
    Some(target)
}

fn page(target: &str, total: usize) -> String {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let number = |name: &str| {
        let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.and_then(|value| value.parse::<usize>().ok())
    };
    let (page_no, per_page) = (number("page_no").unwrap_or(1), number("per_page").unwrap_or(20));
    let start = (page_no.max(1) - 1).saturating_mul(per_page).min(total);
    let end = (start + per_page).min(total);
    let said_total = if target.starts_with("/changing/") { total + page_no % 2 } else { total };
    let data: Vec<String> = (start..end).map(participant).collect();
    format!(
        r#"{{"data":[{}],"paging":{{"total_count":{said_total},"start_offset":{},"end_offset":{end}}},"success":true}}"#,
        data.join(","),
        start + 1
    )
}

fn with_head(body: String) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nCF-Ray: 8f0000000000abcd-FRA\r\n\
         Ratelimit: \"default\";r=1000;t=300\r\n\r\n{body}"
    )
    .into_bytes()
}

fn participant(index: usize) -> String {
    // Ids that look random, as those of the service do.
    let mut x = index as u64 ^ 0x9E37_79B9_7F4A_7C15;
    let mut next = || {
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^= x >> 31;
        x
    };
    let (a, b) = (next(), next());
    let (minute, second) = (index / 60 % 60, index % 60);
    format!(
        r#"{{"id":"{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}","name":"Participant {index}","picture":"https://example.com/avatars/{index}.png","custom_participant_id":"user-{index}","preset_name":"group_call_participant","created_at":"2026-03-01T09:{minute:02}:{second:02}.117Z","updated_at":"2026-03-01T10:{minute:02}:{second:02}.250Z"}}"#,
        a >> 32,
        (a >> 16) & 0xffff,
        a & 0xfff,
        (b >> 48) & 0xfff,
        b & 0xffff_ffff_ffff,
    )
}
