//! A participant's JSON for serializers of any format. serde_json's `RawValue` serializes as JSON alone.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::value::RawValue;

/// How deep lists and objects are nested at most, as for serde_json: deeper ones could exhaust the stack.
const MAX_DEPTH: usize = 128;

/// Serializes a JSON value, its members in their order.
pub(crate) fn serialize<S: Serializer>(json: &str, serializer: S) -> Result<S::Ok, S::Error> {
    Value { json: read(json)?, depth: 0 }.serialize(serializer)
}

struct Value<'a> {
    json: &'a RawValue,
    /// How many lists and objects are around it.
    depth: usize,
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = self.json.get();
        let inner = |json| Value { json, depth: self.depth + 1 };
        match json.as_bytes().first() {
            Some(b'{' | b'[') if self.depth == MAX_DEPTH => {
                Err(S::Error::custom("the JSON of a participant is nested too deeply"))
            }
            Some(b'{') => {
                let Members(members) = read(json)?;
                serializer.collect_map(members.into_iter().map(|(key, value)| (key, inner(value))))
            }
            Some(b'[') => serializer.collect_seq(read::<Vec<&RawValue>, _>(json)?.into_iter().map(inner)),
            Some(b'"') => serializer.serialize_str(&read::<Text, _>(json)?.0),
            Some(b't') => serializer.serialize_bool(true),
            Some(b'f') => serializer.serialize_bool(false),
            // Not as a unit: formats without a null, such as TOML, leave out a `None`.
            Some(b'n') => serializer.serialize_none(),
            _ => serialize_number(json, serializer),
        }
    }
}

/// Read here and not by serde_json, because its features, which other crates may switch on, change how it does that.
fn serialize_number<S: Serializer>(json: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(number) = json.parse::<u64>() {
        return serializer.serialize_u64(number);
    }
    // -0 is a float.
    if let Some(number) = json.parse::<i64>().ok().filter(|number| *number != 0) {
        return serializer.serialize_i64(number);
    }
    match json.parse::<f64>() {
        Ok(number) if number.is_finite() => serializer.serialize_f64(number),
        _ => Err(S::Error::custom("a number of a participant is out of range")),
    }
}

/// The members of an object, in their order.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((key, value)) = map.next_entry::<Text, _>()? {
            members.push((key.0, value));
        }
        Ok(Members(members))
    }
}

/// This can't fail: the page was JSON when it was read.
fn read<'a, T: Deserialize<'a>, E: serde::ser::Error>(json: &'a str) -> Result<T, E> {
    serde_json::from_str(json).map_err(E::custom)
}

/// Makes a string of decoded bytes: UTF-8, except for lone surrogates of three bytes each, which become U+FFFD.
fn without_surrogates(mut bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    while let Some(chunk) = bytes.utf8_chunks().next() {
        text.push_str(chunk.valid());
        let surrogate = if chunk.invalid().is_empty() { 0 } else { 3 };
        text.extend((surrogate > 0).then_some(char::REPLACEMENT_CHARACTER));
        bytes = bytes.get(chunk.valid().len() + surrogate..).unwrap_or_default();
    }
    text
}

/// A JSON string.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Read as bytes, a lone surrogate (half of a truncated emoji) is accepted. A `String` can't hold it.
        deserializer.deserialize_bytes(TextVisitor)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Text, E> {
        Ok(Text(without_surrogates(value)))
    }
}
