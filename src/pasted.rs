//! What people paste in the place of a value: with quotes, with the name of its variable, with a line break, or a
//! placeholder.

/// What is wrong with the beginning or the end of a value: what comes along when one is read from a file or copied
/// from a page.
pub(crate) fn edge_problem(text: &str) -> Option<&'static str> {
    if text.chars().all(is_blank) {
        return Some("is blank");
    }
    match (text.chars().next()?, text.chars().next_back()?) {
        (_, '\n' | '\r') => Some("ends with a line break"),
        ('\n' | '\r', _) => Some("begins with a line break"),
        (_, last) if is_invisible(last) => Some("ends with an invisible character"),
        (first, _) if is_invisible(first) => Some("begins with an invisible character"),
        (_, last) if is_blank(last) => Some("ends with a blank"),
        (first, _) if is_blank(first) => Some("begins with a blank"),
        _ => None,
    }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

/// Characters of no width that pages and documents hold, such as a byte order mark or a mark of direction; not the
/// two that join letters.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}' | '\u{200E}'..='\u{200F}' | '\u{202A}'..='\u{202E}')
        || matches!(c, '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// What is wrong with a value that was copied together with what a shell, a file of settings or a manual has around it.
pub(crate) fn paste_problem(text: &str) -> Option<&'static str> {
    let within = |before: &str, after: &str| text.strip_prefix(before).is_some_and(|rest| rest.ends_with(after));
    if [("\"", "\""), ("'", "'"), ("`", "`"), ("“", "”"), ("‘", "’")]
        .into_iter()
        .any(|(before, after)| within(before, after))
    {
        return Some("is in quotes: leave them out");
    }
    if text.starts_with("export ") || text.split_once('=').is_some_and(|(name, _)| is_variable(name)) {
        return Some("begins with the name of a variable: leave out the name and the =");
    }
    let is_reference = match text.strip_prefix('$') {
        Some(name) => name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '{' | '(')),
        None => within("%", "%") && text.len() > 2,
    };
    if is_reference || is_variable(text) {
        return Some("is the name of a variable, and not its value");
    }
    let is_placeholder =
        within("<", ">") || within("{{", "}}") || ["None", "null", "undefined", "NULL", "nil"].contains(&text);
    is_placeholder.then_some("is a placeholder, and not the value itself")
}

/// Whether this is a name such as `CLOUDFLARE_API_TOKEN`.
fn is_variable(name: &str) -> bool {
    name.contains('_')
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}
