//! Bytes to participants: a page must have what an ordinary JSON parser reads in it, and nothing else may be accepted
//! as a page.

#![no_main]

mod json;

use json::Json;
use libfuzzer_sys::fuzz_target;
use participants::{Participant, Participants, fuzzing};

const MAX_COUNT: f64 = 9_007_199_254_740_992.0;
const FIELDS: [&str; 7] = ["id", "custom_participant_id", "preset_name", "created_at", "updated_at", "name", "picture"];

/// The longest message, in bytes: a service must not fill a log.
const MAX_MESSAGE: usize = 16 * 1024;

fuzz_target!(|body: &[u8]| {
    let page = fuzzing::page(body.to_vec());
    // A byte order mark is skipped.
    let body = body.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(body);
    match &page {
        Ok(page) => {
            let text = std::str::from_utf8(body).expect("a page that is not UTF-8");
            assert!(json::is_valid(text), "a page that is not JSON");
            assert!(!page.to_json().contains('\0'), "C does not look for NULs in JSON");
            read_every_way(page);
        }
        Err(error) => {
            let message = error.to_string();
            assert!(!message.contains(|c: char| c.is_control()), "more than a line: {message:?}");
            assert!(message.len() <= MAX_MESSAGE, "{} bytes of message", message.len());
        }
    }
    let Ok(text) = std::str::from_utf8(body) else { return };
    let repaired = json::without_halves(text);
    match (json::read(&repaired), page) {
        (Some(json), Ok(page)) => same(&page, &json, repaired == text),
        // Without a list, it takes paging, of which half a surrogate pair leaves nothing that is usable.
        (Some(json), Err(_)) if repaired != text && !matches!(json.members("data")[..], [Json::List(_)]) => {}
        (Some(json), Err(error)) => assert!(!is_page(&json), "a page is refused: {error}"),
        // It is nested deeper, or has larger numbers, than that parser accepts.
        (None, _) => {}
    }
});

/// Nothing that reads an accepted page may panic.
fn read_every_way(page: &Participants) {
    for participant in page {
        let _ = (
            participant.created_at_ms(),
            participant.updated_at_ms(),
            participant.created_at_time(),
            participant.updated_at_time(),
        );
        let _ = format!("{participant:?}");
    }
}

/// Whether this is what the API promises.
fn is_page(json: &Json) -> bool {
    // Only the id is sure. Of a field that is given more than once the last one counts.
    let is_participant = |element: &Json| {
        matches!(element, Json::Object(_))
            && !element.members("id").is_empty()
            && element.members("id").iter().all(|value| matches!(value, Json::Text(_)))
            && FIELDS
                .iter()
                .all(|key| element.members(key).iter().all(|value| matches!(value, Json::Null | Json::Text(_))))
    };
    let has_list = match json.members("data")[..] {
        [Json::List(list)] => list.iter().all(is_participant),
        [] | [Json::Null] => counts(json)[0] == 0 && says_a_total(json),
        _ => false,
    };
    has_list
        && json.members("paging").len() <= 1
        && matches!(json.members("success")[..], [] | [Json::Null] | [Json::Bool(true)])
}

/// Whether the total that [`counts`] gives was sent, and is not the 0 of an answer that has none.
fn says_a_total(json: &Json) -> bool {
    let paging = json.members("paging").first().copied();
    paging.is_some_and(|paging| matches!(paging.members("total_count")[..], [Json::Number(number)] if *number == 0.0))
}

fn same(page: &Participants, json: &Json, whole: bool) {
    assert!(is_page(json), "no page is accepted");
    let elements = match json.members("data")[..] {
        [Json::List(elements)] => elements.as_slice(),
        _ => &[],
    };
    assert_eq!(page.len(), elements.len());
    for (participant, element) in page.iter().zip(elements) {
        same_participant(participant, element);
    }
    let paging = [page.total_count(), page.start_offset(), page.end_offset()];
    // Of paging that holds half a surrogate pair, in whatever key, nothing is usable.
    assert!(paging == counts(json) || (!whole && paging == [0; 3]), "{paging:?}: {json:?}");

    let again = json::read(&json::without_halves(&page.to_json())).expect("JSON");
    let [Json::List(listed)] = again.members("data")[..] else { panic!("no list in {again:?}") };
    assert_eq!(listed.as_slice(), elements);
    assert_eq!(counts(&again), paging);
    assert_eq!(again.members("success")[..], [&Json::Bool(true)]);
}

fn same_participant(participant: &Participant, element: &Json) {
    let values = [
        Some(participant.id()),
        participant.custom_participant_id(),
        participant.preset_name(),
        participant.created_at(),
        participant.updated_at(),
        participant.name(),
        participant.picture(),
    ];
    for ((key, value), for_c) in FIELDS.iter().zip(values).zip(fuzzing::c_texts(participant)) {
        let sent = element.members(key).last().and_then(|value| value.text());
        assert_eq!(value, sent, "{key}");
        // A C string that ends where the value does, but for the NULs in it.
        let sent = sent.map(|sent| sent.replace('\0', "\u{FFFD}"));
        assert_eq!(for_c.map(|value| value.to_bytes()), sent.as_deref().map(str::as_bytes), "{key} for C");
    }
    assert_eq!(json::read(&json::without_halves(&participant.to_json())).as_ref(), Some(element));
}

/// The total, the start and the end that a page gives; 0 for what is no count.
fn counts(page: &Json) -> [u64; 3] {
    let keys = ["total_count", "start_offset", "end_offset"];
    let Some(paging) = page.members("paging").first().copied() else { return [0; 3] };
    if keys.iter().any(|key| paging.members(key).len() > 1) {
        return [0; 3];
    }
    keys.map(|key| match paging.members(key)[..] {
        [Json::Number(number)] if number.fract() == 0.0 && (0.0..=MAX_COUNT).contains(number) => *number as u64,
        _ => 0,
    })
}
