//! A real proxy, tinyproxy, between the client and a service on loopback: `cargo test --test tinyproxy -- --ignored`.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use std::time::{Duration, Instant};

use participants::{Builder, Client, Error, ErrorKind};
use testkit::credentials::{PROXY_BASIC, PROXY_PASSWORD, PROXY_USER, TOKEN, WRONG_PASSWORD};
use testkit::paged_list::PagedList;
use testkit::proxy::Proxy;
use testkit::server::{Response, Server};
use testkit::tinyproxy::Tinyproxy;
use testkit::tls::TlsService;
use testkit::{NO_PARAMETERS, address, certificates, client, environment, meeting, whole_list};

const CREDENTIALS_WORK: &str = "the proxy's own user and password must work";

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

fn page(builder: Builder) -> Result<usize, Error> {
    builder.build()?.get_participants_page(&meeting(), NO_PARAMETERS).map(|page| page.len())
}

/// Settings for a TLS service behind this proxy.
fn builder_through(proxy: &str, service: &TlsService) -> Builder {
    client(&service.url()).ca_file(certificates::certificate()).proxy(proxy)
}

fn service() -> TlsService {
    TlsService::start("127.0.0.1", whole_list(2))
}

#[test]
#[ignore = "needs tinyproxy"]
fn tls_hides_the_token_from_the_proxy() {
    let (proxy, service) = (Tinyproxy::start(""), service());
    let relay = Proxy::relay_to(proxy.address());
    let client = builder_through(&relay.url(), &service).build().expect("good settings");
    for _ in 0..3 {
        assert_eq!(client.get_participants(&meeting()).expect("everyone").len(), 2);
    }
    // One tunnel, with TLS from its first byte, for three requests.
    let heard = relay.received();
    assert_eq!((heard.len(), proxy.tunnels()), (1, 1), "{}", proxy.log());
    let head = heard[0].windows(4).position(|end| end == b"\r\n\r\n").expect("the end of a head") + 4;
    assert!(heard[0].starts_with(format!("CONNECT {} HTTP/1.1\r\n", service.address()).as_bytes()));
    assert_eq!(heard[0][head..head + 2], [0x16, 3], "a TLS handshake");
    for secret in [TOKEN, "uthorization", "accounts"] {
        assert!(!contains(&heard[0], secret) && !proxy.log().contains(secret), "{secret}");
    }
    let lines = service.connections().concat();
    assert_eq!(lines.iter().filter(|line| line.contains(TOKEN)).count(), 3);
}

#[test]
#[ignore = "needs tinyproxy"]
fn loopback_service_gets_the_token_inside_a_tunnel() {
    let (proxy, service) = (Tinyproxy::start(""), PagedList::of(2).start());
    let relay = Proxy::relay_to(proxy.address());
    assert_eq!(page(service.builder().proxy(&relay.url())).expect("a page"), 2);
    let heard = relay.received();
    assert_eq!((heard.len(), proxy.tunnels()), (1, 1), "{}", proxy.log());
    let head = heard[0].windows(4).position(|end| end == b"\r\n\r\n").expect("the end of a head") + 4;
    assert!(heard[0].starts_with(format!("CONNECT {} HTTP/1.1\r\n", service.address()).as_bytes()));
    assert!(!contains(&heard[0][..head], TOKEN) && !contains(&heard[0][..head], "\r\nauthorization"));
    assert!(heard[0][head..].starts_with(b"GET /accounts/") && contains(&heard[0][head..], TOKEN));
    assert!(!proxy.log().contains(TOKEN));
    let bearer = format!("Bearer {}", TOKEN);
    assert_eq!(service.requests()[0].header("Authorization"), Some(bearer.as_str()));
}

#[test]
#[ignore = "needs tinyproxy"]
fn each_connection_has_one_tunnel() {
    let (proxy, service) = (Tinyproxy::start(""), PagedList::of(2_000).start());
    let client = service.builder().proxy(&proxy.url()).build().expect("good settings");
    for _ in 0..3 {
        let everyone = client.get_participants(&meeting()).expect("everyone");
        assert_eq!((everyone.len(), everyone.is_complete()), (2_000, true));
    }
    assert!((1..=4).contains(&proxy.tunnels()), "{}", proxy.log());
    assert_eq!(service.request_count(), 60);
}

#[test]
#[ignore = "needs tinyproxy"]
fn proxy_credentials_reach_only_the_proxy() {
    let (proxy, service) = (Tinyproxy::start(&format!("BasicAuth {PROXY_USER} {PROXY_PASSWORD}\n")), service());
    let relay = Proxy::relay_to(proxy.address());
    assert_eq!(
        page(builder_through(&format!("http://{PROXY_USER}:{PROXY_PASSWORD}@{}", relay.address()), &service))
            .expect(CREDENTIALS_WORK),
        2
    );
    let heard = relay.received().concat();
    assert!(contains(&heard, &format!("\r\nProxy-Authorization: Basic {PROXY_BASIC}\r\n")) && !contains(&heard, TOKEN));
    let lines = service.connections().concat().join("\n");
    assert!(lines.contains(TOKEN) && !lines.contains(PROXY_BASIC) && !lines.contains(PROXY_PASSWORD), "{lines}");
}

#[test]
#[ignore = "needs tinyproxy"]
fn missing_or_wrong_proxy_password_is_not_retried() {
    let (proxy, service) = (Tinyproxy::start(&format!("BasicAuth {PROXY_USER} {PROXY_PASSWORD}\n")), service());
    for (credentials, http) in [
        (String::new(), 407),
        (format!("{PROXY_USER}:{WRONG_PASSWORD}@"), 401),
        (format!("nobody:{PROXY_PASSWORD}@"), 401),
    ] {
        let relay = Proxy::relay_to(proxy.address());
        let error =
            page(builder_through(&format!("http://{credentials}{}", relay.address()), &service)).expect_err("refused");
        assert_eq!(
            (error.status(), error.http_status(), error.attempts()),
            (ErrorKind::Connection, None, 1),
            "{error}"
        );
        let message = error.to_string();
        let why = match credentials.as_str() {
            "" => "wants a user name and a password",
            _ => "does not accept the user name and the password",
        };
        assert!(message.ends_with(&format!(": the proxy {why} (HTTP {http})")), "{message}");
        assert!(
            [PROXY_PASSWORD, WRONG_PASSWORD]
                .iter()
                .all(|it| !message.contains(it) && !format!("{error:?}").contains(it)),
            "{message}"
        );
        assert!(!contains(&relay.received().concat(), TOKEN));
    }
    assert_eq!(service.connections(), Vec::<Vec<String>>::new());
}

#[test]
#[ignore = "needs tinyproxy"]
fn forbidden_tunnel_is_not_retried() {
    let (proxy, service) = (Tinyproxy::start("ConnectPort 443\n"), service());
    let error = page(builder_through(&proxy.url(), &service)).expect_err("refused");
    assert_eq!((error.status(), error.http_status(), error.attempts()), (ErrorKind::Connection, None, 1), "{error}");
    let way = format!("{} through the proxy {}", service.address(), proxy.address());
    assert_eq!(error.to_string(), format!("no answer from {way}: the proxy opens no tunnel (HTTP 403)"));
    assert_eq!(service.connections(), Vec::<Vec<String>>::new());
}

#[test]
#[ignore = "needs tinyproxy"]
fn unreachable_service_behind_a_proxy_is_retried() {
    let (proxy, nobody) = (Tinyproxy::start(""), address::refusing());
    let builder = client(&nobody.url()).proxy(&proxy.url()).max_retries(1).max_retry_wait(Duration::ZERO);
    let error = page(builder).expect_err("nobody there");
    assert_eq!((error.status(), error.http_status(), error.attempts()), (ErrorKind::Connection, None, 2), "{error}");
    assert!(error.to_string().contains(": the proxy opens no tunnel (HTTP 5"), "{error}");
}

#[test]
#[ignore = "needs tinyproxy"]
fn certificate_is_checked_through_a_tunnel() {
    let (proxy, service) = (Tinyproxy::start(""), TlsService::start("127.0.0.2", whole_list(2)));
    let error = page(builder_through(&proxy.url(), &service)).expect_err("a certificate for 127.0.0.1");
    assert_eq!((error.status(), error.attempts()), (ErrorKind::Connection, 1), "{error}");
    assert!(error.to_string().starts_with("no safe connection to 127.0.0.2:"), "{error}");
    assert!(service.connections().concat().is_empty());
}

#[test]
#[ignore = "needs tinyproxy"]
fn hanging_proxy_ends_at_the_connect_timeout() {
    let (proxy, service) = (Tinyproxy::start(""), service());
    let builder = builder_through(&proxy.url(), &service).max_retries(0).connect_timeout(Duration::from_millis(500));
    let client = builder.build().expect("good settings");
    proxy.stop();
    let began = Instant::now();
    let error = client.get_participants(&meeting()).expect_err("silence");
    assert_eq!(error.status(), ErrorKind::Timeout, "{error}");
    let way = format!("{} through the proxy {}", service.address(), proxy.address());
    assert_eq!(error.to_string(), format!("no connection to {way} within 0.5 s (page 1)"));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    proxy.resume();
    assert_eq!(client.get_participants(&meeting()).expect("everyone").len(), 2);
    // In an open tunnel the client waits for a response, and no longer for a connection.
    proxy.stop();
    let patient = builder_through(&proxy.url(), &service).max_retries(0).deadline(Duration::from_millis(500));
    let error = page(patient).expect_err("silence");
    assert_eq!(error.status(), ErrorKind::Timeout, "{error}");
    proxy.resume();
}

#[test]
#[ignore = "needs tinyproxy"]
fn dead_proxy_is_a_connection_error() {
    let (mut proxy, service) = (Tinyproxy::start(""), service());
    let client = builder_through(&proxy.url(), &service).max_retries(0).build().expect("good settings");
    assert_eq!(client.get_participants(&meeting()).expect("everyone").len(), 2);
    proxy.kill();
    for _ in 0..2 {
        let error = client.get_participants(&meeting()).expect_err("no proxy");
        assert_eq!(error.status(), ErrorKind::Connection, "{error}");
        let way = format!("{} through the proxy {}", service.address(), proxy.address());
        let why = "the proxy can't be reached: Connection refused (os error 111)";
        assert_eq!(error.to_string(), format!("no answer from {way}: {why} (page 1)"));
    }
}

const BASE_URL: &str = "PARTICIPANTS_TEST_BASE_URL";

/// Runs in a process of its own, with proxies in its environment.
#[test]
#[ignore = "run by another test"]
fn child() {
    let Ok(base_url) = std::env::var(BASE_URL) else { return };
    let result = page(
        Client::builder().api_token(TOKEN).base_url(&base_url).ca_file(certificates::certificate()).max_retries(0),
    );
    println!("\n<<{}>>", result.map_or_else(|e| e.to_string(), |length| format!("{length} participants")));
}

/// The result of a request to this service in a child process with this environment.
fn run_child(service: &TlsService, variables: &[(&str, &str)]) -> String {
    let mut command = testkit::build::this_program();
    command.args(["--exact", "child", "--ignored", "--nocapture"]);
    let output = environment::clear(&mut command).env(BASE_URL, service.url()).envs(variables.iter().copied()).output();
    let text = String::from_utf8(output.expect("a child").stdout).expect("UTF-8");
    let result = text.split_once("<<").and_then(|(_, rest)| rest.split_once(">>"));
    result.unwrap_or_else(|| panic!("no result: {text}")).0.to_string()
}

#[test]
#[ignore = "needs tinyproxy"]
fn no_proxy_hosts_are_reached_directly() {
    let (mut proxy, service) = (Tinyproxy::start(""), service());
    let url = proxy.url();
    let (all, https, no_proxy) =
        (("ALL_PROXY", url.as_str()), ("https_proxy", url.as_str()), ("NO_PROXY", "localhost,127.0.0.1"));
    assert_eq!(run_child(&service, &[all]), "2 participants");
    assert_eq!(run_child(&service, &[https, ("no_proxy", "127.0.0.2")]), "2 participants");
    assert_eq!(proxy.tunnels(), 2, "{}", proxy.log());
    assert_eq!(run_child(&service, &[all, no_proxy]), "2 participants");
    assert_eq!(run_child(&service, &[https, ("no_proxy", "*")]), "2 participants");
    assert_eq!(proxy.tunnels(), 2, "{}", proxy.log());
    proxy.kill();
    assert_eq!(run_child(&service, &[all, no_proxy]), "2 participants");
    assert!(run_child(&service, &[all]).contains("Connection refused"));
}

/// A response that is no tunnel must not count as one.
#[test]
#[ignore = "needs tinyproxy"]
fn server_that_is_no_proxy_is_an_error() {
    let (service, decoy) = (service(), Server::always(Response::json(whole_list(2))));
    let error = page(builder_through(&decoy.url(), &service).max_retries(0)).expect_err("no tunnel");
    assert_eq!(error.status(), ErrorKind::Connection, "{error}");
    assert!(service.connections().is_empty());
}
