//! The service that everybody is measured against: it answers from memory, so that what is measured is the client.
//!
//! `service PARTICIPANTS LATENCY_MS` prints its base URL and runs until its standard input ends.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

type Pages = Arc<Mutex<HashMap<(usize, usize), Arc<Vec<u8>>>>>;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let total = arguments.next().expect("PARTICIPANTS");
    let latency = Duration::from_millis(arguments.next().unwrap_or(0) as u64);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("http://{}", listener.local_addr().expect("an address"));
    let pages = Pages::default();
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let pages = Arc::clone(&pages);
            thread::spawn(move || serve(connection, total, latency, &pages));
        }
    });
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

fn serve(connection: TcpStream, total: usize, latency: Duration, pages: &Pages) {
    connection.set_nodelay(true).expect("TCP_NODELAY");
    let mut writer = connection.try_clone().expect("a clone");
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let target = line.split(' ').nth(1).unwrap_or_default().to_string();
        while line.trim_end() != "" {
            line.clear();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
        }
        let number = |name: &str| {
            let query = target.split_once('?')?.1;
            query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?.parse::<f64>().ok()
        };
        let (page, per_page) = (number("page_no").unwrap_or(1.0) as usize, number("per_page").unwrap_or(20.0) as usize);
        let known = pages.lock().expect("pages").get(&(page, per_page)).cloned();
        let answer = known.unwrap_or_else(|| {
            let answer = Arc::new(answer(page, per_page, total));
            pages.lock().expect("pages").insert((page, per_page), Arc::clone(&answer));
            answer
        });
        thread::sleep(latency);
        if writer.write_all(&answer).is_err() {
            return;
        }
    }
}

fn answer(page: usize, per_page: usize, total: usize) -> Vec<u8> {
    let start = (page.max(1) - 1).saturating_mul(per_page).min(total);
    let end = (start + per_page).min(total);
    let data: Vec<String> = (start..end).map(participant).collect();
    let body = format!(
        r#"{{"data":[{}],"paging":{{"total_count":{total},"start_offset":{},"end_offset":{end}}},"success":true}}"#,
        data.join(","),
        start + 1
    );
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nCF-Ray: 8f0000000000abcd-FRA\r\nRatelimit: \"default\";r=1000;t=300\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body.into_bytes()].concat()
}

fn participant(index: usize) -> String {
    // Ids as the service's: random to the eye.
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
