//! Settings and ids: what is accepted can be sent, goes where it is meant to, and shows no credential.

#![no_main]

use std::net::IpAddr;
use std::time::Duration;

use arbitrary::Arbitrary;
use http::Uri;
use libfuzzer_sys::fuzz_target;
use participants::{Client, Meeting, fuzzing};
use percent_encoding::percent_decode_str;

/// Begins every credential here, so that it can be told from other text.
const MARK: &str = "Fuzz-Credential-";

#[derive(Debug, Arbitrary)]
struct Settings<'a> {
    api_token: Option<&'a str>,
    api_key: Option<(&'a str, &'a str)>,
    base_url: &'a str,
    timeout: Option<Duration>,
    connect_timeout: Option<Duration>,
    deadline: Option<Duration>,
    max_retries: Option<u32>,
    max_retry_wait: Option<Duration>,
    max_connections: Option<u32>,
    per_page: Option<u32>,
    user_agent: Option<&'a str>,
    proxy: Option<&'a str>,
    ids: [&'a str; 3],
}

fuzz_target!(|settings: Settings| {
    let base = if client(&settings) { settings.base_url } else { "https://127.0.0.1" };
    meeting(base, settings.ids);
});

/// Whether a client can be made.
fn client(settings: &Settings) -> bool {
    let secret = |text| format!("{MARK}{text}");
    let mut builder = Client::builder().base_url(settings.base_url).proxy(settings.proxy.unwrap_or_default());
    if let Some(token) = settings.api_token {
        builder = builder.api_token(&secret(token));
    }
    if let Some((email, key)) = settings.api_key {
        builder = builder.api_key(&secret(email), &secret(key));
    }
    if let Some(time) = settings.timeout {
        builder = builder.timeout(time);
    }
    if let Some(time) = settings.connect_timeout {
        builder = builder.connect_timeout(time);
    }
    if let Some(time) = settings.deadline {
        builder = builder.deadline(time);
    }
    if let Some(number) = settings.max_retries {
        builder = builder.max_retries(number);
    }
    if let Some(time) = settings.max_retry_wait {
        builder = builder.max_retry_wait(time);
    }
    if let Some(number) = settings.max_connections {
        builder = builder.max_connections(number);
    }
    if let Some(number) = settings.per_page {
        builder = builder.per_page(number);
    }
    if let Some(text) = settings.user_agent {
        builder = builder.user_agent(text);
    }
    // Where a proxy is may be shown, but not its user and password.
    let proxy_place = settings.proxy.and_then(|proxy| proxy.rsplit('@').next()).unwrap_or_default();
    let others = [settings.base_url, settings.user_agent.unwrap_or_default(), proxy_place];
    let may_show = others.iter().any(|text| text.contains(MARK));
    let debug = format!("{builder:?}");
    assert!(may_show || !debug.contains(MARK), "a credential is shown: {debug}");
    match builder.build() {
        Ok(client) => {
            let debug = format!("{client:?}");
            assert!(may_show || !debug.contains(MARK), "a credential is shown: {debug}");
            goes_where_it_may(settings.base_url, settings.proxy.unwrap_or_default());
            true
        }
        Err(error) => {
            let message = error.to_string();
            assert!(may_show || !message.contains(MARK), "a credential is shown: {message}");
            assert!(message.len() < 1000 && !message.contains(|c: char| c.is_control()), "{message:?}");
            false
        }
    }
}

/// In the clear only to this machine, and through none but it.
fn goes_where_it_may(base_url: &str, proxy: &str) {
    let (scheme, rest) = base_url.split_once("://").expect("a scheme");
    let authority = rest.split('/').next().unwrap_or_default();
    assert!(!authority.contains('@'), "a user name in {base_url:?}");
    if scheme.eq_ignore_ascii_case("https") {
        return;
    }
    assert!(scheme.eq_ignore_ascii_case("http"), "{scheme:?}");
    assert!(is_this_machine(authority), "in the clear to {authority:?}");
    let after_scheme = proxy.split_once(":/").filter(|(scheme, _)| is_scheme(scheme));
    let address = after_scheme.map_or(proxy, |(_, rest)| rest.trim_start_matches('/'));
    let authority =
        address.split(['/', '?', '#']).next().and_then(|authority| authority.rsplit('@').next()).unwrap_or_default();
    assert!(proxy.trim().is_empty() || is_this_machine(authority), "in the clear through {proxy:?}");
}

fn is_scheme(text: &str) -> bool {
    let first_is_letter = text.starts_with(|c: char| c.is_ascii_alphabetic());
    first_is_letter && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

fn is_this_machine(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(literal) => literal.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// Accepted ids are three segments of a path that can be asked for, and come back out of it as they were.
fn meeting(base_url: &str, ids: [&str; 3]) {
    let [account, app, meeting] = ids;
    let made = match Meeting::new(account, app, meeting) {
        Ok(made) => made,
        Err(error) => {
            let message = error.to_string();
            assert!(message.len() < 1000 && !message.contains(|c: char| c.is_control()), "{message:?}");
            // A UUID leaves the fuzzer fewer bytes to find.
            return if meeting != UUID {
                self::meeting(base_url, [account, app, UUID])
            };
        }
    };
    let path = fuzzing::path(&made);
    assert!(path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/%-._~".contains(&byte)), "{path}");
    let segments: Vec<&str> = path.split('/').collect();
    let ["", "accounts", in_account, "realtime", "kit", in_app, "meetings", in_meeting, "participants"] = segments[..]
    else {
        panic!("other segments: {path}");
    };
    for (segment, id) in [(in_account, account), (in_app, app), (in_meeting, meeting)] {
        assert_eq!(percent_decode_str(segment).decode_utf8().expect("UTF-8"), id);
        assert!(!["", ".", ".."].contains(&segment));
    }
    let url = format!("{}{path}?page_no=1&per_page=100", base_url.trim_end_matches('/'));
    let uri = url.parse::<Uri>().unwrap_or_else(|e| panic!("{url:?} can't be asked for: {e}"));
    assert!(uri.path().ends_with(&path) && uri.query() == Some("page_no=1&per_page=100"), "{uri}");
}

const UUID: &str = "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e";
