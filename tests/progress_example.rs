//! The examples in C and C++ that iterate with a progress bar.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use std::process::{Command, Output};
use std::sync::LazyLock;

use testkit::credentials::{TOKEN, WRONG_TOKEN};
use testkit::page_of;
use testkit::program::{Linkage, Program, output};
use testkit::server::{Response, Server};
use testkit::service::{self, Service};

static PROGRAMS: LazyLock<[Program; 2]> = LazyLock::new(|| {
    [
        Program::build("examples/c/iterate_with_progress.c", Linkage::Shared),
        Program::build_cpp("iterate_with_progress", &["examples/cpp/iterate_with_progress.cpp"], "c++17"),
    ]
});

fn run(mut command: Command, base_url: &str, token: &str) -> Output {
    command.env("CLOUDFLARE_BASE_URL", base_url).env("CLOUDFLARE_API_TOKEN", token);
    output(command.envs([
        ("CLOUDFLARE_ACCOUNT_ID", service::ACCOUNT_ID),
        ("REALTIMEKIT_APP_ID", service::APP_ID),
        ("MEETING_ID", service::MEETING_ID),
    ]))
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

fn ids(participants: usize) -> String {
    (0..participants).map(|index| service::id(index) + "\n").collect()
}

fn bar(filled: usize, numbers: &str) -> String {
    format!("[{:<40}] {numbers}\r", "#".repeat(filled))
}

#[test]
fn the_bar_grows_to_the_total() {
    for program in PROGRAMS.iter() {
        let output = run(program.command(), &Service::start(250).url(), TOKEN);
        assert_eq!(text(&output.stdout), ids(250));
        assert_eq!(text(&output.stderr), bar(16, "100/250") + &bar(32, "200/250") + &bar(40, "250/250") + "\n");
        assert!(output.status.success(), "{}", output.status);
    }
}

#[test]
fn an_empty_meeting_has_an_empty_bar() {
    for program in PROGRAMS.iter() {
        let output = run(program.command(), &Service::start(0).url(), TOKEN);
        assert_eq!((text(&output.stdout), text(&output.stderr)), ("", (bar(0, "0/0") + "\n").as_str()));
        assert!(output.status.success(), "{}", output.status);
    }
}

#[test]
fn more_participants_than_the_total_fill_the_bar() {
    let participants: Vec<String> = (0..3).map(service::participant).collect();
    let server = Server::always(Response::json(page_of(&participants, 2, 1)));
    for program in PROGRAMS.iter() {
        let output = run(program.command(), &server.url(), TOKEN);
        assert_eq!(text(&output.stdout), ids(3));
        assert_eq!(text(&output.stderr), bar(40, "3/2") + "\nperhaps not everyone\n");
        assert!(output.status.success(), "{}", output.status);
    }
}

#[test]
fn a_failure_is_one_line_on_stderr() {
    for program in PROGRAMS.iter() {
        let refused = run(program.command(), &Service::start(250).url(), WRONG_TOKEN);
        let said = text(&refused.stderr);
        assert!(said.contains("HTTP 401") && said.lines().count() == 1, "{said}");
        assert_eq!((text(&refused.stdout), refused.status.code()), ("", Some(1)));

        let output = output(program.command().env_remove("CLOUDFLARE_ACCOUNT_ID"));
        assert_eq!(text(&output.stderr), "CLOUDFLARE_ACCOUNT_ID is not set\n");
        assert_eq!((text(&output.stdout), output.status.code()), ("", Some(1)));
    }
}
