//! Proxies that are set explicitly; those of the environment are in environment.rs.

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use participants::{Error, Participants, Status};
use support::script::{Answer, Script};
use support::{NO_PARAMETERS, address, client, meeting, whole_list};

fn through(proxy: &str, base_url: &str) -> Result<Participants, Error> {
    let client = client(base_url).proxy(proxy).max_retries(0).build().expect("good settings");
    client.get_participants_page(&meeting(), NO_PARAMETERS)
}

#[test]
fn an_http_proxy_is_asked_for_a_tunnel_to_the_service() {
    let nowhere = address::refusing();
    let proxy = Script::start([Answer::new(200, &[], ""), Answer::ok(whole_list(5))]);
    assert_eq!(through(&proxy.base_url(), &nowhere.base_url()).expect("a page").len(), 5);
    let requests = proxy.requests();
    assert_eq!(requests[0].line, format!("CONNECT {} HTTP/1.1", nowhere.address));
    assert_eq!((requests[0].header("Authorization"), requests[0].header("Proxy-Authorization")), (None, None));
    assert!(requests[1].line.starts_with("GET /accounts/"));
}

#[test]
fn a_proxy_may_be_named_without_http() {
    let nowhere = address::refusing();
    let proxy = Script::start([Answer::new(200, &[], ""), Answer::ok(whole_list(5))]);
    assert_eq!(through(&proxy.address().to_string(), &nowhere.base_url()).expect("a page").len(), 5);
}

#[test]
fn the_user_and_password_of_a_proxy_may_hold_any_character() {
    let proxy = Script::start([Answer::new(200, &[], ""), Answer::ok(whole_list(5))]);
    let url = format!("http://us%40er:p%2Fss%3Aw%C3%B6rd%25@{}", proxy.address());
    through(&url, "http://127.0.0.1:1").expect("a page");
    // "us@er:p/ss:wörd%"
    assert_eq!(proxy.requests()[0].header("Proxy-Authorization"), Some("Basic dXNAZXI6cC9zczp3w7ZyZCU="));
}

#[test]
fn a_proxy_that_refuses_or_is_not_there_is_a_connection_error() {
    let refusing = Script::start([Answer::new(407, &[], "who are you?")]);
    let error = through(&refusing.base_url(), "http://127.0.0.1:1").expect_err("refused");
    assert_eq!((error.status(), error.http_status()), (Status::Connection, None));
    assert!(error.to_string().contains("407"), "{error}");

    let nobody = address::refusing();
    let error = through(&nobody.base_url(), "http://127.0.0.1:1").expect_err("no proxy");
    assert_eq!(error.status(), Status::Connection, "{error}");

    let silent = Script::start([Answer::silence()]);
    let client = client("http://127.0.0.1:1").proxy(&silent.base_url()).max_retries(0).connect_timeout(Duration::from_millis(250));
    let error = client.build().expect("good settings").get_participants_page(&meeting(), NO_PARAMETERS).expect_err("no answer");
    assert_eq!(error.status(), Status::Timeout, "{error}");
}

/// A SOCKS5 proxy that lets one client through, and then gives what it was asked for: the kind of address, and the name or the bytes of it.
fn socks() -> (SocketAddr, JoinHandle<(u8, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let thread = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        let read = |client: &mut TcpStream, length: usize| {
            let mut bytes = vec![0; length];
            client.read_exact(&mut bytes).expect("what the protocol says");
            bytes
        };
        let greeting = read(&mut client, 2);
        read(&mut client, greeting[1].into());
        client.write_all(&[5, 0]).expect("a client that waits");
        let kind = read(&mut client, 4)[3];
        let target = match kind {
            1 => read(&mut client, 4),
            3 => {
                let length = read(&mut client, 1)[0];
                read(&mut client, length.into())
            }
            other => panic!("address of kind {other}"),
        };
        let port = read(&mut client, 2);
        client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).expect("a client that waits");
        let mut service = TcpStream::connect(("127.0.0.1", u16::from_be_bytes([port[0], port[1]]))).expect("the service");
        let mut back = (service.try_clone().expect("a second handle"), client.try_clone().expect("a second handle"));
        std::thread::spawn(move || std::io::copy(&mut back.0, &mut back.1));
        let _ = std::io::copy(&mut client, &mut service);
        (kind, target)
    });
    (address, thread)
}

#[test]
fn a_socks_proxy_is_gone_through_and_socks5h_leaves_the_name_to_it() {
    let service = Script::start([Answer::ok(whole_list(5))]);
    let port = service.address().port();
    for (scheme, host, kind, target) in [("socks5", "127.0.0.1", 1, &[127, 0, 0, 1][..]), ("socks5h", "localhost", 3, b"localhost")] {
        let (address, proxy) = socks();
        let page = through(&format!("{scheme}://{address}"), &format!("http://{host}:{port}")).expect("a page");
        assert_eq!(page.len(), 5);
        assert_eq!(proxy.join().expect("no panic"), (kind, target.to_vec()), "{scheme} {host}");
    }
}
