//! README.md's links and pictures are absolute, because crates.io and docs.rs show it alone.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use std::collections::{BTreeMap, BTreeSet};

use testkit::program::root;

const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// README.md without its code, in blocks and in lines.
fn prose() -> String {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let without_blocks: String = readme.split("```").step_by(2).collect();
    let lines = without_blocks.lines().map(|line| match line.strip_prefix('[') {
        // The label of a definition may be code.
        Some(_) if line.contains("]: ") => line.to_string(),
        _ => line.replace("[`", "[").replace("`]", "]").split('`').step_by(2).collect(),
    });
    lines.map(|line| line + "\n").collect()
}

/// The targets of links and pictures by their labels: `[label]: target`.
fn definitions(prose: &str) -> BTreeMap<String, &str> {
    let defined = prose.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "));
    defined.map(|(label, target)| (label.replace('`', ""), target)).collect()
}

/// The texts between these two.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
}

/// The file of the repository that an address shows; `None` if it is not in the repository.
fn file(address: &str) -> Option<&str> {
    let raw = REPOSITORY.replace("https://github.com", "https://raw.githubusercontent.com");
    let is_picture = address.ends_with(".svg") || address.ends_with(".png");
    match is_picture {
        true => address.strip_prefix(&format!("{raw}/HEAD/")),
        false => address.strip_prefix(&format!("{REPOSITORY}/blob/HEAD/")),
    }
}

/// Whether there is such a file, and in it the heading that follows `#`.
fn leads_somewhere(path: &str) -> bool {
    let (path, heading) = path.split_once('#').map_or((path, None), |(path, heading)| (path, Some(heading)));
    let Ok(text) = std::fs::read_to_string(root().join(path)) else { return false };
    let anchor = |line: &str| {
        let kept = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        kept.replace(|c: char| !c.is_alphanumeric() && c != '-', "")
    };
    heading.is_none_or(|heading| text.lines().any(|line| line.starts_with('#') && anchor(line) == heading))
}

#[test]
fn every_link_and_picture_has_a_whole_address_that_leads_somewhere() {
    let prose = prose();
    let targets = [definitions(&prose).into_values().collect(), between(&prose, "](", ")")].concat();
    let html = ["src=\"", "href=\""].map(|attribute| between(&prose, attribute, "\"")).concat();
    let targets = BTreeSet::from_iter([targets, html].concat());
    assert!(targets.len() >= 12, "{targets:?}");
    for target in targets {
        assert!(target.starts_with("https://"), "the crate's page does not have {target}");
        let is_ours = target.contains("libparticipants/libparticipants");
        match file(target) {
            Some(path) => assert!(leads_somewhere(path), "{target}"),
            None => assert!(!is_ours || target == REPOSITORY, "{target} does not lead to a file of the repository"),
        }
    }
}

#[test]
fn every_label_is_defined_and_used() {
    let prose = prose();
    let defined: BTreeSet<String> = definitions(&prose).into_keys().collect();
    let text: String = prose.lines().filter(|line| !line.contains("]: ")).map(|line| line.to_string() + " ").collect();
    // Of `[text][label]`, the label alone; of `[text](target)`, nothing.
    let used: BTreeSet<String> = text
        .match_indices('[')
        .filter_map(|(at, _)| text[at + 1..].split_once(']'))
        .filter(|(_, rest)| !rest.starts_with(['[', '(']))
        .map(|(label, _)| label.to_string())
        .collect();
    assert_eq!(used, defined);
}
