//! What a person would read in the body of a failure, in any of the forms that Cloudflare's API, RealtimeKit, the
//! network edge and other servers use.

use serde_json::Value;

use crate::error::{Error, ServiceError, short};
use crate::page::decode::BYTE_ORDER_MARK;

/// How many errors of a body are kept.
const ERRORS_MOST: usize = 8;

/// Where the code and the words of an error stand, the most telling first, in any letter case.
const CODES: [&str; 5] = ["code", "error_code", "errorcode", "error", "__type"];
const WORDS: [&str; 14] = [
    "message",
    "msg",
    "detail",
    "description",
    "error_description",
    "error_message",
    "errormessage",
    "errormessages",
    "status_message",
    "faultstring",
    "err",
    "reason",
    "details",
    "title",
];

/// Where more errors stand inside of one.
const CHAINS: [&str; 3] = ["error_chain", "errors", "details"];

/// Members that say nothing about a failure, or that hold the list itself.
const SILENT: [&str; 12] = [
    "data",
    "paging",
    "success",
    "result_info",
    "timestamp",
    "path",
    "instance",
    "type",
    "documentation_url",
    "trace",
    "stack",
    "request_id",
];

/// The body of a failure.
pub(crate) struct ErrorBody {
    json: Value,
    /// The text of a body that is neither JSON nor HTML, such as `error code: 1020`.
    pub plain: Option<String>,
    of_the_service: bool,
    /// It begins as an object does, and goes on in another way, or is too long to be read.
    broken_object: bool,
}

/// An error that a body tells of.
struct Entry {
    code: i64,
    words: Option<String>,
}

impl ErrorBody {
    pub fn read(body: &[u8]) -> Self {
        let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
        // What JSON of 64 MiB becomes in memory can be a hundred times that.
        let text = String::from_utf8_lossy(body.get(..Error::MAX_BODY).unwrap_or(body));
        match first_value(&text).or_else(|| first_value(&mended(&text))) {
            Some(json) => {
                let verdict = json.get("success").is_some_and(Value::is_boolean);
                let numbered = json.pointer("/errors/0/code").is_some_and(Value::is_number);
                ErrorBody { of_the_service: verdict || numbered, json, plain: None, broken_object: false }
            }
            // Broken JSON says something, too.
            None => {
                let broken_object = text.trim_start().starts_with('{');
                let of_the_service = broken_object && text.contains("\"success\"");
                // A lone number or null says nothing.
                let plain = plain_text(&text).filter(|text| serde_json::from_str::<Value>(text).is_err());
                ErrorBody { json: Value::Null, plain, of_the_service, broken_object }
            }
        }
    }

    /// Whether Cloudflare's API or RealtimeKit wrote this, and not something else that answers at this address.
    pub fn is_of_the_service(&self) -> bool {
        self.of_the_service
    }

    /// The edge's own errors (RFC 9457) repeat `Retry-After` here, in seconds.
    pub fn retry_after(&self) -> Option<f64> {
        self.json.get("retry_after")?.as_f64()
    }

    /// Whether this has a member that a page has; or is an object that cannot be read as JSON, and may have been one.
    pub fn may_be_a_page(&self) -> bool {
        let has = |key: &&str| self.json.get(key).is_some_and(|value| !value.is_null());
        self.broken_object || ["data", "paging", "success"].iter().any(has)
    }

    /// The codes and messages of a body that holds no list of participants.
    pub fn words_without_a_list(&self) -> Vec<ServiceError> {
        let has_list = member(&self.json, "data").is_some_and(Value::is_array);
        if has_list || !self.json.is_object() { Vec::new() } else { finished(self.entries()) }
    }

    /// The codes and messages, from the first place that has words; else whatever text there is.
    pub fn errors(&self) -> Vec<ServiceError> {
        let mut found = self.entries();
        if !has_words(&found) {
            let words = readable(&self.json).filter(|_| !self.json.is_string());
            found.extend(words.map(|words| Entry { code: 0, words: Some(words) }));
        }
        finished(found)
    }

    fn entries(&self) -> Vec<Entry> {
        let mut found = Vec::new();
        for key in ["errors", "error", "", "messages", "result", "data"] {
            let place = if key.is_empty() { Some(&self.json) } else { member(&self.json, key) };
            match (key, place) {
                ("errors" | "messages", Some(place)) => collect(place, &mut found),
                // A text is the name of an error whose words stand beside it.
                ("error", Some(place)) if !place.is_string() => collect(place, &mut found),
                ("", Some(Value::Object(_))) => found.extend(entry(&self.json)),
                ("", Some(other)) => collect(other, &mut found),
                ("result", Some(place @ Value::String(_))) => collect(place, &mut found),
                ("result" | "data", Some(place)) => collect_entries(place, &mut found),
                _ => {}
            }
            if has_words(&found) {
                break;
            }
        }
        found
    }
}

fn has_words(found: &[Entry]) -> bool {
    found.iter().any(|entry| entry.words.is_some())
}

/// A code without words takes those that stand behind it without a code.
fn finished(found: Vec<Entry>) -> Vec<ServiceError> {
    let mut errors: Vec<ServiceError> = Vec::new();
    let mut wordless = false;
    for Entry { code, words } in found {
        match (errors.last_mut(), &words) {
            (Some(last), Some(words)) if wordless && code == 0 => last.message = short(words),
            _ if code == 0 && words.is_none() => continue,
            _ => errors.push(ServiceError { code, message: short(words.as_deref().unwrap_or("no message")) }),
        }
        wordless = words.is_none();
    }
    errors.truncate(ERRORS_MOST);
    errors
}

/// The first JSON value of a text, whatever stands behind it.
#[inline(never)]
fn first_value(text: &str) -> Option<Value> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    values.next()?.ok().filter(|value: &Value| value.is_object() || value.is_array() || value.is_string())
}

/// The same text without what other readers of JSON let pass: control characters and halves of surrogate pairs.
fn mended(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut parts = text.split("\\u");
    let mut whole = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let is_half = part
            .get(..2)
            .is_some_and(|start| matches!(start.as_bytes(), [b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F']));
        whole.push_str("\\u");
        match part.get(4..).filter(|_| is_half) {
            Some(rest) => {
                whole.push_str("fffd");
                whole.push_str(rest);
            }
            None => whole.push_str(part),
        }
    }
    whole
}

/// A member of an object, by its name in any letter case.
fn member<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
}

/// The errors of a list, of an entry, or of a text.
fn collect(value: &Value, found: &mut Vec<Entry>) {
    match value {
        Value::Array(entries) => entries.iter().for_each(|entry| collect(entry, found)),
        Value::Object(_) if collect_entry(value, found) => {}
        // Such as a list of messages for each field.
        other => found.extend(
            readable(other).filter(|_| found.len() < ERRORS_MOST).map(|words| Entry { code: 0, words: Some(words) }),
        ),
    }
}

/// The errors in a place that may hold anything else, too.
fn collect_entries(value: &Value, found: &mut Vec<Entry>) {
    match value {
        Value::Array(entries) => entries.iter().take(ERRORS_MOST).for_each(|entry| collect_entries(entry, found)),
        Value::Object(_) => {
            for inner in ["errors", "error"].iter().filter_map(|key| member(value, key)) {
                collect(inner, found);
            }
            let words = ["message", "detail"].iter().any(|key| member(value, key).is_some());
            if words && found.is_empty() {
                collect_entry(value, found);
            }
        }
        _ => {}
    }
}

/// An entry and, behind it, the errors inside of it, where the useful code often is. `false` if it has none of these.
fn collect_entry(value: &Value, found: &mut Vec<Entry>) -> bool {
    if found.len() >= ERRORS_MOST {
        return true;
    }
    let entry = entry(value);
    let mut is_one = entry.is_some();
    found.extend(entry);
    let chains = CHAINS.iter().filter_map(|key| member(value, key)?.as_array());
    for inner in chains.flatten().filter(|inner| inner.is_object()) {
        is_one = true;
        collect_entry(inner, found);
    }
    is_one
}

/// The code and the words of an object, if it has any.
fn entry(value: &Value) -> Option<Entry> {
    let codes = || CODES.iter().filter_map(|key| member(value, key));
    let code = codes().find_map(number);
    let name = codes().filter_map(Value::as_str).find(|text| is_name(text));
    let words = WORDS.iter().filter_map(|key| member(value, key)).find_map(readable);
    let words = match (name, words) {
        (Some(name), Some(words)) => Some(format!("{name}: {words}")),
        (name, words) => words.or(name.map(str::to_string)),
    };
    (code.is_some() || words.is_some()).then_some(Entry { code: code.unwrap_or(0), words })
}

/// A whole number, or a text that is one.
fn number(code: &Value) -> Option<i64> {
    match code {
        Value::String(text) => text.trim().parse().ok(),
        other => other
            .as_i64()
            .or_else(|| other.as_f64().filter(|code| code.fract() == 0.0 && code.abs() < 1e15).map(|code| code as i64)),
    }
}

/// Whether a textual code says something that no number does.
fn is_name(code: &str) -> bool {
    !code.trim().is_empty() && code.trim().parse::<i64>().is_err()
}

/// The texts in a value, in one.
fn readable(value: &Value) -> Option<String> {
    let joined = |texts: Vec<String>| Some(texts.join(", ")).filter(|text| !text.is_empty());
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Array(values) => joined(values.iter().take(ERRORS_MOST).filter_map(readable).collect()),
        Value::Object(members) => {
            let telling = members.iter().filter(|(key, _)| !SILENT.contains(&key.as_str()));
            let texts = telling.filter_map(|(key, value)| {
                let text = readable(value)?;
                Some(if key.is_empty() { text } else { format!("{key}: {text}") })
            });
            joined(texts.take(ERRORS_MOST).collect())
        }
        _ => None,
    }
}

/// The beginning of a body that a person can read as it is.
fn plain_text(text: &str) -> Option<String> {
    let text = short(text.trim());
    let odd =
        text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER || (c.is_control() && !c.is_whitespace())).count();
    (!text.is_empty() && !text.starts_with('<') && odd * 10 < text.chars().count()).then_some(text)
}
