//! Proxies that are set explicitly; those of the environment are in environment.rs.

mod support;

use std::time::{Duration, Instant};

use participants::{Error, Participants, Status};
use support::raw::{Answer, Server};
use support::{NO_PARAMETERS, address, client, meeting, whole_list};

fn through(proxy: &str, base_url: &str) -> Result<Participants, Error> {
    let client = client(base_url).proxy(proxy).max_retries(0).build().expect("good settings");
    client.get_participants_page(&meeting(), NO_PARAMETERS)
}

#[test]
fn an_http_proxy_is_asked_for_a_tunnel_to_the_service() {
    let nowhere = address::refusing();
    let proxy = Server::in_turn([Answer::whole(200, &[], ""), Answer::json(whole_list(5))]);
    assert_eq!(through(&proxy.url(), &nowhere.url()).expect("a page").len(), 5);
    let requests = proxy.requests();
    assert_eq!(requests[0].line, format!("CONNECT {} HTTP/1.1", nowhere.address));
    assert_eq!((requests[0].header("Authorization"), requests[0].header("Proxy-Authorization")), (None, None));
    assert!(requests[1].line.starts_with("GET /accounts/"));
}

#[test]
fn a_proxy_may_be_named_without_http() {
    let nowhere = address::refusing();
    let proxy = Server::in_turn([Answer::whole(200, &[], ""), Answer::json(whole_list(5))]);
    assert_eq!(through(&proxy.address().to_string(), &nowhere.url()).expect("a page").len(), 5);
}

#[test]
fn the_user_and_password_of_a_proxy_may_hold_any_character() {
    let proxy = Server::in_turn([Answer::whole(200, &[], ""), Answer::json(whole_list(5))]);
    let url = format!("http://us%40er:p%2Fss%3Aw%C3%B6rd%25@{}", proxy.address());
    through(&url, "http://127.0.0.1:1").expect("a page");
    // "us@er:p/ss:wörd%"
    assert_eq!(proxy.requests()[0].header("Proxy-Authorization"), Some("Basic dXNAZXI6cC9zczp3w7ZyZCU="));
}

#[test]
fn a_proxy_that_refuses_or_is_not_there_is_a_connection_error() {
    let refusing = Server::in_turn([Answer::whole(407, &[], "who are you?")]);
    let error = through(&refusing.url(), "http://127.0.0.1:1").expect_err("refused");
    assert_eq!((error.status(), error.http_status()), (Status::Connection, None));
    let why = "the proxy wants a user name and a password, or others (HTTP 407)";
    assert_eq!(error.to_string(), format!("no answer from 127.0.0.1:1 through the proxy {}: {why}", refusing.address()));

    let nobody = address::refusing();
    let error = through(&nobody.url(), "http://127.0.0.1:1").expect_err("no proxy");
    assert_eq!(error.status(), Status::Connection, "{error}");
    let why = "Connection refused (os error 111)";
    assert_eq!(error.to_string(), format!("no answer from 127.0.0.1:1 through the proxy {}: {why}", nobody.address));

    let mute = Server::in_turn([Answer::new().close()]);
    let error = through(&mute.url(), "http://127.0.0.1:1").expect_err("no answer");
    assert_eq!(error.status(), Status::Connection, "{error}");
    assert_eq!(error.to_string(), format!("no answer from 127.0.0.1:1 through the proxy {}: proxy server did not respond", mute.address()));

    let silent = Server::in_turn([Answer::new().hang()]);
    let client = client("http://127.0.0.1:1").proxy(&silent.url()).max_retries(0).connect_timeout(Duration::from_millis(250));
    let error = client.build().expect("good settings").get_participants_page(&meeting(), NO_PARAMETERS).expect_err("no answer");
    assert_eq!(error.status(), Status::Timeout, "{error}");
}

#[test]
fn a_proxy_that_drips_is_left_at_the_connect_timeout_or_the_deadline() {
    let dripping = Server::always(Answer::head(200, &[("X-Long", &"x".repeat(10_000))]).drip(Duration::from_millis(20)));
    let proxied = || client("http://127.0.0.1:1").proxy(&dripping.url()).max_retries(0);
    let way = format!("127.0.0.1:1 through the proxy {}", dripping.address());
    for (builder, message) in [
        (proxied().connect_timeout(Duration::from_millis(300)), format!("no connection to {way} within 0.3 s")),
        (proxied().timeout(Duration::from_millis(300)), format!("no whole answer from {way} within 0.3 s")),
        (proxied().deadline(Duration::from_millis(300)), "the call took longer than its deadline of 0.3 s".to_string()),
    ] {
        let began = Instant::now();
        let error = builder.build().expect("good settings").get_participants_page(&meeting(), NO_PARAMETERS).expect_err("no tunnel");
        assert_eq!((error.status(), error.to_string()), (Status::Timeout, message));
        // All of the answer would take more than three minutes.
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }
}

#[test]
fn a_proxy_that_refuses_for_good_is_not_asked_again() {
    for (http, attempts) in [(400, 1), (403, 1), (404, 1), (407, 1), (408, 2), (429, 2), (500, 2), (502, 2), (503, 2), (504, 2)] {
        let refusing = Server::always(Answer::whole(http, &[], ""));
        let client = client("http://127.0.0.1:1").proxy(&refusing.url()).max_retries(1).max_retry_wait(Duration::ZERO);
        let error = client.build().expect("good settings").get_participants_page(&meeting(), NO_PARAMETERS).expect_err("refused");
        assert_eq!(
            (error.status(), error.attempts(), refusing.request_count()),
            (Status::Connection, attempts as u32, attempts),
            "{error}"
        );
    }
}

#[test]
fn a_proxy_of_another_kind_is_refused() {
    for scheme in ["socks4", "socks4a", "socks5", "socks5h"] {
        let error = client("http://127.0.0.1:1").proxy(&format!("{scheme}://user:hunter2@127.0.0.1:1080")).build().expect_err("refused");
        assert_eq!(error.status(), Status::InvalidArgument);
        assert_eq!(error.to_string(), "proxy: only http:// and https:// proxies are supported");
    }
}
