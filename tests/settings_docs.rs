//! Every setting is described in five places: Rust's `Builder`, the C header, the C++ header, Python's `Client` and
//! README. The words have one source, the comments of `Builder` in `src/client.rs`; the others must repeat them.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use std::collections::BTreeMap;

use testkit::program::root;

/// What a place says of each setting, by its name without the unit that C adds to times.
type Said = BTreeMap<String, String>;

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The words alone, without marks and line breaks.
fn words(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !matches!(c, '`' | '[' | ']')).collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut letters = plain.trim_end_matches('.').chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn say(said: &mut Said, name: &str, text: &str) {
    let name = name.strip_suffix("_ms").unwrap_or(name);
    assert!(said.insert(name.to_string(), words(text)).is_none(), "{name} is described twice");
}

/// The comments in front of lines that `named` finds a setting in.
fn comments(text: &str, lead: &[&str], named: impl Fn(&str) -> Option<String>) -> Said {
    let (mut said, mut comment) = (Said::new(), String::new());
    for line in text.lines().map(str::trim) {
        if let Some(name) = named(line) {
            say(&mut said, &name, &comment);
        }
        match lead.iter().find_map(|lead| line.strip_prefix(lead)) {
            Some("/") => {}
            Some(words) => comment.push_str(&format!(" {}", words.trim_end_matches("*/"))),
            None => comment.clear(),
        }
        if line.starts_with("/**") {
            comment = line.trim_start_matches("/**").trim_end_matches("*/").to_string();
        }
    }
    said
}

/// The word between two texts.
fn between(line: &str, before: &str, after: char) -> Option<String> {
    Some(line.strip_prefix(before)?.split_once(after)?.0.to_string())
}

fn in_rust() -> Said {
    let text = read("src/client.rs");
    let (_, builder) = text.split_once("impl Builder {").expect("the builder");
    let mut said = comments(builder, &["///"], |line| between(line, "pub fn ", '('));
    said.remove("build").expect("Builder::build");
    // The bindings do not offer it.
    said.remove("on_thread_start").expect("Builder::on_thread_start");
    // Each language has its own kind of log.
    said.remove("logger").expect("Builder::logger");
    said
}

fn in_c() -> Said {
    let text = read("include/participants.h");
    let mut said = comments(&text, &["*"], |line| between(line, "rtk_status rtk_config_set_", '('));
    said.remove("log").expect("rtk_config_set_log");
    said.remove("log_queue").expect("rtk_config_set_log_queue");
    said
}

fn in_cpp() -> Said {
    let mut said = comments(&read("include/participants.hpp"), &["*", "/**"], |line| {
        between(line, "Config &", '(').filter(|name| name != "checked")
    });
    said.remove("log").expect("Config::log");
    said
}

fn in_python() -> Said {
    let text = read("bindings/python/libparticipants/_client.py");
    let (_, parameters) = text.split_once(":param api_token:").expect("the first parameter");
    let (parameters, _) = parameters.split_once(":raises").expect("the end of the parameters");
    let mut said = Said::new();
    for parameter in format!("api_token:{parameters}").split(":param ") {
        let (name, text) = parameter.split_once(':').expect("a name");
        say(&mut said, name, text);
    }
    said
}

fn in_readme() -> Said {
    let mut said = Said::new();
    for row in read("README.md").lines().skip_while(|line| !line.starts_with("| setting |")).skip(2) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [name, what, default] = cells[..] else { break };
        say(&mut said, name.trim_matches('`'), &format!("{what}. Default: {default}"));
    }
    said
}

#[test]
fn every_setting_is_described_in_the_same_words_everywhere() {
    let source = in_rust();
    assert!(source.len() >= 14 && source.values().all(|text| text.contains("Default: ")), "{source:#?}");
    for (place, said) in [("C", in_c()), ("C++", in_cpp()), ("Python", in_python()), ("README", in_readme())] {
        for (name, text) in &source {
            assert_eq!(said.get(name), Some(text), "{place}: {name}");
        }
        let others: Vec<&String> = said.keys().filter(|name| !source.contains_key(*name)).collect();
        assert!(others.is_empty(), "{place} has settings that Rust does not have: {others:?}");
    }
}
