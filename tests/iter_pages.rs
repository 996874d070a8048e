//! The iterator, page by page.

use participants::{Client, ErrorKind, Meeting, ParticipantIter, Participants};
use testkit::credentials::TOKEN;
use testkit::server::{Response, Server};
use testkit::service::{self, ACCOUNT_ID, APP_ID, MEETING_ID, Service};

/// An iterator that does not fetch ahead.
fn iterator(base_url: &str) -> ParticipantIter {
    let builder = Client::builder().api_token(TOKEN).base_url(base_url).proxy("").max_retries(0).per_page(10);
    let builder = builder.max_connections(1);
    let meeting = Meeting::new(ACCOUNT_ID, APP_ID, MEETING_ID).expect("ids");
    builder.build().expect("a client").iter_participants(&meeting)
}

fn ids(list: &Participants) -> Vec<String> {
    list.iter().map(|participant| participant.id().to_string()).collect()
}

#[test]
fn next_page_fetches_one_page_and_gives_it_once() {
    let service = Service::start(25);
    let mut iter = iterator(&service.url());
    let mut given = Vec::new();
    for (number, count) in [(1, 10), (2, 10), (3, 5)] {
        let page = iter.next_page().expect("a page").expect("no failure");
        assert_eq!((page.len(), page.total_count(), page.is_complete()), (count, 25, false));
        assert_eq!(service.requests(), number);
        given.extend(ids(&page));
    }
    assert!(iter.next_page().is_none());
    assert!(iter.is_complete());
    assert_eq!(given, (0..25).map(service::id).collect::<Vec<_>>());
}

#[test]
fn next_and_next_page_can_be_mixed() {
    let service = Service::start(25);
    let mut iter = iterator(&service.url());
    let first = iter.next().expect("a participant").expect("no failure");
    let rest = iter.next_page().expect("a page").expect("no failure");
    assert_eq!(first.id(), service::id(0));
    assert_eq!(ids(&rest), (1..10).map(service::id).collect::<Vec<_>>());
    assert_eq!(iter.next().expect("a participant").expect("no failure").id(), service::id(10));
}

#[test]
fn nothing_follows_an_error() {
    // Page 1 says that something comes before it, and page 0 is refused.
    let page = testkit::page_of(&[service::participant(1)], 2, 2);
    let server = Server::start(move |request| match request.page_no() {
        Some(1) => Response::json(&page),
        _ => Response::whole(401, &[], ""),
    });
    for by_page in [true, false] {
        let mut iter = iterator(&server.url());
        let status = match by_page {
            true => iter.next_page().map(|page| page.expect_err("a failure").status()),
            false => iter.next().map(|participant| participant.expect_err("a failure").status()),
        };
        assert_eq!(status, Some(ErrorKind::Authentication));
        assert!(iter.next().is_none() && iter.next_page().is_none() && !iter.is_complete());
    }
}
