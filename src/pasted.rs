//! Typical mistakes in pasted values: quotes, the name of the variable, a line break, a placeholder.

/// What is wrong at the beginning or the end of a value that was read from a file or copied from a page.
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

/// Whether a character has no width, such as a byte order mark or a direction mark. The zero-width joiner and
/// non-joiner do not count: names can need them.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}' | '\u{200E}'..='\u{200F}' | '\u{202A}'..='\u{202E}')
        || matches!(c, '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// What is wrong with a value that was copied with the text around it in a shell, a settings file or a manual.
pub(crate) fn paste_problem(text: &str) -> Option<&'static str> {
    let is_between = |before: &str, after: &str| text.strip_prefix(before).is_some_and(|rest| rest.ends_with(after));
    let quotes = [("\"", "\""), ("'", "'"), ("`", "`"), ("“", "”"), ("‘", "’")];
    if quotes.into_iter().any(|(before, after)| is_between(before, after)) {
        return Some("is in quotes: leave them out");
    }
    if text.starts_with("export ") || text.split_once('=').is_some_and(|(name, _)| is_variable_name(name)) {
        return Some("begins with the name of a variable: leave out the name and the =");
    }
    let is_reference = match text.strip_prefix('$') {
        Some(name) => name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '{' | '(')),
        None => is_between("%", "%") && text.len() > 2,
    };
    if is_reference || is_variable_name(text) {
        return Some("is the name of a variable, and not its value");
    }
    let is_null = ["None", "null", "undefined", "NULL", "nil"].contains(&text);
    let is_placeholder = is_null || is_between("<", ">") || is_between("{{", "}}");
    is_placeholder.then_some("is a placeholder, and not the value itself")
}

/// Whether this is a name such as `CLOUDFLARE_API_TOKEN`.
fn is_variable_name(text: &str) -> bool {
    text.contains('_')
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}
