//! A real server, nginx, between the client and a service on loopback: `cargo test --test nginx -- --ignored`. Its TLS
//! is OpenSSL's, and its gzip zlib's.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use std::thread;
use std::time::Duration;

use participants::Client;
use testkit::nginx::Nginx;
use testkit::paged_list::PagedList;
use testkit::server::Server;
use testkit::{certificates, client, meeting};

const GZIP: &str = "gzip on; gzip_types application/json; gzip_proxied any;";

fn service() -> Server {
    PagedList::of(1_000).start()
}

fn client_of(nginx: &Nginx) -> Client {
    client(&nginx.url()).ca_file(certificates::certificate()).max_retries(10).build().expect("good settings")
}

fn assert_everyone(client: &Client, what: &str) {
    let everyone = client.get_participants(&meeting()).unwrap_or_else(|e| panic!("{what}: {e}"));
    assert_eq!((everyone.len(), everyone.is_complete()), (1_000, true), "{what}");
    let mut one_by_one = client.iter_participants(&meeting());
    assert!(one_by_one.by_ref().zip(&everyone).all(|(a, b)| a.is_ok_and(|a| a.id() == b.id())), "{what}");
    assert!(one_by_one.is_complete(), "{what}");
}

#[test]
#[ignore = "needs nginx"]
fn everyone_comes_through_a_real_server() {
    let service = service();
    for (what, settings, most_on_a_connection) in [
        ("as sent", "", 1_000),
        ("in chunks", "proxy_buffering off; proxy_http_version 1.1;", 1_000),
        ("five requests a connection", "keepalive_requests 5;", 5),
        ("no kept connection", "keepalive_timeout 0;", 1),
    ] {
        for gzip in ["", GZIP] {
            let nginx = Nginx::start(service.address(), &format!("{gzip}{settings}"));
            assert_everyone(&client_of(&nginx), what);
            let logged = nginx.logged(20);
            assert_eq!(logged.len(), 20, "{what}: {logged:?}");
            let coding = if gzip.is_empty() { "-" } else { "gzip" };
            assert!(logged.iter().all(|it| (it.status, it.coding.as_str()) == (200, coding)), "{what}: {logged:?}");
            assert!(logged.iter().all(|it| it.requests_on_connection <= most_on_a_connection), "{what}: {logged:?}");
        }
    }
}

#[test]
#[ignore = "needs nginx"]
fn everyone_comes_through_the_tls_of_a_real_server() {
    let service = service();
    const BOTH: &str = "TLSv1.2 TLSv1.3";
    for (what, versions, settings, listen) in [
        ("TLS 1.2", "TLSv1.2", "", ""),
        ("TLS 1.3", BOTH, "", ""),
        ("HTTP/2 offered", BOTH, "", "http2"),
        ("no session is resumed", BOTH, "ssl_session_tickets off; ssl_session_cache off;", ""),
        ("small records", BOTH, "ssl_buffer_size 512;", ""),
        ("a client's certificate asked for", BOTH, "ssl_verify_client optional_no_ca;", ""),
        ("three requests a connection", BOTH, "keepalive_requests 3;", ""),
    ] {
        let settings = format!("ssl_protocols {versions};{GZIP}{settings}");
        let version = versions.split(' ').next_back().expect("a version");
        let nginx = Nginx::start_tls(service.address(), &settings, listen);
        assert_everyone(&client_of(&nginx), what);
        let logged = nginx.logged(20);
        assert_eq!(logged.len(), 20, "{what}: {logged:?}");
        for it in &logged {
            let seen = (it.status, it.http.as_str(), it.tls.as_str(), it.coding.as_str());
            assert_eq!(seen, (200, "HTTP/1.1", version, "gzip"), "{what}: {logged:?}");
        }
    }
}

#[test]
#[ignore = "needs nginx"]
fn pages_that_a_rate_limit_refuses_are_asked_for_again() {
    let service = service();
    for status in [429, 503] {
        let limit = format!("limit_req zone=all burst=2 nodelay; limit_req_status {status};");
        let nginx = Nginx::start(service.address(), &limit);
        let everyone = client_of(&nginx).get_participants(&meeting()).expect("everyone");
        assert_eq!((everyone.len(), everyone.is_complete()), (1_000, true));
        let refused = nginx.logged(11).iter().filter(|it| it.status == status).count();
        assert!(refused > 0, "no page was refused");
    }
}

#[test]
#[ignore = "needs nginx"]
fn connections_that_the_server_closed_meanwhile_are_replaced() {
    let service = service();
    let nginx = Nginx::start_tls(service.address(), "keepalive_timeout 1s;", "");
    let client = client(&nginx.url()).ca_file(certificates::certificate()).max_retries(0).build().expect("settings");
    for _ in 0..3 {
        assert_everyone(&client, "after a pause");
        thread::sleep(Duration::from_millis(1_500));
    }
    assert!(nginx.logged(60).iter().all(|it| it.status == 200));
}
