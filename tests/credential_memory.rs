//! Credentials are wiped from memory: once a client is dropped, only the environment and the caller have copies. Each
//! test runs this program again, as a child that searches its own memory.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::os::unix::fs::FileExt;

use base64::prelude::{BASE64_STANDARD, Engine};
use participants::{Builder, Client};
use testkit::credentials::{EMAIL, END_OF_TOKEN, TOKEN};
use testkit::paged_list::PagedList;
use testkit::server::{Response, Server};
use testkit::tls::TlsService;
use testkit::{certificates, meeting, whole_list};
use zeroize::Zeroizing;

/// The length of a credential. It ends in END_OF_TOKEN, which is what the child searches for: freed memory is
/// overwritten from its beginning.
const LENGTH: usize = 4000;

/// Names the variable with the child's credential.
const NAME_VARIABLE: &str = "PARTICIPANTS_TEST_CREDENTIAL";
/// Names the setter that the child uses; if it is not set, the client reads the environment.
const SETTER_VARIABLE: &str = "PARTICIPANTS_TEST_SETTER";

/// Counts the copies before there is a client, after its call, and after its drop.
#[test]
#[ignore = "run by the other tests"]
fn child() {
    let variable = |name: &str| Zeroizing::new(std::env::var(name).expect("a variable that the test set"));
    let credential = || variable(&variable(NAME_VARIABLE));
    let masked: Vec<u8> = credential().bytes().rev().take(END_OF_TOKEN.len()).map(|byte| !byte).collect();
    let set: fn(Builder, &str) -> Builder = match std::env::var(SETTER_VARIABLE).as_deref() {
        Ok("token") => |builder, token| builder.api_token(token),
        Ok(_) => |builder, key| builder.api_key(EMAIL, key),
        Err(_) => |builder, _| builder,
    };
    let before = copies(&masked);
    let client = set(Client::builder().proxy(""), &credential()).build().expect("a client");
    let everyone = client.get_participants(&meeting());
    let during = copies(&masked);
    drop(client);
    let after = copies(&masked);
    println!("<<{before} {during} {after} {}>>", everyone.is_ok());
}

/// The same for the password of a proxy, which is sent in Base64.
#[test]
#[ignore = "run by another test"]
fn child_of_a_proxy() {
    let variable = |name: &str| Zeroizing::new(std::env::var(name).expect("a variable that the test set"));
    let mask = |text: &str| text.bytes().rev().map(|byte| !byte).collect::<Vec<u8>>();
    let password = || variable(NAME_VARIABLE);
    let plain = mask(&password()[LENGTH - END_OF_TOKEN.len()..]);
    // "user:" and the password have 4005 bytes, so that in Base64 this end begins at a character of its own.
    let base64 = mask(&Zeroizing::new(BASE64_STANDARD.encode(&password()[LENGTH - END_OF_TOKEN.len()..])));
    let before = [copies(&plain), copies(&base64)];
    let url = Zeroizing::new(["http://user:", &password(), "@", &variable("PARTICIPANTS_TEST_PROXY")].concat());
    let client =
        Client::builder().api_token(TOKEN).base_url("http://127.0.0.1:1").proxy(&url).build().expect("a client");
    drop(url);
    let everyone = client.get_participants(&meeting());
    let during = [copies(&plain), copies(&base64)];
    drop(client);
    let after = [copies(&plain), copies(&base64)];
    // The search may find a copy twice: in its place, and in the buffer of the search.
    println!(
        "<<{before:?} {:?} {after:?} {}>>",
        during.map(|copies| copies > 0),
        everyone.map_or_else(|e| e.to_string(), |everyone| everyone.len().to_string())
    );
}

/// How often a text is in the memory of this process. It is given inverted and backwards, so that the argument is no
/// copy.
fn copies(masked: &[u8]) -> usize {
    const CHUNK: usize = 1 << 20;
    let memory = File::open("/proc/self/mem").expect("our own memory");
    let maps = std::fs::read_to_string("/proc/self/maps").expect("what memory there is");
    let writable = maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|rights| rights.starts_with("rw")));
    let mut found = 0;
    let mut bytes = Zeroizing::new(vec![0; CHUNK + masked.len()]);
    for line in writable {
        let (start, rest) = line.split_once('-').expect("two addresses");
        let ends = [start, rest.split(' ').next().expect("an address")]
            .map(|hex| usize::from_str_radix(hex, 16).expect("an address"));
        for at in (ends[0]..ends[1]).step_by(CHUNK) {
            let wanted = (ends[1] - at).min(bytes.len());
            // Memory that can't be read, such as that of a device, holds no credential.
            let read = memory.read_at(&mut bytes[..wanted], at as u64).unwrap_or(0);
            found += bytes[..read]
                .windows(masked.len())
                .filter(|text| text.iter().rev().map(|byte| !byte).eq(masked.iter().copied()))
                .count();
            bytes[..read].fill(0);
        }
    }
    found
}

/// Runs the child with a credential in this variable.
fn assert_nothing_is_left(variable: &str, setter: Option<&str>, base_url: &str) {
    let mut child = testkit::build::this_program();
    child.args(["--exact", "child", "--ignored", "--nocapture"]);
    child
        .env_clear()
        .env(NAME_VARIABLE, variable)
        .env(variable, format!("{}{END_OF_TOKEN}", "x".repeat(LENGTH - END_OF_TOKEN.len())));
    child.env("CLOUDFLARE_EMAIL", EMAIL);
    child.env("CLOUDFLARE_BASE_URL", base_url).env("SSL_CERT_FILE", certificates::certificate());
    child.envs(setter.map(|setter| (SETTER_VARIABLE, setter)));
    let output = child.output().expect("the child runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let said =
        said.split_once("<<").and_then(|(_, rest)| rest.split_once(">>")).unwrap_or_else(|| panic!("{output:?}")).0;
    let [before, during, after, everyone] = said.split(' ').collect::<Vec<_>>().try_into().expect("four words");
    let [before, during, after] = [before, during, after].map(|count| count.parse::<usize>().expect("a number"));
    assert_eq!(everyone, "true");
    assert_eq!(before, 1, "only the environment has a copy before");
    assert!(during > before, "the search finds the client's copy");
    assert_eq!(after, before, "a copy is left");
}

#[test]
fn token_from_the_environment_is_wiped() {
    assert_nothing_is_left("CLOUDFLARE_API_TOKEN", None, &PagedList::of(300).start().url());
}

#[test]
fn token_from_the_setter_is_wiped() {
    assert_nothing_is_left("THE_TOKEN", Some("token"), &PagedList::of(300).start().url());
}

#[test]
fn key_from_the_environment_is_wiped() {
    assert_nothing_is_left("CLOUDFLARE_API_KEY", None, &PagedList::of(300).start().url());
}

#[test]
fn key_from_the_setter_is_wiped() {
    assert_nothing_is_left("THE_KEY", Some("key"), &PagedList::of(300).start().url());
}

#[test]
fn token_sent_over_tls_is_wiped() {
    let service = TlsService::start("127.0.0.1", whole_list(3));
    assert_nothing_is_left("CLOUDFLARE_API_TOKEN", None, &service.url());
}

#[test]
fn proxy_password_is_wiped() {
    let proxy = Server::in_turn([Response::whole(200, &[], ""), Response::json(whole_list(3))]);
    let mut child = testkit::build::this_program();
    child.args(["--exact", "child_of_a_proxy", "--ignored", "--nocapture"]).env_clear();
    child.env(NAME_VARIABLE, format!("{}{END_OF_TOKEN}", "x".repeat(LENGTH - END_OF_TOKEN.len())));
    child.env("PARTICIPANTS_TEST_PROXY", proxy.address().to_string());
    let output = child.output().expect("the child runs");
    let said = String::from_utf8_lossy(&output.stdout);
    // The environment always has its copy. The client has the copy that it sends.
    assert!(said.contains("<<[1, 0] [true, true] [1, 0] 3>>"), "{output:?}");
}
