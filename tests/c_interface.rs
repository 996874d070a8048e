//! The C interface, as C programs see it: each program of `tests/c` checks one area over a real socket.
//!
//! With `RTK_VALGRIND=1` in the environment they run under valgrind, which must find nothing; the ignored test, which needs it, shows that
//! it would find something: `RTK_VALGRIND=1 cargo test --test c_interface -- --include-ignored`.

use std::time::Duration;

use mockito::{Matcher, Mock, Server, ServerOpts};
use testkit::program::{self, FAULT_FOUND, Linkage, Program};
use testkit::tls::{self, TlsService};
use testkit::{c, service, wire};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A participant with this custom id, and these fields besides the required ones.
fn participant(id: u32, custom_id: &str, more: &str) -> String {
    dated(id, custom_id, "2019-12-27T18:11:19.117Z", "2019-12-27T18:11:20Z", more)
}

fn dated(id: u32, custom_id: &str, created_at: &str, updated_at: &str, more: &str) -> String {
    format!(r#"{{"id":"aaaaaaaa-0000-4000-8000-{id:012}","custom_participant_id":"{custom_id}","preset_name":"host","#)
        + &format!(r#""created_at":"{created_at}","updated_at":"{updated_at}"{more}}}"#)
}

fn page(participants: &[String], total: usize, start: usize) -> String {
    let (end, data) = (start + participants.len() - 1, participants.join(","));
    format!(
        r#"{{"data":[{data}],"paging":{{"total_count":{total},"start_offset":{start},"end_offset":{end}}},"success":true}}"#
    )
}

fn everyone(participants: &[String]) -> String {
    page(participants, participants.len(), 1)
}

/// What the service answers when it is asked for this account.
fn answer(server: &mut Server, account: &str, status: usize) -> Mock {
    let path =
        format!("/accounts/{account}/realtime/kit/app/meetings/182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e/participants");
    server.mock("GET", path.as_str()).match_query(Matcher::Any).with_status(status)
}

fn texts() -> String {
    everyone(&[
        participant(
            0,
            "user",
            concat!(
                r#","name":"Zoë \uD83D\uDE00 \"quoted\" \\ back\nline","picture":"https:\/\/example.com\/a.png""#,
                r#","a_field_of_the_future":{"x":[1,2.50]}"#
            ),
        ),
        participant(1, "user", ""),
        participant(2, "", r#","name":null,"picture":"""#),
    ])
}

/// Participants that have nothing but an id.
fn bare() -> String {
    let nulls = concat!(
        r#"{"preset_name":null,"created_at":null,"custom_participant_id":null,"updated_at":null,"#,
        r#""picture":null,"name":null,"id":"nulls"}"#
    );
    everyone(&[r#"{"id":"only"}"#.into(), nulls.into()])
}

/// A service whose answers go by the account, with the participants that the programs expect.
fn participants_by_account() -> Server {
    let mut server = Server::new_with_opts(ServerOpts::default());
    answer(&mut server, "texts", 200).with_body(texts()).create();
    answer(&mut server, "bare", 200).with_body(bare()).create();
    let nul = concat!(
        r#"{"id":"id\u00001","custom_participant_id":"\u0000custom","preset_name":"preset\u0000","created_at":"2019\u0000","#,
        r#""updated_at":"\u0000","name":"a\u0000\u0000b","picture":"p\u0000q"}"#
    );
    answer(&mut server, "nul", 200)
        .with_body(everyone(&[nul.into(), participant(1, "user", r#","name":"no nul""#)]))
        .create();
    let dates = [
        ("2019-12-27T18:11:19.117Z", "2019-12-27T18:11:20Z"),
        ("1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z"),
        ("2019-12-27T18:11:19+02:00", "2019-12-27T18:11:19.999999Z"),
        ("yesterday", ""),
        ("2019-12-27T18:11:19", "2019-02-30T00:00:00Z"),
    ];
    let dates: Vec<String> =
        dates.iter().zip(0..).map(|((created, updated), id)| dated(id, "user", created, updated, "")).collect();
    answer(&mut server, "dates", 200).with_body(everyone(&dates)).create();
    let name = format!(r#","name":"{}""#, "n".repeat(1_000_000));
    answer(&mut server, "long", 200).with_body(everyone(&[participant(0, "user", &name)])).create();
    answer(&mut server, "query", 200)
        .with_body_from_request(|request| {
            let query = request.path_and_query().split_once('?').map_or("", |(_, query)| query);
            everyone(&[participant(0, query, "")]).into()
        })
        .create();
    answer(&mut server, "unsaid", 200)
        .with_body(format!(r#"{{"data":[{}],"success":true}}"#, participant(0, "user", "")))
        .create();
    // Five participants, two on a page, whatever is asked for.
    answer(&mut server, "pages", 200)
        .with_body_from_request(|request| {
            let number = request.path_and_query().split_once("page_no=").map_or("", |(_, rest)| rest);
            let first = (number.split('&').next().and_then(|number| number.parse::<u32>().ok()).unwrap_or(1) - 1) * 2;
            let rows: Vec<String> = (first..5.min(first + 2)).map(|id| participant(id, "user", "")).collect();
            page(&rows, 5, first as usize + 1).into()
        })
        .create();
    server
}

/// A service whose answers go by the account, with the failures that the programs expect.
fn failures_by_account() -> Server {
    let mut server = participants_by_account();
    let authentication = r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}"#;
    let unauthorized =
        answer(&mut server, "unauthorized", 401).with_header("CF-Ray", "8f00-FRA").with_body(authentication);
    unauthorized.create();
    answer(&mut server, "forbidden", 403).with_body("<html>no</html>\n").create();
    let missing = r#"{"success":false,"error":{"code":404,"message":"No active session found"}}"#;
    answer(&mut server, "missing", 404).with_body(missing).create();
    let limited = answer(&mut server, "limited", 429)
        .with_header("Retry-After", "300")
        .with_header("CF-Ray", "8f01-FRA")
        .with_body("{}");
    limited.create();
    answer(&mut server, "limited-for-a-while", 429).with_header("Retry-After", "60").create();
    answer(&mut server, "limited-without-a-figure", 429).create();
    answer(&mut server, "failing", 503).with_header("Retry-After", "7").with_body("{}").create();
    let edge = r#"{"title":"Unknown","detail":"the origin said nothing","error_code":1000}"#;
    answer(&mut server, "edge", 520).with_body(edge).create();
    answer(&mut server, "binary", 500).with_body(b"a\xFF\0b").create();
    answer(&mut server, "zeros", 500).with_body([0; 70_000]).create();
    answer(&mut server, "redirecting", 302).with_header("Location", "https://example.com/").create();
    answer(&mut server, "talkative", 400).with_body("x".repeat(70_000)).create();
    let unsuccessful = r#"{"success":false,"errors":[{"code":7003,"message":"not today"}]}"#;
    answer(&mut server, "unsuccessful", 200).with_body(unsuccessful).create();
    answer(&mut server, "html", 200).with_header("CF-Ray", "8f02-FRA").with_body("<!doctype html>").create();
    answer(&mut server, "empty", 200).create();
    answer(&mut server, "misshapen", 200).with_body(r#"{"data":[{"id":7}],"paging":{},"success":true}"#).create();
    answer(&mut server, "repeating", 400)
        .with_body_from_request(|request| {
            let header = request
                .header("Authorization")
                .first()
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_string();
            format!(r#"{{"success":false,"errors":[{{"code":1,"message":"bad header: {header}"}}]}}"#).into()
        })
        .create();
    let first = page(&[participant(0, "user", "")], 2, 1);
    let page_no = |number: &str| Matcher::UrlEncoded("page_no".into(), number.into());
    answer(&mut server, "breaking", 200).match_query(page_no("1")).with_body(first).create();
    answer(&mut server, "breaking", 502).match_query(page_no("2")).create();
    server
}

fn check(source: &str, arguments: &[&str]) {
    Program::build(&format!("tests/c/{source}"), Linkage::Shared).check(arguments);
}

#[test]
fn every_function_has_the_type_that_was_promised_in_both_libraries() {
    for linkage in [Linkage::Shared, Linkage::Static] {
        Program::build("tests/c/prototypes.c", linkage).check(&[]);
    }
}

#[test]
fn every_status_has_its_name_and_the_version_is_the_header_s() {
    check("versions.c", &[VERSION]);
}

#[test]
fn lists_pages_json_and_iterators_give_what_the_service_has() {
    let look_alike = service::Service::start(250);
    let program = Program::build("tests/c/lists.c", Linkage::Shared);
    let environment = [("CLOUDFLARE_BASE_URL", look_alike.base_url()), ("CLOUDFLARE_API_TOKEN", service::TOKEN.into())];
    program.check_in(&[service::ACCOUNT_ID, service::APP_ID, service::MEETING_ID, "250"], &environment);
}

#[test]
fn values_are_what_the_service_sent() {
    check("values.c", &[&participants_by_account().url()]);
}

#[test]
fn every_failure_has_its_status_and_an_error_that_tells_all() {
    let refusing = wire::Refusing::bind();
    check("errors.c", &[&failures_by_account().url(), &refusing.url(), &wire::cut_short(), &wire::silent()]);
}

#[test]
fn a_shutdown_from_another_thread_ends_calls_that_wait() {
    check("cancelled.c", &[&failures_by_account().url(), &wire::silent()]);
}

#[test]
fn a_thread_is_cancelled_when_its_call_has_returned() {
    let fifo = program::scratch().join("authorities.fifo");
    // It may be there from the last time.
    let _ = std::fs::remove_file(&fifo);
    c::run(std::process::Command::new("mkfifo").arg(&fifo));
    check("cancelled_thread.c", &[&failures_by_account().url(), &wire::silent(), fifo.to_str().expect("UTF-8")]);
}

#[test]
fn calls_are_made_while_a_thread_or_the_process_ends() {
    let tls = TlsService::start("127.0.0.1", everyone(&[participant(0, "user", "")]));
    let (url, ca_file) = (format!("https://{}", tls.address()), tls::certificate());
    let service = participants_by_account();
    // valgrind takes the cryptography for a reader of uninitialised bytes.
    let by_tls = if program::under_valgrind() { &service.url() } else { &url };
    check("late.c", &[&service.url(), by_tls, ca_file.to_str().expect("UTF-8")]);
}

#[test]
fn bad_arguments_are_refused_before_anything_is_sent() {
    check("arguments.c", &[&wire::Refusing::bind().url()]);
}

#[test]
fn results_errors_and_iterators_outlive_their_client() {
    check("lifetimes.c", &[&failures_by_account().url()]);
}

#[test]
fn eight_threads_share_a_client_and_handles_move_between_threads() {
    check("threads.c", &[&failures_by_account().url()]);
}

/// Answers after a while with the number of the connection as custom id.
fn connections(after: Duration) -> String {
    wire::server(move |mut stream, number| {
        while wire::request(&mut stream).is_some() {
            std::thread::sleep(after);
            wire::answer(&mut stream, &everyone(&[participant(0, &number.to_string(), "")]));
        }
    })
}

#[test]
fn a_forked_child_has_connections_of_its_own_and_leaves_its_parent_s_alone() {
    let (quick, slow) = (connections(Duration::ZERO), connections(Duration::from_millis(500)));
    if program::under_valgrind() {
        // Which takes what the assembly of TLS computes, and the service accepts, for uninitialised.
        return check("fork.c", &[&quick, &slow]);
    }
    let tls = TlsService::start("127.0.0.1", everyone(&[participant(0, "user", "")]));
    let (url, ca_file) = (format!("https://{}", tls.address()), tls::certificate());
    check("fork.c", &[&quick, &slow, &url, ca_file.to_str().expect("UTF-8")]);
    // The parent's one, and that of the child that asked.
    assert_eq!(tls.connections().len(), 2);
}

#[test]
fn signals_are_left_alone_and_borne_with() {
    let (slow, resetting) = (connections(Duration::from_millis(300)), wire::resetting());
    let by_tls = resetting.replace("http://", "https://");
    // valgrind takes the cryptography for a reader of uninitialised bytes.
    let resetting = [&resetting, if program::under_valgrind() { &resetting } else { &by_tls }];
    check("signals.c", &[&slow, resetting[0], resetting[1]]);
}

#[test]
fn the_library_s_code_stays_when_a_program_lets_go_of_it() {
    let library = testkit::build::shared_library();
    check("loaded.c", &[library.to_str().expect("UTF-8")]);
}

#[test]
#[ignore = "needs RTK_VALGRIND=1"]
fn valgrind_finds_a_leak_and_a_read_of_freed_memory() {
    for (source, fault) in [("planted_leak.c", "definitely lost"), ("planted_read.c", "Invalid read")] {
        let program = Program::build(&format!("tests/c/{source}"), Linkage::Shared);
        assert!(program::under_valgrind(), "this test needs RTK_VALGRIND=1");
        let output = program::output(&mut program.command());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(FAULT_FOUND), "{source}: {said}");
        assert!(said.contains(fault), "{source}: {said}");
    }
}
