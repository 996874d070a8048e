//! The bytes around the JSON: unusual heads, content codings, a byte order mark.

use std::io::Write;

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use participants::{Error, ErrorKind, Participants};
use testkit::server::{Response, Server};
use testkit::{meeting, page_of, service, whole_list};

fn everyone_from(bytes: impl AsRef<[u8]>) -> Result<Participants, Error> {
    let server = Server::always(Response::new().send(bytes).close());
    server.client().get_participants(&meeting())
}

/// A response with these head lines, and a list of three participants.
fn response(status_line: &str, lines: &[&str], end: &str) -> Vec<u8> {
    let body = whole_list(3);
    let length = format!("Content-Length: {}", body.len());
    let head: Vec<&str> =
        [status_line].into_iter().chain(lines.iter().copied()).chain([length.as_str(), "", &body]).collect();
    head.join(end).into_bytes()
}

#[track_caller]
fn assert_read(bytes: impl AsRef<[u8]>) {
    let bytes = bytes.as_ref();
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
    let everyone = everyone_from(bytes).unwrap_or_else(|e| panic!("{shown:?}: {e}"));
    assert_eq!((everyone.len(), everyone.is_complete()), (3, true), "{shown:?}");
}

#[test]
fn head_is_read_leniently() {
    const OK: &str = "HTTP/1.1 200 OK";
    for status_line in
        [OK, "HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.1  200   OK", "HTTP/1.0 200 OK", "HTTP/1.1 200 Déjà vu"]
    {
        assert_read(response(status_line, &["CF-Ray: 8f-FRA"], "\r\n"));
        assert_read(response(status_line, &["CF-Ray: 8f-FRA"], "\n"));
    }
    for line in [
        "X-Note : blank before the colon",
        "X-Note\t: tab before the colon",
        "X-Note: folded\r\n into\r\n\tthree lines",
        "X-Note:\r\n folded at once",
        "X-Note: control \u{1} character",
        "X-Note: \u{7f}",
        "X-Note: naïve",
        "X-Nöte: naïve",
        "X Note: blank in the name",
        ": no name",
        "no colon",
        "X-Note:",
        "X-Note: \t ",
        " X-Note: a blank before the name",
    ] {
        assert_read(response(OK, &[line], "\r\n"));
        assert_read(response(OK, &["CF-Ray: 8f-FRA", line, "X-Other: x"], "\r\n"));
    }
    assert_read([b"\r\n\n".as_slice(), &response(OK, &[], "\r\n")].concat());
}

#[test]
fn leniently_read_headers_are_used() {
    let body = whole_list(3);
    let length = body.len();
    assert_read(format!("HTTP/1.1 200 OK\r\nContent-Length : {length}\r\n\r\n{body}"));
    assert_read(format!("HTTP/1.1 200 OK\r\nContent-Length:\r\n {length}\r\n\r\n{body}"));
    assert_read(format!(
        "HTTP/1.1 200 OK\r\nbad line\r\nTransfer-Encoding : Chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n"
    ));
    let error = everyone_from(
        "HTTP/1.1 503 Busy\r\nno colon\r\nCF-Ray : 8f-FRA\r\nRetry-After:\r\n 300\r\nContent-Length: 0\r\n\r\n",
    );
    let error = error.expect_err("a failure");
    assert_eq!((error.http_status(), error.ray_id()), (Some(503), Some("8f-FRA")));
    assert_eq!(error.retry_after().map(|wait| wait.as_secs()), Some(300));
}

/// The body of a response in each way to say where it ends, and whether its connection stays open.
fn framed(body: &[u8]) -> Vec<(Vec<u8>, bool)> {
    let (length, middle) = (body.len(), body.len() / 3);
    let (first, second) = body.split_at(middle);
    let chunks = |before: &str, after: &str| {
        let sizes = [format!("{middle:x}{before}\r\n"), format!("{:X}{before}\r\n", length - middle)];
        [sizes[0].as_bytes(), first, b"\r\n", sizes[1].as_bytes(), second, b"\r\n", after.as_bytes()].concat()
    };
    let (chunked, plain) = (chunks("", "0\r\n\r\n"), body.to_vec());
    let framed = [
        (format!("Content-Length: {length}\r\n"), plain.clone(), true),
        (format!("Content-Length: {length}\r\nContent-Length: {length}\r\n"), plain.clone(), true),
        (format!("Content-Length: {length}, {length}\r\n"), plain.clone(), true),
        (format!("Content-Length: 00{length}\r\nConnection: close\r\n"), plain.clone(), false),
        ("Transfer-Encoding: chunked\r\n".into(), chunked.clone(), true),
        (format!("Transfer-Encoding: CHUNKED\r\nContent-Length: {}\r\n", length + 9), chunked.clone(), true),
        ("Content-Length: 9\r\nTransfer-Encoding: chunked\r\n".into(), chunked, true),
        ("Transfer-Encoding: chunked\r\n".into(), chunks(";a=b", "0;c\r\nX-Trailer: x\r\n\r\n"), true),
        (String::new(), plain, false),
    ];
    let bytes = framed
        .map(|(lines, body, open)| ([format!("HTTP/1.1 200 OK\r\n{lines}\r\n").into_bytes(), body].concat(), open));
    bytes.to_vec()
}

#[test]
fn body_may_be_framed_in_any_way_and_come_in_any_parts() {
    for (bytes, open) in framed(whole_list(3).as_bytes()) {
        let shown = String::from_utf8_lossy(&bytes[..100]).into_owned();
        for part in [1, 7, 200, usize::MAX] {
            let answer = Response::new().send(&bytes).in_parts(part, std::time::Duration::ZERO);
            let server = Server::always(if open { answer } else { answer.close() });
            let client = server.client();
            for _ in 0..2 {
                let everyone = client.get_participants(&meeting()).unwrap_or_else(|e| panic!("{part}, {shown}: {e}"));
                assert_eq!((everyone.len(), everyone.is_complete()), (3, true), "{part}, {shown}");
            }
            assert_eq!((server.request_count(), server.connection_count()), (2, if open { 1 } else { 2 }), "{shown}");
        }
    }
}

#[test]
fn chunk_with_a_long_extension_means_the_same_in_any_parts() {
    let body = whole_list(3);
    // ureq reads lines of up to 20 bytes.
    for (extension, readable) in [(";a=0123456789012", true), (";a=01234567890123456789", false)] {
        let line = format!("{:x}{extension}", body.len());
        assert_eq!(line.len() <= 20, readable);
        let bytes = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{line}\r\n{body}\r\n0\r\n\r\n");
        for part in [1, 7, 200, usize::MAX] {
            let answer = Response::new().send(&bytes).in_parts(part, std::time::Duration::ZERO).close();
            let everyone = Server::always(answer).client().get_participants(&meeting());
            match everyone.map_err(|e| e.status()) {
                Ok(everyone) => assert_eq!((everyone.len(), readable), (3, true), "{part}, {extension}"),
                Err(status) => assert_eq!((status, readable), (ErrorKind::Decode, false), "{part}, {extension}"),
            }
        }
    }
}

#[test]
fn body_may_be_longer_than_the_buffers() {
    let list = page_of(&(0..10_000).map(service::participant).collect::<Vec<_>>(), 10_000, 1);
    assert!(list.len() > 2 * 1024 * 1024);
    for (bytes, _) in framed(list.as_bytes()) {
        assert_eq!(everyone_from(&bytes).expect("everyone").len(), 10_000);
    }
}

#[test]
fn lenient_head_may_come_byte_by_byte() {
    let bytes = response("HTTP/1.1  200 OK", &["X-Note: folded\r\n line", "odd"], "\r\n");
    let server = Server::start(move |_| bytes.iter().fold(Response::new(), |answer, byte| answer.send([*byte])));
    let client = server.client();
    for _ in 0..3 {
        assert_eq!(client.get_participants(&meeting()).expect("everyone").len(), 3);
    }
    assert_eq!((server.request_count(), server.connection_count()), (3, 1));
}

#[test]
fn informational_responses_are_skipped() {
    let last = response("HTTP/1.1 200 OK", &[], "\r\n");
    for first in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 100 Continue\r\nX-Note: with a line\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </b>\r\n folded\r\n\r\n",
        "HTTP/1.1 102\n\n",
    ] {
        assert_read([first.as_bytes(), &last].concat());
        let server =
            Server::always(Response::new().send(first).pause(std::time::Duration::from_millis(20)).send(&last));
        assert_eq!(server.client().get_participants(&meeting()).expect(first).len(), 3);
    }
}

#[test]
fn informational_responses_may_have_32_kib_in_total() {
    let last = response("HTTP/1.1 200 OK", &[], "\r\n");
    let hint = format!("HTTP/1.1 103 Early Hints\r\nLink: {}\r\n\r\n", "x".repeat(1000));
    assert_read([hint.repeat(30).as_bytes(), &last].concat());
    let error = everyone_from([hint.repeat(33).as_bytes(), &last].concat()).expect_err("too many");
    assert_eq!(error.status(), ErrorKind::Decode, "{error}");
}

#[test]
fn truncated_response_is_a_connection_error() {
    let whole = response("HTTP/1.1  200 OK", &["X-Note: folded\r\n line", "odd"], "\r\n");
    let head = whole.windows(4).position(|end| end == b"\r\n\r\n").expect("an end") + 4;
    for length in 1..head {
        let error = everyone_from(&whole[..length]).expect_err("cut");
        assert_eq!(error.status(), ErrorKind::Connection, "{:?}: {error}", String::from_utf8_lossy(&whole[..length]));
    }
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    assert_eq!(everyone_from(interim).expect_err("no more").status(), ErrorKind::Connection);
    let server = Server::always(Response::new().send(&whole[..whole.len() - 1]).close());
    let error = server.client().get_participants(&meeting()).expect_err("cut");
    let message = format!("the answer from {} was cut short (HTTP 200; page 1; 4 attempts)", server.address());
    assert_eq!((error.status(), error.to_string()), (ErrorKind::Connection, message));
}

#[test]
fn head_may_have_128_headers_and_32_kib() {
    let lines: Vec<String> = (0..128).map(|i| format!("X-Line-{i}: x")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_read(response("HTTP/1.1 200 OK", &lines[1..], "\r\n"));
    // The same for a head that only a lenient parser can read.
    assert_read(response("HTTP/1.1  200 OK", &lines[1..], "\r\n"));
    assert_eq!(
        everyone_from(response("HTTP/1.1 200 OK", &lines, "\r\n")).expect_err("129 lines").status(),
        ErrorKind::Decode
    );
    let long = format!("X-Long: {}", "x".repeat(30 * 1024));
    assert_read(response("HTTP/1.1 200 OK", &[&long], "\r\n"));
    assert_read(response("HTTP/1.1  200 OK", &[&long], "\r\n"));
    let longer = format!("X-Long: {}", "x".repeat(33 * 1024));
    for status_line in ["HTTP/1.1 200 OK", "HTTP/1.1  200 OK"] {
        assert_eq!(
            everyone_from(response(status_line, &[&longer], "\r\n")).expect_err("over 32 KiB").status(),
            ErrorKind::Decode
        );
    }
}

#[test]
fn unreadable_head_is_a_decode_error() {
    let body = whole_list(3);
    for head in [
        "HTTP/1.1 abc OK\r\n\r\n",
        "FTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: \0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n",
        "{\"data\":[]}\r\n\r\n",
    ] {
        let error = everyone_from([head, &body].concat()).expect_err(head);
        assert_eq!(error.status(), ErrorKind::Decode, "{head:?}: {error}");
    }
}

#[test]
fn slow_lenient_head_ends_at_the_timeout() {
    let bytes = response("HTTP/1.1  200 OK", &[&format!("X-Long: {}", "x".repeat(10_000))], "\r\n");
    let server = Server::always(Response::new().send(bytes).drip(std::time::Duration::from_millis(10)));
    let client =
        server.builder().timeout(std::time::Duration::from_millis(500)).max_retries(0).build().expect("a client");
    let began = std::time::Instant::now();
    assert_eq!(client.get_participants(&meeting()).expect_err("a timeout").status(), ErrorKind::Timeout);
    assert!(began.elapsed() < std::time::Duration::from_secs(10), "{:?}", began.elapsed());
}

fn gzip(text: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_ref()).expect("memory");
    encoder.finish().expect("memory")
}

fn everyone_with_coding(coding: &str, body: impl AsRef<[u8]>) -> Result<Participants, Error> {
    let server = Server::always(Response::whole(200, &[("Content-Encoding", coding)], body));
    let answer = server.client().get_participants(&meeting());
    assert_eq!(server.requests()[0].header("accept-encoding"), Some("gzip"));
    answer
}

#[test]
fn gzip_is_decoded_in_all_spellings() {
    let list = whole_list(3);
    let halves = [gzip(&list[..100]), gzip(&list[100..])].concat();
    for (coding, body) in [
        ("gzip", gzip(&list)),
        ("GZIP", gzip(&list)),
        (" gzip ", gzip(&list)),
        ("x-gzip", gzip(&list)),
        ("identity, gzip", gzip(&list)),
        ("gzip, identity,", gzip(&list)),
        ("gzip, gzip", gzip(gzip(&list))),
        ("gzip", halves),
        ("gzip", [gzip(&list), vec![0; 512]].concat()),
        ("identity", list.clone().into_bytes()),
        ("Identity", list.clone().into_bytes()),
        ("none", list.clone().into_bytes()),
        ("", list.clone().into_bytes()),
    ] {
        assert_eq!(
            everyone_with_coding(coding, body).unwrap_or_else(|e| panic!("{coding:?}: {e}")).len(),
            3,
            "{coding:?}"
        );
    }
}

#[test]
fn gzip_is_decoded_whatever_its_last_bytes_say_of_its_length() {
    let list = whole_list(300);
    let (first, last) = list.split_at(list.len() - 1);
    for body in [
        gzip(&list),
        [gzip(first), gzip(last)].concat(),
        [gzip(first), gzip(""), gzip(last)].concat(),
        [gzip(&list), vec![0; 512]].concat(),
        [gzip(&list), vec![0xff; 512]].concat(),
    ] {
        assert_eq!(everyone_with_coding("gzip", body).expect("everyone").len(), 300);
    }
}

#[test]
fn gzip_may_have_every_field_of_a_header_and_blocks_that_are_stored() {
    let header = GzBuilder::new().filename("page.json").comment("page 1").extra(b"ab\x02\0cd".as_slice()).mtime(1);
    let mut body = header.write(Vec::new(), Compression::none());
    body.write_all(whole_list(300).as_bytes()).expect("memory");
    let body = body.finish().expect("memory");
    assert_eq!(everyone_with_coding("gzip", body).expect("everyone").len(), 300);
}

#[test]
fn gzip_in_chunks_is_decoded_and_the_connection_is_reused() {
    let body = gzip(whole_list(3));
    let parts = body.chunks(7).map(<[u8]>::to_vec).collect::<Vec<_>>();
    let server = Server::start(move |_| {
        let head = Response::head(200, &[("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")]);
        parts.iter().fold(head, |answer, part| answer.chunk(part)).chunk("")
    });
    let client = server.client();
    for _ in 0..3 {
        assert_eq!(client.get_participants(&meeting()).expect("everyone").len(), 3);
    }
    assert_eq!((server.request_count(), server.connection_count()), (3, 1));
}

#[test]
fn unrequested_coding_is_named() {
    for (coding, named) in [
        ("br", "br"),
        ("BR", "br"),
        ("zstd", "zstd"),
        ("deflate", "deflate"),
        ("gzip, br", "br"),
        ("compress", "compress"),
    ] {
        let error = everyone_with_coding(coding, whole_list(3)).expect_err(coding);
        assert_eq!(error.status(), ErrorKind::Decode);
        let message = format!("the answer is in {named}, which was not asked for (HTTP 200; page 1)");
        assert_eq!(error.to_string(), message, "{coding}");
    }
    // The status decides the error kind all the same.
    let server = Server::always(Response::whole(403, &[("Content-Encoding", "br")], [0x8b, 0, 1]));
    assert_eq!(server.client().get_participants(&meeting()).expect_err("403").status(), ErrorKind::PermissionDenied);
}

#[test]
fn invalid_gzip_is_a_decode_error() {
    let mut wrong = gzip(whole_list(3));
    let middle = wrong.len() / 2;
    wrong[middle..middle + 4].copy_from_slice(&[0xff; 4]);
    let right = gzip(whole_list(3));
    let (deflated, checksum_and_length) = right.split_at(right.len() - 8);
    let (checksum, length) = checksum_and_length.split_at(4);
    for body in [
        whole_list(3).into_bytes(),
        wrong,
        gzip(gzip(whole_list(3))),
        [deflated, &[0; 4], length].concat(),
        [deflated, checksum, &[0; 4]].concat(),
        [deflated, checksum, &[0xff; 4]].concat(),
    ] {
        let error = everyone_with_coding("gzip", body).expect_err("not gzip");
        assert_eq!(error.status(), ErrorKind::Decode, "{error}");
    }
    let nested =
        everyone_with_coding("gzip, gzip, gzip, gzip, gzip, gzip", gzip(whole_list(3))).expect_err("six codings");
    assert!(nested.to_string().contains("gzip, gzip"), "{nested}");
}

#[test]
fn error_body_is_decoded_from_gzip() {
    let body = gzip(r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}"#);
    let server = Server::always(Response::whole(401, &[("Content-Encoding", "GZIP")], body));
    let error = server.client().get_participants(&meeting()).expect_err("401");
    assert_eq!((error.status(), error.api_code()), (ErrorKind::Authentication, Some(10000)));
}

#[test]
fn byte_order_mark_is_skipped() {
    const MARK: &str = "\u{FEFF}";
    let list = whole_list(3);
    let server = Server::always(Response::json(format!("{MARK}{list}")));
    let everyone = server.client().get_participants(&meeting()).expect("everyone");
    assert_eq!(everyone.len(), 3);
    assert!(everyone.to_json().starts_with("{\"data\":[{\"id\""), "{}", everyone.to_json());
    assert_eq!(everyone_with_coding("gzip", gzip(format!("{MARK} {list}"))).expect("everyone").len(), 3);

    let failure = format!(r#"{MARK}{{"success":false,"errors":[{{"code":7003,"message":"not today"}}]}}"#);
    for status in [200, 400] {
        let server = Server::always(Response::whole(status, &[], &failure));
        let error = server.client().get_participants(&meeting()).expect_err("a failure");
        assert_eq!((error.status(), error.api_code()), (ErrorKind::Api, Some(7003)), "{status}");
    }
    // Within the JSON it is an error.
    let server =
        Server::always(Response::json(page_of(&[service::participant(0)], 1, 1).replacen(':', &format!(":{MARK}"), 1)));
    assert_eq!(server.client().get_participants(&meeting()).expect_err("no JSON").status(), ErrorKind::Decode);
}
