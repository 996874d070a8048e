//! Every credential in the tests and examples stands in the test kit's file of credentials, where the search for leaks
//! reads them.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use std::path::{Path, PathBuf};

use testkit::build::root;

const FOLDERS: [&str; 5] = ["tests", "examples", "bindings/python/tests", "testkit/src", "bindings/c/src"];

/// The credentials, as a shell script reads them.
fn credentials() -> Vec<String> {
    let text = std::fs::read_to_string(root().join("testkit/src/credentials.rs")).expect("credentials.rs");
    let lines = text.lines().filter_map(|line| line.strip_prefix("pub const ")?.split_once(": &str = \""));
    lines.map(|(_, value)| value.strip_suffix("\";").expect("one line").to_string()).collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let is_source = |path: &Path| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|extension| ["rs", "c", "h", "cpp", "hpp", "py"].contains(&extension))
    };
    entries
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| is_source(path))
        .collect()
}

/// A line as code and string literals in turn, beginning with code.
fn parts(line: &str) -> Vec<String> {
    let (mut parts, mut escaped) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' if !escaped => parts.push(String::new()),
            c => parts.last_mut().expect("a part").push(c),
        }
        escaped = c == '\\' && !escaped;
    }
    parts
}

fn names_a_credential(name: &str) -> bool {
    let name = name.to_lowercase();
    name.ends_with("token") || name.ends_with("key") || name.ends_with("secret") || name.ends_with("password")
}

/// Whether the code before a literal gives it to something that is named like a credential: `TOKEN = `, `key(` or
/// `key(email, `.
fn gives_a_credential(code: &str) -> bool {
    let code = code.trim_end();
    let before = match code.rfind('(') {
        Some(open) if !code[open..].contains(')') => &code[..open],
        _ => code.strip_suffix(['=', ':']).unwrap_or_default().trim_end(),
    };
    let before = before.strip_suffix("&str").map_or(before, |before| before.trim_end().trim_end_matches(':'));
    names_a_credential(before.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default())
}

/// Literals that look like credentials.
fn candidates(line: &str) -> Vec<String> {
    let parts = parts(line);
    let mut found = Vec::new();
    // Whether the next literal is given to a credential, and whether that is by a call, whose other arguments are
    // literals, too.
    let (mut inside, mut in_call) = (false, false);
    for (i, part) in parts.iter().enumerate() {
        if i % 2 == 0 {
            inside = match part.trim() {
                "," if i > 0 => in_call || is_variable(&parts[i - 1]) && names_a_credential(&parts[i - 1]),
                ":" if i > 0 => names_a_credential(&parts[i - 1]),
                _ => gives_a_credential(part),
            };
            in_call = inside && (in_call || part.contains('('));
            continue;
        }
        if inside {
            found.push(part.clone());
        }
        for word in part.split([' ', '\n']) {
            let password = word.split_once("//").and_then(|(_, rest)| rest.rsplit_once('@')).map(|(user, _)| user);
            found.extend(password.and_then(|user| user.split_once(':')).map(|(_, password)| password.to_string()));
        }
        for scheme in ["Basic ", "Bearer "] {
            let value = part.split_once(scheme).map(|(_, value)| value.split([' ', '\\']).next().unwrap_or_default());
            found.extend(value.map(str::to_string));
        }
    }
    found
}

fn is_variable(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

/// Whether this is a whole credential: not a name, a piece of one, or something too short to be looked for.
fn is_whole(value: &str) -> bool {
    value.len() > 6 && !is_variable(value) && !value.contains([' ', '\\', '{', '%', '$', '<', '['])
}

#[test]
fn credentials_are_long_enough_to_be_searched_for() {
    let credentials = credentials();
    assert!(credentials.len() >= 15, "{credentials:?}");
    assert!(credentials.iter().all(|value| value.len() >= 10), "{credentials:?}");
}

#[test]
fn the_search_finds_credentials_in_every_language() {
    for (line, value) in [
        (r#"const OLD_TOKEN: &str = "planted";"#, "planted"),
        (r#"SECRET = "planted""#, "planted"),
        (r#"builder.api_token("planted")"#, "planted"),
        (r#"builder.api_key("someone", "planted").build()"#, "planted"),
        (r#"rtk_config_set_api_key(config, email, "planted");"#, "planted"),
        (r#"environment(&[("CLOUDFLARE_API_KEY", "planted"), ("HOME", "/")])"#, "planted"),
        (r#"{"api_token": "planted"}"#, "planted"),
        (r#"client.proxy("http://user:planted@proxy.example.com")"#, "planted"),
        (r#"header("Proxy-Authorization: Basic cGxhbnRlZA==\r\n")"#, "cGxhbnRlZA=="),
        (r#"header("Authorization: Bearer planted")"#, "planted"),
    ] {
        assert!(candidates(line).iter().any(|found| found == value), "{line}: {:?}", candidates(line));
    }
}

#[test]
fn there_are_no_other_credentials_in_tests_and_examples() {
    let credentials = credentials();
    let (mut checked, mut strangers) = (0, Vec::new());
    for path in FOLDERS.iter().flat_map(|folder| sources(&root().join(folder))).filter(|path| !path.ends_with(file!()))
    {
        let text = std::fs::read_to_string(&path).expect("a source");
        for (number, line) in text.lines().enumerate() {
            for value in candidates(line).iter().filter(|value| is_whole(value)) {
                checked += 1;
                if !credentials.contains(value) {
                    let path = path.strip_prefix(root()).unwrap_or(&path).display();
                    strangers.push(format!("{path}:{}: {value}", number + 1));
                }
            }
        }
    }
    assert!(strangers.is_empty(), "not in testkit/src/credentials.rs:\n{}", strangers.join("\n"));
    assert!(checked > 10, "the search finds nothing");
}
