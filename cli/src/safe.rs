//! Text from the service, made safe to show: it can't move the cursor, change colours, or become a formula.

use std::io::{Write, stderr};

/// Writes a line to stderr. Nobody may read it, so a failure is none.
pub fn print_note(text: &str) {
    let _ = writeln!(stderr(), "{}", on_one_line(text));
}

/// For one line on a terminal: no control characters, and none that change the direction of text.
pub fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if is_harmful(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// For several lines: no control characters but line feeds and tabs.
pub fn without_controls(text: &str) -> String {
    let shown = |c: char| if is_harmful(c) && !matches!(c, '\n' | '\t') { char::REPLACEMENT_CHARACTER } else { c };
    text.chars().map(shown).collect()
}

/// For a cell of a spreadsheet: likewise, and with an apostrophe before what would begin a formula.
pub fn in_spreadsheet(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let apostrophe = if is_formula { "'" } else { "" };
    format!("{apostrophe}{}", without_controls(text))
}

/// JSON on one line, and without characters that a terminal could obey. The values are the same: blanks are outside of
/// strings, and a character may be written as an escape.
pub fn json_on_one_line(json: &str) -> String {
    let mut line = String::with_capacity(json.len());
    let (mut in_string, mut escaped) = (false, false);
    for c in json.chars() {
        match c {
            ' ' | '\n' | '\r' | '\t' if !in_string => continue,
            '"' if !escaped => in_string = !in_string,
            _ => {}
        }
        escaped = in_string && c == '\\' && !escaped;
        // All are below U+10000.
        if is_harmful(c) { line.push_str(&format!("\\u{:04x}", c as u32)) } else { line.push(c) }
    }
    line
}

/// Control characters, DEL and C1 among them, line breaks of Unicode, and what makes text run the other way.
fn is_harmful(c: char) -> bool {
    let changes_direction = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || changes_direction || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_on_one_line_keeps_its_values() {
        let sent = "{ \"a\" : \"x \\\" { \\\\\",\n \"b\":\t[1, 2.50e3, \"\u{9b}31m\u{202e}\"] }";
        let line = json_on_one_line(sent);
        assert_eq!(line, r#"{"a":"x \" { \\","b":[1,2.50e3,"\u009b31m\u202e"]}"#);
        let value = |json: &str| serde_json::from_str::<serde_json::Value>(json).expect("JSON");
        assert_eq!(value(&line), value(sent));
    }
}
