//! Participants and pages have the values that the service sent.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use participants::{ErrorKind, PageRequest, Participant, Participants};
use serde_json::{Value, json};
use testkit::server::{Response, Server};
use testkit::{NO_PARAMETERS, client, meeting};

/// The page of this response.
fn page(body: impl AsRef<[u8]>) -> Participants {
    let server = Server::in_turn([Response::json(body)]);
    let client = client(&server.url()).build().expect("good settings");
    client.get_participants_page(&meeting(), PageRequest::default()).expect("a page")
}

/// A page with these elements.
fn page_with(elements: &[&str]) -> Participants {
    page(format!(r#"{{"data":[{}],"paging":{{"total_count":{}}},"success":true}}"#, elements.join(","), elements.len()))
}

/// A participant with these members and an id.
fn participant(members: &str) -> Participant {
    page_with(&[&element(members)]).get(0).expect("a participant").clone()
}

/// An element with these members, and the usual ones that they leave out.
fn element(members: &str) -> String {
    let must = [("custom_participant_id", "c"), ("preset_name", "p"), ("created_at", "x"), ("updated_at", "y")];
    let rest = must
        .iter()
        .filter(|(name, _)| !members.contains(&format!("\"{name}\":")))
        .map(|(name, v)| format!(r#","{name}":"{v}""#));
    format!(r#"{{"id":"i",{members}{}}}"#, rest.collect::<String>())
}

/// The example in the documentation of the endpoint.
const DOCUMENTED: &str = r#"{
    "data": [{
      "id": "0dd2c8c9-0bd2-4a1f-a3a9-2ea0bde1f2b1",
      "created_at": "2019-12-27T18:11:19.117Z",
      "custom_participant_id": "user-17",
      "preset_name": "group_call_host",
      "updated_at": "2019-12-28T01:02:03Z",
      "name": "Mary Sue",
      "picture": "https://i.imgur.com/test.jpg"
    }],
    "paging": {"end_offset": 30, "start_offset": 1, "total_count": 31.0},
    "success": true
  }"#;

#[test]
fn every_field_has_its_accessor() {
    let page = page(DOCUMENTED);
    let participant = page.get(0).expect("a participant");
    assert_eq!(participant.id(), "0dd2c8c9-0bd2-4a1f-a3a9-2ea0bde1f2b1");
    assert_eq!(participant.custom_participant_id(), Some("user-17"));
    assert_eq!(participant.preset_name(), Some("group_call_host"));
    assert_eq!(participant.name(), Some("Mary Sue"));
    assert_eq!(participant.picture(), Some("https://i.imgur.com/test.jpg"));
    assert_eq!(participant.created_at(), Some("2019-12-27T18:11:19.117Z"));
    assert_eq!(participant.updated_at(), Some("2019-12-28T01:02:03Z"));
    assert_eq!(participant.created_at_ms(), Some(1_577_470_279_117));
    assert_eq!(participant.updated_at_ms(), Some(1_577_494_923_000));
    assert_eq!(participant.created_at_time(), Some(UNIX_EPOCH + Duration::from_millis(1_577_470_279_117)));
    assert_eq!(participant.updated_at_time(), Some(UNIX_EPOCH + Duration::from_secs(1_577_494_923)));
}

#[test]
fn page_returns_its_paging() {
    let page = page(DOCUMENTED);
    assert_eq!((page.total_count(), page.start_offset(), page.end_offset()), (31, 1, 30));
    assert_eq!((page.len(), page.is_empty(), page.is_complete()), (1, false, false));
    assert!(page.get(1).is_none());
}

#[test]
fn page_with_the_whole_list_is_complete() {
    assert!(page_with(&[&element(r#""name":"only""#)]).is_complete());
    let empty = page(r#"{"data":[],"paging":{"total_count":0,"start_offset":1,"end_offset":0},"success":true}"#);
    assert_eq!((empty.len(), empty.is_empty(), empty.is_complete()), (0, true, true));
    let repeated = element(r#""name":"only""#);
    assert!(!page_with(&[&repeated, &repeated]).is_complete(), "one participant twice is not two");
}

#[test]
fn page_keeps_duplicates_in_order() {
    let rows = ["b", "a", "b"].map(|id| element("\"name\":null").replacen("\"i\"", &format!("\"{id}\""), 1));
    let page = page_with(&[&rows[0], &rows[1], &rows[2]]);
    assert_eq!(page.iter().map(Participant::id).collect::<Vec<_>>(), ["b", "a", "b"]);
}

#[test]
fn unusable_paging_reads_as_zero() {
    for paging in [
        "null",
        "{}",
        "[]",
        "7",
        r#"{"total_count":null,"start_offset":null}"#,
        r#"{"total_count":-1,"start_offset":-1,"end_offset":-1}"#,
        r#"{"total_count":1e300,"start_offset":1.5,"end_offset":"3"}"#,
        r#"{"total_count":{},"start_offset":[],"end_offset":true}"#,
    ] {
        let page = page(format!(r#"{{"data":[{}],"paging":{paging},"success":true}}"#, element("\"name\":null")));
        assert_eq!((page.len(), page.total_count(), page.start_offset(), page.end_offset()), (1, 0, 0, 0), "{paging}");
        assert!(!page.is_complete(), "{paging}");
    }
    let page = page(format!(r#"{{"data":[{}]}}"#, element("\"name\":null")));
    assert_eq!((page.len(), page.total_count(), page.is_complete()), (1, 0, false));
}

#[test]
fn counts_may_be_floats() {
    let page = page(r#"{"data":[],"paging":{"total_count":3.0,"start_offset":4e0,"end_offset":3.00},"success":true}"#);
    assert_eq!((page.total_count(), page.start_offset(), page.end_offset()), (3, 4, 3));
}

/// Every field but the id.
fn optional(p: &Participant) -> [Option<&str>; 6] {
    [p.custom_participant_id(), p.preset_name(), p.created_at(), p.updated_at(), p.name(), p.picture()]
}

#[test]
fn every_field_but_the_id_may_be_missing_or_null() {
    const FIELDS: [&str; 6] = ["custom_participant_id", "preset_name", "created_at", "updated_at", "name", "picture"];
    let object = |members: &[String]| format!("{{{}}}", members.join(","));
    let id = || r#""id":"i""#.to_string();
    let nulls = FIELDS.map(|field| format!(r#""{field}":null"#));
    let texts = FIELDS.map(|field| format!(r#""{field}":"{field}""#));
    let mut elements = vec![(object(&[id()]), [None; 6]), (object(&[&[id()][..], &nulls].concat()), [None; 6])];
    for odd in 0..FIELDS.len() {
        let read: [Option<&str>; 6] = std::array::from_fn(|field| (field != odd).then_some(FIELDS[field]));
        let mut without = texts.to_vec();
        without[odd] = id();
        elements.push((object(&without), read));
        let mut with_null = [&[id()][..], &texts].concat();
        with_null[odd + 1] = nulls[odd].clone();
        elements.push((object(&with_null), read));
        elements.push((
            object(&[id(), texts[odd].clone()]),
            std::array::from_fn(|field| (field == odd).then_some(FIELDS[field])),
        ));
    }
    let all = [&[id()][..], &texts].concat();
    elements.push((object(&all), FIELDS.map(Some)));
    // In every order, since the parser expects the shape of the participant before.
    let pairs: Vec<_> =
        elements.iter().flat_map(|first| elements.iter().flat_map(move |second| [first, second])).collect();
    let page = page_with(&pairs.iter().map(|(json, _)| json.as_str()).collect::<Vec<_>>());
    assert_eq!(page.len(), pairs.len());
    for (participant, (json, read)) in page.iter().zip(pairs) {
        assert_eq!((participant.id(), optional(participant)), ("i", *read), "{json}");
        assert_eq!(&participant.to_json(), json, "as sent");
        let dates = (
            participant.created_at_time(),
            participant.updated_at_time(),
            participant.created_at_ms(),
            participant.updated_at_ms(),
        );
        assert_eq!(dates, (None, None, None, None), "{json}");
    }
}

#[test]
fn duplicate_field_has_its_last_value() {
    let page = page_with(&[
        r#"{"id":"a","name":"first","id":"b","name":null}"#,
        r#"{"id":"a","name":null,"id":"c","name":"last"}"#,
    ]);
    let read: Vec<_> = page.iter().map(|p| (p.id(), p.name())).collect();
    assert_eq!(read, [("b", None), ("c", Some("last"))]);
    assert!(page.to_json().contains(r#"{"id":"a","name":"first","id":"b","name":null}"#), "{}", page.to_json());
}

#[test]
fn null_data_is_an_empty_list_when_the_total_is_zero() {
    for body in [
        r#"{"data":null,"paging":{"total_count":0},"success":true}"#,
        r#"{"success":true,"paging":{"total_count":0.0,"start_offset":null},"data" : null}"#,
        r#"{"paging":{"total_count":0}}"#,
        r#"{"data":[],"paging":{"total_count":0},"success":null}"#,
    ] {
        let page = page(body);
        assert_eq!((page.len(), page.total_count(), page.is_complete()), (0, 0, true), "{body}");
        assert!(page.to_json().starts_with(r#"{"data":[],"paging":{"total_count":0,"#), "{}", page.to_json());
        let server = Server::always(Response::json(body));
        let client = server.client();
        let everyone = client.get_participants(&meeting()).expect(body);
        assert_eq!((everyone.len(), everyone.is_complete()), (0, true), "{body}");
        let mut iterator = client.iter_participants(&meeting());
        assert!(iterator.next().is_none() && iterator.is_complete(), "{body}");
    }
}

#[test]
fn null_data_is_a_decode_error_when_the_total_is_not_zero() {
    for (paging, problem) in [
        (r#"{"total_count":3}"#, "`data` is missing or null, although `total_count` is 3"),
        (r#"{"total_count":null}"#, "`data` is missing or null"),
        ("null", "`data` is missing or null"),
    ] {
        let server = Server::always(Response::json(format!(r#"{{"data":null,"paging":{paging},"success":true}}"#)));
        let error = server.client().get_participants(&meeting()).expect_err(paging);
        assert_eq!(error.status(), ErrorKind::Decode);
        assert!(error.to_string().contains(problem), "{error}");
    }
}

#[test]
fn known_field_of_another_type_is_a_decode_error() {
    for field in ["id", "custom_participant_id", "preset_name", "created_at", "updated_at", "name", "picture"] {
        for value in ["7", "true", "{}", "[]", "[null]"] {
            let server = Server::always(Response::json(format!(
                r#"{{"data":[{{"id":"i","{field}":{value}}}],"success":true}}"#
            )));
            let error = server.client().get_participants_page(&meeting(), PageRequest::default()).expect_err(value);
            assert_eq!(error.status(), ErrorKind::Decode, "{field}: {value}");
            assert!(error.to_string().contains(&format!("data[0].{field}")), "{error}");
        }
    }
}

#[test]
fn name_and_picture_may_be_missing_null_or_empty() {
    let missing = participant(r#""extra":0"#);
    assert_eq!((missing.name(), missing.picture()), (None, None));
    let null = participant(r#""name":null,"picture":null"#);
    assert_eq!((null.name(), null.picture()), (None, None));
    let empty = participant(r#""name":"","picture":"""#);
    assert_eq!((empty.name(), empty.picture()), (Some(""), Some("")));
}

#[test]
fn escapes_are_decoded_and_any_script_is_kept() {
    for (written, read) in [
        (r#""Zoë \"Z\" O\\Neil\n\t\/""#, "Zoë \"Z\" O\\Neil\n\t/"),
        (r#""caf\u00e9""#, "café"),
        (r#""\ud83d\ude42!""#, "🙂!"),
        (r#""שלום 山田 🙂""#, "שלום 山田 🙂"),
        ("\"\u{2028}\u{FEFF}\u{7f}\"", "\u{2028}\u{FEFF}\u{7f}"),
        (r#""\\\"""#, "\\\""),
    ] {
        let participant = participant(&format!(r#""name":{written},"picture":{written}"#));
        assert_eq!((participant.name(), participant.picture()), (Some(read), Some(read)), "{written}");
    }
}

#[test]
fn every_field_may_contain_escapes() {
    let page = page_with(&[concat!(
        r#"{"\u0069d":"\u0031","custom_participant_id":"\u0032","preset_name":"\u0033","created_at":"2020-01-01T00:00:00\u005a","#,
        r#""updated_at":"\u0034","name":"\u0035","picture":"\u0036"}"#
    )]);
    let p = page.get(0).expect("a participant");
    assert_eq!(
        [Some(p.id()), p.custom_participant_id(), p.preset_name(), p.created_at(), p.updated_at()],
        ["1", "2", "3", "2020-01-01T00:00:00Z", "4"].map(Some)
    );
    assert_eq!((p.name(), p.picture(), p.created_at_ms()), (Some("5"), Some("6"), Some(1_577_836_800_000)));
}

#[test]
fn lone_surrogate_does_not_fail_the_list() {
    for (written, read) in [
        (r#""\ud83d""#, "\u{FFFD}"),
        (r#""cut \ud83d off""#, "cut \u{FFFD} off"),
        (r#""\ude42x""#, "\u{FFFD}x"),
        (r#""\ude42\ud83d""#, "\u{FFFD}\u{FFFD}"),
        (r#""\ude42\ude42""#, "\u{FFFD}\u{FFFD}"),
        (r#""\ud83d\ud83d\ude42""#, "\u{FFFD}🙂"),
        (r#""\ud83d\n""#, "\u{FFFD}\n"),
    ] {
        let page = page_with(&[&element(&format!(r#""name":{written}"#)), &element(r#""name":"next""#)]);
        assert_eq!(page.iter().map(Participant::name).collect::<Vec<_>>(), [Some(read), Some("next")], "{written}");
        assert!(page.to_json().contains(written), "kept as it was sent");
    }
}

#[test]
fn nul_in_a_name_is_kept() {
    let participant = participant(r#""name":"a\u0000b\u0000""#);
    assert_eq!(participant.name(), Some("a\0b\0"));
    assert!(participant.to_json().contains(r#""name":"a\u0000b\u0000""#));
    assert!(!participant.to_json().contains('\0'));
}

#[test]
fn dates_are_parsed_with_any_offset_and_precision() {
    for (written, ms) in [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-03-01T09:00:00Z", 1_772_355_600_000),
        ("2026-03-01T11:30:00+02:30", 1_772_355_600_000),
        ("2026-03-01T01:00:00.000-08:00", 1_772_355_600_000),
        ("2026-03-01T09:00:00.1Z", 1_772_355_600_100),
        ("2026-03-01T09:00:00.123456789Z", 1_772_355_600_123),
        ("2026-03-01t09:00:00z", 1_772_355_600_000),
        ("1969-12-31T23:59:59Z", -1_000),
    ] {
        let participant = participant(&format!(r#""created_at":"{written}","updated_at":"{written}""#));
        assert_eq!((participant.created_at(), participant.updated_at()), (Some(written), Some(written)));
        assert_eq!((participant.created_at_ms(), participant.updated_at_ms()), (Some(ms), Some(ms)), "{written}");
    }
}

/// Whether this is the time so many nanoseconds after the Unix epoch. The clock of Windows begins in 1601, and counts
/// steps of 100 ns.
fn is_same_time(time: Option<SystemTime>, nanoseconds: i128) -> bool {
    let distance = nanoseconds.unsigned_abs();
    let distance = Duration::new((distance / 1_000_000_000) as u64, (distance % 1_000_000_000) as u32);
    let expected = match nanoseconds < 0 {
        true => UNIX_EPOCH.checked_sub(distance),
        false => UNIX_EPOCH.checked_add(distance),
    };
    let step = Duration::from_nanos(if cfg!(windows) { 100 } else { 0 });
    match (time, expected) {
        (Some(time), Some(expected)) => {
            time.duration_since(expected).unwrap_or_else(|earlier| earlier.duration()) <= step
        }
        (time, expected) => cfg!(windows) && time == expected,
    }
}

#[test]
fn dates_agree_with_jiff() {
    let mut dates =
        vec!["0000-01-01T00:00:00Z".to_string(), "2000-02-29T23:59:60Z".into(), "9999-12-30T00:00:00.999Z".into()];
    for step in 0..3_000 {
        // Days spread over all years, with leap years and the ends of months.
        let (year, month, day) = (step * 7919 % 9999 + 1, step % 12 + 1, step * 31 % 31 + 1 + step % 3 * 13);
        let (hour, minute, second) = (step % 24, step * 7 % 60, step * 11 % 60);
        let offset = ["Z", "+00:00", "-00:00", "+05:30", "-11:45", "+23:59"][step % 6];
        let fraction = ["", ".1", ".25", ".999999999", ".000000001", ".123456"][step % 5];
        dates.push(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{offset}"));
    }
    let elements: Vec<String> = dates.iter().map(|date| element(&format!(r#""created_at":"{date}""#))).collect();
    let page = page_with(&elements.iter().map(String::as_str).collect::<Vec<_>>());
    let mut compared = 0;
    for (participant, date) in page.iter().zip(&dates) {
        // The range of jiff ends a day before the end of the year 9999, and begins accordingly.
        let Ok(timestamp) = date.parse::<jiff::Timestamp>() else {
            assert!(
                participant.created_at_ms().is_none() || date.starts_with("9999") || date.starts_with("0000"),
                "{date}"
            );
            continue;
        };
        assert_eq!(participant.created_at_ms(), Some(timestamp.as_nanosecond().div_euclid(1_000_000) as i64), "{date}");
        let nanoseconds = timestamp.as_nanosecond();
        assert!(is_same_time(participant.created_at_time(), nanoseconds), "{date}");
        compared += 1;
    }
    assert!(compared > 2_000, "{compared}");
    // The last moment that RFC 3339 can write.
    assert_eq!(participant(r#""created_at":"9999-12-31T23:59:59Z""#).created_at_ms(), Some(253_402_300_799_000));
}

#[test]
fn invalid_date_does_not_fail_the_list() {
    let odd = [
        "2026-03-01T09:00:00+2",
        "2026-03-01T09:00:00.Z",
        "2026-3-01T09:00:00Z",
        "2026-03-01T24:00:00Z",
        "+2026-03-01T09:00:00Z",
    ];
    let odd = odd.into_iter().chain([
        "2026-03-01T09:00:00+24:00",
        "2026-03-01T09:00:00Z[UTC]",
        "２026-03-01T09:00:00Z",
        "2026-00-01T09:00:00Z",
    ]);
    for written in odd.chain([
        "",
        "yesterday",
        "2026-02-30T00:00:00Z",
        "2026-03-01",
        "2026-03-01T09:00:00",
        "1772355600",
        "99999-01-01T00:00:00Z",
    ]) {
        let page = page_with(&[
            &element(&format!(r#""created_at":"{written}""#)),
            &element(r#""created_at":"2026-03-01T09:00:00Z""#),
        ]);
        let (odd, next) = (page.get(0).expect("the first"), page.get(1).expect("the second"));
        assert_eq!((odd.created_at(), odd.created_at_ms(), odd.created_at_time()), (Some(written), None, None));
        assert!(next.created_at_ms().is_some());
    }
}

#[test]
fn json_keeps_every_element_byte_for_byte() {
    let odd = r#"{ "id":"1",  "created_at" : "x","updated_at":"","custom_participant_id":"c","preset_name":"\u0070",
        "new_field": {"deep": [1.50, -0, 1e2, {"id":"inner","name":"\u00e9"}], "huge": 123456789012345678901234567890},"name":"\"","picture":null }"#;
    let plain = element(r#""name":"Zoë","flags":[true,false,null]"#);
    let page = page(format!(
        "{{\"success\" : true, \"extra\":1, \"data\":[\n{odd} ,\t{plain}], \"paging\":{{\"total_count\":9,\"start_offset\":4,\"end_offset\":5}} }}\n"
    ));
    assert_eq!(page.get(0).expect("the first").to_json(), odd);
    assert_eq!(page.get(1).expect("the second").to_json(), plain);
    let envelope = r#""paging":{"total_count":9,"start_offset":4,"end_offset":5},"success":true"#;
    assert_eq!(page.to_json(), format!("{{\"data\":[{odd} ,\t{plain}],{envelope}}}"));
}

#[test]
fn values_of_any_length_are_found_at_any_position() {
    for last in ["", "é", "\u{7f}", "🙂", "\"", "\\", "\t", "\u{1}", "/"] {
        let values: Vec<String> =
            (0..40).chain(65_530..65_540).chain([100_000]).map(|length| "x".repeat(length) + last + "yz").collect();
        let written = values.iter().map(|value| serde_json::to_string(value).expect("JSON"));
        let elements: Vec<String> = written.map(|value| element(&format!(r#""name":{value},"picture":"p""#))).collect();
        let page = page_with(&elements.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(page.iter().map(|p| p.name().expect("a name")).eq(&values), "{last:?}");
        assert!(page.iter().all(|p| p.picture() == Some("p")), "{last:?}");
    }
    for ahead in (32_700..32_770).chain([30_000, 70_000]) {
        let filler = "-".repeat(ahead);
        let odd = format!(r#"{{"filler":"{filler}",{}"#, &element(r#""name":"n\u00e9""#)[1..]);
        let page = page_with(&[&odd, &element(r#""name":"next""#), &odd]);
        assert_eq!(
            page.iter().map(|p| (p.id(), p.name())).collect::<Vec<_>>(),
            [("i", Some("né")), ("i", Some("next")), ("i", Some("né"))]
        );
        assert!(page.iter().all(|p| p.updated_at() == Some("y")));
        assert_eq!(page.get(2).expect("the last").to_json(), odd);
    }
}

#[test]
fn participants_of_different_shapes_are_parsed() {
    let rest = r#""preset_name":"p","created_at":"x","updated_at":"y""#;
    // Each with the expected name and picture.
    let shapes: [(String, Option<&str>, Option<&str>); 13] = [
        (format!(r#"{{"id":"@","custom_participant_id":"c","name":"n","picture":"q",{rest}}}"#), Some("n"), Some("q")),
        (
            format!(r#"{{"id":"@","custom_participant_id":"c","name":"longer name","picture":"q",{rest}}}"#),
            Some("longer name"),
            Some("q"),
        ),
        (format!(r#"{{"id":"@","custom_participant_id":"c","name":null,"picture":"q",{rest}}}"#), None, Some("q")),
        (format!(r#"{{"id":"@","custom_participant_id":"c","name":null,"picture":null,{rest}}}"#), None, None),
        (
            format!(r#"{{"id":"@","custom_participant_id":"c","name":"null","picture":"","q":null,{rest}}}"#),
            Some("null"),
            Some(""),
        ),
        (
            format!(r#"{{"id":"@","custom_participant_id":"c","name":"\u006e\"","picture":"q",{rest}}}"#),
            Some("n\""),
            Some("q"),
        ),
        (
            format!(r#"{{"id":"@","custom_participant_id":"c","name":"n","picture":"q","age":1,{rest}}}"#),
            Some("n"),
            Some("q"),
        ),
        (
            format!(r#"{{"id":"@","custom_participant_id":"c","name":"n","picture":"q","age":23,{rest}}}"#),
            Some("n"),
            Some("q"),
        ),
        (format!(r#"{{"id":"@","custom_participant_id":"c","picture":"q","name":"n",{rest}}}"#), Some("n"), Some("q")),
        (format!(r#"{{"id":"@","custom_participant_id":"c",{rest}}}"#), None, None),
        (format!(r#"{{"name":"n","id":"@","custom_participant_id":"c",{rest}}}"#), Some("n"), None),
        (format!(r#"{{"id": "@", "custom_participant_id":"c",{rest} }}"#), None, None),
        (format!(r#"{{"id":"@","custom_participant_id":"c",{rest},"more":{{"id":"@","name":"other"}}}}"#), None, None),
    ];
    let pairs = || shapes.iter().flat_map(|first| shapes.iter().flat_map(move |second| [first, second]));
    let elements: Vec<String> = pairs().enumerate().map(|(i, (json, ..))| json.replace('@', &i.to_string())).collect();
    let page = page_with(&elements.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(page.len(), 2 * shapes.len() * shapes.len());
    for (i, (participant, (_, name, picture))) in page.iter().zip(pairs()).enumerate() {
        assert_eq!(
            (participant.id(), participant.name(), participant.picture()),
            (i.to_string().as_str(), *name, *picture)
        );
        let rest = (
            participant.custom_participant_id(),
            participant.preset_name(),
            participant.created_at(),
            participant.updated_at(),
        );
        assert_eq!(rest, (Some("c"), Some("p"), Some("x"), Some("y")));
        assert_eq!(participant.to_json(), elements[i]);
    }
}

#[test]
fn error_in_a_later_participant_is_found() {
    let right = element(r#""name":"n","picture":"q""#);
    let cases = [
        (right.replace(r#""i""#, "null"), "data[2].id"),
        (right.replace(r#""y""#, "7"), "data[2].updated_at"),
        (right.replace(r#""q""#, "7"), "data[2].picture"),
        (right.replace(r#""q""#, "nulls"), "data[2].picture"),
        (right.replace(r#""n""#, "\"n\u{1}\""), "data[2].name"),
        (right.replace(r#""n""#, r#""\x""#), "data[2].name"),
        (right.replace('}', ""), "data[2]"),
    ];
    for (wrong, place) in cases {
        let server = Server::always(Response::json(format!(r#"{{"data":[{right},{right},{wrong}],"success":true}}"#)));
        let error = server.client().get_participants_page(&meeting(), PageRequest::default()).expect_err(&wrong);
        assert_eq!(error.status(), ErrorKind::Decode, "{wrong}");
        assert!(error.to_string().contains(place), "{wrong}: {error}");
    }
}

/// Values of a member that this library does not know.
fn values() -> impl Iterator<Item = &'static str> + Clone {
    const VALUES: &str = r#"0 1 12 1.5 1e3 1E-3 1e+30 -1 -0.0 null true false [] [1] [1,[2]] {} {"a":1} {"a":{"b":[{}]}}
        "" "a" "ab" "a\"" "a\\" "a\ud83d""#;
    VALUES.split_ascii_whitespace()
}

#[test]
fn unknown_members_are_skipped_whatever_came_before() {
    let shapes: [fn(&str) -> String; 3] = [
        |value| format!(r#"{{"id":"i","unknown":{value},"name":"n"}}"#),
        |value| format!(r#"{{"id":"i","name":"n","unknown":{value}}}"#),
        |value| format!(r#"{{"unknown":{value} ,"id":"i","name":"n"}}"#),
    ];
    for shape in shapes {
        let pairs = values().flat_map(|first| values().flat_map(move |second| [first, second]));
        let elements: Vec<String> = pairs.map(shape).collect();
        let page = page_with(&elements.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(page.iter().map(Participant::to_json).collect::<Vec<_>>(), elements);
        assert!(page.iter().all(|participant| (participant.id(), participant.name()) == ("i", Some("n"))));
    }
}

#[test]
fn keys_of_any_length_are_read_again_in_the_next_participant() {
    for length in 0..50 {
        let key = "k".repeat(length);
        let elements = ["1", "22", r#""text""#].map(|value| format!(r#"{{"id":"i","{key}":{value},"name":"n"}}"#));
        let page = page_with(&[&elements[0], &elements[1], &elements[2]]);
        assert_eq!(page.iter().map(Participant::to_json).collect::<Vec<_>>(), elements);
        assert!(page.iter().all(|participant| participant.name() == Some("n")), "{length}");
    }
}

#[test]
fn value_that_is_not_json_is_a_decode_error() {
    const WRONG: &str = r#"nul nulls truee False NaN - +1 01 -01 1. .5 1e 1e+ 0x1 'a' "a "\x" "\u12" "\u12g4" "\U0041"
        [ [1 [1,] [,1] [1} { {"a"} {"a":} {"a":1,} {"a":1 {"a":1] {"a"1} {a:1} {1:1} {}} ]"#;
    let blanks = ["", "1 2", "[1 2]", "\"\t\"", "\u{a0}1", "1\u{feff}", "\u{b}1", "\u{c}1", "//\n1", "\0", "1\0"];
    for wrong in WRONG.split_ascii_whitespace().chain(blanks) {
        for before in values() {
            let body = format!(
                r#"{{"data":[{{"id":"a","unknown":{before}}},{{"id":"b","unknown":{wrong}}}],"success":true}}"#
            );
            let server = Server::always(Response::json(&body));
            let error = server.client().get_participants_page(&meeting(), PageRequest::default()).expect_err(&body);
            assert_eq!(error.status(), ErrorKind::Decode, "{body}");
            assert!(error.to_string().contains(": data[1]"), "{body}: {error}");
        }
    }
}

#[test]
fn page_cut_at_any_byte_is_a_decode_error() {
    // The last key is within the last bytes of the page.
    let whole =
        r#"{"paging":{"total_count":2},"data":[{"id":"a","x":1,"name":"\u00e9"},{"id":"b","x":1,"name":null}]}"#;
    let read = page(whole);
    assert_eq!(read.iter().map(|p| (p.id(), p.name())).collect::<Vec<_>>(), [("a", Some("é")), ("b", None)]);
    for end in 0..whole.len() {
        let server = Server::always(Response::json(&whole[..end]));
        let error = server.client().get_participants_page(&meeting(), PageRequest::default()).expect_err("cut");
        assert_eq!(error.status(), ErrorKind::Decode, "{end}: {error}");
    }
}

#[test]
fn keys_of_the_page_may_contain_escapes() {
    let page =
        page(r#"{"\u0064ata":[{"id":"i"}],"p\u0061ging":{"total_count":1},"success\u0000":false,"\ud83d":false}"#);
    assert_eq!((page.len(), page.total_count(), page.is_complete()), (1, 1, true));
    let server = Server::always(Response::json(r#"{"data":[{"id":"i"}],"d\u0061ta":[{"id":"i"}]}"#));
    let error = server.client().get_participants_page(&meeting(), PageRequest::default()).expect_err("two lists");
    assert!(error.to_string().contains("duplicate field `data`"), "{error}");
}

#[test]
fn control_character_in_a_value_is_a_decode_error() {
    for control in '\0'..' ' {
        let ends = [r#"""#, "null"].into_iter().flat_map(|after| ["", "text", r"\n"].map(|before| (before, after)));
        for (before, after) in ends {
            for key in ["id", "name", "picture", "unknown"] {
                let body = format!(r#"{{"data":[{{"id":"i","{key}":"{before}{control}{after}}}],"success":true}}"#);
                let server = Server::always(Response::json(&body));
                let error = server.client().get_participants_page(&meeting(), PageRequest::default()).expect_err(&body);
                assert_eq!(error.status(), ErrorKind::Decode, "{body:?}");
                assert!(error.to_string().contains(&format!("data[0].{key}: ")), "{body:?}: {error}");
            }
        }
    }
}

#[test]
fn nested_fields_are_not_taken_for_the_participants_fields() {
    let inner = r#""meta":{"id":"inner","name":["]","}",{"picture":"inner"}],"text":"\"},{\"id\":\"x\"","data":[]}"#;
    for members in [format!(r#"{inner},"name":"own""#), format!(r#""name":"own",{inner}"#)] {
        let page = page_with(&[&element(&members), &element(r#""name":"next""#)]);
        let own = page.get(0).expect("the first");
        assert_eq!((page.len(), own.id(), own.name(), own.picture()), (2, "i", Some("own"), None));
    }
}

#[test]
fn json_of_everyone_is_one_envelope() {
    let server = Server::start(|request| {
        let number = request.page_no().expect("a page number") as usize;
        let rows = [0, 1].map(|i| testkit::service::participant(2 * number + i - 2));
        Response::json(testkit::page_of(&rows, 6, 2 * number - 1))
    });
    let everyone =
        client(&server.url()).build().expect("good settings").get_participants(&meeting()).expect("everyone");
    let value: Value = serde_json::from_str(&everyone.to_json()).expect("JSON");
    let data: Vec<Value> =
        (0..6).map(|i| serde_json::from_str(&testkit::service::participant(i)).expect("JSON")).collect();
    assert_eq!(
        value,
        json!({"data": data, "paging": {"total_count": 6, "start_offset": 1, "end_offset": 6}, "success": true})
    );
}

#[test]
fn empty_page_is_an_empty_envelope() {
    let page = page(r#"{"data":[],"success":true}"#);
    assert_eq!(
        page.to_json(),
        r#"{"data":[],"paging":{"total_count":0,"start_offset":0,"end_offset":0},"success":true}"#
    );
}

#[test]
fn pages_and_participants_outlive_the_client_and_are_send() {
    let page = page(DOCUMENTED);
    let kept: Vec<Participant> = page.clone().into_iter().collect();
    let read = std::thread::spawn(move || kept.iter().map(|p| p.id().to_string()).collect::<Vec<_>>())
        .join()
        .expect("no panic");
    assert_eq!(read, [page.get(0).expect("a participant").id()]);
    let mut by_reference = 0;
    for participant in &page {
        by_reference += participant.id().len();
    }
    assert_eq!(by_reference, 36);
}

#[test]
fn participants_with_the_same_json_are_equal() {
    let (one, same, other) = (participant(r#""name":"a""#), participant(r#""name":"a""#), participant(r#""name":"b""#));
    assert_eq!(one, same);
    assert_ne!(one, other);
}

#[test]
fn debug_output_shows_the_fields() {
    let page = page(DOCUMENTED);
    let shown = format!("{page:?}");
    for part in [
        "total_count: 31",
        "is_complete: false",
        "name: Some(\"Mary Sue\")",
        "created_at: Some(\"2019-12-27T18:11:19.117Z\")",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}

#[test]
fn default_page_request_has_no_parameters() {
    assert_eq!(PageRequest::default(), NO_PARAMETERS);
}
