//! Reads the body of a failed response, in any of the forms that Cloudflare's API, RealtimeKit, the network edge and
//! other servers use: its codes, and every message that a person would read in it.

use serde_json::Value;

use crate::error::{Error, ServiceError, excerpt};

/// The byte order mark of UTF-8, with which some servers begin a body.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// How many errors of a body are kept.
const MAX_ERRORS: usize = 8;

/// The keys of an error's code and of its message, the most informative first; matched in any letter case.
const CODE_KEYS: [&str; 5] = ["code", "error_code", "errorcode", "error", "__type"];
const MESSAGE_KEYS: [&str; 14] = [
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

/// The keys of further errors inside an error.
const NESTED_KEYS: [&str; 3] = ["error_chain", "errors", "details"];

/// Keys whose values say nothing about a failure, or that contain the list of participants.
const IGNORED_KEYS: [&str; 12] = [
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

/// The body of a failed response.
pub(super) struct ErrorBody {
    /// Null if the body is not JSON.
    json: Value,
    /// The text of a body that is neither JSON nor HTML, such as `error code: 1020`.
    pub text: Option<String>,
    from_service: bool,
    /// The body begins as a JSON object does, but is not valid JSON, or is too long to be read.
    broken_object: bool,
}

/// One error in a body.
struct Entry {
    code: i64,
    message: Option<String>,
}

impl ErrorBody {
    pub fn read(body: &[u8]) -> Self {
        let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
        // Parsed JSON can take a hundred times the memory of its text, so a body of 64 MiB is not parsed as a whole.
        let text = String::from_utf8_lossy(body.get(..Error::MAX_BODY).unwrap_or(body));
        match parse_first(&text).or_else(|| parse_first(&repaired(&text))) {
            Some(json) => {
                let has_success = json.get("success").is_some_and(Value::is_boolean);
                let has_code = json.pointer("/errors/0/code").is_some_and(Value::is_number);
                ErrorBody { from_service: has_success || has_code, json, text: None, broken_object: false }
            }
            // A person can still read broken JSON.
            None => {
                let broken_object = text.trim_start().starts_with('{');
                let from_service = broken_object && text.contains("\"success\"");
                // A lone number or null says nothing.
                let text = readable_text(&text).filter(|text| serde_json::from_str::<Value>(text).is_err());
                ErrorBody { json: Value::Null, text, from_service, broken_object }
            }
        }
    }

    /// Whether Cloudflare's API or RealtimeKit wrote this, and not something else that responds at this URL.
    pub fn is_from_service(&self) -> bool {
        self.from_service
    }

    /// The network edge's own errors (RFC 9457) repeat `Retry-After` here, in seconds.
    pub fn retry_after(&self) -> Option<f64> {
        self.json.get("retry_after")?.as_f64()
    }

    /// Whether this has a key that a page has, or is a broken object, which may have been a page.
    pub fn may_be_a_page(&self) -> bool {
        let has = |key: &&str| self.json.get(key).is_some_and(|value| !value.is_null());
        self.broken_object || ["data", "paging", "success"].iter().any(has)
    }

    /// The codes and messages, unless the body contains a list of participants.
    pub fn errors_unless_list(&self) -> Vec<ServiceError> {
        let has_list = member(&self.json, "data").is_some_and(Value::is_array);
        if has_list || !self.json.is_object() { Vec::new() } else { service_errors(self.entries()) }
    }

    /// The codes and messages, from the first place that has a message; otherwise all text in the JSON.
    pub fn errors(&self) -> Vec<ServiceError> {
        let mut found = self.entries();
        if !has_message(&found) {
            let message = all_text(&self.json).filter(|_| !self.json.is_string());
            found.extend(message.map(|message| Entry { code: 0, message: Some(message) }));
        }
        service_errors(found)
    }

    fn entries(&self) -> Vec<Entry> {
        let mut found = Vec::new();
        // The empty key stands for the whole body.
        for key in ["errors", "error", "", "messages", "result", "data"] {
            let value = if key.is_empty() { Some(&self.json) } else { member(&self.json, key) };
            match (key, value) {
                ("errors" | "messages", Some(value)) => collect(value, &mut found),
                // A string here is the name of an error, and its message has another key.
                ("error", Some(value)) if !value.is_string() => collect(value, &mut found),
                ("", Some(Value::Object(_))) => found.extend(read_entry(&self.json)),
                ("", Some(other)) => collect(other, &mut found),
                ("result", Some(value @ Value::String(_))) => collect(value, &mut found),
                ("result" | "data", Some(value)) => collect_among_others(value, &mut found),
                _ => {}
            }
            if has_message(&found) {
                break;
            }
        }
        found
    }
}

fn has_message(found: &[Entry]) -> bool {
    found.iter().any(|entry| entry.message.is_some())
}

/// Converts the entries found. A message without a code belongs to the code without a message before it.
fn service_errors(found: Vec<Entry>) -> Vec<ServiceError> {
    let mut errors: Vec<ServiceError> = Vec::new();
    let mut lacks_message = false;
    for Entry { code, message } in found {
        match (errors.last_mut(), &message) {
            (Some(last), Some(message)) if lacks_message && code == 0 => last.message = excerpt(message),
            _ if code == 0 && message.is_none() => continue,
            _ => errors.push(ServiceError { code, message: excerpt(message.as_deref().unwrap_or("no message")) }),
        }
        lacks_message = message.is_none();
    }
    errors.truncate(MAX_ERRORS);
    errors
}

/// The first JSON value of a text, if it is an object, an array or a string. Whatever follows it is ignored.
#[inline(never)]
fn parse_first(text: &str) -> Option<Value> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    values.next()?.ok().filter(|value: &Value| value.is_object() || value.is_array() || value.is_string())
}

/// The text without two faults that other JSON parsers accept: control characters, which become spaces, and surrogates
/// in `\u` escapes, which become U+FFFD.
fn repaired(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut parts = text.split("\\u");
    let mut repaired: String = parts.by_ref().take(1).collect();
    for part in parts {
        let is_surrogate = part
            .get(..2)
            .is_some_and(|start| matches!(start.as_bytes(), [b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F']));
        repaired.push_str("\\u");
        match part.get(4..).filter(|_| is_surrogate) {
            Some(rest) => {
                repaired.push_str("fffd");
                repaired.push_str(rest);
            }
            None => repaired.push_str(part),
        }
    }
    repaired
}

/// A member of an object, by its key in any letter case.
fn member<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
}

/// Collects the errors of a list, of an entry, or of a text.
fn collect(value: &Value, found: &mut Vec<Entry>) {
    match value {
        Value::Array(entries) => entries.iter().for_each(|entry| collect(entry, found)),
        Value::Object(_) if collect_entry(value, found) => {}
        // For example, an object with a list of messages for each field.
        other => found.extend(
            all_text(other)
                .filter(|_| found.len() < MAX_ERRORS)
                .map(|message| Entry { code: 0, message: Some(message) }),
        ),
    }
}

/// Collects the errors of a value that may contain anything else, too.
fn collect_among_others(value: &Value, found: &mut Vec<Entry>) {
    match value {
        Value::Array(entries) => entries.iter().take(MAX_ERRORS).for_each(|entry| collect_among_others(entry, found)),
        Value::Object(_) => {
            for inner in ["errors", "error"].iter().filter_map(|key| member(value, key)) {
                collect(inner, found);
            }
            let has_message = ["message", "detail"].iter().any(|key| member(value, key).is_some());
            if has_message && found.is_empty() {
                collect_entry(value, found);
            }
        }
        _ => {}
    }
}

/// Collects an entry and the errors nested in it, which often have the useful code. `false` if the value is not an
/// entry and has none nested in it.
fn collect_entry(value: &Value, found: &mut Vec<Entry>) -> bool {
    if found.len() >= MAX_ERRORS {
        return true;
    }
    let entry = read_entry(value);
    let mut is_entry = entry.is_some();
    found.extend(entry);
    let nested = NESTED_KEYS.iter().filter_map(|key| member(value, key)?.as_array());
    for inner in nested.flatten().filter(|inner| inner.is_object()) {
        is_entry = true;
        collect_entry(inner, found);
    }
    is_entry
}

/// The code and the message of an object, if it has any.
fn read_entry(value: &Value) -> Option<Entry> {
    let codes = || CODE_KEYS.iter().filter_map(|key| member(value, key));
    let code = codes().find_map(code_number);
    let name = codes().filter_map(Value::as_str).find(|text| is_name(text));
    let message = MESSAGE_KEYS.iter().filter_map(|key| member(value, key)).find_map(all_text);
    let message = match (name, message) {
        (Some(name), Some(message)) => Some(format!("{name}: {message}")),
        (name, message) => message.or(name.map(str::to_string)),
    };
    (code.is_some() || message.is_some()).then_some(Entry { code: code.unwrap_or(0), message })
}

/// A code that is a whole number, or a text with one.
fn code_number(code: &Value) -> Option<i64> {
    match code {
        Value::String(text) => text.trim().parse().ok(),
        other => other
            .as_i64()
            .or_else(|| other.as_f64().filter(|code| code.fract() == 0.0 && code.abs() < 1e15).map(|code| code as i64)),
    }
}

/// Whether a textual code is a name, such as `ERR_SUSPENDED`, and not a number.
fn is_name(code: &str) -> bool {
    !code.trim().is_empty() && code.trim().parse::<i64>().is_err()
}

/// All text in a value, joined.
fn all_text(value: &Value) -> Option<String> {
    let joined = |texts: Vec<String>| Some(texts.join(", ")).filter(|text| !text.is_empty());
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Array(values) => joined(values.iter().take(MAX_ERRORS).filter_map(all_text).collect()),
        Value::Object(members) => {
            let informative = members.iter().filter(|(key, _)| !IGNORED_KEYS.contains(&key.as_str()));
            let texts = informative.filter_map(|(key, value)| {
                let text = all_text(value)?;
                Some(if key.is_empty() { text } else { format!("{key}: {text}") })
            });
            joined(texts.take(MAX_ERRORS).collect())
        }
        _ => None,
    }
}

/// The beginning of a body, if a person can read it: not HTML, and not binary.
fn readable_text(body: &str) -> Option<String> {
    let text = excerpt(body.trim());
    let is_odd = |c: &char| *c == char::REPLACEMENT_CHARACTER || (c.is_control() && !c.is_whitespace());
    let odd = text.chars().filter(is_odd).count();
    (!text.is_empty() && !text.starts_with('<') && odd * 10 < text.chars().count()).then_some(text)
}
