//! Errors: how every kind of failed response is reported, and that no secret is in it.

use std::error::Error as _;
use std::thread;
use std::time::{Duration, SystemTime};

use participants::{Client, Error, ErrorKind, PageRequest, ServiceError};
use testkit::credentials::{EMAIL, KEY, TOKEN, TOKEN_AS_ID};
use testkit::server::{Response, Server};
use testkit::{NO_PARAMETERS, address, client, meeting, page_of, service, whole_list};

/// The error that a client without retries returns for this response.
fn error(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Error {
    let server = Server::in_turn([Response::whole(status, headers, body)]);
    let client = client(&server.url()).max_retries(0).build().expect("good settings");
    client.get_participants_page(&meeting(), NO_PARAMETERS).expect_err("must fail")
}

/// The message of the decode error for a 200 with this body.
fn decode_message(body: impl AsRef<[u8]>) -> String {
    let error = error(200, &[], &body);
    assert_eq!((error.status(), error.http_status()), (ErrorKind::Decode, Some(200)), "{error}");
    assert_eq!(error.body().unwrap_or_default(), String::from_utf8_lossy(body.as_ref()));
    error.to_string()
}

fn codes(error: &Error) -> Vec<(i64, &str)> {
    error.service_errors().iter().map(|e| (e.code, e.message.as_str())).collect()
}

/// The path of the test meeting's participants.
const PATH: &str = "/accounts/023e105f4ecef8ad9ca31a8372d0c353/realtime/kit/14a396e7-ca44-4937-bf1f-050a69118543/meetings/\
    182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e/participants";

const RAY: (&str, &str) = ("CF-Ray", "8f0000000000abcd-FRA");

#[test]
fn http_status_decides_the_error_kind() {
    for (http, status) in [
        (302, ErrorKind::Api),
        (304, ErrorKind::Api),
        (400, ErrorKind::Api),
        (401, ErrorKind::Authentication),
        (403, ErrorKind::PermissionDenied),
        (404, ErrorKind::NotFound),
        (408, ErrorKind::Api),
        (409, ErrorKind::Api),
        (418, ErrorKind::Api),
        (422, ErrorKind::Api),
        (429, ErrorKind::RateLimited),
        (500, ErrorKind::Server),
        (502, ErrorKind::Server),
        (503, ErrorKind::Server),
        (599, ErrorKind::Server),
    ]
    .into_iter()
    .chain((520..=526).map(|http| (http, ErrorKind::Server)))
    {
        let error = error(http, &[RAY], r#"{"success":false,"errors":[{"code":1234,"message":"No"}]}"#);
        assert_eq!((error.status(), error.http_status()), (status, Some(http)));
        // A 304 has no body.
        assert_eq!(error.api_code(), (http != 304).then_some(1234), "{http}");
        assert_eq!(error.ray_id(), Some("8f0000000000abcd-FRA"));
        assert_eq!((error.page(), error.attempts()), (None, 1));
        assert!(error.source().is_none());
    }
}

#[test]
fn gateway_errors_include_their_error_chain() {
    let body = r#"{"success":false,"errors":[{"code":6003,"message":"Invalid request headers","documentation_url":"https://x",
        "error_chain":[{"code":6111,"message":"Invalid format for Authorization header"}]},{"code":7000,"message":"Later"}],"messages":[],"result":null}"#;
    let error = error(400, &[RAY], body);
    assert_eq!(
        codes(&error),
        [(6003, "Invalid request headers"), (6111, "Invalid format for Authorization header"), (7000, "Later")]
    );
    assert_eq!((error.api_code(), error.body()), (Some(6003), Some(body)));
    assert_eq!(
        error.to_string(),
        "the service does not accept the credential from api_token (HTTP 400, code 6003: Invalid request headers > code 6111: Invalid format for Authorization header \
         > code 7000: Later; Ray 8f0000000000abcd-FRA)"
    );
}

#[test]
fn realtimekit_errors_are_read() {
    let error = error(
        404,
        &[],
        r#"{"success":false,"error":{"code":404,"message":"No active session found for the meeting"}}"#,
    );
    assert_eq!(codes(&error), [(404, "No active session found for the meeting")]);
    assert_eq!(
        error.to_string(),
        "the service knows no such account, app or meeting: check account_id, app_id and meeting_id (HTTP 404, code 404: \
         No active session found for the meeting)"
    );
}

#[test]
fn network_edge_errors_are_read() {
    let body = r#"{"type":"https://developers.cloudflare.com/support/","title":"Error 1015: You are being rate limited","status":429,
        "detail":"The owner of this website has banned you temporarily.","instance":"8f0000000000abcd","error_code":1015,"retryable":true,"retry_after":120}"#;
    let error = error(429, &[RAY], body);
    assert_eq!(codes(&error), [(1015, "The owner of this website has banned you temporarily.")]);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
    assert_eq!(
        error.to_string(),
        "too many requests (HTTP 429, code 1015: The owner of this website has banned you temporarily.; try again in 120 s; \
         Ray 8f0000000000abcd-FRA)"
    );
}

#[test]
fn html_is_in_the_body_and_not_in_the_message() {
    let html = "<!DOCTYPE html>\n<html><title>502 Bad Gateway</title></html>";
    let error = error(502, &[RAY, ("Content-Type", "text/html")], html);
    assert_eq!((codes(&error), error.api_code(), error.body()), (vec![], None, Some(html)));
    assert_eq!(error.to_string(), "the service failed (HTTP 502; Ray 8f0000000000abcd-FRA)");
}

#[test]
fn browser_challenge_is_named() {
    let challenge = error(403, &[RAY, ("cf-mitigated", "challenge")], "<html>Just a moment...</html>");
    assert_eq!(challenge.status(), ErrorKind::PermissionDenied);
    assert_eq!(
        challenge.to_string(),
        "the network edge answered with a challenge meant for browsers (HTTP 403; Ray 8f0000000000abcd-FRA)"
    );
    let success = error(200, &[("cf-mitigated", "challenge")], "<html>Just a moment...</html>");
    assert_eq!(success.status(), ErrorKind::Decode);
    assert_eq!(
        success.to_string(),
        "the answer is not what the API promises: it is a challenge meant for browsers (HTTP 200)"
    );
}

#[test]
fn success_false_is_an_error_with_status_200() {
    let gateway =
        error(200, &[RAY], r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"data":[]}"#);
    assert_eq!((gateway.status(), gateway.http_status(), gateway.api_code()), (ErrorKind::Api, Some(200), Some(10000)));
    assert_eq!(
        gateway.to_string(),
        "the service does not accept the credential from api_token (HTTP 200, code 10000: Authentication error; Ray 8f0000000000abcd-FRA)"
    );
    let own = error(200, &[], r#"{"success":false,"error":{"code":500,"message":"Oops"}}"#);
    assert_eq!((own.status(), own.api_code()), (ErrorKind::Api, Some(500)));
    let page = page_of(&[service::participant(0)], 1, 1).replace(r#""success":true"#, r#""success":false"#);
    let bare = error(200, &[], page);
    assert_eq!(
        (bare.status(), bare.to_string().as_str()),
        (ErrorKind::Api, "the service reported a failure (HTTP 200)")
    );
}

#[test]
fn message_of_a_refused_token() {
    let body =
        r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"messages":[],"result":null}"#;
    assert_eq!(
        error(401, &[RAY], body).to_string(),
        "the service refused the credential from api_token (HTTP 401, code 10000: Authentication error; Ray 8f0000000000abcd-FRA)"
    );
    assert_eq!(
        error(
            403,
            &[],
            r#"{"success":false,"errors":[{"code":9109,"message":"Unauthorized to access requested resource"}]}"#
        )
        .to_string(),
        "the credential from api_token may not read these participants: it may lack the permission Realtime or Realtime Admin (HTTP 403, code 9109: \
         Unauthorized to access requested resource)"
    );
}

#[test]
fn unusual_error_bodies_are_read() {
    for (body, expected) in [
        (r#"{"errors":[{"code":"9106","message":"Missing"}]}"#, vec![(9106, "Missing")]),
        (r#"{"errors":[{"message":"No code"}]}"#, vec![(0, "No code")]),
        (r#"{"errors":[{"code":7}]}"#, vec![(7, "no message")]),
        (r#"{"errors":["just words"]}"#, vec![(0, "just words")]),
        (r#"{"error":"just words"}"#, vec![(0, "just words")]),
        (r#"{"message":"top level"}"#, vec![(0, "top level")]),
        (r#"{"errors":null,"error":{"code":5,"message":"five"}}"#, vec![(5, "five")]),
        (r#"{"errors":[]}"#, vec![]),
        (r#"{"errors":[{"code":1e300,"message":7},null,[],3]}"#, vec![]),
        ("[]", vec![]),
        ("null", vec![]),
        ("not JSON", vec![]),
    ] {
        let error = error(400, &[], body);
        assert_eq!(codes(&error), expected, "{body}");
        assert_eq!(error.api_code(), expected.first().map(|(code, _)| *code).filter(|code| *code != 0), "{body}");
    }
}

#[test]
fn api_code_comes_from_the_chain_if_the_entry_has_none() {
    let error = error(400, &[], r#"{"errors":[{"message":"Outer","error_chain":[{"code":6111,"message":"Inner"}]}]}"#);
    assert_eq!((codes(&error), error.api_code()), (vec![(0, "Outer"), (6111, "Inner")], Some(6111)));
    assert_eq!(
        error.to_string(),
        "the service does not accept the credential from api_token (HTTP 400, Outer > code 6111: Inner)"
    );
}

#[test]
fn many_long_errors_make_a_short_message() {
    let entry = format!(r#"{{"code":1,"message":"{}"}}"#, "é".repeat(10_000));
    let error = error(400, &[], format!(r#"{{"errors":[{}]}}"#, [entry.as_str(); 3].join(",")));
    assert_eq!(error.service_errors().len(), 3);
    assert!(error.to_string().len() < 2_500, "{}", error.to_string().len());
    let many = [r#"{"code":1,"message":"x"}"#; 1000].join(",");
    assert!(self::error(400, &[], format!(r#"{{"errors":[{many}]}}"#)).to_string().len() < 500);
}

#[test]
fn retry_after_is_read_from_seconds_date_or_body() {
    let wait = |headers: &[(&str, &str)], body: &str| error(503, headers, body).retry_after();
    assert_eq!(wait(&[("Retry-After", "300")], ""), Some(Duration::from_secs(300)));
    assert_eq!(wait(&[("Retry-After", "0")], r#"{"retry_after":9}"#), Some(Duration::ZERO));
    assert_eq!(wait(&[], r#"{"retry_after":9}"#), Some(Duration::from_secs(9)));
    assert_eq!(wait(&[], r#"{"retry_after":1.5}"#), Some(Duration::from_millis(1500)));
    for unusable in [r#"{"retry_after":-1}"#, r#"{"retry_after":null}"#, r#"{"retry_after":1e300}"#, "{}"] {
        assert_eq!(wait(&[], unusable), None, "{unusable}");
    }
    for unusable in ["", "soon", "-1", "1e300"] {
        assert_eq!(wait(&[("Retry-After", unusable)], ""), None, "{unusable}");
    }
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
    let until = wait(&[("Retry-After", &date)], "").expect("a date");
    assert!(until > Duration::from_secs(60) && until <= Duration::from_secs(100), "{until:?}");
    assert_eq!(wait(&[("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT")], ""), Some(Duration::ZERO));
    let shown = error(429, &[("Retry-After", "300")], "").to_string();
    assert_eq!(shown, "too many requests (HTTP 429; try again in 300 s)");
}

#[test]
fn body_is_truncated_to_64_kib_between_characters() {
    assert_eq!(error(400, &[], "").body(), None);
    assert_eq!(error(400, &[], b"a\xffb").body(), Some("a\u{FFFD}b"));
    let fits = "x".repeat(65_536);
    assert_eq!(error(400, &[], &fits).body(), Some(fits.as_str()));
    for (wide, size) in [("é", 2), ("語", 3), ("🙂", 4)] {
        for ahead in 0..size {
            let text = "x".repeat(ahead) + &wide.repeat(100_000 / size);
            let error = error(400, &[], &text);
            let body = error.body().expect("a body");
            assert!(text.starts_with(body), "{wide} {ahead}: ends in {:?}", body.chars().next_back());
            assert!(body.len() <= 65_536 && body.len() > 65_536 - size, "{wide} {ahead}: {}", body.len());
        }
    }
    // U+FFFD is longer than the byte it replaces.
    for ahead in 0..4 {
        let error = error(400, &[], [b"x".repeat(ahead), b"\xff".to_vec(), "é".repeat(40_000).into_bytes()].concat());
        let length = error.body().expect("a body").len();
        assert!((65_535..=65_536).contains(&length), "{ahead}: {length}");
    }
    // The same for a response that does not decode.
    assert_eq!(error(200, &[], "x".repeat(100_000)).body().map(str::len), Some(65_536));
}

#[test]
fn error_has_the_failed_page_and_its_attempts() {
    let server = Server::start(|request| match request.page_no() {
        Some(1) => Response::json(page_of(&[service::participant(0)], 9, 1)),
        Some(2) => Response::whole(503, &[("Retry-After", "0")], ""),
        _ => Response::whole(403, &[], ""),
    });
    let client = client(&server.url()).max_connections(1).build().expect("good settings");
    let error = client.get_participants(&meeting()).expect_err("page 2 fails");
    assert_eq!((error.page(), error.attempts()), (Some(2), 4));
    assert_eq!(error.to_string(), "the service failed (HTTP 503; try again in 0 s; page 2; 4 attempts)");
    let mut iterator = client.iter_participants(&meeting());
    assert_eq!(iterator.next().expect("one").expect("a participant").id(), service::id(0));
    let error = iterator.next().expect("an error").expect_err("page 2 fails");
    assert_eq!((error.page(), error.attempts()), (Some(2), 4));
    assert!(iterator.next().is_none() && !iterator.is_complete());
}

#[test]
fn call_that_ends_before_its_next_attempt_reports_page_and_attempts() {
    let exhausted = [("Ratelimit", "\"default\";r=0;t=50")];
    let server = Server::start(move |request| match request.page_no() {
        Some(9) => Response::whole(200, &exhausted, whole_list(1)),
        _ => Response::whole(503, &[("Retry-After", "50")], ""),
    });
    let start_call = |client: &Client, page_no| {
        let client = client.clone();
        let call = thread::spawn({
            let client = client.clone();
            move || {
                client
                    .get_participants_page(&meeting(), PageRequest { page_no, per_page: None })
                    .expect_err("shut down")
            }
        });
        (call, client)
    };
    // While it waits for a retry.
    let (call, shared) = start_call(&client(&server.url()).build().expect("good settings"), Some(3));
    server.await_requests(1);
    thread::sleep(Duration::from_millis(300));
    shared.shutdown();
    let error = call.join().expect("no panic");
    assert_eq!((error.status(), error.page(), error.attempts()), (ErrorKind::Cancelled, Some(3), 1));
    let error = shared.get_participants(&meeting()).expect_err("shut down");
    assert_eq!((error.status(), error.page(), error.attempts()), (ErrorKind::Cancelled, Some(1), 0));
    // While it waits for the quota to be reset.
    let client = client(&server.url()).build().expect("good settings");
    client.get_participants_page(&meeting(), PageRequest { page_no: Some(9), per_page: None }).expect("a page");
    let (call, shared) = start_call(&client, None);
    thread::sleep(Duration::from_millis(300));
    shared.shutdown();
    let error = call.join().expect("no panic");
    assert_eq!((error.status(), error.page(), error.attempts()), (ErrorKind::Cancelled, None, 0));
    assert_eq!(server.request_count(), 2);
    // Before the first request: no time is left.
    let client = server.builder().deadline(Duration::from_nanos(1)).build().expect("good settings");
    let error = client.get_participants(&meeting()).expect_err("no time");
    assert_eq!(
        (error.status(), error.page(), error.attempts(), server.request_count()),
        (ErrorKind::Timeout, Some(1), 0, 2)
    );
}

#[test]
fn decode_error_says_where_the_body_is_wrong() {
    let not = "the answer is not what the API promises: ";
    let row = service::participant(0);
    let rows = |last: &str| format!("{{\"data\":[{row},\n{row},\n{row},\n{last}],\"success\":true}}");
    let without_id = row.replacen("\"id\":", "\"ID\":", 1);
    let ends_at = without_id.len();
    let breaks_at = row.find(" 0\"").expect("a name");
    let from_elsewhere = [
        (String::new(), "an empty body"),
        (" \n".into(), "an empty body"),
        ("<html>\n<title>Log in</title>".into(), r#"no JSON object; it begins with "<html>\n<title>Log in</title>""#),
        ("[1,2,3]".into(), r#"no JSON object; it begins with "[1,2,3]""#),
        ("null".into(), r#"no JSON object; it begins with "null""#),
        ("{}".into(), "`data` is missing or null"),
        (r#"{"hello":"world"}"#.into(), "`data` is missing or null"),
    ];
    for (body, problem) in from_elsewhere {
        let message = decode_message(&body);
        assert!(
            message.starts_with(&format!("{not}{problem}; check base_url (HTTP 200; http://127.0.0.1:")),
            "{message}"
        );
        assert!(message.ends_with(&format!("{PATH})")), "{message}");
    }
    for (body, problem) in [
        (r#"{"success":true}"#.to_string(), "`data` is missing or null".to_string()),
        (r#"{"success":true,"data":null}"#.into(), "`data` is missing or null".into()),
        (r#"{"data":{}}"#.into(), "data: invalid type: map, expected a list of participants at line 1 column 8".into()),
        (r#"{"data":[],"success":"yes"}"#.into(), "`success` is not true".into()),
        (r#"{"data":[],"data":[]}"#.into(), "data: duplicate field `data` at line 1 column 17".into()),
        (rows(&without_id), format!("data[3]: missing field `id` at line 4 column {ends_at}")),
        (rows(r#"{"id":17}"#), "data[3].id: invalid type: integer `17`, expected a string at line 4 column 8".into()),
        (rows(r#"{"id":null}"#), "data[3].id: invalid type: null, expected a string at line 4 column 10".into()),
        (rows("7"), "data[3]: invalid type: integer `7`, expected a participant at line 4 column 1".into()),
        (rows(r#"{"id":"1""#), "data[3].id: expected `,` or `}` at line 4 column 10".into()),
        (rows(r#"{"id":"1",name:"n"}"#), "data[3]: key must be a string at line 4 column 11".into()),
        (rows(r#"{"id":"1","name" "n"}"#), "data[3]: expected `:` at line 4 column 18".into()),
        (
            rows(&row.replace("Participant 0", "Participant\n0")),
            format!(
                "data[3].name: control character (\\u0000-\\u001F) found while parsing a string at line 4 column {breaks_at}"
            ),
        ),
        ("{".into(), "EOF while parsing an object at line 1 column 1".into()),
        ("{7".into(), "key must be a string at line 1 column 2".into()),
        (r#"{"success":true,data:[]}"#.into(), "key must be a string at line 1 column 17".into()),
        (r#"{"data":[]} {}"#.into(), "trailing characters at line 1 column 13".into()),
        (r#"{"data":["#.into(), "data: EOF while parsing a list at line 1 column 9".into()),
    ] {
        assert_eq!(decode_message(&body), format!("{not}{problem} (HTTP 200)"), "{body}");
    }
    assert_eq!(decode_message(b"{\"data\":[\xff]}"), format!("{not}not UTF-8 at byte 9 (HTTP 200)"));
    assert!(
        decode_message(b"\x1f\x8b\x08\0")
            .starts_with(&format!("{not}gzip, although the head does not say so; check base_url"))
    );
}

#[test]
fn error_of_a_page_that_is_not_utf8_has_the_body_as_sent() {
    let row = service::participant(0);
    let escaped = row.replace("Participant 0", r"Zo\u00eb \u0000 \ud83d");
    let body = format!(r#"{{"data":[{row},{escaped},{row}],"paging":{{"total_count":3}},"other":"x","success":true}}"#);
    for place in ["\"Participant", "Participant 0", "Zo\\", "{\"id", "id\"", "total_count", "other", "x\"", "success"] {
        for wrong in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80"] {
            // Inside the quotes, as any other byte would not be JSON either.
            let at = body.rfind(place).expect("the place") + place.trim_end_matches('"').len();
            let body = [&body.as_bytes()[..at], wrong, &body.as_bytes()[at..]].concat();
            let error = error(200, &[], &body);
            assert!(error.to_string().contains(&format!("not UTF-8 at byte {at} ")), "{place}: {error}");
            assert_eq!(error.body(), Some(&*String::from_utf8_lossy(&body)), "{place}");
        }
    }
}

#[test]
fn message_is_one_line_without_control_characters() {
    let nasty = "a\\nb\\r\\u001b[31mred\\u0000\\u0085c\\u2028d\\u2029e\\u202egnp.exe\\u2066f\\u007f";
    let body = format!(r#"{{"success":false,"errors":[{{"code":1,"message":"{nasty}"}}]}}"#);
    let error = error(400, &[], body);
    let message = error.to_string();
    assert!(
        !message.contains(|c: char| c.is_control() || "\u{2028}\u{2029}\u{202e}\u{2066}".contains(c)),
        "{message:?}"
    );
    assert_eq!(message, "the service reported a failure (HTTP 400, code 1: a b  [31mred  c d e gnp.exe f )");
    // The original is available.
    assert_eq!(
        error.service_errors()[0].message,
        "a\nb\r\u{1b}[31mred\0\u{85}c\u{2028}d\u{2029}e\u{202e}gnp.exe\u{2066}f\u{7f}"
    );
    let message = decode_message("\u{1b}[31m\nred\u{202e}");
    assert!(!message.contains(|c: char| c.is_control() || c == '\u{202e}'), "{message:?}");
}

#[test]
fn message_is_short_even_if_the_wrong_text_is_long() {
    let long = "x".repeat(1_000_000);
    let row = service::participant(0);
    for body in [
        format!(r#"{{"data":["{long}"],"success":true}}"#),
        format!(r#"{{"data":[{{"{long}":}}],"success":true}}"#),
        format!(r#"{{"data":[{row}],"success":true,"{long}":}}"#),
    ] {
        let error = error(200, &[], &body);
        assert_eq!(error.status(), ErrorKind::Decode);
        let (message, all) = (error.to_string(), everything(&error));
        assert!(
            message.len() < 500 && message.starts_with("the answer is not what the API promises: "),
            "{message:.600}"
        );
        // `everything` shows the body of 64 KiB twice: as itself, and in the alternate debug output.
        assert!(all.len() < 140_000, "{} bytes", all.len());
    }
}

#[test]
fn too_long_ray_id_is_ignored() {
    for (length, kept) in [(20, true), (64, true), (65, false), (8000, false)] {
        let ray = "8".repeat(length);
        let error = error(500, &[("CF-Ray", &ray)], "");
        assert_eq!(error.ray_id(), kept.then_some(ray.as_str()), "{length}");
        assert_eq!(error.to_string().contains("Ray"), kept, "{length}");
    }
}

#[test]
fn error_has_its_source() {
    let nobody = address::refusing();
    let client = client(&nobody.url()).max_retries(0).build().expect("good settings");
    let error = client.get_participants_page(&meeting(), NO_PARAMETERS).expect_err("nobody listens");
    assert_eq!((error.status(), error.http_status(), error.body()), (ErrorKind::Connection, None, None));
    assert_eq!(error.to_string(), format!("no answer from {}: {}", nobody.address, nobody.refusal()));
    let source = error.source().and_then(|source| source.downcast_ref::<std::io::Error>()).expect("an I/O error");
    assert_eq!(source.kind(), std::io::ErrorKind::ConnectionRefused);

    let decode = self::error(200, &[], r#"{"data":7}"#);
    assert!(decode.source().is_some_and(|source| source.is::<serde_json::Error>()));
    assert!(self::error(500, &[], "").source().is_none());
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = Server::in_turn([Response::json(page_of(&[], 0, 0))]);
    for http in [301, 302, 303, 307, 308] {
        for target in [elsewhere.url(), "/elsewhere".into()] {
            let server = Server::in_turn([Response::whole(http, &[("Location", &target), RAY], "")]);
            let client = client(&server.url()).build().expect("good settings");
            let error = client.get_participants(&meeting()).expect_err("must fail");
            assert_eq!((error.status(), error.http_status(), error.attempts()), (ErrorKind::Api, Some(http), 1));
            let message = "the service redirects elsewhere, and redirects are not followed: check base_url";
            let url = format!("{}{PATH}", server.url());
            assert_eq!(error.to_string(), format!("{message} (HTTP {http}; {url}; Ray 8f0000000000abcd-FRA; page 1)"));
            assert_eq!(server.request_count(), 1);
        }
    }
    assert_eq!(elsewhere.connection_count(), 0);
}

/// All text that an error and its sources show.
fn everything(error: &Error) -> String {
    let mut shown = format!(
        "{error}\n{error:?}\n{error:#?}\n{:?}\n{:?}\n{:?}",
        error.body(),
        error.ray_id(),
        error.service_errors()
    );
    let mut source = error.source();
    while let Some(error) = source {
        shown.push_str(&format!("\n{error}\n{error:?}"));
        source = error.source();
    }
    shown
}

#[test]
fn echoed_credential_is_redacted() {
    let gateway = format!(
        r#"{{"success":false,"errors":[{{"code":1,"message":"bad token {TOKEN}!","error_chain":[{{"message":"{TOKEN}"}}]}}]}}"#
    );
    for (status, headers, body) in [
        (401, vec![], gateway.clone()),
        (200, vec![], gateway),
        (500, vec![("CF-Ray", TOKEN)], format!("Authorization: Bearer {TOKEN}\nagain: {TOKEN}")),
        (200, vec![], format!("Bearer {TOKEN}")),
        (200, vec![("CF-Ray", TOKEN)], format!(r#"{{"data":"{TOKEN}"}}"#)),
        (200, vec![], format!(r#"{{"data":[{{"id":["{TOKEN}"]}}]}}"#)),
    ] {
        let error = error(status, &headers, &body);
        let shown = everything(&error);
        assert!(shown.contains("[redacted]"), "{shown}");
        assert!(!shown.contains(TOKEN), "{shown}");
    }
}

#[test]
fn credential_is_redacted_from_eight_bytes_on() {
    for (token, shown) in [("servic", "servic"), ("service", "service"), ("services", "[redacted]")] {
        let server = Server::in_turn([Response::whole(500, &[], format!(r#"{{"message":"{token}"}}"#))]);
        let client = client(&server.url()).api_token(token).max_retries(0).build().expect("good settings");
        let error = client.get_participants_page(&meeting(), NO_PARAMETERS).expect_err("must fail").to_string();
        assert_eq!(error, format!("the service failed (HTTP 500, {shown})"));
    }
}

#[test]
fn body_is_truncated_again_after_redaction() {
    let server = Server::in_turn([Response::whole(500, &[], "services".repeat(8 * 1024))]);
    let word = "services";
    let client = client(&server.url()).api_token(word).max_retries(0).build().expect("good settings");
    let error = client.get_participants_page(&meeting(), NO_PARAMETERS).expect_err("must fail");
    assert_eq!(error.body().map(str::len), Some(64 * 1024));
}

#[test]
fn credential_at_the_end_of_truncated_text_is_redacted() {
    // A body is truncated at 64 KiB, a message at 300 characters, and the excerpt of an unreadable response at 40.
    for kept in 0..TOKEN.len() {
        let body = "x".repeat(65_536 - kept) + TOKEN;
        let message = format!(r#"{{"errors":[{{"message":"{}{TOKEN}"}}]}}"#, "x".repeat(300 - kept));
        let begins = format!("{}{TOKEN}", "x".repeat(40 - kept));
        for (status, text) in [(400, body), (400, message), (200, begins)] {
            let error = error(status, &[], text);
            let shown = everything(&error);
            let start = &TOKEN[..10];
            assert!(!shown.contains(start), "{status} {kept}");
            let redacted = shown.matches("[redacted]").count();
            assert!(
                redacted == 0 || shown.matches("xxxxxxxx[redacted]").count() == redacted,
                "{status} {kept}: something else was redacted"
            );
        }
    }
}

#[test]
fn echoed_api_key_is_redacted() {
    let server = Server::in_turn([Response::whole(
        400,
        &[],
        format!(r#"{{"errors":[{{"code":9103,"message":"Unknown key {KEY}"}}]}}"#),
    )]);
    let client =
        Client::builder().api_key(EMAIL, KEY).base_url(&server.url()).proxy("").build().expect("good settings");
    let error = client.get_participants_page(&meeting(), NO_PARAMETERS).expect_err("must fail");
    assert_eq!(error.to_string(), "the service reported a failure (HTTP 400, code 9103: Unknown key [redacted])");
    assert!(!everything(&error).contains(KEY));
}

#[test]
fn echoed_email_is_redacted() {
    let server = Server::in_turn([Response::whole(
        403,
        &[],
        r#"{"errors":[{"message":"Unknown X-Auth-Email ops@example.com"}]}"#,
    )]);
    let client = Client::builder().api_key(EMAIL, KEY).base_url(&server.url()).proxy("").build();
    let error = client.expect("good settings").get_participants_page(&meeting(), NO_PARAMETERS).expect_err("must fail");
    assert!(!everything(&error).contains(EMAIL), "{error:?}");
}

#[test]
fn echoed_credential_is_redacted_when_the_deadline_ends_the_response() {
    let begun = Response::head(200, &[("Content-Length", "1000")]).send(format!(r#"{{"echo":"{TOKEN}""#)).hang();
    let server = Server::always(begun);
    let client = client(&server.url()).deadline(Duration::from_millis(300)).build().expect("good settings");
    let error = client.get_participants_page(&meeting(), NO_PARAMETERS).expect_err("no end");
    assert_eq!(error.status(), ErrorKind::Timeout);
    let shown = everything(&error);
    assert!(shown.contains("echo") && !shown.contains(TOKEN), "{shown}");
}

#[test]
fn debug_output_contains_no_credential() {
    let builder = client("http://127.0.0.1:1").api_key(EMAIL, KEY).proxy("http://user:hunter2-and-more@127.0.0.1:1");
    let by_key = Client::builder().api_key(EMAIL, KEY).base_url("http://127.0.0.1:1").proxy("");
    let refused = Client::builder().base_url("https://user:hunter2-and-more@127.0.0.1");
    let client = builder.clone().build().expect("good settings");
    let iterator = client.iter_participants(&meeting());
    let shown = format!(
        "{builder:?} {builder:#?} {by_key:?} {refused:?} {client:?} {client:#?} {:?} {iterator:?}",
        by_key.clone().build()
    );
    for secret in [TOKEN, KEY, "hunter2", EMAIL] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains("[redacted]") && shown.contains("ParticipantIter"));
}

#[test]
fn errors_are_small_send_and_sync() {
    fn anywhere<T: Send + Sync + 'static>() {}
    anywhere::<Error>();
    anywhere::<ServiceError>();
    anywhere::<Client>();
    assert!(size_of::<Error>() <= 2 * size_of::<usize>());
    let boxed: Box<dyn std::error::Error + Send + Sync> = error(404, &[], "").into();
    assert!(
        boxed
            .to_string()
            .starts_with("this is not an endpoint of the API: check base_url (HTTP 404; http://127.0.0.1:"),
        "{boxed}"
    );
}

#[test]
fn message_contains_the_text_of_any_error_body() {
    for (body, words) in [
        (r#"{"success":false,"errors":[],"messages":["Account is suspended"],"result":null}"#, "Account is suspended"),
        (r#"{"success":false,"errors":null,"messages":[{"code":1001,"message":"Suspended"}]}"#, "code 1001: Suspended"),
        (r#"{"success":false,"errors":{},"messages":{"account":"Suspended"}}"#, "account: Suspended"),
        (r#"{"success":false,"errors":"Account is suspended"}"#, "Account is suspended"),
        (r#"{"success":false,"errors":{"code":7,"message":"One object"}}"#, "code 7: One object"),
        (
            r#"{"success":false,"errors":{"page_no":["must be a number","is odd"],"x":[]}}"#,
            "page_no: must be a number, is odd",
        ),
        (r#"{"success":false,"errors":[["nested","lists"]]}"#, "nested > lists"),
        (r#"{"success":false,"error":"Account is suspended"}"#, "Account is suspended"),
        (r#"{"success":false,"error":["a","b"]}"#, "a > b"),
        (r#"{"success":false,"error":{"code":"ERR_SUSPENDED","message":"No access"}}"#, "ERR_SUSPENDED: No access"),
        (r#"{"success":false,"error":{"code":"ERR_SUSPENDED"}}"#, "ERR_SUSPENDED"),
        (r#"{"success":false,"errors":[{"code":"unauthorized"}]}"#, "unauthorized"),
        (
            r#"{"success":false,"error":{"code":400,"message":{"page_no":["must be a number"]}}}"#,
            "code 400: page_no: must be a number",
        ),
        (r#"{"success":false,"error":{"msg":"short"}}"#, "short"),
        (r#"{"success":false,"message":"top level"}"#, "top level"),
        (r#"{"success":false,"error":"invalid_token","error_description":"It expired"}"#, "invalid_token: It expired"),
        (r#"{"success":false,"errors":[],"result":"Account is suspended"}"#, "Account is suspended"),
        (r#"{"success":false,"errors":[],"messages":[],"result":{"message":"Suspended"}}"#, "Suspended"),
        (r#"{"success":false,"errors":[{"code":1,"message":""}],"messages":[]}"#, "code 1: no message"),
        (r#"{"success":false,"errors":[{}],"messages":["Suspended"]}"#, "Suspended"),
        (
            r#"{"success":false,"errors":[{"code":1234}],"messages":["Account is suspended"]}"#,
            "code 1234: Account is suspended",
        ),
        (r#"{"success":false,"errors":[{"code":0,"message":""}],"messages":["Suspended"]}"#, "Suspended"),
        (
            r#"{"success":false,"errors":[{"code":1}],"error":{"code":404,"message":"words"}}"#,
            "code 1: no message > code 404: words",
        ),
        (r#"{"success":false,"errors":[{"code":10000.0,"message":"a float"}]}"#, "code 10000: a float"),
        (r#"{"success":false,"result":{"errors":[{"code":3,"message":"nested"}]}}"#, "code 3: nested"),
        (r#"{"success":false,"data":{"error":{"message":"in data"}}}"#, "in data"),
        (r#"{"success":false,"data":[{"message":"in a list"}]}"#, "in a list"),
        (
            r#"{"success":false,"error":{"code":400,"message":"outer","errors":[{"message":"inner"}]}}"#,
            "code 400: outer > inner",
        ),
        (r#"{"Success":false,"Errors":[{"Code":5,"Message":"capitals"}]}"#, "code 5: capitals"),
        (r#"{"Message":"User is not authorized"}"#, "User is not authorized"),
        (r#"{"Error":{"Code":"AccessDenied","Message":"Access Denied"}}"#, "AccessDenied: Access Denied"),
        (r#"{"errorMessage":"Task timed out"}"#, "Task timed out"),
        (r#"{"fault":{"faultstring":"Invalid key"}}"#, "fault: faultstring: Invalid key"),
        (r#"{"page":["A valid integer is required."]}"#, "page: A valid integer is required."),
        (r#"{"errorMessages":["No project"],"errors":{}}"#, "No project"),
        (r#"{"statusCode":500,"message":"Cannot GET /","error":"Not Found"}"#, "Not Found: Cannot GET /"),
        (r#"{"err":"oops"}"#, "oops"),
        ("[error] the gateway is down", "[error] the gateway is down"),
        // Invalid JSON.
        (r#"{"success":false,"errors":[{"code":5,"message":"cut \ud83d off"}]}"#, "code 5: cut \u{FFFD} off"),
        ("{\"success\":false,\"errors\":[{\"code\":5,\"message\":\"two\nlines\"}]}", "code 5: two lines"),
        (r#"{"success":false,"errors":[{"code":5,"message":"words"}]} <!-- x -->"#, "code 5: words"),
        (
            r#"{"success":false,"errors":[{"code":5,"message":"cut"#,
            r#"{"success":false,"errors":[{"code":5,"message":"cut"#,
        ),
        (r#"[{"message":"A list"}]"#, "A list"),
        (r#""A text""#, "A text"),
        ("error code: 1020\n", "error code: 1020"),
        ("upstream connect error", "upstream connect error"),
    ] {
        for status in [403, 500] {
            let error = error(status, &[], body);
            assert!(error.to_string().contains(&format!("(HTTP {status}, {words}")), "{body}: {error}");
            assert_eq!(error.body(), Some(body));
        }
        if body.starts_with(r#"{"success":false,"#) && serde_json::from_str::<serde_json::Value>(body).is_ok() {
            assert!(error(200, &[], body).to_string().contains(&format!("(HTTP 200, {words})")), "{body}");
        }
    }
    for without_text in [
        "{}",
        "<html>Sorry</html>",
        "null",
        "7",
        r#"{"success":false,"errors":[],"messages":[],"result":null}"#,
        "\u{1}\u{2}",
        "  ",
    ] {
        assert_eq!(error(500, &[], without_text).to_string(), "the service failed (HTTP 500)", "{without_text}");
    }
}

#[test]
fn message_of_404_points_to_base_url_or_to_the_ids() {
    for body in [
        "<html>Not Found</html>",
        "",
        "404 page not found",
        "[]",
        r#"{"statusCode":404,"message":"Cannot GET /","error":"Not Found"}"#,
        r#"{"timestamp":"2026-01-01","status":404,"error":"Not Found","path":"/"}"#,
        r#"{"error":"Not Found"}"#,
        r#"{"errors":[{"message":"Not Found"}]}"#,
        r#"{"errors":[]}"#,
        r#"{"errors":{"id":["bad"]},"title":"Not Found"}"#,
        r#"{"error":{"code":404,"message":"Not Found","status":"NOT_FOUND"}}"#,
    ] {
        let error = error(404, &[], body);
        let message = error.to_string();
        assert_eq!(error.status(), ErrorKind::NotFound);
        assert!(message.starts_with("this is not an endpoint of the API: check base_url (HTTP 404"), "{message}");
        assert!(
            message.contains("http://127.0.0.1:") && message.contains(PATH) && !message.contains("app_id"),
            "{message}"
        );
    }
    for code in [7000, 7003] {
        for status in [400, 404] {
            let message =
                error(status, &[], format!(r#"{{"success":false,"errors":[{{"code":{code},"message":"No route"}}]}}"#))
                    .to_string();
            assert!(
                message.contains("account_id, app_id, meeting_id and base_url") && message.contains(PATH),
                "{message}"
            );
        }
    }
    for body in [r#"{"success":false,"error":{"code":404,"message":"No meeting found"}}"#, r#"{"success":false}"#] {
        let message = error(404, &[], body).to_string();
        assert!(message.contains("account_id, app_id and meeting_id") && !message.contains("base_url"), "{message}");
    }
}

#[test]
fn url_in_a_message_hides_ids_that_may_be_credentials() {
    let server = Server::always(Response::whole(404, &[], "<html>"));
    let account = "Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY";
    let meeting = participants::Meeting::new(account, service::APP_ID, service::MEETING_ID).expect("ids");
    let error = client(&server.url()).build().expect("good settings").get_participants(&meeting).expect_err("404");
    assert!(error.to_string().contains("/accounts/.../realtime/kit/14a396e7-"), "{error}");
    assert!(!everything(&error).contains(account), "{error:#?}");
}

#[test]
fn message_of_403_names_the_permission() {
    for body in
        [r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}"#, "<html>Blocked</html>", ""]
    {
        let message = error(403, &[], body).to_string();
        assert!(message.contains("permission Realtime") && message.contains("api_token"), "{message}");
    }
    assert!(error(403, &[], "<html>Blocked</html>").to_string().contains("a firewall or a proxy"));
}

#[test]
fn message_of_other_4xx_points_to_base_url_if_not_from_the_service() {
    for status in [400, 405, 410, 418, 421] {
        let message = error(status, &[], "<html>What?</html>").to_string();
        assert!(message.contains("check base_url") && message.contains(PATH), "{message}");
        let own = error(status, &[], r#"{"success":false,"errors":[{"code":1,"message":"No"}]}"#).to_string();
        assert_eq!(own, format!("the service reported a failure (HTTP {status}, code 1: No)"));
    }
    assert_eq!(error(409, &[], "").to_string(), "the service reported a failure (HTTP 409)");
}

#[test]
fn debug_output_is_the_message_and_alternate_shows_everything() {
    let error = error(404, &[RAY], r#"{"success":false,"error":{"code":404,"message":"No meeting found"}}"#);
    assert_eq!(format!("{error:?}"), error.to_string());
    let long = format!("{error:#?}");
    assert!(
        long.contains("NotFound") && long.contains("No meeting found") && long.contains("8f0000000000abcd-FRA"),
        "{long}"
    );
}

#[test]
fn message_of_200_without_list_contains_the_service_errors() {
    for (body, words) in [
        (r#"{"errors":[{"code":5,"message":"words"}],"data":null}"#, "code 5: words"),
        (r#"{"error":{"code":5,"message":"words"}}"#, "code 5: words"),
        (r#"{"success":true,"errors":[{"message":"words"}],"data":null}"#, "words"),
        (r#"{"success":"false","errors":[{"message":"words"}]}"#, "words"),
    ] {
        let error = error(200, &[], body);
        assert_eq!(error.status(), ErrorKind::Decode, "{error}");
        assert!(error.to_string().contains(&format!("(HTTP 200, {words}")), "{error}");
    }
}

#[test]
fn message_names_an_unexpected_content_coding() {
    let coded = error(403, &[("Content-Encoding", "br")], [0x8b, 0x02, 0x80, 0x01]).to_string();
    assert!(coded.contains("the answer is in br, which was not asked for"), "{coded}");
    let mislabelled =
        error(403, &[("Content-Encoding", "gzip")], r#"{"success":false,"errors":[{"code":1,"message":"words"}]}"#);
    assert_eq!(mislabelled.api_code(), Some(1), "{mislabelled}");
}

#[test]
fn message_of_invalid_http_contains_the_url() {
    let server = Server::always(Response::new().send("SSH-2.0-OpenSSH_9.2\r\n").close());
    let error = client(&server.url())
        .max_retries(0)
        .build()
        .expect("good settings")
        .get_participants(&meeting())
        .expect_err("no HTTP");
    assert_eq!(error.status(), ErrorKind::Decode);
    assert!(error.to_string().contains("check base_url") && error.to_string().contains(&server.url()), "{error}");
}

#[test]
fn echoed_credential_passed_as_id_is_redacted() {
    let token = TOKEN_AS_ID;
    let encoded = "another%2Ftoken%2Bof%3D53%26characters-that-was-given-as-an-id";
    for echoed in [token, encoded] {
        let server = Server::always(Response::whole(
            404,
            &[],
            format!(r#"{{"message":"Cannot GET /accounts/{echoed}/realtime"}}"#),
        ));
        let meeting = participants::Meeting::new(token, service::APP_ID, service::MEETING_ID).expect("ids");
        let error = client(&server.url()).build().expect("good settings").get_participants(&meeting).expect_err("404");
        assert!(!everything(&error).contains(echoed), "{error:#?}");
    }
}

#[test]
fn long_part_of_a_credential_is_redacted() {
    for (start, end) in [(0, 20), (5, 27), (10, 24)] {
        let part = &TOKEN[start..end];
        let error =
            error(400, &[], format!(r#"{{"errors":[{{"code":1,"message":"bad token {part}**** is not valid"}}]}}"#));
        assert!(!everything(&error).contains(part), "{error:#?}");
        assert!(
            error.to_string().contains("bad token [redacted]") && error.to_string().contains(" is not valid"),
            "{error}"
        );
    }
}

#[test]
fn error_body_longer_than_64_kib_is_read_from_its_beginning() {
    let trace = "x".repeat(100_000);
    let body = format!(r#"{{"success":false,"errors":[{{"code":5,"message":"words"}}],"trace":"{trace}"}}"#);
    for headers in [&[][..], &[("Content-Encoding", "identity")]] {
        let error = error(404, headers, &body);
        let message = error.to_string();
        assert!(message.contains("account_id, app_id and meeting_id") && message.contains("words"), "{message}");
        assert!(!message.contains("MiB") && message.len() < 700, "{message}");
    }
}

#[test]
fn url_in_a_message_hides_long_segments_of_the_base_url() {
    let server = Server::always(Response::whole(404, &[], "<html>"));
    let base = format!("{}/client/v4/gateway-secret-0123456789abcdef", server.url());
    let error = client(&base).build().expect("good settings").get_participants(&meeting()).expect_err("404");
    assert!(error.to_string().contains("/client/v4/.../accounts/023e105f"), "{error}");
}
