//! What is different between two lists, as lines for people or as JSON.

use std::io::{self, IsTerminal, Write, stdout};

use jiff::Timestamp;
use serde_json::Value;

use crate::arguments::ChangeFormat;
use crate::safe::{json_on_one_line, on_one_line};
use crate::snapshot::{Entry, Snapshot};

pub enum Change<'a> {
    Added(&'a Entry),
    Removed(&'a Entry),
    Changed { before: &'a Entry, after: &'a Entry, fields: Vec<&'a str> },
}

/// The changes from one list to another, by id. If the new list may not be complete, nobody counts as removed. Fields
/// that one of the lists leaves out are not compared.
pub fn between<'a>(old: &'a Snapshot, new: &'a Snapshot) -> Vec<Change<'a>> {
    let mut changes = Vec::new();
    let chosen: Vec<_> = [old, new].into_iter().filter_map(Snapshot::chosen_fields).collect();
    let is_compared = |field: &str| chosen.iter().all(|fields| fields.contains(field));
    if new.is_complete {
        let removed = old.iter().filter(|(id, _)| new.get(id).is_none());
        changes.extend(removed.map(|(_, old)| Change::Removed(old)));
    }
    for (id, after) in new.iter() {
        match old.get(id) {
            None => changes.push(Change::Added(after)),
            Some(before) if before.members == after.members => {}
            Some(before) => {
                let fields: Vec<_> =
                    changed_fields(before, after).into_iter().filter(|field| is_compared(field)).collect();
                if !fields.is_empty() {
                    changes.push(Change::Changed { before, after, fields });
                }
            }
        }
    }
    changes
}

pub fn format(asked: Option<ChangeFormat>) -> ChangeFormat {
    asked.unwrap_or(if stdout().is_terminal() { ChangeFormat::Text } else { ChangeFormat::Ndjson })
}

/// Prints a change on a line. With a time where it was watched.
pub fn print(out: &mut impl Write, change: &Change, format: ChangeFormat, time: Option<Timestamp>) -> io::Result<()> {
    let line = match format {
        ChangeFormat::Text => {
            let time = time.map_or(String::new(), |time| format!("{} ", time.strftime("%H:%M:%SZ")));
            format!("{time}{}", on_one_line(&text(change)))
        }
        ChangeFormat::Ndjson => {
            let time = time.map_or(String::new(), |time| format!(r#""time":"{time:.3}","#));
            let event = match change {
                Change::Added(new) => format!(r#"{{"event":"added",{time}"participant":{}}}"#, new.json),
                Change::Removed(old) => format!(r#"{{"event":"removed",{time}"participant":{}}}"#, old.json),
                Change::Changed { before, after, fields } => format!(
                    r#"{{"event":"changed",{time}"fields":{},"before":{},"participant":{}}}"#,
                    Value::from(fields.as_slice()),
                    before.json,
                    after.json
                ),
            };
            json_on_one_line(&event)
        }
    };
    writeln!(out, "{line}")
}

fn text(change: &Change) -> String {
    match change {
        Change::Added(new) => format!("+ {}", who(new)),
        Change::Removed(old) => format!("- {}", who(old)),
        Change::Changed { before, after, fields } => {
            let changes = fields.iter().map(|key| format!("{key}: {} -> {}", shown(before, key), shown(after, key)));
            format!("~ {}: {}", who(after), changes.collect::<Vec<_>>().join(", "))
        }
    }
}

fn changed_fields<'a>(before: &'a Entry, after: &'a Entry) -> Vec<&'a str> {
    let (before, after) = (&before.members, &after.members);
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    let changed = after.iter().filter(|(key, value)| before.get(*key) != Some(value)).map(|(key, _)| key);
    changed.chain(gone).map(String::as_str).collect()
}

/// The name if there is one, the ids and the preset.
fn who(entry: &Entry) -> String {
    let text = |key: &str| entry.members.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let details = ["custom_participant_id", "preset_name", "id"].into_iter().filter_map(text);
    format!("{} ({})", text("name").unwrap_or("(no name)"), details.collect::<Vec<_>>().join(", "))
}

fn shown(entry: &Entry, key: &str) -> String {
    entry.members.get(key).map_or("(none)".to_string(), |value| json_on_one_line(&value.to_string()))
}
