//! The three ids of a meeting: which are refused, and how they are sent.

use participants::{ErrorKind, Meeting};
use testkit::credentials::DISTINCT_TOKEN;
use testkit::server::{Response, Server};
use testkit::service::{ACCOUNT_ID, APP_ID, MEETING_ID};
use testkit::{NO_PARAMETERS, client, whole_list};

/// The message with which these ids are refused.
fn refusal(account_id: &str, app_id: &str, meeting_id: &str) -> String {
    let error = Meeting::new(account_id, app_id, meeting_id).expect_err("must be refused");
    assert_eq!(error.status(), ErrorKind::InvalidArgument);
    error.to_string()
}

#[test]
fn invalid_account_and_app_ids_are_refused() {
    let (long, wide) = ("a".repeat(257), "é".repeat(257));
    for (id, reason) in [
        ("", "is empty"),
        (".", "is a relative path"),
        ("..", "is a relative path"),
        (&long, "is longer than 256 characters"),
        (&wide, "is longer than 256 characters"),
        ("abc\n", "ends with a line break"),
        ("abc\r\n", "ends with a line break"),
        ("\nabc", "begins with a line break"),
        ("abc ", "ends with a blank"),
        (" abc", "begins with a blank"),
        ("\tabc", "begins with a blank"),
        ("abc\u{A0}", "ends with a blank"),
        ("\u{FEFF}abc", "begins with an invisible character"),
        ("abc\u{200E}", "ends with an invisible character"),
        ("a\u{200B}bc", "holds an invisible character"),
        (" ", "is blank"),
        ("a\r\nHost: evil", "holds a control character"),
        ("a\0b", "holds a control character"),
        ("a\u{85}b", "holds a control character"),
        ("\"abc\"", "is in quotes: leave them out"),
        ("'abc'", "is in quotes: leave them out"),
        ("$REALTIMEKIT_APP_ID", "is the name of a variable, and not its value"),
        ("${REALTIMEKIT_APP_ID}", "is the name of a variable, and not its value"),
        ("%REALTIMEKIT_APP_ID%", "is the name of a variable, and not its value"),
        ("REALTIMEKIT_APP_ID", "is the name of a variable, and not its value"),
        ("YOUR_APP_ID", "is the name of a variable, and not its value"),
        ("<app id>", "is a placeholder, and not the value itself"),
        ("{{app_id}}", "is a placeholder, and not the value itself"),
        ("undefined", "is a placeholder, and not the value itself"),
        ("“abc”", "is in quotes: leave them out"),
        ("export REALTIMEKIT_APP_ID=abc", "begins with the name of a variable: leave out the name and the ="),
        ("REALTIMEKIT_APP_ID=abc", "begins with the name of a variable: leave out the name and the ="),
        ("CLOUDFLARE_ACCOUNT_ID=abc", "begins with the name of a variable: leave out the name and the ="),
    ] {
        assert_eq!(refusal(id, APP_ID, MEETING_ID), format!("account_id: {reason}"));
        assert_eq!(refusal(ACCOUNT_ID, id, MEETING_ID), format!("app_id: {reason}"));
    }
}

#[test]
fn meeting_id_must_be_a_uuid() {
    for (id, reason) in [
        ("", ": is empty"),
        (".", ": is not a UUID"),
        ("..", ": is not a UUID"),
        ("182bd5e5", ": is not a UUID"),
        ("182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26", ": is not a UUID"),
        ("182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e0", ": holds a UUID, but is not one alone"),
        ("182bd5e56-e1a-4fe4-a799-aa6d9a6ab26e", ": is not a UUID"),
        ("182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e-", ": holds a UUID, but is not one alone"),
        ("182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26g", ": is not a UUID"),
        ("182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26é", ": is not a UUID"),
        ("１82bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e", ": is not a UUID"),
        ("../../../../../../accounts-aaaa-aaaa", ": is not a UUID"),
        ("{182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e}", ": holds a UUID, but is not one alone"),
        ("urn:uuid:182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e", ": holds a UUID, but is not one alone"),
        ("https://example.com/meetings/182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e/é", ": holds a UUID, but is not one alone"),
        ("182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e,", ": holds a UUID, but is not one alone"),
        (" 182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e", ": begins with a blank"),
        ("182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e\n", ": ends with a line break"),
        ("\"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e\"", ": is in quotes: leave them out"),
        ("$MEETING_ID", ": is the name of a variable, and not its value"),
        (
            "182bd5e56e1a4fe4a799aa6d9a6ab26e",
            " looks like an account's id (32 hexadecimal digits); a meeting's id is a UUID, with its hyphens",
        ),
    ] {
        assert_eq!(refusal(ACCOUNT_ID, APP_ID, id), format!("meeting_id{reason}"));
    }
}

#[test]
fn uuid_as_account_id_is_refused_and_a_swap_is_suggested() {
    let looks = "account_id looks like a meeting's or an app's id (a UUID); an account's id is 32 hexadecimal digits";
    assert_eq!(refusal(MEETING_ID, APP_ID, MEETING_ID), looks);
    let swapped = format!("{looks}, as meeting_id is: are account_id and meeting_id swapped?");
    assert_eq!(refusal(MEETING_ID, APP_ID, ACCOUNT_ID), swapped);
    let swapped = format!("{looks}, as app_id is: are account_id and app_id swapped?");
    assert_eq!(refusal(&APP_ID.to_uppercase(), ACCOUNT_ID, MEETING_ID), swapped);
}

#[test]
fn refusal_of_a_long_id_is_one_short_line() {
    let long = "line\nafter line".repeat(10_000);
    let message = refusal(ACCOUNT_ID, APP_ID, &long);
    assert!(message.len() < 200 && !message.contains('\n'), "{message}");
}

/// The request target for the participants of a meeting.
fn target(account_id: &str, app_id: &str, meeting_id: &str) -> String {
    let server = Server::in_turn([Response::json(whole_list(1))]);
    let meeting = Meeting::new(account_id, app_id, meeting_id).expect("good ids");
    let client = client(&server.url()).build().expect("good settings");
    client.get_participants_page(&meeting, NO_PARAMETERS).expect("a page");
    server.requests()[0].target().to_string()
}

#[test]
fn ids_are_percent_encoded_into_one_path_segment_each() {
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
        ("会議", "%E4%BC%9A%E8%AD%B0"),
        ("🙂", "%F0%9F%99%82"),
    ] {
        let path = |account: &str, app: &str| {
            format!("/accounts/{account}/realtime/kit/{app}/meetings/{MEETING_ID}/participants")
        };
        assert_eq!(target(id, APP_ID, MEETING_ID), path(segment, APP_ID));
        assert_eq!(target(ACCOUNT_ID, id, MEETING_ID), path(ACCOUNT_ID, segment));
    }
}

#[test]
fn ids_may_have_256_characters_of_any_size() {
    let app = "14a396e7-ca44-4937-bf1f-050a69118543";
    assert!(target(ACCOUNT_ID, app, MEETING_ID).contains(&format!("/kit/{app}/meetings/")));
    let id = "🙂".repeat(256);
    assert!(target(&id, &id, MEETING_ID).contains(&"%F0%9F%99%82".repeat(256)));
}

#[test]
fn upper_case_uuid_is_sent_as_it_is() {
    let id = MEETING_ID.to_uppercase();
    assert!(target(ACCOUNT_ID, APP_ID, &id).contains(&format!("/meetings/{id}/")));
    Meeting::new(ACCOUNT_ID, APP_ID, "00000000-0000-0000-0000-000000000000").expect("a UUID");
}

#[test]
fn debug_output_hides_a_token_in_place_of_an_id() {
    let token = DISTINCT_TOKEN;
    for meeting in [Meeting::new(token, APP_ID, MEETING_ID), Meeting::new(ACCOUNT_ID, token, MEETING_ID)] {
        let shown = format!("{:?}", meeting.expect("ids"));
        assert!(shown.contains(MEETING_ID) && !shown.contains(token), "{shown}");
    }
}
