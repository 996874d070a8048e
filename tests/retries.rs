//! Retries: which failures, how often and when; and what ends a call: timeouts, the deadline, a shutdown.

use std::error::Error as _;
use std::time::{Duration, Instant, SystemTime};

use participants::{Builder, Client, Error, ErrorKind, Participants};
use testkit::server::{Response, Server};
use testkit::{NO_PARAMETERS, address, client, meeting, page_of, service, whole_list};

/// Longer than any test takes on a slow machine, and shorter than the waits that must not happen.
const SOON: Duration = Duration::from_secs(20);

fn page(client: &Client) -> Result<Participants, Error> {
    client.get_participants_page(&meeting(), NO_PARAMETERS)
}

fn built(builder: Builder) -> Client {
    builder.build().expect("good settings")
}

/// Settings for a client that does not wait between its attempts.
fn without_delay(server: &Server) -> Builder {
    client(&server.url()).max_retry_wait(Duration::ZERO)
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    (run(), began.elapsed())
}

#[test]
fn temporary_failures_are_retried() {
    for http in [408, 409, 429, 500, 501, 502, 503, 504, 599].into_iter().chain(520..=526) {
        let server = Server::in_turn([Response::whole(http, &[], "busy"), Response::json(whole_list(2))]);
        assert_eq!(page(&built(without_delay(&server))).expect("the second attempt").len(), 2, "{http}");
        assert_eq!(server.request_count(), 2, "{http}");
    }
}

#[test]
fn lost_connections_are_retried() {
    let whole = Response::json(whole_list(2));
    let head = whole.bytes().len() - whole_list(2).len();
    for (kind, bad) in [
        ("closed before the answer", Response::new().close()),
        ("closed in the head", whole.cut(20)),
        ("closed behind the head", whole.cut(head)),
        ("closed in the body", whole.cut(head + 100)),
        ("silent", Response::new().hang()),
        ("silent in the body", whole.stall()),
    ] {
        let server = Server::in_turn([bad, whole.clone()]);
        let client = built(without_delay(&server).timeout(Duration::from_secs(1)));
        assert_eq!(page(&client).expect(kind).len(), 2);
        assert_eq!((server.request_count(), server.connection_count()), (2, 2), "{kind}");
    }
}

/// A service that answers the first request of a connection, and closes it on the second.
fn closing_on_second_request(close: Response) -> Server {
    let last = std::sync::Mutex::new(0);
    Server::start(move |request| {
        let before = std::mem::replace(&mut *last.lock().expect("no panic"), request.connection);
        if before == request.connection { close.clone() } else { Response::json(whole_list(2)) }
    })
}

#[test]
fn request_is_sent_again_if_the_service_closed_the_pooled_connection() {
    for (kind, close) in [("closed", Response::new().close()), ("reset", Response::new().reset())] {
        let server = closing_on_second_request(close);
        let client = built(client(&server.url()).max_retries(0));
        for _ in 0..3 {
            assert_eq!(page(&client).expect(kind).len(), 2);
        }
        // The second and the third request were sent again, on a new connection.
        assert_eq!((server.request_count(), server.connection_count()), (5, 3), "{kind}");
    }
}

#[test]
fn request_is_sent_again_only_once_and_only_if_no_byte_of_the_response_arrived() {
    let part = Response::json(whole_list(2)).cut(1);
    let server = closing_on_second_request(part);
    let kept = built(client(&server.url()).max_retries(0));
    page(&kept).expect("a page");
    let error = page(&kept).expect_err("cut");
    assert_eq!((error.status(), error.attempts(), server.request_count()), (ErrorKind::Connection, 1, 2), "{error}");

    let server = Server::in_turn([Response::json(whole_list(2)), Response::new().close()]);
    let kept = built(client(&server.url()).max_retries(0));
    page(&kept).expect("a page");
    let error = page(&kept).expect_err("closed again");
    assert_eq!((error.status(), error.attempts(), server.request_count()), (ErrorKind::Connection, 1, 3), "{error}");

    let server = Server::always(Response::new().close());
    let error = page(&built(client(&server.url()).max_retries(0))).expect_err("closed at once");
    assert_eq!((error.status(), server.request_count()), (ErrorKind::Connection, 1), "{error}");
}

#[test]
fn request_that_is_sent_again_keeps_its_timeout() {
    let second = Response::new().pause(Duration::from_millis(1500)).close();
    let server = Server::in_turn([Response::json(whole_list(2)), second, Response::new().hang()]);
    let client = built(client(&server.url()).max_retries(0).timeout(Duration::from_secs(2)));
    page(&client).expect("a page");
    let (result, elapsed) = timed(|| page(&client));
    let error = result.expect_err("silence");
    assert_eq!((error.status(), server.request_count()), (ErrorKind::Timeout, 3), "{error}");
    assert!(error.to_string().ends_with(" within 2 s"), "{error}");
    // With a full timeout for the second connection it would be 3.5 s.
    assert!(elapsed < Duration::from_millis(3400), "{elapsed:?}");
}

#[test]
fn refused_connections_are_retried() {
    let nobody = address::refusing();
    let error = page(&built(client(&nobody.url()).max_retry_wait(Duration::ZERO))).expect_err("nobody listens");
    assert_eq!((error.status(), error.attempts()), (ErrorKind::Connection, 4));
    assert_eq!(error.to_string(), format!("no answer from {}: {} (4 attempts)", nobody.address, nobody.refusal()));
}

#[test]
fn permanent_failures_are_not_retried() {
    let refused = [302, 400, 401, 402, 403, 404, 405, 410, 418, 422, 451]
        .map(|http| Response::whole(http, &[("Retry-After", "0")], ""));
    let unreadable = ["", "[]", "<html>", "{\"data\":7}", "{\"success\":false}"].map(Response::json);
    for answer in refused.into_iter().chain(unreadable) {
        let server = Server::in_turn([answer, Response::json(whole_list(2))]);
        let error = page(&built(without_delay(&server))).expect_err("must fail");
        assert_eq!((error.attempts(), server.request_count()), (1, 1), "{error}");
    }
}

#[test]
fn max_retries_is_three_unless_set() {
    for (set, requests) in [(None, 4), (Some(0), 1), (Some(1), 2), (Some(6), 7)] {
        let server = Server::in_turn((0..7).map(|number| Response::whole(503 + number, &[], "")));
        let builder = without_delay(&server);
        let error = page(&built(set.into_iter().fold(builder, Builder::max_retries))).expect_err("must fail");
        assert_eq!((server.request_count(), error.attempts()), (requests, requests as u32));
        // The error is that of the last attempt.
        assert_eq!(error.http_status(), Some(502 + requests as u16));
    }
}

#[test]
fn each_page_has_its_own_retries() {
    let server = Server::in_turn((1..=4).flat_map(|page| {
        let failures = [Response::whole(502, &[], ""), Response::new().close(), Response::whole(429, &[], "")];
        failures.into_iter().chain([Response::json(page_of(&[service::participant(page)], 4, page))])
    }));
    let everyone = built(without_delay(&server).max_connections(1)).get_participants(&meeting()).expect("everyone");
    assert_eq!((everyone.len(), everyone.is_complete(), server.request_count()), (4, true, 16));
}

#[test]
fn delays_grow_without_retry_after() {
    let server =
        Server::in_turn([Response::whole(503, &[], ""), Response::whole(503, &[], ""), Response::json(whole_list(2))]);
    page(&built(client(&server.url()))).expect("the third attempt");
    let at: Vec<Instant> = server.requests().iter().map(|request| request.at).collect();
    // 0.5 s and 1 s, minus up to a quarter.
    assert!(at[1] - at[0] >= Duration::from_millis(374), "{:?}", at[1] - at[0]);
    assert!(at[2] - at[1] >= Duration::from_millis(749), "{:?}", at[2] - at[1]);
}

#[test]
fn retry_after_is_waited_for() {
    let gap = |headers: &[(&str, &str)], body: &str| {
        let server = Server::in_turn([Response::whole(429, headers, body), Response::json(whole_list(2))]);
        page(&built(client(&server.url()))).expect("the second attempt");
        let requests = server.requests();
        requests[1].at - requests[0].at
    };
    assert!(gap(&[("Retry-After", "1")], "") >= Duration::from_secs(1));
    assert!(gap(&[], r#"{"retry_after":1}"#) >= Duration::from_secs(1));
    let at = SystemTime::now() + Duration::from_secs(2);
    gap(&[("Retry-After", &httpdate::fmt_http_date(at))], "");
    assert!(SystemTime::now() >= at - Duration::from_secs(1), "a date in whole seconds");
}

#[test]
fn retry_after_of_zero_is_no_wait() {
    let again = Response::whole(503, &[("Retry-After", "0")], "");
    let past = Response::whole(503, &[("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT")], "");
    let server =
        Server::in_turn([again.clone(), past.clone(), again.clone(), past, again, Response::json(whole_list(2))]);
    let (result, elapsed) = timed(|| page(&built(client(&server.url()).max_retries(5))));
    assert_eq!(result.expect("the sixth attempt").len(), 2);
    // Without Retry-After, these waits take at least 11 s.
    assert!(elapsed < Duration::from_secs(8), "{elapsed:?}");
}

#[test]
fn too_long_retry_after_fails_at_once_and_is_in_the_error() {
    let longer = |seconds: &str, set: fn(Builder) -> Builder| {
        let server = Server::in_turn([Response::whole(429, &[("Retry-After", seconds)], "")]);
        let (result, elapsed) = timed(|| page(&built(set(client(&server.url())))));
        let error = result.expect_err("must fail");
        assert_eq!((error.status(), server.request_count()), (ErrorKind::RateLimited, 1));
        assert!(elapsed < SOON, "{elapsed:?}");
        error
    };
    let error = longer("61", |b| b);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(61)));
    assert_eq!(error.to_string(), "too many requests (HTTP 429; try again in 61 s)");
    assert_eq!(longer("300", |b| b).retry_after(), Some(Duration::from_secs(300)));
    assert_eq!(longer("2", |b| b.max_retry_wait(Duration::from_secs(1))).retry_after(), Some(Duration::from_secs(2)));
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(200));
    assert!(longer(&date, |b| b).retry_after().is_some_and(|wait| wait > Duration::from_secs(150)));
}

#[test]
fn retry_beyond_the_deadline_fails_at_once() {
    for headers in [vec![("Retry-After", "40")], vec![("Retry-After", "30")]] {
        let server = Server::in_turn([Response::whole(503, &headers, "")]);
        let (result, elapsed) = timed(|| page(&built(client(&server.url()).deadline(Duration::from_secs(30)))));
        let error = result.expect_err("must fail");
        assert_eq!((error.status(), error.http_status(), server.request_count()), (ErrorKind::Server, Some(503), 1));
        assert!(elapsed < SOON, "{elapsed:?}");
    }
    // Without Retry-After, the wait is at least 375 ms.
    let server = Server::in_turn([Response::whole(503, &[], "")]);
    let error = page(&built(client(&server.url()).deadline(Duration::from_millis(370)))).expect_err("must fail");
    assert!(server.request_count() == 1 || error.status() == ErrorKind::Timeout, "{error}");
}

#[test]
fn deadline_ends_a_request_without_response() {
    let server = Server::in_turn([Response::new().hang()]);
    let client = built(client(&server.url()).deadline(Duration::from_secs(1)));
    let (result, elapsed) = timed(|| page(&client));
    let error = result.expect_err("must fail");
    assert_eq!((error.status(), error.http_status()), (ErrorKind::Timeout, None));
    assert!(elapsed >= Duration::from_millis(900) && elapsed < SOON, "{elapsed:?}");
    assert_eq!(error.to_string(), "the call took longer than its deadline of 1 s");
    assert!(error.source().is_some_and(|source| source.to_string().starts_with("no whole answer from 127.0.0.1:")));
}

/// A service with endless pages, each of which takes 200 ms.
fn slow() -> Server {
    Server::start(|request| {
        std::thread::sleep(Duration::from_millis(200));
        let page = request.page_no().expect("a page number") as usize;
        Response::json(page_of(&[service::participant(page)], 100_000, page))
    })
}

#[test]
fn deadline_covers_all_pages() {
    for connections in [1, 4] {
        let server = slow();
        let client = built(client(&server.url()).deadline(Duration::from_secs(1)).max_connections(connections));
        let (result, elapsed) = timed(|| client.get_participants(&meeting()));
        let error = result.expect_err("must fail");
        assert_eq!(error.status(), ErrorKind::Timeout, "{error}");
        assert!(error.page().is_some_and(|page| page > 1), "{error}");
        assert!(elapsed >= Duration::from_millis(900) && elapsed < SOON, "{elapsed:?}");
    }
}

#[test]
fn deadline_covers_all_attempts() {
    let server = Server::in_turn([Response::new().hang()]);
    let settings = without_delay(&server)
        .timeout(Duration::from_millis(100))
        .max_retries(u32::MAX)
        .deadline(Duration::from_secs(1));
    let (result, elapsed) = timed(|| page(&built(settings)));
    assert_eq!(result.expect_err("must fail").status(), ErrorKind::Timeout);
    assert!(elapsed >= Duration::from_millis(900) && elapsed < SOON, "{elapsed:?}");
    assert!(server.request_count() > 1);
}

#[test]
fn deadline_of_an_iterator_excludes_the_time_of_its_caller() {
    let server = Server::in_turn((1..=3).map(|page| Response::json(page_of(&[service::participant(page)], 3, page))));
    let client = built(client(&server.url()).deadline(Duration::from_secs(1)));
    let given = client.iter_participants(&meeting()).inspect(|_| std::thread::sleep(Duration::from_millis(600)));
    assert_eq!(given.collect::<Result<Vec<_>, _>>().expect("in time").len(), 3);
}

#[test]
fn deadline_covers_all_pages_of_an_iterator() {
    let server = slow();
    let client = built(client(&server.url()).deadline(Duration::from_secs(1)));
    let (last, elapsed) = timed(|| client.iter_participants(&meeting()).last());
    assert_eq!(last.expect("an end").expect_err("out of time").status(), ErrorKind::Timeout);
    assert!(elapsed >= Duration::from_millis(900) && elapsed < SOON, "{elapsed:?}");
}

#[test]
fn timeout_ends_a_request() {
    for answer in [Response::new().hang(), Response::json(whole_list(2)).stall()] {
        let server = Server::in_turn([answer]);
        let client = built(client(&server.url()).timeout(Duration::from_millis(250)).max_retries(0));
        let (result, elapsed) = timed(|| page(&client));
        let error = result.expect_err("must fail");
        assert_eq!(error.status(), ErrorKind::Timeout);
        assert_eq!(
            error.to_string(),
            format!("no whole answer from {} within 0.25 s{}", server.address(), response_suffix(&error))
        );
        assert!(elapsed < SOON, "{elapsed:?}");
    }
}

fn response_suffix(error: &Error) -> &str {
    if error.http_status().is_some() { " (HTTP 200)" } else { "" }
}

#[test]
fn connect_timeout_timeout_and_deadline_end_a_connect() {
    let silent = address::silent();
    let (base, short) = (|| client(&silent.url()).max_retries(0), Duration::from_millis(250));
    for (settings, message) in [
        (base().connect_timeout(short), format!("no connection to {} within 0.25 s", silent.address)),
        (base().timeout(short), format!("no whole answer from {} within 0.25 s", silent.address)),
        (base().deadline(short), "the call took longer than its deadline of 0.25 s".into()),
    ] {
        let (result, elapsed) = timed(|| page(&built(settings)));
        let error = result.expect_err("must fail");
        assert_eq!((error.status(), error.to_string()), (ErrorKind::Timeout, message));
        assert!(elapsed < SOON, "{elapsed:?}");
    }
}

/// A service whose first response has this `Ratelimit` header.
fn with_ratelimit(ratelimit: &str) -> Server {
    Server::in_turn([Response::whole(200, &[("Ratelimit", ratelimit)], whole_list(2)), Response::json(whole_list(2))])
}

#[test]
fn exhausted_quota_delays_the_next_request() {
    let server = with_ratelimit("\"default\";r=0;t=1");
    let client = built(client(&server.url()));
    page(&client).expect("a page");
    // Another call of the same client.
    page(&client.clone()).expect("a page");
    let requests = server.requests();
    assert!(requests[1].at - requests[0].at >= Duration::from_secs(1));
}

#[test]
fn exhausted_quota_delays_the_pages_of_a_walk() {
    let server = Server::start(|request| {
        let page = request.page_no().expect("a page number") as usize;
        let left: &[_] = if page == 1 { &[("Ratelimit", "\"burst\";r=9;t=1, \"default\";r=0;t=1")] } else { &[] };
        Response::whole(200, left, page_of(&[service::participant(page)], 5, page))
    });
    assert_eq!(built(client(&server.url())).get_participants(&meeting()).expect("everyone").len(), 5);
    let requests = server.requests();
    assert!(requests[1..].iter().all(|request| request.at - requests[0].at >= Duration::from_secs(1)));
}

#[test]
fn quota_is_not_waited_for_if_unneeded_or_too_long() {
    let untouched: fn(Builder) -> Builder = |b| b;
    for (ratelimit, set) in [
        ("\"default\";r=1;t=60", untouched),
        ("\"default\";r=0;t=61", untouched),
        ("\"default\";r=0;t=40", |b| b.max_retry_wait(Duration::from_secs(39))),
        ("\"default\";r=0;t=40", |b| b.deadline(Duration::from_secs(39))),
        ("nonsense", untouched),
    ] {
        let server = with_ratelimit(ratelimit);
        let client = built(set(client(&server.url())));
        let (_, elapsed) = timed(|| (page(&client).expect("a page"), page(&client).expect("a page")));
        assert!(elapsed < SOON, "{ratelimit}: {elapsed:?}");
    }
}

/// Runs a call on another thread, shuts the client down once the call is waiting, and returns the call's result.
fn shut_down_during<T: Send + 'static>(
    client: &Client,
    until_waiting: impl FnOnce(),
    call: impl FnOnce(&Client) -> T + Send + 'static,
) -> T {
    let clone = client.clone();
    let call = std::thread::spawn(move || call(&clone));
    until_waiting();
    // Time for the call to reach its wait.
    std::thread::sleep(Duration::from_millis(100));
    assert!(!call.is_finished(), "the call must wait");
    let (result, elapsed) = timed(|| {
        client.shutdown();
        call.join().expect("no panic")
    });
    assert!(elapsed < Duration::from_secs(3), "{elapsed:?}");
    result
}

fn assert_cancelled<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.expect_err("must be cancelled");
    assert_eq!(error.status(), ErrorKind::Cancelled, "{error}");
    assert!(error.to_string().starts_with("the client was shut down"), "{error}");
}

#[test]
fn shutdown_ends_a_hanging_request() {
    for answer in [
        Response::new().hang(),
        Response::json(whole_list(2)).stall(),
        Response::whole(503, &[], "not all of it").stall(),
    ] {
        let server = Server::in_turn([answer]);
        for retries in [3, 0] {
            let client = built(client(&server.url()).max_retries(retries));
            let before = server.request_count();
            assert_cancelled(shut_down_during(&client, || server.await_requests(before + 1), page));
            assert_eq!(server.request_count(), before + 1);
        }
    }
}

#[test]
fn shutdown_ends_the_wait_for_a_retry() {
    // 60 s is the default of max_retry_wait.
    let server = Server::in_turn([Response::whole(429, &[("Retry-After", "60")], "")]);
    let client = built(client(&server.url()));
    assert_cancelled(shut_down_during(&client, || server.await_requests(1), page));
    assert_eq!(server.request_count(), 1);
}

#[test]
fn shutdown_ends_the_wait_for_the_quota() {
    let server = with_ratelimit("\"default\";r=0;t=60");
    let client = built(client(&server.url()));
    page(&client).expect("a page");
    assert_cancelled(shut_down_during(&client, || {}, page));
    assert_eq!(server.request_count(), 1);
}

#[test]
fn shutdown_ends_a_hanging_connect() {
    let silent = address::silent();
    let client = built(client(&silent.url()).connect_timeout(Duration::from_secs(60)));
    assert_cancelled(shut_down_during(&client, || {}, page));
}

#[test]
fn shutdown_ends_all_requests_of_a_walk() {
    let server = Server::start(|request| match request.page_no() {
        Some(1) => Response::json(page_of(&[service::participant(1)], 50, 1)),
        _ => Response::new().hang(),
    });
    let client = built(client(&server.url()));
    assert_cancelled(shut_down_during(
        &client,
        || server.await_requests(5),
        |client| client.get_participants(&meeting()),
    ));
    assert_eq!(server.request_count(), 5);
}

#[test]
fn shutdown_ends_an_iterator() {
    let server = Server::in_turn([Response::json(page_of(&[service::participant(1)], 50, 1)), Response::new().hang()]);
    let client = built(client(&server.url()));
    let given = shut_down_during(
        &client,
        || server.await_requests(2),
        |client| client.iter_participants(&meeting()).collect::<Vec<_>>(),
    );
    assert_eq!(given.len(), 2);
    assert!(given[0].is_ok());
    assert_cancelled(given.into_iter().next_back().expect("an end"));
}

#[test]
fn nothing_is_sent_after_shutdown() {
    let server = Server::in_turn([Response::json(page_of(&[service::participant(1)], 2, 1))]);
    let client = built(client(&server.url()));
    let mut begun = client.iter_participants(&meeting());
    begun.next().expect("one").expect("a participant");
    let before = client.clone();
    client.shutdown();
    client.shutdown();
    for client in [&client, &before] {
        assert_cancelled(page(client));
        assert_cancelled(client.get_participants(&meeting()));
        assert_cancelled(client.iter_participants(&meeting()).next().expect("an error"));
    }
    assert_cancelled(begun.next().expect("an error"));
    assert!(begun.next().is_none());
    assert_eq!(server.request_count(), 1);
}

#[test]
fn one_connection_serves_many_calls() {
    let server = Server::start(|request| match request.page_no() {
        Some(page) => Response::json(page_of(&[service::participant(page as usize)], 20, page as usize)),
        None => Response::whole(404, &[], "{}"),
    });
    let client = built(client(&server.url()).max_connections(1));
    for _ in 0..20 {
        // The body of a failure is read to its end, too.
        page(&client).expect_err("refused");
    }
    assert_eq!(client.get_participants(&meeting()).expect("everyone").len(), 20);
    assert_eq!(client.iter_participants(&meeting()).count(), 20);
    assert_eq!((server.request_count(), server.connection_count()), (60, 1));
}

#[test]
fn closed_connection_is_not_reused() {
    let server = Server::in_turn([Response::json(whole_list(2)).close(), Response::json(whole_list(2))]);
    let client = built(client(&server.url()).max_retries(0));
    page(&client).expect("a page");
    std::thread::sleep(Duration::from_millis(500));
    page(&client).expect("a page over a new connection");
    assert_eq!(server.connection_count(), 2);
}

#[test]
fn threads_share_a_client() {
    let server = Server::in_turn([Response::json(whole_list(2))]);
    let client = built(client(&server.url()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                (0..10).for_each(|_| assert_eq!(client.get_participants(&meeting()).expect("everyone").len(), 2))
            });
        }
    });
    assert_eq!(server.request_count(), 80);
    assert!(server.connection_count() <= 8, "{}", server.connection_count());
}
