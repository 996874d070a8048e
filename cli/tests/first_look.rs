//! The demo, the summary, the manual page and the completions.

mod support;

use support::{FILE, INCOMPLETE, MEETING, bare, failure, one_page, run, success};
use testkit::build;
use testkit::paged_list::PagedList;

#[test]
fn the_demo_needs_no_account() {
    let printed = run(&mut bare(&["demo"]));
    assert_eq!(printed.code, Some(0), "{}", printed.err);
    for command in ["list", "find", "summary", "watch"] {
        assert!(printed.out.contains(&format!("$ participants {command} ")), "{}", printed.out);
    }
    for shown in ["group_call_host", "\"custom_participant_id\":\"user-41\"", "342 participants", "█", "+ ", "- "] {
        assert!(printed.out.contains(shown), "{shown}: {}", printed.out);
    }
}

#[test]
fn a_summary_counts_presets_and_days() {
    let server = one_page(&[
        r#"{"id":"1","preset_name":"guest","created_at":"2026-03-01T23:30:00Z"}"#,
        r#"{"id":"2","preset_name":"host","created_at":"2026-03-01T23:30:00-02:00"}"#,
        r#"{"id":"3","preset_name":"guest","created_at":"2026-03-02T00:00:00Z"}"#,
        r#"{"id":"4"}"#,
    ]);
    let path = build::scratch().join("cli-summary.svg");
    let text = success(&server.url(), &["summary", MEETING, "--svg", path.to_str().expect("UTF-8")]);
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    let has = |label: &str, count: &str| rows.iter().any(|row| row.starts_with(&[label, count]));
    assert!(text.starts_with("4 participants\n"));
    assert!(has("guest", "2") && has("host", "1") && has("2026-03-01", "1") && has("2026-03-02", "2"), "{text}");
    let svg = std::fs::read_to_string(path).expect("a picture");
    assert!(svg.starts_with("<svg ") && svg.contains("2026-03-02") && svg.contains("guest"), "{svg}");
    failure(&server.url(), &["summary", MEETING, "--svg", "no/such/folder/a.svg"], FILE);
}

#[test]
fn a_summary_of_an_incomplete_list_says_so() {
    let server = PagedList::of(250).total_count("300").start();
    let printed = failure(&server.url(), &["summary", MEETING], INCOMPLETE);
    assert!(printed.out.starts_with("250 participants\n"), "{}", printed.out);
}

#[test]
fn a_summary_prints_its_picture_instead_if_the_file_is_standard_output() {
    let server = PagedList::of(3).start();
    let picture = success(&server.url(), &["summary", MEETING, "--svg", "-"]);
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"), "{picture}");
}

#[test]
fn labels_are_harmless_in_the_picture() {
    let server = one_page(&[r#"{"id":"1","preset_name":"<script>\u001b[31m&\"","created_at":"no date"}"#]);
    let path = build::scratch().join("cli-labels.svg");
    success(&server.url(), &["summary", MEETING, "--svg", path.to_str().expect("UTF-8")]);
    let svg = std::fs::read_to_string(path).expect("a picture");
    assert!(!svg.contains("<script>") && !svg.contains('\u{1b}'), "{svg}");
    assert!(svg.contains("&lt;script&gt;"), "{svg}");
}

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let printed = run(&mut bare(&["completions", shell]));
        assert_eq!(printed.code, Some(0));
        assert!(printed.out.contains("token-file"), "{shell}");
    }
}

#[test]
fn the_manual_page_has_every_subcommand_and_exit_code() {
    let page = run(&mut bare(&["man"])).out;
    for part in ["PARTICIPANTS LIST", "PARTICIPANTS WATCH", "token\\-file", "EXIT STATUS", "CLOUDFLARE_ACCOUNT_ID"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!((0..=15).all(|code| page.contains(&format!("\n{code}\n"))));
}
