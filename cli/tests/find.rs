//! `participants find` finds one participant, or says how sure it is that there is none.

mod support;

use support::{ABSENT, INCOMPLETE, MEETING, USAGE, bare, command, failure, lines, run, success};
use testkit::paged_list::{self, PagedList};

#[test]
fn whoever_is_on_page_1_costs_one_request() {
    let server = PagedList::of(1_000).start();
    let found = success(&server.url(), &["find", MEETING, "--custom-id", "user-41"]);
    assert_eq!(found, paged_list::participant(41) + "\n");
    assert_eq!(server.pages(), [1]);
}

#[test]
fn a_participant_is_found_by_the_services_id_too() {
    let server = PagedList::of(300).start();
    let found = success(&server.url(), &["find", MEETING, "--id", &paged_list::id(250)]);
    assert_eq!(lines(&found)[0]["custom_participant_id"], "user-250");
}

#[test]
fn the_exit_code_says_whether_absence_is_certain() {
    let server = PagedList::of(300).start();
    let printed = failure(&server.url(), &["find", MEETING, "--custom-id", "nobody"], ABSENT);
    assert_eq!(printed.out, "");
    let incomplete = PagedList::of(300).total_count("301").start();
    failure(&incomplete.url(), &["find", MEETING, "--custom-id", "nobody"], INCOMPLETE);
    success(&incomplete.url(), &["find", MEETING, "--custom-id", "user-299"]);
}

#[test]
fn an_empty_id_is_a_mistake_and_not_somebody_who_is_absent() {
    for option in ["--id", "--custom-id"] {
        assert_eq!(run(&mut command("http://127.0.0.1:1", &["find", MEETING, option, ""])).code, Some(USAGE));
    }
}

#[test]
fn it_must_be_said_who() {
    assert_eq!(run(&mut bare(&["find", MEETING])).code, Some(USAGE));
    assert_eq!(run(&mut bare(&["find", MEETING, "--id", "a", "--custom-id", "b"])).code, Some(USAGE));
}
