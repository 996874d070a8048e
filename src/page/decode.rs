//! From the bytes of a response to a page, or an error that explains why it is not one.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::scan::ScannedPage;
use super::text::PageText;
use super::{Field, Page, Paging, scan};
use crate::Error;
use crate::error::BYTE_ORDER_MARK;

/// The largest count that a JSON number can hold exactly.
const MAX_COUNT: f64 = 9_007_199_254_740_992.0;

/// How many characters of a response that is not JSON a message shows.
const SHOWN: usize = 40;

/// The endpoint's response. serde_json reads it only to explain why [`scan`] did not accept it.
#[derive(Deserialize)]
#[allow(dead_code, reason = "it matters only whether they can be read")]
struct Envelope<'a> {
    data: Option<ReadableList>,
    #[serde(borrow)]
    paging: Option<&'a RawValue>,
    success: Option<&'a RawValue>,
}

/// A list of participants that can be read, without the memory to hold it.
struct ReadableList;

impl<'de> Deserialize<'de> for ReadableList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ReadableList)
    }
}

impl<'de> Visitor<'de> for ReadableList {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of participants")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self, A::Error> {
        while elements.next_element::<ReadableParticipant>()?.is_some() {}
        Ok(self)
    }
}

/// A participant that can be read.
struct ReadableParticipant;

impl<'de> Deserialize<'de> for ReadableParticipant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReadableParticipant)
    }
}

impl<'de> Visitor<'de> for ReadableParticipant {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a participant")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut has_id = false;
        while let Some(key) = members.next_key::<String>()? {
            match Field::of_key(key.as_bytes()) {
                Some(Field::Id) => {
                    members.next_value::<ReadableText>()?;
                    has_id = true;
                }
                Some(_) => {
                    members.next_value::<Option<ReadableText>>()?;
                }
                None => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        if has_id { Ok(self) } else { Err(A::Error::missing_field("id")) }
    }
}

/// A string that can be read. As bytes, because a `String` can't hold a lone surrogate (half of a truncated emoji).
struct ReadableText;

impl<'de> Deserialize<'de> for ReadableText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(ReadableText)
    }
}

impl Visitor<'_> for ReadableText {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Self, E> {
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

/// Reads a page. The error says what is wrong with the response, and comes with its body.
pub(crate) fn page(body: Vec<u8>) -> Result<Page, (Error, Vec<u8>)> {
    let body = without_byte_order_mark(body);
    let ScannedPage { rows, paging, decoded } = match scan::page(&body) {
        Ok(scanned) => scanned,
        Err(path) => return Err(refuse(body, |text| explain(text, &path))),
    };
    let paging = paging.and_then(|span| body.get(span.range())).map(read_paging).unwrap_or_default();
    // Some services write an empty list as null.
    if rows.is_none() && paging.total_count != Some(0) {
        return Err(refuse(body, |_| no_list(paging.total_count)));
    }
    let rows = rows.unwrap_or_default();
    match PageText::new(body, decoded, rows.values()) {
        Ok(text) => Page::new(text, rows, paging).map_err(|bug| (bug, Vec::new())),
        Err(body) => Err(refuse(body, |_| Error::internal("a decoded value is not UTF-8"))),
    }
}

/// The error for a body that is not a page: that it is not UTF-8, or what `why` says.
#[cold]
fn refuse(body: Vec<u8>, why: impl FnOnce(&str) -> Error) -> (Error, Vec<u8>) {
    let error = match std::str::from_utf8(&body) {
        Ok(text) => why(text),
        Err(e) => {
            let what = match body.starts_with(&[0x1f, 0x8b]) {
                true => "gzip, although the head does not say so".to_string(),
                false => format!("not UTF-8 at byte {}", e.valid_up_to()),
            };
            Error::decode(what).with_source(e)
        }
    };
    (error, body)
}

/// The body without the byte order mark that some servers put first.
fn without_byte_order_mark(mut body: Vec<u8>) -> Vec<u8> {
    if body.starts_with(BYTE_ORDER_MARK) {
        body.drain(..BYTE_ORDER_MARK.len());
    }
    body
}

/// Whether a response has `"success": false`.
pub(crate) fn reports_failure(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Verdict {
        success: bool,
    }
    is_object(body) && read::<Verdict>(body).is_some_and(|verdict| !verdict.success)
}

/// Whether this JSON is an object. serde would accept a list of the members' values as well.
fn is_object(json: &[u8]) -> bool {
    json.trim_ascii_start().starts_with(b"{")
}

fn read<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    serde_json::from_slice(json).ok()
}

fn read_paging(json: &[u8]) -> Paging {
    let raw: RawPaging = is_object(json).then(|| serde_json::from_slice(json).ok()).flatten().unwrap_or_default();
    Paging {
        total_count: count(raw.total_count),
        start_offset: count(raw.start_offset),
        end_offset: count(raw.end_offset),
    }
}

/// A whole number that is usable as a count. The schema says float, so `30.0` is usable.
fn count(raw: Option<&RawValue>) -> Option<u64> {
    let number: f64 = raw?.get().parse().ok()?;
    (number.fract() == 0.0 && (0.0..=MAX_COUNT).contains(&number)).then_some(number as u64)
}

#[cold]
fn no_list(total_count: Option<u64>) -> Error {
    match total_count {
        Some(total) => Error::decode(format_args!("`data` is missing or null, although `total_count` is {total}")),
        None => Error::decode("`data` is missing or null"),
    }
}

/// Explains why a text could not be scanned: serde_json reads it again and says so.
#[cold]
fn explain(text: &str, path: &str) -> Error {
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
        // serde_json accepts control characters in a string that is read as bytes. JSON does not.
        Ok(_) => match serde_json::from_str::<&RawValue>(text) {
            Err(e) => Error::decode(format_args!("{at}{e}")).with_source(e),
            Ok(_) => Error::decode(format_args!("{at}`success` is not true")),
        },
    }
}
