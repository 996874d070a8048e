//! From the bytes of an answer to a page.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::Error;
use crate::page::scan;
use crate::page::scan::{Found, Text};
use crate::page::{Page, Paging, Rows};

/// The largest count that a JSON number carries exactly.
const COUNT_MOST: f64 = 9_007_199_254_740_992.0;

/// That of UTF-8.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// How much of an answer that is not JSON a message shows.
const SHOWN: usize = 40;

/// The endpoint's answer. serde_json reads it so only to say what is wrong with one that [`scan`] makes nothing of.
#[derive(Deserialize)]
#[allow(dead_code, reason = "what counts is whether they can be read")]
struct Envelope<'a> {
    data: Option<Readable>,
    #[serde(borrow)]
    paging: Option<&'a RawValue>,
    success: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(expecting = "a participant")]
#[allow(dead_code, reason = "what counts is whether they can be read")]
struct Element<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    custom_participant_id: Option<Text<'a>>,
    #[serde(borrow)]
    preset_name: Option<Text<'a>>,
    #[serde(borrow)]
    created_at: Option<Text<'a>>,
    #[serde(borrow)]
    updated_at: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    picture: Option<Text<'a>>,
}

/// Elements that could be read, however many, in no memory.
struct Readable;

impl<'de> Deserialize<'de> for Readable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Readable)
    }
}

impl<'de> Visitor<'de> for Readable {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of participants")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self, A::Error> {
        while elements.next_element::<Element>()?.is_some() {}
        Ok(self)
    }
}

#[derive(Default, Deserialize)]
struct RawPaging<'a> {
    #[serde(borrow)]
    total_count: Option<&'a RawValue>,
    #[serde(borrow)]
    start_offset: Option<&'a RawValue>,
    #[serde(borrow)]
    end_offset: Option<&'a RawValue>,
}

/// Reads a page. The error says where the answer is not what the API promises; the body comes back with it.
pub(crate) fn page(body: Vec<u8>) -> Result<Page, (Error, Vec<u8>)> {
    let text = String::from_utf8(without_mark(body)).map_err(|e| {
        let (why, body) = (e.utf8_error(), e.into_bytes());
        let what = match body.starts_with(&[0x1f, 0x8b]) {
            true => "gzip, although the head does not say so".to_string(),
            false => format!("not UTF-8 at byte {}", why.valid_up_to()),
        };
        (Error::decode(what).with_source(why), body)
    })?;
    match scan::page(&text) {
        Ok(Found { rows, tail, paging }) => {
            let paging = paging.map(read_paging).unwrap_or_default();
            match rows {
                Some(rows) => finish(text, rows, &tail, paging),
                // Some services write an empty list as null.
                None if paging.total_count == Some(0) => finish(text, Rows::default(), &tail, paging),
                None => Err((no_list(paging.total_count), text.into_bytes())),
            }
        }
        Err(path) => Err((complaint(&text, &path), text.into_bytes())),
    }
}

/// The body without the byte order mark that some servers begin it with.
fn without_mark(mut body: Vec<u8>) -> Vec<u8> {
    if body.starts_with(BYTE_ORDER_MARK) {
        body.drain(..BYTE_ORDER_MARK.len());
    }
    body
}

/// Whether an answer with a 2xx status says that it is a failure all the same.
pub(crate) fn reports_failure(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Verdict {
        success: bool,
    }
    is_object(body) && read::<Verdict>(body).is_some_and(|verdict| !verdict.success)
}

/// Whether this JSON begins an object: serde would take a list of the members' values for one, too.
fn is_object(json: &[u8]) -> bool {
    json.trim_ascii_start().starts_with(b"{")
}

fn read<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    serde_json::from_slice(json).ok()
}

/// Puts the NULs in and the decoded values behind the text.
fn finish(text: String, rows: Rows, tail: &str, paging: Paging) -> Result<Page, (Error, Vec<u8>)> {
    let length = text.len();
    let mut bytes = text.into_bytes();
    for value in rows.values() {
        // A value in the JSON ends at its closing quote; those of the tail have their NUL.
        if let Some(quote) = bytes.get_mut(..length).and_then(|json| json.get_mut(value.end as usize)) {
            *quote = 0;
        }
    }
    bytes.extend_from_slice(tail.as_bytes());
    let text = String::from_utf8(bytes).map_err(|e| (Error::internal(e.utf8_error()), e.into_bytes()))?;
    Ok(Page { text, rows, paging })
}

fn read_paging(json: &str) -> Paging {
    let raw: RawPaging =
        is_object(json.as_bytes()).then(|| serde_json::from_str(json).ok()).flatten().unwrap_or_default();
    Paging {
        total_count: count(raw.total_count),
        start_offset: count(raw.start_offset),
        end_offset: count(raw.end_offset),
    }
}

/// A whole number that is usable as a count. The schema says float, so `30.0` is one.
fn count(raw: Option<&RawValue>) -> Option<u64> {
    let number: f64 = raw?.get().parse().ok()?;
    (number.fract() == 0.0 && (0.0..=COUNT_MOST).contains(&number)).then_some(number as u64)
}

#[cold]
fn no_list(total_count: Option<u64>) -> Error {
    match total_count {
        Some(total) => Error::decode(format_args!("`data` is missing or null, although `total_count` is {total}")),
        None => Error::decode("`data` is missing or null"),
    }
}

/// Says what is wrong with a text that could not be read, by having serde_json read it once more.
#[cold]
fn complaint(text: &str, path: &str) -> Error {
    if !text.trim_start().starts_with('{') {
        let shown: String = text.trim_start().chars().take(SHOWN).collect();
        return Error::decode(match shown.as_str() {
            "" => "an empty body".to_string(),
            _ => format!("no JSON object; it begins with {shown:?}"),
        });
    }
    let at = if path.is_empty() { String::new() } else { format!("{path}: ") };
    match serde_json::from_str::<Envelope>(text) {
        Err(e) => Error::decode(format_args!("{at}{e}")).with_source(e),
        // Read as bytes, a string may hold control characters; in JSON it may not.
        Ok(_) => match serde_json::from_str::<&RawValue>(text) {
            Err(e) => Error::decode(format_args!("{at}{e}")).with_source(e),
            Ok(_) => Error::decode(format_args!("{at}`success` is not true")),
        },
    }
}
