//! The examples in C and C++ that log, and cancel a call at Ctrl-C. They are for Unix: they wait for its signals.

#![cfg(not(cross_compiled))] // see docs/testing.md, "Other platforms"

use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::channel;

use testkit::compiler;
use testkit::credentials::TOKEN;
use testkit::program::{Linkage, Program, output};
use testkit::server::{Response, Server};
use testkit::service;
use testkit::whole_list;

static PROGRAMS: LazyLock<[Program; 2]> = LazyLock::new(|| {
    [
        Program::build("examples/c/log_and_cancel.c", Linkage::Shared),
        Program::build_cpp("log_and_cancel", &["examples/cpp/log_and_cancel.cpp"], "c++17"),
    ]
});

fn command(program: &Program, base_url: &str) -> Command {
    let mut command = program.command();
    command.env("CLOUDFLARE_BASE_URL", base_url).env("CLOUDFLARE_API_TOKEN", TOKEN);
    command.envs([
        ("CLOUDFLARE_ACCOUNT_ID", service::ACCOUNT_ID),
        ("REALTIMEKIT_APP_ID", service::APP_ID),
        ("MEETING_ID", service::MEETING_ID),
    ]);
    command
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn log_lines_go_to_stderr() {
    for program in PROGRAMS.iter() {
        let server = Server::start(|request| match request.number {
            1 => Response::whole(503, &[("Retry-After", "0")], ""),
            _ => Response::json(whole_list(3)),
        });
        let output = output(&mut command(program, &server.url()));
        assert_eq!(text(&output.stdout), "3 participants\n");
        let lines: Vec<&str> = text(&output.stderr).lines().collect();
        let meeting = service::MEETING_ID;
        assert!(lines.len() == 2 && lines[0].contains("HTTP 503"), "{lines:?}");
        assert!(lines[0].starts_with(&format!("WARN  meeting {meeting}: page 1: attempt 1 failed")), "{lines:?}");
        assert!(
            lines[1].starts_with(&format!("DEBUG meeting {meeting}: page 1: 3 of 3 participants in ")),
            "{lines:?}"
        );
        assert!(output.status.success(), "{}", output.status);
    }
}

#[test]
fn ctrl_c_cancels_the_call() {
    for program in PROGRAMS.iter() {
        let (requested, requests) = channel();
        let server = Server::start(move |_| {
            requested.send(()).expect("the test waits");
            Response::new().hang()
        });
        let mut command = command(program, &server.url());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        requests.recv().expect("a request");
        compiler::run(Command::new("kill").args(["-INT", &child.id().to_string()]));
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((text(&output.stdout), text(&output.stderr)), ("", "cancelled\n"));
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn a_failure_is_one_line_on_stderr() {
    for program in PROGRAMS.iter() {
        let server = Server::always(Response::whole(404, &[], ""));
        let output = output(&mut command(program, &server.url()));
        let said = text(&output.stderr);
        assert!(said.contains("HTTP 404") && said.lines().count() == 1, "{said}");
        assert_eq!((text(&output.stdout), output.status.code()), ("", Some(1)));
    }
}
