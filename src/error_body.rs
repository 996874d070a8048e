//! What a person would read in the body of a failure, in any of the forms that Cloudflare's API, RealtimeKit and the network edge use.

use serde_json::Value;

use crate::decode::BYTE_ORDER_MARK;
use crate::error::{BODY_KEPT, ServiceError, short};

/// How many errors of a body are kept.
const ERRORS_MOST: usize = 8;

/// The longest body that is repeated as it is where it is plain text.
const PLAIN_MOST: usize = 1024;

/// Where the code and the words of an error stand, the most telling first.
const CODES: [&str; 3] = ["code", "error_code", "error"];
const WORDS: [&str; 9] = ["message", "msg", "detail", "description", "error_description", "error_message", "reason", "details", "title"];

/// The body of a failure.
pub(crate) struct ErrorBody {
    json: Value,
    /// The text of a body that is neither JSON nor HTML, such as `error code: 1020`.
    pub plain: Option<String>,
}

impl ErrorBody {
    pub fn read(body: &[u8]) -> Self {
        // What JSON of 64 MiB becomes in memory can be a hundred times that.
        let small = Some(body).filter(|body| body.len() <= BODY_KEPT).unwrap_or_default();
        let small = small.strip_prefix(BYTE_ORDER_MARK).unwrap_or(small);
        let json = serde_json::from_slice(small).ok();
        let plain = if json.is_none() { plain_text(small) } else { None };
        ErrorBody { json: json.unwrap_or(Value::Null), plain }
    }

    /// Whether Cloudflare's API or RealtimeKit wrote this, and not something else that answers at this address.
    pub fn is_of_the_service(&self) -> bool {
        ["success", "errors", "error", "messages"].iter().any(|key| self.json.get(key).is_some())
    }

    /// The edge's own errors (RFC 9457) repeat `Retry-After` here, in seconds.
    pub fn retry_after(&self) -> Option<f64> {
        self.json.get("retry_after")?.as_f64()
    }

    /// The codes and messages, from the first place that has any.
    pub fn errors(&self) -> Vec<ServiceError> {
        let mut found = Vec::new();
        let nested = |key: &str| self.json.get(key).filter(|value| value.is_object() || value.is_array());
        let texts = self.json.get("errors").filter(|errors| errors.is_string());
        for place in [nested("errors"), texts, nested("error")].into_iter().flatten() {
            collect(place, &mut found);
            if !found.is_empty() {
                return found;
            }
        }
        if !self.json.is_object() {
            collect(&self.json, &mut found);
            return found;
        }
        collect_entry(&self.json, &mut found);
        if let Some(messages) = self.json.get("messages").filter(|_| found.is_empty()) {
            collect(messages, &mut found);
        }
        for place in ["result", "data"].iter().filter_map(|key| self.json.get(key)) {
            match place {
                Value::String(_) if found.is_empty() => collect(place, &mut found),
                Value::Object(_) if found.is_empty() => {
                    collect_entry(place, &mut found);
                }
                _ => {}
            }
        }
        found
    }
}

/// The errors of a list, of an entry, or of a text.
fn collect(value: &Value, found: &mut Vec<ServiceError>) {
    match value {
        Value::Array(entries) => entries.iter().for_each(|entry| collect(entry, found)),
        Value::Object(_) if collect_entry(value, found) => {}
        // Such as a list of messages for each field.
        other => found.extend(readable(other).filter(|_| found.len() < ERRORS_MOST).map(|text| entry(0, &text))),
    }
}

/// An entry with a code or a message and, behind it, those of its `error_chain`, where the useful code often is. `false` if it has none of these.
fn collect_entry(value: &Value, found: &mut Vec<ServiceError>) -> bool {
    if found.len() >= ERRORS_MOST {
        return true;
    }
    let code = CODES.iter().filter_map(|key| value.get(key)).find_map(|code| match code {
        Value::String(text) => text.trim().parse().ok(),
        number => number.as_i64(),
    });
    let name = CODES.iter().filter_map(|key| value.get(key)?.as_str()).find(|text| is_name(text));
    let words = WORDS.iter().find_map(|key| readable(value.get(key)?));
    let text = match (name, words) {
        (Some(name), Some(words)) => Some(format!("{name}: {words}")),
        (name, words) => words.or(name.map(str::to_string)),
    };
    let chain = value.get("error_chain").and_then(Value::as_array);
    if code.is_none() && text.is_none() && chain.is_none() {
        return false;
    }
    if code.is_some() || text.is_some() {
        found.push(entry(code.unwrap_or(0), text.as_deref().unwrap_or("no message")));
    }
    chain.into_iter().flatten().for_each(|error| collect(error, found));
    true
}

/// Whether a textual code says something that no number does.
fn is_name(code: &str) -> bool {
    !code.trim().is_empty() && code.trim().parse::<i64>().is_err()
}

fn entry(code: i64, message: &str) -> ServiceError {
    ServiceError { code, message: short(message) }
}

/// The texts in a value, in one.
fn readable(value: &Value) -> Option<String> {
    let joined = |texts: Vec<String>| Some(texts.join(", ")).filter(|text| !text.is_empty());
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Array(values) => joined(values.iter().take(ERRORS_MOST).filter_map(readable).collect()),
        Value::Object(members) => {
            let texts = members.iter().filter_map(|(key, value)| Some(format!("{key}: {}", readable(value)?)));
            joined(texts.take(ERRORS_MOST).collect())
        }
        _ => None,
    }
}

/// A short body that a person can read as it is.
fn plain_text(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?.trim();
    let is_prose = text.chars().all(|c| c.is_whitespace() || !c.is_control()) && !text.starts_with(['<', '{', '[']);
    (is_prose && !text.is_empty() && text.len() <= PLAIN_MOST).then(|| short(text))
}
