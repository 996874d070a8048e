//! Everyone means everyone, however the service pages. Tests try both the list and the iterator.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use participants::{Builder, Client, ErrorKind};
use testkit::everyone::{self, Everyone, METHODS, Method};
use testkit::meeting;
use testkit::paged_list::{self, PagedList, envelope};
use testkit::server::{Request, Response, Server};

/// The most pages that one pass fetches.
const MAX_PAGES: usize = 10_000;

/// Asks for everyone by both methods, each time from a new service, and checks the participants and the requested page
/// numbers. The JSON of everyone must agree.
fn both_methods(service: &PagedList, check: impl Fn(&Everyone, &[u64])) {
    both_methods_with(service, |builder| builder, check);
}

fn both_methods_with(service: &PagedList, settings: impl Fn(Builder) -> Builder, check: impl Fn(&Everyone, &[u64])) {
    for method in METHODS {
        let server = service.clone().start();
        let client = settings(server.builder()).build().expect("a client");
        let everyone = method(&client).expect("everyone");
        println!(
            "{}: {} of {}, pages {:?}",
            everyone.method,
            everyone.numbers.len(),
            everyone.total_count,
            server.pages()
        );
        assert_eq!(
            HashSet::<u64>::from_iter(everyone.numbers.clone()).len(),
            everyone.numbers.len(),
            "a participant twice"
        );
        check(&everyone, &server.pages());
        if everyone.method == "get_participants" {
            let json_methods: [fn(&Client) -> String; 2] = [
                |client| client.get_participants_json(&meeting()).expect("JSON"),
                |client| client.get_participants(&meeting()).expect("everyone").to_json(),
            ];
            for json_of in json_methods {
                let server = service.clone().start();
                let json = json_of(&settings(server.builder()).build().expect("a client"));
                assert_eq!(in_json(&json), (everyone.numbers.clone(), everyone.total_count), "as JSON");
            }
        }
    }
}

/// The participants of an envelope, and its total.
fn in_json(json: &str) -> (Vec<u64>, u64) {
    let json: serde_json::Value = serde_json::from_str(json).expect("JSON");
    let numbers = json["data"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|element| paged_list::number(element["id"].as_str().expect("an id")));
    (numbers.collect(), json["paging"]["total_count"].as_u64().expect("a total"))
}

/// Checks that both methods give exactly these participants, in order and complete, in at most this many requests.
fn gives_everyone(service: &PagedList, count: u64, requests: usize) {
    both_methods(service, |everyone, pages| {
        assert_eq!(everyone.numbers, numbers(0..count), "{}", everyone.method);
        assert!(everyone.is_complete, "{}", everyone.method);
        assert_eq!(everyone.total_count, count);
        assert!(pages.len() <= requests, "{}: {pages:?}", everyone.method);
    });
}

fn numbers(range: impl IntoIterator<Item = u64>) -> Vec<u64> {
    range.into_iter().collect()
}

fn passes(pages: &[u64]) -> usize {
    pages.iter().filter(|page| **page == 1).count()
}

#[test]
fn everyone_takes_no_more_requests_than_there_are_pages() {
    for (count, requests) in [(1, 1), (99, 1), (100, 1), (101, 2), (200, 2), (201, 3), (1000, 10)] {
        gives_everyone(&PagedList::of(count), count, requests);
    }
}

#[test]
fn an_empty_meeting_is_complete_whatever_offsets_its_page_has() {
    for figures in [[1, 0, 0], [0, 0, 0]] {
        gives_everyone(&PagedList::of(0).empty_page_says(figures), 0, 2);
    }
}

#[test]
fn ten_thousand_participants_take_at_most_101_requests() {
    gives_everyone(&PagedList::of(10_000), 10_000, 101);
}

#[test]
fn participants_keep_their_order_when_later_pages_arrive_first() {
    let later_is_faster = |request: &Request| Duration::from_millis(20 * (8 - request.page_no().unwrap_or(8).min(8)));
    gives_everyone(&PagedList::of(800).latency(later_is_faster), 800, 8);
}

#[test]
fn max_connections_pages_are_in_flight_and_never_more() {
    for connections in [2, 4, 7] {
        let waiting = AtomicUsize::new(0);
        let pages = PagedList::of(1 + 100 * 3 * connections as u64);
        let server = Server::start(move |request| {
            // No response is sent before as many requests wait as are allowed.
            waiting.fetch_add(1, Ordering::SeqCst);
            let since = Instant::now();
            while request.page_no() != Some(1)
                && waiting.load(Ordering::SeqCst) <= connections
                && since.elapsed() < Duration::from_secs(20)
            {
                thread::sleep(Duration::from_millis(1));
            }
            pages.respond(request).after(Duration::from_millis(10))
        });
        let client = server.builder().max_connections(connections as u32).build().expect("a client");
        assert_eq!(client.get_participants(&meeting()).expect("everyone").len(), 1 + 300 * connections);
        assert_eq!(server.most_in_flight(), connections);
        assert!(server.connection_count() <= connections, "{} connections", server.connection_count());
    }
}

#[test]
fn one_connection_fetches_one_page_after_the_other() {
    let server = PagedList::of(1000).start();
    let client = server.builder().max_connections(1).build().expect("a client");
    assert!(client.get_participants(&meeting()).expect("everyone").is_complete());
    assert_eq!(server.pages(), Vec::from_iter(1..=10));
    assert_eq!((server.most_in_flight(), server.connection_count()), (1, 1));
}

#[test]
fn per_page_of_the_settings_is_sent_with_every_page() {
    let server = PagedList::of(60).start();
    let client = server.builder().per_page(7).build().expect("a client");
    assert_eq!(client.get_participants(&meeting()).expect("everyone").len(), 60);
    assert!(server.requests().iter().all(|request| request.query("per_page") == Some(7)));
    assert_eq!(server.request_count(), 9);
}

#[test]
fn a_service_that_caps_per_page_gives_everyone() {
    for cap in [1, 7, 50, 99] {
        gives_everyone(&PagedList::of(250).cap(cap), 250, 250_usize.div_ceil(cap as usize));
    }
}

#[test]
fn a_service_that_ignores_per_page_is_asked_once() {
    gives_everyone(&PagedList::of(250).ignoring_per_page(), 250, 1);
    gives_everyone(&PagedList::of(250).ignoring_per_page().ignoring_page_no(), 250, 1);
}

#[test]
fn a_service_that_ignores_the_page_number_is_noticed_early() {
    for total in ["250", "1000000", ""] {
        both_methods(&PagedList::of(250).ignoring_page_no().total_count(total), |everyone, pages| {
            assert_eq!(everyone.numbers, numbers(0..100));
            assert!(!everyone.is_complete);
            assert!(pages.len() <= 24, "{pages:?}");
        });
    }
}

#[test]
fn pages_counted_from_0_take_at_most_one_more_request() {
    for (count, requests) in [(1, 2), (100, 2), (101, 2), (200, 2), (250, 3), (1000, 10)] {
        gives_everyone(&PagedList::of(count).first_page(0), count, requests);
    }
}

#[test]
fn pages_counted_from_0_without_offsets_take_at_most_one_more_request() {
    for (count, requests) in [(1, 2), (100, 2), (101, 3), (200, 3), (250, 4), (1000, 11)] {
        gives_everyone(&PagedList::of(count).first_page(0).without_offsets(), count, requests);
    }
}

#[test]
fn pages_counted_from_0_are_found_whatever_an_empty_page_1_says() {
    for figures in [[1, 0, 0], [0, 0, 0]] {
        gives_everyone(&PagedList::of(30).first_page(0).empty_page_says(figures), 30, 2);
        gives_everyone(&PagedList::of(0).first_page(0).empty_page_says(figures), 0, 2);
    }
    for figures in [[30, 30, 30], [31, 30, 30]] {
        gives_everyone(&PagedList::of(30).first_page(0).empty_page_says(figures), 30, 2);
    }
}

#[test]
fn pages_counted_from_0_with_a_capped_per_page_give_everyone_in_order() {
    gives_everyone(&PagedList::of(250).first_page(0).cap(30), 250, 10);
    gives_everyone(&PagedList::of(250).first_page(0).cap(30).without_offsets(), 250, 10);
}

#[test]
fn pages_counted_from_0_are_found_even_if_wrong_offsets_hide_page_0() {
    let service = Server::start(|request| {
        let page = request.page_no().expect("a page number");
        let rows = (page * 100).min(250)..((page + 1) * 100).min(250);
        Response::json(envelope(rows, Some(r#"{"total_count":250,"start_offset":1,"end_offset":100}"#)))
    });
    for method in METHODS {
        let everyone = method(&service.client()).expect("everyone");
        assert_eq!(
            HashSet::from_iter(everyone.numbers),
            HashSet::<u64>::from_iter(numbers(0..250)),
            "{}",
            everyone.method
        );
        assert!(everyone.is_complete, "{}", everyone.method);
    }
}

#[test]
fn a_service_may_refuse_a_page_0_that_it_does_not_have() {
    let refusal = r#"{"success":false,"errors":[{"code":7001,"message":"page_no: too small"}]}"#;
    for status in [400, 404, 422, 500] {
        for service in [PagedList::of(0), PagedList::of(250).without_offsets()] {
            both_methods(&service.clone().page_zero(Response::whole(status, &[], refusal)), |everyone, pages| {
                let count = everyone.numbers.len() as u64;
                assert!(everyone.is_complete, "{status}");
                assert_eq!(everyone.total_count, count);
                assert_eq!(pages.iter().filter(|page| **page == 0).count(), 1, "{status}: {pages:?}");
            });
        }
    }
}

#[test]
fn a_refused_page_0_is_not_requested_again_in_the_second_pass() {
    let changing = PagedList::changing(|request| (0..250 + u64::from(request.number > 1)).collect()).without_offsets();
    both_methods(&changing.page_zero(Response::whole(404, &[], "{}")), |_, pages| {
        assert_eq!(passes(pages), 2, "{pages:?}");
        assert_eq!(pages.iter().filter(|page| **page == 0).count(), 1, "{pages:?}");
    });
}

#[test]
fn a_401_403_or_429_to_page_0_fails_the_call() {
    for (status, expected) in
        [(401, ErrorKind::Authentication), (403, ErrorKind::PermissionDenied), (429, ErrorKind::RateLimited)]
    {
        for method in METHODS {
            let server = PagedList::of(0).page_zero(Response::whole(status, &[], "{}")).start();
            let error = method(&server.client()).expect_err("the probe failed");
            assert_eq!((error.status(), error.page()), (expected, Some(0)));
        }
    }
}

#[test]
fn another_total_on_page_0_shows_that_the_list_changed() {
    // All pages say 250 but page 0, which is requested after page 1 and says 249.
    let all = (0..250).collect::<Vec<u64>>();
    let page_0 = Response::json(envelope(all[..100].iter().copied(), Some(r#"{"total_count":249}"#)));
    both_methods(&PagedList::of(250).without_offsets().page_zero(page_0), |everyone, pages| {
        assert_eq!(everyone.numbers, all);
        assert!(!everyone.is_complete);
        assert_eq!(passes(pages), 2, "{pages:?}");
    });
}

#[test]
fn a_failure_of_a_page_0_that_must_exist_fails_the_call() {
    // Page 1 starts with participant 101 of 250, or it is empty although there are 30.
    for count in [250, 30] {
        for method in METHODS {
            let server = PagedList::of(count).first_page(0).page_zero(Response::whole(500, &[], "{}")).start();
            let error =
                method(&server.builder().max_retries(0).build().expect("a client")).expect_err("a page is missing");
            assert_eq!((error.status(), error.page()), (ErrorKind::Server, Some(0)), "{count}");
        }
    }
}

#[test]
fn without_a_usable_total_everyone_is_found_but_not_complete() {
    for total in ["", "null", "-1", "1e300", "1e400", "\"250\"", "30.5", "[250]", "{}", "true", "9007199254740994"] {
        for count in [1, 100, 250, 300] {
            both_methods(&PagedList::of(count).total_count(total), |everyone, pages| {
                assert_eq!(everyone.numbers, numbers(0..count), "{total}");
                assert!(!everyone.is_complete, "{total}");
                assert_eq!(everyone.total_count, 0, "{total}");
                assert!(pages.len() <= count.div_ceil(100) as usize + 2, "{total}: {pages:?}");
            });
        }
    }
}

#[test]
fn a_total_written_as_a_float_is_usable() {
    for total in ["250.0", "2.5e2", "250"] {
        gives_everyone(&PagedList::of(250).total_count(total), 250, 3);
    }
}

#[test]
fn without_paging_everyone_is_found_but_not_complete() {
    for first_page in [0, 1] {
        for count in [1, 100, 250] {
            both_methods(&PagedList::of(count).first_page(first_page).without_paging(), |everyone, _| {
                assert_eq!(everyone.numbers, numbers(0..count));
                assert!(!everyone.is_complete);
            });
        }
    }
}

#[test]
fn a_total_that_is_too_high_is_not_complete() {
    for total in ["251", "100000", "9007199254740992"] {
        both_methods(&PagedList::of(250).total_count(total), |everyone, pages| {
            assert_eq!(everyone.numbers, numbers(0..250));
            assert!(!everyone.is_complete);
            assert_eq!(passes(pages), 2, "{pages:?}");
            assert!(pages.len() <= 28, "{pages:?}");
        });
    }
}

#[test]
fn a_total_that_is_too_low_loses_no_participant() {
    for total in ["0", "1", "99", "101", "150", "249"] {
        both_methods(&PagedList::of(250).total_count(total), |everyone, pages| {
            assert_eq!(everyone.numbers, numbers(0..250), "{total}");
            assert!(!everyone.is_complete, "{total}");
            assert_eq!(passes(pages), 1, "{pages:?}");
        });
    }
}

#[test]
fn a_participant_seen_twice_is_given_once_after_a_second_pass() {
    let within: Vec<u64> = (0..120).chain([7]).chain(120..200).collect();
    let across: Vec<u64> = (0..50).chain([49]).chain(50..150).chain([0]).chain(150..200).collect();
    for list in [within, across] {
        both_methods(&PagedList::changing(move |_| list.clone()), |everyone, pages| {
            assert_eq!(everyone.numbers, numbers(0..200));
            assert!(!everyone.is_complete);
            assert_eq!(passes(pages), 2, "{pages:?}");
        });
    }
}

#[test]
fn a_participant_seen_twice_causes_a_second_pass_even_if_the_total_is_reached() {
    let once_more = |request: &Request| if request.attempt == 1 { Some(3) } else { None };
    let repeating = |repeated: Option<u64>| (0..120).chain(repeated).chain(120..200).collect();
    for service in [
        PagedList::changing(move |request| repeating(once_more(request))),
        PagedList::changing(move |_| repeating(Some(3))),
    ] {
        both_methods(&service.total_count("200"), |everyone, pages| {
            assert_eq!(everyone.numbers, numbers(0..200));
            assert!(everyone.is_complete);
            assert_eq!(passes(pages), 2, "{pages:?}");
        });
    }
}

/// Whether page 1 was sent before this request. From then on, the list is another one.
fn is_after_page_1(request: &Request) -> bool {
    request.page_no() != Some(1) || request.attempt > 1
}

#[test]
fn a_list_that_grew_is_complete_after_a_second_pass() {
    let at_the_end = PagedList::changing(|request| (0..if is_after_page_1(request) { 251 } else { 250 }).collect());
    gives_everyone(&at_the_end, 251, 6);
}

#[test]
fn a_newcomer_comes_first_in_the_list_and_last_in_the_iterator() {
    let list = |request: &Request| {
        if is_after_page_1(request) { vec![999] } else { vec![] }.into_iter().chain(0..250).collect()
    };
    both_methods(&PagedList::changing(list), |everyone, pages| {
        let expected: Vec<u64> = match everyone.method {
            "get_participants" => [999].into_iter().chain(0..250).collect(),
            _ => (0..250).chain([999]).collect(),
        };
        assert_eq!(everyone.numbers, numbers(expected));
        assert!(everyone.is_complete);
        assert_eq!(passes(pages), 2);
    });
}

#[test]
fn a_participant_who_left_is_not_in_a_complete_list() {
    // After a participant of page 1 left, page 2 skips one.
    let service = PagedList::changing(|request| (u64::from(is_after_page_1(request))..250).collect());
    both_methods(&service, |everyone, pages| {
        assert_eq!(passes(pages), 2);
        assert_eq!(everyone.total_count, 249);
        match everyone.method {
            "get_participants" => {
                assert_eq!(everyone.numbers, numbers(1..250));
                assert!(everyone.is_complete);
            }
            _ => {
                // The iterator can't take a participant back, so it is not complete.
                assert_eq!(everyone.numbers, numbers((0..100).chain(101..250).chain([100])));
                assert!(!everyone.is_complete);
            }
        }
    });
}

#[test]
fn a_list_that_keeps_changing_gives_what_both_passes_saw_without_a_third_pass() {
    // At every request, the first participant has left, and at every other one a new one has joined.
    let moving = PagedList::changing(|request| (request.number as u64..250 + request.number as u64 / 2).collect());
    both_methods_with(
        &moving,
        |builder| builder.max_connections(1),
        |everyone, pages| {
            assert!(!everyone.is_complete);
            assert_eq!(passes(pages), 2, "{pages:?}");
            // Nobody on the first page of either pass is missing.
            let second = 1 + pages.iter().rposition(|page| *page == 1).expect("a second pass") as u64;
            for expected in [numbers(1..101), numbers(second..second + 100)] {
                assert!(expected.iter().all(|id| everyone.numbers.contains(id)), "{:?}", everyone.numbers);
            }
        },
    );
}

#[test]
fn pages_with_different_totals_are_not_complete() {
    let service = |request: &Request| {
        let rows = 100 * (request.page_no().unwrap_or(1).clamp(1, 3) - 1);
        let total = if request.page_no() == Some(2) { 201 } else { 200 };
        Response::json(envelope(
            rows..(rows + 100).min(200),
            Some(&format!(r#"{{"total_count":{total},"start_offset":1,"end_offset":1}}"#)),
        ))
    };
    for method in METHODS {
        let server = Server::start(service);
        let everyone = method(&server.client()).expect("everyone");
        assert_eq!(everyone.numbers, numbers(0..200));
        assert!(!everyone.is_complete);
        assert_eq!(passes(&server.pages()), 2);
    }
}

#[test]
fn page_0_equal_to_page_1_causes_a_second_pass() {
    // The newest come first, there are no offsets, and page 0 is taken for page 1. The newcomer is on page 0 when that
    // is requested.
    let service = PagedList::changing(|request| {
        if request.number == 1 { vec![] } else { vec![999] }.into_iter().chain(0..250).collect()
    });
    both_methods(&service.without_offsets(), |everyone, pages| {
        assert_eq!(
            HashSet::from_iter(everyone.numbers.clone()),
            HashSet::<u64>::from_iter(numbers((0..250).chain([999])))
        );
        assert!(everyone.is_complete);
        assert_eq!(passes(pages), 2, "{pages:?}");
    });
}

#[test]
fn a_page_0_without_new_participants_is_requested_again_in_the_second_pass() {
    // Everyone on page 0 left after page 1 was sent. Those of page 1 are on page 0 now.
    let list = |request: &Request| (if is_after_page_1(request) { 100 } else { 0 }..200).collect();
    both_methods(&PagedList::changing(list).first_page(0), |everyone, pages| {
        assert_eq!(everyone.numbers, numbers(100..200));
        assert!(everyone.is_complete, "{pages:?}");
        assert_eq!(passes(pages), 2, "{pages:?}");
    });
}

#[test]
fn a_page_0_with_new_and_known_participants_causes_a_second_pass() {
    // The newcomer joins before page 0 is requested, after pages 1 to 4.
    let service =
        PagedList::changing(|request| (request.number > 4).then_some(999).into_iter().chain(0..250).collect());
    let one_connection = |builder: Builder| builder.max_connections(1);
    both_methods_with(&service.total_count("251"), one_connection, |everyone, pages| {
        assert!(everyone.is_complete);
        assert_eq!(everyone.numbers.len(), 251);
        assert_eq!(passes(pages), 2, "{pages:?}");
    });
}

/// A service that has a new participant on every page, forever.
fn endless(paging: &'static str) -> Server {
    Server::start(move |request| Response::json(envelope([request.number as u64], Some(paging))))
}

fn stops_at_the_most_pages(server: &Server, method: Method) {
    let everyone = method(&server.client()).expect("the participants so far");
    assert!(!everyone.is_complete);
    assert!(server.request_count() <= MAX_PAGES, "{} requests", server.request_count());
    assert!(everyone.numbers.len() >= MAX_PAGES, "{}", everyone.numbers.len());
}

#[test]
fn an_endless_list_without_a_total_stops_at_the_most_pages() {
    stops_at_the_most_pages(&endless("{}"), everyone::iter_participants);
}

#[test]
fn an_endless_list_with_a_huge_total_stops_at_the_most_pages() {
    stops_at_the_most_pages(
        &endless(r#"{"total_count":9007199254740992,"start_offset":1}"#),
        everyone::get_participants,
    );
}

#[test]
fn a_failed_page_fails_the_call_after_its_retries() {
    for method in METHODS {
        for page in [1, 2, 5] {
            let pages = PagedList::of(500);
            let server = Server::start(move |request| match request.page_no() == Some(page) {
                true => Response::whole(503, &[], "{}"),
                false => pages.respond(request),
            });
            let error = method(&server.client()).expect_err("a page failed");
            assert_eq!(
                (error.status(), error.http_status(), error.page(), error.attempts()),
                (ErrorKind::Server, Some(503), Some(page), 4)
            );
            assert_eq!(server.pages().iter().filter(|asked| **asked == page).count(), 4);
        }
    }
}

#[test]
fn pages_that_recover_within_their_retries_give_everyone() {
    let pages = PagedList::of(500);
    let server = Server::start(move |request| match request.attempt {
        1..4 => Response::whole(503, &[], "{}"),
        _ => pages.respond(request),
    });
    let everyone = server.client().get_participants(&meeting()).expect("everyone");
    assert!(everyone.is_complete());
    assert_eq!((everyone.len(), server.request_count()), (500, 20));
}

#[test]
fn the_first_fatal_error_ends_the_call_while_other_pages_hang() {
    let pages = PagedList::of(1000);
    let server = Server::start(move |request| match request.page_no() {
        Some(1) => pages.respond(request),
        Some(4) => Response::whole(403, &[], "{}").after(Duration::from_millis(100)),
        _ => Response::new().hang(),
    });
    let began = Instant::now();
    let error = server.client().get_participants(&meeting()).expect_err("page 4 is forbidden");
    assert_eq!((error.status(), error.page()), (ErrorKind::PermissionDenied, Some(4)));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert!(server.request_count() <= 5);
}

#[test]
fn a_client_can_be_used_after_a_failed_call() {
    let pages = PagedList::of(1000);
    let walks = AtomicUsize::new(0);
    let server = Server::start(move |request| {
        walks.fetch_add(usize::from(request.page_no() == Some(1)), Ordering::SeqCst);
        match request.page_no() {
            Some(4) if walks.load(Ordering::SeqCst) == 1 => Response::whole(403, &[], "{}"),
            Some(2..) if walks.load(Ordering::SeqCst) == 1 => Response::new().hang(),
            _ => pages.respond(request),
        }
    });
    let client = server.client();
    client.get_participants(&meeting()).expect_err("page 4 is forbidden");
    let everyone = client.get_participants(&meeting()).expect("everyone");
    assert!(everyone.is_complete());
    assert_eq!(everyone.len(), 1000);
}

#[test]
fn the_other_pages_do_not_run_far_ahead_of_a_slow_one() {
    let pages = PagedList::of(10_000);
    let server = Server::start(move |request| match request.page_no() {
        Some(2) => Response::new().hang(),
        _ => pages.respond(request),
    });
    let client = server.builder().timeout(Duration::from_secs(1)).max_retries(0).build().expect("a client");
    let error = client.get_participants(&meeting()).expect_err("page 2 hangs");
    assert_eq!((error.status(), error.page()), (ErrorKind::Timeout, Some(2)));
    assert!(server.pages().iter().all(|page| *page <= 1 + 2 * 4), "{:?}", server.pages());
}

#[test]
fn the_deadline_covers_all_pages_together() {
    let server = PagedList::of(10_000).latency(|_| Duration::from_millis(100)).start();
    let client = server.builder().deadline(Duration::from_millis(700)).build().expect("a client");
    let began = Instant::now();
    let error = client.get_participants(&meeting()).expect_err("it would take 2.5 s");
    assert_eq!(error.status(), ErrorKind::Timeout);
    assert!(began.elapsed() >= Duration::from_millis(650) && began.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_shutdown_ends_a_call_on_several_connections() {
    let pages = PagedList::of(1000);
    let server = Server::start(move |request| match request.page_no() {
        Some(1) => pages.respond(request),
        _ => Response::new().hang(),
    });
    let client = server.client();
    let walk = thread::spawn({
        let client = client.clone();
        move || client.get_participants(&meeting())
    });
    server.await_requests(5);
    let began = Instant::now();
    client.shutdown();
    let error = walk.join().expect("no panic").expect_err("it was shut down");
    assert_eq!(error.status(), ErrorKind::Cancelled);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(server.request_count(), 5);
}

#[test]
fn a_shutdown_ends_a_call_that_waits_between_attempts() {
    let pages = PagedList::of(1000);
    let server = Server::start(move |request| match request.page_no() {
        Some(1) => pages.respond(request),
        _ => Response::whole(429, &[("Retry-After", "50")], "{}"),
    });
    let client = server.builder().max_retry_wait(Duration::from_secs(60)).build().expect("a client");
    let walk = thread::spawn({
        let client = client.clone();
        move || client.get_participants(&meeting())
    });
    server.await_requests(5);
    let began = Instant::now();
    client.shutdown();
    let error = walk.join().expect("no panic").expect_err("it was shut down");
    assert_eq!(error.status(), ErrorKind::Cancelled);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn a_shutdown_is_not_taken_for_the_end_of_a_response() {
    for method in METHODS {
        // This response ends with its connection, and all of its JSON was sent.
        let body = envelope(0..30, Some(r#"{"total_count":30,"start_offset":1,"end_offset":30}"#));
        let server = Server::always(Response::head(200, &[]).send(body).hang());
        let client = server.client();
        let walk = thread::spawn({
            let client = client.clone();
            move || method(&client)
        });
        server.await_requests(1);
        thread::sleep(Duration::from_millis(200));
        client.shutdown();
        let error = walk.join().expect("no panic").expect_err("it was shut down");
        assert_eq!(error.status(), ErrorKind::Cancelled);
    }
}

#[test]
fn a_result_outlives_its_client_and_the_service() {
    let everyone = {
        let server = PagedList::of(250).start();
        server.client().get_participants(&meeting()).expect("everyone")
    };
    assert!(everyone.is_complete());
    assert_eq!(everyone.iter().map(|p| paged_list::number(p.id())).collect::<Vec<_>>(), numbers(0..250));
    assert_eq!(everyone.get(249).and_then(|p| p.name()), Some("Participant 249"));
}

#[test]
fn json_of_everyone_is_one_envelope_with_every_element_as_sent() {
    let server = PagedList::of(250).start();
    let json = server.client().get_participants(&meeting()).expect("everyone").to_json();
    assert_eq!(json, server.client().get_participants_json(&meeting()).expect("everyone"));
    assert_eq!(json, envelope(0..250, Some(r#"{"total_count":250,"start_offset":1,"end_offset":250}"#)));
}

#[test]
fn json_omits_duplicates_across_pages() {
    // The new participant of page 2 is in its second row, as if it followed the first row of page 1.
    let paging = Some(r#"{"total_count":2,"start_offset":1,"end_offset":1}"#);
    let server =
        Server::start(move |request| Response::json(envelope(1..=request.page_no().expect("a number"), paging)));
    let client = server.client();
    for json in [
        client.get_participants(&meeting()).expect("everyone").to_json(),
        client.get_participants_json(&meeting()).expect("JSON"),
    ] {
        assert_eq!(in_json(&json), (vec![1, 2], 2));
    }
}

#[test]
fn parallel_calls_of_one_client_do_not_disturb_each_other() {
    let server = Arc::new(PagedList::of(700).latency(|_| Duration::from_millis(5)).start());
    let client = server.client();
    thread::scope(|scope| {
        for i in 0..8 {
            let client = &client;
            scope.spawn(move || {
                for _ in 0..3 {
                    let everyone = METHODS[i % 2](client).expect("everyone");
                    assert_eq!(everyone.numbers, numbers(0..700));
                    assert!(everyone.is_complete);
                }
            });
        }
    });
    assert_eq!(server.request_count(), 8 * 3 * 7);
}
