//! A service that misbehaves causes the right error, in time and in bounded memory, and never a partial list that
//! passes for everyone.

use std::thread;
use std::time::{Duration, Instant};

use flate2::{Compress, Compression, FlushCompress, write::GzEncoder};
use participants::{Builder, Client, Error, ErrorKind, PageRequest};
use testkit::credentials::TOKEN;
use testkit::everyone::{self, METHODS};
use testkit::paged_list::{self, PagedList, envelope};
use testkit::server::{Response, Server};
use testkit::{meeting, memory};

/// Well under the timeouts of the settings, well over what a busy machine needs.
const SOON: Duration = Duration::from_secs(20);

const PAGE: PageRequest = PageRequest { page_no: Some(1), per_page: None };

fn one_page(client: &Client) -> Result<(), Error> {
    client.get_participants_page(&meeting(), PAGE).map(drop)
}

fn at_once(client: &Client) -> Result<(), Error> {
    everyone::get_participants(client).map(drop)
}

fn one_by_one(client: &Client) -> Result<(), Error> {
    everyone::iter_participants(client).map(drop)
}

/// Checks that every method fails with this kind, after so many attempts, if this is the response for the first page,
/// or for the second.
fn fails(what: &str, answer: &Response, status: ErrorKind, attempts: usize) {
    fails_with(what, answer, status, attempts, |builder| builder);
}

fn fails_with(
    what: &str,
    answer: &Response,
    status: ErrorKind,
    attempts: usize,
    settings: impl Fn(Builder) -> Builder,
) {
    type Ask = fn(&Client) -> Result<(), Error>;
    let ways: [(&str, Ask, u64); 5] = [
        ("one page", one_page, 1),
        ("at once", at_once, 1),
        ("one by one", one_by_one, 1),
        ("at once, later", at_once, 2),
        ("one by one, later", one_by_one, 2),
    ];
    thread::scope(|scope| {
        for (way, ask, page) in ways {
            let (hangs_up, answer, pages) = (answer.hangs_up(), answer.clone(), PagedList::of(150));
            let server = Server::start(move |request| match request.page_no() == Some(page) {
                true => answer.clone(),
                false => pages.respond(request),
            });
            let client = settings(server.builder().max_retries(1)).build().expect("a client");
            scope.spawn(move || {
                let began = Instant::now();
                let error = ask(&client).expect_err(what);
                let circumstances = format!("{what}, {way}: {error}, in {:?}", began.elapsed());
                assert_eq!((error.status(), error.page()), (status, Some(page)), "{circumstances}");
                let asked = server.pages().iter().filter(|asked| **asked == page).count();
                // The second page uses the connection of the first, and is sent again if that is closed.
                let sent = attempts + usize::from(page > 1 && hangs_up);
                assert_eq!((error.attempts() as usize, asked), (attempts, sent), "{circumstances}");
                assert!(began.elapsed() < SOON, "{circumstances}");
            });
        }
    });
}

/// A good page.
fn good() -> Response {
    Response::json(envelope(0..100, Some(r#"{"total_count":150,"start_offset":1,"end_offset":100}"#)))
}

fn chunked() -> Response {
    Response::head(200, &[("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")])
}

fn zipped(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    std::io::Write::write_all(&mut encoder, text).expect("in memory");
    encoder.finish().expect("in memory")
}

const ZIPPED: (&str, &str) = ("Content-Encoding", "gzip");

#[test]
fn good_responses_of_these_tests_succeed() {
    let body = envelope(0..100, Some(r#"{"total_count":100}"#));
    let whole = [
        Response::json(&body),
        Response::json(&body).after(Duration::from_millis(50)),
        Response::json(&body).drip(Duration::ZERO),
        chunked().chunk(&body[..100]).chunk(&body[100..]).chunk(""),
        Response::whole(200, &[ZIPPED], zipped(body.as_bytes())),
        Response::head(200, &[]).send(&body).close(),
    ];
    for (i, answer) in whole.into_iter().enumerate() {
        let server = Server::always(answer);
        let page = server.client().get_participants_page(&meeting(), PAGE).unwrap_or_else(|e| panic!("{i}: {e}"));
        assert!(page.is_complete());
    }
}

#[test]
fn connection_closed_before_the_response() {
    fails("closed", &Response::new().close(), ErrorKind::Connection, 2);
    fails("reset", &Response::new().reset(), ErrorKind::Connection, 2);
    fails("closed later", &Response::new().pause(Duration::from_millis(50)).close(), ErrorKind::Connection, 2);
}

#[test]
fn response_truncated_at_a_byte() {
    let length = good().bytes().len();
    let head = length - envelope(0..100, Some(r#"{"total_count":150,"start_offset":1,"end_offset":100}"#)).len();
    for at in [1, 8, 15, 20, head - 3, head - 1, head, head + 1, length / 2, length - 2, length - 1] {
        fails(&format!("cut at byte {at} of {length}"), &good().cut(at), ErrorKind::Connection, 2);
    }
}

#[test]
fn response_truncated_by_a_reset() {
    let bytes = good().bytes();
    let part = Response::new().send(&bytes[..bytes.len() / 2]).pause(Duration::from_millis(50)).reset();
    fails("reset", &part, ErrorKind::Connection, 2);
}

#[test]
fn chunked_response_truncated() {
    let body = envelope(0..100, Some(r#"{"total_count":100}"#));
    fails("no chunk", &chunked().close(), ErrorKind::Connection, 2);
    fails("in a chunk", &chunked().send("1000\r\n").send(&body[..100]).close(), ErrorKind::Connection, 2);
    fails("in a chunk's size", &chunked().chunk(&body[..100]).send("10").close(), ErrorKind::Connection, 2);
    fails("after a chunk", &chunked().chunk(&body[..100]).close(), ErrorKind::Connection, 2);
    // The JSON is complete, but the body is not.
    fails("before the last chunk", &chunked().chunk(&body).close(), ErrorKind::Connection, 2);
    fails("in the last chunk's size", &chunked().chunk(&body).send("0").close(), ErrorKind::Connection, 2);
    fails("reset", &chunked().chunk(&body[..100]).pause(Duration::from_millis(50)).reset(), ErrorKind::Connection, 2);
}

#[test]
fn compressed_response_truncated() {
    let body = zipped(envelope(0..100, Some(r#"{"total_count":100}"#)).as_bytes());
    let whole = Response::whole(200, &[ZIPPED], &body);
    for missing in [1, 4, 9, body.len() / 2, body.len()] {
        fails(&format!("{missing} bytes missing"), &whole.cut(whole.bytes().len() - missing), ErrorKind::Connection, 2);
    }
}

#[test]
fn truncated_response_without_length_is_an_error() {
    // This may be truncated or bad JSON: nothing tells which.
    let body = envelope(0..100, Some(r#"{"total_count":150}"#));
    fails("cut", &Response::head(200, &[]).send(&body[..body.len() - 1]).close(), ErrorKind::Decode, 1);
}

/// Checks that each of these responses runs into the timeout.
fn time_out(answers: &[(&str, Response)]) {
    let quick = |builder: Builder| builder.timeout(Duration::from_millis(800));
    thread::scope(|scope| {
        for (what, answer) in answers {
            scope.spawn(move || fails_with(what, answer, ErrorKind::Timeout, 2, quick));
        }
    });
}

#[test]
fn service_that_hangs_times_out() {
    let bytes = good().bytes();
    let hanging_after = |length: usize| Response::new().send(&bytes[..length]).hang();
    time_out(&[
        ("before the answer", Response::new().hang()),
        ("in the status line", hanging_after(10)),
        ("in the body", hanging_after(bytes.len() / 2)),
        ("before the last byte", hanging_after(bytes.len() - 1)),
        ("in a chunked answer", chunked().chunk("{").hang()),
    ]);
}

/// A wait may be made of several shorter ones.
#[test]
fn late_response_is_awaited_until_the_timeout() {
    let server = Server::always(good().after(Duration::from_millis(2_200)));
    let client = server.builder().timeout(Duration::from_secs(4)).max_retries(0).build().expect("a client");
    one_page(&client).expect("a page");
}

#[test]
fn response_that_drips_times_out() {
    let dripping = |answer: Response, drop: &str| {
        (0..2_000).fold(answer, |answer, _| answer.send(drop).pause(Duration::from_millis(20)))
    };
    time_out(&[
        ("from the first byte", good().drip(Duration::from_millis(10))),
        ("header after header", dripping(Response::new().send("HTTP/1.1 200 OK\r\n"), "X: y\r\n")),
        ("a body of blanks", dripping(Response::head(200, &[("Content-Length", "1000000")]), " ")),
        ("chunk after chunk", dripping(chunked(), "1\r\n \r\n")),
    ]);
}

#[test]
fn non_http_response_is_a_decode_error() {
    fails("binary", &Response::new().send([0, 159, 146, 150, 255, 10, 13, 10]).close(), ErrorKind::Decode, 1);
    fails("another protocol", &Response::new().send("SSH-2.0-OpenSSH_9.2\r\n").close(), ErrorKind::Decode, 1);
    fails("a bad status", &Response::new().send("HTTP/1.1 2x0 OK\r\n\r\n").close(), ErrorKind::Decode, 1);
    fails(
        "a bad length",
        &Response::new().send("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}").close(),
        ErrorKind::Decode,
        1,
    );
    fails("a bad chunk", &chunked().send("zz\r\n{}\r\n").close(), ErrorKind::Decode, 1);
}

#[test]
fn non_json_response_is_a_decode_error() {
    let html = "<!DOCTYPE html><html><body>Just a moment...</body></html>";
    fails("HTML", &Response::whole(200, &[("Content-Type", "text/html")], html), ErrorKind::Decode, 1);
    fails("HTML as JSON", &Response::json(html), ErrorKind::Decode, 1);
    fails("nothing", &Response::json(""), ErrorKind::Decode, 1);
    fails("no content", &Response::head(204, &[]), ErrorKind::Decode, 1);
    fails("blanks", &Response::json("   \r\n"), ErrorKind::Decode, 1);
    fails("half an envelope", &Response::json(r#"{"data":[{"id":"a""#), ErrorKind::Decode, 1);
    fails("two envelopes", &Response::json(envelope(0..1, None).repeat(2)), ErrorKind::Decode, 1);
    fails("gzip that is not", &Response::whole(200, &[ZIPPED], envelope(0..1, None)), ErrorKind::Decode, 1);
    fails("gzip that is not said", &Response::json(zipped(envelope(0..1, None).as_bytes())), ErrorKind::Decode, 1);
}

#[test]
fn non_utf8_response_is_a_decode_error() {
    for bytes in [&b"\xff"[..], b"\xc3\x28", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"] {
        let body = envelope(0..1, None).into_bytes();
        let at = body.windows(11).position(|part| part == b"Participant").expect("a name");
        let body = [&body[..at], bytes, &body[at..]].concat();
        fails(&format!("{bytes:x?}"), &Response::json(body), ErrorKind::Decode, 1);
    }
}

#[test]
fn response_without_a_participant_list_is_a_decode_error() {
    let participant = paged_list::participant(1);
    for (from, to) in [
        (r#""id":"00000001-0000-4000-8000-000000000001","#, ""),
        (r#""00000001-0000-4000-8000-000000000001""#, "1"),
        (r#""00000001-0000-4000-8000-000000000001""#, "null"),
        (r#""00000001-0000-4000-8000-000000000001""#, r#"["a"]"#),
        (r#""2026-03-01T09:00:00.000Z""#, "1772355600"),
        (r#""user-1""#, "{}"),
        (r#""Participant 1""#, "7"),
    ] {
        let wrong = participant.replace(from, to);
        assert_ne!(wrong, participant, "{from}");
        fails(&wrong, &Response::json(format!(r#"{{"data":[{wrong}],"success":true}}"#)), ErrorKind::Decode, 1);
    }
    let values = r#"["00000001-0000-4000-8000-000000000001","a","b","c","d",null,null]"#;
    for body in [
        "null",
        "7",
        r#""data""#,
        "[]",
        "[false]",
        "[[]]",
        "[[],null]",
        "[[],null,true]",
        "{}",
        r#"{"success":true}"#,
        r#"{"data":null,"success":true}"#,
        r#"{"data":{},"success":true}"#,
        r#"{"data":"","success":true}"#,
        r#"{"data":[null],"success":true}"#,
        r#"{"data":["a"],"success":true}"#,
        r#"{"data":[[]],"success":true}"#,
        &format!(r#"{{"data":[{values}],"success":true}}"#),
        r#"{"data":[],"success":"true"}"#,
        r#"{"result":[],"success":true}"#,
    ] {
        fails(body, &Response::json(body), ErrorKind::Decode, 1);
    }
}

#[test]
fn deeply_nested_response_is_an_error() {
    for nested in ["[".repeat(30_000), "{\"a\":".repeat(30_000), "[".repeat(30_000) + &"]".repeat(30_000)] {
        fails("at the top", &Response::json(&nested), ErrorKind::Decode, 1);
        fails("as data", &Response::json(format!(r#"{{"data":{nested}"#)), ErrorKind::Decode, 1);
        fails("as a participant", &Response::json(format!(r#"{{"data":[{nested}]}}"#)), ErrorKind::Decode, 1);
        fails("as an id", &Response::json(format!(r#"{{"data":[{{"id":{nested}}}]}}"#)), ErrorKind::Decode, 1);
    }
}

/// A reader that takes more than one pass for each member would take hours.
#[test]
fn a_participant_with_a_million_members_is_read_in_one_pass() {
    let million = |member: &dyn Fn(usize) -> String| (0..1_000_000).map(member).collect::<String>();
    let nested = "[".repeat(100_000) + &"]".repeat(100_000);
    for (what, members) in [
        ("one-byte keys", million(&|_| r#""a":1,"#.to_string())),
        ("other keys each time", million(&|i| format!(r#""{i}":{i},"#))),
        ("the same field", million(&|i| format!(r#""name":"{i}","#))),
        ("the fields in turn", million(&|i| [r#""name":"n","#, r#""picture":null,"#, r#""x":[],"#][i % 3].to_string())),
        ("escapes", format!(r#""picture":"{}","#, million(&|_| r"\u0000".to_string()))),
        ("deep values", (0..10).map(|i| format!(r#""{i}":{nested},"#)).collect()),
    ] {
        let participant = paged_list::participant(0).replacen('{', &format!("{{{members}"), 1);
        let body =
            format!(r#"{{"data":[{participant}],"paging":{{"total_count":1,"start_offset":1}},"success":true}}"#);
        let everyone = Server::always(Response::json(body)).client().get_participants(&meeting()).expect(what);
        assert!(everyone.is_complete(), "{what}");
        assert_eq!(everyone.get(0).expect(what).to_json(), participant, "{what}");
    }
}

#[test]
fn deep_nesting_in_an_unknown_field_is_harmless() {
    let nested = "[".repeat(500_000) + &"]".repeat(500_000);
    let participant = paged_list::participant(0).replacen('{', &format!(r#"{{"unknown":{nested},"#), 1);
    let body = format!(
        r#"{{"data":[{participant}],"paging":{{"total_count":1,"start_offset":1,"deep":{nested}}},"deep":{nested},"success":true}}"#
    );
    let everyone = Server::always(Response::json(body)).client().get_participants(&meeting()).expect("everyone");
    assert!(everyone.is_complete());
    assert!(everyone.to_json().contains(&participant));
}

#[test]
fn html_error_page_is_a_server_error() {
    let html = "<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>";
    for status in [500, 502, 503, 504, 520, 522, 599] {
        fails(
            &format!("HTML with {status}"),
            &Response::whole(status, &[("Content-Type", "text/html")], html),
            ErrorKind::Server,
            2,
        );
    }
    let failing = Server::always(Response::whole(502, &[("Content-Type", "text/html"), ("CF-Ray", "8f00-FRA")], html));
    let error = one_page(&failing.client()).expect_err("it fails");
    assert_eq!((error.http_status(), error.ray_id(), error.body()), (Some(502), Some("8f00-FRA"), Some(html)));
}

#[test]
fn error_status_is_kept_when_its_body_is_truncated_hangs_or_is_endless() {
    let html = "<html>".repeat(100);
    fails("cut", &Response::whole(503, &[], &html).cut(300), ErrorKind::Server, 2);
    let hanging = Response::head(503, &[("Content-Length", "100")]).send("<html>").hang();
    fails_with("hanging", &hanging, ErrorKind::Server, 2, |builder| builder.timeout(Duration::from_millis(800)));
    fails("without end", &Response::head(503, &[]).repeat(&html, 1_000_000).close(), ErrorKind::Server, 2);
    fails(
        "without end, refused",
        &Response::head(403, &[]).repeat(&html, 1_000_000).close(),
        ErrorKind::PermissionDenied,
        1,
    );
}

#[test]
fn http_statuses_map_to_error_kinds() {
    let says = r#"{"success":false,"errors":[{"code":7003,"message":"Could not route"}]}"#;
    for (http, status) in [
        (400, ErrorKind::Api),
        (401, ErrorKind::Authentication),
        (403, ErrorKind::PermissionDenied),
        (404, ErrorKind::NotFound),
        (405, ErrorKind::Api),
        (418, ErrorKind::Api),
    ] {
        fails(&http.to_string(), &Response::whole(http, &[], says), status, 1);
    }
    for (http, status) in [(408, ErrorKind::Api), (409, ErrorKind::Api), (429, ErrorKind::RateLimited)] {
        fails(&http.to_string(), &Response::whole(http, &[], says), status, 2);
    }
    fails("200 without success", &Response::json(says), ErrorKind::Api, 1);
    fails("200 without success, with data", &Response::json(r#"{"data":[],"success":false}"#), ErrorKind::Api, 1);
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = PagedList::of(1).start();
    for status in [301, 302, 303, 307, 308] {
        let location = format!("{}/accounts?page_no=1", elsewhere.url());
        fails(&status.to_string(), &Response::whole(status, &[("Location", &location)], ""), ErrorKind::Api, 1);
    }
    assert_eq!(elsewhere.connection_count(), 0);
}

#[test]
fn long_retry_after_fails_at_once_with_the_figure() {
    let server = Server::always(Response::whole(429, &[("Retry-After", "300")], "{}"));
    let client = server.builder().max_retry_wait(Duration::from_secs(60)).build().expect("a client");
    let error = one_page(&client).expect_err("too many");
    assert_eq!((error.status(), error.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(300))));
    assert_eq!(server.request_count(), 1);
}

#[test]
fn recovery_within_the_retries_gives_everyone() {
    for trouble in [
        Response::whole(503, &[], "<html>"),
        Response::whole(429, &[("Retry-After", "0")], "{}"),
        Response::whole(429, &[], "{}"),
        Response::new().close(),
        Response::new().reset(),
        good().cut(500),
        chunked().chunk("{").close(),
    ] {
        for way in METHODS {
            let (trouble, pages) = (trouble.clone(), PagedList::of(250));
            let server = Server::start(
                move |request| if request.attempt < 3 { trouble.clone() } else { pages.respond(request) },
            );
            let everyone = way(&server.client()).expect("everyone");
            assert_eq!(everyone.numbers, Vec::from_iter(0..250));
            assert!(everyone.is_complete);
            assert_eq!(server.request_count(), 9);
        }
    }
}

#[test]
fn closed_idle_connection_costs_no_attempt() {
    let pages = PagedList::of(30);
    let server = Server::start(move |request| pages.respond(request).close());
    let client = server.builder().max_retries(0).build().expect("a client");
    for connections in 1..4 {
        assert_eq!(client.get_participants(&meeting()).expect("everyone").len(), 30);
        while server.open_connections() > 0 {
            thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(server.connection_count(), connections);
    }
}

#[test]
fn extra_bytes_are_not_taken_for_the_next_response() {
    // A response that nobody asked for, which could pass for page 2.
    let smuggled =
        Response::json(envelope(900..950, Some(r#"{"total_count":150,"start_offset":101,"end_offset":150}"#))).bytes();
    for way in METHODS {
        for pause in [0, 50] {
            let (pages, smuggled) = (PagedList::of(150), smuggled.clone());
            let server = Server::start(move |request| {
                let answer = pages.respond(request);
                match request.page_no() {
                    Some(1) => Response::new()
                        .send([answer.bytes(), smuggled.clone()].concat())
                        .pause(Duration::from_millis(pause)),
                    _ => answer,
                }
            });
            let everyone = way(&server.client()).expect("everyone");
            assert_eq!(everyone.numbers, Vec::from_iter(0..150), "{}", everyone.method);
        }
    }
}

#[test]
fn extra_bytes_on_an_idle_connection_are_not_taken_for_the_next_response() {
    let smuggled = Response::json(envelope(900..950, Some(r#"{"total_count":50}"#))).bytes();
    let server = Server::start(move |_| {
        Response::json(envelope(0..50, Some(r#"{"total_count":50}"#))).pause(Duration::from_millis(50)).send(&smuggled)
    });
    let client = server.client();
    for request in 1..4 {
        let page = client.get_participants_page(&meeting(), PAGE).expect("a page");
        assert_eq!(paged_list::number(page.get(0).expect("a participant").id()), 0);
        thread::sleep(Duration::from_millis(500));
        assert_eq!((server.request_count(), server.connection_count()), (request, request));
    }
}

/// A gzip stream of a million parts that each decompress to 1 MiB of blanks.
fn bomb(status: u16) -> Response {
    let mut part = Vec::with_capacity(64 * 1024);
    let mut compress = Compress::new(Compression::best(), false);
    compress.compress_vec(&[b' '; 1 << 20], &mut part, FlushCompress::Full).expect("in memory");
    let header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    Response::head(status, &[ZIPPED]).send(header).repeat(part, 1_000_000).close()
}

/// Endless or very long responses, and the expected kind of error.
fn endless() -> [(&'static str, Response, ErrorKind); 13] {
    let ok = || Response::new().send("HTTP/1.1 200 OK\r\n");
    let most = 100_000_000;
    let blanks = [b' '; 1 << 16];
    let few_bytes = r#"{"id":"","custom_participant_id":"","preset_name":"","created_at":"","updated_at":""},"#;
    [
        ("a gzip bomb", bomb(200), ErrorKind::Decode),
        ("a gzip bomb as an error", bomb(503), ErrorKind::Server),
        (
            "a gigabyte of blanks",
            Response::head(200, &[("Content-Length", "1073741824")]).repeat(blanks, 1 << 14),
            ErrorKind::Decode,
        ),
        ("blanks in chunks", chunked().repeat([&b"10000\r\n"[..], &blanks, b"\r\n"].concat(), most), ErrorKind::Decode),
        (
            "participants",
            Response::head(200, &[]).send("{\"data\":[").repeat(paged_list::participant(1) + ",", most),
            ErrorKind::Decode,
        ),
        (
            "numbers",
            Response::head(200, &[]).send("{\"data\":[").repeat("0,".repeat(1 << 19), 20).send("0]}").close(),
            ErrorKind::Decode,
        ),
        (
            "a failure",
            Response::head(200, &[])
                .send(r#"{"success":false,"x":["#)
                .repeat("{\"\":0},".repeat(1 << 16), 140)
                .send("0]}")
                .close(),
            ErrorKind::Api,
        ),
        (
            "participants and a number",
            Response::head(200, &[]).send("{\"data\":[").repeat(few_bytes.repeat(1000), 760).send("0]}").close(),
            ErrorKind::Decode,
        ),
        ("headers", ok().repeat("X-Header: value\r\n", most), ErrorKind::Decode),
        ("one header", ok().send("X-Header: ").repeat("value ", most), ErrorKind::Decode),
        ("a status line", Response::new().send("HTTP/1.1 200 ").repeat("fine ", most), ErrorKind::Decode),
        ("trailers", chunked().send("0\r\n").repeat("X-Trailer: value\r\n", most), ErrorKind::Timeout),
        ("interim answers", Response::new().repeat("HTTP/1.1 100 Continue\r\n\r\n", most), ErrorKind::Decode),
    ]
}

const URL_VARIABLE: &str = "PARTICIPANTS_TEST_URL";
const TIMEOUT_VARIABLE: &str = "PARTICIPANTS_TEST_TIMEOUT";

/// Not a test: the next ones run it as a child process.
#[test]
fn child_that_asks() {
    let (Ok(url), Ok(timeout)) = (std::env::var(URL_VARIABLE), std::env::var(TIMEOUT_VARIABLE)) else { return };
    let timeout = Duration::from_secs(timeout.parse().expect("seconds"));
    let client = Client::builder().api_token(TOKEN).base_url(&url).proxy("").max_retries(0).timeout(timeout).build();
    let error = one_page(&client.expect("a client")).expect_err("no end");
    println!("\nstatus={}\nmessage={error}\npeak={}", error.status() as i32, memory::peak_memory_kib());
}

/// Checks that a child process that gets this response fails with this kind of error, and takes less than so much
/// memory.
fn fails_within(memory_mib: u64, what: &str, answer: Response, status: ErrorKind) {
    let server = Server::always(answer);
    // Short for a response that ends at the timeout, else long enough for 64 MiB on a busy machine.
    let timeout = if status == ErrorKind::Timeout { "1" } else { "30" };
    let child = testkit::build::this_program()
        .args(["--exact", "child_that_asks", "--nocapture"])
        .env(URL_VARIABLE, server.url())
        .env(TIMEOUT_VARIABLE, timeout)
        .output()
        .expect("the child");
    let output = String::from_utf8_lossy(&child.stdout);
    println!("{what}: {output}");
    let figure = |name: &str| output.lines().find_map(|line| line.strip_prefix(name)?.parse::<u64>().ok());
    let printed = format!("{what}: {output}{}", String::from_utf8_lossy(&child.stderr));
    assert_eq!(figure("status="), Some(status as u64), "{printed}");
    assert!(figure("peak=").is_some_and(|peak| peak < memory_mib * 1024), "{printed}");
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "reads /proc")]
fn endless_response_is_abandoned_in_bounded_memory() {
    for (what, answer, status) in endless() {
        // A response of 64 MiB, and what its buffers took.
        fails_within(150, what, answer, status);
    }
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "reads /proc")]
fn page_takes_at_most_six_times_its_length() {
    for (what, begin, part, end) in [
        ("empty participants", "", r#"{"id":""},"#, "0]}"),
        ("a long name with a NUL", r#"{"id":"","name":""#, "x", r#"\u0000"},0]}"#),
    ] {
        let mib = part.repeat((1 << 20) / part.len());
        let answer = Response::head(200, &[]).send(format!(r#"{{"data":[{begin}"#)).repeat(mib, 16).send(end).close();
        fails_within(6 * 16, what, answer, ErrorKind::Decode);
    }
}
