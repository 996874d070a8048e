//! Whom the client trusts.

mod support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;

use participants::{Builder, Client, Error, Status};
use support::service::TOKEN;
use support::tls::{TlsService, certificate, key, tunnel};
use support::{NO_PARAMETERS, client, meeting, whole_list};

fn service() -> TlsService {
    TlsService::start("127.0.0.1", whole_list(2))
}

fn page(builder: Builder) -> Result<usize, Error> {
    builder.build()?.get_participants_page(&meeting(), NO_PARAMETERS).map(|page| page.len())
}

fn trusting(service: &TlsService) -> Builder {
    client(&format!("https://{}", service.address())).ca_file(certificate())
}

#[test]
fn a_service_is_trusted_that_the_ca_file_vouches_for() {
    let service = service();
    assert_eq!(page(trusting(&service)).expect("trusted"), 2);
    assert_eq!(page(trusting(&service).base_url(&format!("https://localhost:{}", service.address().port()))).expect("trusted"), 2);
    let bearer = format!("Bearer {TOKEN}");
    for connection in service.connections() {
        let credentials: Vec<_> = connection.iter().filter(|line| line.contains(TOKEN)).collect();
        assert_eq!(credentials.len(), 1);
        assert!(credentials[0].to_ascii_lowercase().starts_with("authorization: ") && credentials[0].ends_with(&bearer));
    }
}

#[test]
fn one_tls_connection_serves_call_after_call() {
    let service = service();
    let client = trusting(&service).build().expect("good settings");
    for _ in 0..3 {
        client.get_participants(&meeting()).expect("everyone");
    }
    assert_eq!(service.connections().len(), 1);
}

#[test]
fn tls_goes_through_a_proxy_and_the_credential_inside_it() {
    let service = service();
    assert_eq!(page(trusting(&service).proxy(&format!("http://{}", tunnel()))).expect("trusted"), 2);
    assert_eq!(service.connections()[0].iter().filter(|line| line.contains(TOKEN)).count(), 1);
}

/// What is said of a service that is not trusted. It is sent nothing, and not asked twice.
fn distrusted(builder: Builder, service: &TlsService) -> String {
    let error = page(builder).expect_err("not trusted");
    assert_eq!((error.status(), error.attempts()), (Status::Connection, 1), "{error}");
    assert_eq!(service.connections(), [Vec::<String>::new()]);
    assert!(std::error::Error::source(&error).is_some());
    error.to_string()
}

#[test]
fn a_service_that_nobody_vouches_for_is_not_trusted() {
    let service = service();
    let message = distrusted(client(&format!("https://{}", service.address())), &service);
    assert_eq!(message, format!("no safe connection to {}: invalid peer certificate: UnknownIssuer", service.address()));
}

#[test]
fn a_certificate_for_another_host_is_not_trusted() {
    let service = TlsService::start("127.0.0.2", whole_list(2));
    let message = distrusted(trusting(&service), &service);
    assert!(message.starts_with("no safe connection to 127.0.0.2:"), "{message}");
    assert!(message.contains("certificate not valid for name"), "{message}");
}

#[test]
fn a_service_that_speaks_no_tls_is_no_service() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("https://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            let _ = stream.read(&mut [0; 4096]);
        }
    });
    let error = page(client(&base)).expect_err("no TLS");
    assert_eq!((error.status(), error.attempts()), (Status::Connection, 1), "{error}");
    assert!(error.to_string().starts_with("no safe connection to 127.0.0.1:"), "{error}");
}

#[test]
fn a_ca_file_that_is_none_is_refused() {
    let scratch = |name: &str, content: &[u8]| {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, content).expect("a scratch file");
        path
    };
    for (path, reason) in [
        (PathBuf::from("/does/not/exist.pem"), "No such file or directory"),
        (PathBuf::from("/"), "Is a directory"),
        (scratch("empty.pem", b""), "holds no certificate"),
        (scratch("words.pem", b"just words\xff"), "holds no certificate"),
        (key(), "holds no certificate"),
    ] {
        let error = Client::builder().api_token("t").base_url("https://127.0.0.1:1").proxy("").ca_file(&path).build().expect_err("refused");
        assert_eq!(error.status(), Status::InvalidArgument);
        let (message, start) = (error.to_string(), format!("ca_file: {}: {reason}", path.display()));
        assert!(message.starts_with(&start), "{message}");
    }
}
