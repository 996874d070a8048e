//! From the bytes of an answer to a page.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::Error;
use crate::model::{Page, Paging, Row, Span};

/// The largest count that a JSON number carries exactly.
const COUNT_MOST: f64 = 9_007_199_254_740_992.0;

/// How much of an answer that is not JSON a message shows.
const SHOWN: usize = 40;

/// The endpoint's answer. `E` is one participant: its text alone, or read.
#[derive(Deserialize)]
struct Envelope<'a, E> {
    data: Vec<E>,
    #[serde(borrow)]
    paging: Option<&'a RawValue>,
    #[serde(default = "yes")]
    success: bool,
}

/// A participant's fields. Unknown ones are passed over here and kept in the text.
#[derive(Deserialize)]
struct Element<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    custom_participant_id: Text<'a>,
    #[serde(borrow)]
    preset_name: Text<'a>,
    #[serde(borrow)]
    created_at: Text<'a>,
    #[serde(borrow)]
    updated_at: Text<'a>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    picture: Option<Text<'a>>,
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

/// A JSON string: where it stands in the body or, if it was written with escapes, what it says.
struct Text<'a>(Cow<'a, [u8]>);

fn yes() -> bool {
    true
}

/// Reads a page. The error says where the answer is not what the API promises; the body comes back with it.
pub(crate) fn page(body: Vec<u8>) -> Result<Page, (Error, Vec<u8>)> {
    let text = String::from_utf8(body).map_err(|e| {
        let why = e.utf8_error();
        let error = Error::decode(format_args!("not UTF-8 at byte {}", why.valid_up_to())).with_source(why);
        (error, e.into_bytes())
    })?;
    match rows(&text) {
        Some((rows, tail, paging)) => finish(text, rows, &tail, paging),
        None => Err((complaint(&text), text.into_bytes())),
    }
}

/// Whether an answer with a 2xx status says that it is a failure all the same.
pub(crate) fn reports_failure(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Verdict {
        success: bool,
    }
    read::<Verdict>(body).is_some_and(|verdict| !verdict.success)
}

fn read<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    serde_json::from_slice(json).ok()
}

/// Finds the participants in the text, and the decoded values to stand behind it.
fn rows(text: &str) -> Option<(Vec<Row>, String, Paging)> {
    let envelope: Envelope<&RawValue> = serde_json::from_str(text).ok().filter(|e: &Envelope<_>| e.success)?;
    let mut layout = Layout { text, tail: String::new() };
    let mut rows = Vec::with_capacity(envelope.data.len());
    for raw in envelope.data {
        let element: Element = serde_json::from_str(raw.get()).ok()?;
        rows.push(layout.row(raw.get(), &element)?);
    }
    let paging = envelope.paging.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
    Some((rows, layout.tail, read_paging(&paging)))
}

/// Puts the NULs in and the decoded values behind the text.
fn finish(text: String, rows: Vec<Row>, tail: &str, paging: Paging) -> Result<Page, (Error, Vec<u8>)> {
    let length = text.len();
    let mut bytes = text.into_bytes();
    for value in rows.iter().flat_map(|row| &row.fields) {
        // A value in the JSON ends at its closing quote; those of the tail have their NUL, and an absent one has no place.
        match bytes.get_mut(value.end as usize) {
            Some(quote) if *value != Span::NONE && (value.end as usize) < length => *quote = 0,
            _ => {}
        }
    }
    bytes.extend_from_slice(tail.as_bytes());
    let text = String::from_utf8(bytes).map_err(|e| (Error::internal(e.utf8_error()), e.into_bytes()))?;
    Ok(Page { text, rows, paging })
}

/// Lays out the values of a page.
struct Layout<'a> {
    text: &'a str,
    tail: String,
}

impl Layout<'_> {
    /// `None` if the page is too large for its spans, which the limit on bodies rules out.
    fn row(&mut self, json: &str, element: &Element) -> Option<Row> {
        // In the order of `Field`.
        let fields = [
            self.value(Some(&element.id))?,
            self.value(Some(&element.custom_participant_id))?,
            self.value(Some(&element.preset_name))?,
            self.value(Some(&element.created_at))?,
            self.value(Some(&element.updated_at))?,
            self.value(element.name.as_ref())?,
            self.value(element.picture.as_ref())?,
        ];
        Some(Row { json: self.place(json.as_bytes())?, fields })
    }

    fn value(&mut self, value: Option<&Text>) -> Option<Span> {
        match value {
            None => Some(Span::NONE),
            Some(Text(Cow::Borrowed(bytes))) => self.place(bytes),
            Some(Text(Cow::Owned(bytes))) => self.decoded(&String::from_utf8_lossy(bytes)),
        }
    }

    /// Where a part of the text stands: its distance from the beginning.
    fn place(&self, part: &[u8]) -> Option<Span> {
        let start = (part.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize)?;
        span(start, part.len())
    }

    fn decoded(&mut self, value: &str) -> Option<Span> {
        let start = self.text.len() + self.tail.len();
        self.tail.push_str(value);
        self.tail.push('\0');
        if value.contains('\0') {
            // C can't see past the NUL: a copy for it.
            self.tail.push_str(&value.replace('\0', "\u{FFFD}"));
            self.tail.push('\0');
        }
        span(start, value.len())
    }
}

fn span(start: usize, length: usize) -> Option<Span> {
    Some(Span { start: u32::try_from(start).ok()?, end: u32::try_from(start + length).ok()? })
}

fn read_paging(raw: &RawPaging) -> Paging {
    Paging { total_count: count(raw.total_count), start_offset: count(raw.start_offset), end_offset: count(raw.end_offset) }
}

/// A whole number that is usable as a count. The schema says float, so `30.0` is one.
fn count(raw: Option<&RawValue>) -> Option<u64> {
    let number: f64 = raw?.get().parse().ok()?;
    (number.fract() == 0.0 && (0.0..=COUNT_MOST).contains(&number)).then_some(number as u64)
}

/// Says what is wrong with a text that could not be read, by reading it once more with an eye on the way.
fn complaint(text: &str) -> Error {
    if !text.trim_start().starts_with('{') {
        let shown: String = text.trim_start().chars().take(SHOWN).collect();
        return Error::decode(match shown.as_str() {
            "" => "an empty body".to_string(),
            _ => format!("no JSON object; it begins with {shown:?}"),
        });
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let read: Result<Envelope<Element>, _> = serde_path_to_error::deserialize(&mut json);
    match read {
        Err(e) => {
            let path = e.path().to_string();
            let e = e.into_inner();
            Error::decode(format_args!("{path}: {e}")).with_source(e)
        }
        Ok(_) => match json.end() {
            Err(e) => Error::decode(&e).with_source(e),
            Ok(()) => Error::decode("it can't be read"),
        },
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As bytes, a lone surrogate (half of a cut emoji, say) is let through and reads as U+FFFD; as a string, it would lose the list.
        deserializer.deserialize_bytes(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_bytes<E: de::Error>(self, value: &'de [u8]) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(value)))
    }

    fn visit_bytes<E: de::Error>(self, value: &[u8]) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(value.to_vec())))
    }
}
