//! A list as it was at one time: from the service, or from a file that this command wrote.

use std::collections::{BTreeSet, HashMap};

use participants::Participants;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::failure::{FILE, Failure};
use crate::input;

/// What the service sends of every participant. A list without one of these was written with `--columns`.
const ALWAYS_SENT: [&str; 3] = ["custom_participant_id", "preset_name", "created_at"];

/// A participant.
#[derive(Clone)]
pub struct Entry {
    pub json: String,
    /// What the JSON says. Two numbers that differ only in digits that a float can't hold are equal.
    pub members: Map<String, Value>,
}

/// The participants by their ids, in the list's order.
#[derive(Default)]
pub struct Snapshot {
    order: Vec<String>,
    participants: HashMap<String, Entry>,
    pub is_complete: bool,
}

impl Snapshot {
    pub fn of(list: &Participants) -> Result<Self, Failure> {
        let mut snapshot = Snapshot { is_complete: list.is_complete(), ..Snapshot::default() };
        for participant in list {
            snapshot.add(participant.to_json()).map_err(|problem| {
                Failure::new(FILE, format!("a participant {problem}"), "Please report this as a bug.")
            })?;
        }
        Ok(snapshot)
    }

    /// Reads `json` or `ndjson` of this command, or a list of participants. `-` is standard input.
    pub fn read(path: &str) -> Result<Self, Failure> {
        let text = input::read(path, u64::MAX).map_err(|error| Failure::file(path, &error))?;
        Snapshot::parse(&text).map_err(|problem| {
            let todo = "Write it with: participants list MEETING --format json >FILE";
            Failure::new(FILE, format!("{path}: {problem}"), todo)
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Envelope<'a> {
            #[serde(borrow)]
            data: Vec<&'a RawValue>,
            paging: Option<Map<String, Value>>,
            is_complete: Option<bool>,
        }
        let (elements, total, is_complete) =
            if let Ok(Envelope { data, paging, is_complete }) = serde_json::from_str(text) {
                (data, paging.and_then(|paging| paging.get("total_count")?.as_f64()), is_complete)
            } else if let Ok(list) = serde_json::from_str(text) {
                (list, None, None)
            } else {
                let lines = serde_json::Deserializer::from_str(text).into_iter();
                (lines.collect::<Result<_, _>>().map_err(|error| format!("is not JSON: {error}"))?, None, None)
            };
        let mut snapshot = Snapshot::default();
        for (index, element) in elements.into_iter().enumerate() {
            snapshot
                .add(element.get().to_string())
                .map_err(|problem| format!("participant {} {problem}", index + 1))?;
        }
        // Only this command's own JSON says it. The service's has a total, and lines have nothing: they may be the
        // beginning of a list, or what a filter accepted.
        let has_all = || total.is_some_and(|total| total == snapshot.len() as f64);
        snapshot.is_complete = is_complete.unwrap_or_else(has_all);
        Ok(snapshot)
    }

    fn add(&mut self, json: String) -> Result<(), String> {
        let members: Map<_, _> = serde_json::from_str(&json).map_err(|_| "is not a JSON object".to_string())?;
        let Some(Value::String(id)) = members.get("id") else { return Err("has no id".to_string()) };
        self.insert(id.clone(), Entry { json, members });
        Ok(())
    }

    fn insert(&mut self, id: String, entry: Entry) {
        if self.participants.insert(id.clone(), entry).is_none() {
            self.order.push(id);
        }
    }

    pub fn len(&self) -> usize {
        self.order.len()
    }

    pub fn get(&self, id: &str) -> Option<&Entry> {
        self.participants.get(id)
    }

    /// The fields that the list has, if some were left out.
    pub fn chosen_fields(&self) -> Option<BTreeSet<&str>> {
        let fields: BTreeSet<&str> =
            self.participants.values().flat_map(|entry| entry.members.keys().map(String::as_str)).collect();
        let lacks_some = !fields.is_empty() && ALWAYS_SENT.iter().any(|field| !fields.contains(field));
        lacks_some.then_some(fields)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.order.iter().filter_map(|id| Some((id.as_str(), self.get(id)?)))
    }

    /// Adds those of an earlier list that this one lacks: it is not known whether they were removed.
    pub fn keep_missing(&mut self, earlier: &Snapshot) {
        for (id, entry) in earlier.iter() {
            if self.get(id).is_none() {
                self.insert(id.to_string(), entry.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_an_envelope_a_list_or_lines() {
        let envelope = r#"{"data":[{"id":"a"},{"id":"b"}],"paging":{"total_count":3},"success":true}"#;
        let ids = |text: &str| -> Vec<String> {
            Snapshot::parse(text).expect("a list").iter().map(|(id, _)| id.to_string()).collect()
        };
        for text in [envelope, r#"[{"id":"a"},{"id":"b"}]"#, "{\"id\":\"a\"}\n{\"id\":\"b\"}\n"] {
            assert_eq!(ids(text), ["a", "b"], "{text}");
        }
        let is_complete = |text: &str| Snapshot::parse(text).expect("a list").is_complete;
        assert!(!is_complete(envelope));
        assert!(is_complete(r#"{"data":[{"id":"a"}],"paging":{"total_count":1},"success":true}"#));
        assert!(!is_complete(r#"{"data":[{"id":"a"}],"paging":{"total_count":1},"is_complete":false}"#));
        assert!(!is_complete("{\"id\":\"a\"}\n"));
        assert!(!is_complete(r#"[{"id":"a"}]"#));
        assert!(!is_complete(""));
        assert!(ids("").is_empty());
        assert_eq!(ids(r#"{"id":"a"}"#), ["a"]);
        for text in ["x", "[1]", "[{}]", r#"{"id":1}"#] {
            assert!(Snapshot::parse(text).is_err(), "{text}");
        }
    }
}
