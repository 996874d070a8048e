//! The feature `serde`: participants are serialized as the service sent them, whatever the format.

use participants::{ErrorKind, Participants};
use serde_json::json;
use testkit::server::{Response, Server};
use testkit::{NO_PARAMETERS, meeting};

/// A page with these elements.
fn page(elements: &[&str]) -> Participants {
    let server = Server::in_turn([Response::json(format!(r#"{{"data":[{}]}}"#, elements.join(",")))]);
    server.client().get_participants_page(&meeting(), NO_PARAMETERS).expect("a page")
}

/// Members in no alphabetical order, with every type of JSON.
const SENT: &str = concat!(
    r#"{"picture":null,"name":"Zoë \"Z\"","id":"a","zone":{"b":[1,-2,1.5,-0.0,{"":[]}],"a":{}},"#,
    r#""yes":true,"no":false,"most":18446744073709551615,"least":-9223372036854775808}"#
);

#[test]
fn json_of_a_participant_is_what_the_service_sent() {
    let page = page(&[SENT]);
    let participant = page.get(0).expect("a participant");
    assert_eq!(serde_json::to_string(participant).expect("JSON"), SENT);
    let value: serde_json::Value = serde_json::from_str(SENT).expect("JSON");
    assert_eq!(serde_json::to_value(participant).expect("a value"), value);
}

#[test]
fn a_list_is_a_sequence() {
    let page = page(&[SENT, r#"{"id":"b"}"#]);
    assert_eq!(serde_json::to_string(&page).expect("JSON"), format!(r#"[{SENT},{{"id":"b"}}]"#));
    assert_eq!(serde_json::to_string(&self::page(&[])).expect("JSON"), "[]");
}

#[test]
fn toml_has_no_null_and_leaves_it_out() {
    let page = page(&[r#"{"picture":null,"name":"Zoë","id":"a","zone":{"list":[1,-2,1.5]},"yes":true}"#]);
    let toml = "name = \"Zoë\"\nid = \"a\"\nyes = true\n\n[zone]\nlist = [1, -2, 1.5]\n";
    assert_eq!(toml::to_string(page.get(0).expect("a participant")).expect("TOML"), toml);
}

#[test]
fn texts_and_keys_are_decoded() {
    let page = page(&[r#"{"id":"\u0061","n\u00e4me":"a\u0000\n\ud83d\ude42","cut \ud83d":"off \ud83d"}"#]);
    let value = serde_json::to_value(&page).expect("a value");
    assert_eq!(value, json!([{"id": "a", "näme": "a\0\n🙂", "cut \u{FFFD}": "off \u{FFFD}"}]));
}

#[test]
fn numbers_that_no_integer_holds_become_the_nearest_float() {
    let page = page(&[r#"{"id":"a","n":[1e2,-0,18446744073709551616,0.1000000000000000055511151231257827]}"#]);
    assert_eq!(
        serde_json::to_string(&page).expect("JSON"),
        r#"[{"id":"a","n":[100.0,-0.0,1.8446744073709552e+19,0.1]}]"#
    );
}

#[test]
fn what_no_format_could_hold_is_an_error() {
    let deep = |depth: usize| format!(r#"{{"id":"a","deep":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    let page = page(&[&deep(127), &deep(128), &deep(10_000), r#"{"id":"a","n":1e999}"#]);
    let of = |index| serde_json::to_string(page.get(index).expect("a participant"));
    assert_eq!(of(0).expect("JSON"), deep(127));
    for too_deep in [1, 2] {
        let error = of(too_deep).expect_err("too deep");
        assert_eq!(error.to_string(), "the JSON of a participant is nested too deeply");
    }
    assert_eq!(of(3).expect_err("a number").to_string(), "a number of a participant is out of range");
}

#[test]
fn parts_of_an_error_are_serialized() {
    let body = r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}"#;
    let server = Server::always(Response::whole(401, &[], body));
    let error = server.client().get_participants(&meeting()).expect_err("refused");
    let parts = json!({"kind": error.status(), "service_errors": error.service_errors()});
    let service_errors = json!([{"code": 10000, "message": "Authentication error"}]);
    assert_eq!(parts, json!({"kind": "Authentication", "service_errors": service_errors}));
    assert_eq!(serde_json::to_value(ErrorKind::RateLimited).expect("a text"), "RateLimited");
}
