//! One page, as the service sends it.

use participants::{Client, ErrorKind, PageRequest, Participants};
use testkit::meeting;
use testkit::paged_list::{self, PagedList, envelope};
use testkit::server::{Response, Server};

fn page(page_no: impl Into<Option<u64>>, per_page: impl Into<Option<u64>>) -> PageRequest {
    PageRequest { page_no: page_no.into(), per_page: per_page.into() }
}

fn ask(client: &Client, request: PageRequest) -> Participants {
    client.get_participants_page(&meeting(), request).expect("a page")
}

fn numbers(page: &Participants) -> Vec<u64> {
    page.iter().map(|participant| paged_list::number(participant.id())).collect()
}

#[test]
fn only_the_given_parameters_are_sent() {
    let server = PagedList::of(10).start();
    let client = server.client();
    let path = "/accounts/023e105f4ecef8ad9ca31a8372d0c353/realtime/kit/14a396e7-ca44-4937-bf1f-050a69118543/meetings/182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e/participants";
    for (request, query) in [
        (PageRequest::default(), ""),
        (page(2, None), "?page_no=2"),
        (page(None, 50), "?per_page=50"),
        (page(0, 0), "?page_no=0&per_page=0"),
        (page(3, 7), "?page_no=3&per_page=7"),
        (page(u64::MAX, u64::MAX), "?page_no=18446744073709551615&per_page=18446744073709551615"),
    ] {
        ask(&client, request);
        assert_eq!(server.requests().last().expect("a request").line, format!("GET {path}{query} HTTP/1.1"));
    }
}

#[test]
fn a_page_takes_one_request_and_keeps_its_figures() {
    let server = PagedList::of(250).start();
    let client = server.client();
    for (number, expected, figures) in
        [(1, 0..100, (1, 100)), (2, 100..200, (101, 200)), (3, 200..250, (201, 250)), (4, 0..0, (251, 250))]
    {
        let page = ask(&client, page(number, 100));
        assert_eq!(numbers(&page), Vec::from_iter(expected));
        assert_eq!((page.start_offset(), page.end_offset(), page.total_count()), (figures.0, figures.1, 250));
        assert!(!page.is_complete(), "250 participants are on no page of 100");
        assert_eq!(server.request_count(), number as usize);
    }
}

#[test]
fn a_page_with_everyone_is_complete() {
    let server = PagedList::of(30).start();
    let everyone = ask(&server.client(), PageRequest::default());
    assert_eq!((numbers(&everyone), everyone.is_complete()), (Vec::from_iter(0..30), true));
    let empty = ask(&PagedList::of(0).start().client(), PageRequest::default());
    assert_eq!((empty.len(), empty.is_complete()), (0, true));
}

#[test]
fn a_participant_twice_on_a_page_is_given_twice_and_counts_once() {
    let server = PagedList::changing(|_| vec![1, 2, 1]).total_count("3").start();
    let page = ask(&server.client(), PageRequest::default());
    assert_eq!((numbers(&page), page.is_complete()), (vec![1, 2, 1], false));
}

#[test]
fn missing_or_unusable_figures_read_as_0() {
    for paging in [
        None,
        Some("null"),
        Some("7"),
        Some("{}"),
        Some("[3,1,3]"),
        Some(r#"{"total_count":-1,"start_offset":"1","end_offset":1.5}"#),
    ] {
        let server = Server::always(Response::json(envelope(0..3, paging)));
        let page = ask(&server.client(), PageRequest::default());
        assert_eq!((page.total_count(), page.start_offset(), page.end_offset()), (0, 0, 0), "{paging:?}");
        assert_eq!((page.len(), page.is_complete()), (3, false), "{paging:?}");
    }
}

#[test]
fn figures_can_be_floats_as_in_the_schema() {
    let server = Server::always(Response::json(envelope(
        0..3,
        Some(r#"{"total_count":3.0,"start_offset":1.0,"end_offset":3e0}"#),
    )));
    let page = ask(&server.client(), PageRequest::default());
    assert_eq!((page.total_count(), page.start_offset(), page.end_offset(), page.is_complete()), (3, 1, 3, true));
}

#[test]
fn json_of_a_page_has_every_element_as_sent() {
    let element = paged_list::participant(7).replacen('{', r#"{ "new" : [ 1.50, {"a":"\u00e9\u0000"} ],"#, 1);
    let sent = format!(
        r#"{{"more":1,"data":[ {element} ,{}],"paging":{{"total_count":40,"start_offset":21,"end_offset":22}},"success":true}}"#,
        paged_list::participant(8)
    );
    let server = Server::always(Response::json(sent));
    let page = ask(&server.client(), page(3, 10));
    let expected = format!(
        r#"{{"data":[{element} ,{}],"paging":{{"total_count":40,"start_offset":21,"end_offset":22}},"success":true}}"#,
        paged_list::participant(8)
    );
    assert_eq!(page.to_json(), expected);
}

#[test]
fn an_error_names_the_requested_page() {
    let server = Server::always(Response::whole(404, &[], "{}"));
    for (request, expected) in [(page(7, None), Some(7)), (PageRequest::default(), None)] {
        let error = server.client().get_participants_page(&meeting(), request).expect_err("not found");
        assert_eq!((error.status(), error.page(), error.attempts()), (ErrorKind::NotFound, expected, 1));
    }
}

#[test]
fn a_page_outlives_its_client_and_the_service() {
    let page = {
        let server = PagedList::of(30).start();
        ask(&server.client(), PageRequest::default())
    };
    assert_eq!(numbers(&page), Vec::from_iter(0..30));
}
