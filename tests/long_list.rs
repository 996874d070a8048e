//! The pages of a long list are copied together. That changes no value.

use std::collections::HashSet;

use participants::{Client, Field, Participant, Participants};
use testkit::meeting;
use testkit::server::{Response, Server};

/// A list of 13 pages and about 9 MB.
const PARTICIPANTS: usize = 12_500;
const PER_PAGE: usize = 1_000;

const FIELDS: [Field; 7] = [
    Field::Id,
    Field::CustomParticipantId,
    Field::PresetName,
    Field::CreatedAt,
    Field::UpdatedAt,
    Field::Name,
    Field::Picture,
];

/// A participant with what a copy could get wrong: escapes, U+0000, values far from its beginning and long ones,
/// members that are missing, blanks, and commas and brackets in texts.
fn element(number: usize) -> String {
    let name = match number {
        7_777 => format!("{}\\n", "long ".repeat(1_000_000)),
        n if n % 2_003 == 0 => "é".repeat(40_000),
        n if n % 7 == 0 => format!("Zoë \\\"{n}\\\" \\ud83d\\ude00 \\u0000 \\/"),
        n if n % 11 == 0 => format!("\\ud83d {n}"),
        n if n % 13 == 0 => "\\u0000".to_string(),
        n => format!("Person, {n}]}},"),
    };
    let note = "n".repeat(if number % 1_009 == 0 { 40_000 } else { 500 + number % 50 });
    let picture = match number % 5 {
        0 => String::new(),
        1 => r#","picture":null"#.to_string(),
        _ => format!(r#", "picture" : "https://example.com/\u002f{number}.png""#),
    };
    let blank = if number % 17 == 0 { " \n\t" } else { "" };
    format!(
        r#"{{"id":"{number:08}-0000","note":"{note}","tags":[1,{{"a":"]}},"}}],{blank}
           "preset_name":"group_call_host","created_at":"2026-01-01T00:00:00Z",
           "name":"{name}"{picture},"custom_participant_id":"user-{number}"{blank}}}"#
    )
}

/// Sends these participants. Each page but the first begins with the last ones of the page before.
fn service(elements: Vec<String>, separator: &'static str, overlap: usize) -> Server {
    Server::start(move |request| {
        let Some(page @ 1..) = request.page_no() else { return Response::whole(404, &[], "") };
        let end = elements.len().min(page as usize * PER_PAGE);
        let first = (page as usize - 1) * PER_PAGE;
        let data = elements[first.saturating_sub(overlap).min(end)..end].join(separator);
        let (total, start) = (elements.len(), first + 1);
        let paging = format!(r#"{{"total_count":{total},"start_offset":{start},"end_offset":{end}}}"#);
        Response::json(format!(r#"{{"data":[{data}],"paging":{paging},"success":true}}"#))
    })
}

fn client(server: &Server) -> Client {
    server.builder().per_page(PER_PAGE as u32).build().expect("a client")
}

fn everyone(server: &Server) -> Participants {
    client(server).get_participants(&meeting()).expect("everyone")
}

/// The same participants page by page: each has the memory of its own page.
fn one_by_one(server: &Server) -> Vec<Participant> {
    client(server).iter_participants(&meeting()).map(|participant| participant.expect("a participant")).collect()
}

fn assert_same(list: &Participants, expected: &[Participant]) {
    assert_eq!(list.len(), expected.len());
    for (participant, expected) in list.iter().zip(expected) {
        for field in FIELDS {
            assert_eq!(participant.text_with_nul(field), expected.text_with_nul(field), "{field:?}");
        }
        let texts = |p: &Participant| {
            [p.name(), p.picture(), p.custom_participant_id(), p.preset_name(), p.created_at(), p.updated_at()]
                .map(|text| text.map(str::to_string))
        };
        assert_eq!(participant.id(), expected.id());
        assert_eq!(texts(participant), texts(expected));
    }
}

#[test]
fn a_long_list_has_the_values_of_its_pages() {
    let elements: Vec<_> = (0..PARTICIPANTS).map(element).collect();
    for separator in [",", " ,\n  "] {
        let server = service(elements.clone(), separator, 0);
        let everyone = everyone(&server);
        assert!(everyone.is_complete());
        assert_same(&everyone, &one_by_one(&server));
        for (participant, sent) in everyone.iter().zip(&elements) {
            assert_eq!(participant.to_json(), *sent);
        }
    }
}

#[test]
fn the_json_of_a_long_list_has_every_participant_as_sent() {
    let elements: Vec<_> = (0..PARTICIPANTS).map(element).collect();
    let server = service(elements.clone(), ",", 0);
    let json = everyone(&server).to_json();
    assert!(json.starts_with(&format!(r#"{{"data":[{}],"paging":"#, elements.join(","))));
    assert_eq!(json, client(&server).get_participants_json(&meeting()).expect("JSON"));
}

#[test]
fn a_long_list_whose_pages_overlap_has_no_participant_twice() {
    let server = service((0..PARTICIPANTS).map(element).collect(), ",", 3);
    let everyone = everyone(&server);
    let ids: HashSet<_> = everyone.iter().map(Participant::id).collect();
    assert_eq!((ids.len(), everyone.len()), (PARTICIPANTS, PARTICIPANTS));
    assert_same(&everyone, &one_by_one(&server));
}

#[test]
fn a_total_that_is_far_too_large_costs_no_participant() {
    let elements: Vec<_> = (0..30).map(element).collect();
    let sent = elements.clone();
    let server = Server::start(move |request| {
        let data = if request.page_no() == Some(1) { sent.join(",") } else { String::new() };
        Response::json(format!(
            r#"{{"data":[{data}],"paging":{{"total_count":9007199254740992,"start_offset":1}},"success":true}}"#
        ))
    });
    let everyone = everyone(&server);
    assert!(!everyone.is_complete());
    assert_eq!(everyone.iter().map(Participant::to_json).collect::<Vec<_>>(), elements);
}
