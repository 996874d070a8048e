//! `participants list` prints everyone, in each format.

mod support;

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use support::{INCOMPLETE, MEETING, command, failure, json, lines, one_page, run, success};
use testkit::paged_list::{self, PagedList};
use testkit::server::{Response, Server};
use testkit::service::{self, Service};

#[test]
fn piped_it_prints_everyone_as_sent_one_per_line() {
    let service = Service::start(342);
    let expected: String = (0..342).map(|index| service::participant(index) + "\n").collect();
    assert_eq!(success(&service.url(), &["list", MEETING]), expected);
    assert_eq!(success(&service.url(), &["list", MEETING, "--format", "ndjson"]), expected);
}

#[test]
fn json_is_one_object_like_the_services() {
    let service = Service::start(342);
    let list = json(&success(&service.url(), &["list", MEETING, "--format", "json"]));
    let expected: Vec<_> = (0..342).map(|index| json(&service::participant(index))).collect();
    assert_eq!(list["data"].as_array().expect("a list"), &expected);
    assert_eq!(list["paging"], json(r#"{"total_count":342,"start_offset":1,"end_offset":342}"#));
    assert_eq!((&list["success"], &list["is_complete"]), (&json("true"), &json("true")));
    let some = ["list", MEETING, "--format", "json", "--filter", "custom_id=user-1"];
    assert_eq!(json(&success(&service.url(), &some))["is_complete"], false, "it is not everyone");
    let page = ["list", MEETING, "--format", "json", "--page", "2", "--per-page", "10"];
    let paging = &json(&success(&service.url(), &page))["paging"];
    assert_eq!(*paging, json(r#"{"total_count":342,"start_offset":11,"end_offset":20}"#));
    let empty = json(&success(&Service::start(0).url(), &["list", MEETING, "--format", "json"]));
    assert_eq!(empty["data"], json("[]"));
}

#[test]
fn table_has_a_row_for_each_and_a_heading() {
    let service = Service::start(3);
    let table = success(&service.url(), &["list", MEETING, "--format", "table", "--columns", "name,custom_id"]);
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split("  ").map(str::trim).collect()).collect();
    let has = |cells: [&str; 2]| {
        rows.iter().any(|row| row.iter().filter(|cell| !cell.is_empty()).copied().collect::<Vec<_>>() == cells)
    };
    for cells in [["name", "custom_participant_id"], ["Participant 0", "user-0"], ["-", "user-2"]] {
        assert!(has(cells), "{cells:?}: {table}");
    }
    assert!(!table.contains('\u{1b}'), "colours without a terminal: {table}");
}

#[test]
fn a_table_without_rows_says_so_on_stderr() {
    let server = PagedList::of(3).start();
    let printed = run(&mut command(&server.url(), &["list", MEETING, "--format", "table", "--filter", "name=x"]));
    assert_eq!((printed.code, printed.out.as_str()), (Some(0), ""));
    assert_eq!(printed.err, "participants: none of 3 participants\n");
}

#[test]
fn csv_has_a_heading_and_the_chosen_columns() {
    let service = Service::start(2);
    let csv = success(&service.url(), &["list", MEETING, "--format", "csv", "--columns", "name,custom_id,picture"]);
    assert_eq!(
        csv,
        "name,custom_participant_id,picture\nParticipant 0,user-0,https://example.com/0.png\nParticipant 1,user-1,\n"
    );
}

#[test]
fn csv_is_no_formula_in_a_spreadsheet() {
    let names = ["=1+1", "+1", "-1", "@SUM(A1)", "\\t=1", "\\r=1", "＝1", "plain", "a,\\\"b\\\"", "two\\nlines"];
    let elements: Vec<_> =
        names.iter().enumerate().map(|(i, name)| format!(r#"{{"id":"i{i}","name":"{name}"}}"#)).collect();
    let server = one_page(&elements.iter().map(String::as_str).collect::<Vec<_>>());
    let csv = |more: &[&str]| {
        let arguments = [&["list", MEETING, "--format", "csv", "--columns", "name"], more].concat();
        success(&server.url(), &arguments)
    };
    let expected =
        "name\n'=1+1\n'+1\n'-1\n'@SUM(A1)\n'\t=1\n'\u{fffd}=1\n'＝1\nplain\n\"a,\"\"b\"\"\"\n\"two\nlines\"\n";
    assert_eq!(csv(&[]), expected);
    assert_eq!(csv(&["--raw"]), expected.replace('\'', "").replace("\u{fffd}=1", "\"\r=1\""));
}

#[test]
fn rows_are_out_before_the_next_page_is_asked_for() {
    for format in ["ndjson", "csv"] {
        let gate = Arc::new((Mutex::new(false), Condvar::new()));
        let list = PagedList::of(300);
        let served = Arc::clone(&gate);
        let server = Server::start(move |request| {
            if request.page_no() > Some(1) {
                let open = served.0.lock().expect("no panic");
                let waited = served.1.wait_timeout_while(open, Duration::from_secs(30), |open| !*open);
                if waited.expect("no panic").1.timed_out() {
                    return Response::new().close();
                }
            }
            list.respond(request)
        });
        let mut child = command(&server.url(), &["list", MEETING, "--format", format])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let heading = usize::from(format == "csv");
        let mut rows = String::new();
        for _ in 0..heading + 100 {
            assert!(out.read_line(&mut rows).expect("a row") > 0);
        }
        *gate.0.lock().expect("no panic") = true;
        gate.1.notify_all();
        out.read_to_string(&mut rows).expect("the rest");
        assert_eq!(rows.lines().count(), heading + 300, "{format}");
        assert!(child.wait().expect("an exit code").success());
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let server = PagedList::of(20_000).start();
    for format in ["ndjson", "csv", "json", "table"] {
        let mut child = command(&server.url(), &["list", MEETING, "--format", format, "--per-page", "1000"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut first = [0; 10];
        child.stdout.take().expect("a pipe").read_exact(&mut first).expect("a beginning");
        let printed = support::printed(&child.wait_with_output().expect("an exit code"));
        assert_eq!((printed.code, printed.err.as_str()), (Some(0), ""), "{format}");
    }
}

#[test]
fn filters_sorting_and_counting_are_of_the_whole_list() {
    let server = one_page(&[
        r#"{"id":"1","name":"Zoë","preset_name":"host"}"#,
        r#"{"id":"2","preset_name":"guest"}"#,
        r#"{"id":"3","name":"Amina","preset_name":"guest"}"#,
        r#"{"id":"4","name":"zoltan","preset_name":"guest"}"#,
    ]);
    let ids = |more: &[&str]| -> Vec<String> {
        let text = success(&server.url(), &[&["list", MEETING], more].concat());
        lines(&text).iter().map(|participant| participant["id"].as_str().expect("an id").to_string()).collect()
    };
    assert_eq!(ids(&["--filter", "preset=guest"]), ["2", "3", "4"]);
    assert_eq!(ids(&["--filter", "preset!=guest"]), ["1"]);
    assert_eq!(ids(&["--filter", "name~ZO"]), ["1", "4"]);
    assert_eq!(ids(&["--filter", "preset=guest", "--filter", "name="]), ["2"]);
    assert_eq!(ids(&["--sort", "name"]), ["3", "1", "4", "2"]);
    assert_eq!(ids(&["--sort", "-name"]), ["4", "1", "3", "2"]);
    assert_eq!(success(&server.url(), &["list", MEETING, "--count"]), "4\n");
    assert_eq!(success(&server.url(), &["list", MEETING, "--count", "--filter", "preset=guest"]), "3\n");
    let columns = success(&server.url(), &["list", MEETING, "--columns", "id,name", "--filter", "id=2"]);
    assert_eq!(columns, "{\"id\":\"2\",\"name\":null}\n");
}

#[test]
fn one_page_is_as_the_service_pages() {
    let server = PagedList::of(100).start();
    let page = success(&server.url(), &["list", MEETING, "--page", "3", "--per-page", "7"]);
    let expected: String = (14..21).map(|number| paged_list::participant(number) + "\n").collect();
    assert_eq!(page, expected);
    assert_eq!(server.pages(), [3]);
    assert_eq!(success(&server.url(), &["list", MEETING, "--page", "15", "--per-page", "7", "--count"]), "2\n");
}

#[test]
fn an_incomplete_list_has_an_exit_code_and_says_how_many_are_missing() {
    let server = PagedList::of(250).total_count("300").start();
    let printed = failure(&server.url(), &["list", MEETING], INCOMPLETE);
    assert_eq!(printed.out.lines().count(), 250);
    assert!(printed.err.contains("50 of 300 participants are missing"), "{}", printed.err);
}

#[test]
fn text_of_the_service_is_no_command_for_the_terminal() {
    // As escapes of JSON, and as the characters that JSON allows as they are.
    let name = "\\u001b[31mred\\u001b]0;title\\u0007 \\r \u{9b}2J \u{7f} \u{202e}evil";
    let server = one_page(&[&format!(r#"{{"id":"i","name":"{name}","other":"{name}"}}"#)]);
    for format in ["table", "json", "ndjson", "csv"] {
        let text = success(&server.url(), &["list", MEETING, "--format", format, "--columns", "name"]);
        let harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.contains(harmful), "{format}: {text:?}");
        assert!(text.contains("evil"), "{format}: {text:?}");
    }
    let sent = lines(&success(&server.url(), &["list", MEETING]));
    assert_eq!(sent[0]["name"], json(&format!("\"{name}\"")), "the value is the same");
    let message = r#"{"success":false,"errors":[{"code":1,"message":"\u001b[31mred\u0007"}]}"#;
    let refusing = Server::always(Response::whole(400, &[], message));
    let printed = run(&mut command(&refusing.url(), &["list", MEETING]));
    assert!(printed.err.contains("red") && !printed.err.contains(['\u{1b}', '\u{7}']), "{:?}", printed.err);
}
