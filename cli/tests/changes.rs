//! `participants watch` and `participants diff` tell who was added, removed or changed.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use support::{
    ABSENT, FILE, INCOMPLETE, MEETING, USAGE, as_windows_writes_it, command, failure, file, json, lines, run, success,
};
use testkit::page_of;
use testkit::paged_list::PagedList;
use testkit::server::{Response, Server};

fn element(id: &str, name: &str) -> String {
    format!(r#"{{"id":"{id}","name":"{name}","preset_name":"host"}}"#)
}

fn whole(elements: &[String]) -> Response {
    Response::json(page_of(elements, elements.len(), 1))
}

/// Gives these answers in turn, and the last one for ever.
fn in_turn(answers: Vec<Response>) -> Server {
    let asked = Arc::new(AtomicUsize::new(0));
    Server::start(move |_| {
        let number = asked.fetch_add(1, Ordering::SeqCst);
        answers[number.min(answers.len() - 1)].clone()
    })
}

fn watch(server: &Server, times: &str, format: &str) -> support::Printed {
    let arguments = ["watch", MEETING, "--every", "1ms", "--times", times, "--format", format, "--max-retries", "0"];
    run(&mut command(&server.url(), &arguments))
}

#[test]
fn watch_tells_who_was_added_removed_and_changed() {
    let [a, b, c] = ["a", "b", "c"].map(|id| element(id, "Amina"));
    let server = in_turn(vec![whole(&[a.clone(), b.clone()]), whole(&[element("b", "Bo"), c.clone()])]);
    let printed = watch(&server, "3", "ndjson");
    assert_eq!(printed.code, Some(0), "{}", printed.err);
    let events = lines(&printed.out);
    let told: Vec<_> = events
        .iter()
        .map(|event| (event["event"].as_str().expect("a text"), event["participant"]["id"].as_str().expect("an id")))
        .collect();
    assert_eq!(told, [("removed", "a"), ("changed", "b"), ("added", "c")]);
    assert_eq!(events[1]["fields"], json(r#"["name"]"#));
    assert_eq!(events[1]["before"]["name"], "Amina");
    assert!(events.iter().all(|event| event["time"].as_str().is_some_and(|time| time.ends_with('Z'))));

    let server = in_turn(vec![whole(&[a.clone(), b]), whole(&[element("b", "Bo"), c])]);
    let text = watch(&server, "2", "text").out;
    let shown: Vec<_> = text.lines().filter_map(|line| line.split_once(' ')).map(|(_, change)| change).collect();
    assert_eq!(shown, ["- Amina (host, a)", "~ Bo (host, b): name: \"Amina\" -> \"Bo\"", "+ Amina (host, c)"]);
}

#[test]
fn watch_outlives_outages() {
    let [a, b] = ["a", "b"].map(|id| element(id, ""));
    let server = in_turn(vec![
        Response::whole(500, &[], ""),
        whole(std::slice::from_ref(&a)),
        Response::whole(503, &[], ""),
        Response::whole(502, &[], ""),
        Response::whole(401, &[], ""),
        whole(&[a, b]),
    ]);
    let printed = watch(&server, "6", "ndjson");
    assert_eq!(printed.code, Some(0), "{}", printed.err);
    assert_eq!(lines(&printed.out).len(), 1, "{}", printed.out);
    assert_eq!(printed.err.lines().count(), 5, "four outages and a beginning: {}", printed.err);
}

#[test]
fn watch_ends_if_the_first_answer_says_that_asking_again_is_no_use() {
    let server = Server::always(Response::whole(401, &[], ""));
    failure(&server.url(), &["watch", MEETING, "--every", "1ms"], 5);
}

#[test]
fn watch_waits_as_long_as_the_service_asks() {
    let list = whole(&[element("a", "")]);
    let server = in_turn(vec![list.clone(), Response::whole(429, &[("Retry-After", "1")], "{}"), list]);
    let began = Instant::now();
    let printed = watch(&server, "3", "ndjson");
    assert_eq!((printed.code, printed.out.as_str()), (Some(0), ""), "{}", printed.err);
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(server.request_count(), 3);
}

#[test]
fn watch_fails_if_no_request_succeeded() {
    let server = Server::always(Response::whole(503, &[], ""));
    let printed = watch(&server, "2", "ndjson");
    assert_eq!((printed.code, printed.out.as_str()), (Some(9), ""), "{}", printed.err);
}

#[test]
fn watch_says_if_the_list_that_it_begins_with_may_not_be_complete() {
    let elements: Vec<_> = (0..5).map(|id| element(&id.to_string(), "")).collect();
    let printed = watch(&Server::always(Response::json(page_of(&elements[..2], 5, 1))), "1", "ndjson");
    assert!(printed.err.contains("may be reported as added"), "{}", printed.err);
}

#[test]
fn an_incomplete_list_reports_no_removal_and_nobody_is_added_again_after_it() {
    let elements: Vec<_> = (0..5).map(|id| element(&id.to_string(), "")).collect();
    let part = Response::json(page_of(&elements[..2], 5, 1));
    let none = Response::json(page_of(&[], 5, 1));
    let all = whole(&elements);
    // The second question gets a part. Its walk is made twice, so it asks for page 1 twice.
    let first_pages = AtomicUsize::new(0);
    let server = Server::start(move |request| match request.page_no() {
        Some(1) => match first_pages.fetch_add(1, Ordering::SeqCst) {
            1 | 2 => part.clone(),
            _ => all.clone(),
        },
        _ => none.clone(),
    });
    let printed = watch(&server, "3", "ndjson");
    assert_eq!((printed.code, printed.out.as_str()), (Some(0), ""), "{}", printed.err);
    assert_eq!(printed.err.matches("may not be complete").count(), 1, "{}", printed.err);
}

#[test]
fn diff_compares_files_and_meetings() {
    let old_server = PagedList::of(250).start();
    let old = file("old.json", success(&old_server.url(), &["list", MEETING, "--format", "json"]));
    let old = old.to_str().expect("UTF-8");
    let new = PagedList::changing(|_| (1..252).collect()).start();
    assert_eq!(success(&old_server.url(), &["diff", old, MEETING]), "");
    let printed = run(&mut command(&new.url(), &["diff", old, MEETING, "--format", "text"]));
    assert_eq!((printed.code, printed.err.as_str()), (Some(ABSENT), ""));
    let changes: Vec<_> = printed.out.lines().map(|line| line.split(',').next().expect("a part")).collect();
    assert_eq!(changes, ["- Participant 0 (user-0", "+ Participant 250 (user-250", "+ Participant 251 (user-251"]);
}

#[test]
fn lines_do_not_say_whether_they_are_everyone_so_nobody_is_removed() {
    let server = PagedList::of(250).start();
    let everyone = file("everyone.ndjson", success(&server.url(), &["list", MEETING]));
    let nobody = file("nobody.ndjson", "");
    for (lines, added) in [(everyone, 0), (nobody, 250)] {
        let lines = lines.to_str().expect("UTF-8");
        assert_eq!(failure(&server.url(), &["diff", MEETING, lines], INCOMPLETE).out, "");
        let as_old = failure(&server.url(), &["diff", lines, MEETING], INCOMPLETE).out;
        assert_eq!(as_old.matches(r#""event":"added""#).count(), added);
    }
}

#[test]
fn fields_that_were_not_written_are_not_compared() {
    let server = PagedList::of(3).start();
    let list = ["list", MEETING, "--columns", "id,name", "--format", "json"];
    let names = file("names.json", success(&server.url(), &list));
    assert_eq!(success(&server.url(), &["diff", names.to_str().expect("UTF-8"), MEETING]), "");
    let renamed = success(&server.url(), &list).replace("Participant 1", "Bo");
    let renamed = file("renamed.json", renamed);
    let changes = run(&mut command(&server.url(), &["diff", renamed.to_str().expect("UTF-8"), MEETING])).out;
    assert_eq!(lines(&changes).len(), 1);
    assert_eq!(json(&changes)["fields"], json(r#"["name"]"#));
    // The first picture of all is a change: who has none may be without the field.
    let bare = |picture: &str| {
        let fields = r#""id":"a","custom_participant_id":"u","preset_name":"p","created_at":"c""#;
        page_of(&[format!("{{{fields}{picture}}}")], 1, 1)
    };
    let [before, after] = [("before.json", ""), ("after.json", r#","picture":"x""#)]
        .map(|(name, picture)| file(name, bare(picture)).to_str().expect("UTF-8").to_string());
    let changes = run(&mut command("http://127.0.0.1:1", &["diff", &before, &after])).out;
    assert_eq!(json(&changes)["fields"], json(r#"["picture"]"#));
}

#[test]
fn diff_reads_what_a_shell_of_windows_wrote() {
    let list = page_of(&[element("a", "Zoë"), element("b", "李雷")], 2, 1);
    let plain = file("plain.json", &list);
    for content in as_windows_writes_it(&list) {
        let converted = file("converted.json", content);
        let [plain, converted] = [&plain, &converted].map(|path| path.to_str().expect("UTF-8"));
        assert_eq!(success("http://127.0.0.1:1", &["diff", plain, converted]), "");
    }
}

#[test]
fn diff_with_an_incomplete_list_reports_no_removal_and_says_so() {
    let old = file("whole.json", page_of(&[element("a", ""), element("b", "")], 2, 1));
    let part = file("part.json", page_of(&[element("a", "")], 2, 1));
    let [old, part] = [&old, &part].map(|path| path.to_str().expect("UTF-8"));
    assert_eq!(failure("http://127.0.0.1:1", &["diff", old, part], INCOMPLETE).out, "");
}

#[test]
fn a_file_that_is_no_list_is_refused() {
    let bad = file("bad.json", "{\"a\"");
    let bad = bad.to_str().expect("UTF-8");
    failure("http://127.0.0.1:1", &["diff", bad, bad], FILE);
    failure("http://127.0.0.1:1", &["diff", "no/such.json", bad], FILE);
    failure("http://127.0.0.1:1", &["diff", "-", "-"], USAGE);
    let neither = failure("http://127.0.0.1:1", &["diff", "yesterday", "today"], USAGE);
    assert!(neither.err.contains("There is no file yesterday"), "{}", neither.err);
}

#[cfg(unix)]
mod unix {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn sigint_and_sigterm_end_a_watch_cleanly() {
        // While it waits for the next question, and while a question waits for its answer.
        for every in ["60", "1ms"] {
            for signal in ["INT", "TERM"] {
                let first = whole(&[element("a", "")]);
                let hangs = every == "1ms";
                let server = Server::start(move |request| match request.number {
                    1 => first.clone(),
                    _ if hangs => Response::new().hang(),
                    _ => unreachable!("the next question comes in a minute"),
                });
                let mut child = command(&server.url(), &["watch", MEETING, "--every", every])
                    .stderr(Stdio::piped())
                    .stdout(Stdio::piped())
                    .spawn()
                    .expect("the command starts");
                let mut beginning = String::new();
                let mut err = BufReader::new(child.stderr.take().expect("a pipe"));
                err.read_line(&mut beginning).expect("a line");
                if hangs {
                    server.await_requests(2);
                }
                let kill = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
                assert!(kill.expect("kill").success());
                assert_eq!(child.wait().expect("an exit code").code(), Some(0), "{signal}: {beginning}");
            }
        }
    }
}
