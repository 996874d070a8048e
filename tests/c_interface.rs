//! The C interface: each program of `tests/c` checks one area over a real socket.
//!
//! With `RTK_VALGRIND=1` in the environment they run under valgrind, which must find nothing. The ignored test shows
//! that valgrind finds planted faults: `RTK_VALGRIND=1 cargo test --test c_interface -- --include-ignored`.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use std::time::Duration;

use testkit::credentials::TOKEN;
use testkit::paged_list::PagedList;
use testkit::program::{self, FAULT_FOUND, Linkage, Program};
use testkit::server::{Request, Response, Server};
use testkit::tls::TlsService;
use testkit::{address, certificates, compiler, page_of, service};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A participant with this custom id, and these fields besides the required ones.
fn participant(id: u32, custom_id: &str, more: &str) -> String {
    dated(id, custom_id, "2019-12-27T18:11:19.117Z", "2019-12-27T18:11:20Z", more)
}

fn dated(id: u32, custom_id: &str, created_at: &str, updated_at: &str, more: &str) -> String {
    format!(r#"{{"id":"aaaaaaaa-0000-4000-8000-{id:012}","custom_participant_id":"{custom_id}","preset_name":"host","#)
        + &format!(r#""created_at":"{created_at}","updated_at":"{updated_at}"{more}}}"#)
}

fn everyone(participants: &[String]) -> String {
    page_of(participants, participants.len(), 1)
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

/// Participants with nothing but an id.
fn bare() -> String {
    let nulls = concat!(
        r#"{"preset_name":null,"created_at":null,"custom_participant_id":null,"updated_at":null,"#,
        r#""picture":null,"name":null,"id":"nulls"}"#
    );
    everyone(&[r#"{"id":"only"}"#.into(), nulls.into()])
}

/// Participants with dates of all kinds.
fn dates() -> String {
    let dates = [
        ("2019-12-27T18:11:19.117Z", "2019-12-27T18:11:20Z"),
        ("1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z"),
        ("2019-12-27T18:11:19+02:00", "2019-12-27T18:11:19.999999Z"),
        ("yesterday", ""),
        ("2019-12-27T18:11:19", "2019-02-30T00:00:00Z"),
    ];
    let dated = |(id, (created, updated)): (u32, &(&str, &str))| dated(id, "user", created, updated, "");
    everyone(&(0..).zip(&dates).map(dated).collect::<Vec<_>>())
}

/// Texts with a NUL, and a participant without one.
fn nul() -> String {
    let nul = concat!(
        r#"{"id":"id\u00001","custom_participant_id":"\u0000custom","preset_name":"preset\u0000","created_at":"2019\u0000","#,
        r#""updated_at":"\u0000","name":"a\u0000\u0000b","picture":"p\u0000q"}"#
    );
    everyone(&[nul.into(), participant(1, "user", r#","name":"no nul""#)])
}

/// The response that the programs expect for an account.
fn respond(request: &Request) -> Response {
    let one = || participant(0, "user", "");
    match request.account() {
        "texts" => Response::json(texts()),
        "bare" => Response::json(bare()),
        "nul" => Response::json(nul()),
        "dates" => Response::json(dates()),
        "long" => {
            let name = format!(r#","name":"{}""#, "n".repeat(1_000_000));
            Response::json(everyone(&[participant(0, "user", &name)]))
        }
        "query" => {
            let query = request.target().split_once('?').map_or("", |(_, query)| query);
            Response::json(everyone(&[participant(0, query, "")]))
        }
        "unsaid" => Response::json(format!(r#"{{"data":[{}],"success":true}}"#, one())),
        // Five participants, two on a page, whatever per_page is.
        "pages" => {
            let first = (request.page_no().unwrap_or(1) as u32 - 1) * 2;
            let rows: Vec<String> = (first..5.min(first + 2)).map(|id| participant(id, "user", "")).collect();
            Response::json(page_of(&rows, 5, first as usize + 1))
        }
        "unauthorized" => {
            let body = r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}"#;
            Response::whole(401, &[("CF-Ray", "8f00-FRA")], body)
        }
        "forbidden" => Response::whole(403, &[], "<html>no</html>\n"),
        "missing" => {
            Response::whole(404, &[], r#"{"success":false,"error":{"code":404,"message":"No active session found"}}"#)
        }
        "limited" => Response::whole(429, &[("Retry-After", "300"), ("CF-Ray", "8f01-FRA")], "{}"),
        "limited-for-a-while" => Response::whole(429, &[("Retry-After", "60")], ""),
        "limited-without-a-figure" => Response::whole(429, &[], ""),
        "failing" => Response::whole(503, &[("Retry-After", "7")], "{}"),
        "edge" => {
            Response::whole(520, &[], r#"{"title":"Unknown","detail":"the origin said nothing","error_code":1000}"#)
        }
        "binary" => Response::whole(500, &[], b"a\xFF\0b"),
        "zeros" => Response::whole(500, &[], [0; 70_000]),
        "redirecting" => Response::whole(302, &[("Location", "https://example.com/")], ""),
        "talkative" => Response::whole(400, &[], "x".repeat(70_000)),
        "unsuccessful" => Response::json(r#"{"success":false,"errors":[{"code":7003,"message":"not today"}]}"#),
        "html" => Response::whole(200, &[("CF-Ray", "8f02-FRA")], "<!doctype html>"),
        "empty" => Response::whole(200, &[], ""),
        "misshapen" => Response::json(r#"{"data":[{"id":7}],"paging":{},"success":true}"#),
        "repeating" => {
            let header = request.header("Authorization").unwrap_or_default();
            let body = format!(r#"{{"success":false,"errors":[{{"code":1,"message":"bad header: {header}"}}]}}"#);
            Response::whole(400, &[], body)
        }
        "breaking" if request.page_no() == Some(1) => Response::json(page_of(&[one()], 2, 1)),
        "breaking" => Response::whole(502, &[], ""),
        _ => Response::whole(501, &[], ""),
    }
}

fn service_by_account() -> Server {
    Server::start(respond)
}

fn check(source: &str, arguments: &[&str]) {
    Program::build(&format!("tests/c/{source}"), Linkage::Shared).check(arguments);
}

#[test]
fn function_types_match_the_contract_in_both_libraries() {
    for linkage in [Linkage::Shared, Linkage::Static] {
        Program::build("tests/c/prototypes.c", linkage).check(&[]);
    }
}

#[test]
fn status_names_and_version_match_the_header() {
    check("versions.c", &[VERSION]);
}

#[test]
fn lists_pages_json_and_iterators_agree_with_the_service() {
    let look_alike = service::Service::start(250);
    let program = Program::build("tests/c/lists.c", Linkage::Shared);
    let environment = [("CLOUDFLARE_BASE_URL", look_alike.url()), ("CLOUDFLARE_API_TOKEN", TOKEN.into())];
    program.check_in(&[service::ACCOUNT_ID, service::APP_ID, service::MEETING_ID, "250"], &environment);
}

#[test]
fn values_are_returned_as_sent() {
    check("values.c", &[&service_by_account().url()]);
}

#[test]
fn every_failure_has_its_status_and_a_full_error() {
    let (refusing, silent) = (address::refusing(), Server::silent());
    let cut_short = Response::head(200, &[("Content-Length", "1000")]).send("{\"data\":[").close();
    let cut_short = Server::always(cut_short);
    check("errors.c", &[&service_by_account().url(), &refusing.url(), &cut_short.url(), &silent.url()]);
}

#[test]
fn shutdown_from_another_thread_ends_waiting_calls() {
    check("cancelled.c", &[&service_by_account().url(), &Server::silent().url()]);
}

#[test]
fn bad_arguments_are_rejected_before_sending() {
    check("arguments.c", &[&address::refusing().url()]);
}

#[test]
fn results_errors_and_iterators_outlive_the_client() {
    check("lifetimes.c", &[&service_by_account().url()]);
}

#[test]
fn log_lines_reach_a_function_or_a_queue() {
    let service = Server::start(|request| match request.account() {
        "retried" if request.attempt % 3 != 0 => Response::whole(503, &[("Retry-After", "0")], "{}"),
        "retried" => Response::json(everyone(&[participant(0, "user", "")])),
        _ => respond(request),
    });
    check("log.c", &[&service.url()]);
}

#[test]
fn threads_share_a_client_and_handles_move_between_threads() {
    check("threads.c", &[&service_by_account().url()]);
}

/// Responds after a while with the number of the connection, from 0, as custom id.
fn connections(after: Duration) -> Server {
    Server::start(move |request| {
        let number = (request.connection - 1).to_string();
        Response::json(everyone(&[participant(0, &number, "")])).after(after)
    })
}

#[test]
fn library_stays_loaded_after_dlclose() {
    let library = testkit::build::shared_library();
    check("loaded.c", &[library.to_str().expect("UTF-8")]);
}

/// Forks, signals, `pthread_cancel` and what /proc shows: Windows has none of them.
mod unix {
    use super::*;

    #[test]
    fn a_thread_is_cancelled_when_its_call_has_returned() {
        let fifo = program::scratch().join("authorities.fifo");
        // It may exist from an earlier run.
        let _ = std::fs::remove_file(&fifo);
        compiler::run(std::process::Command::new("mkfifo").arg(&fifo));
        check(
            "cancelled_thread.c",
            &[&service_by_account().url(), &Server::silent().url(), fifo.to_str().expect("UTF-8")],
        );
    }

    #[test]
    fn calls_work_while_a_thread_or_the_process_exits() {
        let tls = TlsService::start("127.0.0.1", everyone(&[participant(0, "user", "")]));
        let (url, ca_file) = (tls.url(), certificates::certificate());
        let service = service_by_account();
        // valgrind reports the cryptography of TLS.
        let by_tls = if program::under_valgrind() { &service.url() } else { &url };
        check("late.c", &[&service.url(), by_tls, ca_file.to_str().expect("UTF-8")]);
    }

    #[test]
    fn iterator_fetches_ahead_and_leaves_nothing_behind() {
        let list = PagedList::of(10_000);
        let hanging = Server::start(move |request| match request.page_no() {
            Some(3..) => Response::new().hang(),
            _ => list.respond(request),
        });
        check("read_ahead.c", &[&PagedList::of(10_000).start().url(), &hanging.url()]);
    }

    #[test]
    fn child_forked_while_threads_work_can_use_everything() {
        check("fork_during_work.c", &[&PagedList::of(10_000).start().url(), &service_by_account().url()]);
    }

    #[test]
    fn forked_child_opens_its_own_connections() {
        let (quick, slow) = (connections(Duration::ZERO), connections(Duration::from_millis(500)));
        if program::under_valgrind() {
            // Which reports the cryptography of TLS.
            return check("fork.c", &[&quick.url(), &slow.url()]);
        }
        let tls = TlsService::start("127.0.0.1", everyone(&[participant(0, "user", "")]));
        let (url, ca_file) = (tls.url(), certificates::certificate());
        check("fork.c", &[&quick.url(), &slow.url(), &url, ca_file.to_str().expect("UTF-8")]);
        // One of the parent, and one of the child that asks.
        assert_eq!(tls.connections().len(), 2);
    }

    #[test]
    fn signals_are_neither_changed_nor_harmful() {
        let (slow, resetting) = (connections(Duration::from_millis(300)), Server::resetting());
        let resetting = resetting.url();
        let by_tls = resetting.replace("http://", "https://");
        // valgrind reports the cryptography of TLS.
        let resetting = [&resetting, if program::under_valgrind() { &resetting } else { &by_tls }];
        check("signals.c", &[&slow.url(), resetting[0], resetting[1]]);
    }
}

#[test]
#[ignore = "needs RTK_VALGRIND=1"]
fn valgrind_finds_planted_faults() {
    for (source, fault) in [("planted_leak.c", "definitely lost"), ("planted_read.c", "Invalid read")] {
        let program = Program::build(&format!("tests/c/{source}"), Linkage::Shared);
        assert!(program::under_valgrind(), "this test needs RTK_VALGRIND=1");
        let output = program::output(&mut program.command());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(FAULT_FOUND), "{source}: {said}");
        assert!(said.contains(fault), "{source}: {said}");
    }
}
