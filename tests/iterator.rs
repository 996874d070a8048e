//! The iterator: it fetches ahead, in flat memory, and is over once it has ended. `everyone.rs` tests that it gives
//! everyone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use log::{LevelFilter, Record};
use participants::{Client, ErrorKind, PageRequest};
use testkit::credentials::TOKEN;
use testkit::logger::Logger;
use testkit::paged_list::{self, PagedList};
use testkit::server::{Request, Response, Server};
use testkit::{NO_PARAMETERS, meeting};

fn numbers(participants: impl Iterator<Item = Result<participants::Participant, participants::Error>>) -> Vec<u64> {
    participants.map(|participant| paged_list::number(participant.expect("a participant").id())).collect()
}

#[test]
fn nothing_is_requested_before_the_first_next() {
    let server = PagedList::of(250).start();
    let mut participants = server.client().iter_participants(&meeting());
    assert_eq!((participants.total_count(), participants.is_complete(), server.request_count()), (0, false, 0));
    participants.next();
    assert_eq!((participants.total_count(), participants.is_complete(), server.request_count()), (250, false, 1));
}

/// How many requests the service gets in the end, if nobody asks the iterator.
fn requests_at_rest(server: &Server) -> usize {
    let mut count = server.request_count();
    loop {
        thread::sleep(Duration::from_millis(200));
        if server.request_count() == count {
            return count;
        }
        count = server.request_count();
    }
}

#[test]
fn page_1_is_requested_alone_and_later_pages_ahead_within_a_window() {
    // Long enough for three threads to start, also on a slow machine.
    let latency = |request: &Request| Duration::from_millis(if request.page_no() < Some(12) { 300 } else { 10 });
    let server = PagedList::of(10_000).latency(latency).start();
    let client = server.builder().max_connections(3).build().expect("a client");
    let mut participants = client.iter_participants(&meeting());
    assert_eq!(numbers(participants.by_ref().take(100)).len(), 100);
    assert_eq!(requests_at_rest(&server), 1);
    // The window is twice the connections, and begins with the page that is read.
    for page_read in 2..10 {
        assert_eq!(numbers(participants.by_ref().take(100)).len(), 100);
        assert_eq!(requests_at_rest(&server), page_read + 5, "on page {page_read}");
    }
    assert_eq!(server.most_in_flight(), 3);
    assert_eq!(numbers(participants.by_ref()), Vec::from_iter(900..10_000));
    assert!(participants.is_complete());
    assert_eq!((server.request_count(), server.connection_count(), server.most_in_flight()), (100, 3, 3));
}

#[test]
fn one_connection_fetches_a_page_when_it_is_needed() {
    let server = PagedList::of(250).start();
    let client = server.builder().max_connections(1).build().expect("a client");
    let mut participants = client.iter_participants(&meeting());
    for given in 1..=250_usize {
        participants.next().expect("a participant").expect("no error");
        assert_eq!(server.request_count(), given.div_ceil(100), "after {given}");
        assert!(!participants.is_complete());
    }
    assert!(participants.next().is_none());
    assert!(participants.is_complete());
    assert_eq!((server.request_count(), server.connection_count(), server.most_in_flight()), (3, 1, 1));
}

#[test]
fn an_idle_iterator_holds_no_request_open() {
    let server = PagedList::of(10_000).latency(|_| Duration::from_millis(30)).start();
    let client = server.client();
    let mut participants = client.iter_participants(&meeting());
    assert_eq!(numbers(participants.by_ref().take(101)).len(), 101);
    let requests = requests_at_rest(&server);
    // All connections are idle now: as many calls at the same time open no other.
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| client.child().get_participants_page(&meeting(), NO_PARAMETERS).expect("a page"));
        }
    });
    assert_eq!((server.request_count(), server.connection_count()), (requests + 4, 4));
    drop(participants);
}

#[test]
fn dropping_an_unfinished_iterator_ends_its_requests() {
    let pages = PagedList::of(10_000);
    let server = Server::start(move |request| match request.page_no() {
        Some(3..) => Response::new().hang(),
        _ => pages.respond(request),
    });
    let client = server.client();
    let mut participants = client.iter_participants(&meeting());
    assert_eq!(numbers(participants.by_ref().take(101)).len(), 101);
    server.await_requests(6);
    let began = Instant::now();
    drop(participants);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    // The connections of the four hanging requests are closed, and others can be made.
    assert_eq!(client.get_participants_page(&meeting(), NO_PARAMETERS).expect("a page").len(), 10_000);
}

#[test]
fn participants_of_the_pages_before_a_failed_one_come_first_although_they_arrive_later() {
    let pages = PagedList::of(600);
    let server = Server::start(move |request| match request.page_no() {
        Some(2 | 3) => pages.respond(request).after(Duration::from_millis(300)),
        Some(4) => Response::whole(403, &[], "{}"),
        _ => pages.respond(request),
    });
    let mut participants = server.client().iter_participants(&meeting());
    assert_eq!(numbers(participants.by_ref().take(300)), Vec::from_iter(0..300));
    let error = participants.next().expect("an error").expect_err("an error");
    assert_eq!((error.status(), error.page(), error.attempts()), (ErrorKind::PermissionDenied, Some(4), 1));
    assert!(participants.next().is_none());
}

#[test]
fn an_iterator_that_has_ended_stays_ended() {
    let server = PagedList::of(3).start();
    let mut participants = server.client().iter_participants(&meeting());
    assert_eq!(participants.by_ref().count(), 3);
    for _ in 0..3 {
        assert!(participants.next().is_none());
        assert!(participants.is_complete());
    }
    assert_eq!(server.request_count(), 1);
}

/// Checks that the iterator gives this many participants, then an error, then nothing.
fn returns_then_fails(server: &Server, given: usize, status: ErrorKind) {
    let mut participants = server.client().iter_participants(&meeting());
    for i in 0..given {
        participants.next().expect("a participant").unwrap_or_else(|e| panic!("{e} after {i}"));
    }
    assert_eq!(participants.next().expect("an error").expect_err("an error").status(), status);
    let requests = server.request_count();
    for _ in 0..3 {
        assert!(participants.next().is_none());
    }
    assert!(!participants.is_complete());
    assert_eq!(server.request_count(), requests);
}

#[test]
fn nothing_follows_an_error() {
    for page in 1..4 {
        let pages = PagedList::of(350);
        let server = Server::start(move |request| match request.page_no() == Some(page) {
            true => Response::whole(403, &[], "{}"),
            false => pages.respond(request),
        });
        returns_then_fails(&server, 100 * (page as usize - 1), ErrorKind::PermissionDenied);
    }
}

#[test]
fn nothing_follows_an_error_of_page_0_although_page_1_arrived() {
    let server = PagedList::of(350).first_page(0).page_zero(Response::whole(403, &[], "{}")).start();
    returns_then_fails(&server, 0, ErrorKind::PermissionDenied);
}

#[test]
fn an_error_in_the_second_pass_follows_the_participants_of_the_first() {
    let pages = PagedList::changing(|request| (0..if request.page_no() == Some(1) { 250 } else { 251 }).collect());
    let server = Server::start(move |request| match request.attempt {
        1 => pages.respond(request),
        _ => Response::whole(401, &[], "{}"),
    });
    returns_then_fails(&server, 251, ErrorKind::Authentication);
}

#[test]
fn newcomers_of_the_second_pass_come_last_and_no_third_pass_follows() {
    let pages = PagedList::changing(|request| match request.number {
        1 => (0..250).collect(),
        2 | 3 => (0..251).collect(),
        _ => (500..510).chain(0..250).chain(510..515).collect(),
    });
    let server = pages.start();
    let mut participants = server.client().iter_participants(&meeting());
    let given = numbers(participants.by_ref());
    assert_eq!(given, Vec::from_iter((0..251).chain(500..515)));
    // The iterator gave 250, and the second pass no longer saw it.
    assert!(!participants.is_complete());
    assert_eq!(server.pages().iter().filter(|page| **page == 1).count(), 2);
}

#[test]
fn time_between_two_calls_of_next_does_not_count_towards_the_deadline() {
    let server = PagedList::of(300).start();
    let client = server.builder().deadline(Duration::from_millis(1200)).build().expect("a client");
    let mut participants = client.iter_participants(&meeting());
    assert_eq!(numbers(participants.by_ref().take(100)).len(), 100);
    thread::sleep(Duration::from_millis(1300));
    assert_eq!(numbers(participants).len(), 200);
}

#[test]
fn the_deadline_covers_all_pages_together() {
    let server = PagedList::of(10_000).latency(|_| Duration::from_millis(200)).start();
    let client = server.builder().deadline(Duration::from_millis(700)).build().expect("a client");
    let mut participants = client.iter_participants(&meeting());
    let error = participants.find_map(Result::err).expect("the deadline");
    assert_eq!(error.status(), ErrorKind::Timeout);
    assert!(error.to_string().contains("deadline of 0.7 s"), "{error}");
    assert!(participants.next().is_none());
    // Page 1, and then four at the same time.
    assert!((1..=13).contains(&server.request_count()), "{}", server.request_count());
}

#[test]
fn the_deadline_names_the_page_that_was_waited_for() {
    let pages = PagedList::of(600);
    let server = Server::start(move |request| match request.page_no() {
        Some(3) => Response::new().hang(),
        _ => pages.respond(request),
    });
    let client = server.builder().deadline(Duration::from_millis(700)).build().expect("a client");
    let mut participants = client.iter_participants(&meeting());
    assert_eq!(numbers(participants.by_ref().take(200)).len(), 200);
    // Page 3 was requested ahead, and is waited for only now.
    thread::sleep(Duration::from_millis(1000));
    let began = Instant::now();
    let error = participants.next().expect("an error").expect_err("an error");
    assert_eq!((error.status(), error.page(), error.attempts()), (ErrorKind::Timeout, Some(3), 1));
    assert!(error.to_string().contains("deadline of 0.7 s"), "{error}");
    assert!(began.elapsed() > Duration::from_millis(300), "{:?}", began.elapsed());
}

/// A logger that takes this long for lines with a text.
struct SlowFor(&'static [(&'static str, u64)]);

impl log::Log for SlowFor {
    fn enabled(&self, _: &log::Metadata) -> bool {
        true
    }

    fn log(&self, record: &log::Record) {
        let line = record.args().to_string();
        for (text, milliseconds) in self.0.iter().filter(|(text, _)| line.contains(text)) {
            assert!(!text.is_empty());
            thread::sleep(Duration::from_millis(*milliseconds));
        }
    }

    fn flush(&self) {}
}

#[test]
fn a_request_that_the_deadline_cancels_does_not_report_a_shutdown_later() {
    let pages = PagedList::of(1000);
    let server = Server::start(move |request| match request.page_no() {
        Some(3) => Response::whole(503, &[("Retry-After", "0")], "{}"),
        _ => pages.respond(request),
    });
    // Page 2 arrives while it is being cancelled. Page 3 ends when the clock has stopped.
    let slow = SlowFor(&[("page 2: 100 of", 700), ("page 3: attempt", 900)]);
    let builder = server.builder().max_connections(2).deadline(Duration::from_millis(400));
    let mut participants = builder.logger(slow).build().expect("a client").iter_participants(&meeting());
    assert_eq!(numbers(participants.by_ref().take(101)).len(), 101);
    thread::sleep(Duration::from_millis(500));
    let error = participants.find_map(Result::err).expect("an error");
    assert_eq!(error.status(), ErrorKind::Timeout, "{error}");
}

#[test]
fn a_retry_that_would_pass_the_deadline_is_not_waited_for() {
    let pages = PagedList::of(600);
    let server = Server::start(move |request| match request.page_no() {
        Some(3) => Response::whole(503, &[("Retry-After", "20")], "{}").after(Duration::from_millis(100)),
        _ => pages.respond(request),
    });
    let builder = server.builder().max_retry_wait(Duration::from_secs(60)).deadline(Duration::from_millis(5000));
    let client = builder.build().expect("a client");
    let mut participants = client.iter_participants(&meeting());
    assert_eq!(numbers(participants.by_ref().take(101)).len(), 101);
    // The first attempt fails while nobody waits.
    thread::sleep(Duration::from_millis(300));
    let began = Instant::now();
    let error = participants.find_map(Result::err).expect("an error");
    assert_eq!((error.http_status(), error.page(), error.attempts()), (Some(503), Some(3), 1));
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert_eq!(client.get_participants(&meeting()).expect_err("an error").http_status(), Some(503));
}

#[test]
fn a_wait_for_the_quota_that_would_pass_the_deadline_is_skipped() {
    let list = PagedList::of(1000);
    let server = Server::start(move |request| match request.page_no() {
        Some(1) => {
            let rows: Vec<String> = (0..100).map(paged_list::participant).collect();
            Response::whole(200, &[("Ratelimit", "\"default\";r=0;t=50")], testkit::page_of(&rows, 1000, 1))
        }
        _ => list.respond(request),
    });
    let builder = server.builder().max_retry_wait(Duration::from_secs(60)).deadline(Duration::from_secs(20));
    let mut participants = builder.build().expect("a client").iter_participants(&meeting());
    let began = Instant::now();
    assert_eq!(numbers(participants.by_ref()).len(), 1000);
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

#[test]
fn pages_that_are_fetched_while_nobody_waits_may_take_longer_than_the_deadline() {
    let pages = PagedList::of(600).latency(|request| match request.page_no() {
        Some(1 | 2) => Duration::ZERO,
        _ => Duration::from_millis(1500),
    });
    let server = pages.start();
    let client = server.builder().deadline(Duration::from_millis(1200)).build().expect("a client");
    let mut participants = client.iter_participants(&meeting());
    assert_eq!(numbers(participants.by_ref().take(101)).len(), 101);
    thread::sleep(Duration::from_millis(1800));
    // Pages 3 to 6 took 1.5 s.
    assert_eq!(numbers(participants.by_ref().take(399)).len(), 399);
}

#[test]
fn an_iterator_outlives_its_client() {
    let server = PagedList::of(250).start();
    let mut participants = server.client().iter_participants(&meeting());
    assert_eq!(numbers(participants.by_ref()).len(), 250);
    assert!(participants.is_complete());
}

#[test]
fn a_participant_outlives_the_iterator_the_client_and_the_service() {
    let kept = {
        let server = PagedList::of(250).start();
        server.client().iter_participants(&meeting()).nth(120).expect("a participant").expect("no error")
    };
    assert_eq!(kept.id(), paged_list::id(120));
    assert_eq!(kept.name(), Some("Participant 120"));
}

#[test]
fn a_shutdown_ends_iterators_that_wait_for_a_page_or_have_not_begun() {
    let pages = PagedList::of(250);
    let server = Server::start(move |request| match request.page_no() {
        Some(1) => pages.respond(request),
        _ => Response::new().hang(),
    });
    let client = server.client();
    let mut participants = client.iter_participants(&meeting());
    let mut late = client.iter_participants(&meeting());
    let walk = thread::spawn(move || (participants.find_map(Result::err), participants.next().is_none()));
    server.await_requests(2);
    client.shutdown();
    let (error, over) = walk.join().expect("no panic");
    assert_eq!(error.expect("an error").status(), ErrorKind::Cancelled);
    assert!(over);
    assert_eq!(late.next().expect("an error").expect_err("an error").status(), ErrorKind::Cancelled);
    assert!(late.next().is_none());
    assert!(server.request_count() <= 3, "{}", server.request_count());
}

#[test]
fn size_hint_comes_from_the_total() {
    let server = PagedList::of(250).start();
    let mut participants = server.client().iter_participants(&meeting());
    assert_eq!(participants.size_hint(), (0, None));
    for given in 1..=250_usize {
        participants.next().expect("a participant").expect("no error");
        let in_page = (given.div_ceil(100) * 100).min(250) - given;
        assert_eq!(participants.size_hint(), (in_page, Some(250 - given)), "after {given}");
    }
    assert!(participants.next().is_none());
    assert_eq!(participants.size_hint(), (0, Some(0)));
}

#[test]
fn size_hint_has_no_upper_bound_once_the_list_has_changed_or_without_a_total() {
    let growing = PagedList::changing(|request| (0..250 + request.number.min(4) as u64).collect());
    for (pages, first) in [(growing, Some(250)), (PagedList::of(250).without_paging(), None)] {
        let server = pages.start();
        let client = server.builder().max_connections(1).build().expect("a client");
        let mut participants = client.iter_participants(&meeting());
        participants.next();
        assert_eq!(participants.size_hint(), (99, first));
        assert_eq!(numbers(participants.by_ref().take(100)).len(), 100);
        assert_eq!(participants.size_hint(), (99, None));
        assert!(participants.by_ref().all(|participant| participant.is_ok()));
        assert_eq!(participants.size_hint(), (0, Some(0)));
    }
}

#[test]
fn size_hint_does_not_repeat_a_total_that_page_1_refutes() {
    let server = PagedList::of(60).cap(7).total_count("5").start();
    let mut participants = server.client().iter_participants(&meeting());
    participants.next();
    assert_eq!(participants.size_hint(), (6, None));
    assert_eq!(participants.count(), 59);
}

#[test]
fn a_huge_total_reserves_nothing() {
    let server = PagedList::of(3).total_count("9007199254740991").start();
    let participants: Vec<_> = server.client().iter_participants(&meeting()).collect();
    assert_eq!(participants.len(), 3);
}

#[test]
fn size_hint_after_a_shutdown_counts_the_error() {
    let server = PagedList::of(130).start();
    let client = server.client();
    let mut participants = client.iter_participants(&meeting());
    participants.next();
    client.shutdown();
    assert_eq!(participants.size_hint(), (1, Some(1)), "the error");
    assert!(participants.next().is_some_and(|error| error.is_err()));
    assert_eq!(participants.size_hint(), (0, Some(0)));
}

#[test]
fn an_iterator_whose_logger_panicked_is_over_and_its_client_is_not() {
    // On the thread that calls, and on one that fetches ahead.
    for event in ["page 1:", "page 3:"] {
        let server = PagedList::of(250).start();
        let logger = Logger(LevelFilter::Debug, move |record: &Record| {
            assert!(!record.args().to_string().contains(event), "planted");
        });
        let client = server.builder().logger(logger).build().expect("a client");
        let mut participants = client.iter_participants(&meeting());
        catch_unwind(AssertUnwindSafe(|| participants.by_ref().count())).expect_err(event);
        assert!(participants.next().is_none(), "{event}");
        assert!(!participants.is_complete());
        let page = PageRequest { page_no: Some(2), per_page: Some(100) };
        assert_eq!(client.get_participants_page(&meeting(), page).expect("a page").len(), 100);
    }
}

const WALK_VARIABLE: &str = "PARTICIPANTS_TEST_WALK";

/// Not a test: the next test runs it in a process of its own.
#[test]
fn child_that_walks() {
    let Ok(url) = std::env::var(WALK_VARIABLE) else { return };
    let client = Client::builder().api_token(TOKEN).base_url(&url).proxy("").per_page(1000).build().expect("a client");
    let mut participants = client.iter_participants(&meeting());
    let count = participants.by_ref().inspect(|participant| assert!(participant.is_ok(), "{participant:?}")).count();
    assert!(participants.is_complete());
    println!("\ncount={count}\npeak={}", testkit::memory::peak_memory_kib());
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "reads /proc")]
fn the_memory_stays_flat_however_long_the_list() {
    let peak_kib = |count: u64| -> u64 {
        let server = PagedList::of(count).start();
        let child = testkit::build::this_program()
            .args(["--exact", "child_that_walks", "--nocapture"])
            .env(WALK_VARIABLE, server.url())
            .output()
            .expect("the child");
        let output = String::from_utf8_lossy(&child.stdout);
        let figure = |name: &str| output.lines().find_map(|line| line.strip_prefix(name)?.parse::<u64>().ok());
        assert_eq!(figure("count="), Some(count), "{output}{}", String::from_utf8_lossy(&child.stderr));
        figure("peak=").expect("a figure")
    };
    let (short, long) = (peak_kib(10_000), peak_kib(100_000));
    println!("{short} KiB for 10,000, {long} KiB for 100,000");
    // 90,000 participants of 230 bytes are 21 MB as text alone.
    assert!(long < short + 8 * 1024, "{short} KiB for 10,000, {long} KiB for 100,000");
}
