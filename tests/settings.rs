//! The settings: effects, defaults, and which values are refused before anything is sent.

use std::time::Duration;

use participants::{Builder, Client, ErrorKind, Meeting, PageRequest};
use testkit::credentials::{EMAIL, KEY, TOKEN};
use testkit::server::{Request, Response, Server};
use testkit::service::{self, Service};
use testkit::{NO_PARAMETERS, client, meeting, page_of, whole_list};

const PATH: &str = concat!(
    "/accounts/023e105f4ecef8ad9ca31a8372d0c353/realtime/kit/14a396e7-ca44-4937-bf1f-050a69118543",
    "/meetings/182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e/participants"
);

/// The request for one page with these settings.
fn sent(set: impl FnOnce(Builder) -> Builder, page: PageRequest) -> Request {
    let server = Server::in_turn([Response::json(whole_list(1))]);
    let client = set(client(&server.url())).build().expect("good settings");
    client.get_participants_page(&meeting(), page).expect("a page");
    server.requests().remove(0)
}

#[test]
fn page_request_has_the_expected_headers() {
    let request = sent(|b| b, NO_PARAMETERS);
    assert_eq!(request.line, format!("GET {PATH} HTTP/1.1"));
    assert_eq!(request.header("Authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!(request.header("Accept"), Some("application/json"));
    assert_eq!(request.header("Accept-Encoding"), Some("gzip"));
    assert_eq!(request.header("User-Agent"), Some("participants/0.1.0"));
    let mut names: Vec<_> = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort();
    assert_eq!(names, ["accept", "accept-encoding", "authorization", "host", "user-agent"]);
}

#[test]
fn query_has_only_the_parameters_that_are_set() {
    let query = |page_no, per_page| {
        let request = sent(|b| b, PageRequest { page_no, per_page });
        request.target().strip_prefix(PATH).expect("the endpoint").to_string()
    };
    assert_eq!(query(None, None), "");
    assert_eq!(query(Some(3), None), "?page_no=3");
    assert_eq!(query(None, Some(50)), "?per_page=50");
    assert_eq!(query(Some(0), Some(0)), "?page_no=0&per_page=0");
    assert_eq!(query(Some(u64::MAX), Some(1_000_000)), "?page_no=18446744073709551615&per_page=1000000");
}

#[test]
fn user_agent_is_sent() {
    assert_eq!(
        sent(|b| b.user_agent("attendance/2 (ops)"), NO_PARAMETERS).header("User-Agent"),
        Some("attendance/2 (ops)")
    );
}

#[test]
fn api_key_is_sent_with_its_email() {
    let server = Server::in_turn([Response::json(whole_list(1))]);
    let client = Client::builder().api_key(EMAIL, KEY).base_url(&server.url()).proxy("").build();
    client.expect("good settings").get_participants_page(&meeting(), NO_PARAMETERS).expect("a page");
    let request = server.requests().remove(0);
    assert_eq!(request.header("X-Auth-Email"), Some(EMAIL));
    assert_eq!(request.header("X-Auth-Key"), Some(KEY));
    assert_eq!(request.header("Authorization"), None);
}

#[test]
fn token_wins_over_api_key() {
    let request = sent(|b| b.api_key(EMAIL, KEY), NO_PARAMETERS);
    assert_eq!(request.header("Authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!((request.header("X-Auth-Email"), request.header("X-Auth-Key")), (None, None));
}

#[test]
fn base_url_may_have_a_path_and_trailing_slashes() {
    let server = Server::in_turn([Response::json(whole_list(1))]);
    for (suffix, prefix) in [("", ""), ("/", ""), ("/client/v4", "/client/v4"), ("/a%20b/v4//", "/a%20b/v4")] {
        let client = client(&format!("{}{suffix}", server.url())).build().expect("a good URL");
        client.get_participants_page(&meeting(), NO_PARAMETERS).expect("a page");
        assert_eq!(server.requests().last().expect("a request").target(), format!("{prefix}{PATH}"));
    }
}

#[test]
fn http_is_allowed_to_loopback_hosts() {
    let server = Server::in_turn([Response::json(whole_list(1))]);
    let port = server.address().port();
    for host in ["127.0.0.1", "localhost", "LOCALHOST", "[::ffff:127.0.0.1]"] {
        let client = client(&format!("http://{host}:{port}")).build().expect("a loopback host");
        client.get_participants_page(&meeting(), NO_PARAMETERS).expect("a page");
    }
    client("http://[::1]:1").build().expect("a loopback host");
    client("http://127.8.9.10").build().expect("a loopback host");
}

#[test]
fn per_page_is_100_unless_set() {
    let server = Server::in_turn([Response::json(whole_list(3))]);
    let asked = |builder: Builder| {
        let client = builder.build().expect("good settings");
        client.get_participants(&meeting()).expect("everyone");
        client.iter_participants(&meeting()).for_each(|participant| drop(participant.expect("a participant")));
        let requests = server.requests();
        let targets: Vec<_> = requests[requests.len() - 2..].iter().map(|r| r.target().replace(PATH, "")).collect();
        targets
    };
    assert_eq!(asked(client(&server.url())), ["?page_no=1&per_page=100"; 2]);
    assert_eq!(asked(client(&server.url()).per_page(7)), ["?page_no=1&per_page=7"; 2]);
}

/// The largest number of concurrent requests during a call for 20 pages.
fn max_in_flight(set: impl FnOnce(Builder) -> Builder) -> usize {
    let server = Server::start(|request| {
        let page = request.page_no().expect("a page number") as usize;
        Response::json(page_of(&[service::participant(page)], 20, page)).after(Duration::from_millis(50))
    });
    let client = set(client(&server.url())).build().expect("good settings");
    assert_eq!(client.get_participants(&meeting()).expect("everyone").len(), 20);
    assert!(server.connection_count() <= server.most_in_flight(), "{} connections", server.connection_count());
    server.most_in_flight()
}

#[test]
fn max_connections_is_four_unless_set() {
    assert_eq!(max_in_flight(|b| b), 4);
    assert_eq!(max_in_flight(|b| b.max_connections(2)), 2);
    assert_eq!(max_in_flight(|b| b.max_connections(1)), 1);
}

#[test]
fn debug_output_shows_the_defaults() {
    let client = client("http://127.0.0.1:1").build().expect("good settings");
    let shown = format!("{client:?}");
    for default in [
        "timeout: 60s",
        "connect_timeout: 5s",
        "deadline: None",
        "max_retries: 3",
        "max_retry_wait: 60s",
        "max_connections: 4",
        "per_page: 100",
        "user_agent: \"participants/0.1.0\"",
        "native_ca: false",
    ] {
        assert!(shown.contains(default), "{default} in {shown}");
    }
}

#[test]
fn largest_values_are_accepted() {
    let service = Service::start(150);
    let client = client(&service.url())
        .timeout(Duration::MAX)
        .connect_timeout(Duration::MAX)
        .deadline(Duration::MAX)
        .max_retry_wait(Duration::MAX)
        .max_retries(u32::MAX)
        .max_connections(u32::MAX)
        .per_page(u32::MAX);
    let everyone = client.build().expect("good settings").get_participants(&meeting()).expect("everyone");
    assert_eq!((everyone.len(), everyone.is_complete()), (150, true));
}

#[test]
fn deadline_of_zero_is_no_limit() {
    let service = Service::start(3);
    let client = client(&service.url()).deadline(Duration::ZERO).build().expect("good settings");
    assert_eq!(client.get_participants(&meeting()).expect("everyone").len(), 3);
    assert_eq!(client.iter_participants(&meeting()).filter_map(Result::ok).count(), 3);
}

#[test]
fn clients_and_builders_can_be_cloned() {
    let service = Service::start(3);
    let builder = client(&service.url());
    let first = builder.clone().build().expect("good settings");
    let second = builder.build().expect("good settings");
    for client in [first.clone(), first, second] {
        assert_eq!(client.get_participants(&meeting()).expect("everyone").len(), 3);
    }
}

/// The message with which these settings are refused.
fn refusal(builder: Builder) -> String {
    let error = builder.build().expect_err("must be refused");
    assert_eq!(error.status(), ErrorKind::InvalidArgument);
    assert_eq!((error.http_status(), error.attempts()), (None, 0));
    error.to_string()
}

#[test]
fn http_to_another_host_is_refused() {
    let clear = "base_url: http:// would send the credential in the clear; it is for loopback hosts only";
    for host in [
        "api.cloudflare.com",
        "192.168.0.1",
        "[fe80::1]",
        "localhost.example.com",
        "127.0.0.1.example.com",
        "127.1",
        "0.0.0.0",
    ] {
        assert_eq!(refusal(client(&format!("http://{host}/client/v4"))), clear, "{host}");
    }
}

#[test]
fn invalid_base_urls_are_refused() {
    for (url, reason) in [
        ("", "is not a URL"),
        ("https://exa mple.com", "is not a URL"),
        ("https://[::1", "is not a URL"),
        ("https://example.com/a\nb", "is not a URL"),
        ("https://example.com:99999", "has a port that is not a number from 0 to 65535"),
        ("https://example.com:port", "has a port that is not a number from 0 to 65535"),
        ("/client/v4", "is not an absolute URL such as https://api.cloudflare.com/client/v4"),
        ("api.cloudflare.com", "is not an absolute URL such as https://api.cloudflare.com/client/v4"),
        ("ftp://example.com", "is neither https:// nor http://"),
        ("https://user:hunter2-and-more@example.com", "holds a user name or password"),
        ("http://127.0.0.1@example.com", "holds a user name or password"),
        ("https://example.com/v4?x=1", "has a query or a fragment"),
        ("https://example.com/v4?", "has a query or a fragment"),
        ("https://example.com/v4#x", "has a query or a fragment"),
        ("\"https://example.com\"", "is in quotes: leave them out"),
        ("https://example.com\n", "ends with a line break"),
        (" https://example.com", "begins with a blank"),
        ("$CLOUDFLARE_BASE_URL", "is the name of a variable, and not its value"),
        ("https://:443", "has no host"),
    ] {
        assert_eq!(refusal(client(url)), format!("base_url: {reason}"), "{url:?}");
    }
}

#[test]
fn invalid_credentials_are_refused_and_not_shown() {
    for (token, reason) in [
        ("", "is empty"),
        ("\"secret-token\"", "is in quotes: leave them out"),
        ("'secret-token'", "is in quotes: leave them out"),
        ("\"secret-token", "holds a quote at byte 0"),
        ("secret`token", "holds a quote at byte 6"),
        ("$CLOUDFLARE_API_TOKEN", "is the name of a variable, and not its value"),
        ("${CLOUDFLARE_API_TOKEN}", "is the name of a variable, and not its value"),
        ("%CLOUDFLARE_API_TOKEN%", "is the name of a variable, and not its value"),
        ("CLOUDFLARE_API_TOKEN=secret-token", "begins with the name of a variable: leave out the name and the ="),
        ("Bearer secret-token", "begins with the word Bearer: leave it out"),
        ("secret-token\n", "ends with a line break"),
        (" secret-token", "begins with a blank"),
        ("API_TOKEN=secret", "begins with the name of a variable: leave out the name and the ="),
        ("CLOUDFLARE_API_TOKEN", "is the name of a variable, and not its value"),
        ("<token>", "is a placeholder, and not the value itself"),
        ("\u{7}secret-token", "holds a blank, a control character or non-ASCII text at byte 0"),
        ("secret token", "holds a blank, a control character or non-ASCII text at byte 6"),
        ("secret\0token", "holds a blank, a control character or non-ASCII text at byte 6"),
        ("secret-tökèn", "holds a blank, a control character or non-ASCII text at byte 8"),
    ] {
        let builder = || Client::builder().base_url("http://127.0.0.1:1").proxy("");
        assert_eq!(refusal(builder().api_token(token)), format!("api_token: {reason}"));
        assert_eq!(refusal(builder().api_key(EMAIL, token)), format!("api_key: the key: {reason}"));
        // An e-mail address may hold a quote.
        if !reason.contains("holds a quote") {
            assert_eq!(refusal(builder().api_key(token, KEY)), format!("api_key: the e-mail: {reason}"));
        }
    }
}

#[test]
fn zero_is_refused_where_it_has_no_meaning() {
    let builder = || client("http://127.0.0.1:1");
    assert_eq!(refusal(builder().timeout(Duration::ZERO)), "timeout: must be more than 0");
    assert_eq!(refusal(builder().connect_timeout(Duration::ZERO)), "connect_timeout: must be more than 0");
    assert_eq!(refusal(builder().max_connections(0)), "max_connections: must be at least 1");
    assert_eq!(refusal(builder().per_page(0)), "per_page: must be at least 1");
    builder()
        .deadline(Duration::ZERO)
        .max_retries(0)
        .max_retry_wait(Duration::ZERO)
        .build()
        .expect("0 has a meaning for these");
}

#[test]
fn invalid_user_agents_are_refused() {
    for text in ["", "  ", "a\r\nX-Evil: 1", "naïve"] {
        assert_eq!(
            refusal(client("http://127.0.0.1:1").user_agent(text)),
            "user_agent: must be visible ASCII text",
            "{text:?}"
        );
    }
}

/// The end of every message about a proxy.
const WITHOUT_PROXY: &str = r#"; proxy="" goes without one"#;

#[test]
fn invalid_proxy_urls_are_refused_without_their_password() {
    for url in [
        "http://user:hunter2-and-more@",
        "::",
        "http://[127.0.0.1]:1",
        "http://user:hunter2-and-more@[::1]1",
        "http://user:hunter2-and-more@b\u{fc}cher.example",
    ] {
        assert_eq!(
            refusal(client("https://example.com").proxy(url)),
            format!("proxy: is not the URL of a proxy{WITHOUT_PROXY}"),
            "{url}"
        );
    }
    for url in [
        "http://user:hunter2-and-more@127.0.0.1:99999",
        "127.0.0.1:99999",
        "http://[::1]:65536",
        "https://127.0.0.1:99999",
        "h:1x",
    ] {
        let why = format!("proxy: has a port that is not a number from 0 to 65535{WITHOUT_PROXY}");
        assert_eq!(refusal(client("https://example.com").proxy(url)), why, "{url}");
    }
    for url in
        ["ftp://user:hunter2-and-more@example.com", "tcp://127.0.0.1:1", "quic://user:hunter2-and-more@127.0.0.1"]
    {
        let why = format!(
            "proxy: is of another kind than the http:// and https:// proxies that are supported{WITHOUT_PROXY}"
        );
        assert_eq!(refusal(client("https://example.com").proxy(url)), why, "{url}");
    }
    let why = format!("proxy: has a blank or a control character in its user name or password{WITHOUT_PROXY}");
    for url in [
        "http://user:hunter2-and-more%0D%0AX:@127.0.0.1",
        "http://user:hunter2-and-more @127.0.0.1",
        "http://%00:hunter2-and-more@127.0.0.1",
    ] {
        assert_eq!(refusal(client("https://example.com").proxy(url)), why, "{url}");
    }
    for url in [
        "http://127.0.0.1",
        "http://user:hunter2-and-more@[::1]",
        "proxy.example.com",
        "https://user@proxy.example.com:65535",
        "http://127.0.0.1:",
    ] {
        client("https://example.com").proxy(url).build().expect(url);
    }
    let long = format!("http://user:hunter2-and-more{}@127.0.0.1", "x".repeat(4096));
    assert_eq!(refusal(client("https://example.com").proxy(&long)), "proxy: is longer than 4096 bytes");
}

#[test]
fn remote_proxy_for_an_http_service_is_refused() {
    let why = "proxy: would see the credential in the clear: a service by http:// is reached through a proxy on \
               loopback only";
    for url in [
        "http://10.0.0.5:3128",
        "proxy.example.com",
        "https://user:hunter2-and-more@proxy.example.com",
        "http://[2001:db8::1]:1",
    ] {
        assert_eq!(refusal(client("http://127.0.0.1:1").proxy(url)), format!("{why}{WITHOUT_PROXY}"), "{url}");
    }
    for url in ["http://127.0.0.1:1", "localhost", "http://user:hunter2-and-more@[::1]:1"] {
        client("http://127.0.0.1:1").proxy(url).build().expect(url);
    }
}

#[test]
fn ids_cannot_leave_the_path_of_the_base_url() {
    let server = Server::in_turn([Response::json(whole_list(0))]);
    let client = client(&format!("{}/v4", server.url())).build().expect("good settings");
    let meeting = Meeting::new("../../evil", "a?b#c", service::MEETING_ID).expect("allowed ids");
    client.get_participants_page(&meeting, PageRequest { page_no: Some(1), per_page: None }).expect("a page");
    let expected = format!(
        "/v4/accounts/..%2F..%2Fevil/realtime/kit/a%3Fb%23c/meetings/{}/participants?page_no=1",
        service::MEETING_ID
    );
    assert_eq!(server.requests()[0].target(), expected);
}

#[test]
fn longest_settings_and_ids_fit_into_a_request() {
    let server = Server::in_turn([Response::json(whole_list(1))]);
    let base_url = format!("{}/{}", server.url(), "b".repeat(4096 - server.url().len() - 1));
    let token: String = TOKEN.chars().cycle().take(4096).collect();
    let (user_agent, id) = ("u".repeat(4096), "\u{1F600}".repeat(256));
    let email: String = EMAIL.chars().cycle().take(4096).collect();
    let meeting = Meeting::new(&id, &id, service::MEETING_ID).expect("good ids");
    let page = PageRequest { page_no: Some(u64::MAX), per_page: Some(u64::MAX) };
    let builder = || Client::builder().base_url(&base_url).proxy("").user_agent(&user_agent);
    for builder in [builder().api_token(&token), builder().api_key(&email, &token)] {
        builder.build().expect("good settings").get_participants_page(&meeting, page).expect("a page");
    }
    let requests = server.requests();
    assert_eq!(requests[0].header("Authorization"), Some(format!("Bearer {token}").as_str()));
    assert_eq!(requests[1].header("X-Auth-Email"), Some(email.as_str()));
    assert_eq!(requests[1].header("X-Auth-Key"), Some(token.as_str()));
    assert!(requests.iter().all(|request| request.header("User-Agent") == Some(&user_agent)));
}

#[test]
fn ca_file_with_pem_text_is_refused_and_not_shown() {
    let message = refusal(client("https://127.0.0.1:1").ca_file("-----BEGIN PRIVATE KEY-----\nMIIEvQ\n"));
    assert_eq!(message, "ca_file: holds the text of a file, and not its path");
}
