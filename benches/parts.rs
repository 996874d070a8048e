//! The parts of a call, through the public interface and over loopback, with a mixed list: `cargo bench`.
//!
//! Decoding costs what `page` takes more than `wire`; merging two passes costs what `changing_list` takes more
//! than two of `everyone`.

use std::hint::black_box;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bench_service::Settings;
use divan::Bencher;
use divan::counter::ItemsCount;
use participants::{Client, PageRequest, Participants};
use testkit::meeting;
use testkit::service::{ACCOUNT_ID, APP_ID, MEETING_ID};

const PARTICIPANTS: usize = 10_000;

fn main() {
    divan::main();
}

fn service() -> String {
    bench_service::start(Settings::new(PARTICIPANTS))
}

fn client(base_url: &str, connections: usize) -> Client {
    testkit::client(base_url).max_connections(connections as u32).build().expect("a client")
}

fn everyone_of(client: &Client) -> Participants {
    client.get_participants(&meeting()).expect("everyone")
}

/// The response with a page, read but not decoded.
#[divan::bench(args = [30, 100, 1000, 10_000])]
fn wire(bencher: Bencher, per_page: usize) {
    let mut socket = TcpStream::connect(service().trim_start_matches("http://")).expect("a connection");
    socket.set_nodelay(true).expect("TCP_NODELAY");
    let request = format!(
        "GET /accounts/{ACCOUNT_ID}/realtime/kit/{APP_ID}/meetings/{MEETING_ID}/participants?page_no=1&per_page={per_page} HTTP/1.1\r\n\
         Host: loopback\r\n\r\n"
    );
    let mut response = Vec::new();
    socket.write_all(request.as_bytes()).expect("sent");
    while !response.ends_with(b"\"success\":true}") {
        let mut part = [0; 65_536];
        let read = socket.read(&mut part).expect("a response");
        response.extend_from_slice(&part[..read]);
    }
    bencher.counter(ItemsCount::new(per_page)).bench_local(|| {
        socket.write_all(request.as_bytes()).expect("sent");
        socket.read_exact(&mut response).expect("the same response");
    });
}

/// A page, read and decoded.
#[divan::bench(args = [30, 100, 1000, 10_000])]
fn page(bencher: Bencher, per_page: usize) {
    let (client, meeting) = (client(&service(), 1), meeting());
    let request = PageRequest { page_no: Some(1), per_page: Some(per_page as u64) };
    bencher
        .counter(ItemsCount::new(per_page))
        .bench_local(|| client.get_participants_page(&meeting, request).expect("a page"));
}

/// Everyone, by the number of connections.
#[divan::bench(args = [1, 4])]
fn everyone(bencher: Bencher, connections: usize) {
    let client = client(&service(), connections);
    bencher.counter(ItemsCount::new(PARTICIPANTS)).bench_local(|| everyone_of(&client));
}

/// Every other page has another total: there are two passes, and the second finds nobody new.
#[divan::bench]
fn changing_list(bencher: Bencher) {
    let client = client(&format!("{}/changing", service()), 1);
    let all = everyone_of(&client);
    assert!(!all.is_complete() && all.len() == PARTICIPANTS);
    bencher.counter(ItemsCount::new(PARTICIPANTS)).bench_local(|| everyone_of(&client));
}

#[divan::bench(args = [1, 4])]
fn iterator(bencher: Bencher, connections: usize) {
    let (client, meeting) = (client(&service(), connections), meeting());
    bencher
        .counter(ItemsCount::new(PARTICIPANTS))
        .bench_local(|| client.iter_participants(&meeting).filter(Result::is_ok).count());
}

/// A list and an iterator at a latency of 20 ms, in turn. The iterator should take at most 1.1 times as long.
#[divan::bench(sample_count = 7, sample_size = 1)]
fn everyone_and_iterator_at_20_ms(bencher: Bencher) {
    let late = Settings { latency: Duration::from_millis(20), ..Settings::new(PARTICIPANTS) };
    let (client, meeting) = (client(&bench_service::start(late), 4), meeting());
    everyone_of(&client);
    bencher.bench_local(|| {
        let began = Instant::now();
        assert_eq!(everyone_of(&client).len(), PARTICIPANTS);
        let list = began.elapsed();
        assert_eq!(client.iter_participants(&meeting).filter(Result::is_ok).count(), PARTICIPANTS);
        let iterator = began.elapsed() - list;
        println!("iterator {iterator:.0?}, list {list:.0?}: {:.3}", iterator.as_secs_f64() / list.as_secs_f64());
    });
}

/// Making a child and dropping it.
#[divan::bench]
fn child(bencher: Bencher) {
    let client = client(&service(), 1);
    bencher.bench_local(|| client.child());
}

#[divan::bench]
fn to_json(bencher: Bencher) {
    let all = everyone_of(&client(&service(), 1));
    bencher.counter(ItemsCount::new(PARTICIPANTS)).bench_local(|| all.to_json());
}

/// Every text of every participant.
#[divan::bench]
fn read_texts(bencher: Bencher) {
    let all = everyone_of(&client(&service(), 1));
    bencher.counter(ItemsCount::new(PARTICIPANTS)).bench_local(|| {
        for p in &all {
            black_box((
                p.id(),
                p.custom_participant_id(),
                p.preset_name(),
                p.created_at(),
                p.updated_at(),
                p.name(),
                p.picture(),
            ));
        }
    });
}

/// Both dates of every participant.
#[divan::bench]
fn read_dates(bencher: Bencher) {
    let all = everyone_of(&client(&service(), 1));
    bencher.counter(ItemsCount::new(PARTICIPANTS)).bench_local(|| {
        for p in &all {
            black_box((p.created_at_ms(), p.updated_at_ms()));
        }
    });
}
