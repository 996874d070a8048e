//! Proxies that are set explicitly, and their responses. proxy_environment.rs tests the environment's proxies.

use std::thread;
use std::time::{Duration, Instant};

use participants::{Builder, Error, ErrorKind, Participants};
use testkit::certificates::{self, Authority};
use testkit::credentials::{PROXY_BASIC, PROXY_PASSWORD, PROXY_USER, TOKEN};
use testkit::proxy::Proxy;
use testkit::server::{Response, Server};
use testkit::tls::TlsService;
use testkit::{NO_PARAMETERS, address, client, meeting, whole_list};

fn page_through(proxy: &str, base_url: &str) -> Result<Participants, Error> {
    let client = client(base_url).proxy(proxy).max_retries(0).build().expect("good settings");
    client.get_participants_page(&meeting(), NO_PARAMETERS)
}

#[test]
fn proxy_opens_a_tunnel_to_the_service() {
    let nowhere = address::refusing();
    let proxy = Server::in_turn([Response::whole(200, &[], ""), Response::json(whole_list(5))]);
    assert_eq!(page_through(&proxy.url(), &nowhere.url()).expect("a page").len(), 5);
    let requests = proxy.requests();
    assert_eq!(requests[0].line, format!("CONNECT {} HTTP/1.1", nowhere.address));
    assert_eq!((requests[0].header("Authorization"), requests[0].header("Proxy-Authorization")), (None, None));
    assert!(requests[1].line.starts_with("GET /accounts/"));
}

#[test]
fn proxy_url_may_omit_the_scheme() {
    let nowhere = address::refusing();
    let proxy = Server::in_turn([Response::whole(200, &[], ""), Response::json(whole_list(5))]);
    assert_eq!(page_through(&proxy.address().to_string(), &nowhere.url()).expect("a page").len(), 5);
}

#[test]
fn proxy_credentials_may_contain_any_character() {
    let proxy = Server::in_turn([Response::whole(200, &[], ""), Response::json(whole_list(5))]);
    let url = format!("http://us%40er:p%2Fss%3Aw%C3%B6rd%25@{}", proxy.address());
    page_through(&url, "http://127.0.0.1:1").expect("a page");
    // "us@er:p/ss:wörd%"
    assert_eq!(proxy.requests()[0].header("Proxy-Authorization"), Some("Basic dXNAZXI6cC9zczp3w7ZyZCU="));
}

#[test]
fn proxy_that_refuses_or_is_unreachable_is_a_connection_error() {
    let refusing = Server::in_turn([Response::whole(407, &[], "who are you?")]);
    let error = page_through(&refusing.url(), "http://127.0.0.1:1").expect_err("refused");
    assert_eq!((error.status(), error.http_status()), (ErrorKind::Connection, None));
    let why = "the proxy wants a user name and a password (HTTP 407)";
    assert_eq!(
        error.to_string(),
        format!("no answer from 127.0.0.1:1 through the proxy {}: {why}", refusing.address())
    );

    let nobody = address::refusing();
    let error = page_through(&nobody.url(), "http://127.0.0.1:1").expect_err("no proxy");
    assert_eq!(error.status(), ErrorKind::Connection, "{error}");
    let why = format!("the proxy can't be reached: {}", nobody.refusal());
    assert_eq!(error.to_string(), format!("no answer from 127.0.0.1:1 through the proxy {}: {why}", nobody.address));

    let mute = Server::in_turn([Response::new().close()]);
    let error = page_through(&mute.url(), "http://127.0.0.1:1").expect_err("no answer");
    assert_eq!(error.status(), ErrorKind::Connection, "{error}");
    let why = "the proxy hung up before it answered";
    assert_eq!(error.to_string(), format!("no answer from 127.0.0.1:1 through the proxy {}: {why}", mute.address()));

    let error = page_through("proxy.invalid:3128", "https://api.cloudflare.invalid").expect_err("no such host");
    assert_eq!(error.status(), ErrorKind::Connection, "{error}");
    let unreachable =
        "no answer from api.cloudflare.invalid through the proxy proxy.invalid:3128: the proxy can't be reached: ";
    assert!(error.to_string().starts_with(unreachable), "{error}");

    let silent = Server::in_turn([Response::new().hang()]);
    let client =
        client("http://127.0.0.1:1").proxy(&silent.url()).max_retries(0).connect_timeout(Duration::from_millis(250));
    let error =
        client.build().expect("good settings").get_participants_page(&meeting(), NO_PARAMETERS).expect_err("no answer");
    assert_eq!(error.status(), ErrorKind::Timeout, "{error}");
}

#[test]
fn slow_proxy_response_ends_at_the_timeout_or_the_deadline() {
    let dripping =
        Server::always(Response::head(200, &[("X-Long", &"x".repeat(10_000))]).drip(Duration::from_millis(20)));
    let proxied = || client("http://127.0.0.1:1").proxy(&dripping.url()).max_retries(0);
    let way = format!("127.0.0.1:1 through the proxy {}", dripping.address());
    for (builder, message) in [
        (proxied().connect_timeout(Duration::from_millis(300)), format!("no connection to {way} within 0.3 s")),
        (proxied().timeout(Duration::from_millis(300)), format!("no whole answer from {way} within 0.3 s")),
        (proxied().deadline(Duration::from_millis(300)), "the call took longer than its deadline of 0.3 s".to_string()),
    ] {
        let began = Instant::now();
        let error = builder
            .build()
            .expect("good settings")
            .get_participants_page(&meeting(), NO_PARAMETERS)
            .expect_err("no tunnel");
        assert_eq!((error.status(), error.to_string()), (ErrorKind::Timeout, message));
        // The whole response would take more than three minutes.
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }
}

#[test]
fn permanent_refusals_of_a_proxy_are_not_retried() {
    for (http, attempts) in
        [(400, 1), (403, 1), (404, 1), (407, 1), (408, 2), (429, 2), (500, 2), (502, 2), (503, 2), (504, 2)]
    {
        let refusing = Server::always(Response::whole(http, &[], ""));
        let client = client("http://127.0.0.1:1").proxy(&refusing.url()).max_retries(1).max_retry_wait(Duration::ZERO);
        let error = client
            .build()
            .expect("good settings")
            .get_participants_page(&meeting(), NO_PARAMETERS)
            .expect_err("refused");
        assert_eq!(
            (error.status(), error.attempts(), refusing.request_count()),
            (ErrorKind::Connection, attempts as u32, attempts),
            "{error}"
        );
    }
}

#[test]
fn socks_proxies_are_rejected() {
    for scheme in ["socks4", "socks4a", "socks5", "socks5h"] {
        let error = client("http://127.0.0.1:1")
            .proxy(&format!("{scheme}://user:hunter2-and-more@127.0.0.1:1080"))
            .build()
            .expect_err("refused");
        assert_eq!(error.status(), ErrorKind::InvalidArgument);
        let why = format!("is a SOCKS proxy ({scheme}://), and only http:// and https:// proxies are supported");
        assert_eq!(error.to_string(), format!(r#"proxy: {why}; proxy="" goes without one"#));
    }
}

/// A proxy with this response to CONNECT, and a service inside the tunnel.
fn proxy_responding(answer: impl AsRef<[u8]>) -> Server {
    Server::in_turn([Response::new().send(answer), Response::json(whole_list(5))])
}

#[track_caller]
fn assert_opens_a_tunnel(answer: impl AsRef<[u8]>) {
    let proxy = proxy_responding(&answer);
    let said = String::from_utf8_lossy(answer.as_ref()).into_owned();
    match page_through(&proxy.url(), "http://127.0.0.1:1") {
        Ok(page) => assert_eq!(page.len(), 5),
        Err(error) => panic!("{error}: {said:.200}"),
    }
}

#[test]
fn any_2xx_opens_a_tunnel_whatever_its_body_headers() {
    for status in [200, 201, 202, 204, 226, 299] {
        assert_opens_a_tunnel(format!("HTTP/1.1 {status} Established\r\n\r\n"));
    }
    for header in [
        "Content-Length: 5",
        "Transfer-Encoding: chunked",
        "Content-Length: 0",
        "Connection: close",
        "Content-Length: none",
    ] {
        assert_opens_a_tunnel(format!("HTTP/1.1 200 OK\r\n{header}\r\n\r\n"));
    }
}

#[test]
fn proxy_response_may_have_128_headers() {
    for lines in [0, 1, 20, 21, 64, 127, 128] {
        let lines: String = (0..lines).map(|line| format!("X-Line-{line}: {line}\r\n")).collect();
        assert_opens_a_tunnel(format!("HTTP/1.1 200 OK\r\n{lines}\r\n"));
    }
}

#[test]
fn informational_proxy_responses_are_skipped() {
    for status in [100, 102, 103, 199] {
        let earlier = format!("HTTP/1.1 {status} Wait\r\nX-Hint: a\r\n\r\n");
        assert_opens_a_tunnel(format!("{earlier}HTTP/1.1 200 OK\r\n\r\n"));
        assert_opens_a_tunnel(format!("{}HTTP/1.1 204 OK\r\n\r\n", earlier.repeat(50)));
        // Each in a packet of its own, after a pause.
        let pause = Duration::from_millis(50);
        let answer =
            Response::new().send(&earlier).pause(pause).send(&earlier).pause(pause).send("HTTP/1.1 200 OK\r\n\r\n");
        let proxy = Server::in_turn([answer, Response::json(whole_list(5))]);
        assert_eq!(page_through(&proxy.url(), "http://127.0.0.1:1").expect("a page").len(), 5);
    }
    let refusing = proxy_responding("HTTP/1.1 100 Wait\r\n\r\nHTTP/1.1 502 Bad Gateway\r\n\r\n");
    let error = page_through(&refusing.url(), "http://127.0.0.1:1").expect_err("refused");
    assert!(error.to_string().ends_with(": the proxy opens no tunnel (HTTP 502)"), "{error}");
}

/// Only the status line matters.
#[test]
fn proxy_response_is_read_as_leniently_as_by_curl() {
    for answer in [
        "HTTP/1.0 200\r\n\r\n",
        "HTTP/1.0 200 Connection established\r\n\r\n",
        "HTTP/1.1 200 OK\n\n",
        "HTTP/1.1  200  OK\r\n\r\n",
        "HTTP/1.1 200 \u{d6}kay\r\nX-\u{c4}: \u{fc}\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA B: c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
    ] {
        assert_opens_a_tunnel(answer);
    }
    let long = "x".repeat(31 * 1024);
    assert_opens_a_tunnel(format!("HTTP/1.1 200 OK\r\nX-Long: {long}\r\n\r\n"));
}

#[test]
fn bytes_after_the_proxy_response_come_from_the_tunnel() {
    // The service responds before the request.
    let early = Response::new()
        .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        .send(Response::json(whole_list(5)).bytes());
    let proxy = Server::in_turn([Response::new().send(early.bytes()), Response::new().hang()]);
    assert_eq!(page_through(&proxy.url(), "http://127.0.0.1:1").expect("a page").len(), 5);
}

#[test]
fn invalid_proxy_response_is_reported() {
    let lines = |count: usize| (0..count).map(|line| format!("X-Line-{line}: {line}\r\n")).collect::<String>();
    let html = "<html><body>Bad Gateway</body></html>";
    let long = format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\n\r\n", "x".repeat(33 * 1024));
    let too_long = "the head of the proxy's answer has more than 32 KiB";
    for (answer, why, attempts) in [
        (format!("HTTP/1.1 200 OK\r\n{}\r\n", lines(129)), "the proxy's answer has more than 128 header lines", 1),
        (long.clone(), too_long, 1),
        (long.replace("\r\n\r\n", &"x".repeat(1024 * 1024)), too_long, 1),
        ("SSH-2.0-OpenSSH_9.2\r\n".into(), "the proxy's answer is not HTTP: invalid HTTP version", 1),
        (html.into(), "the proxy's answer is not HTTP: invalid HTTP version", 1),
        ("HTTP/2 200\r\n\r\n".into(), "the proxy's answer is not HTTP: invalid HTTP version", 1),
        ("HTTP/1.1 20 OK\r\n\r\n".into(), "the proxy's answer is not HTTP: invalid response status", 1),
        ("HTTP/1.1 2000 OK\r\n\r\n".into(), "the proxy's answer is not HTTP: invalid response status", 1),
        ("HTTP/1.1 099 OK\r\n\r\n".into(), "the proxy's answer is not HTTP: invalid response status", 1),
        (
            format!("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 37\r\n\r\n{html}"),
            "the proxy opens no tunnel (HTTP 502)",
            2,
        ),
        (
            "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\n\r\n".into(),
            "the proxy opens no tunnel (HTTP 301)",
            2,
        ),
        (String::new(), "the proxy hung up before it answered", 2),
        ("HTTP/1.1 200 O".into(), "the proxy hung up before it answered", 2),
        ("HTTP/1.1 100 Wait\r\n\r\n".into(), "the proxy hung up before it answered", 2),
        (format!("HTTP/1.1 200 OK\r\n{}", lines(5)), "the proxy hung up before it answered", 2),
    ] {
        let proxy = Server::always(Response::new().send(&answer).close());
        let builder =
            client("https://api.cloudflare.invalid").proxy(&proxy.url().replace("://", "://user:hunter2-and-more@"));
        let client = builder.max_retries(1).max_retry_wait(Duration::ZERO).build().expect("good settings");
        let error = client.get_participants_page(&meeting(), NO_PARAMETERS).expect_err("no tunnel");
        let message = format!("no answer from api.cloudflare.invalid through the proxy {}: {why}", proxy.address());
        assert!(
            error.status() == ErrorKind::Connection && error.to_string().starts_with(&message),
            "{error}: {answer:.200}"
        );
        assert_eq!((error.http_status(), error.body(), error.attempts()), (None, None, attempts), "{answer:.200}");
        assert!(!format!("{error:?}").contains(PROXY_PASSWORD), "{error:?}");
        assert!(proxy.requests().iter().all(|request| request.line == "CONNECT api.cloudflare.invalid:443 HTTP/1.1"));
    }
}

#[test]
fn reset_by_a_proxy_is_a_connection_error() {
    let resetting = Server::always(Response::new().reset());
    let error = page_through(&resetting.url(), "http://127.0.0.1:1").expect_err("no tunnel");
    let message =
        format!("no answer from 127.0.0.1:1 through the proxy {}: the proxy did not answer: ", resetting.address());
    assert!(error.status() == ErrorKind::Connection && error.to_string().starts_with(&message), "{error}");
}

#[test]
fn endless_informational_proxy_responses_end_at_the_connect_timeout() {
    let waiting = Server::always(Response::new().repeat("HTTP/1.1 100 Wait\r\n\r\n", 1000).hang());
    let builder =
        client("http://127.0.0.1:1").proxy(&waiting.url()).max_retries(0).connect_timeout(Duration::from_millis(300));
    let error = builder
        .build()
        .expect("good settings")
        .get_participants_page(&meeting(), NO_PARAMETERS)
        .expect_err("no tunnel");
    let message = format!("no connection to 127.0.0.1:1 through the proxy {} within 0.3 s", waiting.address());
    assert_eq!((error.status(), error.to_string()), (ErrorKind::Timeout, message));
}

#[test]
fn shutdown_ends_the_wait_for_a_proxy() {
    let silent = Server::always(Response::new().hang());
    let builder = client("http://127.0.0.1:1").proxy(&silent.url()).connect_timeout(Duration::from_secs(600));
    let client = builder.timeout(Duration::from_secs(600)).build().expect("good settings");
    let asked = client.clone();
    let call = thread::spawn(move || asked.get_participants_page(&meeting(), NO_PARAMETERS));
    silent.await_requests(1);
    client.shutdown();
    let error = call.join().expect("no panic").expect_err("shut down");
    assert_eq!(error.status(), ErrorKind::Cancelled, "{error}");
}

#[test]
fn connect_request_may_be_long() {
    let proxy = Server::in_turn([Response::whole(200, &[], ""), Response::json(whole_list(5))]);
    let (password, agent) = ("p".repeat(3_999), "a".repeat(4_000));
    let builder =
        client("http://127.0.0.1:1").proxy(&format!("http://user:{password}@{}", proxy.address())).user_agent(&agent);
    builder.build().expect("good settings").get_participants_page(&meeting(), NO_PARAMETERS).expect("a page");
    let request = &proxy.requests()[0];
    // "user:ppp" is "dXNlcjpwcHBw"; 4004 bytes make one "=".
    let encoded = format!("Basic dXNlcjpw{}cHA=", "cHBw".repeat(1332));
    assert_eq!(
        (request.header("Proxy-Authorization"), request.header("User-Agent")),
        (Some(encoded.as_str()), Some(agent.as_str()))
    );
}

#[test]
fn connect_request_has_ipv6_addresses_in_brackets() {
    for (base_url, target) in
        [("https://[::1]", "[::1]:443"), ("http://[::1]:80", "[::1]:80"), ("http://localhost", "localhost:80")]
    {
        let refusing = Server::always(Response::whole(403, &[], ""));
        page_through(&refusing.url(), base_url).expect_err("refused");
        let request = &refusing.requests()[0];
        assert_eq!(
            (request.line.as_str(), request.header("Host")),
            (format!("CONNECT {target} HTTP/1.1").as_str(), Some(target))
        );
    }
}

fn page(builder: Builder) -> Result<usize, Error> {
    builder
        .max_retries(1)
        .max_retry_wait(Duration::ZERO)
        .build()?
        .get_participants_page(&meeting(), NO_PARAMETERS)
        .map(|page| page.len())
}

#[test]
fn tls_proxy_sees_its_own_password_and_not_the_token() {
    let (proxy, service) = (Proxy::tls_tunnel(), TlsService::start("127.0.0.1", whole_list(2)));
    let url = format!("https://{PROXY_USER}:{PROXY_PASSWORD}@{}", proxy.address());
    let builder = client(&service.url()).ca_file(certificates::certificate()).proxy(&url);
    assert_eq!(page(builder).expect("a page"), 2);
    let heard = proxy.received().concat();
    let end = heard.windows(4).position(|end| end == b"\r\n\r\n").expect("the end of a head") + 4;
    let head = String::from_utf8_lossy(&heard[..end]).into_owned();
    assert!(head.starts_with(&format!("CONNECT {} HTTP/1.1\r\n", service.address())), "{head}");
    assert!(
        head.contains(&format!("\r\nProxy-Authorization: Basic {PROXY_BASIC}\r\n")) && !head.contains(TOKEN),
        "{head}"
    );
    assert_eq!(heard[end..end + 2], [0x16, 3], "a TLS handshake");
    assert!(!String::from_utf8_lossy(&heard).contains(TOKEN));
    assert_eq!(service.connections()[0].iter().filter(|line| line.contains(TOKEN)).count(), 1);
}

#[test]
fn loopback_service_is_reached_through_a_tls_proxy() {
    let (proxy, service) = (Proxy::tls_tunnel(), Server::always(Response::json(whole_list(3))));
    let builder =
        client(&service.url()).ca_file(certificates::certificate()).proxy(&format!("https://{}", proxy.address()));
    assert_eq!(page(builder).expect("a page"), 3);
    assert_eq!((service.request_count(), service.requests()[0].line.starts_with("GET /accounts/")), (1, true));
}

#[test]
fn untrusted_certificate_of_a_proxy_is_rejected() {
    let proxy = Proxy::tls_tunnel();
    let elsewhere = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("proxy-authority.pem");
    std::fs::write(&elsewhere, Authority::new("elsewhere").pem()).expect("a scratch file");
    let builder = client("https://api.cloudflare.invalid")
        .proxy(&format!("https://{PROXY_USER}:{PROXY_PASSWORD}@{}", proxy.address()))
        .ca_file(elsewhere);
    let error = page(builder).expect_err("not trusted");
    assert_eq!((error.status(), error.attempts()), (ErrorKind::Connection, 1), "{error}");
    let way = format!("api.cloudflare.invalid through the proxy {}", proxy.address());
    let why =
        format!("no answer from {way}: no safe connection to the proxy: its certificate is signed by itself, or by");
    assert!(error.to_string().starts_with(&why), "{error}");
    assert!(
        error.to_string().contains("; the setting native_ca adds the authorities of the operating system"),
        "{error}"
    );
    assert!(proxy.received().concat().is_empty());
}

#[test]
fn https_proxy_without_tls_is_rejected() {
    let response = Response::new().receive().send("HTTP/1.1 400 Bad Request\r\n\r\n").close();
    let plain = Server::on_connect(response);
    let address = plain.address();
    let error =
        page(client("https://api.cloudflare.invalid").proxy(&format!("https://{address}"))).expect_err("no TLS");
    let why = "no safe connection to the proxy: what it says is not TLS (InvalidContentType)";
    let message = format!("no answer from api.cloudflare.invalid through the proxy {address}: {why}");
    assert_eq!((error.status(), error.to_string(), error.attempts()), (ErrorKind::Connection, message, 1));
}
