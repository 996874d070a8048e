//! The three ids of a meeting: which are refused, and how the others are sent.

mod support;

use participants::{Error, Meeting, Status};
use support::raw::{Answer, Server};
use support::service::{ACCOUNT_ID, APP_ID, MEETING_ID};
use support::{NO_PARAMETERS, client, whole_list};

fn refused(account_id: &str, app_id: &str, meeting_id: &str) -> String {
    let error = Meeting::new(account_id, app_id, meeting_id).expect_err("must be refused");
    assert!(matches!(error, Error::InvalidArgument(_)));
    assert_eq!(error.status(), Status::InvalidArgument);
    error.to_string()
}

#[test]
fn an_account_or_app_id_that_cannot_be_right_is_refused_and_named() {
    let long = "0123456789abcdef0123456789abcdef0";
    let wide = "é".repeat(33);
    for (id, reason) in [
        ("", "is empty"),
        (".", "is a relative path"),
        ("..", "is a relative path"),
        (long, "is longer than 32 characters"),
        (&wide, "is longer than 32 characters"),
    ] {
        assert_eq!(refused(id, APP_ID, MEETING_ID), format!("account_id: {reason}"));
        assert_eq!(refused(ACCOUNT_ID, id, MEETING_ID), format!("app_id: {reason}"));
    }
}

#[test]
fn a_meeting_id_that_is_no_uuid_is_refused_and_shown() {
    for id in [
        "",
        ".",
        "..",
        "182bd5e5",
        "182bd5e56e1a4fe4a799aa6d9a6ab26e",
        "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26",
        "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e0",
        "182bd5e56-e1a-4fe4-a799-aa6d9a6ab26e",
        "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e-",
        "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26g",
        "{182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e}",
        " 182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e",
        "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26é",
        "１82bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e",
        "../../../../../../accounts-aaaa-aaaa",
    ] {
        assert_eq!(refused(ACCOUNT_ID, APP_ID, id), "meeting_id: is not a UUID");
    }
}

#[test]
fn a_refusal_is_one_short_line_whatever_the_id() {
    let long = "line\nafter line".repeat(10_000);
    let message = refused(ACCOUNT_ID, APP_ID, &long);
    assert!(message.len() < 200 && !message.contains('\n'), "{message}");
}

/// The endpoint that a meeting's participants are asked for at.
fn target(account_id: &str, app_id: &str, meeting_id: &str) -> String {
    let server = Server::in_turn([Answer::json(whole_list(1))]);
    let meeting = Meeting::new(account_id, app_id, meeting_id).expect("good ids");
    let client = client(&server.url()).build().expect("good settings");
    client.get_participants_page(&meeting, NO_PARAMETERS).expect("a page");
    server.requests()[0].target().to_string()
}

#[test]
fn each_id_is_one_segment_of_the_path_whatever_it_holds() {
    for (id, segment) in [
        ("0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"),
        ("Az09-._~", "Az09-._~"),
        ("...", "..."),
        ("a/b", "a%2Fb"),
        ("../x", "..%2Fx"),
        ("a b", "a%20b"),
        ("a+b", "a%2Bb"),
        ("a?b=c&d#e", "a%3Fb%3Dc%26d%23e"),
        ("100%", "100%25"),
        ("%2e%2e", "%252e%252e"),
        ("a\\b", "a%5Cb"),
        ("a\r\nHost: evil", "a%0D%0AHost%3A%20evil"),
        ("a\0b", "a%00b"),
        ("会議", "%E4%BC%9A%E8%AD%B0"),
        ("🙂", "%F0%9F%99%82"),
    ] {
        let path = |account: &str, app: &str| format!("/accounts/{account}/realtime/kit/{app}/meetings/{MEETING_ID}/participants");
        assert_eq!(target(id, APP_ID, MEETING_ID), path(segment, APP_ID));
        assert_eq!(target(ACCOUNT_ID, id, MEETING_ID), path(ACCOUNT_ID, segment));
    }
}

#[test]
fn thirty_two_characters_are_allowed_however_many_bytes_they_take() {
    let id = "🙂".repeat(32);
    assert!(target(&id, &id, MEETING_ID).contains(&"%F0%9F%99%82".repeat(32)));
}

#[test]
fn a_uuid_may_be_in_upper_case_and_is_sent_as_it_is() {
    let id = MEETING_ID.to_uppercase();
    assert!(target(ACCOUNT_ID, APP_ID, &id).contains(&format!("/meetings/{id}/")));
    Meeting::new(ACCOUNT_ID, APP_ID, "00000000-0000-0000-0000-000000000000").expect("a UUID too");
}
